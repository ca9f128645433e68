"""Alerts for one or many patients, counts, remarks, the last sweep. A constant number of queries each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from monitoring.engine import Severity
from monitoring.lifecycle import AlertState, Step
from monitoring.models import Alert, AlertEvent, EventKind, LastExamination, SweepRun
from monitoring.rules import BY_CODE
from patients.clinical.reasons import Reason
from patients.clinical.written import reason_from_json
from patients.models import EvaluationMark

LATE_AFTER_PERIODS = 2
WITHDRAWN_SHOWN_FOR = timedelta(days=7)  # a withdrawn alert stays in sight of those who saw it


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """Open alerts of one patient by severity; `unacknowledged` of any severity but info."""

    critical: int = 0
    warning: int = 0
    info: int = 0
    unacknowledged: int = 0

    @property
    def worst(self) -> Severity | None:
        """The gravest severity present."""
        counts = ((Severity.CRITICAL, self.critical), (Severity.WARNING, self.warning), (Severity.INFO, self.info))
        return next((severity for severity, count in counts if count), None)


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as a page shows it: sentences are Reasons (rendered by the page in its language)."""

    alert: Alert
    title: str
    source: str
    basis: str
    reasons: tuple[Reason, ...]
    events: tuple[AlertEvent, ...] = ()

    @property
    def needs_deed(self) -> bool:
        """Acknowledging it asks what is being done."""
        return self.alert.severity == Severity.CRITICAL

    @property
    def corrected(self) -> bool:
        """A result behind it was corrected since it was opened, and it still holds."""
        return any(event.kind == EventKind.CORRECTED for event in self.events)


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything the monitoring has to say of one patient, for the first paint of a page."""

    open: tuple[AlertView, ...]
    withdrawn: tuple[AlertView, ...]
    remarks: tuple[Reason, ...]
    failed_rules: tuple[str, ...]
    evaluated_at: datetime | None
    waiting: bool  # something changed since the last evaluation
    failed: bool  # the last evaluation broke: what is shown may be out of date


def open_alerts(patient_ids: Iterable[int]) -> dict[int, list[Alert]]:
    """Open alerts by patient id, worst first, in one query."""
    found: dict[int, list[Alert]] = {}
    rows = Alert.objects.open().filter(patient__in=list(patient_ids)).select_related("acknowledged_by")
    for alert in rows.worst_first():
        found.setdefault(alert.patient_id, []).append(alert)
    return found


def alert_counts(patient_ids: Iterable[int]) -> dict[int, AlertCounts]:
    """Open alerts by patient id and severity, in one query; patients without alerts are left out."""
    rows = Alert.objects.open().filter(patient__in=list(patient_ids)).values("patient_id")
    counted = rows.annotate(
        critical=Count("pk", filter=Q(severity=Severity.CRITICAL)),
        warning=Count("pk", filter=Q(severity=Severity.WARNING)),
        info=Count("pk", filter=Q(severity=Severity.INFO)),
        unacknowledged=Count("pk", filter=Q(acknowledged_at=None, severity__gt=Severity.INFO)),
    )
    return {
        row["patient_id"]: AlertCounts(row["critical"], row["warning"], row["info"], row["unacknowledged"])
        for row in counted
    }


def last_evaluated(patient_ids: Iterable[int]) -> dict[int, EvaluationMark]:
    """What is owed to patients and when they were last evaluated, in one query."""
    return EvaluationMark.objects.in_bulk(list(patient_ids))


def watch_of(patient_id: int, now: datetime) -> Watch:
    """The alerts, remarks and state of evaluation of one patient, in four queries."""
    shown = Q(closed_at=None) | Q(closed_because=Step.WITHDRAWN, closed_at__gte=now - WITHDRAWN_SHOWN_FOR)
    events = Prefetch("events", AlertEvent.objects.select_related("by"))
    rows = Alert.objects.filter(shown, patient=patient_id).select_related("acknowledged_by").prefetch_related(events)
    views = [view_of(alert) for alert in rows.worst_first()]
    examination = LastExamination.objects.filter(patient=patient_id).first()
    mark = EvaluationMark.objects.filter(patient=patient_id).first()
    return Watch(
        tuple(view for view in views if view.alert.is_open),
        tuple(view for view in views if not view.alert.is_open),
        tuple(reason_from_json(x["reason"]) for x in examination.remarks) if examination else (),
        tuple(examination.failed_rules) if examination else (),
        mark.evaluated_at if mark else None,
        mark is None or mark.needed_since is not None,
        mark is not None and mark.failures > 0,
    )


def view_of(alert: Alert) -> AlertView:
    """One alert for showing; `events` come from a prefetch or one more query."""
    rule = BY_CODE.get(alert.rule)
    return AlertView(
        alert,
        rule.title if rule else alert.rule,
        rule.source if rule else "",
        rule.basis if rule else "J",
        tuple(reason_from_json(x) for x in alert.reasons),
        tuple(alert.events.all()),
    )


# -- what the evaluation reads ----------------------------------------------------------------------------------------


def latest_alerts_locked(patient_ids: Sequence[int]) -> dict[int, list[Alert]]:
    """Of each patient, rule and subject the newest episode, locked until the end of the transaction; one query."""
    newer = Alert.objects.filter(
        patient=OuterRef("patient"), rule=OuterRef("rule"), subject=OuterRef("subject"), episode__gt=OuterRef("episode")
    )
    newest = Alert.objects.filter(~Exists(newer), patient__in=patient_ids)
    found: dict[int, list[Alert]] = {}
    for alert in newest.select_for_update():
        found.setdefault(alert.patient_id, []).append(alert)
    return found


def state_of(alert: Alert) -> AlertState:
    """A stored alert as the pure lifecycle sees it."""
    return AlertState(
        alert.rule,
        alert.rule_version,
        alert.subject,
        alert.episode,
        Severity(alert.severity),
        tuple(reason_from_json(x) for x in alert.reasons),
        tuple(alert.facts),
        alert.opened_on,
        alert.opened_at,
        alert.value_on,
        alert.possible,
        (),
        alert.closed_at,
        Step(alert.closed_because) if alert.closed_because else None,
    )


# -- signs of life ----------------------------------------------------------------------------------------------------


def last_sweep() -> SweepRun | None:
    """The last completed sweep."""
    return SweepRun.objects.order_by("-finished_at").first()


def sweep_is_late(now: datetime) -> bool:
    """No sweep completed within two periods: the banner is red and readiness fails."""
    return is_late(last_sweep(), now)


def is_late(run: SweepRun | None, now: datetime) -> bool:
    """The same for a sweep already read."""
    return run is None or now - run.finished_at > timedelta(seconds=settings.SWEEP_SECONDS * LATE_AFTER_PERIODS)
