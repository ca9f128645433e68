"""Who waits for an evaluation, and which process looks at whom.

What is owed stands in `EvaluationMark`. A claim reads the marks and keeps other sweeps away from them until the end of
its transaction; it locks no row, so that whoever changes a record never waits for an evaluation. An evaluation is
stored only where the mark still is as it was claimed (`settle`): what changed meanwhile is owed still.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from patients.models import EvaluationMark, RecordMerge

BATCH = 250  # patients of one transaction, where so many wait
NUDGE_BATCH = 25  # of one nudge: whoever asked does not wait for a whole import
PROCESSES = 8  # that may sweep side by side: each looks so many batches ahead for what the others left
SWEEPING = 54  # names the advisory locks of sweeps


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mark as it was when it was claimed. needed: by a change, else the clock asks."""

    patient: int
    needed: bool
    changes: int
    evaluated_at: datetime | None


Claim = Callable[[], list[Claimed]]

# of every record but those that went into others: these are evaluated in their stead
NOT_MERGED_SQL = f"""NOT EXISTS (SELECT FROM {RecordMerge._meta.db_table} AS merge
    WHERE merge.absorbed_id = patient_id AND merge.taken_back_at IS NULL)"""
CHANGED_SQL = f"needed_since IS NOT NULL AND failures = 0 AND {NOT_MERGED_SQL}"

DUE_SQL = f"""SELECT count(*) FROM patients_evaluationmark
WHERE ((needed_since IS NOT NULL AND failures = 0) OR next_due_at <= %s) AND {NOT_MERGED_SQL}"""  # noqa: S608 - the same text always

# Each part reads one index in its order. Locks are asked for one by one, in that order, until there are enough.
WAITING_SQL = f"""
SELECT patient_id, needed, requested_count, evaluated_at FROM (
    (SELECT patient_id, true AS needed, requested_count, evaluated_at FROM patients_evaluationmark
     WHERE patient_id = %(first)s AND {CHANGED_SQL})
    UNION ALL
    (SELECT patient_id, true, requested_count, evaluated_at FROM patients_evaluationmark
     WHERE patient_id IS DISTINCT FROM %(first)s AND {CHANGED_SQL} ORDER BY needed_since LIMIT %(ahead)s)
    UNION ALL
    (SELECT patient_id, needed_since IS NOT NULL, requested_count, evaluated_at FROM patients_evaluationmark
     WHERE next_due_at <= %(due)s AND (needed_since IS NULL OR failures > 0) AND {NOT_MERGED_SQL}
     ORDER BY next_due_at LIMIT %(ahead)s)
) AS waiting
WHERE pg_try_advisory_xact_lock({SWEEPING}, (patient_id %% 2147483647)::integer)
LIMIT %(number)s
"""  # noqa: S608 - the same text always

# Where somebody changes the record at this moment, or another process was faster, nothing is settled.
SETTLED_SQL = """
UPDATE patients_evaluationmark AS mark
SET needed_since = NULL, evaluated_at = %(now)s, next_due_at = claimed.due, failures = 0, last_error_class = ''
FROM (
    SELECT this.patient_id, asked.due
    FROM patients_evaluationmark AS this
    JOIN unnest(%(patients)s::bigint[], %(changes)s::bigint[], %(before)s::timestamptz[], %(due)s::timestamptz[])
        AS asked (patient_id, changes, before, due)
        ON asked.patient_id = this.patient_id AND asked.changes = this.requested_count
        AND asked.before IS NOT DISTINCT FROM this.evaluated_at
    ORDER BY this.patient_id
    FOR UPDATE OF this SKIP LOCKED
) AS claimed
WHERE mark.patient_id = claimed.patient_id
RETURNING mark.patient_id
"""


def changed_or_due(now: datetime) -> Claim:
    """Whose record changed, oldest change first, then whose time has come: as many as a batch holds."""
    return lambda: _claim(number=BATCH, due=now)


def changed(first: int) -> Claim:
    """One patient, if that record changed, and a few others that changed, oldest change first."""
    return lambda: _claim(number=NUDGE_BATCH, first=first)


def only(patient_ids: Collection[int]) -> Claim:
    """These patients, owed or not, at once: where a sweep looks at them too, the first to settle stores."""
    return lambda: [
        Claimed(x.pk, x.needed_since is not None, x.requested_count, x.evaluated_at)
        for x in _marks().filter(pk__in=patient_ids).order_by("pk")
    ]


def _claim(*, number: int, first: int | None = None, due: datetime | None = None) -> list[Claimed]:
    asked = {"first": first, "due": due, "number": number, "ahead": number * PROCESSES}
    with connection.cursor() as cursor:
        cursor.execute(WAITING_SQL, asked)
        return [Claimed(*row) for row in cursor]


def settle(claimed: Iterable[Claimed], now: datetime, due: Mapping[int, datetime]) -> set[int]:
    """Nothing is owed to these until a change, or `due` by patient id; those of whom that is true. They stay locked."""
    marks = list(claimed)
    asked: dict[str, Any] = {
        "now": now,
        "patients": [x.patient for x in marks],
        "changes": [x.changes for x in marks],
        "before": [x.evaluated_at for x in marks],
        "due": [due[x.patient] for x in marks],
    }
    with connection.cursor() as cursor:
        cursor.execute(SETTLED_SQL, asked)
        return {patient for (patient,) in cursor}


def waiting(now: datetime) -> int:
    """How many wait for an evaluation: the record changed (and the last evaluation did not break), or it is time."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_SQL, [now])
        (number,) = cursor.fetchone()
    return int(number)


def _marks() -> QuerySet[EvaluationMark]:
    return EvaluationMark.objects.exclude(Exists(RecordMerge.objects.standing().filter(absorbed=OuterRef("pk"))))
