"""Entering a level of cyclosporine or tacrolimus: tied to the dose that ran, asked about where it does not fit."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.actions import record_facts
from patients.forms.numbers import NumberField
from patients.models import Measurement
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, question_of, send, stored
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Decimal, Story

pytestmark = pytest.mark.django_db
LEVEL = {"panel": "drug_levels", "value_csa": "182", "unit_csa": "ng/mL", "route": "oral", "timing": "trough"}


@pytest.fixture
def on_oral_csa(patient, physician):
    story = Story().drug(today() - 5, "csa", route="oral", dose=Decimal(100), unit="mg/day")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    return patient


def page_of(browser, patient, panel: str = "drug_levels") -> str:
    return browser.get(f"/patients/{patient.pk}/enter/results?panel={panel}").content.decode()


# -- the form ---------------------------------------------------------------------------------------------------------


def test_form_shows_the_dose_that_runs_and_suggests_its_route(browser, on_oral_csa) -> None:
    page = page_of(browser, on_oral_csa)
    assert "100 mg/day oral since" in page
    assert '<option value="oral" selected>' in page


def test_form_without_a_course_says_so_and_suggests_nothing(browser, patient) -> None:
    page = page_of(browser, patient)
    assert "no course of CsA is recorded for this day" in page
    assert '<option value="oral" selected>' not in page


def test_level_of_the_running_drug_is_stored_without_a_question(browser, on_oral_csa) -> None:
    assert send(browser, on_oral_csa, "results", on=clock(hours=1), **LEVEL).status_code == 302
    assert Measurement.objects.get().route == "oral"


def test_level_of_a_drug_that_does_not_run_is_asked_about(browser, patient) -> None:
    sent = {**LEVEL, "on": clock(hours=1)}
    asked = send(browser, patient, "results", **sent)
    assert (asked.status_code, stored()) == (422, 0)
    assert "Is it the right drug and day?" in asked.content.decode()
    assert send(browser, patient, "results", **sent, confirmed=question_of(asked)).status_code == 302


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"route": "iv"}, "was given oral on that day, the level says intravenous"),
        ({"timing": "c2", "hours_since_dose": "12"}, "12 h after the dose does not fit"),
        ({"hours_since_dose": "３"}, "3 h after the dose does not fit"),
    ],
)
def test_level_that_does_not_fit_its_dose_is_asked_about(browser, on_oral_csa, change, said) -> None:
    asked = send(browser, on_oral_csa, "results", on=clock(hours=1), **{**LEVEL, **change})
    assert (asked.status_code, Measurement.objects.count()) == (422, 0)
    assert said in asked.content.decode()


def test_tacrolimus_without_route_and_time_is_stored_as_not_interpretable_after_a_question(browser, patient, physician):
    story = Story().drug(today() - 5, "tac", route="oral", dose=Decimal(3), unit="mg/day")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    sent = {"panel": "drug_levels", "value_tac": "6.1", "unit_tac": "ng/mL", "on": clock(hours=1)}
    asked = send(browser, patient, "results", **sent)
    assert "not interpretable: no route, no dose time" in asked.content.decode()
    assert send(browser, patient, "results", **sent, confirmed=question_of(asked)).status_code == 302
    page = browser.get(f"/patients/{patient.pk}/results").content.decode()
    assert "not interpretable: no route, no dose time" in page
    assert "subtherapeutic" not in page


def test_level_before_the_change_of_route_belongs_to_the_dose_of_its_day(browser, patient, physician) -> None:
    story = Story().drug(today() - 9, "csa", route="iv", stop=today() - 4).drug(today() - 3, "csa", route="oral")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    sent = {**LEVEL, "route": "iv", "timing": "pre_dose", "on": clock(days=6)}
    assert send(browser, patient, "results", **sent).status_code == 302


# -- the panel --------------------------------------------------------------------------------------------------------


def test_every_field_shows_its_unit_and_the_value_before_with_its_day(browser, patient) -> None:
    sent = {"on": clock(days=1), "value_ferritin": "890", "unit_ferritin": "ng/mL"}
    assert send(browser, patient, "results", **sent).status_code == 302
    page = page_of(browser, patient, "activity")
    assert "before: 890 ng/mL, " in page
    assert page.count("no value before") == page.count('name="value_') - 1


def test_form_asks_the_database_as_often_for_many_results_as_for_none(browser, patient, physician) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page_of(browser, patient)
        return len(caught)

    queries()
    few = queries()
    story = Story()
    for day in range(1, 30):
        story.test(today() - day, "csa", "180", route="oral", timing="trough").drug(today() - day, "csa", route="oral")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    assert queries() == few


@pytest.mark.parametrize(("typed", "read"), [("１２．５", "12.5"), ("12.5", "12.5"), ("　２", "2"), ("", None)])
def test_full_width_numbers_are_read(typed, read) -> None:
    assert NumberField(required=False).clean(typed) == (Decimal(read) if read else None)


@pytest.mark.parametrize("typed", ["12,5", "1,000", "１，０００"])
def test_a_comma_is_never_guessed_at(typed) -> None:
    with pytest.raises(Exception, match="without a comma"):
        NumberField(required=False).clean(typed)


def test_dose_of_a_treatment_may_be_typed_full_width(browser, patient) -> None:
    given = {"on": clock(hours=1), "drug": "gc", "route": "oral", "dose": "４０", "unit": "mg/day"}
    assert send(browser, patient, "treatment", **given).status_code == 302


# -- a dose -----------------------------------------------------------------------------------------------------------

DOSE = {"drug": "csa", "route": "oral", "dose": "100", "unit": "mg/day"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"drug": "ivcy", "unit": "mg"}, "is not known to be given oral"),
        ({"unit": "sessions"}, "sessions is not a usual unit of CsA (usual: mg/day, mg/kg/day)"),
    ],
)
def test_dose_that_the_catalogue_does_not_know_is_asked_about(browser, patient, change, said) -> None:
    sent = {**DOSE, **change, "on": clock(hours=1)}
    asked = send(browser, patient, "treatment", **sent)
    assert (asked.status_code, stored()) == (422, 0)
    assert said in asked.content.decode()
    assert send(browser, patient, "treatment", **sent, confirmed=question_of(asked)).status_code == 302


def test_both_calcineurin_inhibitors_together_are_asked_about(browser, on_oral_csa) -> None:
    before = stored()
    asked = send(browser, on_oral_csa, "treatment", **{**DOSE, "drug": "tac"}, on=clock(hours=1))
    assert (asked.status_code, stored()) == (422, before)
    assert "Are TAC and CsA meant together?" in asked.content.decode()


def test_form_of_a_dose_says_what_goes_on_and_asks_nothing_beforehand(browser, on_oral_csa) -> None:
    page = browser.get(f"/patients/{on_oral_csa.pk}/enter/treatment").content.decode()
    assert "Going on: CsA 100 mg/day oral since" in page
    assert 'name="confirmed"' not in page
