"""The evaluation: both wings on the same snapshot, in one transaction. The only place where they meet in writing.

A batch is claimed (`claims`), read, judged by chart and rules, settled and stored, and committed. Missing any number of
sweeps delays, and never loses. A patient whose evaluation breaks holds up no other: the mark stays, counts its
failures, and is tried again later; its page says so.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import PurePath
from time import monotonic
from typing import NamedTuple

import structlog
from django.db import transaction
from django.utils import timezone

from algorithm.actions import record_assessments
from algorithm.charts import chart_for
from algorithm.models import Trigger
from algorithm.opinion import Opinion, opinion
from algorithm.queries import StoredBefore, stored_before
from ildcare.evaluation.claims import (
    BATCH,
    Claim,
    Claimed,
    changed,
    changed_or_due,
    only,
    settle,
    waiting,
)
from ildcare.evaluation.decided import as_decided, departures
from ildcare.evaluation.effect import indicated_with, rules_changed
from ildcare.evaluation.next_evaluation import next_turn
from monitoring.actions import apply_examinations, pass_on_unacknowledged, record_sweep, wake_whose_time_is_up
from monitoring.changing_rules import Severities, note_broken_trial, note_trial, severities_of
from monitoring.engine import Examination, examine
from monitoring.models import SweepRun
from monitoring.rules import RULES
from patients.changes import request_evaluation_of_everybody
from patients.clinical.awaiting import Awaiting
from patients.clinical.planned import PlannedDose
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot
from patients.clinical.wall_clock import start_of_day
from patients.models import EvaluationMark
from patients.models.site import clinical_choices, rule_choices
from patients.queries import awaited_by, planned_for, site_clock, site_settings, site_zone, take_snapshots

SWEEP_BUDGET_SECONDS = 10.0  # one sweep ends after this long and leaves the rest to the next: a late one is noticed
ON_WARD_EVERY = timedelta(hours=1)  # after a change: the clock alone changes answers, as of a step not started
OFF_WARD_EVERY = timedelta(days=28)  # at the latest, whatever the clock says
RETRY_FIRST, RETRY_LAST = timedelta(seconds=15), timedelta(minutes=15)

log = structlog.get_logger(__name__)
Read = Callable[[Sequence[int], datetime, datetime], Mapping[int, Snapshot]]  # as `take_snapshots`


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many patients were evaluated, and how many evaluations broke."""

    evaluated: int = 0
    failed: int = 0

    def __add__(self, other: Evaluated) -> Evaluated:
        return Evaluated(self.evaluated + other.evaluated, self.failed + other.failed)


def evaluate_patients(patient_ids: Iterable[int]) -> Evaluated:
    """Evaluate these patients now, marked or not."""
    ids = sorted(set(patient_ids))
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum((_evaluate(only(batch)) for batch in batches), Evaluated())


def evaluate_changed(patient_id: int) -> Evaluated:
    """This patient's record changed: evaluate it, and others that changed. Nothing where another process was faster."""
    return _evaluate(changed(first=patient_id))


def evaluate_now(patient_id: int, read: Read = take_snapshots) -> None:
    """Chart and rules at once, as a rule inside the change that asks for it. If that fails, the change is stored all
    the same and the sweep evaluates it: the mark stands in the database.

    `read`: how the record is read, where the change knows it already.
    """
    try:
        _evaluate(only([patient_id]), read)
    except Exception as error:  # the entry is stored; its evaluation must not turn it into an error page
        log.exception("evaluation_after_entry_failed", patient=patient_id, error=type(error).__name__)


def sweep(budget: float = SWEEP_BUDGET_SECONDS) -> SweepRun:
    """Evaluate everybody who waits for an evaluation, oldest first, until done or the budget (seconds) is spent."""
    started_at, start = timezone.now(), monotonic()
    total = Evaluated()
    while monotonic() - start < budget:
        done = _evaluate(changed_or_due(timezone.now()))
        if done == Evaluated():
            break
        total += done
        gc.collect()  # what was judged lies in cycles, and Python looks for these seldom (`ildcare.apps`)
    left = waiting(timezone.now())
    wake_whose_time_is_up()
    pass_on_unacknowledged()
    return record_sweep(started_at=started_at, evaluated=total.evaluated, failed=total.failed, waiting=left)


@cache
def request_everybody_once() -> None:
    """Once in a process: what begins may be another program, whose rules say something new of whom the last one would
    not have looked at for days. Where the database is away, the next time."""
    request_evaluation_of_everybody(timezone.now())


# -- one batch --------------------------------------------------------------------------------------------------------


def _evaluate(claim: Claim, read: Read = take_snapshots) -> Evaluated:
    """One batch in one transaction (a part of one, where a change is about to commit); if storing it breaks, each of
    its patients in a transaction of its own."""
    claimed: list[int] = []
    try:
        with transaction.atomic():
            marks = claim()
            claimed = [mark.patient for mark in marks]
            return _evaluate_claimed(marks, read) if marks else Evaluated()
    except Exception as error:  # whatever breaks in storing, the others of the batch must not wait for it
        log.error("evaluation_batch_failed", error=type(error).__name__, where=_where(error))
        if not claimed:
            raise
    return sum((_evaluate_alone(pk) for pk in claimed), Evaluated())


def _evaluate_alone(patient_id: int) -> Evaluated:
    try:
        with transaction.atomic():
            return _evaluate_claimed(only([patient_id])(), take_snapshots)
    except Exception as error:  # one patient must never hold up another
        log.error("evaluation_failed", patient=patient_id, error=type(error).__name__, where=_where(error))
        with transaction.atomic():
            _note_failures(dict.fromkeys([patient_id], type(error).__name__), timezone.now())
        return Evaluated(failed=1)


def _evaluate_claimed(marks: Sequence[Claimed], read: Read) -> Evaluated:
    with site_clock(afresh=True):  # a choice of the site that changed had everybody marked: never an older one
        now = timezone.now()
        snapshots = read([mark.patient for mark in marks], now, now)
        awaiting = awaited_by([mark.patient for mark in marks])
        planned = planned_for([mark.patient for mark in marks])
        evaluations: list[Evaluation] = []
        failures: dict[int, str] = {}
        for mark in marks:
            try:
                beside = Beside(awaiting.get(mark.patient, ()), planned.get(mark.patient, ()))
                evaluations.append(_judge(mark, snapshots[mark.patient], beside))
            except Exception as error:  # one patient must never hold up another
                log.error("evaluation_failed", patient=mark.patient, error=type(error).__name__, where=_where(error))
                failures[mark.patient] = type(error).__name__
        stored = _store(evaluations, now)
        _note_failures(failures, now)
        return Evaluated(stored, len(failures))


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules that a change bears on tell, by those in force and by those on trial; `broke`: one of these did,
    and what it would tell is not known."""

    change: int
    in_force: Severities
    on_trial: Severities
    broke: bool = False


class Beside(NamedTuple):
    """What rules see beside the facts: what waits for a person, and the doses that are planned."""

    awaiting: tuple[Awaiting, ...]
    planned: tuple[PlannedDose, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What both wings answer for one patient; nothing is written yet."""

    mark: Claimed
    snapshot: Snapshot
    opinion: Opinion
    examination: Examination
    beside: Beside
    trial: Trial | None = None

    @property
    def trigger(self) -> Trigger:
        """A change, or the clock alone."""
        return Trigger.FACT if self.mark.needed else Trigger.CLOCK


def _judge(mark: Claimed, snapshot: Snapshot, beside: Beside) -> Evaluation:
    """The opinion of the chart, then the rules, which receive the step that it indicates. Writes only to the log."""
    chart_opinion = opinion(chart_for(snapshot), snapshot)
    examination = examine(RULES, snapshot, chart_opinion.pathway.indicated, *beside)
    for failure in examination.failures:
        log.error("rule_failed", patient=mark.patient, rule=failure.rule, error=failure.error.partition(":")[0])
    indicated = chart_opinion.pathway.indicated
    tried = _try(snapshot, indicated, beside, examination)
    return Evaluation(
        mark=mark, snapshot=snapshot, opinion=chart_opinion, examination=examination, beside=beside, trial=tried
    )


def _try(snapshot: Snapshot, indicated: Indicated, beside: Beside, examination: Examination) -> Trial | None:
    """What rules on trial say beside those in force; None where none are."""
    on_trial = site_settings().rules_on_trial
    if not on_trial:
        return None
    try:
        choices = rule_choices(on_trial["values"], on_trial["off"])
        site = clinical_choices(on_trial.get("site", {}))
        tried = replace(snapshot, settings=replace(snapshot.settings, rules=choices, **site))
        rules = rules_changed(snapshot.settings, tried.settings)
        codes = [x.code for x in rules]
        examined = examine(rules, tried, indicated_with(tried, indicated, snapshot), *beside)
        found = severities_of(examined, codes)
    except Exception as error:  # what is only tried must never hold up what is in force
        log.error("trial_failed", error=type(error).__name__, where=_where(error))
        return Trial(on_trial["change"], {}, {}, broke=True)
    return Trial(on_trial["change"], severities_of(examination, codes), found, broke=bool(examined.failures))


def _store(evaluations: Sequence[Evaluation], now: datetime) -> int:
    """Store what still is the answer to the record as it is; of how many patients that is true."""
    due = {x.mark.patient: _next_evaluation(x, now) for x in evaluations}
    settled = settle([x.mark for x in evaluations], now, due)
    current = [x for x in evaluations if x.mark.patient in settled]
    _record(current)
    apply_examinations(
        examinations={x.mark.patient: (x.snapshot, x.examination) for x in current},
        before={x.mark.patient: x.mark.evaluated_at for x in current},
        now=now,
    )
    tried = [(x.mark.patient, x.trial) for x in current if x.trial is not None]
    for change in {x.change for _patient, x in tried}:
        found = {patient: (x.in_force, x.on_trial) for patient, x in tried if x.change == change and not x.broke}
        note_trial(change, found, now)
        if broken := sum(x.change == change and x.broke for _patient, x in tried):
            note_broken_trial(change, broken)
    return len(settled)


def _record(current: Sequence[Evaluation]) -> None:
    """The answers of the chart; before them those at the time of a decision not to follow it, where none is stored."""
    snapshots = {x.mark.patient: x.snapshot for x in current}
    departed = departures(snapshots)
    before: Mapping[int, StoredBefore] | None = stored_before(snapshots, first_of=departed) if snapshots else {}
    if decided := as_decided(snapshots, departed, before or {}):
        record_assessments(opinions=decided, trigger=Trigger.FACT, before=before)
        before = None  # it is another one now
    for trigger in {x.trigger for x in current}:
        opinions = {x.mark.patient: (x.snapshot, x.opinion) for x in current if x.trigger is trigger}
        record_assessments(opinions=opinions, trigger=trigger, before=before)


def _next_evaluation(evaluation: Evaluation, now: datetime) -> datetime:
    """When the clock asks again.

    After a change within the hour on a ward, else at the next day. Where the clock asked and nothing had changed, when
    something could turn: the next day at the latest on a ward, whose readers see when it was looked at.
    """
    tomorrow = _start_of_tomorrow(now)
    on_ward = evaluation.snapshot.on_ward
    if evaluation.mark.needed:
        return min(tomorrow, now + ON_WARD_EVERY) if on_ward else tomorrow
    turn = next_turn(evaluation.snapshot, evaluation.beside.planned) or now + OFF_WARD_EVERY
    return min(turn, tomorrow if on_ward else now + OFF_WARD_EVERY)


def _start_of_tomorrow(now: datetime) -> datetime:
    zone = site_zone()
    return start_of_day(now.astimezone(zone).date() + timedelta(days=1), zone)


def _note_failures(failures: dict[int, str], now: datetime) -> None:
    if not failures:
        return
    for mark in EvaluationMark.objects.filter(pk__in=failures).select_for_update():
        wait = min(RETRY_FIRST * 2 ** min(mark.failures, 10), RETRY_LAST)
        mark.failures += 1
        mark.last_error_class, mark.next_due_at = failures[mark.pk], now + wait
        mark.needed_since = mark.needed_since or now
        mark.save(update_fields=["failures", "last_error_class", "next_due_at", "needed_since"])


def _where(error: BaseException) -> str:
    """Place of an error for the log: an exception's own text can hold a patient's data and never goes there."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
