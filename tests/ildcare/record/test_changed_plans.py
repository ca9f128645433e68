"""A plan that is changed, stopped or cancelled: what becomes of its open tasks is asked, and undone with the entry."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from ildcare.evaluation.sweep import sweep
from monitoring.engine import Severity
from monitoring.models import Alert
from patients import actions
from patients.models import CareTask, MedicationCourse
from patients.plans import planned_tasks
from patients.queries import planned_for
from tests.ildcare.record.test_adding import cycles, taper, tasks_of, undo
from tests.ildcare.record.test_entering import VALID, question_of, send, stored, token_of, tokens
from tests.ildcare.record.test_entering import amend as amend_with
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(browser, patient) -> list[str]:
    send(browser, patient, "cycles", **cycles(number="4"))
    actions.add_task(patient=patient, by=_author(), text="eye clinic", due=CareTask.objects.latest("due").due)
    return [text for text, _days in tasks_of(patient) if text != "eye clinic"]


def _author() -> Any:
    return CareTask.objects.first().created_by


def amend(browser, row: MedicationCourse, how: str, **fields: str) -> Any:
    return amend_with(browser, row, how, tokens(browser, row), **fields)


def open_texts(patient) -> set[str]:
    return {text for text, _days in tasks_of(patient)}


def test_a_new_plan_asks_about_the_tasks_of_the_old_one(browser, patient, planned) -> None:
    asked = send(browser, patient, "cycles", **cycles(dose="500", number="4"))
    assert asked.status_code == 422
    page = asked.content.decode()
    assert "Open tasks of the plan so far" in page
    assert "IVCY 3 of 4: 700 mg" in page
    assert "eye clinic" not in page.split("Open tasks of the plan so far")[1].split("</form>")[0]


def test_those_that_are_given_up_end_and_come_back_with_undo(browser, patient, planned) -> None:
    before = open_texts(patient)
    new = cycles(dose="500", number="4", plan_tasks="end")
    asked = send(browser, patient, "cycles", **new)
    if asked.status_code == 422:  # nearer than ten days to the last dose
        asked = send(browser, patient, "cycles", **new, confirmed=question_of(asked))
    assert asked.status_code == 302
    assert not set(planned) & open_texts(patient)
    assert "eye clinic" in open_texts(patient)
    assert undo(browser, patient).status_code == 302
    assert open_texts(patient) == before


def test_those_that_are_kept_stay(browser, patient) -> None:
    send(browser, patient, "taper", **taper())
    old = open_texts(patient)
    assert send(browser, patient, "taper", **taper(dose_from="50", dose_to="10", plan_tasks="keep")).status_code == 302
    assert old <= open_texts(patient)


def test_a_plan_of_another_drug_is_not_asked_about(browser, patient, planned) -> None:
    assert send(browser, patient, "taper", **taper()).status_code == 302


def test_the_same_form_sent_twice_ends_and_plans_once(browser, patient) -> None:
    send(browser, patient, "taper", **taper())
    token = token_of(browser, f"/patients/{patient.pk}/enter/taper")
    for _ in range(2):
        answer = send(browser, patient, "taper", token=token, **taper(dose_to="20", plan_tasks="end"))
        assert answer.status_code == 302
    assert len(tasks_of(patient)) == 3


@pytest.mark.parametrize(("how", "more"), [("stop", {"stop": "today"}), ("cancel", {"reason": "not given"})])
def test_stopping_and_cancelling_ask_too(browser, patient, planned, how, more) -> None:
    course = MedicationCourse.objects.filter(patient=patient).order_by("on").last()
    if how == "stop":
        send(browser, patient, "taper", **taper())
        course = MedicationCourse.objects.get(patient=patient, drug="gc")
        more = {"stop": timezone.localdate().isoformat()}
    drug = course.drug
    assert amend(browser, course, how, **more).status_code == 422
    assert planned_tasks(patient, drug)
    others = open_texts(patient) - {x.text for x in planned_tasks(patient, drug)}
    assert amend(browser, course, how, **more, plan_tasks="end").status_code == 302
    assert planned_tasks(patient, drug) == []
    assert open_texts(patient) == others


def test_without_a_plan_nothing_is_asked(browser, patient) -> None:
    send(browser, patient, "treatment", **VALID["treatment"])
    course = MedicationCourse.objects.get()
    assert amend(browser, course, "cancel", reason="not given").status_code == 302


def test_the_tasks_of_a_plan_are_found_after_a_merge(browser, patient, planned, physician) -> None:
    kept = make_patient("K-1", physician)
    made = actions.merge_records(kept=kept, absorbed=patient, by=physician, reason="one person").merge
    assert [x.text for x in planned_tasks(kept, "ivcy")] == planned
    actions.take_back_merge(merge=made, by=physician, reason="two persons")
    assert planned_tasks(kept, "ivcy") == []
    assert [x.text for x in planned_tasks(patient, "ivcy")] == planned
    assert stored()


# -- what rules see of a plan -----------------------------------------------------------------------------------------


def soon(**more: str) -> dict[str, str]:
    """Cycles of which the first is given in two days."""
    return cycles(day=(timezone.localdate() + timedelta(days=2)).isoformat(), number="2", **more)


def checks(patient) -> list[str]:
    return list(Alert.objects.open().filter(patient=patient, rule="IVCY_CHECK").values_list("severity", flat=True))


def test_117_a_planned_dose_is_checked_as_soon_as_it_is_planned_and_until_its_task_ends(browser, patient) -> None:
    story = Story().test(today() - 1, "wbc", "2500")
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="form")
    assert checks(patient) == []
    assert send(browser, patient, "cycles", **soon()).status_code == 302
    assert checks(patient) == [Severity.CRITICAL]
    for task in CareTask.objects.filter(patient=patient).open():
        actions.close_task(task=task, by=task.created_by, outcome="not_needed", expected_version=1)
    sweep()
    assert checks(patient) == []


def test_117_the_clock_looks_before_a_planned_dose(browser, patient) -> None:
    story = Story().test(today() - 1, "wbc", "2500")
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="form")
    later = cycles(day=(timezone.localdate() + timedelta(days=9)).isoformat(), number="2")
    assert send(browser, patient, "cycles", **later).status_code == 302
    assert checks(patient) == []
    for days, found in ((5, []), (6, [Severity.CRITICAL])):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            sweep()
            assert checks(patient) == found


def test_117_a_planned_dose_goes_with_a_merge(browser, patient, planned, physician) -> None:
    kept = make_patient("K-2", physician)
    actions.merge_records(kept=kept, absorbed=patient, by=physician, reason="one person")
    assert [(x.drug, x.dose) for x in planned_for([kept.pk])[kept.pk]] == [("ivcy", 700)] * len(planned)


def test_the_doses_of_plans_from_before_are_found(browser, patient, planned, physician) -> None:
    kept = make_patient("K-3", physician)
    actions.merge_records(kept=kept, absorbed=patient, by=physician, reason="one person")
    CareTask.objects.update(drug="")
    with connection.cursor() as cursor:
        cursor.execute(import_module("patients.migrations.0040_planned_doses").FILL)
    for record in (patient, kept):
        assert [x.text for x in planned_tasks(record, "ivcy")] == planned
        assert not CareTask.objects.filter(patient=record, text="eye clinic").exclude(drug="").exists()
