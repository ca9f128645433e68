"""Alerts of one or many patients, remarks, the last sweep. A constant number of queries each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, DateTimeField, Min, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from monitoring.canaries.silence import NEWEST_SQL, newest_as_read
from monitoring.engine import Severity
from monitoring.following import FOLLOWS
from monitoring.lifecycle import AlertState, Step
from monitoring.models import Alert, AlertEvent, EventKind, LastExamination, SweepRun
from monitoring.rules import BY_CODE
from monitoring.undelivered import UNSENT_SQL
from patients.clinical.reasons import Reason
from patients.clinical.written import reason_from_json
from patients.models import ASKING, EvaluationMark, Message, MessagePart, WaitingResult

LATE_AFTER_PERIODS = 2
KEEPS_FAILING = 2  # an evaluation that broke, and broke again when it was tried again by itself
ENDED_READABLE_FOR = timedelta(days=30)  # what is over stays readable so long below what is not [J]
WITHDRAWN_READABLE_FOR = timedelta(days=7)  # a withdrawn alert stays in sight of those who saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert as a page shows it: sentences are Reasons (rendered by the page in its language)."""

    alert: Alert
    title: str
    source: str
    basis: str
    reasons: tuple[Reason, ...]
    events: tuple[AlertEvent, ...] = ()
    titled_by_value: bool = False
    lists_signs: bool = False

    @property
    def severity(self) -> Severity:
        """How bad."""
        return Severity(self.alert.severity)

    @property
    def published(self) -> bool:
        """Its rule is one of those of today, and has a page."""
        return self.alert.rule in BY_CODE

    @property
    def follows(self) -> str:
        """What usually follows, a message id; "" where no source says it."""
        return FOLLOWS.get(self.alert.rule, "")

    @property
    def snooze(self) -> AlertEvent | None:
        """Who lets it wait, why and until when; None where it does not wait."""
        return self._last(EventKind.SNOOZED) if self.alert.snoozed_until is not None else None

    @property
    def passed_on(self) -> AlertEvent | None:
        """When it was passed on to the next role, whose code its `note` is; None where it was not."""
        return self._last(EventKind.ESCALATED) if self.alert.escalated_at is not None else None

    def _last(self, kind: EventKind) -> AlertEvent | None:
        return next((x for x in reversed(self.events) if x.kind == kind), None)

    @property
    def corrected(self) -> bool:
        """A result behind it was corrected since it was opened, and it still holds."""
        return any(event.kind == EventKind.CORRECTED for event in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything the monitoring has to say of one patient, for the first paint of a page."""

    open: tuple[AlertView, ...]
    withdrawn: tuple[AlertView, ...]
    ended: tuple[AlertView, ...]  # of the last `ENDED_READABLE_FOR`, the newest first
    remarks: tuple[Reason, ...]
    failed_rules: tuple[str, ...]
    evaluated_at: datetime | None
    waiting: bool  # something changed since the last evaluation
    failed: bool  # the last evaluation broke: what is shown may be out of date
    ended_with_care: tuple[AlertView, ...] = ()  # what the last end of care ended, however long ago


def watch_of(patient_id: int, now: datetime) -> Watch:
    """The alerts, remarks and state of evaluation of one patient, in four queries."""
    visible = Q(closed_at=None) | Q(closed_at__gte=now - ENDED_READABLE_FOR) | Q(closed_because=Step.CARE_ENDED)
    events = Prefetch("events", AlertEvent.objects.select_related("by"))
    rows = Alert.objects.filter(visible, patient=patient_id).select_related("acknowledged_by").prefetch_related(events)
    views = [view_of(alert) for alert in rows.worst_first()]
    withdrawn, ended = closed_views(views, now)
    examination = LastExamination.objects.filter(patient=patient_id).first()
    mark = EvaluationMark.objects.filter(patient=patient_id).first()
    return Watch(
        open=tuple(view for view in views if view.alert.is_open),
        withdrawn=withdrawn,
        ended=ended,
        remarks=tuple(reason_from_json(x["reason"]) for x in examination.remarks) if examination else (),
        failed_rules=tuple(examination.failed_rules) if examination else (),
        evaluated_at=mark.evaluated_at if mark else None,
        waiting=mark is None or mark.needed_since is not None,
        failed=mark is not None and mark.failures > 0,
        ended_with_care=with_care(views),
    )


def with_care(views: Iterable[AlertView]) -> tuple[AlertView, ...]:
    """Those that one evaluation ended because care had ended, the last that did."""
    ended = [x for x in views if x.alert.closed_because == Step.CARE_ENDED]
    last = max((_closed_at(x) for x in ended), default=None)
    return tuple(x for x in ended if _closed_at(x) == last)


def closed_views(views: Iterable[AlertView], now: datetime) -> tuple[tuple[AlertView, ...], tuple[AlertView, ...]]:
    """Of alerts: those withdrawn lately, which whoever saw them must be told, and the others that are over."""
    withdrawn: list[AlertView] = []
    ended: list[AlertView] = []
    for view in views:
        closed = view.alert.closed_at
        if closed is None or closed < now - ENDED_READABLE_FOR:
            continue
        lately = view.alert.closed_because == Step.WITHDRAWN and closed >= now - WITHDRAWN_READABLE_FOR
        (withdrawn if lately else ended).append(view)
    return tuple(withdrawn), tuple(sorted(ended, key=_closed_at, reverse=True))


def _closed_at(view: AlertView) -> datetime:
    assert view.alert.closed_at is not None
    return view.alert.closed_at


def view_of(alert: Alert) -> AlertView:
    """One alert for showing; `events` come from a prefetch or one more query."""
    rule = BY_CODE.get(alert.rule)
    return AlertView(
        alert=alert,
        title=rule.title if rule else alert.rule,
        source=rule.source if rule else "",
        basis=rule.basis if rule else "J",
        reasons=tuple(reason_from_json(x) for x in alert.reasons),
        events=tuple(alert.events.all()),
        titled_by_value=rule is not None and rule.titled_by_value,
        lists_signs=rule is not None and rule.lists_signs,
    )


# -- what the evaluation reads ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class SaidBefore:
    """What the last evaluation of a patient said: of each rule and subject the newest alert; what no alert says, None
    where there was no evaluation."""

    alerts: list[Alert] = field(default_factory=list)
    beside: dict[str, Any] | None = None


# the alerts locked until the end of the transaction; beside them, once for each, what no alert says
SAID_BEFORE = f"""
SELECT * FROM (WITH newest AS (
    SELECT * FROM {Alert._meta.db_table} AS this WHERE patient_id = ANY(%(patients)s) AND NOT EXISTS (
        SELECT FROM {Alert._meta.db_table} AS newer WHERE newer.patient_id = this.patient_id
            AND newer.rule = this.rule AND newer.subject = this.subject AND newer.episode > this.episode
    ) FOR UPDATE
), examined AS (
    SELECT patient_id, jsonb_build_object('remarks', remarks, 'failed_rules', failed_rules)::text AS beside
    FROM {LastExamination._meta.db_table} WHERE patient_id = ANY(%(patients)s)
)
SELECT newest.*, examined.patient_id AS examined, examined.beside
FROM newest FULL JOIN examined ON examined.patient_id = newest.patient_id) AS said
"""  # noqa: S608 - the same text always


def said_before(patient_ids: Sequence[int]) -> dict[int, SaidBefore]:
    """By patient id, of each who is asked for; the alerts locked until the end of the transaction. One query."""
    said = {pk: SaidBefore() for pk in patient_ids}
    for row in Alert.objects.raw(SAID_BEFORE, {"patients": list(patient_ids)}):
        if row.pk is not None:
            said[row.patient_id].alerts.append(row)
        if row.examined is not None and said[row.examined].beside is None:  # type: ignore[attr-defined]  # named above
            said[row.examined].beside = json.loads(row.beside)  # type: ignore[attr-defined]
    return said


def state_of(alert: Alert) -> AlertState:
    """A stored alert as the pure lifecycle sees it."""
    return AlertState(
        rule=alert.rule,
        version=alert.rule_version,
        subject=alert.subject,
        episode=alert.episode,
        severity=Severity(alert.severity),
        reasons=tuple(reason_from_json(x) for x in alert.reasons),
        facts=tuple(alert.facts),
        opened_on=alert.opened_on,
        opened_at=alert.opened_at,
        value_on=alert.value_on,
        possible=alert.possible,
        history=(),
        closed_at=alert.closed_at,
        closed_because=Step(alert.closed_because) if alert.closed_because else None,
    )


# what of that which machines sent waits for a person: a code is one question, however many results wait for it
QUESTIONS_SQL = f"""(SELECT count(DISTINCT (system, code)) FILTER (WHERE question = 'unmapped')
        + count(*) FILTER (WHERE question <> 'unmapped') FROM patients_waitingresult WHERE settled_at IS NULL)
    + (SELECT count(*) FROM patients_messagepart WHERE state IN ({", ".join(f"'{x}'" for x in ASKING)}))"""  # noqa: S608 - the same text always

# numbers that nobody here has, of which results are kept
STRANGERS_SQL = """(SELECT count(DISTINCT part.number_core) FROM patients_messagepart AS part
    JOIN patients_message AS message ON message.id = part.message_id AND message.body IS NOT NULL
    WHERE part.state = 'unknown')"""

# machines that have been silent for too long: title and since when, the longest first
SILENT_SQL = """coalesce((SELECT json_agg(json_build_array(title, silent_since) ORDER BY silent_since)
    FROM patients_source WHERE silent_since IS NOT NULL)::text, '[]')"""

# -- signs of life ----------------------------------------------------------------------------------------------------


def last_sweep() -> SweepRun | None:
    """The last completed sweep, with how many evaluations keep `failing` and how much of that which machines
    `sent` waits for a person, of how many numbers that are `strange` here, which machines are `silent`, the newest runs
    of `canaries`, and since when a message is `unsent`; one query."""
    sent, silent, canaries = (RawSQL(x, []) for x in (QUESTIONS_SQL, SILENT_SQL, NEWEST_SQL))  # noqa: S611 - the same text always
    unsent = RawSQL(UNSENT_SQL, [], DateTimeField(null=True))  # noqa: S611 - the same text always
    runs = SweepRun.objects.annotate(
        failing=_number_of(_failing()),
        sent=sent,
        silent=silent,
        canaries=canaries,
        unsent=unsent,
        strange=RawSQL(STRANGERS_SQL, []),  # noqa: S611 - the same text always
    )
    run = runs.order_by("-finished_at").first()
    if run is not None:
        run.silent, run.canaries = _silences(run.silent), newest_as_read(run.canaries)
    return run


def _silences(text: str) -> tuple[tuple[str, datetime], ...]:
    return tuple((title, datetime.fromisoformat(since)) for title, since in json.loads(text))


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values(one=Value(1)).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def count_of_questions() -> int:
    """How many questions about what machines sent wait for a person, at the whole site."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {QUESTIONS_SQL}")
        number: int = cursor.fetchone()[0]
    return number


def oldest_question() -> datetime | None:
    """Since when the oldest question about what machines sent waits for a person; None where nothing does."""
    waiting = WaitingResult.objects.open().aggregate(since=Min("part__message__received_at"))["since"]
    asking = MessagePart.objects.asking().aggregate(since=Min("message__received_at"))["since"]
    return min((x for x in (waiting, asking) if x is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffRecord:
    """What machines sent that is on nobody's record: numbers that nobody here has (`strangers`), and messages that
    could not be read in the last 24 hours (`unread`); since when the oldest of each is there."""

    strangers: int
    strangers_since: datetime | None
    unread: int
    unread_since: datetime | None


UNREAD_FOR = timedelta(hours=24)  # as on the page of machines: an unreadable message is never settled


def off_record(now: datetime) -> OffRecord:
    """What of that which machines sent is on nobody's record; two queries."""
    strange = MessagePart.objects.of_nobody_here().filter(message__body__isnull=False)
    told = strange.aggregate(number=Count("number_core", distinct=True), since=Min("message__received_at"))
    refused = Message.objects.filter(refused__isnull=False, received_at__gt=now - UNREAD_FOR)
    unread = refused.aggregate(number=Count("pk"), since=Min("received_at"))
    return OffRecord(
        strangers=told["number"], strangers_since=told["since"], unread=unread["number"], unread_since=unread["since"]
    )


# the same as seven columns of another statement, for `sweep_as_read`
LAST_SWEEP_SQL = f"""(SELECT max(finished_at) FROM monitoring_sweeprun),
    (SELECT count(*) FROM patients_evaluationmark WHERE failures >= {KEEPS_FAILING}),
    {QUESTIONS_SQL}, {SILENT_SQL}, {NEWEST_SQL}, {UNSENT_SQL}, {STRANGERS_SQL}"""  # noqa: S608 - the same text always


def sweep_as_read(
    finished_at: datetime | None,
    failing: int,
    sent: int,
    silent: str,
    canaries: str,
    unsent: datetime | None,
    strange: int,
) -> SweepRun | None:
    """The last completed sweep out of the columns of `LAST_SWEEP_SQL`, with what `last_sweep` tells."""
    if finished_at is None:
        return None
    run = SweepRun(finished_at=finished_at)
    run.failing, run.sent, run.silent = failing, sent, _silences(silent)  # type: ignore[attr-defined]  # see above
    run.canaries = newest_as_read(canaries)  # type: ignore[attr-defined]  # see above
    run.strange = strange  # type: ignore[attr-defined]  # see above
    run.unsent = unsent  # type: ignore[attr-defined]  # see above
    return run


def _failing() -> QuerySet[EvaluationMark]:
    return EvaluationMark.objects.filter(failures__gte=KEEPS_FAILING)


def failing_evaluations() -> int:
    """Of how many patients the evaluation keeps failing: nobody watches them (R70)."""
    return _failing().count()


def is_late(run: SweepRun | None, now: datetime) -> bool:
    """Was the last sweep completed longer ago than two periods, or never? The banner is red and readiness fails."""
    return run is None or now - run.finished_at > timedelta(seconds=settings.SWEEP_SECONDS * LATE_AFTER_PERIODS)
