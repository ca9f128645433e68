"""What a person says of alerts: acknowledged with what is being done, or snoozed until a moment with a reason.

Both are said of a card as it was shown: of these alerts in these versions, and of no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.engine import Severity
from monitoring.lifecycle import Step
from monitoring.models import Alert, AlertEvent, Doing, EventKind
from monitoring.rules import BY_CODE
from patients.changes import Refused, StaleVersion, change_to, repeated_on_deadlock
from patients.clinical.reasons import _ as _msg
from patients.clinical.reasons import reason
from patients.models import Patient, User
from patients.queries import site_settings

AT_MOST = _msg("This may wait for %(hours)s hours at most.")
NEEDS_NOTE = (Doing.DISCUSSED, Doing.ANOTHER_CAUSE)
# how long an alert may wait at most for somebody to come back to it [J]


def acknowledge_alert(*, alert: Alert, by: User, doing: str = "", note: str = "", expected_version: int) -> Alert:
    """As `acknowledge_alerts`, of one; the alert as it is after it."""
    versions = {alert.pk: expected_version}
    (done,) = acknowledge_alerts(patient=alert.patient, versions=versions, by=by, doing=doing, note=note)
    return done


@repeated_on_deadlock
def acknowledge_alerts(
    *, patient: Patient, versions: Mapping[UUID, int], by: User, doing: str = "", note: str = ""
) -> list[Alert]:
    """A person has seen these alerts of a patient and says what is being done (required where one is critical).

    `versions`: of each the version that was shown. All are signed or none: Refused when one is closed or what is being
    done is missing; StaleVersion when one changed since the person saw it. Said again by the same person it changes
    nothing. An event ends with it, a condition stays until facts end it (specification 12 (59)).
    """
    with change_to(patient, by=by):
        alerts = _locked(patient, versions)
        waiting = [x for x in alerts if not _said_already(x, by, doing, note)]
        for alert in waiting:
            _refuse_changed(alert, versions[alert.pk])
            _refuse_incomplete(alert, doing, note)
        now = timezone.now()
        events = []
        for alert in waiting:
            events += _acknowledged(alert, by, doing, note.strip(), now)
        AlertEvent.objects.bulk_create(events)
    return alerts


def _locked(patient: Patient, versions: Mapping[UUID, int]) -> list[Alert]:
    """The alerts in the order of their keys, so that two who sign the same card wait for each other."""
    alerts = list(Alert.objects.filter(patient=patient, pk__in=versions).order_by("pk").select_for_update())
    if not alerts or len(alerts) != len(versions):
        raise StaleVersion
    return alerts


def _said_already(alert: Alert, by: User, doing: str, note: str) -> bool:
    stored = (alert.acknowledged_by_id, alert.doing, alert.note)
    return alert.acknowledged_at is not None and stored == (by.pk, doing, note.strip())


def _refuse_changed(alert: Alert, version: int) -> None:
    if alert.version != version:
        raise StaleVersion
    if alert.closed_at is not None:
        raise Refused(_("This alert is closed."))


def _refuse_incomplete(alert: Alert, doing: str, note: str) -> None:
    if doing and doing not in Doing.values:
        raise ValueError(f"unknown change: {doing}")
    if alert.severity == Severity.CRITICAL and not doing:
        raise Refused(_("Say what is being done about a critical alert."))
    if alert.severity == Severity.CRITICAL and doing == Doing.ALREADY_KNOWN:
        raise Refused(_("A critical alert is not “already known”: say what is being done."))
    if doing in NEEDS_NOTE and not note.strip():
        raise Refused(_("Add a note: with whom, or which cause."))


def _acknowledged(alert: Alert, by: User, doing: str, note: str, now: datetime) -> list[AlertEvent]:
    alert.acknowledged_at, alert.acknowledged_by, alert.doing, alert.note = now, by, doing, note
    alert.version, alert.snoozed_until = alert.version + 1, None
    events = [AlertEvent(**as_it_stands(alert, now), kind=EventKind.ACKNOWLEDGED, by=by, doing=doing, note=note)]
    if alert.rule in BY_CODE and BY_CODE[alert.rule].event:
        alert.closed_at, alert.closed_because = now, Step.TOLD
        events.append(AlertEvent(**as_it_stands(alert, now), kind=EventKind.TOLD))
    alert.save()
    return events


@repeated_on_deadlock
def snooze_alerts(
    *, patient: Patient, versions: Mapping[UUID, int], by: User, until: datetime, note: str
) -> list[Alert]:
    """These alerts wait until a moment, for a reason; anything new about their card wakes them before it (R17).

    Refused without a reason, for a moment that is past, or for longer than the gravest of them may wait
    (`longest_snooze`), and of what is closed or acknowledged; StaleVersion as when acknowledging.
    """
    if not note.strip():
        raise Refused(_("Say why this can wait."))
    with change_to(patient, by=by):
        alerts, now = _locked(patient, versions), timezone.now()
        for alert in alerts:
            _refuse_changed(alert, versions[alert.pk])
            if alert.acknowledged_at is not None:
                raise Refused(_("This alert is acknowledged."))
        longest = longest_snooze(max(x.severity for x in alerts))
        if not now < until <= now + longest:
            hours = int(longest.total_seconds() // 3600)
            raise Refused(reason(AT_MOST, hours=hours))
        for alert in alerts:
            alert.snoozed_until = until  # what it says is the same, so that its version is
            alert.save(update_fields=["snoozed_until"])
        said = {"kind": EventKind.SNOOZED, "by": by, "note": note.strip(), "until": until}
        AlertEvent.objects.bulk_create(AlertEvent(**as_it_stands(x, now), **said) for x in alerts)
    return alerts


def longest_snooze(severity: int) -> timedelta:
    """How long an alert of this severity may wait at most, as the site has chosen."""
    site = site_settings()
    hours = site.snooze_critical_hours if severity == Severity.CRITICAL else site.snooze_warning_hours
    return timedelta(hours=hours)


def as_it_stands(alert: Alert, now: datetime) -> dict[str, Any]:
    """Of an event the part that tells the alert as it stands."""
    return {
        "alert": alert,
        "patient_id": alert.patient_id,
        "at": now,
        "severity": alert.severity,
        "rule_version": alert.rule_version,
        "reasons": alert.reasons,
        "evidence": alert.evidence,
    }
