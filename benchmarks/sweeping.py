"""P4, P7: everybody evaluated again, and one in a hundred, against one statement of SQL that finds the same alerts.

Evaluated is what a sweep gets through within a limit of time; costs are compared by the patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from benchmarks.background import SOURCE
from benchmarks.effort import Effort, spent
from benchmarks.report import Section, at_most, exactly
from benchmarks.run_of import Run
from ildcare.demo.seed import without_nudges
from ildcare.evaluation.sweep import sweep
from monitoring.engine import examine
from monitoring.models import Alert
from monitoring.rules import RULES
from patients.changes import record_change
from patients.models import EvaluationMark, Patient
from patients.queries import site_clock, site_zone, take_snapshots

FIVE = ("OVERDUE", "FERRITIN_HIGH", "PAO2_LOW", "CSA_LOW", "CSA_HIGH", "KL6_RATIO")
SQL = (Path(__file__).parent / "five_rules.sql").read_text(encoding="utf-8")
FIRST_SECONDS, AGAIN_SECONDS = 45.0, 30.0  # of the first evaluation of everybody, and of the second
READ = "SELECT count(value), count(comparator), max(known) FROM patients_measurement WHERE source = %s"
TURNS = 3
LOOKED_INTO = 250  # patients whose evaluation is taken apart
Found = set[tuple[int, str, str]]

# a ferritin of an own identity; what it says is told by the caller
RESULT = """
INSERT INTO patients_measurement
    (patient_id, identity, version, "on", on_is_date, known, recorded_at, source, sender_id, status, correction_reason,
    code, value, comparator, typed_value, typed_unit, device, name, route, timing, kit, order_id, specimen_id)
VALUES (%s, gen_random_uuid()::text, 1, now(), false, now(), clock_timestamp(), %s, '', 'final', '', %s, %s,
    '', '', '', '', '', '', '', '', '', '')
"""


@dataclass(slots=True)
class Swept:
    """How many were evaluated, and what it took."""

    patients: int = 0
    effort: Effort = field(default_factory=Effort)

    @property
    def each(self) -> float:
        """Microseconds of processor time a patient."""
        return self.effort.processor / max(1, self.patients) * 1e6


def everybody_is_due(*, again: bool = False) -> int:
    """The clock asks for everybody in the background, or again for those who were evaluated; how many."""
    marks = EvaluationMark.objects.filter(patient__source=SOURCE)
    marks = marks.exclude(evaluated_at=None) if again else marks
    return marks.update(next_due_at=timezone.now())


def nobody_is_due() -> None:
    """Nothing is owed any more."""
    EvaluationMark.objects.update(needed_since=None, next_due_at=None)


def swept(seconds: float) -> Swept:
    """Sweep for so long, or until nobody waits."""
    done = Swept()
    with site_clock(), spent() as done.effort:
        done.patients = sweep(seconds).evaluated
    return done


def by_sql() -> tuple[Found, Effort]:
    """What the one statement finds, and what it costs."""
    told: dict[str, Any] = {"now": timezone.now(), "zone": str(site_zone())}
    with connection.cursor() as cursor, spent() as effort:
        cursor.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB'; SET jit = off")
        cursor.execute(SQL, told)
        found = set(cursor.fetchall())
        cursor.execute("RESET max_parallel_workers_per_gather; RESET work_mem; RESET jit")
    return found, effort


def bare_pass() -> Effort:
    """The floor: the same results read in the database, and nothing done with them."""
    with connection.cursor() as cursor, spent() as effort:
        cursor.execute("SET max_parallel_workers_per_gather = 0; SET jit = off")
        cursor.execute(READ, [SOURCE])
        cursor.execute("RESET max_parallel_workers_per_gather; RESET jit")
    return effort


def stored_alerts(patients: set[int]) -> Found:
    """What the product has stored for these patients, of the same rules."""
    rows = Alert.objects.open().filter(rule__in=FIVE, patient__source=SOURCE)
    return {x for x in rows.values_list("patient", "rule", "subject") if x[0] in patients}


def evaluated(since: datetime | None = None) -> set[int]:
    """Who of the background was evaluated, or was so since a moment."""
    marks = EvaluationMark.objects.filter(patient__source=SOURCE).exclude(evaluated_at=None)
    marks = marks.filter(evaluated_at__gte=since) if since else marks
    return set(marks.values_list("pk", flat=True))


def differing(since: datetime) -> tuple[int, int]:
    """How many alerts only one side has, for those who were evaluated since; and how many both have."""
    patients = evaluated(since)
    ours, (theirs, _effort) = stored_alerts(patients), by_sql()
    theirs = {x for x in theirs if x[0] in patients}
    return len(ours ^ theirs), len(ours & theirs)


def measure(run: Run) -> list[Section]:
    """First everybody (which stores), then again (which finds nothing new), in turns with the statement."""
    section, small = Section("Everybody evaluated again", "P4"), Section("One in a hundred changed", "P7")
    background = Patient.objects.filter(source=SOURCE).count()
    begun = timezone.now()
    everybody_is_due()
    first = swept(FIRST_SECONDS)
    nobody_is_due()
    again, statements, passes = Swept(), [], []
    for _ in range(TURNS):
        statements.append(by_sql()[1])
        passes.append(bare_pass())
        everybody_is_due(again=True)
        turn = swept(AGAIN_SECONDS / TURNS)
        again = Swept(again.patients + turn.patients, again.effort + turn.effort)
        nobody_is_due()
    least, floor = (median(x.processor for x in of) / background * 1e6 for of in (statements, passes))
    apart, alike = differing(begun)
    against = f"one statement {least:.0f} us a patient"
    section.count(
        "alerts that only one side has", apart, exactly(0), f"{alike:,} both have, {len(evaluated(begun)):,} patients"
    )
    section.ratio("evaluated again : SQL of five rules", again.each / least, at_most(40), against)
    section.ratio("evaluated again : one bare pass", again.each / floor, None, f"the pass {floor:.1f} us a patient")
    section.add("processor time a patient", again.each, "us", None, f"{again.patients:,} evaluated again")
    section.add("of these PostgreSQL", again.effort.database / again.effort.processor * 100, "%")
    section.add(
        "processor time a patient, first time (stored)", first.each, "us", None, f"{first.patients:,} evaluated"
    )
    _taken_apart(section, again.each)
    _changed(small, run, again.each)
    return [section, small]


def _taken_apart(section: Section, whole: float) -> None:
    """Where the rest goes: reading, opinion, rules; what is left is comparing, storing and claiming."""
    ids, now = sorted(evaluated())[:LOOKED_INTO], timezone.now()
    with spent() as reading:
        snapshots = list(take_snapshots(ids, now, now).values())
    with spent() as judging:
        opinions = [opinion(CURRENT, x) for x in snapshots]
    with spent() as ruling:
        for snapshot, said in zip(snapshots, opinions, strict=True):
            examine(RULES, snapshot, said.pathway.indicated)
    parts = {"snapshot": reading, "chart and opinion": judging, "rules": ruling}
    costs = {name: x.processor / len(ids) * 1e6 for name, x in parts.items()}
    for name, cost in costs.items():
        section.add(f"of it: {name}", cost, "us", None, f"PostgreSQL {parts[name].database / len(ids) * 1e6:.0f} us")
    section.add("of it: record, alerts, marks, claiming", whole - sum(costs.values()), "us", None, "what is left")


def _changed(section: Section, run: Run, each: float) -> None:
    """A result for one patient in a hundred, as far as that many were evaluated; against all of them."""
    ids = sorted(evaluated())
    number = max(1, min(run.patients // 100, len(ids)))
    changed = ids[:: max(1, len(ids) // number)][:number]
    with without_nudges(), connection.cursor() as cursor:
        for pk in changed:
            cursor.execute(RESULT, [pk, "arriving", "ldh", 200])
            record_change(Patient(pk=pk))
    done = swept(AGAIN_SECONDS)
    share = done.each * run.patients / 100 / (each * run.patients) * 100
    against = f"{done.patients} evaluated, {done.each:.0f} us each"
    section.add("evaluating them : evaluating everybody", share, "%", at_most(5), against)
