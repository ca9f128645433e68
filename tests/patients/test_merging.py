"""Two records that are one person's: merged, read, told of by senders, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients import actions
from patients.changes import RecordMerged, Refused, StaleVersion
from patients.identities import identity_then
from patients.merge_words import Merged
from patients.models import (
    Admission,
    AuditEntry,
    CareTask,
    EvaluationMark,
    MergedEntry,
    Patient,
    RecordMerge,
    Responsibility,
    Role,
    User,
)
from patients.queries import find_version, history, take_snapshot, text_results
from patients.search import find_patients
from tests.patients.conftest import JANUARY, make_patient, make_user, plain
from tests.patients.test_recording import as_case
from tests.story import Story, moment

pytestmark = pytest.mark.django_db
LATER = timedelta(days=1)


@pytest.fixture
def other(physician) -> Patient:
    """A second record of the same person, on no ward."""
    return make_patient("Q-2", physician, family_name="Satoh", birth_date=None)


def tell(patient: Patient, story: Story, source: str = "lab") -> Any:
    return actions.record_facts(patient=patient, facts=story.versions, by=None, source=source)


def merge(kept: Patient, absorbed: Patient, by: User, reason: str = "one person") -> Merged:
    return actions.merge_records(kept=kept, absorbed=absorbed, by=by, reason=reason)


def take_back(merged: Merged, by: User, reason: str = "two persons") -> Any:
    return actions.take_back_merge(merge=merged.merge, by=by, reason=reason)


def facts_of(patient: Patient, at: Any = None) -> list[tuple[Any, ...]]:
    at = at or timezone.now()
    return [plain(x) for x in take_snapshot(patient, at, at).all_facts]


def values(patient: Patient, code: str = "ferritin", at: Any = None) -> list[str]:
    at = at or timezone.now()
    return [str(x.quantity) for x in take_snapshot(patient, at, at).series(code)]


# -- what is carried over ---------------------------------------------------------------------------------------------


def test_every_fact_of_the_absorbed_record_stands_in_the_kept_one_with_its_times(patient, other, physician) -> None:
    tell(patient, Story().ferritin(0, "890"))
    story = Story().onset(0).diagnosis(1, "DM").mda5(2, "positive").ferritin("3T08:00", "1240", known="3T12:00")
    story.drug(4, "gc", stop=9, dose=Decimal(50), unit="mg/day").hrct(2, ggo=True).judged(8, "unchanged")
    tell(other, story)
    was = facts_of(other)
    merged = merge(patient, other, physician)
    assert set(was) <= set(facts_of(patient))
    assert len(facts_of(patient)) == len(was) + 1
    assert merged.sentences[0] == "Copied from record number Q-2: entries 7, open tasks 0, stays 0."
    assert facts_of(other) == was


def test_the_past_of_a_fact_comes_with_it(patient, other, physician) -> None:
    story = Story().ferritin("0T08:00", "890", known="0T09:00", id="r1")
    story.ferritin("0T08:00", "980", known="2T09:00", id="r1")
    tell(other, story)
    merge(patient, other, physician)
    assert values(patient, at=moment(1)) == ["890"]
    assert values(patient) == ["980"]
    (fact,) = take_snapshot(patient, timezone.now(), timezone.now()).series("ferritin")
    row = find_version(fact.id, patient)
    assert [(x.version, x.source, str(x.value)) for x in history(row)] == [(1, "lab", "890"), (2, "lab", "980")]


def test_what_both_have_stands_once_and_what_differs_twice(patient, other, physician) -> None:
    tell(patient, Story().ferritin(0, "890").ferritin(1, "900").diagnosis(0, "DM"))
    tell(other, Story().ferritin(0, "890", id="x").ferritin(1, "999", id="y").diagnosis(0, "PM").test(2, "crp", "1"))
    merged = merge(patient, other, physician)
    assert values(patient) == ["890", "900", "999"]
    assert [x.standing.identity for x, _same in merged.plan.doubled] == ["x"]
    assert {(mine, theirs) for _when, mine, theirs in merged.conflicts} == {
        ("Ferritin 900 ng/mL", "Ferritin 999 ng/mL"),
        ("Diagnosis: dermatomyositis (DM)", "Diagnosis: polymyositis (PM)"),
    }


def test_a_drug_that_runs_in_both_records_is_shown_as_a_conflict(patient, other, physician) -> None:
    tell(patient, Story().drug(0, "csa", dose=Decimal(100), unit="mg/day"))
    tell(other, Story().drug(3, "csa", dose=Decimal(150), unit="mg/day").drug(0, "gc", stop=1))
    merged = merge(patient, other, physician)
    assert len(merged.conflicts) == 1


def test_a_result_without_a_value_is_carried_and_not_doubled(patient, other, physician) -> None:
    silent = {"value": None, "comparator": "", "typed_value": "haemolysed"}
    for record, day in ((patient, 0), (other, 0), (other, 1)):
        story = Story().test(day, "potassium", "4.0", id=f"k{day}")
        story.versions[0] = type(story.versions[0])(**{**_fields(story.versions[0]), "details": silent})
        tell(record, story)
    merged = merge(patient, other, physician)
    assert len(merged.plan.doubled) == 1
    assert [x.on for x in text_results(patient)] == [moment(0), moment(1)]


def _fields(version: Any) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ("identity", "fact", "sequence", "cancelled")}


def test_what_was_cancelled_stays_cancelled(patient, other, physician) -> None:
    tell(other, Story().ferritin(0, "890", id="r1").ferritin(1, "900"))
    row = history(find_version(take_snapshot(other, moment(5), moment(5)).series("ferritin")[0].id, other))[0]
    actions.cancel_fact(row=row, by=physician, reason="wrong tube", expected_version=1)
    merge(patient, other, physician)
    assert values(patient) == ["900"]


def test_open_tasks_are_copied_once(patient, other, physician) -> None:
    due = date(2026, 1, 5)
    for record, text in ((patient, "ask the eye clinic"), (other, "ask the eye clinic"), (other, "repeat CT")):
        actions.add_task(patient=record, by=physician, text=text, due=due)
    merge(patient, other, physician)
    assert [x.text for x in CareTask.objects.open().filter(patient=patient)] == ["ask the eye clinic", "repeat CT"]


def test_the_stay_comes_with_the_record(patient, other, physician, ward, other_ward) -> None:
    actions.discharge_patient(patient=patient, by=physician, at=JANUARY + LATER)
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=JANUARY + 2 * LATER, bed="7")
    merged = merge(patient, other, physician)
    assert (Patient.objects.get(pk=patient.pk).admission.bed, Patient.objects.get(pk=other.pk).admission) == ("7", None)
    take_back(merged, physician)
    assert (Patient.objects.get(pk=patient.pk).admission, Patient.objects.get(pk=other.pk).admission.bed) == (None, "7")
    assert Admission.objects.filter(patient=patient).count() == 1


def test_who_is_responsible_stays_so_and_a_second_consultant_is_of_the_team(patient, other, physician, ward) -> None:
    senior, nurse = make_user("senior", Role.SENIOR), make_user("nurse", Role.NURSE)
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.change_consultant(patient=other, by=physician, consultant=senior)
    for record in (patient, other):
        actions.join_team(patient=record, user=nurse, by=physician)

    def responsible(record: Patient) -> set[tuple[str, str]]:
        rows = Responsibility.objects.now().filter(patient=record)
        return set(rows.values_list("user__username", "kind"))

    before = {record: responsible(record) for record in (patient, other)}
    merged = merge(patient, other, physician)
    assert responsible(patient) == before[patient] | {("senior", "team")}
    assert patient in Patient.objects.visible_to(senior)
    take_back(merged, physician)
    assert {record: responsible(record) for record in (patient, other)} == before


def test_a_step_before_a_merge_is_not_taken_back_while_the_stay_of_the_merge_is_open(
    patient, other, physician, ward
) -> None:
    actions.move_patient(patient=patient, by=physician, ward=ward, bed="3")
    actions.discharge_patient(patient=patient, by=physician, at=timezone.now())
    step = patient.stay_events.get(kind="discharged")
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=JANUARY + 2 * LATER, bed="7")
    merge(patient, other, physician)
    with pytest.raises(Refused, match="on a ward already"):
        actions.take_back_step(step=step, by=physician)
    assert Admission.objects.filter(patient=patient, discharged_at=None).count() == 1


def test_an_author_stays_the_author(patient, other, physician) -> None:
    (row,) = actions.record_facts(
        patient=other, facts=Story().ferritin(0, "890").versions, by=physician, source="form"
    ).rows
    senior = make_user("senior", Role.SENIOR)
    merge(patient, other, senior)
    (fact,) = take_snapshot(patient, timezone.now(), timezone.now()).series("ferritin")
    copy = find_version(fact.id, patient)
    assert (copy.recorded_by, copy.source, copy.pk != row.pk) == (physician, "form", True)


# -- refused ----------------------------------------------------------------------------------------------------------


def test_a_record_is_not_merged_into_itself(patient, physician) -> None:
    with pytest.raises(Refused, match="itself"):
        merge(patient, patient, physician)


def test_a_merge_needs_a_reason(patient, other, physician) -> None:
    with pytest.raises(Refused, match="reason"):
        merge(patient, other, physician, " ")
    assert not RecordMerge.objects.exists()


def test_two_open_stays_are_refused(patient, other, physician, other_ward) -> None:
    actions.admit_patient(patient=other, ward=other_ward, by=physician, admitted_at=JANUARY)
    with pytest.raises(Refused, match="Both records are on a ward"):
        merge(patient, other, physician)


def test_a_record_is_merged_once(patient, other, physician) -> None:
    third = make_patient("R-3", physician)
    merge(patient, other, physician)
    for kept, absorbed in ((third, other), (other, third)):
        with pytest.raises(Refused, match="Q-2 was merged"):
            merge(kept, absorbed, physician)


def test_an_entry_before_the_birth_date_of_the_kept_record_is_named(patient, other, physician) -> None:
    tell(other, Story().ferritin(-27000, "890"))
    with pytest.raises(Refused, match=r"before the birth: Ferritin 890 ng/mL"):
        merge(patient, other, physician)
    assert not MergedEntry.objects.exists()


def test_trying_stores_nothing_and_says_what_storing_says(patient, other, physician) -> None:
    tell(patient, Story().ferritin(0, "890"))
    tell(other, Story().ferritin(0, "890", id="x").ferritin(1, "999", id="y"))
    tried = actions.try_merge(kept=patient, absorbed=other, by=physician, reason="one person")
    assert not RecordMerge.objects.exists()
    assert values(patient) == ["890"]
    assert tried.sentences == merge(patient, other, physician).sentences


# -- while it stands --------------------------------------------------------------------------------------------------


def test_an_absorbed_record_is_on_no_list_and_its_number_finds_the_kept_one(patient, other, physician) -> None:
    merge(patient, other, physician)
    assert not Patient.objects.visible_to(physician).filter(pk=other.pk).exists()
    found = find_patients("Q-2", physician)
    assert found.ids == (patient.pk,)
    assert [(x.mrn, kept) for x, kept in found.merged] == [("Q-2", patient.pk)]
    assert find_patients("satoh", physician).ids == (patient.pk,)
    assert find_patients("P-1", physician).merged == ()


def test_nothing_is_written_to_an_absorbed_record(patient, other, physician, ward) -> None:
    merge(patient, other, physician)
    for change in (
        lambda: tell(other, Story().ferritin(0, "890")),
        lambda: actions.add_task(patient=other, by=physician, text="x", due=date(2026, 1, 1)),
        lambda: actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=JANUARY),
        lambda: actions.correct_identity(patient=other, by=physician, expected_version=1, reason="x", sex="male"),
    ):
        with pytest.raises(RecordMerged):
            change()
    assert not CareTask.objects.exists()


def test_a_document_under_the_absorbed_number_goes_to_the_kept_record(patient, other, physician) -> None:
    story = Story().ferritin(0, "890", id="measurement:ferritin:id:77").test(0, "crp", "2", id="crp")
    person = {"mrn": "Q-2", "family_name": "Satoh", "given_name": "Hanako", "birth_date": None}
    first = actions.store_case(as_case(story, **person), by=None)
    assert first.patient == other
    merge(patient, other, physician)
    before = facts_of(patient)
    again = actions.store_case(as_case(story, **person), by=None)
    assert (again.patient, again.recorded.rows, again.recorded.unchanged) == (patient, (), 2)
    assert "Record number Q-2 was merged into this one." in again.sentences
    assert facts_of(patient) == before
    corrected = Story().ferritin(0, "980", id="measurement:ferritin:id:77").ferritin(1, "700")
    assert actions.store_case(as_case(corrected, **person), by=None).recorded.corrected == 1
    assert values(patient) == ["980", "700"]


def test_a_document_under_the_kept_number_finds_what_the_merge_brought(patient, other, physician) -> None:
    story = Story().ferritin(0, "890", id="measurement:ferritin:id:77")
    tell(other, story, "case_file")
    merge(patient, other, physician)
    person = {"mrn": "P-1", "family_name": "Sato", "given_name": "Hanako"}
    assert actions.store_case(as_case(story, **person), by=None).recorded.rows == ()
    assert values(patient) == ["890"]


def test_what_was_not_copied_because_both_had_it_is_not_stored_when_it_is_sent_again(patient, other, physician) -> None:
    tell(patient, Story().ferritin(0, "890", id="typed"), "form")
    tell(other, Story().ferritin(0, "890", id="sent"), "case_file")
    merge(patient, other, physician)
    person = {"mrn": "Q-2", "family_name": "Satoh", "given_name": "Hanako", "birth_date": None}
    again = actions.store_case(as_case(Story().ferritin(0, "890", id="sent"), **person), by=None)
    assert again.recorded.rows == ()
    corrected = actions.store_case(as_case(Story().ferritin(0, "980", id="sent"), **person), by=None)
    assert corrected.recorded.corrected == 1
    assert values(patient) == ["980"]


def test_a_document_that_tells_of_somebody_else_is_refused(patient, other, physician) -> None:
    merge(patient, other, physician)
    with pytest.raises(Refused, match="Q-2 exists with another family name"):
        actions.store_case(as_case(Story().ferritin(0, "890"), mrn="Q-2", given_name="Hanako"), by=None)
    with pytest.raises(Refused, match="P-1 exists with another family name"):
        actions.store_case(as_case(Story().ferritin(0, "890"), mrn="P-1", given_name="Hanako"), by=None)


def test_a_chain_of_merges_is_followed_to_its_end(patient, other, physician) -> None:
    third = make_patient("R-3", physician)
    tell(third, Story().ferritin(0, "890", id="r"))
    first = merge(other, third, physician)
    second = merge(patient, other, physician)
    assert values(patient) == ["890"]
    assert find_patients("R-3", physician).ids == (patient.pk,)
    person = {"mrn": "R-3", "family_name": "Sato", "given_name": "Hanako"}
    again = actions.store_case(as_case(Story().ferritin(0, "890", id="r"), **person), by=None)
    assert (again.patient, again.recorded.rows) == (patient, ())
    with pytest.raises(Refused, match="went into record number P-1"):
        take_back(first, physician)
    take_back(second, physician)
    take_back(first, physician)
    assert (values(patient), values(other), values(third)) == ([], [], ["890"])


def test_a_later_merge_is_taken_back_first(patient, other, physician) -> None:
    third = make_patient("R-3", physician)
    first = merge(patient, other, physician)
    merge(patient, third, physician)
    with pytest.raises(Refused, match="R-3 was merged since"):
        take_back(first, physician)


def test_a_page_of_the_past_says_that_the_record_was_merged_since(patient, other, physician) -> None:
    before = timezone.now()
    merged = merge(patient, other, physician)
    between = timezone.now()
    (sentence,) = identity_then(patient, before).sentences
    assert sentence.startswith("Record number Q-2 (Satoh Hanako) was merged into this one on")
    assert not identity_then(patient, between)
    take_back(merged, physician)
    assert not identity_then(patient, before)
    (sentence,) = identity_then(patient, between).sentences
    assert "was a part of this one then. The merge was taken back on" in sentence


# -- taken back -------------------------------------------------------------------------------------------------------


def test_taking_back_restores_both_at_every_moment(patient, other, physician) -> None:
    tell(patient, Story().onset(0).ferritin(0, "890").ferritin(2, "900"))
    tell(other, Story().ferritin(0, "890", id="x").ferritin(1, "999", id="y").drug(1, "csa"))
    moments = [moment(1), moment(2), timezone.now()]
    was = [(facts_of(patient, x), facts_of(other, x)) for x in moments]
    ids = [x.id for x in take_snapshot(patient, moments[-1], moments[-1]).all_facts]
    merged = merge(patient, other, physician)
    taken_back = take_back(merged, physician)
    assert [(facts_of(patient, x), facts_of(other, x)) for x in moments] == was
    assert [x.id for x in take_snapshot(patient, timezone.now(), timezone.now()).all_facts] == ids
    assert taken_back.sentences == [
        "Withdrawn from this record: entries 2, open tasks 0, stays 0.",
        "Record number Q-2 is as it was before the merge.",
    ]
    assert Patient.objects.visible_to(physician).filter(pk=other.pk).exists()
    assert find_patients("Q-2", physician).ids == (other.pk,)


def test_what_was_entered_since_stays_and_is_listed(patient, other, physician) -> None:
    tell(other, Story().ferritin(0, "890", id="x"))
    merged = merge(patient, other, physician)
    tell(patient, Story().ferritin(5, "700"))
    (fact, _new) = take_snapshot(patient, timezone.now(), timezone.now()).series("ferritin")
    row = find_version(fact.id, patient)
    actions.correct_fact(row=row, changes={"value": Decimal(980)}, by=physician, reason="misread", expected_version=1)
    tried = actions.try_take_back(merge=merged.merge, by=physician, reason="two persons")
    taken_back = take_back(merged, physician)
    assert tried.sentences == taken_back.sentences
    assert [copied for _text, copied in taken_back.entered] == [True, False]
    assert (values(patient), values(other)) == (["700"], ["890"])


def test_a_task_that_came_with_the_merge_goes_with_it(patient, other, physician) -> None:
    actions.add_task(patient=other, by=physician, text="repeat CT", due=date(2026, 1, 5))
    take_back(merge(patient, other, physician), physician)
    assert list(CareTask.objects.open().values_list("patient", flat=True)) == [other.pk]


def test_a_stay_that_was_changed_since_is_ended_first(patient, other, physician, ward, other_ward) -> None:
    actions.discharge_patient(patient=patient, by=physician, at=JANUARY + LATER)
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=JANUARY + 2 * LATER, bed="7")
    merged = merge(patient, other, physician)
    actions.move_patient(patient=patient, by=physician, ward=ward, bed="8")
    with pytest.raises(Refused, match="discharge the patient first"):
        take_back(merged, physician)
    actions.discharge_patient(patient=patient, by=physician, at=timezone.now())
    take_back(merged, physician)
    assert not Admission.objects.filter(discharged_at=None).exists()


def test_a_bed_that_is_taken_refuses(patient, other, physician, ward) -> None:
    actions.discharge_patient(patient=patient, by=physician, at=JANUARY + LATER)
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=JANUARY + 2 * LATER, bed="7")
    merged = merge(patient, other, physician)
    actions.discharge_patient(patient=patient, by=physician, at=timezone.now())
    make = make_patient("S-4", physician)
    actions.admit_patient(patient=make, ward=ward, by=physician, admitted_at=JANUARY + 3 * LATER, bed="7")
    take_back(merged, physician)  # the stay is over: nobody needs the bed
    assert Patient.objects.get(pk=other.pk).admission is None


def test_a_merge_is_taken_back_once_and_with_a_reason(patient, other, physician) -> None:
    merged = merge(patient, other, physician)
    with pytest.raises(Refused, match="reason"):
        take_back(merged, physician, "")
    take_back(merged, physician)
    with pytest.raises(StaleVersion):
        take_back(merged, physician)


def test_the_two_can_be_merged_again(patient, other, physician) -> None:
    tell(other, Story().ferritin(0, "890", id="x"))
    take_back(merge(patient, other, physician), physician)
    again = merge(patient, other, physician)
    assert values(patient) == ["890"]
    take_back(again, physician)
    assert values(patient) == []


# -- the tables -------------------------------------------------------------------------------------------------------


def test_the_tables_refuse_what_no_action_does(patient, other, physician) -> None:
    tell(other, Story().ferritin(0, "890", id="x"))
    merged = merge(patient, other, physician)
    for statement, says in (
        (lambda: RecordMerge.objects.update(reason="x"), "only taken back"),
        (lambda: MergedEntry.objects.all().delete(), "append-only"),
        (lambda: MergedEntry.objects.update(into="x"), "append-only"),
    ):
        with pytest.raises(IntegrityError, match=says), transaction.atomic():
            statement()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_recordmerge")
    take_back(merged, physician)
    with pytest.raises(IntegrityError, match="only taken back"), transaction.atomic():
        RecordMerge.objects.update(taken_back_at=None, taken_back_by=None, taken_back_reason="")


def test_merge_and_taking_back_are_audited(patient, other, physician) -> None:
    merged = merge(patient, other, physician)
    take_back(merged, physician)
    rows = AuditEntry.objects.filter(table_name="patients_recordmerge", pk_text=str(merged.merge.pk)).order_by("id")
    assert [(x.op, x.actor, x.patient, x.reason) for x in rows] == [
        ("INSERT", physician.pk, patient.pk, "one person"),
        ("UPDATE", physician.pk, patient.pk, "two persons"),
    ]


def test_an_absorbed_record_waits_for_no_evaluation(patient, other, physician, ward) -> None:
    merged = merge(patient, other, physician)
    mark = EvaluationMark.objects.get(patient=other)
    assert (mark.needed_since, mark.next_due_at) == (None, None)
    actions.change_site_settings(by=physician, expected_version=1, mda5_kit="")
    assert EvaluationMark.objects.get(patient=other).needed_since is None
    take_back(merged, physician)
    assert EvaluationMark.objects.get(patient=other).needed_since is not None


def test_whoever_saw_the_absorbed_record_sees_the_kept_one(physician, other_ward) -> None:
    colleague = make_user("colleague", Role.PHYSICIAN, other_ward)
    kept, absorbed = make_patient("A-1", physician), make_patient("A-2", physician, other_ward)
    actions.discharge_patient(patient=absorbed, by=physician, at=JANUARY + LATER)
    assert not Patient.objects.visible_to(colleague).filter(pk=kept.pk).exists()
    merge(kept, absorbed, physician)
    assert Patient.objects.visible_to(colleague).filter(pk=kept.pk).exists()
