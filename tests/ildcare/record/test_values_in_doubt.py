"""At entry: a tenfold value, another value of the same moment, the same entry a second time; and what the pages say."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from monitoring.models import Alert
from patients.actions import confirm_value, record_facts, store_case
from patients.models import Finding, Measurement, MedicationCourse, Role
from patients.queries import take_snapshot
from tests.ildcare.record.test_entering import VALID, amend, clock, question_of, send, stored, token_of, tokens
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports import writing
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def imported(patient, *values: tuple[int, str]) -> None:
    """Ferritin values from a file, of so many days ago."""
    story = Story()
    for ago, value in values:
        story.ferritin(today() - ago, value, id=f"F{ago}", typed=f"{value} ng/mL")
    record_facts(patient=patient, facts=story.versions, by=None, source="case_file")


def enter(browser, patient, value: str, on: str = "", **more: str):
    fields = {
        "panel": "activity",
        "on": on or clock(hours=1),
        "value_ferritin": value,
        "unit_ferritin": "ng/mL",
        **more,
    }
    return send(browser, patient, "results", **fields)


def standing(patient) -> list[str]:
    now = timezone.now()
    return [str(x.quantity) for x in take_snapshot(patient, now, now).series("ferritin")]


def open_rules(patient) -> set[str]:
    return set(Alert.objects.open().filter(patient=patient).values_list("rule", flat=True))


# -- tenfold (47) -----------------------------------------------------------------------------------------------------


def test_47_384_typed_for_3840_is_asked_about_and_closes_nothing_unasked(browser, patient) -> None:
    imported(patient, (3, "3840"))
    asked = enter(browser, patient, "384")
    assert (asked.status_code, standing(patient)) == (422, ["3,840"])
    assert "tenfold? The last was 3,840 ng/mL" in asked.content.decode()
    assert enter(browser, patient, "3840").status_code == 302
    assert open_rules(patient) >= {"FERRITIN_HIGH"}


def test_47_confirmed_by_its_author_it_counts(browser, patient) -> None:
    imported(patient, (3, "3840"))
    asked = enter(browser, patient, "384")
    assert enter(browser, patient, "384", confirmed=question_of(asked)).status_code == 302
    assert Measurement.objects.get(value=384).confirmed is True
    assert "FERRITIN_HIGH" not in open_rules(patient)


@pytest.mark.parametrize(("value", "asked"), [("481", False), ("480", True), ("320", True), ("319", False)])
def test_47_is_asked_from_a_factor_of_8_to_12(browser, patient, value, asked) -> None:
    imported(patient, (3, "3840"))
    assert (enter(browser, patient, value).status_code == 422) is asked


def test_47_a_value_that_is_not_doubted_is_not_confirmed_either(browser, patient) -> None:
    enter(browser, patient, "890")
    assert Measurement.objects.get().confirmed is None


def test_82_the_second_value_near_a_waiting_one_is_not_asked_about(browser, patient) -> None:
    imported(patient, (3, "3840"), (2, "384"))
    assert enter(browser, patient, "400").status_code == 302
    assert "FERRITIN_HIGH" not in open_rules(patient)


def test_47_imported_it_leaves_the_alert_open_and_the_pages_say_why(browser, patient) -> None:
    imported(patient, (3, "3840"), (1, "384"))
    send(browser, patient, "finding", **VALID["finding"])  # evaluates
    alert = Alert.objects.open().get(patient=patient, rule="FERRITIN_HIGH")
    assert any("unconfirmed" in str(x) for x in alert.reasons)
    row = Measurement.objects.get(value=384)
    fact = browser.get(f"/patients/{patient.pk}/facts/{row.reference}").content.decode()
    assert re.search(r"unconfirmed: Ferritin 384 on .*: tenfold\? last 3,840 on", fact)
    sheet = browser.get(f"/patients/{patient.pk}/results").content.decode()
    assert "unconfirmed: tenfold? last 3,840" in sheet
    ward_list = browser.get("/").content.decode()
    assert "unconfirmed: tenfold? last 3,840" in ward_list


def test_47_a_person_confirms_on_the_page_of_the_value(browser, patient) -> None:
    imported(patient, (3, "3840"), (1, "384"))
    row = Measurement.objects.get(value=384)
    page = browser.get(f"/patients/{patient.pk}/facts/{row.reference}").content.decode()
    token = {"confirm-context_token": re.search(r'name="confirm-context_token" value="([^"]+)"', page).group(1)}
    assert amend(browser, row, "confirm", token).status_code == 302
    assert "FERRITIN_HIGH" not in open_rules(patient)
    newest = Measurement.objects.get(value=384, version=2)
    assert (newest.confirmed, newest.status, newest.recorded_by.username) == (True, "final", "physician")
    assert "Confirm the value" not in browser.get(f"/patients/{patient.pk}/facts/{newest.reference}").content.decode()


def test_47_what_the_sender_corrects_after_the_confirmation_stands(browser, patient, physician) -> None:
    imported(patient, (3, "3840"), (1, "384"))
    confirm_value(row=Measurement.objects.get(value=384), by=physician, expected_version=1)
    story = Story().ferritin(today() - 1, "3840", id="F1", typed="3840 ng/mL", status="corrected")
    record_facts(patient=patient, facts=story.versions, by=None, source="case_file")
    assert standing(patient) == ["3,840", "3,840"]


def test_47_only_a_value_in_doubt_can_be_confirmed(browser, patient) -> None:
    imported(patient, (3, "3840"))
    row = Measurement.objects.get()
    assert "Confirm the value" not in browser.get(f"/patients/{patient.pk}/facts/{row.reference}").content.decode()
    assert amend(browser, row, "confirm", {}).status_code == 404


def test_47_a_correction_to_a_tenth_is_asked_about_too(browser, patient) -> None:
    imported(patient, (5, "3840"), (1, "3700"))
    row = Measurement.objects.get(value=3700)
    token = {k: v for k, v in tokens(browser, row).items() if k.startswith("correct")}
    asked = amend(browser, row, "correct", token, value="370", unit="ng/mL", reason="slip")
    assert asked.status_code == 422
    assert "tenfold?" in asked.content.decode()
    question = re.search(r'name="correct-confirmed"[^>]*value="([^"]+)"', asked.content.decode()).group(1)
    given = amend(browser, row, "correct", token, value="370", unit="ng/mL", reason="slip", confirmed=question)
    assert given.status_code == 302
    assert Measurement.objects.get(value=370).confirmed is True


# -- another value of the same moment (46) ----------------------------------------------------------------------------


def choices_of(response) -> dict[str, str]:
    """What can be chosen: how -> the value that says so."""
    return {x.partition(":")[0]: x for x in re.findall(r'<option value="(\w+:\w+)"', response.content.decode())}


@pytest.mark.parametrize(
    ("how", "left"), [("replace", ["700"]), ("both", ["500", "700"]), ("leave", ["500"]), ("", ["500"])]
)
def test_46_another_value_of_the_same_moment_is_replaced_kept_or_left(browser, patient, how, left) -> None:
    enter(browser, patient, "500")
    asked = enter(browser, patient, "700")
    assert (asked.status_code, standing(patient)) == (422, ["500"])
    assert "Ferritin of this moment is recorded as 500 ng/mL, not 700 ng/mL." in asked.content.decode()
    answer = enter(browser, patient, "700", at_once=choices_of(asked).get(how, ""))
    assert answer.status_code == (302 if how else 422)
    assert sorted(standing(patient)) == left


def test_46_a_replaced_value_is_a_version_with_its_reason(browser, patient) -> None:
    enter(browser, patient, "500")
    asked = enter(browser, patient, "700")
    enter(browser, patient, "700", at_once=choices_of(asked)["replace"])
    first, second = Measurement.objects.order_by("version")
    assert (first.identity, second.replaces_id, second.status) == (second.identity, first.pk, "corrected")
    assert second.correction_reason.startswith("replaced at entry")


def test_46_an_answer_counts_for_its_question_only(browser, patient) -> None:
    enter(browser, patient, "500")
    choice = choices_of(enter(browser, patient, "700"))["replace"]
    assert enter(browser, patient, "800", at_once=choice).status_code == 422
    assert standing(patient) == ["500"]


def test_46_another_moment_or_kit_is_no_contradiction(browser, patient) -> None:
    enter(browser, patient, "500", kit="A")
    assert enter(browser, patient, "700", kit="B").status_code == 302
    assert enter(browser, patient, "900", on=clock(hours=2)).status_code == 302


def test_46_replacing_is_correcting_and_takes_its_right(client, browser, patient, ward) -> None:
    enter(browser, patient, "500")
    nurse = make_user("nurse-46", Role.NURSE, ward)
    client.force_login(nurse)
    assert set(choices_of(enter(client, patient, "700"))) == {"both", "leave"}


def test_46_both_are_marked_as_a_contradiction(browser, patient) -> None:
    enter(browser, patient, "500")
    asked = enter(browser, patient, "1700")
    enter(browser, patient, "1700", at_once=choices_of(asked)["both"])
    assert "FERRITIN_HIGH" in open_rules(patient)
    sheet = browser.get(f"/patients/{patient.pk}/results").content.decode()
    assert sheet.count("two values of Ferritin at one moment") == 2


# -- the same a second time -------------------------------------------------------------------------------------------


def test_the_same_test_time_and_value_from_two_forms_is_asked_about(browser, patient) -> None:
    enter(browser, patient, "890")
    asked = enter(browser, patient, "890")
    assert (asked.status_code, stored()) == (422, 1)
    assert "Recorded already: Ferritin 890 ng/mL" in asked.content.decode()
    question = re.search(r'name="again"[^>]*value="([^"]+)"', asked.content.decode()).group(1)
    assert enter(browser, patient, "890", again=question).status_code == 302
    assert stored() == 2


def test_back_and_save_again_is_the_same_form_and_is_not_asked_about(browser, patient) -> None:
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    for _ in range(2):
        assert send(browser, patient, "results", token=token, **VALID["results"]).status_code == 302
    assert stored() == 1


@pytest.mark.parametrize("kind", ["finding", "treatment", "support", "antibody", "onset", "hrct", "histology"])
def test_any_entry_a_second_time_is_asked_about(browser, patient, kind) -> None:
    assert send(browser, patient, kind, **VALID[kind]).status_code == 302
    asked = send(browser, patient, kind, **VALID[kind])
    assert (asked.status_code, "Recorded already" in asked.content.decode()) == (422, True)
    question = re.search(r'name="again"[^>]*value="([^"]+)"', asked.content.decode()).group(1)
    assert send(browser, patient, kind, **VALID[kind], again=question).status_code == 302


def test_another_finding_of_the_same_time_is_not_asked_about(browser, patient) -> None:
    send(browser, patient, "finding", **VALID["finding"])
    assert send(browser, patient, "finding", **{**VALID["finding"], "code": "cough"}).status_code == 302
    assert Finding.objects.count() == 2


def test_another_dose_of_the_same_time_is_not_asked_about(browser, patient) -> None:
    send(browser, patient, "treatment", **VALID["treatment"])
    assert send(browser, patient, "treatment", **{**VALID["treatment"], "dose": "40"}).status_code == 302
    assert MedicationCourse.objects.filter(dose=40).exists()


# -- a correction that moves the time of sampling (84) ----------------------------------------------------------------


@pytest.mark.parametrize(("hours", "marked"), [(24, 2), (25, 0)])
def test_84_results_of_one_id_a_day_apart_are_marked_once_one_is_corrected(browser, patient, hours, marked) -> None:
    events = [
        writing.ferritin("700", id="A", on="2024-03-04T08:00"),
        writing.ferritin("800", id="A", on=f"2024-03-0{4 + hours // 24}T{8 + hours % 24:02}:00", status="corrected"),
    ]
    for told in events:  # in files of their own: neither knows of the other
        person = {"mrn": patient.mrn, "family_name": "Sato", "given_name": "Hanako", "sex": "female"}
        case = writing.case(told, patient={**person, "birth_date": "1952-03-01"})
        store_case(case, by=None)
    sheet = browser.get(f"/patients/{patient.pk}/results").content.decode()
    assert sheet.count("corrected with another time of sampling") == marked
    assert standing(patient) == ["700", "800"]
