"""P8: from a saved result to the alert that it opens, through Celery and the bundled broker, and by the saver itself.

PostgreSQL keeps when each transaction was committed: visible is the commit of the alert's event, saved the result's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.background import SOURCE
from benchmarks.report import Section, at_most, exactly
from benchmarks.run_of import Run
from benchmarks.server import worker
from benchmarks.sweeping import RESULT, nobody_is_due
from ildcare.demo.seed import without_nudges
from ildcare.evaluation.sweep import evaluate_now
from patients.actions import record_facts
from patients.changes import record_change
from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.versions import Version
from patients.models import EvaluationMark, Patient
from patients.queries import site_clock
from patients.rows import fresh_identity

HIGH = 1200  # ng/mL of ferritin: opens FERRITIN_HIGH where none is open
STREAMS = ((10, 95, 60.0), (50, 95, 150.0), (200, 99, 3000.0))  # results a second, percentile, goal in ms
PATIENCE = 12.0  # seconds to wait for what is not visible when the last is saved
SAVERS = 60
LATE_STREAM = 60.0  # seconds of a stream in a large hospital
LARGE = 50_000  # patients

# of every result of a stream: seconds from its commit to that of the event of the alert that it opened; NULL: none yet
LATENCIES = """
SELECT extract(epoch FROM opened.at - pg_xact_commit_timestamp(result.xmin)),
    extract(epoch FROM clock_timestamp() - pg_xact_commit_timestamp(result.xmin)), mark.needed_since IS NOT NULL
FROM patients_measurement AS result
JOIN patients_evaluationmark AS mark ON mark.patient_id = result.patient_id
LEFT JOIN LATERAL (
    SELECT min(pg_xact_commit_timestamp(event.xmin)) AS at FROM monitoring_alertevent AS event
    JOIN monitoring_alert AS alert ON alert.id = event.alert_id
    WHERE event.patient_id = result.patient_id AND event.kind = 'opened' AND alert.rule = 'FERRITIN_HIGH'
        AND pg_xact_commit_timestamp(event.xmin) >= pg_xact_commit_timestamp(result.xmin)
) AS opened ON true
WHERE result.source = %s
"""
QUIET = """
SELECT mark.patient_id FROM patients_evaluationmark AS mark
JOIN patients_patient AS patient ON patient.id = mark.patient_id AND patient.source = %s
WHERE NOT EXISTS (SELECT FROM monitoring_alert AS alert
    WHERE alert.patient_id = mark.patient_id AND rule = 'FERRITIN_HIGH' AND closed_at IS NULL)
AND NOT EXISTS (SELECT FROM patients_measurement AS result
    WHERE result.patient_id = mark.patient_id AND code = 'ferritin' AND result.source LIKE 'stream-%%')
ORDER BY evaluated_at IS NULL, mark.patient_id LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What became of the results of a stream. `latencies`: seconds; of what still waits, how long it has waited."""

    saved: int
    rate: float
    latencies: Sequence[float]
    waiting: int
    lost: int

    def percentile(self, share: int) -> float:
        """Milliseconds; a lower bound while some of the slowest still wait."""
        return quantiles(self.latencies, n=100, method="inclusive")[share - 1] * 1e3


def measure(run: Run) -> list[Section]:
    """Three streams, one after the other, each with a fresh worker; then the saver."""
    section = Section("Saved to visible", "P8")
    length = LATE_STREAM if run.patients >= LARGE else run.seconds
    for rate, share, aim in STREAMS:
        done = streamed(run, rate, length)
        against = f"{done.saved} saved, {done.rate:.0f} a second; {done.waiting} not visible {PATIENCE:.0f} s later"
        section.add(f"through Celery, {rate} a second, p{share}", done.percentile(share), "ms", at_most(aim), against)
        section.count(f"lost at {rate} a second", done.lost, exactly(0), "neither visible nor owed")
    alone, evaluated = by_the_saver(SAVERS)
    p95, least = (quantiles(x, n=20, method="inclusive")[-1] * 1e3 for x in (evaluated, alone))
    section.add("evaluated by the saver, p95", p95, "ms", at_most(30), f"saved alone {least:.1f} ms")
    return [section]


def streamed(run: Run, rate: int, seconds: float) -> Streamed:
    """So many results a second, each of another patient, each of which opens an alert."""
    nobody_is_due()
    tag, patients = f"stream-{rate}-{perf_counter_ns()}", quiet(round(rate * seconds))
    with worker(run.folder):
        _warm(patients.pop())
        begun = perf_counter()
        for n, pk in enumerate(patients):
            sleep(max(0.0, begun + n / rate - perf_counter()))
            save(pk, tag)
        spent = perf_counter() - begun
        rows = _awaited(tag)
    latencies = [float(seen if seen is not None else waited) for seen, waited, _owed in rows]
    hidden = [owed for seen, _waited, owed in rows if seen is None]
    nobody_is_due()
    return Streamed(
        saved=len(rows),
        rate=len(rows) / spent,
        latencies=latencies,
        waiting=len(hidden),
        lost=len(patients) - len(rows) + sum(not owed for owed in hidden),
    )


def perf_counter_ns() -> int:
    """A number that no other stream has."""
    return round(perf_counter() * 1e9)


def quiet(number: int) -> list[int]:
    """Patients without an open alert of ferritin, those first who were evaluated before."""
    with connection.cursor() as cursor:
        cursor.execute(QUIET, [SOURCE, number + 1])
        return [pk for (pk,) in cursor.fetchall()]


def save(pk: int, source: str) -> None:
    """A result arrives: stored, marked, and the worker told, as a change does it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RESULT, [pk, source, "ferritin", HIGH])
        record_change(Patient(pk=pk))


def _warm(pk: int) -> None:
    """One result before, until the worker has looked at it: it has begun by then."""
    save(pk, "warming")
    deadline = perf_counter() + 60
    while EvaluationMark.objects.get(pk=pk).needed_since is not None:
        if perf_counter() > deadline:
            raise RuntimeError("the worker does not begin")
        sleep(0.1)


def _awaited(tag: str) -> list[tuple[float | None, float, bool]]:
    deadline = perf_counter() + PATIENCE
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LATENCIES, [tag])
            rows: list[tuple[float | None, float, bool]] = cursor.fetchall()
        if all(seen is not None for seen, _waited, _owed in rows) or perf_counter() > deadline:
            return rows
        sleep(1)


def by_the_saver(times: int) -> tuple[list[float], list[float]]:
    """Seconds of a save alone, and of one that the saver evaluates before it commits, in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    patients = list(Patient.objects.filter(pk__in=quiet(2 * times + 2)))
    with without_nudges(), site_clock():
        for n, (patient, version) in enumerate(zip(patients, _results(), strict=False)):
            begun = perf_counter()
            with transaction.atomic():
                record_facts(patient=patient, facts=[version], by=None, source="form")
                if n % 2:
                    evaluate_now(patient.pk)
            if n > 3:  # the first fill what is kept
                taken[n % 2].append(perf_counter() - begun)
    nobody_is_due()
    return taken


def _results() -> Iterator[Version]:
    """One ferritin after the other, of this moment."""
    while True:
        on = timezone.now() - timedelta(seconds=1)
        days = {"day": on.date(), "known_day": on.date()}
        times: dict[str, Any] = {"on": on, "known": on, "first_known": on, **days}
        fact = f.Measurement(id="", **times, code="ferritin", quantity=Quantity(Decimal(HIGH)))
        yield Version(identity=fresh_identity("form"), fact=fact)
