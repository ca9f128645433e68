"""What one row must not leave out: how old a value is, its unit, its doubt, and what is not known."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.ward.drugs import Level
from ildcare.ward.lines import read_lines
from monitoring.actions import pass_on_unacknowledged
from patients.actions import record_facts
from patients.clinical.drug_levels import levelled_drugs
from patients.models import EvaluationMark, Patient, User, Ward
from patients.wording import unit_symbol
from tests.ildcare.ward.reading import forget_lines
from tests.ildcare.ward.test_ward_list import STATEMENT_FAILS, break_source, page_of
from tests.ildcare.ward.test_ward_list import signed_in as signed_in
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
IV = {"route": "iv", "timing": "pre_dose"}
ORAL = {"route": "oral", "timing": "trough"}


def listed(number: str, ward: Ward, by: User, story: Story | None = None, *, evaluated: bool = True) -> Patient:
    patient = make_patient(number, by, ward, family_name=f"Row{number}")
    if story is not None:
        record_facts(patient=patient, facts=story.versions, by=None, source="test")
    if evaluated:
        evaluate_patients([patient.pk])
    forget_lines()
    return patient


def row_of(page: str, patient: Patient) -> str:
    """The row, without the part that is opened."""
    return words_of(re.findall(rf'id="line-{patient.pk}".*?</tr>', page, re.DOTALL)[0])


def cell_of(page: str, patient: Patient, name: str) -> str:
    row = re.findall(rf'id="line-{patient.pk}".*?</tr>', page, re.DOTALL)[0]
    return words_of(re.findall(rf'<td role="cell" class="{name}".*?</td>', row, re.DOTALL)[0])


def level_on_list(patient: Patient, ward: Ward, by: User) -> Level:
    (line,) = [x for x in read_lines([ward], by, timezone.now()).lines if x.patient == patient]
    return line.glance.level


@pytest.mark.parametrize(("days", "told"), [(0, False), (1, False), (2, True), (9, True)])
def test_a_value_from_before_yesterday_stands_with_its_day(signed_in, ward, physician, days: int, told: bool) -> None:
    at, air = f"{today() - days}T00:01", {"fio2": "0.21"}
    story = Story().ferritin(at, "700").test(at, "spo2", "95", **air).test(at, "pao2", "70", **air)
    story.drug(today() - 20, "csa").test(at, "csa", "219", **IV)
    patient = listed("A-1", ward, physician, story)
    page = page_of(signed_in)
    (line,) = [x for x in read_lines([ward], physician, timezone.now()).lines if x.patient == patient]
    day = line.cells[1].day
    for name, times in (("oxygen", 2), ("num lab lab-1", 1), ("level", 1)):
        assert cell_of(page, patient, name).count(day) == (times if told else 0), name
    assert (f"SpO2 {day} PaO2" in cell_of(page, patient, "oxygen")) is told, "each day stands with what it is of"


def test_heads_carry_the_units(signed_in, ward, physician) -> None:
    listed("A-1", ward, physician, Story().ferritin(today(), "700"))
    head = words_of(re.findall(r"<thead.*?</thead>", page_of(signed_in), re.DOTALL)[0])
    for words in ("Ferritin ng/mL", "KL-6 U/mL", "Drug level ng/mL", "PaO2 mmHg"):
        assert words in head


def test_all_drugs_with_levels_have_one_unit() -> None:
    assert len({unit_symbol(x) for x in levelled_drugs()}) == 1


@pytest.mark.parametrize(
    ("value", "more", "look", "note"),
    [
        ("219", IV, "within", "in 200–250"),
        ("438", IV, "danger", "above 200–250"),
        ("<300", IV, "unknown", "not judged"),
        (">100", ORAL, "unknown", "not judged"),
        ("120", ORAL, "low", "below 150–250"),
    ],
)
def test_a_level_that_may_lie_on_either_side_is_not_judged(ward, physician, value, more, look: str, note: str) -> None:
    story = Story().drug(today() - 20, "csa").test(today(), "csa", value, **more)
    patient = listed("A-1", ward, physician, story)
    level = level_on_list(patient, ward, physician)
    assert (level.style, level.note) == (look, note)
    assert level.judged is (look != "unknown")


def test_103_a_trough_that_a_c2_decides_about_is_neither_in_its_band_nor_below(ward, physician) -> None:
    story = Story().drug(today() - 20, "csa").test(f"{today() - 1}T10:00", "csa", "1400", route="oral", timing="c2")
    patient = listed("A-1", ward, physician, story.test(f"{today()}T00:01", "csa", "90", **ORAL))
    level = level_on_list(patient, ward, physician)
    assert (level.style, level.note) == ("decided", "trough, C2 decides")


@pytest.mark.parametrize("source", ["drugs", "values"])
def test_drugs_that_could_not_be_read_are_not_shown_as_none(
    signed_in, ward, physician, monkeypatch, source: str
) -> None:
    patient = listed("A-1", ward, physician, Story().drug(today() - 20, "csa").test(today(), "csa", "219", **IV))
    break_source(monkeypatch, source, STATEMENT_FAILS)
    forget_lines()
    page = page_of(signed_in)
    assert cell_of(page, patient, "level") == "?"
    assert "no drug with levels" not in row_of(page, patient)
    (line,) = [x for x in read_lines([ward], physician, timezone.now()).lines if x.patient == patient]
    assert line.glance.marks[-1].style == "unknown"


def test_who_is_not_evaluated_or_waits_for_it_is_not_told_to_be_unchanged(signed_in, ward, physician) -> None:
    fresh = listed("A-1", ward, physician, evaluated=False)
    EvaluationMark.objects.filter(patient=fresh).update(evaluated_at=None)
    forget_lines()
    assert "not evaluated yet" in cell_of(page_of(signed_in), fresh, "why")
    waits = listed("A-2", ward, physician, Story().ferritin(today() - 1, "300"))
    record_facts(patient=waits, facts=Story().test(today(), "crp", "3", id="c").versions, by=None, source="test")
    forget_lines()
    assert "newer data waiting" in cell_of(page_of(signed_in), waits, "why")


def test_a_value_of_oxygen_that_waits_for_confirmation_or_is_preliminary_says_so(signed_in, ward, physician) -> None:
    air = {"fio2": "0.21"}
    story = Story().test(f"{today() - 1}T08:00", "pao2", "71", **air)
    story.test(f"{today()}T00:01", "spo2", "95", status="preliminary", **air)
    story.test(f"{today()}T00:01", "pao2", "7.1", **air)
    patient = listed("A-1", ward, physician, story)
    (line,) = [x for x in read_lines([ward], physician, timezone.now()).lines if x.patient == patient]
    oxygen = cell_of(page_of(signed_in), patient, "oxygen")
    assert "prelim." in oxygen
    assert line.glance.pao2.doubt
    assert "?" in oxygen


def test_that_an_alert_was_passed_on_stands_on_the_row(signed_in, ward, physician) -> None:
    patient = listed("A-1", ward, physician, Story().ferritin(today(), "3840"))
    assert "passed on" not in cell_of(page_of(signed_in), patient, "why")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert pass_on_unacknowledged() >= 1
    forget_lines()
    assert "passed on" in cell_of(page_of(signed_in), patient, "why")
