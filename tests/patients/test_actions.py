"""Deeds on patients and facts: what they write, refuse, and whom they tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.clinical.versions import Version
from patients.deeds import Refused, StaleVersion
from patients.models import Admission, EvaluationMark, Measurement, MedicationCourse, Patient
from patients.queries import find_version, history, take_snapshot, text_results
from patients.rows import Arrival
from patients.signals import record_changed
from tests.patients.conftest import JANUARY, make_patient, make_user
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(patient) -> Any:
    """The patient ids of every `record_changed` sent since."""
    heard: list[int] = []

    def hear(patient_id: int, **_: Any) -> None:
        heard.append(patient_id)

    record_changed.connect(hear)
    yield heard
    record_changed.disconnect(hear)


def requested(patient: Patient) -> int:
    return EvaluationMark.objects.get(patient=patient).requested_count


def now_values(patient: Patient) -> list[str]:
    now = timezone.now()
    return [str(x.quantity) for x in take_snapshot(patient, now, now).series("ferritin")]


# -- recording ---------------------------------------------------------------------------------------------------------


def test_a_deed_marks_the_patient_and_tells_once(patient, record, told) -> None:
    before = requested(patient)
    record(Story().ferritin(0, "890").ferritin(1, "900").dyspnoea(1, True))
    assert told == [patient.pk]
    assert requested(patient) == before + 1
    assert EvaluationMark.objects.get(patient=patient).needed_since is not None


def test_R20_the_same_message_twice_is_one_row_and_no_deed(patient, record, told) -> None:
    story = Story().ferritin(0, "890", id="r1").dyspnoea(1, True)
    first, again = record(story), record(story)
    assert (first.new, again.new, again.unchanged) == (2, 0, 2)
    assert Measurement.objects.count() == 1
    assert told == [patient.pk]


def test_other_content_under_the_same_identity_is_a_correction_known_from_now(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1"))
    recorded = record(Story().ferritin(0, "1240", id="r1"))
    assert (recorded.new, recorded.corrected) == (0, 1)
    assert [str(x.value) for x in history(recorded.rows[0])] == ["890", "1240"]
    assert now_values(patient) == ["1,240"]
    long_ago = take_snapshot(patient, moment(5), moment(5))
    assert str(long_ago.series("ferritin")[0].quantity) == "890"


def test_a_correction_that_says_when_it_became_known_is_believed(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1"))
    row = record(Story().ferritin(0, "1240", known=3, id="r1")).rows[0]
    assert row.known == moment(3)


def test_R24_out_of_order_arrival_gives_the_same_end_state(patient, record) -> None:
    story = Story().ferritin("0T08:00", "890", known="0T09:00", id="r1")
    story.ferritin("0T08:00", "1240", known="0T12:00", id="r1")
    for version in reversed(story.versions):
        actions.record_facts(patient=patient, facts=[version], by=None, source="lab")
    assert now_values(patient) == ["1,240"]
    assert [str(x.quantity) for x in take_snapshot(patient, moment(1), moment("0T10:00")).series("ferritin")] == ["890"]


def test_R24_an_old_message_told_again_does_not_undo_its_correction(patient, record) -> None:
    story = Story().ferritin("0T08:00", "890", known="0T09:00", id="r1")
    story.ferritin("0T08:00", "1240", known="0T12:00", id="r1")
    record(story)
    again = actions.record_facts(patient=patient, facts=story.versions[:1], by=None, source="test")
    assert again.rows == ()
    assert now_values(patient) == ["1,240"]


def test_a_preliminary_result_becomes_final_as_a_version(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1", status="preliminary"))
    recorded = record(Story().ferritin(0, "890", id="r1", status="final"))
    assert recorded.corrected == 1
    assert recorded.rows[0].status == "final"


def test_a_fact_of_the_future_is_refused_and_nothing_written(patient, record) -> None:
    tomorrow = (timezone.now().date() - date(2024, 3, 1)).days + 2
    with pytest.raises(Refused, match="future"):
        record(Story().ferritin(0, "890").ferritin(tomorrow, "900"))
    assert not Measurement.objects.exists()


def test_R26_text_result_is_stored_and_listed(patient, record) -> None:
    story = Story().ferritin(0, "890", id="r1")
    text = {"value": None, "comparator": "", "typed_value": "haemolysed", "typed_unit": ""}
    actions.record_facts(patient=patient, facts=[Arrival(story.versions[0], text)], by=None, source="lab")
    assert [row.typed_value for row in text_results(patient)] == ["haemolysed"]
    assert now_values(patient) == []
    again = actions.record_facts(patient=patient, facts=[Arrival(story.versions[0], text)], by=None, source="lab")
    assert again.unchanged == 1


def test_R30_collected_resulted_and_received_are_kept_apart(patient, record) -> None:
    version = Story().ferritin("0T08:00", "890", known="0T12:00").versions[0]
    details = {"resulted_at": moment("0T11:00"), "order_id": "O1", "specimen_id": "S1"}
    row = actions.record_facts(patient=patient, facts=[Arrival(version, details)], by=None, source="lab").rows[0]
    row.refresh_from_db()
    assert (row.on, row.resulted_at, row.known) == (moment("0T08:00"), moment("0T11:00"), moment("0T12:00"))
    assert timezone.now() - row.recorded_at < timedelta(minutes=1)
    assert row.typed_value == ""


def test_typed_value_and_unit_are_kept(patient, record) -> None:
    record(Story().ferritin(0, "<5", typed="<5 ug/L"))
    row = Measurement.objects.get()
    assert (row.comparator, row.typed_value, row.typed_unit) == ("<", "<5", "ug/L")


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


# -- patients and stays ------------------------------------------------------------------------------------------------


def test_register_refuses_a_record_number_twice(patient, physician) -> None:
    with pytest.raises(Refused, match="P-1 exists"):
        make_patient("P-1", physician)


def test_R06_correct_patient_with_an_old_version(patient, physician) -> None:
    actions.correct_patient(patient=patient, by=physician, expected_version=1, given_name="Hana")
    with pytest.raises(StaleVersion) as refusal:
        actions.correct_patient(
            patient=patient, by=physician, expected_version=1, given_name="Hanae", family_name="Sato"
        )
    assert [(x.field, x.yours, x.theirs) for x in refusal.value.differences] == [("given_name", "Hanae", "Hana")]
    patient.refresh_from_db()
    assert (patient.given_name, patient.version) == ("Hana", 2)


def test_second_stay_is_refused(patient, physician, other_ward) -> None:
    with pytest.raises(Refused, match="ward already"):
        actions.admit_patient(patient=patient, ward=other_ward, by=physician, admitted_at=JANUARY)


def test_taken_bed_is_refused(patient, physician, ward) -> None:
    stay = patient.admission
    actions.transfer_patient(admission=stay, by=physician, expected_version=1, ward=ward, bed="701")
    second = make_patient("P-2", physician)
    with pytest.raises(Refused, match="701 is taken"):
        actions.admit_patient(patient=second, ward=ward, by=physician, admitted_at=JANUARY, bed="701")


def test_discharge_closes_the_stay(patient, physician) -> None:
    stay = actions.discharge_patient(admission=patient.admission, by=physician, expected_version=1, at=moment(0))
    assert stay.discharged_at == moment(0)
    assert Admission.objects.get().version == 2
    with pytest.raises(StaleVersion):
        actions.discharge_patient(admission=stay, by=physician, expected_version=1, at=moment(0))


def test_discharge_before_admission_is_refused(patient, physician) -> None:
    with pytest.raises(Refused, match="before the admission"):
        actions.discharge_patient(
            admission=patient.admission, by=physician, expected_version=1, at=JANUARY - timedelta(days=1)
        )


# -- cases -------------------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """As `patients.imports.case_file` reads one."""

    story: Story
    source: str = "a published case"
    patient: Any = field(
        default_factory=lambda: SimpleNamespace(
            mrn="CASE-1", family_name="Case", given_name="One", sex="female", birth_date=date(1952, 3, 1)
        )
    )

    @property
    def entries(self) -> tuple[Any, ...]:
        return tuple(SimpleNamespace(number=v.sequence, version=v) for v in self.story.versions)


def course() -> Story:
    return Story().onset(0).diagnosis(3, "DM").mda5(3, "pending").ferritin("3T08:00", "1679").drug(4, "gc", stop=9)


def test_store_case_registers_and_records(db) -> None:
    stored = actions.store_case(Case(course()), by=None)
    assert stored.registered
    assert stored.recorded.new == 5
    assert stored.patient.source == "a published case"
    assert requested(stored.patient) == 1


def test_store_case_twice_changes_nothing(db) -> None:
    first = actions.store_case(Case(course()), by=None)
    mark = requested(first.patient)
    again = actions.store_case(Case(course()), by=None)
    assert (again.registered, again.recorded.rows, again.recorded.unchanged) == (False, (), 5)
    assert requested(first.patient) == mark


def test_store_case_with_changed_content_is_a_correction(db) -> None:
    actions.store_case(Case(Story().ferritin(0, "890", id="r1")), by=None)
    changed = actions.store_case(Case(Story().ferritin(0, "1240", id="r1")), by=None)
    assert (changed.recorded.new, changed.recorded.corrected) == (0, 1)


def test_versions_within_one_file_are_not_told_again(db) -> None:
    story = (
        Story()
        .ferritin(0, "890", id="r1")
        .ferritin(0, "1240", known=2, id="r1")
        .ferritin(0, "1240", known=4, id="r1", cancelled=True)
    )
    first = actions.store_case(Case(story), by=None)
    assert [row.version for row in first.recorded.rows] == [1, 2, 3]
    assert [row.known for row in first.recorded.rows] == [moment(0), moment(2), moment(4)]
    assert actions.store_case(Case(story), by=None).recorded.rows == ()


@pytest.mark.parametrize(
    "other", [{"given_name": "Two"}, {"family_name": "Cage"}, {"sex": "male"}, {"birth_date": None}]
)
def test_store_case_of_another_person_is_refused_as_a_whole(db, other) -> None:
    actions.store_case(Case(Story().ferritin(0, "890")), by=None)
    case = Case(course())
    for name, value in other.items():
        setattr(case.patient, name, value)
    with pytest.raises(Refused, match="CASE-1 exists with another"):
        actions.store_case(case, by=None)
    assert Measurement.objects.count() == 1


def test_case_is_recorded_by_the_one_who_imports(db) -> None:
    user = make_user("importer")
    stored = actions.store_case(Case(course()), by=user)
    assert stored.patient.registered_by == user
    assert {row.recorded_by for row in stored.recorded.rows} == {user}


def test_version_of_a_case_is_a_clinical_version() -> None:
    assert isinstance(course().versions[0], Version)


def known_values(patient: Patient, *days: int) -> list[list[str]]:
    return [
        [str(x.quantity) for x in take_snapshot(patient, moment(day), moment(day)).series("ferritin")] for day in days
    ]


def test_a_history_that_returns_to_an_earlier_value_is_stored_whole_and_once(db) -> None:
    story = Story().ferritin(0, "890", id="r1").ferritin(0, "1240", known=2, id="r1")
    story.ferritin(0, "890", known=4, id="r1").ferritin(0, "905", known=6, id="r1")
    stored = actions.store_case(Case(story), by=None)
    assert known_values(stored.patient, 1, 3, 5, 7) == [["890"], ["1,240"], ["890"], ["905"]]
    assert actions.store_case(Case(story), by=None).recorded.rows == ()


def test_versions_told_at_one_moment_stand_in_their_order(db) -> None:
    story = Story().ferritin(0, "890", known=1, id="r1").ferritin(0, "1240", known=1, id="r1")
    story.ferritin(0, "890", known=1, id="r1")
    stored = actions.store_case(Case(story), by=None)
    assert len(stored.recorded.rows) == 3
    assert known_values(stored.patient, 1) == [["890"]]
    assert actions.store_case(Case(story), by=None).recorded.rows == ()


def test_an_earlier_version_that_is_told_later_does_not_stand(db) -> None:
    """A file that first held the corrected result only, then its history too."""
    actions.store_case(Case(Story().ferritin(0, "1240", known=2, id="r1")), by=None)
    story = Story().ferritin(0, "890", id="r1").ferritin(0, "1240", known=2, id="r1")
    again = actions.store_case(Case(story), by=None)
    assert len(again.recorded.rows) == 1
    assert known_values(again.patient, 1, 3) == [["890"], ["1,240"]]
    assert now_values(again.patient) == ["1,240"]
    assert actions.store_case(Case(story), by=None).recorded.rows == ()
