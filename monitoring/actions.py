"""What the monitoring itself writes: issues become alerts, snoozed ones wake, a sweep leaves its trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from monitoring.acknowledging import as_it_stands
from monitoring.announcing import announce
from monitoring.canaries.silence import KEPT
from monitoring.engine import Examination, Remark, Severity
from monitoring.evidence import evidence
from monitoring.lifecycle import ASKS_AGAIN, CLOSING, AlertState, Change, Moment, Step, reconcile
from monitoring.models import (
    Alert,
    AlertEvent,
    CanaryRun,
    EventKind,
    LastExamination,
    SweepRun,
)
from monitoring.queries import SaidBefore, said_before, state_of
from monitoring.rules import group_of
from patients.clinical.snapshot import Snapshot
from patients.clinical.written import reason_as_json
from patients.models import SiteSettings

SWEEPS_KEPT = timedelta(days=1)
CANARIES = 7016  # names the advisory lock of those who store what canaries said
ASKING = (*map(str, ASKS_AGAIN), EventKind.WOKEN)  # events since which an alert waits for somebody
ANNOUNCED = (Step.OPENED, Step.RAISED, Step.CORRECTED, Step.WITHDRAWN)


def apply_examinations(
    *, examinations: Mapping[int, tuple[Snapshot, Examination]], before: Mapping[int, datetime | None], now: datetime
) -> int:
    """Bring the stored alerts in line with what the rules said; returns how many changed.

    `examinations`: by patient id, what was examined and what came out; `before`: when each was last evaluated. Runs
    inside the transaction of the evaluation. Storing the same examination again changes nothing: an alert is inserted
    under a unique key with ON CONFLICT DO NOTHING, and only what was inserted here gets an event.
    """
    said = said_before(list(examinations))
    changed: list[tuple[Alert, Change]] = []
    for pk, (snapshot, examination) in examinations.items():
        changed += _changes(pk, snapshot, examination, said[pk].alerts, Moment(now, snapshot.zone, before.get(pk)))
    opened = [alert for alert, change in changed if change.step is Step.OPENED]
    Alert.objects.bulk_create(opened, ignore_conflicts=True)
    ours = set(Alert.objects.filter(pk__in=[x.pk for x in opened]).values_list("pk", flat=True))
    for alert, change in changed:
        if change.step is not Step.OPENED:
            _update(alert, change)
    _wake(changed, {pk: x.alerts for pk, x in said.items()}, now)
    done = [(alert, change) for alert, change in changed if change.step is not Step.OPENED or alert.pk in ours]
    _note(done, now)
    _remember({pk: examination for pk, (_snapshot, examination) in examinations.items()}, said, now)
    return len(done)


def _changes(
    patient_id: int, snapshot: Snapshot, examination: Examination, alerts: list[Alert], moment: Moment
) -> Iterator[tuple[Alert, Change]]:
    """Each change with its alert, whose `evidence` is what the change rests on now."""
    rows = {(x.rule, x.subject): x for x in alerts}
    facts = {fact.id: fact for fact in snapshot.all_facts}
    for change in reconcile([state_of(x) for x in alerts], examination, frozenset(facts), moment):
        alert = _new(patient_id, change.state) if change.step is Step.OPENED else rows[change.state.key]
        alert.evidence = evidence(facts[x] for x in change.state.facts if x in facts)
        yield alert, change


def _new(patient_id: int, state: AlertState) -> Alert:
    return Alert(
        patient_id=patient_id,
        rule=state.rule,
        rule_version=state.version,
        subject=state.subject,
        episode=state.episode,
        opened_on=state.opened_on,
        opened_at=state.opened_at,
        **_content(state),
    )


def _content(state: AlertState) -> dict[str, Any]:
    return {
        "severity": state.severity,
        "possible": state.possible,
        "reasons": [reason_as_json(x) for x in state.reasons],
        "facts": list(state.facts),
        "value_on": state.value_on,
    }


def _update(alert: Alert, change: Change) -> None:
    """The row is locked since it was read; what it says changes, its history stays in the events."""
    state = change.state
    fields: dict[str, Any] = {"version": F("version") + 1}
    if change.step in CLOSING:
        fields |= {"closed_at": state.closed_at, "closed_because": str(change.step), "snoozed_until": None}
    else:
        fields |= {**_content(state), "evidence": alert.evidence, "closed_at": None, "closed_because": ""}
    if change.asks_again:
        fields |= {"acknowledged_at": None, "acknowledged_by": None, "doing": "", "note": ""}
        fields |= {"escalated_at": None, "snoozed_until": None}
    Alert.objects.filter(pk=alert.pk).update(**fields)


def _wake(changed: list[tuple[Alert, Change]], alerts: Mapping[int, list[Alert]], now: datetime) -> None:
    """Whatever is new about a card wakes all of it that was snoozed; the end of one of its conditions is not."""
    moved = {(x.patient_id, group_of(x.rule)) for x, change in changed if _is_new(x, change)}
    told = {x.pk for x, change in changed if change.step in CLOSING or change.asks_again}  # announced, or over
    asleep = (x for held in alerts.values() for x in held if x.snoozed_until and x.pk not in told)
    wake([x for x in asleep if (x.patient_id, group_of(x.rule)) in moved], now)


def _is_new(alert: Alert, change: Change) -> bool:
    """Other facts, or another severity: not that it ended, and not that the same last value is a day older."""
    older = change.step is Step.UPDATED and alert.is_open and list(change.state.facts) == alert.facts
    return change.step not in CLOSING and not older


def wake(alerts: Sequence[Alert], now: datetime) -> None:
    """These alerts are no longer snoozed, and it is announced as if they were new."""
    if not alerts:
        return
    Alert.objects.filter(pk__in=[x.pk for x in alerts]).update(snoozed_until=None)
    events = AlertEvent.objects.bulk_create([AlertEvent(**as_it_stands(x, now), kind=EventKind.WOKEN) for x in alerts])
    announce(events)


def wake_whose_time_is_up() -> int:
    """What was to wait until now is no longer snoozed; how many alerts. At every sweep: none expires silently (R17)."""
    with transaction.atomic():
        now = timezone.now()
        due = Alert.objects.open().filter(snoozed_until__lte=now).order_by("pk")
        woken = list(due.select_for_update(skip_locked=True))
        wake(woken, now)
    return len(woken)


def pass_on_unacknowledged() -> int:
    """Critical alerts that nobody acknowledged for as long as the site allows become the next role's too; how many.

    Counted from when the alert last asked for somebody, and not while it is snoozed. At every sweep; once each time it
    asks. Nothing where the site has switched it off (0 minutes).
    """
    site = SiteSettings.load()
    if not site.escalation_minutes:
        return 0
    with transaction.atomic():
        now = timezone.now()
        asked = AlertEvent.objects.filter(alert=OuterRef("pk"), kind__in=ASKING).order_by("-id").values("at")[:1]
        late = now - timedelta(minutes=site.escalation_minutes)
        waiting = Alert.objects.open().filter(
            severity=Severity.CRITICAL, acknowledged_at=None, snoozed_until=None, escalated_at=None, opened_at__lte=late
        )
        waiting = waiting.annotate(asked_at=Subquery(asked)).filter(asked_at__lte=late).order_by("pk")
        alerts = list(waiting.select_for_update(skip_locked=True, of=("self",)))
        if alerts:
            ids = [x.pk for x in alerts]
            Alert.objects.filter(pk__in=ids).update(escalated_at=now)
            events = [
                AlertEvent(**as_it_stands(x, now), kind=EventKind.ESCALATED, note=site.escalation_role) for x in alerts
            ]
            written = AlertEvent.objects.bulk_create(events)
            announce(written)
    return len(alerts)


def _note(done: list[tuple[Alert, Change]], now: datetime) -> None:
    events = [
        AlertEvent(
            alert=alert,
            patient_id=alert.patient_id,
            at=now,
            kind=str(change.step),
            severity=change.state.severity,
            rule_version=change.issue.version if change.issue else change.state.version,
            reasons=[reason_as_json(why) for why in change.state.reasons],
            evidence=alert.evidence,
        )
        for alert, change in done
    ]
    AlertEvent.objects.bulk_create(events)
    announce(event for event, (_alert, change) in zip(events, done, strict=True) if change.step in ANNOUNCED)


def _remember(examinations: Mapping[int, Examination], said: Mapping[int, SaidBefore], now: datetime) -> None:
    """What no alert says; written where it is another than before. `at`: since when it is so."""
    found = {
        patient_id: {
            "remarks": [_remark_as_json(remark) for remark in examination.remarks],
            "failed_rules": [failure.rule for failure in examination.failures],
        }
        for patient_id, examination in examinations.items()
    }
    LastExamination.objects.bulk_create(
        [LastExamination(patient_id=pk, at=now, **told) for pk, told in found.items() if told != said[pk].beside],
        update_conflicts=True,
        unique_fields=["patient"],
        update_fields=["at", "remarks", "failed_rules"],
    )


def _remark_as_json(remark: Remark) -> Mapping[str, Any]:
    return {"rule": remark.rule, "reason": reason_as_json(remark.reason), "facts": list(remark.facts)}


def end_merged_alerts(*, patient_id: int) -> int:
    """The record went into another one: its alerts end with the word "merged"; how many. Inside that change."""
    open_now = list(Alert.objects.filter(patient=patient_id).open().select_for_update())
    now = timezone.now()
    Alert.objects.filter(pk__in=[x.pk for x in open_now]).update(
        version=F("version") + 1, closed_at=now, closed_because=Step.MERGED, snoozed_until=None
    )
    _note_merge(open_now, Step.MERGED, now)
    return len(open_now)


def return_merged_alerts(*, patient_id: int) -> int:
    """The merge was taken back: what it ended stands as it stood, acknowledged or not; how many. Inside that change."""
    merged = list(Alert.objects.filter(patient=patient_id, closed_because=Step.MERGED).select_for_update())
    Alert.objects.filter(pk__in=[x.pk for x in merged]).update(
        version=F("version") + 1, closed_at=None, closed_because=""
    )
    _note_merge(merged, Step.RETURNED, timezone.now())
    return len(merged)


def _note_merge(alerts: Sequence[Alert], step: Step, now: datetime) -> None:
    AlertEvent.objects.bulk_create(AlertEvent(**as_it_stands(alert, now), kind=str(step)) for alert in alerts)


def record_sweep(*, started_at: datetime, evaluated: int, failed: int, waiting: int) -> SweepRun:
    """A sweep was completed; traces older than a day are removed."""
    now = timezone.now()
    with transaction.atomic():
        SweepRun.objects.filter(finished_at__lt=now - SWEEPS_KEPT).delete()
        return SweepRun.objects.create(
            started_at=started_at, finished_at=now, evaluated=evaluated, failed=failed, waiting=waiting
        )


def record_canaries(runs: Sequence[CanaryRun]) -> None:
    """Canaries were tried, each once; runs that are old enough are removed."""
    codes = [x.rule for x in runs]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CANARIES])  # one after the other: which run is the newest?
        CanaryRun.objects.filter(ran_at__lt=timezone.now() - KEPT).delete()
        before = CanaryRun.objects.filter(rule__in=codes, newest=True)
        spoke = dict(before.values_list("rule", "spoke_at"))
        before.update(newest=False)
        for run in runs:
            run.spoke_at = run.ran_at if run.fired else spoke.get(run.rule)
        CanaryRun.objects.bulk_create(runs)
