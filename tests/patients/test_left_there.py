"""What a merge carries over besides facts, what it leaves with the absorbed record, and that taking back restores."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.left_there import contradictions_of, drafts_there, visits_there, words_beside
from patients.merged import merges_into
from patients.models import CareTask, Diagnosis, JudgementOwner, Patient, Role, RoundDraft, SheetDraft
from patients.queries import snapshot_with_versions
from tests.patients.conftest import make_patient, make_user
from tests.patients.test_merging import merge, take_back, tell
from tests.patients.test_merging import other as other
from tests.story import Story

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 3)


def owners(patient: Patient) -> set[tuple[str, date, str]]:
    return set(JudgementOwner.objects.filter(patient=patient).values_list("step", "due", "owner__username"))


def sign(patient: Patient, by: Any, **more: str) -> Any:
    return actions.record_round_visit(patient=patient, by=by, shown_at=timezone.now(), **more)


# -- owners of judgements ---------------------------------------------------------------------------------------------


def test_who_is_to_judge_goes_along_and_comes_back(patient, other, physician) -> None:
    senior = make_user("senior", Role.SENIOR)
    actions.own_judgement(patient=other, by=physician, step="T2", due=DUE, owner=senior)
    merged = merge(patient, other, physician)
    assert owners(patient) == {("T2", DUE, "senior")}
    assert "Judgements whose owner goes along: 1." in merged.sentences
    take_back(merged, physician)
    assert (owners(patient), owners(other)) == (set(), {("T2", DUE, "senior")})


def test_where_both_name_somebody_the_kept_record_does(patient, other, physician) -> None:
    senior = make_user("senior", Role.SENIOR)
    actions.own_judgement(patient=patient, by=physician, step="T2", due=DUE, owner=physician)
    actions.own_judgement(patient=other, by=physician, step="T2", due=DUE, owner=senior)
    take_back(merge(patient, other, physician), physician)
    assert (owners(patient), owners(other)) == ({("T2", DUE, "physician")}, {("T2", DUE, "senior")})


def test_an_owner_who_was_named_since_the_merge_stays(patient, other, physician) -> None:
    senior = make_user("senior", Role.SENIOR)
    actions.own_judgement(patient=other, by=physician, step="T2", due=DUE, owner=senior)
    merged = merge(patient, other, physician)
    actions.own_judgement(patient=patient, by=physician, step="T2", due=DUE, owner=physician)
    take_back(merged, physician)
    assert (owners(patient), owners(other)) == ({("T2", DUE, "physician")}, {("T2", DUE, "senior")})


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_that_was_ended_since_is_named_when_the_merge_is_taken_back(patient, other, physician) -> None:
    actions.add_task(patient=other, by=physician, text="repeat CT", due=DUE)
    merged = merge(patient, other, physician)
    task = CareTask.objects.open().get(patient=patient)
    actions.close_task(task=task, by=physician, outcome="done", expected_version=task.version)
    taken_back = take_back(merged, physician)
    assert "Ended since the merge, and open again in record number Q-2: repeat CT." in taken_back.sentences
    assert CareTask.objects.open().get().patient == other


# -- visits -----------------------------------------------------------------------------------------------------------


def test_a_signed_visit_stays_with_its_record_and_is_read_from_the_kept_one(patient, other, physician) -> None:
    visit = sign(other, physician, note="better", plan="CT on Friday")
    gone = sign(other, physician, note="wrong patient")
    actions.take_back_visit(visit=gone, by=physician)
    merged = merge(patient, other, physician)
    assert visits_there(merges_into(patient.pk)) == [visit]
    assert visits_there(merges_into(patient.pk), until=visit.at - (timezone.now() - visit.at)) == []
    assert visit.patient == other
    assert "Signed visits stay where they were signed, and are read from here: 1." in merged.sentences
    take_back(merged, physician)
    assert visits_there(merges_into(patient.pk)) == []


def test_visits_of_a_chain_are_read_from_its_end(patient, other, physician) -> None:
    third = make_patient("R-3", physician)
    visit = sign(other, physician, plan="CT on Friday")
    merge(third, other, physician)
    merge(patient, third, physician)
    assert visits_there(merges_into(patient.pk)) == [visit]


# -- drafts -----------------------------------------------------------------------------------------------------------


def test_who_typed_something_is_told_where_it_is_and_nobody_else(patient, other, physician) -> None:
    senior = make_user("senior", Role.SENIOR)
    actions.keep_round_draft(patient=other, by=physician, note="cough is better", plan="")
    typed = {"value_ferritin": "890", "unit_ferritin": "ng/mL", "on": "2026-11-29T07:00"}
    actions.keep_sheet_draft(patient=other, by=physician, page="p", typed=typed)
    merged = merge(patient, other, physician)
    assert "Drafts stay there, and are shown here to who typed them: 2." in merged.sentences
    sheet, note = drafts_there([other], physician)
    assert (sheet.values, note.note, note.patient) == (("Ferritin 890 ng/mL",), "cough is better", other)
    assert drafts_there([other], senior) == []
    take_back(merged, physician)
    assert (RoundDraft.objects.get().patient, SheetDraft.objects.get().patient) == (other, other)


def test_drafts_are_dropped_by_their_author_alone(patient, other, physician) -> None:
    senior = make_user("senior", Role.SENIOR)
    for user in (physician, senior):
        actions.keep_round_draft(patient=other, by=user, note="x", plan="")
    actions.keep_round_draft(patient=patient, by=physician, note="of the kept record", plan="")
    merge(patient, other, physician)
    assert actions.drop_left_drafts(patient=patient, absorbed=[other.pk], by=physician) == 1
    assert set(RoundDraft.objects.values_list("user__username", "note")) == {
        ("senior", "x"),
        ("physician", "of the kept record"),
    }


# -- what contradicts each other --------------------------------------------------------------------------------------


def found(patient: Patient) -> list[tuple[str, str]]:
    snapshot, versions = snapshot_with_versions(patient, timezone.now())
    at_odds = contradictions_of(patient, snapshot, versions, merges_into(patient.pk))
    return [(f"{x.mine.text} ({x.mine.number})", f"{x.other.text} ({x.other.number})") for x in at_odds]


def test_what_contradicts_each_other_is_said_until_one_is_cancelled(patient, other, physician) -> None:
    tell(patient, Story().diagnosis(0, "DM").ferritin(1, "900").dyspnoea(1, True))
    tell(other, Story().diagnosis(0, "PM").ferritin(1, "999").dyspnoea(2, False))
    merged = merge(patient, other, physician)
    assert sorted(found(patient)) == [
        ("Diagnosis: dermatomyositis (DM) (P-1)", "Diagnosis: polymyositis (PM) (Q-2)"),
        ("Ferritin 900 ng/mL (P-1)", "Ferritin 999 ng/mL (Q-2)"),
    ]
    assert len(found(patient)) == len(merged.conflicts)
    row = Diagnosis.objects.get(patient=patient, myositis="DM")
    actions.cancel_fact(row=row, by=physician, reason="wrong record", expected_version=1)
    assert found(patient) == [("Ferritin 900 ng/mL (P-1)", "Ferritin 999 ng/mL (Q-2)")]
    take_back(merged, physician)
    assert found(patient) == []


def test_of_a_chain_each_is_named_by_the_record_that_it_was_told_of(patient, other, physician) -> None:
    third = make_patient("R-3", physician)
    tell(third, Story().diagnosis(0, "DM"))
    tell(other, Story().diagnosis(0, "PM"))
    merge(third, other, physician)
    merge(patient, third, physician)
    ((mine, theirs),) = found(patient)
    assert {mine[-5:], theirs[-5:]} == {"(R-3)", "(Q-2)"}


def test_both_sides_say_what_contradicts_them(patient, other, physician) -> None:
    tell(patient, Story().diagnosis(0, "DM"))
    tell(other, Story().diagnosis(0, "PM"))
    merge(patient, other, physician)
    snapshot, versions = snapshot_with_versions(patient, timezone.now())
    beside = words_beside(contradictions_of(patient, snapshot, versions, merges_into(patient.pk)))
    assert set(beside) == {x.id for x in snapshot.diagnoses}
    assert "contradicts: Diagnosis: polymyositis (PM), of record number Q-2" in beside.values()
