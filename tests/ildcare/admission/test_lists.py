"""R66: who is on no ward stands on a list, the gravest first, with what is new; and whose patients are whose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from ildcare.admission.roster import PAGE, mine, roster
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.ward.off_ward import off_ward
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients import actions
from patients.models import Patient, User, Ward
from patients.rounds import open_tasks
from tests.ildcare.admission.conftest import as_user
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def gone(number: str, by: User, ward: Ward, **names: Any) -> Patient:
    """Discharged a year ago, and known for longer."""
    patient = make_patient(number, by, ward, **names)
    actions.discharge_patient(patient=patient, by=by, at=timezone.now() - YEAR, to="home")
    Patient.objects.filter(pk=patient.pk).update(registered_at=timezone.now() - 2 * YEAR)
    return patient


def late_result(patient: Patient, ferritin: str = "150") -> None:
    story = Story().ferritin(today(), ferritin)
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])


def standing(user: User, patients: Any = off_ward) -> list[Any]:
    return list(roster(patients(user), user, timezone.now()).standing)


def test_a_late_result_is_new_until_somebody_saw_the_patient(physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    assert [x.news for x in standing(physician)] == [0]
    late_result(patient)
    assert [x.news for x in standing(physician)] == [1]
    actions.record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    assert [x.news for x in standing(physician)] == [0]


def test_a_late_result_is_new_until_an_alert_is_acknowledged(physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    (line,) = standing(physician)
    assert (line.news, line.line.worst) == (1, "critical")
    for alert in Alert.objects.open().filter(patient=patient):
        acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", note="", expected_version=alert.version)
    (line,) = standing(physician)
    assert (line.news, line.line.worst) == (0, "")
    assert line.line.top_alert


def test_the_gravest_alert_comes_first_then_what_is_new(physician, ward) -> None:
    quiet, new, grave = (gone(f"P-{n}", physician, ward, given_name=f"N{n}") for n in range(3))
    late_result(new)
    late_result(grave, "2400")
    assert [x.line.patient for x in standing(physician)] == [grave, new, quiet]


def test_where_everybody_is_stands_in_words(physician, ward) -> None:
    make_patient("P-0", physician, None, given_name="Imported")
    gone("P-1", physician, ward, given_name="Home")
    dead = make_patient("P-2", physician, ward, given_name="Dead")
    actions.record_outcome(patient=dead, by=physician, at=timezone.now(), what="death")
    told = {x.line.patient.given_name: x.where for x in standing(physician)}
    assert told == {"Imported": "never on a ward", "Home": "Discharged home", "Dead": "Death"}


def test_the_list_is_of_the_users_scope(physician, ward, other_ward) -> None:
    gone("P-1", physician, other_ward)
    make_patient("P-2", make_user("somebody"), None)
    assert standing(physician) == []


def test_the_ward_list_leads_there_with_the_number_and_the_critical_ones(browser, physician, ward) -> None:
    late_result(gone("P-1", physician, ward), "2400")
    gone("P-2", physician, ward)
    page = " ".join(browser.get(reverse("ward_list")).content.decode().split())
    assert 'Not on a ward <span class="num">2</span> <span class="tag critical"> 1 critical' in page
    assert "P-1" in browser.get(reverse("off_ward_list")).content.decode()


def test_the_consultant_keeps_a_patient_who_was_moved_to_a_foreign_ward(
    browser, physician, patient, other_ward
) -> None:
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.move_patient(patient=patient, by=physician, ward=other_ward, bed="3")
    (line,) = standing(physician, mine)
    assert (line.line.patient, line.where, line.on_ward) == (patient, "West 5 3", True)
    assert "P-1" in browser.get(reverse("my_patients")).content.decode()
    assert browser.get(reverse("patient_detail", args=[patient.pk])).status_code == 200
    found = browser.post(reverse("ward_search"), {"words": "Hanako"}).content.decode()
    assert "West 5" in found
    actions.change_consultant(patient=patient, by=physician, consultant=None)
    assert browser.get(reverse("patient_detail", args=[patient.pk])).status_code == 404


def test_pages_of_the_list_hold_everybody_once(physician, ward) -> None:
    for number in range(PAGE + 1):
        make_patient(f"P-{number}", physician, None)
    pages = [roster(off_ward(physician), physician, timezone.now(), n) for n in (1, 2)]
    shown = [x.line.patient.pk for page in pages for x in page.standing]
    assert (len(shown), len(set(shown))) == (PAGE + 1, PAGE + 1)
    assert [(x.before, x.after) for x in pages] == [(0, 2), (1, 0)]


def test_the_list_asks_a_constant_number_of_queries(physician, ward, django_assert_max_num_queries) -> None:
    for number in range(6):
        late_result(gone(f"P-{number}", physician, ward), "2400")
    with django_assert_max_num_queries(25):
        standing(physician)


# -- what a move leaves behind ----------------------------------------------------------------------------------------


def test_tasks_go_with_the_patient_and_who_no_longer_sees_them_is_named(
    ward, other_ward, physician, nurse, patient
) -> None:
    today_here = timezone.localdate()
    actions.add_task(patient=patient, by=physician, text="echo", due=today_here, assigned_to=nurse)
    actions.own_judgement(patient=patient, by=physician, step="T2", due=today_here, owner=physician)
    actions.move_patient(patient=patient, by=physician, ward=other_ward)
    assert [x.text for x in open_tasks([patient.pk])[patient.pk]] == ["echo"]
    client = as_user(make_user("west", "physician", other_ward))
    page = " ".join(client.get(reverse("stay_detail", args=[patient.pk])).content.decode().split())
    assert "nurse no longer sees this patient and still has: echo" in page
    assert "physician no longer sees this patient and still has: 1 judgement" in page


def test_a_round_says_where_a_patient_has_gone(browser, ward, other_ward, physician) -> None:
    stays, home, moved = (make_patient(f"P-{n}", physician, ward, given_name=f"N{n}") for n in range(3))
    walk = actions.start_round(by=physician, order=[stays.pk, home.pk, moved.pk], ward=ward)
    actions.discharge_patient(patient=home, by=physician, at=timezone.now(), to="home")
    actions.move_patient(patient=moved, by=physician, ward=other_ward)
    page = words_of(browser.get(reverse("round_detail", args=[walk.pk])))
    assert "now: Discharged home" in page
    assert "Now on: West 5." in page
    assert "N2" not in page
    assert "0 of 2 seen" in page


# -- look-alikes ------------------------------------------------------------------------------------------------------


def test_look_alikes_are_sought_on_every_ward_of_the_reader(browser, ward, other_ward, physician, patient) -> None:
    physician.memberships.create(ward=other_ward)
    before = browser.get(reverse("ward_list"), {"ward": "east-7"}).content.decode()
    assert 'class="lookalike"' not in before
    make_patient("P-2", None, other_ward)
    for page in (
        browser.get(reverse("ward_list"), {"ward": "east-7"}),
        browser.get(reverse("patient_detail", args=[patient.pk])),
    ):
        assert "(P-2" in page.content.decode()
