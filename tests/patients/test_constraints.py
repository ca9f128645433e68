"""What the database refuses, whoever writes: one test a constraint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients import models as m
from tests.patients.conftest import JANUARY, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
ON = datetime(2024, 3, 4, tzinfo=UTC)


def base(patient, **more: Any) -> dict[str, Any]:
    return {"patient": patient, "identity": "x", "on": ON, "known": ON, "source": "test", **more}


REFUSED = [
    (m.RespiratoryOnset, {"known": ON - timedelta(seconds=1)}, "known_after_on"),
    (m.RespiratoryOnset, {"identity": ""}, "identified"),
    (m.RespiratoryOnset, {"status": "guessed"}, "status_known"),
    (m.RespiratoryOnset, {"version": 2}, "version_chain|replaces the version"),
    (m.Diagnosis, {"myositis": "IBM"}, "myositis_known"),
    (m.AntibodyResult, {"code": "anti_mda5", "result": "maybe"}, "result_known"),
    (m.AntibodyResult, {"code": "", "result": "positive"}, "coded"),
    (m.Measurement, {"code": "ferritin"}, "value_or_text"),
    (m.Measurement, {"code": "ferritin", "comparator": "<", "typed_value": "?"}, "censored_has_value"),
    (m.Measurement, {"code": "ferritin", "comparator": "~", "value": 5}, "censored_has_value"),
    (m.Measurement, {"code": "pao2", "value": 60}, "pao2_with_fio2"),
    (m.Measurement, {"code": "spo2", "value": 95, "fio2": "0.20"}, "fio2_fraction"),
    (m.Measurement, {"code": "spo2", "value": 95, "fio2": "21"}, "fio2_fraction"),
    (m.Measurement, {"code": "csa", "value": 182, "timing": "trough"}, "csa_interpretable"),
    (m.Measurement, {"code": "csa", "value": 182, "route": "iv"}, "csa_interpretable"),
    (m.Measurement, {"code": "csa", "value": 182, "route": "im", "timing": "trough"}, "route_known"),
    (m.Measurement, {"code": "csa", "value": 182, "route": "iv", "timing": "noon"}, "timing_known"),
    (m.Measurement, {"code": "tac", "value": 5, "hours_since_dose": -1}, "hours_not_negative"),
    (m.HrctReport, {"consolidation": "upper"}, "consolidation_known"),
    (m.HrctReport, {"pattern": "LIP"}, "pattern_known"),
    (m.HrctReport, {"change": "worse"}, "change_known"),
    (m.Finding, {"code": "cough", "change": "increased"}, "change_known"),
    (m.MedicationCourse, {"drug": ""}, "coded"),
    (m.MedicationCourse, {"drug": "gc", "dose": 0}, "dose_positive"),
    (m.MedicationCourse, {"drug": "gc", "stop": date(2024, 3, 2)}, "stops_after_start"),
    (m.Histology, {"pattern": "LIP"}, "pattern_known"),
    (m.RespiratorySupport, {"level": "hope"}, "level_known"),
    (m.RespiratorySupport, {"level": "oxygen", "fio2": "1.1"}, "fio2_fraction"),
    (m.Judgement, {"improvement": "better"}, "improvement_known"),
    (m.Measurement, {"code": "pao2", "value": 60, "device": "nasal_cannula"}, "pao2_with_fio2"),
    (m.Measurement, {"code": "pao2", "value": 60, "flow": 3}, "flow_through_device"),
    (m.Measurement, {"code": "spo2", "value": 95, "flow": 81, "device": "high_flow"}, "flow_through_device"),
    (m.Measurement, {"code": "spo2", "value": 95, "device": "tube"}, "device_known"),
    (m.Measurement, {"code": "other", "value": 5}, "other_named"),
    (m.MedicationCourse, {"drug": "other"}, "other_named"),
    (m.MedicationCourse, {"drug": "csa", "indication": "fun"}, "indication_known"),
    (m.MedicationCourse, {"drug": "csa", "target_timing": "noon"}, "target_timing_known"),
    (m.MedicationCourse, {"drug": "csa", "target_low": 200, "target_high": 200, "target_timing": "c2"}, "upright"),
    (m.MedicationCourse, {"drug": "csa", "target_low": 150, "target_high": 250}, "upright"),
    (m.MedicationCourse, {"drug": "csa", "target_high": 250, "target_timing": "c2"}, "upright"),
    (m.RespiratorySupport, {"level": "oxygen", "flow": 3}, "flow_through_device"),
    (m.Discharge, {"to": "moon"}, "to_known"),
    (m.CareOutcome, {"what": "cure"}, "what_known"),
    (m.CareOutcome, {"what": "death", "cause": "fate"}, "cause_known"),
    (m.CareOutcome, {"what": "lung_transplant", "cause": "infection"}, "cause_of_death"),
    (m.Decision, {"step": "T5"}, "step_known"),
    (m.Decision, {"course": "A/S"}, "course_known"),
    (m.Decision, {"reason": "none"}, "about_something"),
    (m.Decision, {"prophylaxis_instead": "tmp_smx", "reason": "none"}, "instead_known"),
    (m.Decision, {"prophylaxis_instead": "watched"}, "has_its_reason"),
    (m.Decision, {"prophylaxis_instead": "watched", "reason": "none", "step": "T3"}, "has_its_reason"),
]


@pytest.mark.parametrize(("table", "content", "constraint"), REFUSED)
def test_refused_by_the_database(patient, table, content, constraint) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        table.objects.create(**base(patient, **content))


@pytest.mark.parametrize(
    ("table", "content"),
    [
        (m.Measurement, {"code": "ferritin", "typed_value": "haemolysed"}),
        (m.Measurement, {"code": "csa", "typed_value": "haemolysed"}),
        (m.Measurement, {"code": "ferritin", "value": "3000", "comparator": ">"}),
        (m.Measurement, {"code": "pao2", "value": "59.9", "fio2": "0.21"}),
        (m.RespiratorySupport, {"level": "oxygen", "fio2": "1"}),
        (m.MedicationCourse, {"drug": "gc", "stop": date(2024, 3, 4)}),
        (m.HrctReport, {}),
        (m.Measurement, {"code": "pao2", "value": "58", "flow": 3, "device": "nasal_cannula"}),
        (m.Measurement, {"code": "mda5_titre", "value": "150", "comparator": ">="}),
        (m.Measurement, {"code": "other", "name": "aldolase", "value": "17.6"}),
        (m.MedicationCourse, {"drug": "other", "name": "daratumumab"}),
        (m.MedicationCourse, {"drug": "csa", "target_low": 0, "target_high": 1, "target_timing": "c2"}),
        (m.CareOutcome, {"what": "death", "cause": "unknown"}),
        (m.Decision, {"course": "C"}),
        (m.Decision, {"prophylaxis_instead": "watched", "reason": "sulfa allergy"}),
    ],
)
def test_accepted_at_the_edge(patient, table, content) -> None:
    table.objects.create(**base(patient, **content))


def test_two_versions_with_one_number(patient) -> None:
    m.RespiratoryOnset.objects.create(**base(patient))
    with pytest.raises(IntegrityError, match="version_once"):
        m.RespiratoryOnset.objects.create(**base(patient))


def test_R20_same_source_order_specimen_analyte_and_time_is_one_result(patient) -> None:
    result = {"code": "ferritin", "value": 5, "order_id": "O1", "specimen_id": "S1"}
    m.Measurement.objects.create(**base(patient, **result))
    with pytest.raises(IntegrityError, match="result_once"):
        m.Measurement.objects.create(**base(patient, **result) | {"identity": "another"})


def test_R26_floats_never_enter(patient) -> None:
    with pytest.raises(TypeError, match="not exact"):
        m.Measurement.objects.create(**base(patient, code="vc", value=1.98))


def test_R26_not_a_number_never_enters(patient) -> None:
    with pytest.raises(ValueError, match="finite"):
        m.Measurement.objects.create(**base(patient, code="vc", value=Decimal("NaN")))


def test_R26_digits_are_kept_as_reported(patient) -> None:
    row = m.Measurement.objects.create(**base(patient, code="vc", value="1.980"))
    row.refresh_from_db()
    assert str(row.value) == "1.980"


def test_two_patients_cannot_have_one_record_number(patient) -> None:
    with pytest.raises(IntegrityError, match="mrn"):
        m.Patient.objects.create(mrn=patient.mrn, family_name="Other", given_name="Person")


def test_one_open_stay_a_patient(patient, other_ward) -> None:
    with pytest.raises(IntegrityError, match="one_open"):
        m.Admission.objects.create(patient=patient, ward=other_ward, admitted_at=JANUARY)


def test_one_patient_a_bed(patient, physician, ward) -> None:
    m.Admission.objects.filter(patient=patient).update(bed="701")
    second = make_patient("P-2", physician)
    with pytest.raises(IntegrityError, match="bed_free"):
        m.Admission.objects.create(patient=second, ward=ward, bed="701", admitted_at=JANUARY)


def test_a_bed_is_free_after_discharge(patient, physician, ward) -> None:
    m.Admission.objects.filter(patient=patient).update(bed="701", discharged_at=ON)
    second = make_patient("P-2", physician)
    m.Admission.objects.create(patient=second, ward=ward, bed="701", admitted_at=ON)


def test_discharge_before_admission(patient) -> None:
    with pytest.raises(IntegrityError, match="ends_after_start"):
        m.Admission.objects.filter(patient=patient).update(discharged_at=JANUARY - timedelta(days=1))


def test_site_settings_are_one_row(db) -> None:
    with pytest.raises(IntegrityError, match="one_row"):
        m.SiteSettings.objects.create(pk=2)


def test_every_kind_of_fact_has_a_table() -> None:
    from patients.clinical.facts import KINDS

    assert tuple(m.FACT_TABLES) == KINDS
    assert all(kind == table.KIND for kind, table in m.FACT_TABLES.items())


EARLY, LATE = datetime(1899, 12, 30, tzinfo=UTC), datetime(2200, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize("table", list(m.FACT_TABLES.values()), ids=lambda x: x.__name__)
def test_every_table_of_facts_bounds_its_times(table) -> None:
    with connection.cursor() as cursor:
        query = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
        cursor.execute(query, [table._meta.db_table])
        names = {name for (name,) in cursor.fetchall()}
    name = table._meta.model_name
    assert {f"{name}_on_bounded", f"{name}_known_bounded", f"{name}_not_known_ahead"} <= names


@pytest.mark.parametrize(
    ("table", "content"),
    [(m.RespiratoryOnset, {}), (m.Finding, {"code": "cough", "present": True}), (m.MedicationCourse, {"drug": "gc"})],
)
def test_nothing_was_known_more_than_a_day_after_it_was_received(patient, table, content) -> None:
    """A table has no clock; each row has the time at which it was received. A day is for clocks that differ."""
    now = timezone.now()
    ahead = now + timedelta(hours=25)
    with pytest.raises(IntegrityError, match="not_known_ahead"), transaction.atomic():
        table.objects.create(**base(patient, **content) | {"on": ahead, "known": ahead})
    with pytest.raises(IntegrityError, match="not_known_ahead"), transaction.atomic():
        table.objects.create(**base(patient, **content) | {"known": ahead})
    near = now + timedelta(hours=23)
    table.objects.create(**base(patient, **content) | {"on": near, "known": near})


@pytest.mark.parametrize(
    ("table", "content", "constraint"),
    [
        (m.RespiratoryOnset, {"on": EARLY}, "on_bounded"),
        (m.RespiratoryOnset, {"known": LATE}, "known_bounded"),
        (m.MedicationCourse, {"drug": "gc", "stop": date(2200, 1, 1)}, "stop_bounded"),
        (m.HrctReport, {"compared_with": date(1, 1, 1)}, "compared_with_bounded"),
        (m.Measurement, {"code": "ldh", "value": 1, "resulted_at": EARLY}, "resulted_at_bounded"),
    ],
)
def test_a_day_out_of_bounds_is_refused_by_the_table(patient, table, content, constraint) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        table.objects.create(**base(patient, **content))


def test_people_stays_and_tasks_have_bounds_too(patient, physician, ward) -> None:
    tries = [
        lambda: make_patient("EARLY", birth_date=date(1899, 12, 31)),
        lambda: m.Admission.objects.filter(patient=patient).update(discharged_at=LATE),
        lambda: m.CareTask.objects.create(
            patient=patient, text="x", due=date(2200, 1, 1), created_by=physician, created_at=ON
        ),
    ]
    for attempt in tries:
        with pytest.raises(IntegrityError, match="bounded"), transaction.atomic():
            attempt()
