"""Does every rule still speak? An invented person goes the way of every patient, and nothing of them stays.

For each rule, in one transaction: its course is stored as a case file is, evaluated as every record is (read from
PostgreSQL, chart and rules, the life of alerts, their recording), and the open alert is looked for in its table; then
all of it is rolled back. Nobody can see it: not a ward, a search, the audit, an export, the outbox or a count. One row
stays, that says whether the alert was there (R16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.actions import record_canaries
from monitoring.canaries import MESSAGE_FORMAT, active_rules, canary_of
from monitoring.canaries.silence import is_due, newest_runs
from monitoring.engine import Rule
from monitoring.models import Alert, CanaryRun, LastExamination
from patients.actions import name_source, store_case, take_message
from patients.models import EvaluationMark, Patient
from patients.queries import site_clock, site_settings

BUDGET_SECONDS = 5.0  # [J] of one call by the clock: a worker has sweeps to do; the next call goes on

log = structlog.get_logger(__name__)
MILLISECOND = Decimal("0.001")
MRN_LENGTH, SOURCE_LENGTH = 40, 30  # as long as they may be


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried, and the codes of rules that were not: the database was lost on the way."""

    runs: tuple[CanaryRun, ...]
    not_run: tuple[str, ...]

    @property
    def silent(self) -> tuple[CanaryRun, ...]:
        """The runs of those that raised no alert."""
        return tuple(x for x in self.runs if not x.fired)


def try_due() -> Tried:
    """Try the canaries that are due, until done or the budget is spent."""
    newest, now = newest_runs(), timezone.now()
    end = monotonic() + BUDGET_SECONDS
    rules = active_rules(site_settings().rule_choices.off)
    return _try((x for x in rules if is_due(x, newest.get(x.code), now)), lambda: monotonic() < end)


def try_all() -> Tried:
    """Try the canary of every active rule now."""
    return _try(active_rules(site_settings().rule_choices.off), lambda: True)


def _try(rules: Iterable[Rule], goes_on: Callable[[], bool]) -> Tried:
    runs: list[CanaryRun] = []
    lost: list[str] = []
    for rule in rules:
        if not goes_on():
            break
        run = try_canary(rule)
        if run is None:
            lost.append(rule.code)
        else:
            runs.append(run)
    if runs:
        record_canaries(runs)
    return Tried(tuple(runs), tuple(lost))


def try_canary(rule: Rule) -> CanaryRun | None:
    """The run of one canary, not stored yet; None where the database was lost: that says nothing of the rule."""
    ran_at, start, session = timezone.now(), monotonic(), None
    try:
        with transaction.atomic(), site_clock(afresh=True) as zone:
            session = connection.connection
            error = _answer(rule, zone)
            transaction.set_rollback(True)
    except Exception as broken:  # whatever breaks on the way of a patient, it is what the canary is there to find
        error = type(broken).__name__
    if session is None or session.closed:
        log.error("canary_not_run", rule=rule.code, error=error)
        return None
    if error:
        log.error("canary_silent", rule=rule.code, error=error)
    seconds = Decimal(monotonic() - start).quantize(MILLISECOND)
    return CanaryRun(
        rule=rule.code, rule_version=rule.version, ran_at=ran_at, fired=not error, seconds=seconds, error=error
    )


def _answer(rule: Rule, zone: ZoneInfo) -> str:
    """Why the alert of this rule is not there; "" if it is. Inside the transaction that is rolled back."""
    number = f"CANARY-{uuid4().hex}"[:MRN_LENGTH]  # of no patient, and of no other run at this moment
    canary = canary_of(rule, number, now=timezone.now(), zone=zone)
    patient = store_case(canary.case, by=None).patient
    if canary.message is not None:
        source = name_source(name=number[:SOURCE_LENGTH].lower(), title=number, by=None)
        take_message(source=source, document=canary.message, form=MESSAGE_FORMAT)
    evaluate_patients([patient.pk])
    alerts = Alert.objects.open().filter(patient=patient, rule=rule.code, rule_version=rule.version)
    return "" if alerts.exists() else _why_silent(patient, rule)


def _why_silent(patient: Patient, rule: Rule) -> str:
    broken = EvaluationMark.objects.get(patient=patient).last_error_class
    if broken:
        return broken
    failed = LastExamination.objects.filter(patient=patient, failed_rules__contains=[rule.code])
    return CanaryRun.RULE_FAILED if failed.exists() else CanaryRun.SILENT
