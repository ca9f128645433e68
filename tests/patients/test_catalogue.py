"""The tables and the catalogues: one more measurement is one more entry, and every choice fits its column."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import call_command

from patients.clinical import antibodies, diagnoses, drugs, facts, findings, hrct_terms
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.units import convert
from patients.models import Measurement, MedicationCourse, choices
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


@pytest.mark.parametrize(
    ("catalogue", "column"),
    [
        (diagnoses.DIAGNOSES, choices.Myositis),
        (findings.FINDING_CHANGES, choices.FindingChange),
        (findings.SUPPORT_LEVELS, choices.SupportLevel),
        (findings.IMPROVEMENTS, choices.Improvement),
        (findings.STEPS, choices.Step),
        (antibodies.ANSWERS, choices.AntibodyAnswer),
        (drugs.TIMINGS, choices.Timing),
        (hrct_terms.CONSOLIDATIONS, choices.Consolidation),
        (hrct_terms.HRCT_PATTERNS, choices.HrctPattern),
        (hrct_terms.HISTOLOGY_PATTERNS, choices.HistologyPattern),
        (hrct_terms.HRCT_CHANGES, choices.HrctChange),
    ],
)
def test_the_choices_of_the_catalogue_are_those_of_the_column(catalogue, column) -> None:
    assert set(catalogue) == set(column.values)


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
