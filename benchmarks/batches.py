"""P5: how many patients a batch holds, what it asks of the database, what two worker processes do and how they grow."""

from __future__ import annotations

import re
from time import perf_counter, sleep

from celery import current_app
from django.utils import timezone

from benchmarks.effort import below, memory_of
from benchmarks.inside import watched
from benchmarks.report import Section, at_least, at_most
from benchmarks.run_of import Run
from benchmarks.server import worker
from benchmarks.sweeping import everybody_is_due, nobody_is_due
from ildcare.evaluation.sweep import SWEEP_BUDGET_SECONDS, sweep
from monitoring.models import SweepRun
from patients.models import EvaluationMark
from patients.queries import site_clock

CLAIM = re.compile(r"evaluationmark.*SKIP LOCKED", re.IGNORECASE | re.DOTALL)
SOME_SECONDS = 4.0


def measure(run: Run) -> list[Section]:
    """Counted in this process; with one and two processes by Celery, in turns."""
    section = Section("Batches", "P5")
    everybody_is_due(again=True)
    size, queries = counted(SOME_SECONDS)
    section.count("patients a batch, much is owed", round(size), at_least(250))
    section.count("queries a batch, nothing new", round(queries), at_most(6))
    EvaluationMark.objects.filter(evaluated_at=None).update(next_due_at=timezone.now())
    size, queries = counted(SOME_SECONDS)
    section.count("queries a batch, all new", round(queries), None, "+1 a kind of row written")
    one, two = _by_celery(run, 1), _by_celery(run, 2)
    section.ratio(
        "two worker processes : one", two[0] / max(1.0, one[0]), at_least(1.7), f"one: {one[0]:.0f} patients a second"
    )
    section.add(
        "memory of a worker process, at the end", one[2], "MB", at_most(150), f"{one[1]:.0f} MB after {_short()} s"
    )
    section.add("it grew meanwhile", one[2] - one[1], "MB", at_most(10))
    return [section]


def counted(seconds: float) -> tuple[float, float]:
    """Patients and queries a batch of a sweep over whoever is due; afterwards nobody is."""
    with site_clock(), watched() as seen:
        done = sweep(seconds)
    nobody_is_due()
    with site_clock(), watched() as nothing:
        sweep(seconds)
    last = done.waiting == 0  # its last claim found nobody
    batches = max(1, sum(bool(CLAIM.search(x)) for x in seen.texts) - last)
    beside = [x for x in nothing.texts if last or not CLAIM.search(x)]
    return done.evaluated / batches, (len(seen.texts) - len(beside)) / batches


def _by_celery(run: Run, processes: int) -> tuple[float, float, float]:
    """Patients a second of the product's sweep in so many worker processes at once; memory of one early and at the
    end."""
    everybody_is_due(again=True)
    before = set(SweepRun.objects.values_list("pk", flat=True))
    with worker(run.folder, processes) as process:
        _wake(process, processes)
        sleep(1)
        begun = perf_counter()
        for _ in range(processes):
            current_app.send_task("ildcare.tasks.sweep")
        sleep(_short())
        early = _memory(process)
        while SweepRun.objects.exclude(pk__in=before).count() < processes and perf_counter() - begun < 60:
            sleep(0.1)
        spent, late = perf_counter() - begun, _memory(process)
    runs = SweepRun.objects.exclude(pk__in=before)
    nobody_is_due()
    return sum(x.evaluated for x in runs) / spent, early, late


def _short() -> float:
    return SWEEP_BUDGET_SECONDS / 4


def _wake(process: int, processes: int) -> None:
    """Until the pool has its children."""
    deadline = perf_counter() + 30
    while len(below(process)) < processes and perf_counter() < deadline:
        sleep(0.1)


def _memory(process: int) -> float:
    """MB of the child that has grown most."""
    return max((memory_of(x) for x in below(process)), default=0.0)
