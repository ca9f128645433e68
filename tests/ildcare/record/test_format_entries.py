"""Entering what the case format newly says: oxygen by flow, other drugs, doses with limits, targets, months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions import admit_patient, discharge_patient, record_outcome, store_case
from patients.forms import FORMS
from patients.imports.case_file import parse
from patients.models import (
    FACT_TABLES,
    Admission,
    Measurement,
    MedicationCourse,
    RespiratoryOnset,
    RespiratorySupport,
)
from patients.queries import take_snapshot
from tests.ildcare.record.test_entering import amend, clock, ferritin, question_of, send, stored, tokens
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
GAS = {"panel": "respiration", "value_pao2": "58", "unit_pao2": "mmHg"}
CSA = {"drug": "csa", "route": "oral", "dose": "150", "unit": "mg/day"}


def gas(browser, patient, **more: str):
    return send(browser, patient, "results", on=clock(hours=1), **{**GAS, **more})


def order(browser, patient, **fields: str):
    return send(browser, patient, "treatment", on=clock(hours=1), **fields)


def asked(answer) -> str:
    assert (answer.status_code, stored()) == (422, 0)
    text: str = answer.content.decode()
    assert "Please check" in text
    return text


# -- oxygen -----------------------------------------------------------------------------------------------------------


def test_50_flow_with_its_device_stands_in_place_of_the_fio2(browser, patient) -> None:
    assert gas(browser, patient, flow="3", device="nasal_cannula").status_code == 302
    row = Measurement.objects.get()
    assert (row.fio2, row.flow, row.device) == (None, Decimal(3), "nasal_cannula")


@pytest.mark.parametrize("oxygen", [{"flow": "3"}, {"device": "nasal_cannula"}, {"fio2": "2"}, {"fio2": "20.9"}])
def test_50_pao2_without_its_oxygen_is_refused(browser, patient, oxygen) -> None:
    assert (gas(browser, patient, **oxygen).status_code, stored()) == (422, 0)


def test_fio2_in_per_cent_is_taken_with_a_word(browser, patient) -> None:
    answer = gas(browser, patient, fio2="40")
    assert "FiO2 40 is taken as 40 %." in asked(answer)
    assert gas(browser, patient, fio2="40", confirmed=question_of(answer)).status_code == 302
    assert Measurement.objects.get().fio2 == Decimal("0.4")


def test_50_support_takes_flow_and_device(browser, patient) -> None:
    fields = {"on": clock(hours=1), "level": "oxygen", "flow": "2", "device": "nasal_cannula"}
    assert send(browser, patient, "support", **fields).status_code == 302
    assert (RespiratorySupport.objects.get().flow, RespiratorySupport.objects.get().device) == (2, "nasal_cannula")


@pytest.mark.parametrize("oxygen", [{"flow": "2"}, {"level": "room_air", "fio2": "0.4"}])
def test_support_that_contradicts_itself_is_refused(browser, patient, oxygen) -> None:
    fields = {"on": clock(hours=1), "level": "oxygen", **oxygen}
    assert (send(browser, patient, "support", **fields).status_code, stored()) == (422, 0)


def test_50_the_pages_say_flow_and_device_and_never_room_air(browser, patient) -> None:
    gas(browser, patient, flow="3", device="nasal_cannula")
    for address in ("?whole=1", "results", "trends"):
        text = browser.get(f"/patients/{patient.pk}/{address}").content.decode()
        if address != "trends":  # one value has no chart
            assert "3 L/min nasal cannula" in text
            assert "P/F about 138 to 200 (FiO2 estimated)" in text
        assert "room air" not in text.split('id="entry"')[0] or address == "?whole=1"


# -- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["haemolysed", "溶血", "Hemolysed"])
def test_53_a_word_in_place_of_a_value_is_kept_as_the_reason(browser, patient, typed) -> None:
    fields = {"panel": "kidney_liver", "on": clock(hours=1), "value_potassium": typed, "unit_potassium": "mmol/L"}
    assert send(browser, patient, "results", **fields).status_code == 302
    row = Measurement.objects.get()
    assert (row.value, row.typed_value, row.typed_unit) == (None, "haemolysed", "mmol/L")
    assert take_snapshot(patient, timezone.now(), timezone.now()).all_facts == ()
    assert "not measured: haemolysed" in browser.get(f"/patients/{patient.pk}/results").content.decode()


def test_122_positive_is_a_value_and_shown_as_the_word(browser, patient) -> None:
    fields = {"panel": "screening", "on": clock(hours=1), "value_hbsag": "陰性", "unit_hbsag": "index"}
    assert send(browser, patient, "results", **fields).status_code == 302
    row = Measurement.objects.get()
    assert (row.value, row.comparator, row.typed_value) == (1, "<", "negative")
    assert ">negative<" in browser.get(f"/patients/{patient.pk}/results").content.decode()


def test_other_tests_have_a_row_each_with_their_unit(browser, patient) -> None:
    for name, value, unit in (("aldolase", "17.6", "U/L"), ("elastase", "3", "ng/dL")):
        fields = {"on": clock(hours=1), "name": name, "value": value, "unit": unit}
        assert send(browser, patient, "other_test", **fields).status_code == 302
    text = browser.get(f"/patients/{patient.pk}/results").content.decode()
    for word in ("aldolase", "17.6", "U/L", "elastase", "ng/dL"):
        assert word in text


def test_53_at_least_is_shown_as_people_write_it(browser, patient) -> None:
    fields = {"on": clock(hours=1), "value_mda5_titre": "≥150", "unit_mda5_titre": "index"}
    assert send(browser, patient, "results", **fields).status_code == 302
    assert Measurement.objects.get().comparator == ">="
    assert "≥150" in browser.get(f"/patients/{patient.pk}/results").content.decode()


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ({"panel": "kidney_liver", "value_creatinine": "65", "unit_creatinine": "mg/dL"}, "µmol/L?"),
        ({**GAS, "value_pao2": "8.9", "fio2": "0.21"}, "kPa?"),
    ],
)
def test_a_value_of_another_unit_asks_for_it(browser, patient, fields, unit) -> None:
    answer = send(browser, patient, "results", on=clock(hours=1), **fields)
    assert (answer.status_code, stored()) == (422, 0)
    assert unit in answer.content.decode()


# -- treatments -------------------------------------------------------------------------------------------------------


def test_51_a_drug_outside_the_list_is_kept_by_its_name(browser, patient) -> None:
    assert order(browser, patient, drug="other", name="daratumumab", route="iv").status_code == 302
    row = MedicationCourse.objects.get()
    assert (row.drug, row.name) == ("other", "daratumumab")
    for address in ("", "treatments"):
        assert "daratumumab" in browser.get(f"/patients/{patient.pk}/{address}").content.decode()


@pytest.mark.parametrize("fields", [{"drug": "other"}, {"drug": "csa", "name": "Neoral"}])
def test_51_other_drug_and_name_belong_together(browser, patient, fields) -> None:
    assert (order(browser, patient, **fields).status_code, stored()) == (422, 0)


def test_85_a_name_that_the_list_has_is_taken_for_its_drug_and_said(browser, patient) -> None:
    answer = order(browser, patient, drug="other", name="プログラフ", route="oral")
    assert "プログラフ is taken for tacrolimus." in asked(answer)
    fields = {"drug": "other", "name": "プログラフ", "route": "oral", "confirmed": question_of(answer)}
    assert order(browser, patient, **fields).status_code == 302
    assert (MedicationCourse.objects.get().drug, MedicationCourse.objects.get().name) == ("tac", "")


def test_69_another_glucocorticoid_is_converted_and_the_conversion_shown(browser, patient) -> None:
    fields = {"drug": "other", "name": "dexamethasone", "route": "oral", "dose": "6.6", "unit": "mg/day"}
    answer = order(browser, patient, **fields)
    assert "dexamethasone 6.6 mg/day is kept as 44 mg/day of prednisolone." in asked(answer)
    assert order(browser, patient, **fields, confirmed=question_of(answer)).status_code == 302
    row = MedicationCourse.objects.get()
    assert (row.drug, row.dose, row.name) == ("gc", 44, "dexamethasone")
    text = browser.get(f"/patients/{patient.pk}/treatments").content.decode()
    assert "converted from dexamethasone 6.6 mg/day" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"drug": "gc", "route": "oral", "dose": "500", "unit": "mg/day"},
        {"drug": "csa", "route": "iv", "dose": "2000", "unit": "mg/day"},
        {"drug": "ivcy", "route": "iv", "dose": "5000", "unit": "mg"},
        {"drug": "methotrexate", "route": "oral", "dose": "8", "unit": "mg/day"},
    ],
)
def test_91_a_dose_beyond_its_limits_is_asked_about_and_stored_once_confirmed(browser, patient, fields) -> None:
    answer = order(browser, patient, **fields)
    asked(answer)
    assert order(browser, patient, **fields, confirmed=question_of(answer)).status_code == 302


def test_91_the_weight_of_the_record_counts(browser, patient) -> None:
    fields = {"panel": "vital_signs", "on": clock(hours=2), "value_weight": "40", "unit_weight": "kg"}
    send(browser, patient, "results", **fields)
    answer = order(browser, patient, drug="gc", route="oral", dose="90", unit="mg/day")
    assert answer.status_code == 422
    assert "2.25 mg/kg" in answer.content.decode()


def test_52_target_and_indication_of_the_order_are_kept_and_shown(browser, patient) -> None:
    target = {"target_timing": "c2", "target_low": "800", "target_high": "1200", "indication": "ild"}
    assert order(browser, patient, **CSA, **target).status_code == 302
    text = browser.get(f"/patients/{patient.pk}/treatments").content.decode()
    assert "target of the order: 800 to 1,200 ng/mL, 2 h after the dose (C2)" in text
    assert "given for interstitial lung disease" in text


@pytest.mark.parametrize(
    "target",
    [
        {"target_timing": "c2", "target_low": "1200", "target_high": "800"},
        {"target_timing": "c2", "target_low": "800", "target_high": "800"},
        {"target_low": "800", "target_high": "1200"},
        {"target_timing": "c2", "target_low": "800"},
        {"drug": "aza", "target_timing": "c2", "target_low": "800", "target_high": "1200"},
    ],
)
def test_52_target_that_makes_no_sense_is_refused(browser, patient, target) -> None:
    assert (order(browser, patient, **{**CSA, **target}).status_code, stored()) == (422, 0)


def test_70_a_pulse_is_planned_or_for_worsening(browser, patient) -> None:
    fields = {"drug": "gc_pulse", "route": "iv", "dose": "1000", "unit": "mg/day"}
    assert "Is the pulse given as planned, or for worsening?" in asked(order(browser, patient, **fields))
    assert order(browser, patient, **fields, planned="no").status_code == 302
    assert MedicationCourse.objects.get().planned is False


# -- months, stays ----------------------------------------------------------------------------------------------------


def test_56_an_onset_may_be_known_to_the_month(browser, patient) -> None:
    assert send(browser, patient, "onset", day="2024-03-17", month_only="on").status_code == 302
    row = RespiratoryOnset.objects.get()
    assert (timezone.localdate(row.on), row.month) == (date(2024, 3, 1), True)
    assert "Mar 2024" in browser.get(f"/patients/{patient.pk}/").content.decode()
    page = browser.get(f"/patients/{patient.pk}/facts/{row.reference}").content.decode()
    assert "Mar 2024" in page


def ago(**since: float) -> datetime:
    return timezone.now() - timedelta(**since)


def test_87_stays_and_outcome_stand_on_the_record(browser, patient, physician) -> None:
    discharge_patient(patient=patient, by=physician, at=ago(days=3), to="other_hospital")
    ward = patient.admissions.get().ward
    admit_patient(patient=patient, ward=ward, by=physician, admitted_at=ago(days=2))
    record_outcome(patient=patient, by=physician, at=ago(days=1), what="death", cause="infection")
    text = browser.get(f"/patients/{patient.pk}/?whole=1").content.decode()
    for words in ("came into the hospital", "another hospital", "death, infection"):
        assert words in text


def test_87_stays_and_outcome_stand_on_timeline_and_trends(browser, patient, physician) -> None:
    send(browser, patient, "treatment", on=clock(days=9), drug="gc", route="oral", dose="50", unit="mg/day")
    for days, value in ((8, "500"), (2, "700")):
        send(browser, patient, "results", on=clock(days=days), value_ferritin=value, unit_ferritin="ng/mL")
    discharge_patient(patient=patient, by=physician, at=ago(days=8), to="home")
    admit_patient(patient=patient, ward=patient.admissions.get().ward, by=physician, admitted_at=ago(days=7))
    record_outcome(patient=patient, by=physician, at=ago(days=1), what="lung_transplant")
    treatments = browser.get(f"/patients/{patient.pk}/treatments").content.decode()
    trends = browser.get(f"/patients/{patient.pk}/trends").content.decode()
    for page in (treatments, trends):
        assert "lung transplant" in page
    assert ">admission<" in treatments
    assert "Admission: came into the hospital" in trends


@pytest.mark.parametrize(("kind", "do"), [("admission", "admit"), ("discharge", "discharge"), ("outcome", "outcome")])
def test_87_what_is_written_with_the_stay_is_entered_on_its_page(browser, patient, kind, do) -> None:
    answer = browser.get(f"/patients/{patient.pk}/enter/{kind}")
    assert answer.url == f"/patients/{patient.pk}/stay?do={do}"


def test_a_correction_may_say_that_there_is_no_value(browser, patient) -> None:
    row = ferritin(browser, patient)
    fields = {"value": "haemolysed", "unit": "ng/mL", "reason": "laboratory called"}
    answer = amend(browser, row, "correct", tokens(browser, row), **fields)
    assert answer.status_code == 302
    newest = Measurement.objects.order_by("version").last()
    assert newest is not None
    assert (newest.value, newest.typed_value) == (None, "haemolysed")


# -- every page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def everything(ward, physician):
    """A record with everything that the format newly says, imported and on a ward."""
    document = (Path(__file__).parents[2] / "patients/imports/field_cases/everything-new.json").read_bytes()
    found = store_case(parse(document, now=timezone.now()), by=physician).patient
    Admission.objects.create(patient=found, ward=ward, admitted_at=timezone.now())
    return found


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_of_a_record_with_everything_new_answers(browser, everything, language) -> None:
    for page in addresses(everything):
        answer = browser.get(page, headers={"accept-language": language})
        assert answer.status_code == 200, page


def addresses(patient) -> list[str]:
    """Pages of the patient, at present and in the past, of every fact, and the ward list."""
    names = ("patient_detail", "result_list", "treatment_list", "trend_list", "trend_compare", "patient_summary")
    more = ("round_patient", "round_sheet")
    pages = [reverse(x, args=[patient.pk]) for x in (*names, *more)]
    past = [f"{reverse(x, args=[patient.pk])}?at=2024-03-08T12:00" for x in names[:4]]
    rows = [row for table in FACT_TABLES.values() for row in table._default_manager.filter(patient=patient)]
    facts = [reverse("fact_detail", args=[patient.pk, row.reference]) for row in rows]
    forms = [reverse("entry_form", args=[patient.pk, kind]) for kind in FORMS]
    return [*pages, *past, *facts, *forms, "/"]
