"""Changes on patients and facts: what they write, refuse, and whom they tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients import actions
from patients.changes import Refused, StaleVersion
from patients.models import Admission, Measurement, MedicationCourse
from patients.queries import find_version, history, take_snapshot
from tests.patients.conftest import JANUARY, make_patient, now_values, requested
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


def test_register_refuses_a_record_number_twice(patient, physician) -> None:
    with pytest.raises(Refused, match="P-1 exists"):
        make_patient("P-1", physician)


def test_R06_correct_identity_with_an_old_version(patient, physician) -> None:
    actions.correct_identity(reason="misspelt", patient=patient, by=physician, expected_version=1, given_name="Hana")
    with pytest.raises(StaleVersion) as refusal:
        actions.correct_identity(
            reason="misspelt", patient=patient, by=physician, expected_version=1, given_name="Hanae", family_name="Sato"
        )
    assert [(x.field, x.yours, x.theirs) for x in refusal.value.differences] == [("given_name", "Hanae", "Hana")]
    patient.refresh_from_db()
    assert (patient.given_name, patient.version) == ("Hana", 2)


def test_second_stay_is_refused(patient, physician, other_ward) -> None:
    with pytest.raises(Refused, match="ward already"):
        actions.admit_patient(patient=patient, ward=other_ward, by=physician, admitted_at=JANUARY)


def test_taken_bed_is_refused(patient, physician, ward) -> None:
    actions.move_patient(patient=patient, by=physician, ward=ward, bed="701")
    second = make_patient("P-2", physician)
    with pytest.raises(Refused, match="701 is taken"):
        actions.admit_patient(patient=second, ward=ward, by=physician, admitted_at=JANUARY, bed="701")


def test_discharge_closes_the_stay(patient, physician) -> None:
    stay = actions.discharge_patient(patient=patient, by=physician, at=moment(0))
    assert stay.discharged_at == moment(0)
    assert Admission.objects.get().version == 2
    with pytest.raises(Refused, match="not on a ward"):
        actions.discharge_patient(patient=patient, by=physician, at=moment(0))


def test_discharge_before_admission_is_refused(patient, physician) -> None:
    with pytest.raises(Refused, match="before the last step: admitted"):
        actions.discharge_patient(patient=patient, by=physician, at=JANUARY - timedelta(days=1))


# -- correction, cancellation, stop ------------------------------------------------------------------------------------


@pytest.fixture
def row(record) -> Measurement:
    return record(Story().ferritin(0, "890", id="r1", kit="A")).rows[0]


def test_correct_fact_is_a_new_version_and_the_old_one_stays(patient, physician, row, told) -> None:
    new = actions.correct_fact(row=row, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
    assert (new.version, new.replaces_id, new.status, new.correction_reason) == (2, row.pk, "corrected", "misread")
    assert new.kit == "A"
    assert [str(x.value) for x in history(new)] == ["890", "980"]
    assert now_values(patient) == ["980"]
    assert told == [patient.pk]


def test_R06_second_corrector_gets_the_difference_and_writes_nothing(physician, row) -> None:
    actions.correct_fact(row=row, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
    with pytest.raises(StaleVersion) as refusal:
        actions.correct_fact(row=row, changes={"value": "809"}, by=physician, reason="misread", expected_version=1)
    (difference,) = refusal.value.differences
    assert (difference.field, str(difference.yours), str(difference.theirs)) == ("value", "809", "980")
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "  "])
def test_correction_and_cancellation_need_a_reason(physician, row, reason) -> None:
    with pytest.raises(Refused, match="reason"):
        actions.correct_fact(row=row, changes={"value": "980"}, by=physician, reason=reason, expected_version=1)
    with pytest.raises(Refused, match="reason"):
        actions.cancel_fact(row=row, by=physician, reason=reason, expected_version=1)


def test_an_impossible_correction_is_refused_as_a_sentence(physician, record) -> None:
    row = record(Story().pao2(0, "61")).rows[0]
    with pytest.raises(Refused, match="not possible"):
        actions.correct_fact(row=row, changes={"fio2": "21"}, by=physician, reason="typo", expected_version=1)
    assert Measurement.objects.count() == 1


def test_a_correction_changes_content_only(physician, row) -> None:
    with pytest.raises(ValueError, match="patient"):
        actions.correct_fact(row=row, changes={"patient": None}, by=physician, reason="x", expected_version=1)


def test_cancel_fact_withdraws_it_from_now_on(patient, physician, row) -> None:
    actions.cancel_fact(row=row, by=physician, reason="wrong patient", expected_version=1)
    assert now_values(patient) == []
    assert len(take_snapshot(patient, moment(1), moment(1)).series("ferritin")) == 1
    assert list(Measurement.objects.standing()) == []


def test_a_file_imported_again_does_not_undo_a_clinicians_correction(patient, physician, row, record) -> None:
    actions.correct_fact(row=row, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
    again = record(Story().ferritin(0, "890", id="r1", kit="A"))
    assert again.rows == ()
    assert now_values(patient) == ["980"]


def test_a_sender_that_goes_back_is_followed(patient, record) -> None:
    for value in ("890", "1240", "890"):
        record(Story().ferritin(0, value, id="r1"))
    assert now_values(patient) == ["890"]
    assert Measurement.objects.count() == 3


def test_stop_treatment_is_a_version_and_before_it_the_drug_ran(patient, physician, record) -> None:
    row = record(Story().drug(0, "csa", route="iv", unit="mg/day")).rows[0]
    stopped = actions.stop_treatment(row=row, stop=moment(9).date(), by=physician, expected_version=1)
    assert (stopped.version, stopped.stop, stopped.route) == (2, moment(9).date(), "iv")
    assert take_snapshot(patient, moment(20), moment(20)).treatments[0].stop is None
    now = timezone.now()
    assert take_snapshot(patient, now, now).treatments[0].stop == moment(9).date()


def test_stop_before_start_is_refused(physician, record) -> None:
    row = record(Story().drug(5, "csa")).rows[0]
    with pytest.raises(Refused, match="before the first"):
        actions.stop_treatment(row=row, stop=moment(4).date(), by=physician, expected_version=1)
    assert MedicationCourse.objects.count() == 1


def test_find_version_is_bound_to_the_patient(patient, physician, row) -> None:
    assert find_version(row.reference, patient) == row
    assert find_version(row.reference, make_patient("P-2", physician)) is None
    assert find_version("measurement:x", patient) is None
    assert find_version("song:1", patient) is None


# -- the site ----------------------------------------------------------------------------------------------------------


def test_changed_site_settings_ask_for_everybodys_evaluation(patient, physician) -> None:
    before = requested(patient)
    site = actions.change_site_settings(by=physician, expected_version=1, hypomyopathic_counts_as_adm=False)
    assert (site.hypomyopathic_counts_as_adm, site.version) == (False, 2)
    assert requested(patient) == before + 1
    with pytest.raises(StaleVersion):
        actions.change_site_settings(by=physician, expected_version=1, hypomyopathic_counts_as_adm=True)
    with pytest.raises(Refused, match="does not know this kit"):
        actions.change_site_settings(by=physician, expected_version=2, mda5_kit="EUROLINE")


def test_a_time_zone_that_does_not_exist_is_refused(physician) -> None:
    with pytest.raises(Refused, match="time zone"):
        actions.change_site_settings(by=physician, expected_version=1, time_zone="Moon/Crater")


def test_no_sender_stores_a_fact_before_1900_or_the_birth(patient) -> None:
    """The bounds hold for whoever sends facts past the forms: in the action, and under it in the table."""
    early = Story().finding(-20000, "cough", True)  # 1969
    assert actions.record_facts(patient=patient, facts=early.versions, by=None, source="test").new == 1
    for day, sentence in ((-28000, "before the birth date"), (-50000, "before 1900")):  # 1947, 1887
        story = Story().finding(day, "cough", True)
        with pytest.raises(Refused, match=sentence):
            actions.record_facts(patient=patient, facts=story.versions, by=None, source="test")
