"""Claims: who comes first; nobody who changes a record waits; no old answer is stored over a newer one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation import claims
from ildcare.evaluation import sweep as evaluation
from ildcare.evaluation.sweep import Evaluated, evaluate_changed, evaluate_patients, sweep
from monitoring.models import AlertEvent, LastExamination
from patients.models import EvaluationMark, Patient, RecordMerge, User
from tests.monitoring.stored import a_patient, open_rules, tell, yesterday
from tests.story import Story

pytestmark = pytest.mark.django_db


def owed(number: int, *, changed: bool, name: str = "C", hours: int = 0) -> list[Patient]:
    """Patients that are owed an evaluation since so many hours, one second apart."""
    patients = [a_patient(f"{name}-{n}") for n in range(number)]
    for n, patient in enumerate(patients):
        when = timezone.now() - timedelta(hours=hours, seconds=number - n)
        fields = {"needed_since": when if changed else None, "next_due_at": None if changed else when}
        EvaluationMark.objects.filter(patient=patient).update(**fields)
    return patients


def claimed_by(claim: claims.Claim) -> list[int]:
    with transaction.atomic():
        return [x.patient for x in claim()]


def test_changes_come_before_what_the_clock_asks_each_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    due = owed(3, changed=False, name="D", hours=5)
    changed = owed(3, changed=True)
    assert claimed_by(claims.changed_or_due(timezone.now())) == [x.pk for x in (*changed, *due)]
    monkeypatch.setattr(claims, "BATCH", 4)
    assert claimed_by(claims.changed_or_due(timezone.now())) == [x.pk for x in (*changed, *due[:1])]


def test_a_nudge_takes_its_patient_first_and_a_few_that_changed_and_nobody_by_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owed(2, changed=False, name="D", hours=5)
    changed = owed(6, changed=True)
    monkeypatch.setattr(claims, "NUDGE_BATCH", 3)
    assert claimed_by(claims.changed(first=changed[4].pk)) == [x.pk for x in (changed[4], *changed[:2])]


def test_a_nudge_for_whom_nothing_is_owed_does_nothing() -> None:
    (patient,) = owed(1, changed=False)
    assert claimed_by(claims.changed(first=patient.pk)) == []
    assert evaluate_changed(patient.pk) == Evaluated()


def test_whose_evaluation_broke_is_not_asked_for_again_before_its_time() -> None:
    broken, due = owed(2, changed=True)
    EvaluationMark.objects.filter(patient=broken).update(failures=1, next_due_at=timezone.now() + timedelta(minutes=1))
    EvaluationMark.objects.filter(patient=due).update(failures=1, next_due_at=timezone.now())
    assert claimed_by(claims.changed_or_due(timezone.now())) == [due.pk]
    assert claims.waiting(timezone.now()) == 1


def test_a_record_that_went_into_another_one_is_not_claimed() -> None:
    kept, absorbed = owed(2, changed=True)
    by = User.objects.create_user("who merges")
    RecordMerge.objects.create(kept=kept, absorbed=absorbed, merged_at=timezone.now(), reason="one person", by=by)
    assert claimed_by(claims.changed_or_due(timezone.now())) == [kept.pk]
    assert claimed_by(claims.changed(first=absorbed.pk)) == [kept.pk]
    assert claimed_by(claims.only([kept.pk, absorbed.pk])) == [kept.pk]
    assert claims.waiting(timezone.now()) == 1


def elsewhere(work: Callable[[], object]) -> None:
    """Done by another connection, to its end."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "it waits for something"


@pytest.mark.django_db(transaction=True)
def test_what_one_process_looks_at_the_others_leave_alone() -> None:
    patients = owed(3, changed=True)
    seen: list[int] = []
    with transaction.atomic():
        mine = claims.changed_or_due(timezone.now())()
        elsewhere(lambda: seen.extend(claimed_by(claims.changed_or_due(timezone.now()))))
    assert [x.patient for x in mine] == [x.pk for x in patients]
    assert seen == []
    assert claimed_by(claims.changed_or_due(timezone.now())) == [x.pk for x in patients]


@pytest.mark.django_db(transaction=True)
def test_nobody_who_changes_a_record_waits_for_an_evaluation_and_its_answer_is_not_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = a_patient()
    tell(patient, Story().ferritin(yesterday(), "1200"))
    real, judged = evaluation._judge, 0

    def judge(mark, snapshot, awaiting):
        nonlocal judged
        judged += 1
        if judged == 1:  # a result arrives while the record is looked at
            elsewhere(lambda: tell(patient, Story().ferritin(f"{yesterday()}T09:00", "1679", id="late")))
        return real(mark, snapshot, awaiting)

    monkeypatch.setattr(evaluation, "_judge", judge)
    assert evaluate_changed(patient.pk) == Evaluated()  # no longer the answer to what the record says
    assert open_rules(patient) == set()
    assert EvaluationMark.objects.get(patient=patient).needed_since is not None
    assert sweep().evaluated == 1
    assert open_rules(patient) == {("FERRITIN_HIGH", "", 3)}


@pytest.mark.django_db(transaction=True)
def test_of_two_that_look_at_one_record_at_once_the_first_stores() -> None:
    patient = a_patient()
    tell(patient, Story().ferritin(yesterday(), "1679"))
    real, judged = evaluation._judge, 0

    def judge(mark, snapshot, awaiting):
        nonlocal judged
        judged += 1
        if judged == 1:
            elsewhere(lambda: evaluate_patients([patient.pk]))
        return real(mark, snapshot, awaiting)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluation, "_judge", judge)
        assert evaluate_patients([patient.pk]) == Evaluated()
    assert judged == 2
    assert AlertEvent.objects.filter(patient=patient).count() == 1
    assert EvaluationMark.objects.get(patient=patient).needed_since is None


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_yet_is_not_waited_for_and_not_forgotten() -> None:
    patient = a_patient()
    seen: list[Evaluated] = []
    with transaction.atomic():
        tell(patient, Story().ferritin(yesterday(), "1679"))
        elsewhere(lambda: seen.append(evaluate_patients([patient.pk])))
    assert seen == [Evaluated()]
    assert sweep().evaluated == 1
    assert open_rules(patient) == {("FERRITIN_HIGH", "", 3)}


def test_queries_of_a_batch_do_not_grow_and_an_unchanged_one_writes_only_that_it_was_looked_at() -> None:
    patients = [a_patient(f"Q-{n}") for n in range(12)]
    for patient in patients:
        tell(patient, Story().ferritin(yesterday(), "1679"))
    sweep()
    kept = list(LastExamination.objects.order_by("pk").values_list("pk", "at"))
    ids = [x.pk for x in patients]
    with CaptureQueriesContext(connection) as of_one:
        evaluate_patients(ids[:1])
    with CaptureQueriesContext(connection) as of_all:
        evaluate_patients(ids)
    assert len(of_all) == len(of_one)
    written = [x["sql"] for x in of_all if x["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [x.split()[1] for x in written] == ["patients_evaluationmark"]
    assert list(LastExamination.objects.order_by("pk").values_list("pk", "at")) == kept


@pytest.mark.parametrize("owed_by", ["a change", "the clock"])
def test_a_claim_reads_no_more_marks_than_it_could_take_when_very_many_are_owed(owed_by: str) -> None:
    """By the plan of the database, so that no clock is needed."""
    since = {"a change": ("now() - n * interval '1 second'", "NULL"), "the clock": ("NULL", "now() - interval '1 h'")}
    needed, due = since[owed_by]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_evaluationmark"
            " (patient_id, requested_count, failures, last_error_class, needed_since, next_due_at)"
            f" SELECT -n, 0, 0, '', {needed}, {due} FROM generate_series(1, 20000) AS n"
        )
        cursor.execute("ANALYZE patients_evaluationmark")
        asked = {"first": None, "due": timezone.now(), "number": claims.BATCH, "ahead": claims.BATCH * 8}
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {claims.WAITING_SQL}", asked)
        plan = json.dumps(cursor.fetchone()[0])
        cursor.execute("DELETE FROM patients_evaluationmark WHERE patient_id < 0")
    read = [int(x) for x in re.findall(r'"Actual Rows": ([0-9]+)', plan)]
    assert max(read) == claims.BATCH
    assert '"Sort"' not in plan
