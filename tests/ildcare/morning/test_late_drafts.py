"""A draft that was on its way as its form was stored, emptied or signed: the server lets it go, late as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from patients.changes import change_to
from patients.models import Measurement, RoundDraft, RoundVisit, SheetDraft
from tests.ildcare.morning.test_sheet import keep, opened, send
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.ildcare.round.test_rounds import token
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets something else happen while a change of drafts waits for the lock."""

    def happens(module: str, what: Any) -> None:
        @contextmanager
        def after_the_other(*args: Any, **named: Any) -> Iterator[None]:
            monkeypatch.undo()  # the first only
            what()
            with change_to(*args, **named):
                yield

        monkeypatch.setattr(f"patients.actions.{module}.change_to", after_the_other)

    return happens


def test_a_draft_that_waited_for_its_sheet_to_be_stored_is_let_go(browser, patient, first) -> None:
    page = opened(browser, patient)
    first("sheets", lambda: send(browser, patient, form=page, value_crp="2.1"))
    keep(browser, patient, page, value_crp="2.1")
    assert Measurement.objects.filter(code="crp").exists()
    assert not SheetDraft.objects.exists()


def test_a_draft_that_waited_for_its_note_to_be_signed_is_let_go(browser, patient, first) -> None:
    page = browser.get(f"/patients/{patient.pk}/round")
    fields = {"context_token": token(page), "note": "the same", "plan": ""}
    first("rounds", lambda: browser.post(f"/patients/{patient.pk}/round/seen", fields))
    browser.post(f"/patients/{patient.pk}/round/draft", fields)
    assert RoundVisit.objects.get().note == "the same"
    assert not RoundDraft.objects.exists()


def test_a_draft_that_comes_after_begin_empty_is_let_go(browser, patient) -> None:
    page = opened(browser, patient)
    assert send(browser, patient, "drop", form=page, value_crp="2.1").status_code == 302
    keep(browser, patient, page, value_crp="2.1")
    assert not SheetDraft.objects.exists()


def test_save_now_pressed_twice_leads_to_the_sheet_where_the_rest_is(browser, patient) -> None:
    page, typed = opened(browser, patient), {"value_crp": "2.1", "value_creatinine": "65", "do": "now"}
    answers = [send(browser, patient, form=page, **typed) for _ in range(2)]
    assert [x["Location"] for x in answers] == [f"/patients/{patient.pk}/morning"] * 2
    assert Measurement.objects.filter(source="form").count() == 1
