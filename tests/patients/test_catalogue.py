"""The tables and the catalogues: one more measurement is one more entry, and every choice fits its column."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import call_command

from patients import models
from patients.clinical import antibodies, diagnoses, drugs, facts, findings, hrct_terms, snapshot, stays, versions
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.units import convert
from patients.models import Measurement, MedicationCourse
from patients.queries import latest_values, take_snapshot
from tests.story import Story, moment


@pytest.mark.django_db
def test_one_more_measurement_is_one_catalogue_entry(monkeypatch, patient, record) -> None:
    """Stored in its canonical unit, in the snapshot, in the latest values, and no migration is asked for."""
    aldolase = replace(MEASUREMENTS["ldh"], code="aldolase", name="aldolase", abbreviation="ALD")
    monkeypatch.setitem(MEASUREMENTS, "aldolase", aldolase)
    reading = convert("aldolase", "84.50", "IU/L")
    story = Story().add(facts.Measurement, 3, code="aldolase", quantity=reading.quantity, typed=reading.typed)
    record(story)
    row = Measurement.objects.get()
    assert (row.code, str(row.value), row.typed_value, row.typed_unit) == ("aldolase", "84.50", "84.50", "IU/L")
    (fact,) = take_snapshot(patient, moment(3), moment(3)).series("aldolase")
    assert fact.quantity == Quantity(Decimal("84.50"))
    assert fact.typed == "84.50 IU/L"
    assert latest_values([patient.pk], ["aldolase"])[patient.pk]["aldolase"].quantity == reading.quantity
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


STATUSES = ("preliminary", "final", "corrected", "cancelled")
TIMINGS = [
    "before the dose",
    "trough",
    "2 h after the dose (C2)",
    "during a continuous infusion (24 h)",
    "during the infusion",
]
DEVICE_CODES = "nasal_cannula simple_mask venturi reservoir_mask high_flow niv ventilator"
DEVICES = [
    "nasal cannula",
    "simple mask",
    "Venturi mask",
    "reservoir mask",
    "high-flow oxygen",
    "non-invasive ventilation",
    "ventilator",
]
# every coded column: its vocabulary, and what a list to choose from says, in its order
CODED = {
    (models.Patient, "sex"): (snapshot.SEXES, "female male unknown", ["female", "male", "unknown"]),
    (models.Measurement, "status"): (versions.STATUSES, " ".join(STATUSES), list(STATUSES)),
    (models.Measurement, "route"): (drugs.LEVEL_ROUTES, "iv oral", ["intravenous", "oral"]),
    (models.Measurement, "timing"): (drugs.TIMINGS, "pre_dose trough c2 continuous during_infusion", TIMINGS),
    (models.MedicationCourse, "target_timing"): (
        drugs.TIMINGS,
        "pre_dose trough c2 continuous during_infusion",
        TIMINGS,
    ),
    (models.MedicationCourse, "indication"): (
        drugs.INDICATIONS,
        "ild myositis other",
        ["interstitial lung disease", "myositis", "another disease"],
    ),
    (models.Measurement, "device"): (findings.DEVICES, DEVICE_CODES, DEVICES),
    (models.RespiratorySupport, "device"): (findings.DEVICES, DEVICE_CODES, DEVICES),
    (models.Discharge, "to"): (
        stays.DESTINATIONS,
        "home other_ward other_hospital",
        ["home", "another ward", "another hospital"],
    ),
    (models.CareOutcome, "what"): (
        stays.OUTCOMES,
        "death lung_transplant transferred care_ended",
        ["death", "lung transplant", "transferred to another hospital", "end of care"],
    ),
    (models.CareOutcome, "cause"): (
        stays.CAUSES_OF_DEATH,
        "respiratory_failure infection other unknown",
        ["respiratory failure", "infection", "another cause", "unknown cause"],
    ),
    (models.AntibodyResult, "result"): (
        antibodies.ANSWERS,
        "positive negative weak_positive indeterminate pending",
        ["positive", "negative", "weakly positive", "indeterminate", "pending"],
    ),
    (models.HrctReport, "consolidation"): (
        hrct_terms.CONSOLIDATIONS,
        "lower random other none",
        ["lower zones", "random", "other", "none"],
    ),
    (models.HrctReport, "pattern"): (
        hrct_terms.HRCT_PATTERNS,
        "NSIP OP UIP DAD unclassifiable",
        ["NSIP", "OP", "UIP", "DAD", "unclassifiable"],
    ),
    (models.HrctReport, "change"): (
        hrct_terms.HRCT_CHANGES,
        "increased unchanged decreased first",
        ["increased", "unchanged", "decreased", "first scan"],
    ),
    (models.Finding, "change"): (
        findings.FINDING_CHANGES,
        "worse unchanged improved",
        ["worse", "unchanged", "improved"],
    ),
    (models.Histology, "pattern"): (
        hrct_terms.HISTOLOGY_PATTERNS,
        "NSIP DAD UIP OP",
        ["NSIP", "DAD", "UIP", "OP"],
    ),
    (models.Diagnosis, "myositis"): (
        diagnoses.DIAGNOSES,
        "DM PM ADM hypomyopathic_DM CADM ASyS",
        [
            "dermatomyositis (DM)",
            "polymyositis (PM)",
            "amyopathic DM (ADM)",
            "hypomyopathic DM",
            "clinically amyopathic DM (CADM)",
            "antisynthetase syndrome without myositis (ASyS)",
        ],
    ),
    (models.RespiratorySupport, "level"): (
        findings.SUPPORT_LEVELS,
        "room_air oxygen high_flow niv ventilation ecmo",
        ["room air", "oxygen", "high-flow oxygen", "non-invasive ventilation", "mechanical ventilation", "ECMO"],
    ),
    (models.Judgement, "improvement"): (
        findings.IMPROVEMENTS,
        "improved unchanged worse",
        ["improved", "unchanged", "worse"],
    ),
    (models.Decision, "step"): (
        findings.STEPS,
        "T1 T2 T3 T4 observation",
        ["T1", "T2", "T3", "T4", "observation"],
    ),
    (models.JudgementOwner, "step"): (
        findings.STEPS,
        "T1 T2 T3 T4 observation",
        ["T1", "T2", "T3", "T4", "observation"],
    ),
    (models.Decision, "course"): (findings.DECIDED_COURSES, "C", ["chronic"]),
    (models.Decision, "prophylaxis_instead"): (
        findings.PROPHYLAXIS_INSTEAD,
        "atovaquone pentamidine dapsone watched",
        ["atovaquone", "pentamidine", "dapsone", "no drug, watched closely"],
    ),
    (models.Decision, "code"): (
        findings.OVERRIDE_REASONS,
        "infection contraindication adverse_event awaits_result other_treatment later_evidence patient_wish"
        " goals_of_care facts_doubted milder graver another_cause",
        [
            "infection must be treated or excluded first",
            "contraindication (organ function, interaction, pregnancy)",
            "adverse event under this treatment before",
            "a result is awaited (say which)",
            "another treatment is given instead (say which)",
            "later evidence is followed instead of the chart (say which note)",
            "wish of the patient or family",
            "treatment is limited (goals of care)",
            "disagree: a fact behind the step is doubted (say which)",
            "disagree: clinically milder than the chart says",
            "disagree: clinically graver than the chart says",
            "disagree: the lung disease has another cause (say which)",
        ],
    ),
}


@pytest.mark.parametrize(
    ("column", "vocabulary", "codes", "words"),
    [(column, *of) for column, of in CODED.items()],
    ids=[f"{model.__name__}.{name}" for model, name in CODED],
)
def test_a_coded_column_takes_its_choices_from_its_vocabulary(column, vocabulary, codes, words) -> None:
    model, name = column
    choices = model._meta.get_field(name).choices
    assert [value for value, _label in choices] == codes.split() == list(vocabulary)
    assert [str(label) for _value, label in choices] == words


def test_no_coded_column_of_a_fact_is_left_out() -> None:
    tables = (*models.FACT_TABLES.values(), models.Patient, models.JudgementOwner)
    coded = {(x, field.name) for x in tables for field in x._meta.get_fields() if getattr(field, "choices", None)}
    assert {(x, name) for x, name in coded if name != "status"} == {key for key in CODED if key[1] != "status"}


def test_every_code_fits_its_column() -> None:
    columns = {"code": MEASUREMENTS, "typed_unit": [u.code for m in MEASUREMENTS.values() for u in m.units]}
    for name, codes in columns.items():
        assert max(map(len, codes)) <= Measurement._meta.get_field(name).max_length
    for name, codes in {"drug": drugs.DRUGS, "route": drugs.ROUTES, "unit": drugs.DOSE_UNITS}.items():
        assert max(map(len, codes)) <= MedicationCourse._meta.get_field(name).max_length
    assert max(map(len, [*antibodies.ANTIBODIES, *findings.FINDINGS])) <= 40


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("<5 ng/mL", "<5", "ng/mL"),
        ("< 5 ng/mL", "< 5", "ng/mL"),
        ("58.1 mm Hg", "58.1", "mm Hg"),
        ("58.1", "58.1", ""),
        ("", "", ""),
    ],
)
def test_what_was_typed_is_kept_in_two_columns_and_comes_back(patient, record, typed, value, unit) -> None:
    row = record(Story().ferritin(0, "5", typed=typed)).rows[0]
    assert (row.typed_value, row.typed_unit) == (value, unit)
    assert take_snapshot(patient, moment(0), moment(0)).series("ferritin")[0].typed == typed
