"""Versions that arrive out of order, and what a sender does not say: placed, not lost, and never the past rewritten."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.models import AntibodyResult, Measurement, Patient
from patients.queries import take_snapshot
from tests.effort import cases, dice
from tests.patients.histories import a_history
from tests.patients.imports.writing import PATIENT, case, event, ferritin
from tests.patients.test_histories import event as told_event
from tests.story import moment

pytestmark = pytest.mark.django_db

PENDING = event("antibody", code="anti_mda5", result="pending", id="AB", status="preliminary")
NEGATIVE = event("antibody", code="anti_mda5", result="negative", id="AB")
POSITIVE = event("antibody", code="anti_mda5", result="positive", id="AB", status="corrected")


def deliver(*events: Any, mrn: str = "T-1") -> Patient:
    """Each event in a file of its own."""
    for told in events:
        patient = actions.store_case(case(told, patient={**PATIENT, "mrn": mrn}), by=None).patient
    return patient


def antibodies(patient: Patient) -> list[str]:
    now = timezone.now()
    return [x.result for x in take_snapshot(patient, now, now).antibodies]


@pytest.mark.parametrize("events", list(permutations([PENDING, NEGATIVE, POSITIVE])))
def test_45_an_antibody_result_stands_as_its_statuses_say(db, events) -> None:
    assert antibodies(deliver(*events)) == ["positive"]


@pytest.mark.parametrize("turned", [False, True])
def test_45_a_cancelled_antibody_result_stands_not(db, turned) -> None:
    told = [NEGATIVE, {**NEGATIVE, "status": "cancelled"}]
    assert antibodies(deliver(*(told[::-1] if turned else told))) == []


def test_45_an_antibody_of_another_sample_is_another_result(db) -> None:
    patient = deliver(NEGATIVE, {**POSITIVE, "on": "2024-03-09", "status": "final"})
    assert antibodies(patient) == ["negative", "positive"]
    assert AntibodyResult.objects.filter(version=1).count() == 2


def test_a_late_correction_does_not_change_what_was_known_then(db) -> None:
    on = "2024-03-04T08:00"
    patient = deliver(ferritin("700", id="A", on=on), ferritin("900", id="A", on=on, status="corrected"))
    then = take_snapshot(patient, moment(9), moment(9))
    assert [str(x.quantity) for x in then.series("ferritin")] == ["700"]
    assert Measurement.objects.get(version=2).known > moment(9)


def test_an_original_that_comes_late_does_not_change_what_was_known_then_either(db) -> None:
    on = "2024-03-04T08:00"
    patient = deliver(ferritin("900", id="A", on=on, status="corrected"), ferritin("700", id="A", on=on))
    then = take_snapshot(patient, moment(9), moment(9))
    assert [str(x.quantity) for x in then.series("ferritin")] == ["900"]


def test_84_an_undated_final_result_told_again_after_its_cancellation_was_sent_again(db) -> None:
    first, gone = ferritin("700", id="A"), ferritin("700", id="A", status="cancelled")
    patient = deliver(first, gone)
    now = timezone.now()
    assert take_snapshot(patient, now, now).series("ferritin") == ()
    deliver(first)
    now = timezone.now()
    assert len(take_snapshot(patient, now, now).series("ferritin")) == 1


def test_an_old_undated_final_result_does_not_undo_its_correction(db) -> None:
    first, corrected = ferritin("700", id="A"), ferritin("900", id="A", status="corrected")
    patient = deliver(first, corrected, first, corrected, first)
    now = timezone.now()
    assert [str(x.quantity) for x in take_snapshot(patient, now, now).series("ferritin")] == ["900"]
    assert Measurement.objects.count() == 2


def test_a_file_that_is_edited_goes_forth_and_back(db) -> None:
    """No status tells these apart: the file that was read last holds."""
    patient = deliver(*(ferritin(x, on="2024-03-04") for x in ("700", "900", "700")))
    now = timezone.now()
    assert [str(x.quantity) for x in take_snapshot(patient, now, now).series("ferritin")] == ["700"]
    assert Measurement.objects.count() == 3


def test_a_file_told_twice_changes_nothing_whatever_its_order(db) -> None:
    dealt = dice("told twice")
    for number in range(cases(200)):
        history = a_history(dealt)
        events = [told_event("R", 1, x) for x in dealt.sample(history, len(history))]
        whole = case(*events, patient={**PATIENT, "mrn": f"W-{number}"})
        actions.store_case(whole, by=None)
        assert actions.store_case(whole, by=None).recorded.rows == (), history
