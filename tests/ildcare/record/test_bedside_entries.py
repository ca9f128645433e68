"""A new dose ends the old one, a correction is questioned, a search finds on all wards, an answer names its patient."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ildcare.ward.lines import search_lines
from patients.models import Measurement, MedicationCourse
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, question_of, send, token_of
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import make_patient
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


def courses(patient):
    """Standing courses: dose and whether it runs."""
    rows = MedicationCourse.objects.filter(patient=patient).standing().order_by("on")
    return [(int(x.dose), x.stop) for x in rows]


def give(browser, patient, days: float, dose: str, **more: str):
    given = {"on": clock(days=days), "drug": "gc", "route": "oral", "dose": dose, "unit": "mg/day"}
    assert send(browser, patient, "treatment", **given, **more).status_code == 302


def test_a_new_dose_ends_the_one_that_runs(browser, patient) -> None:
    give(browser, patient, 5, "50")
    give(browser, patient, 1, "40", replaces="on")
    first, second = courses(patient)
    assert first == (50, timezone.localdate(timezone.now() - timedelta(days=2)))
    assert second == (40, None)


def test_two_doses_run_beside_each_other_if_so_entered(browser, patient) -> None:
    give(browser, patient, 5, "50")
    give(browser, patient, 1, "40")
    assert [stop for _dose, stop in courses(patient)] == [None, None]


def test_a_doubtful_correction_is_asked_about(browser, patient) -> None:
    sent = {"on": clock(hours=1), "value_ferritin": "890", "unit_ferritin": "ng/mL"}
    assert send(browser, patient, "results", **sent).status_code == 302
    place = f"/patients/{patient.pk}/facts/{Measurement.objects.get().reference}"
    fields = {"correct-value": "30000", "correct-unit": "ng/mL", "correct-reason": "typed wrong"}
    asked = browser.post(f"{place}/correct", {**token_of(browser, place), **fields})
    assert asked.status_code == 422
    assert Measurement.objects.count() == 1
    again = {**token_of(browser, place), **fields, "correct-confirmed": question_of(asked)}
    assert browser.post(f"{place}/correct", again).status_code == 302
    assert Measurement.objects.count() == 2


def test_search_finds_on_every_ward_of_the_user_and_on_no_other(ward, other_ward, physician) -> None:
    make_patient("S-1", physician, ward, family_name="Sato", given_name="Keiko", family_kana="サトウ")
    make_patient("S-2", None, other_ward, family_name="Sato", given_name="Emi", family_kana="サトウ")
    found = search_lines("ｻﾄｳ keiko", [ward, other_ward], physician, timezone.now()).lines
    assert [x.patient.mrn for x in found] == ["S-1"]
    assert search_lines("sato emi", [ward, other_ward], physician, timezone.now()).lines == []


def test_R04_every_answer_about_a_patient_names_the_patient(browser, patient) -> None:
    for path in ("", "enter/results", "enter/hrct"):
        assert browser.get(f"/patients/{patient.pk}/{path}")["X-Patient"] == str(patient.pk)
    assert "X-Patient" not in browser.get("/")
