"""Every write of the monitoring: issues become alerts, a person acknowledges, a sweep leaves its trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.engine import Examination, Remark
from monitoring.evidence import evidence
from monitoring.lifecycle import CLOSING, AlertState, Change, Moment, Step, reconcile
from monitoring.models import (
    Alert,
    AlertEvent,
    Doing,
    EventKind,
    LastExamination,
    OutboxEntry,
    Severity,
    SweepRun,
)
from monitoring.queries import latest_alerts_locked, state_of
from patients.clinical.snapshot import Snapshot
from patients.clinical.written import reason_as_json
from patients.deeds import Refused, StaleVersion, deed, repeated_on_deadlock
from patients.models import User

SWEEPS_KEPT = timedelta(days=1)
NEEDS_NOTE = (Doing.DISCUSSED, Doing.ANOTHER_CAUSE)
ANNOUNCED = (Step.OPENED, Step.RAISED, Step.CORRECTED, Step.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Examined:
    """One patient's examination, ready to be stored. `before`: when the patient was last evaluated."""

    patient_id: int
    snapshot: Snapshot
    examination: Examination
    before: datetime | None


@dataclass(frozen=True, slots=True)
class _Written:
    alert: Alert
    change: Change
    evidence: list[dict[str, Any]]


def apply_examinations(examined: Iterable[Examined], *, now: datetime) -> int:
    """Bring the stored alerts in line with what the rules said; returns how many changed.

    Runs inside the transaction of the evaluation. Storing the same examination again changes nothing: an alert is
    inserted under a unique key with ON CONFLICT DO NOTHING, and only what was inserted here gets an event.
    """
    given = list(examined)
    stored = latest_alerts_locked([x.patient_id for x in given])
    written = [x for one in given for x in _changes(one, stored.get(one.patient_id, []), now)]
    opened = [x for x in written if x.change.step is Step.OPENED]
    Alert.objects.bulk_create([x.alert for x in opened], ignore_conflicts=True)
    ours = set(Alert.objects.filter(pk__in=[x.alert.pk for x in opened]).values_list("pk", flat=True))
    for x in written:
        if x.change.step is not Step.OPENED:
            _update(x)
    done = [x for x in written if x.change.step is not Step.OPENED or x.alert.pk in ours]
    _note(done, now)
    _remember(given, now)
    return len(done)


def _changes(one: Examined, alerts: list[Alert], now: datetime) -> list[_Written]:
    rows = {(x.rule, x.subject): x for x in alerts}
    standing = frozenset(fact.id for fact in one.snapshot.all_facts)
    moment = Moment(now, one.snapshot.zone, one.before)
    changes = reconcile([state_of(x) for x in alerts], one.examination, standing, moment)
    facts = {fact.id: fact for fact in one.snapshot.all_facts}
    written = []
    for change in changes:
        seen = evidence(facts[x] for x in change.state.facts if x in facts)
        opened = change.step is Step.OPENED
        row = _new(one.patient_id, change.state, seen) if opened else rows[change.state.key]
        written.append(_Written(row, change, seen))
    return written


def _new(patient_id: int, state: AlertState, seen: list[dict[str, Any]]) -> Alert:
    return Alert(
        patient_id=patient_id,
        rule=state.rule,
        rule_version=state.version,
        subject=state.subject,
        episode=state.episode,
        opened_on=state.opened_on,
        opened_at=state.opened_at,
        **_content(state, seen),
    )


def _content(state: AlertState, seen: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "severity": state.severity,
        "possible": state.possible,
        "reasons": [reason_as_json(x) for x in state.reasons],
        "facts": list(state.facts),
        "evidence": seen,
        "value_on": state.value_on,
    }


def _update(written: _Written) -> None:
    """The row is locked since it was read; what it says changes, its history stays in the events."""
    change, state = written.change, written.change.state
    fields: dict[str, Any] = {"version": F("version") + 1}
    if change.step in CLOSING:
        fields |= {"closed_at": state.closed_at, "closed_because": str(change.step)}
    else:
        fields |= _content(state, written.evidence)
    if change.asks_again:
        fields |= {"acknowledged_at": None, "acknowledged_by": None, "doing": "", "note": ""}
    Alert.objects.filter(pk=written.alert.pk).update(**fields)


def _note(done: list[_Written], now: datetime) -> None:
    events = [
        AlertEvent(
            alert=x.alert,
            patient_id=x.alert.patient_id,
            at=now,
            kind=str(x.change.step),
            severity=x.change.state.severity,
            rule_version=x.change.issue.version if x.change.issue else x.change.state.version,
            reasons=[reason_as_json(why) for why in x.change.state.reasons],
            evidence=x.evidence,
        )
        for x in done
    ]
    AlertEvent.objects.bulk_create(events)
    told = [event for event, x in zip(events, done, strict=True) if x.change.step in ANNOUNCED]
    OutboxEntry.objects.bulk_create([OutboxEntry(event=event) for event in told])


def _remember(given: list[Examined], now: datetime) -> None:
    rows = [
        LastExamination(
            patient_id=x.patient_id,
            at=now,
            remarks=[_remark_as_json(remark) for remark in x.examination.remarks],
            failed_rules=[failure.rule for failure in x.examination.failures],
        )
        for x in given
    ]
    LastExamination.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["patient"], update_fields=["at", "remarks", "failed_rules"]
    )


def _remark_as_json(remark: Remark) -> Mapping[str, Any]:
    return {"rule": remark.rule, "reason": reason_as_json(remark.reason), "facts": list(remark.facts)}


@repeated_on_deadlock
def acknowledge_alert(*, alert: Alert, by: User, doing: str = "", note: str = "", expected_version: int) -> Alert:
    """A person has seen the alert and says what is being done (required for critical ones).

    Refused when it is closed or the deed is missing; StaleVersion when the alert changed since the person saw it. The
    same acknowledgement by the same person again changes nothing.
    """
    with deed(alert.patient, by=by):
        current = Alert.objects.select_for_update().get(pk=alert.pk)
        if _said_already(current, by, doing, note):
            return current
        if current.version != expected_version:
            raise StaleVersion
        _refuse_incomplete(current, doing, note)
        now = timezone.now()
        current.acknowledged_at, current.acknowledged_by, current.doing, current.note = now, by, doing, note.strip()
        current.version += 1
        current.save(update_fields=["acknowledged_at", "acknowledged_by", "doing", "note", "version"])
        _note_acknowledgement(current, by, now)
    return current


def _said_already(alert: Alert, by: User, doing: str, note: str) -> bool:
    said = (alert.acknowledged_by_id, alert.doing, alert.note)
    return alert.acknowledged_at is not None and said == (by.pk, doing, note.strip())


def _refuse_incomplete(alert: Alert, doing: str, note: str) -> None:
    if alert.closed_at is not None:
        raise Refused(_("This alert is closed."))
    if doing and doing not in Doing.values:
        raise ValueError(f"unknown deed: {doing}")
    if alert.severity == Severity.CRITICAL and not doing:
        raise Refused(_("Say what is being done about a critical alert."))
    if doing in NEEDS_NOTE and not note.strip():
        raise Refused(_("Add a note: with whom, or which cause."))


def _note_acknowledgement(alert: Alert, by: User, now: datetime) -> None:
    AlertEvent.objects.create(
        alert=alert,
        patient_id=alert.patient_id,
        at=now,
        kind=EventKind.ACKNOWLEDGED,
        severity=alert.severity,
        rule_version=alert.rule_version,
        reasons=alert.reasons,
        evidence=alert.evidence,
        by=by,
        doing=alert.doing,
        note=alert.note,
    )


def record_sweep(*, started_at: datetime, evaluated: int, failed: int, waiting: int) -> SweepRun:
    """A sweep was completed; traces older than a day are removed."""
    now = timezone.now()
    with transaction.atomic():
        SweepRun.objects.filter(finished_at__lt=now - SWEEPS_KEPT).delete()
        return SweepRun.objects.create(
            started_at=started_at, finished_at=now, evaluated=evaluated, failed=failed, waiting=waiting
        )
