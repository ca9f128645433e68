"""What the database refuses, whoever writes: one test a constraint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from patients import models as m
from tests.patients.conftest import JANUARY, make_patient

pytestmark = pytest.mark.django_db
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
    (m.Decision, {"step": "T5"}, "step_known"),
    (m.Decision, {"course": "A/S"}, "course_known"),
    (m.Decision, {"reason": "none"}, "about_something"),
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
        (m.Decision, {"course": "C"}),
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
