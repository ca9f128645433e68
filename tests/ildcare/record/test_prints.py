"""Printed sheets: who printed which, whether the record has gone on since, and what the code of a sheet leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ildcare.moment.state_code import code_of
from ildcare.record.prints import overtaken, prints_of
from patients.actions import cancel_fact, note_prints, record_facts
from patients.models import EvaluationMark, Measurement, Patient, SheetKind, SheetPrint
from tests.monitoring.stored import today
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(physician) -> Client:
    client = Client()
    client.force_login(physician)
    return client


@pytest.fixture
def treated(patient, physician) -> Patient:
    tell(patient, Story().ferritin(today() - 1, "890", id="f1"))
    return patient


def tell(patient: Patient, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=None, source="laboratory")


def printed(patient: Patient, by, ago: timedelta = timedelta(0)) -> SheetPrint:
    now = timezone.now() - ago
    note_prints(patients=[patient], kind=SheetKind.ROUND, at=now, by=by, now=now)
    return SheetPrint.objects.latest("pk")


@pytest.mark.parametrize(("name", "kind"), [("round_sheet", SheetKind.ROUND), ("patient_summary", SheetKind.SUMMARY)])
def test_printing_is_noted_with_the_moment_of_its_data(client, treated, physician, name: str, kind: SheetKind) -> None:
    before = EvaluationMark.objects.get(patient=treated).requested_count
    assert client.get(reverse(name, args=[treated.pk])).status_code == 200
    (sheet,) = SheetPrint.objects.all()
    assert (sheet.patient, sheet.kind, sheet.by, sheet.at) == (treated, kind, physician, sheet.printed_at)
    assert EvaluationMark.objects.get(patient=treated).requested_count == before


def test_a_summary_of_the_past_is_noted_with_that_moment(client, treated) -> None:
    at = timezone.now() - timedelta(days=3)
    client.get(reverse("patient_summary", args=[treated.pk]), {"at": at.isoformat()})
    (sheet,) = SheetPrint.objects.all()
    assert sheet.at == at
    assert sheet.printed_at > at


def test_all_sheets_of_a_ward_are_one_file_and_each_is_noted(client, treated, physician, ward) -> None:
    answer = client.get(reverse("ward_round_sheets"))
    assert answer["Content-Type"] == "application/pdf"
    assert list(SheetPrint.objects.values_list("patient", "kind")) == [(treated.pk, "round")]
    assert client.get(reverse("ward_round_sheets"), {"consultant": "nobody"}).status_code == 404


def test_what_was_recorded_since_a_print_is_counted_and_corrections_apart(treated, physician) -> None:
    printed(treated, physician)
    (sheet,) = prints_of(treated, timezone.now())
    assert not sheet.overtaken
    tell(treated, Story().test(today(), "crp", "3.1", id="c1"))
    (sheet,) = prints_of(treated, timezone.now())
    assert (sheet.arrived, sheet.corrected) == (1, 0)
    wrong = Measurement.objects.get(code="ferritin")
    cancel_fact(row=wrong, by=physician, reason="another patient's sample", expected_version=1)
    printed(treated, physician)
    newest, older = prints_of(treated, timezone.now())
    assert (newest.arrived, newest.corrected) == (0, 0)
    assert (older.arrived, older.corrected) == (2, 1)


def test_the_code_of_a_sheet_that_was_overtaken_says_so(client, treated, physician) -> None:
    code = code_of(treated.pk, printed(treated, physician).at)
    tell(treated, Story().test(today(), "crp", "3.1", id="c1"))
    answer = client.post(reverse("ward_search"), {"words": code}, follow=True)
    text = words_of(answer.content.decode())
    assert "was overtaken" in text
    assert "3.1" in text.partition("was overtaken")[2][:300]


def test_a_sheet_that_holds_says_so(treated) -> None:
    moment = timezone.now() + timedelta(seconds=1)
    assert overtaken(treated, moment).news == ()


def test_a_print_stays_as_it_was_noted(treated, physician) -> None:
    sheet = printed(treated, physician)
    sheet.kind = SheetKind.SUMMARY
    with pytest.raises(IntegrityError, match="append-only"):
        sheet.save()
