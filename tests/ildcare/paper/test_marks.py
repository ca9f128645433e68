"""What is in doubt about a value stands beside it on paper too, and a short thing is not broken over two lines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.round_sheet import TRIED, round_sheet_pdf, sheet_data
from ildcare.paper.summary import read_summary
from ildcare.paper.summary_sheet import summary_data, summary_pdf
from ildcare.record.new_results import new_results
from ildcare.round.sheet import round_sheet
from patients.actions import record_facts, store_case
from patients.models import Patient, User
from tests.ildcare.paper.sheets import texts
from tests.ildcare.test_pages import grave
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports import writing
from tests.story import Story

pytestmark = pytest.mark.django_db
MARK = "corrected with another time of sampling under one id"


@pytest.fixture
def patient(ward, physician) -> Patient:
    return make_patient("M-1", physician, ward)


def stored(patient: Patient, *events: dict) -> None:
    """Each in a file of its own: none knows of the others."""
    for told in events:
        person = {"mrn": patient.mrn, "family_name": patient.family_name, "given_name": patient.given_name}
        store_case(writing.case(told, patient=person), by=None)


def at(hours: int) -> str:
    """So many hours before noon of 20 May 2024."""
    return f"{datetime(2024, 5, 20, 12) - timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def level(value: str, hours: int, **more: str) -> dict:
    told = {"code": "csa", "unit": "ng/mL", "route": "iv", "timing": "trough", "id": "L"}
    return writing.event(on=at(hours), value=value, **{**told, **more})


def summary_of(patient: Patient, user: User) -> dict[str, dict]:
    data = summary_data(read_summary(patient, timezone.now()), user, timezone.now())
    return {x["title"]: x for x in data["sections"]} | {"boxes": data["boxes"]}


def round_of(patient: Patient, user: User) -> dict:
    return sheet_data(round_sheet(patient, user, timezone.now()), user, timezone.now(), TRIED[0])


@pytest.mark.parametrize(("hours", "marked"), [(24, True), (25, False)])
def test_84_a_time_of_sampling_that_may_have_moved_is_marked_on_paper(patient, physician, hours, marked) -> None:
    ferritin = {"code": "ferritin", "unit": "ng/mL", "id": "A"}
    stored(
        patient,
        writing.event(on=at(30), value="700", **ferritin),
        writing.event(on=at(30 - hours), value="800", status="corrected", **ferritin),
    )
    (row,) = round_of(patient, physician)["results"]["items"]
    assert [MARK in x for x in row[2:]] == [marked, marked]
    (row,) = summary_of(patient, physician)["Results"]["rows"]
    assert (MARK in row[2], MARK in row[3], MARK in row[5]) == (marked, marked, marked)
    assert any(MARK in x for x in texts(round_sheet_pdf(patient, physician, timezone.now()))) is marked
    record = round_sheet(patient, physician, timezone.now()).record
    ids = {x.id for x in record.snapshot.measurements}
    (result,) = new_results(record.snapshot, ids, None, record.marks)
    assert (len(result.doubts) == 1) is marked


def test_84_so_is_that_of_a_level_in_its_box_and_in_the_table_of_levels(patient, physician) -> None:
    given = writing.event("treatment", on="2024-05-10", drug="csa", route="iv")
    stored(patient, given, level("210", 30), level("220", 20, status="corrected"))
    assert any(MARK in x["small"] for x in round_of(patient, physician)["boxes"])
    told = summary_of(patient, physician)
    assert any(MARK in x["small"] for x in told["boxes"])
    assert [MARK in row[1] for row in told["Drug levels"]["rows"]] == [True, True]


def test_83_two_levels_of_one_moment_say_so_in_the_box_and_in_the_table(patient, physician) -> None:
    story = Story().drug(today() - 5, "csa", route="iv")
    for value in ("120", "230"):
        story.test(f"{today() - 1}T08:00", "csa", value, route="iv", timing="trough")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    told = summary_of(patient, physician)
    said = "two values, do not dose on either"
    assert [said in row[1] for row in told["Drug levels"]["rows"]] == [True, True]
    assert any(said in x["small"] for x in told["boxes"])
    assert any(said in x["small"] for x in round_of(patient, physician)["boxes"])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_short_thing_with_a_stroke_is_not_broken_over_two_lines(ward, physician, language) -> None:
    found = grave(1, ward, physician)
    evaluate_patients([found.pk])
    with translation.override(language):
        text = " ".join(texts(summary_pdf(found, physician, timezone.now())))
    assert text.count("A/S") > 3
    assert "A/ S" not in text
    assert "ng/ mL" not in text
