"""What changed about a patient since the last visit: as data, in words, and how it is read.

"Since" is the moment of the data that the last visit was signed on (`patients.rounds.LastVisit`): the user's own last
visit counts, else the team's, else the last 24 hours [J].

What counts is when this system received a fact, because a result that was late on its way is news all the same. Only
for a patient whom nobody has seen yet it must also have become known since: a record brought in from elsewhere would
otherwise be news from end to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ildcare.ward.sources import Json, Source, SourceColumns, parameters, read_sources
from monitoring.cards import ORDER
from monitoring.engine import Severity
from monitoring.models import ClosedBecause, EventKind
from monitoring.rules import BY_CODE, LEADING, group_of
from patients.models import FACT_TABLES, AntibodyResult, Histology, HrctReport, Measurement, Patient
from patients.rounds import LastVisit
from patients.wording import listed, short_name_of, translated

OVERDUE, JUDGEMENT_DUE = "OVERDUE", "IMPROVEMENT_JUDGEMENT_DUE"
DUE_RULES = frozenset({OVERDUE, JUDGEMENT_DUE})  # listed as what is due, not as alerts
OPEN_KINDS = ("new", "raised", "standing")  # of alerts that are open now
OF_LATE_DAYS = 5  # for what the order counts of events and of alerts that rose; cut by the day where it counts
RESULT_TABLES = (Measurement, AntibodyResult, HrctReport, Histology)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chart said: course, subtype, step ("" is undecided) and what was possible."""

    course: str
    subtype: str
    step: str
    subtypes_possible: tuple[str, ...] = ()
    steps_possible: tuple[str, ...] = ()

    @property
    def step_text(self) -> str:
        """ "T3", "T2/T3", "?"."""
        names = [short_name_of("step", x) for x in self.steps_possible]
        return _one_of(short_name_of("step", self.step), names)

    @property
    def subtype_text(self) -> str:
        """ "A/S-1", "A/S-1/A/S-2", "?"."""
        return _one_of(self.subtype, self.subtypes_possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """An alert that is open, new, graver, withdrawn or over. `stored_reason`: its first reason as written (JSON).
    passed_on: nobody acknowledged it in time, and the next role is asked. `opened_on`: the day on which its condition
    became known; `raised_at`: when it last rose, of late. `evidence`: its deciding fact as stored. `possible`: it may
    not hold. `seen_at`: when it was acknowledged."""

    rule: str
    subject: str
    severity: Severity
    acknowledged: bool
    stored_reason: str = ""
    passed_on: bool = False
    opened_on: date | None = None
    raised_at: datetime | None = None
    evidence: Mapping[str, str] | None = None
    possible: bool = False
    seen_at: datetime | None = None

    @property
    def title(self) -> str:
        """The name of the rule in the active language."""
        return translated(BY_CODE[self.rule].title) if self.rule in BY_CODE else self.rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since `since`. `before` and `now` are answers of the chart (None: there was none).

    `results`: new ones that stand, a final one after a preliminary included; `corrected`, `cancelled`: results that
    could have been seen and are no longer what they were. `overdue` (codes of measurements) and `judgement_due` are
    what is due now, whenever it began, `due_new` how much of it began since; `alerts_open` are all that are open now,
    those waiting for somebody first; `alerts_acknowledged` events of the last days that are over because somebody
    acknowledged them, whoever read. `decided`: somebody else decided about the step.
    """

    since: datetime
    results: int = 0
    corrected: int = 0
    cancelled: int = 0
    before: Answer | None = None
    now: Answer | None = None
    alerts_new: tuple[AlertChange, ...] = ()
    alerts_raised: tuple[AlertChange, ...] = ()
    alerts_withdrawn: tuple[AlertChange, ...] = ()
    alerts_ended: tuple[AlertChange, ...] = ()
    overdue: tuple[str, ...] = ()
    judgement_due: bool = False
    due_new: int = 0
    alerts_open: tuple[AlertChange, ...] = ()
    alerts_acknowledged: tuple[AlertChange, ...] = ()
    decided: bool = False

    @property
    def step_moved(self) -> bool:
        """The step, or what is possible, is another one."""
        return self._moved("step_text")

    @property
    def subtype_moved(self) -> bool:
        """The subtype, or what is possible, is another one."""
        return self._moved("subtype_text")

    @property
    def course_moved(self) -> bool:
        """The course is another one."""
        return self._moved("course")

    def _moved(self, part: str) -> bool:
        there = self.before is not None and self.now is not None
        return there and getattr(self.before, part) != getattr(self.now, part)

    @property
    def any(self) -> bool:
        """Something is different from then. What is merely due (and was then) is no change."""
        return any(self.weight)

    @property
    def consequence(self) -> bool:
        """Something follows from what came: another answer of the chart, another alert, a test that is late, a decision
        of somebody else, a result that is no longer what it was. That results arrived is none."""
        graver = (*self.alerts_new, *self.alerts_raised)
        return bool(
            (self.step_moved or self.course_moved or self.subtype_moved or self.decided)
            or any(x.severity > Severity.INFO for x in graver)
            or (self.alerts_ended or self.alerts_withdrawn or self.corrected or self.cancelled or self.due_new)
        )

    @property
    def weight(self) -> tuple[int, ...]:
        """Sorts the most changed first (descending) [J]: path, critical alerts, corrections, other alerts, results."""
        graver = (*self.alerts_new, *self.alerts_raised)
        return (
            int(self.step_moved) + int(self.course_moved),
            sum(x.severity == Severity.CRITICAL for x in graver),
            int(self.subtype_moved),
            self.corrected + self.cancelled + len(self.alerts_withdrawn),
            sum(x.severity != Severity.CRITICAL for x in graver),
            self.results,
            len(self.alerts_ended),
        )

    def sentences(self) -> list[str]:
        """One short phrase for each kind of change, gravest first: "step T1 → T3", "2 new alerts", "5 new results"."""
        return [*self.news(), *self._due()]

    def news(self) -> list[str]:
        """The same without what is merely due."""
        decided = _("step decided by a colleague") if self.decided else ""
        return [x for x in (*self._path(), decided, *self._alerts(), *self._results()) if x]

    def _path(self) -> Iterable[str]:
        if self.before is None or self.now is None:
            return
        moves = (
            (self.step_moved, _("step %(before)s → %(now)s"), self.before.step_text, self.now.step_text),
            (self.course_moved, _("course %(before)s → %(now)s"), self.before.course or "?", self.now.course or "?"),
            (self.subtype_moved, _("subtype %(before)s → %(now)s"), self.before.subtype_text, self.now.subtype_text),
        )
        for moved, message, before, now in moves:
            if moved:
                yield message % {"before": before, "now": now}

    def _alerts(self) -> Iterable[str]:
        critical = sum(x.severity == Severity.CRITICAL for x in self.alerts_new)
        yield _counted(critical, ngettext("%(n)s new critical alert", "%(n)s new critical alerts", critical))
        other = len(self.alerts_new) - critical
        yield _counted(other, ngettext("%(n)s new alert", "%(n)s new alerts", other))
        raised, ended = len(self.alerts_raised), len(self.alerts_ended)
        yield _counted(raised, ngettext("%(n)s alert raised", "%(n)s alerts raised", raised))
        withdrawn = len(self.alerts_withdrawn)
        yield _counted(withdrawn, ngettext("%(n)s alert withdrawn", "%(n)s alerts withdrawn", withdrawn))
        yield _counted(ended, ngettext("%(n)s alert ended", "%(n)s alerts ended", ended))

    def _results(self) -> Iterable[str]:
        yield _counted(self.corrected, ngettext("%(n)s result corrected", "%(n)s results corrected", self.corrected))
        yield _counted(self.cancelled, ngettext("%(n)s result cancelled", "%(n)s results cancelled", self.cancelled))
        yield _counted(self.results, ngettext("%(n)s new result", "%(n)s new results", self.results))

    def _due(self) -> Iterable[str]:
        if self.overdue:
            yield _("overdue: %(tests)s") % {"tests": listed(short_name_of("missing", x) for x in self.overdue)}
        if self.judgement_due:
            yield _("judgement of improvement due")


def _counted(count: int, message: str) -> str:
    return message % {"n": count} if count else ""


def _one_of(answer: str, possible: Iterable[str]) -> str:
    return "/".join((answer,) if answer else possible) or "?"


# -- how it is read ---------------------------------------------------------------------------------------------------


def changes_since(last_visits: Mapping[int, LastVisit], now: datetime) -> dict[int, Changes]:
    """What changed about each patient between the last visit and `now`: one query, whatever their number."""
    return changes_of(read_sources(CHANGES, parameters(last_visits, now)), last_visits)


def changes_of(columns: SourceColumns, last_visits: Mapping[int, LastVisit]) -> dict[int, Changes]:
    """The same as `CHANGES` told it. What could not be read is named there."""
    results, answers, alerts = columns.of(RESULTS), columns.of(ANSWERS), columns.of(ALERTS)
    return {
        pk: _changes(visit.since, results.get(pk, {}), answers.get(pk, {}), alerts.get(pk, []))
        for pk, visit in last_visits.items()
    }


def _changes(
    since: datetime,
    results: Mapping[str, int],
    answers: Mapping[str, Answer],
    alerts: Sequence[tuple[str, AlertChange]],
) -> Changes:
    still_open = [x for kind, x in alerts if kind in OPEN_KINDS]

    def of_kind(wanted: str) -> tuple[AlertChange, ...]:
        of_this_kind = (x for kind, x in alerts if kind == wanted and x.rule not in DUE_RULES)
        return tuple(sorted(of_this_kind, key=lambda x: (-x.severity, x.rule, x.subject)))

    return Changes(
        since=since,
        results=results.get("new", 0),
        corrected=results.get("corrected", 0),
        cancelled=results.get("cancelled", 0),
        before=answers.get("before"),
        now=answers.get("now"),
        alerts_new=of_kind("new"),
        alerts_raised=of_kind("raised"),
        alerts_withdrawn=of_kind("withdrawn"),
        alerts_ended=of_kind("ended"),
        overdue=tuple(sorted(x.subject for x in still_open if x.rule == OVERDUE)),
        judgement_due=any(x.rule == JUDGEMENT_DUE for x in still_open),
        due_new=sum(kind == "new" and x.rule in DUE_RULES for kind, x in alerts),
        alerts_acknowledged=tuple(x for kind, x in alerts if kind == "told"),
        alerts_open=tuple(sorted(still_open, key=_rank)),
    )


# Is a version of a fact new? The same for the counts of the list and for the results of the round page.
IS_NEW = "row.recorded_at > {since} AND (NOT {unseen} OR row.known > {since})"

# What arrived of one kind of result, one row for each identity. `was_there`: an older version could have been seen.
# A measurement says its status; of any other fact a later version is a correction, whatever its sender calls it.
_ARRIVED = """
SELECT min(row.version) > 1 AS was_there, (array_agg({status} ORDER BY row.version DESC))[1] AS status
FROM {table} AS row WHERE row.patient_id = listed.id AND row.recorded_at <= %(now)s AND {is_new}
GROUP BY row.identity
"""


def _results_sql() -> str:
    is_new = IS_NEW.format(since="listed.since", unseen="listed.unseen")
    later = "CASE WHEN row.version > 1 AND row.status = 'final' THEN 'corrected' ELSE row.status END"
    arrived = " UNION ALL ".join(
        _ARRIVED.format(is_new=is_new, table=x._meta.db_table, status="row.status" if x is Measurement else later)
        for x in RESULT_TABLES
    )
    return (
        "SELECT json_object_agg(kind, number) FROM ("  # noqa: S608 - names of our own tables
        "SELECT CASE WHEN status = 'cancelled' AND was_there THEN 'cancelled'"
        " WHEN status = 'cancelled' THEN 'never seen' WHEN status = 'corrected' AND was_there THEN 'corrected'"
        f" ELSE 'new' END AS kind, count(*) AS number FROM ({arrived}) AS arrived GROUP BY 1) AS counted"
    )


def _results(column: Json) -> dict[str, int]:
    return dict(column)


_ANSWERED = """
SELECT json_object_agg(moment, json_build_array(course, subtype, step, subtypes, steps)) FROM (
    (SELECT 'before' AS moment, course, subtype, step,
        output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps
    FROM algorithm_assessment WHERE patient_id = listed.id AND created_at <= listed.since ORDER BY id DESC LIMIT 1)
    UNION ALL
    (SELECT 'now', course, subtype, step, output -> 'subtypes_possible', output -> 'steps_possible'
    FROM algorithm_assessment WHERE patient_id = listed.id AND created_at <= %(now)s ORDER BY id DESC LIMIT 1)
) AS answer"""


def _answers(column: Json) -> dict[str, Answer]:
    return {
        moment: Answer(
            course=course,
            subtype=subtype,
            step=step,
            subtypes_possible=tuple(subtypes or ()),
            steps_possible=tuple(steps or ()),
        )
        for moment, (course, subtype, step, subtypes, steps) in column.items()
    }


# Open alerts with what happened to them, and those that closed although they could have been seen. An event that a
# person acknowledged is over since it happened.
_HAPPENED = f"""
SELECT json_agg(json_build_array(what, rule, subject, severity, acknowledged, reason, passed_on, opened_on, raised_at,
    evidence, possible, seen_at)) FROM (
    SELECT alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL AS acknowledged,
        alert.escalated_at IS NOT NULL AS passed_on, (alert.reasons -> 0)::text AS reason, alert.opened_on,
        (SELECT extract(epoch FROM max(event.at)) FROM monitoring_alertevent AS event
            WHERE event.patient_id = listed.id AND event.at > (%(now)s - interval '{OF_LATE_DAYS} days')::date
                AND event.alert_id = alert.id AND event.kind = '{EventKind.RAISED}') AS raised_at,
        alert.evidence -> 0 AS evidence, alert.possible,
        extract(epoch FROM alert.acknowledged_at) AS seen_at,
        CASE WHEN alert.opened_at > listed.since AND (NOT listed.unseen OR alert.opened_on >= listed.since::date)
            THEN 'new'
        WHEN EXISTS (
            SELECT FROM monitoring_alertevent AS event
            WHERE event.patient_id = listed.id AND event.at > listed.since AND event.alert_id = alert.id
                AND event.kind = '{EventKind.RAISED}'
        ) THEN 'raised' ELSE 'standing' END AS what
    FROM monitoring_alert AS alert WHERE alert.patient_id = listed.id AND alert.closed_at IS NULL
    UNION ALL
    SELECT alert.rule, alert.subject, alert.severity, true, false, NULL, alert.opened_on, NULL, NULL, alert.possible,
        NULL, 'told'
    FROM monitoring_alert AS alert
    WHERE alert.patient_id = listed.id AND alert.closed_because = '{ClosedBecause.TOLD}'
        AND alert.opened_on >= (%(now)s - interval '{OF_LATE_DAYS} days')::date
    UNION ALL
    SELECT alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL, false, NULL, alert.opened_on,
        NULL, NULL, alert.possible, NULL,
        CASE alert.closed_because WHEN '{ClosedBecause.WITHDRAWN}' THEN 'withdrawn' ELSE 'ended' END
    FROM monitoring_alert AS alert
    WHERE alert.patient_id = listed.id AND alert.closed_at IS NOT NULL AND alert.closed_at > listed.since
        AND alert.opened_at <= listed.since AND alert.closed_because <> '{ClosedBecause.TOLD}'
) AS alert"""  # noqa: S608 - the same text always


def _rank(alert: AlertChange) -> tuple[bool, int, int, bool, str, str]:
    group = ORDER.index(group_of(alert.rule))
    return (alert.acknowledged, -alert.severity, group, alert.rule not in LEADING, alert.rule, alert.subject)


def _moment(epoch: float | str | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(float(epoch), UTC)


def _alerts(column: Json) -> list[tuple[str, AlertChange]]:
    return [_alert(*x) for x in column]


def _alert(
    what: str, rule: str, subject: str, severity: int, acknowledged: bool, reason: str | None, *more: Any
) -> tuple[str, AlertChange]:
    passed_on, opened_on, raised_at, evidence, possible, seen_at = more
    alert = AlertChange(
        rule=rule,
        subject=subject,
        severity=Severity(severity),
        acknowledged=acknowledged,
        stored_reason=reason or "",
        passed_on=passed_on and not acknowledged,
        opened_on=date.fromisoformat(opened_on),
        raised_at=_moment(raised_at),
        evidence=evidence,
        possible=possible,
        seen_at=_moment(seen_at),
    )
    return what, alert


# Numbers of results by kind; the answers "before" and "now"; alerts, each with what happened to it.
RESULTS = Source("results", _results_sql(), _results)
ANSWERS = Source("answers", _ANSWERED, _answers)
ALERTS = Source("alerts", _HAPPENED, _alerts)
CHANGES: tuple[Source[Any], ...] = (RESULTS, ANSWERS, ALERTS)


def left_of_news(patient: str, since: str) -> str:
    """SQL for what is left in a span that goes on with the clock, of all that counts as changed since its begin: while
    nothing is stored, it is another one whenever that is. `patient`, `since`: expressions of SQL."""
    of_patient = f"row.patient_id = {patient}"
    is_new = IS_NEW.format(since=since, unseen="true")
    results = " + ".join(
        f"(SELECT count(*) FROM {x._meta.db_table} AS row WHERE {of_patient} AND {is_new})"  # noqa: S608 - names of our own tables
        for x in RESULT_TABLES
    )
    return f"""ROW({results}, {since}::date,
    (SELECT row.id FROM algorithm_assessment AS row WHERE {of_patient} AND row.created_at <= {since}
        ORDER BY row.id DESC LIMIT 1),
    (SELECT count(*) FROM monitoring_alertevent AS row WHERE {of_patient} AND row.at > {since}),
    (SELECT count(*) FROM monitoring_alert AS row
        WHERE {of_patient} AND row.closed_at IS NULL AND row.opened_at > {since}),
    (SELECT sum(1 + (row.opened_at > {since})::int) FROM monitoring_alert AS row
        WHERE {of_patient} AND row.closed_at IS NOT NULL AND row.closed_at > {since})
    )"""  # noqa: S608 - the same text always


def arrived_since(patient: Patient, last_visit: LastVisit) -> set[str]:
    """Ids of the versions of facts of every kind that this system received since the last visit. One query."""
    is_new = IS_NEW.format(since="%(since)s", unseen="%(unseen)s")
    sql = " UNION ALL ".join(
        f"SELECT '{kind}', row.id FROM {table._meta.db_table} AS row WHERE row.patient_id = %(patient)s AND {is_new}"  # noqa: S608 - names of our own tables
        for kind, table in FACT_TABLES.items()
    )
    params: dict[str, Any] = {"patient": patient.pk, "since": last_visit.since, "unseen": last_visit.whose == "nobody"}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {f"{kind}:{pk:010d}" for kind, pk in cursor}
