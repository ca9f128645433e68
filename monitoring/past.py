"""The alerts of a patient as they stood at an earlier moment, from what happened to them and never from
what they are now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch

from monitoring.engine import Severity
from monitoring.lifecycle import ASKS_AGAIN, CLOSING, Step
from monitoring.models import Alert, AlertEvent, EventKind
from monitoring.queries import ENDED_READABLE_FOR, AlertView, Watch, closed_views, view_of, with_care
from monitoring.rules import LEADING

CLOSED = {str(x) for x in CLOSING}
ASKING = {str(x) for x in ASKS_AGAIN}
HOLDS = {str(x) for x in Step} - CLOSED  # after it the alert is open, also one that had closed


def views_at(patient_id: int, moment: datetime) -> list[AlertView]:
    """Every alert that was opened by then, open or closed, as it stood then; worst first. Two queries."""
    return [view_of(x) for x in sorted(_alerts_at(patient_id, moment), key=_worst_first)]


def watch_at(patient_id: int, moment: datetime) -> Watch:
    """As `watch_of` would have answered then: two queries. Remarks and failures of that time are not kept.

    `evaluated_at` is the last thing that happened to an alert, None where nothing had: then nothing can be said.
    """
    alerts = _alerts_at(patient_id, moment)
    views = [view_of(x) for x in sorted(alerts, key=_worst_first)]
    withdrawn, ended = closed_views([x for x in views if _lately(x, moment)], moment)
    return Watch(
        open=tuple(x for x in views if x.alert.is_open),
        withdrawn=withdrawn,
        ended=ended,
        remarks=(),
        failed_rules=(),
        evaluated_at=_last_event(alerts),
        waiting=False,
        failed=False,
        ended_with_care=with_care(views),
    )


def _alerts_at(patient_id: int, moment: datetime) -> list[Alert]:
    events = AlertEvent.objects.filter(at__lte=moment).select_related("by").order_by("id")
    rows = Alert.objects.filter(patient=patient_id, opened_at__lte=moment)
    alerts = [x for x in rows.prefetch_related(Prefetch("events", events)) if x.events.all()]
    for alert in alerts:
        _as_it_was(alert, alert.events.all())
    return alerts


def _as_it_was(alert: Alert, events: Iterable[AlertEvent]) -> None:
    """Undo, on the row in memory, whatever came later."""
    alert.closed_at, alert.closed_because = None, ""
    alert.snoozed_until = alert.escalated_at = None
    _not_acknowledged(alert)
    for event in events:
        alert.severity, alert.reasons, alert.evidence = event.severity, event.reasons, event.evidence
        if event.kind in CLOSED:
            alert.closed_at, alert.closed_because = event.at, event.kind
        elif event.kind in HOLDS:
            alert.closed_at, alert.closed_because = None, ""
        if event.kind == EventKind.SNOOZED:
            alert.snoozed_until = event.until
        elif event.kind == EventKind.ESCALATED:
            alert.escalated_at = event.at
        elif event.kind != EventKind.LOWERED:
            alert.snoozed_until = None  # woken, told anew, acknowledged or over
        if event.kind == EventKind.ACKNOWLEDGED:
            alert.acknowledged_at, alert.acknowledged_by = event.at, event.by
            alert.doing, alert.note = event.doing, event.note
        elif event.kind in ASKING:
            _not_acknowledged(alert)
            alert.escalated_at = None


def _not_acknowledged(alert: Alert) -> None:
    alert.acknowledged_at, alert.acknowledged_by, alert.doing, alert.note = None, None, "", ""


def _worst_first(alert: Alert) -> tuple[bool, int, bool, int, str, str]:
    return (
        alert.acknowledged_at is not None,
        -alert.severity,
        alert.rule not in LEADING,
        -alert.opened_on.toordinal(),
        alert.rule,
        alert.subject,
    )


def _lately(view: AlertView, moment: datetime) -> bool:
    closed = view.alert.closed_at
    return closed is None or closed >= moment - ENDED_READABLE_FOR


def _last_event(alerts: Iterable[Alert]) -> datetime | None:
    return max((event.at for alert in alerts for event in alert.events.all()), default=None)


def severity_days(patient_id: int) -> list[tuple[datetime, int, int]]:
    """Whenever the number of open alerts changed: (moment, open critical ones, open warnings), in one query."""
    worst: dict[object, int] = {}
    steps: list[tuple[datetime, int, int]] = []
    events = AlertEvent.objects.filter(patient=patient_id).order_by("at", "id")
    for at, alert, kind, severity in events.values_list("at", "alert_id", "kind", "severity"):
        if kind in CLOSED:
            worst.pop(alert, None)
        elif kind != EventKind.ACKNOWLEDGED:
            worst[alert] = severity
        counts = (_count(worst, Severity.CRITICAL), _count(worst, Severity.WARNING))
        if not steps or steps[-1][1:] != counts:
            steps.append((at, *counts))
    return steps


def _count(worst: dict[object, int], severity: Severity) -> int:
    return sum(x == severity for x in worst.values())
