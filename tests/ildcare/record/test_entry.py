"""What each entry form writes into the record, to the field; what it keeps unknown; who may send it, and when."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from patients.access import RIGHTS
from patients.forms import FORMS
from patients.models import (
    FACT_TABLES,
    AntibodyResult,
    CareOutcome,
    Decision,
    Diagnosis,
    Discharge,
    Finding,
    Histology,
    HospitalAdmission,
    HrctReport,
    Judgement,
    Measurement,
    MedicationCourse,
    RespiratoryOnset,
    RespiratorySupport,
    Role,
)
from tests.ildcare.record.test_entering import (
    VALID,
    amend,
    clock,
    ferritin,
    question_of,
    send,
    stored,
    token_of,
    tokens,
)
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def tomorrow() -> str:
    """Asked for when it is needed: a run of all tests may pass midnight."""
    return (timezone.localdate() + timedelta(days=1)).isoformat()


# kind -> table and what must stand in it after the valid entry; None: stays unknown
WRITTEN: dict[str, tuple[Any, dict[str, Any]]] = {
    "results": (Measurement, {"code": "ferritin", "value": Decimal(890), "typed_value": "890", "typed_unit": "ng/mL"}),
    "finding": (Finding, {"code": "dyspnoea_on_exertion", "present": None, "change": "worse"}),
    "hrct": (
        HrctReport,
        {"ggo": True, "consolidation": "lower", "change": "first", "reticular": None, "honeycombing": None},
    ),
    "treatment": (
        MedicationCourse,
        {"drug": "gc", "route": "oral", "dose": Decimal(50), "unit": "mg/day", "stop": None},
    ),
    "judgement": (Judgement, {"improvement": "worse", "note": ""}),
    "decision": (Decision, {"step": "T3", "accepted": False, "course": None, "reason": "sepsis", "code": "infection"}),
    "no_prophylaxis": (Decision, {"step": None, "reason": "sulfa allergy", "prophylaxis_instead": "atovaquone"}),
    "antibody": (AntibodyResult, {"code": "anti_mda5", "result": "positive"}),
    "diagnosis": (Diagnosis, {"myositis": "DM", "provisional": False}),
    "onset": (RespiratoryOnset, {}),
    "support": (RespiratorySupport, {"level": "oxygen", "fio2": Decimal("0.4")}),
    "histology": (Histology, {"pattern": "DAD"}),
    "other_test": (
        Measurement,
        {"code": "other", "name": "aldolase", "value": Decimal("17.6"), "typed_value": "17.6", "typed_unit": "U/L"},
    ),
    "first_facts": (RespiratoryOnset, {}),
    "medication": (MedicationCourse, {"drug": "gc", "dose": Decimal(50), "unit": "mg/day", "stop": None}),
    "taper": (MedicationCourse, {"drug": "gc", "dose": Decimal(50), "unit": "mg/day", "stop": None}),
    "cycles": (MedicationCourse, {"drug": "ivcy", "route": "iv", "dose": Decimal(700), "unit": "mg"}),
}


def plain(value: Any) -> Any:
    """What a nullable text column and a code mean alike."""
    return None if value == "" else value


def test_every_form_is_looked_at():
    assert set(WRITTEN) == set(FORMS)
    of_the_stay = {HospitalAdmission, Discharge, CareOutcome}  # written with its steps
    assert {table for table, _content in WRITTEN.values()} == set(FACT_TABLES.values()) - of_the_stay


@pytest.mark.parametrize("kind", list(FORMS))
def test_entry_writes_what_was_said_and_leaves_the_rest_unknown(browser, patient, physician, kind):
    """H03."""
    send(browser, patient, kind, **VALID[kind])
    table, content = WRITTEN[kind]
    row = table.objects.get()
    assert {name: plain(getattr(row, name)) for name in content} == {x: plain(y) for x, y in content.items()}
    assert (row.patient_id, row.recorded_by, row.status, row.version) == (patient.pk, physician, "final", 1)


@pytest.mark.parametrize("kind", [x for x in VALID if "on" in VALID[x]])
def test_time_in_the_future_is_refused(browser, patient, kind):
    """R30."""
    ahead = (timezone.localtime() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    assert send(browser, patient, kind, **{**VALID[kind], "on": ahead}).status_code == 422
    assert stored() == 0


PLANNED = {"taper", "cycles"}  # their first dose may lie ahead: it is then a task


@pytest.mark.parametrize("kind", [x for x in VALID if "day" in VALID[x] and x not in PLANNED])
def test_day_in_the_future_is_refused(browser, patient, kind):
    assert send(browser, patient, kind, **{**VALID[kind], "day": tomorrow()}).status_code == 422
    assert stored() == 0


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value", "comparator"),
    [
        ("1679", "1679", ""),
        (">3000", "3000", ">"),
        ("<5", "5", "<"),
        ("890.5", "890.5", ""),
    ],
)
def test_value_is_understood_as_written(browser, patient, typed, value, comparator):
    """R26: censored values stay censored."""
    fields = {"on": clock(hours=1), "value_ferritin": typed, "unit_ferritin": "ng/mL"}
    answer = send(browser, patient, "results", **fields)
    if answer.status_code == 422:  # "<5" is asked about
        answer = send(browser, patient, "results", **fields, confirmed=question_of(answer))
    assert answer.status_code == 302
    row = Measurement.objects.get()
    assert (row.value, row.comparator, row.typed_value) == (Decimal(value), comparator, typed)


def test_full_width_digits_are_digits(browser, patient):
    """R28."""
    fields = {"on": clock(hours=1), "value_ferritin": "１６７９", "unit_ferritin": "ng/mL"}
    assert send(browser, patient, "results", **fields).status_code == 302
    assert Measurement.objects.get().value == 1679


@pytest.mark.parametrize("typed", ["1,679", "1 679", "+", "-5", "8900\x00", "1e3", "<", "NaN", "Infinity"])
def test_what_is_no_plain_number_is_refused(browser, patient, typed):
    """R26, R28: never guessed."""
    fields = {"on": clock(hours=1), "value_ferritin": typed, "unit_ferritin": "ng/mL", "confirmed": "on"}
    assert send(browser, patient, "results", **fields).status_code == 422
    assert stored() == 0


def test_three_decimals_are_asked_about_in_words(browser, patient):
    """H06: 1.679 may be 1,679."""
    fields = {"on": clock(hours=1), "value_ferritin": "1.679", "unit_ferritin": "ng/mL"}
    page = send(browser, patient, "results", **fields).content.decode()
    assert 'value="1.679"' in page
    assert "1679" in page or "1,679" in page


def test_confirmation_does_not_get_a_refused_value_in(browser, patient):
    fields = {"on": clock(hours=1), "value_ferritin": "500000", "unit_ferritin": "ng/mL", "confirmed": "on"}
    assert send(browser, patient, "results", **fields).status_code == 422
    assert stored() == 0


def test_one_bad_value_keeps_the_whole_sample_out(browser, patient):
    fields = {"on": clock(hours=1), "value_ferritin": "890", "unit_ferritin": "ng/mL", "unit_crp": "mg/dL"}
    assert send(browser, patient, "results", **fields, value_crp="high").status_code == 422
    assert stored() == 0
    assert send(browser, patient, "results", **fields, value_crp="1.2").status_code == 302
    assert set(Measurement.objects.values_list("code", flat=True)) == {"ferritin", "crp"}


@pytest.mark.parametrize(
    ("missing", "told"), [("route", "needs the route of the drug"), ("timing", "needs the time of the level")]
)
def test_cyclosporine_without_route_or_timing_is_refused(browser, patient, missing, told):
    given = {"value_csa": "182", "unit_csa": "ng/mL", "route": "oral", "timing": "trough"}
    given.pop(missing)
    response = send(browser, patient, "results", panel="drug_levels", on=clock(hours=1), **given)
    assert (response.status_code, stored()) == (422, 0)
    assert told in response.content.decode()


def test_hours_since_the_dose_are_kept_when_they_are_none(browser, patient):
    """Zero hours is an answer."""
    given = {"value_csa": "182", "unit_csa": "ng/mL", "route": "oral", "timing": "trough", "hours_since_dose": "0"}
    given |= {"panel": "drug_levels", "on": clock(hours=1)}
    asked = send(browser, patient, "results", **given)  # no course of the drug is recorded
    assert send(browser, patient, "results", **given, confirmed=question_of(asked)).status_code == 302
    assert Measurement.objects.get().hours_since_dose == 0


def test_pao2_too_high_for_room_air_is_doubted(browser, patient):
    """Between what is doubted and what is refused on room air, the form asks."""
    gases = {"panel": "respiration", "on": clock(hours=1), "value_pao2": "118", "unit_pao2": "mmHg", "fio2": "0.21"}
    asked = send(browser, patient, "results", **gases)
    assert (asked.status_code, stored()) == (422, 0)
    assert "Please check" in asked.content.decode()
    assert send(browser, patient, "results", **{**gases, "fio2": "0.5"}).status_code == 302


# -- whose form -------------------------------------------------------------------------------------------------------


def test_form_of_another_user_or_session_is_a_conflict(browser, patient, ward):
    """R02."""
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    colleague = Client()
    colleague.force_login(make_user("colleague", Role.PHYSICIAN, ward))
    again = Client()
    again.force_login(patient.admissions.get().ward.memberships.get(user__username="physician").user)
    for sender in (colleague, again):
        assert send(sender, patient, "results", token=token, **VALID["results"]).status_code == 409
    assert stored() == 0


@pytest.mark.parametrize("token", ["", "abc", "eyJhIjoxfQ:1abc:def"])
def test_form_without_a_token_of_ours_is_a_conflict(browser, patient, token):
    assert send(browser, patient, "results", token={"context_token": token}, **VALID["results"]).status_code == 409
    assert stored() == 0


@pytest.mark.parametrize("kind", [x for x, form in FORMS.items() if Role.NURSE not in RIGHTS[form.right]])
def test_nurse_may_not_send_what_is_the_physicians(client, patient, ward, kind):
    """R41: neither the form nor a forged sending."""
    client.force_login(make_user("nurse", Role.NURSE, ward))
    assert client.get(f"/patients/{patient.pk}/enter/{kind}").status_code == 403
    assert client.post(f"/patients/{patient.pk}/record/{kind}", VALID[kind]).status_code == 403
    assert stored() == 0


def test_patient_of_another_ward_cannot_be_written_to(browser, patient, other_ward):
    """R42, H13."""
    stranger = make_patient("X-1", None, other_ward)
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    assert send(browser, stranger, "results", token=token, **VALID["results"]).status_code == 404


def test_entry_is_sent_by_post_only(browser, patient):
    assert browser.get(f"/patients/{patient.pk}/record/results").status_code == 405


# -- the answer -------------------------------------------------------------------------------------------------------


def test_refused_fragment_takes_the_place_of_the_form(browser, patient):
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    response = browser.post(
        f"/patients/{patient.pk}/record/results", {**token, "on": clock(hours=1)}, headers={"HX-Request": "true"}
    )
    page = response.content.decode()
    assert (response.status_code, response["HX-Retarget"], response["X-Patient"]) == (422, "#entry", str(patient.pk))
    assert "<html" not in page
    assert page.count('id="entry"') == 1


def test_refused_form_can_be_sent_again_with_what_it_carries(browser, patient):
    """The token of a refused form still counts: nothing was written with it."""
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    fields = {"on": clock(hours=1), "value_ferritin": "890", "unit_ferritin": "ng/mL"}
    refused = send(browser, patient, "results", token=token, on=clock(hours=1)).content.decode()
    again = dict(re.findall(r'name="(context_token)" value="([^"]+)"', refused))
    assert send(browser, patient, "results", token=again, **fields).status_code == 302
    assert stored() == 1


# -- amending ---------------------------------------------------------------------------------------------------------


def test_loser_of_two_corrections_reads_both_values_field_by_field(browser, patient):
    """R06."""
    row = ferritin(browser, patient)
    first, second = tokens(browser, row), tokens(browser, row)
    amend(browser, row, "correct", first, value="1240", unit="ng/mL", reason="typing error")
    page = amend(browser, row, "correct", second, value="1300", unit="ng/mL", reason="typing error").content.decode()
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>', page)
    assert any("1300" in yours and "1240" in theirs for _label, yours, theirs in rows), rows


def test_cancelling_what_was_corrected_meanwhile_is_a_conflict(browser, patient):
    row = ferritin(browser, patient)
    first, second = tokens(browser, row), tokens(browser, row)
    amend(browser, row, "correct", first, value="1240", unit="ng/mL", reason="typing error")
    assert amend(browser, row, "cancel", second, reason="wrong patient").status_code == 409
    assert Measurement.objects.order_by("version").last().status == "corrected"


def test_correction_sent_twice_counts_once(browser, patient):
    """R07."""
    row = ferritin(browser, patient)
    token = tokens(browser, row)
    for _ in range(2):
        answer = amend(browser, row, "correct", token, value="1240", unit="ng/mL", reason="typing error")
        assert answer.status_code == 302
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize("how", ["correct", "cancel"])
def test_amendment_without_a_reason_is_refused(browser, patient, how):
    row = ferritin(browser, patient)
    assert amend(browser, row, how, tokens(browser, row), value="1240", unit="ng/mL").status_code == 422
    assert Measurement.objects.count() == 1


@pytest.mark.parametrize("day", [tomorrow, "2020-01-01", ""], ids=["tomorrow", "before the first dose", "no day"])
def test_treatment_cannot_end_on_an_impossible_day(browser, patient, day):
    send(browser, patient, "treatment", **VALID["treatment"])
    row = MedicationCourse.objects.get()
    assert amend(browser, row, "stop", tokens(browser, row), stop=day() if callable(day) else day).status_code == 422
    assert MedicationCourse.objects.count() == 1


def test_only_what_fits_is_offered(browser, patient):
    """A treatment is stopped, a result is corrected; what is cancelled is not amended any more."""
    row = ferritin(browser, patient)
    assert amend(browser, row, "stop", tokens(browser, row), stop=clock()[:10]).status_code == 404
    amend(browser, row, "cancel", tokens(browser, row), reason="wrong patient")
    page = browser.get(f"/patients/{patient.pk}/facts/{Measurement.objects.last().reference}").content.decode()
    assert "/correct" not in page
    assert "/cancel" not in page


def test_fact_of_another_patient_is_not_found_under_this_one(browser, patient, ward, physician):
    """R01, R42."""
    row = ferritin(browser, patient)
    other = make_patient("E-2", physician, ward)
    assert browser.get(f"/patients/{other.pk}/facts/{row.reference}").status_code == 404
    assert browser.post(f"/patients/{other.pk}/facts/{row.reference}/cancel", tokens(browser, row)).status_code == 404
    assert Measurement.objects.count() == 1
