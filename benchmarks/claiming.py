"""P6: what it takes to claim a batch while a hundred thousand are owed."""

from __future__ import annotations

import re
from statistics import median

from django.db import connection, transaction

from benchmarks.inside import watched
from benchmarks.report import Section, at_most
from benchmarks.run_of import Run
from ildcare.evaluation.claims import BATCH
from ildcare.evaluation.sweep import sweep
from patients.queries import site_clock

OWED = 100_000
CLAIM = re.compile(r"evaluationmark.*pg_try_advisory_xact_lock", re.DOTALL)
SETTLE = re.compile(r"UPDATE patients_evaluationmark.*SKIP LOCKED", re.DOTALL)
TURNS = 7
# patients of whom nothing is known: to be claimed, and gone with the transaction
MORE = """
WITH made AS (
    INSERT INTO patients_patient
        (mrn, number_key, number_core, family_name, given_name, family_kana, given_kana, sex, source, version)
    SELECT 'O' || n, 'o' || n, 'o' || n, '', '', '', '', 'unknown', 'owed', 1 FROM generate_series(1, %s) AS n
    RETURNING id
)
INSERT INTO patients_evaluationmark (patient_id, requested_count, failures, last_error_class)
SELECT id, 1, 0, '' FROM made
"""
# most because of the clock, one in twenty because of a change
DUE = """
UPDATE patients_evaluationmark SET next_due_at = now() - random() * interval '1 hour',
    needed_since = CASE WHEN patient_id % 20 = 0 THEN now() - random() * interval '1 hour' END
"""


def measure(run: Run) -> list[Section]:
    """The claims of real sweeps, in a transaction that is undone."""
    section = Section("Claiming", "P6")
    found = claims(OWED - run.patients)
    claimed, settled = (median(x) * 1e3 for x in zip(*found, strict=True))
    section.add(f"claiming a batch while {OWED:,} are owed", claimed, "ms", at_most(1), f"{len(found)} batches")
    section.add(f"settling its {BATCH} marks once they are judged", settled, "ms")
    return [section]


def claims(more: int) -> list[tuple[float, float]]:
    """Seconds of each claim and of settling it, with so many more patients who are owed."""
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patient DISABLE TRIGGER audit_row")
        cursor.execute(MORE, [max(0, more)])
        cursor.execute(DUE)
        cursor.execute("ANALYZE patients_evaluationmark")
        for _ in range(TURNS):
            with site_clock(), watched() as seen:
                sweep(0.001)  # one batch
            times = list(zip(seen.texts, seen.times, strict=True))
            first, last = (sum(x for text, x in times if what.search(text)) for what in (CLAIM, SETTLE))
            assert first, "no claim was seen"
            assert last, "no claim was settled"
            found.append((first, last))
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE patients_evaluationmark")
        cursor.execute("VACUUM ANALYZE patients_patient")
    return found
