"""What changed about a patient since the last visit: as data, in words, and how it is read. Three queries.

"Since" is the moment of the data that the last visit was signed on (`patients.rounds.LastVisit`): the user's own last
visit counts, else the team's, else the last 24 hours [J].

What counts is when this system received a fact, because a result that was late on its way is news all the same. Only
for a patient whom nobody has seen yet it must also have become known since: a record brought in from elsewhere would
otherwise be news from end to end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.engine import Severity
from monitoring.models import ClosedBecause, EventKind
from monitoring.rules import BY_CODE
from patients.models import FACT_TABLES, AntibodyResult, Histology, HrctReport, Measurement, Patient
from patients.rounds import LastVisit
from patients.wording import listed, short_name_of, translated

log = structlog.get_logger(__name__)

OVERDUE, JUDGEMENT_DUE = "OVERDUE", "IMPROVEMENT_JUDGEMENT_DUE"
DUE_RULES = frozenset({OVERDUE, JUDGEMENT_DUE})  # listed as what is due, not as alerts
OPEN_KINDS = ("new", "raised", "standing")  # of alerts that are open now
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


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that is open, new, graver, withdrawn or over. `stored_reason`: its first reason as written (JSON)."""

    rule: str
    subject: str
    severity: Severity
    acknowledged: bool
    stored_reason: str = ""

    @property
    def title(self) -> str:
        """The name of the rule in the active language."""
        return translated(BY_CODE[self.rule].title) if self.rule in BY_CODE else self.rule


# What was read, by patient id: numbers of results by kind, the answers "before" and "now", alerts by what happened.
Results = dict[int, dict[str, int]]
Answers = dict[int, dict[str, Answer]]
Alerts = dict[int, list[tuple[str, AlertChange]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since `since`. `before` and `now` are answers of the chart (None: there was none).

    `results`: new ones that stand, a final one after a preliminary included; `corrected`, `cancelled`: results that
    could have been seen and are no longer what they were. `overdue` (codes of measurements) and `judgement_due` are
    what is due now, whenever it began; `alerts_open` are all that are open now, those waiting for somebody first.
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
    alerts_open: tuple[AlertChange, ...] = ()

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
        return [x for x in (*self._path(), *self._alerts(), *self._results()) if x]

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


@contextmanager
def named_if_it_fails(source: str, failed: set[str] | None) -> Iterator[None]:
    """Names a source in `failed` instead of raising, so that the rest can be shown (None: lets it raise)."""
    if failed is None:
        yield
        return
    try:
        yield
    except Exception as error:  # whatever breaks in one source, the list says so and shows the rest
        log.error("ward_source_failed", source=source, error=type(error).__name__)
        failed.add(source)


def changes_since(
    last_visits: Mapping[int, LastVisit], now: datetime, failed: set[str] | None = None
) -> dict[int, Changes]:
    """What changed about each patient between the last visit and `now`: three queries, whatever their number.

    With `failed`, a source ("results", "answers", "alerts") that fails is named there instead of raising; the others
    are read all the same.
    """
    params = {
        "patients": list(last_visits),
        "since": [x.since for x in last_visits.values()],
        "unseen": [x.whose == "nobody" for x in last_visits.values()],
        "now": now,
    }
    results: Results = {}
    answers: Answers = {}
    alerts: Alerts = {}
    with named_if_it_fails("results", failed):
        results = _read_results(params)
    with named_if_it_fails("answers", failed):
        answers = _read_answers(params)
    with named_if_it_fails("alerts", failed):
        alerts = _read_alerts(params)
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
        alerts_open=tuple(sorted(still_open, key=lambda x: (x.acknowledged, -x.severity, x.rule, x.subject))),
    )


# The patients with what holds for each: since when something is new, and whether nobody has seen the patient yet.
LISTED = "unnest(%(patients)s::bigint[], %(since)s::timestamptz[], %(unseen)s::boolean[]) AS listed (id, since, unseen)"

# Is a version of a fact new? The same for the counts of the list and for the results of the round page.
IS_NEW = "row.recorded_at > {since} AND (NOT {unseen} OR row.known > {since})"

# What arrived of one kind of result, one row for each identity. `was_there`: an older version could have been seen.
# A measurement says its status; of any other fact a later version is a correction, whatever its sender calls it.
ARRIVED = """
SELECT listed.id, min(row.version) > 1 AS was_there, (array_agg({status} ORDER BY row.version DESC))[1] AS status
FROM {listed} JOIN {table} AS row
    ON row.patient_id = listed.id AND row.recorded_at <= %(now)s AND {is_new}
GROUP BY listed.id, row.identity
"""


def _results_sql() -> str:
    is_new = IS_NEW.format(since="listed.since", unseen="listed.unseen")
    later = "CASE WHEN row.version > 1 AND row.status = 'final' THEN 'corrected' ELSE row.status END"
    arrived = " UNION ALL ".join(
        ARRIVED.format(
            listed=LISTED, is_new=is_new, table=x._meta.db_table, status="row.status" if x is Measurement else later
        )
        for x in RESULT_TABLES
    )
    return (
        "SELECT id, CASE WHEN status = 'cancelled' AND was_there THEN 'cancelled'"  # noqa: S608 - names of our own tables
        " WHEN status = 'cancelled' THEN 'never seen' WHEN status = 'corrected' AND was_there THEN 'corrected'"
        f" ELSE 'new' END AS kind, count(*) FROM ({arrived}) AS arrived GROUP BY 1, 2"
    )


def _read_results(params: dict[str, Any]) -> Results:
    results: Results = {}
    with connection.cursor() as cursor:
        cursor.execute(_results_sql(), params)
        for patient_id, kind, count in cursor:
            results.setdefault(patient_id, {})[kind] = count
    return results


ANSWERS = f"""
SELECT listed.id, answer.moment, answer.course, answer.subtype, answer.step, answer.subtypes, answer.steps
FROM {LISTED}
CROSS JOIN LATERAL (
    (SELECT 'before' AS moment, course, subtype, step,
        output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps
    FROM algorithm_assessment WHERE patient_id = listed.id AND created_at <= listed.since ORDER BY id DESC LIMIT 1)
    UNION ALL
    (SELECT 'now', course, subtype, step, output -> 'subtypes_possible', output -> 'steps_possible'
    FROM algorithm_assessment WHERE patient_id = listed.id AND created_at <= %(now)s ORDER BY id DESC LIMIT 1)
) AS answer
"""  # noqa: S608 - the same text always


def _read_answers(params: dict[str, Any]) -> Answers:
    answers: Answers = {}
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, params)
        for patient_id, moment, course, subtype, step, subtypes, steps in cursor:
            answers.setdefault(patient_id, {})[moment] = Answer(
                course=course,
                subtype=subtype,
                step=step,
                subtypes_possible=_texts(subtypes),
                steps_possible=_texts(steps),
            )
    return answers


def _texts(stored: str | None) -> tuple[str, ...]:
    """A list of texts out of a JSON column, as a raw cursor hands it over."""
    return tuple(json.loads(stored)) if stored else ()


# Open alerts with what happened to them, and those that closed although they could have been seen.
ALERTS = f"""
SELECT listed.id, alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL, alert.reasons -> 0,
    CASE
        WHEN alert.opened_at > listed.since AND (NOT listed.unseen OR alert.opened_on >= listed.since::date) THEN 'new'
        WHEN EXISTS (
            SELECT FROM monitoring_alertevent AS event
            WHERE event.patient_id = listed.id AND event.at > listed.since AND event.alert_id = alert.id
                AND event.kind = '{EventKind.RAISED}'
        ) THEN 'raised' ELSE 'standing'
    END
FROM {LISTED} JOIN monitoring_alert AS alert ON alert.patient_id = listed.id AND alert.closed_at IS NULL
UNION ALL
SELECT listed.id, alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL, NULL,
    CASE alert.closed_because WHEN '{ClosedBecause.WITHDRAWN}' THEN 'withdrawn' ELSE 'ended' END
FROM {LISTED} JOIN monitoring_alert AS alert
    ON alert.patient_id = listed.id AND alert.closed_at IS NOT NULL AND alert.closed_at > listed.since
WHERE alert.opened_at <= listed.since
"""  # noqa: S608 - the same text always


def _read_alerts(params: dict[str, Any]) -> Alerts:
    alerts: Alerts = {}
    with connection.cursor() as cursor:
        cursor.execute(ALERTS, params)
        for patient_id, rule, subject, severity, acknowledged, reason, kind in cursor:
            alert = AlertChange(
                rule=rule,
                subject=subject,
                severity=Severity(severity),
                acknowledged=acknowledged,
                stored_reason=reason or "",
            )
            alerts.setdefault(patient_id, []).append((kind, alert))
    return alerts


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
