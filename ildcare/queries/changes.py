"""What changed since a patient was last seen: results, answers of the chart, alerts, what is due. Three queries.

"Since" is the moment of the data that the last visit was signed on (`RoundVisit.shown_at`), not the moment of the
signature: what arrived while the page was being read was not seen. The user's own last visit counts, else the
team's, else the last 24 hours [J].

What counts is when this system received a fact, because a result that was late on its way is news all the same. Only
for a patient whom nobody has seen yet is it also asked when it became known: a record brought in from elsewhere
would otherwise be news from end to end.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection

from ildcare.changed import AlertChange, Answer, Changes
from monitoring.engine import Severity
from monitoring.models import ClosedBecause, EventKind
from patients.models import AntibodyResult, Histology, HrctReport, Measurement, User

__all__ = ["AlertChange", "Answer", "Changes", "Look", "changes_of", "changes_since", "last_looks"]

log = structlog.get_logger(__name__)

NOBODY_SAW = timedelta(hours=24)  # [J] a round a day
OVERDUE, JUDGEMENT_DUE = "OVERDUE", "IMPROVEMENT_JUDGEMENT_DUE"
TOLD_APART = frozenset({OVERDUE, JUDGEMENT_DUE})  # said as what is due, not as alerts
RESULTS = (Measurement, AntibodyResult, HrctReport, Histology)


@dataclass(frozen=True, slots=True)
class Look:
    """When a patient was last looked at. `whose`: "own", "team", or "nobody" (then `since` is 24 hours ago).

    `seen_at`, `seen_by`, `seen_by_id`: the newest visit of anybody.
    """

    since: datetime
    whose: str
    seen_at: datetime | None = None
    seen_by: str = ""
    seen_by_id: int | None = None


# -- when was it last looked at --------------------------------------------------------------------------------------

# the newest visit of anybody and the newest of this user, each one step into an index
LAST_LOOKS = """
SELECT asked.id, seen.at, seen.by_id, seen.shown_at, own.shown_at, person.first_name, person.last_name, person.username
FROM unnest(%(patients)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT at, by_id, shown_at FROM patients_roundvisit WHERE patient_id = asked.id ORDER BY at DESC, id DESC LIMIT 1
) AS seen
LEFT JOIN LATERAL (
    SELECT shown_at FROM patients_roundvisit WHERE patient_id = asked.id AND by_id = %(user)s
    ORDER BY at DESC, id DESC LIMIT 1
) AS own ON true
LEFT JOIN patients_user AS person ON person.id = seen.by_id
"""


def last_looks(patient_ids: Iterable[int], user: User | None, now: datetime) -> dict[int, Look]:
    """From when on something is news to this user (None: to the team), for every patient asked for. One query."""
    ids = list(patient_ids)
    looks = dict.fromkeys(ids, Look(now - NOBODY_SAW, "nobody"))
    with connection.cursor() as cursor:
        cursor.execute(LAST_LOOKS, {"patients": ids, "user": user.pk if user else None})
        for patient_id, at, by_id, shown_at, own_shown_at, first, last, username in cursor:
            name = User(first_name=first, last_name=last).get_full_name() or username
            whose = "own" if own_shown_at else "team"
            looks[patient_id] = Look(own_shown_at or shown_at, whose, at, name, by_id)
    return looks


def changes_of(looks: Mapping[int, Look], now: datetime, failed: set[str] | None = None) -> dict[int, Changes]:
    """What changed since these looks."""
    unseen = {pk for pk, look in looks.items() if look.whose == "nobody"}
    since = {pk: look.since for pk, look in looks.items()}
    return changes_since(looks, since, now, unseen=unseen, failed=failed)


# -- what changed ----------------------------------------------------------------------------------------------------


@contextmanager
def sound(source: str, failed: set[str] | None) -> Iterator[None]:
    """One failing source does not take the others with it: it is named in `failed` (None: let it raise)."""
    if failed is None:
        yield
        return
    try:
        yield
    except Exception as error:  # whatever breaks in one source, the list says so and shows the rest
        log.error("ward_source_failed", source=source, error=type(error).__name__)
        failed.add(source)


@dataclass(slots=True)
class _Found:
    results: dict[str, int] = field(default_factory=dict)
    before: Answer | None = None
    now: Answer | None = None
    alerts: dict[str, list[AlertChange]] = field(default_factory=dict)
    alerts_open: list[AlertChange] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    judgement_due: bool = False


def changes_since(
    patient_ids: Iterable[int],
    since: Mapping[int, datetime],
    now: datetime,
    *,
    unseen: Collection[int] = (),
    failed: set[str] | None = None,
) -> dict[int, Changes]:
    """What changed of every patient between `since[patient]` and `now`: three queries, whatever their number.

    A patient missing from `since` is looked at for the last 24 hours. `unseen`: patients whom nobody has seen yet, of
    whom only what also became known in that time counts. With `failed`, a source ("results", "answers", "alerts") that
    breaks is named there instead of raising, and the others are still read.
    """
    ids = list(patient_ids)
    moments = {pk: since.get(pk, now - NOBODY_SAW) for pk in ids}
    found = {pk: _Found() for pk in ids}
    asked = {
        "patients": ids,
        "since": [moments[pk] for pk in ids],
        "unseen": [pk in unseen for pk in ids],
        "now": now,
    }
    for name, read in (("results", _read_results), ("answers", _read_answers), ("alerts", _read_alerts)):
        with sound(name, failed), connection.cursor() as cursor:
            read(cursor, asked, found)
    return {pk: _changes(moments[pk], found[pk]) for pk in ids}


def _changes(since: datetime, found: _Found) -> Changes:
    def kind(name: str) -> tuple[AlertChange, ...]:
        return tuple(sorted(found.alerts.get(name, ()), key=lambda x: (-x.severity, x.rule, x.subject)))

    return Changes(
        since,
        found.results.get("new", 0),
        found.results.get("corrected", 0),
        found.results.get("cancelled", 0),
        found.before,
        found.now,
        kind("new"),
        kind("raised"),
        kind("withdrawn"),
        kind("ended"),
        tuple(sorted(found.overdue)),
        found.judgement_due,
        tuple(sorted(found.alerts_open, key=lambda x: (x.acknowledged, -x.severity, x.rule, x.subject))),
    )


ASKED = "unnest(%(patients)s::bigint[], %(since)s::timestamptz[], %(unseen)s::boolean[]) AS asked (id, since, unseen)"

# What arrived of one kind of result, one row for each identity. `was_there`: an older version could have been seen.
ARRIVED = """
SELECT asked.id, min(row.version) > 1 AS was_there, (array_agg(row.status ORDER BY row.version DESC))[1] AS status
FROM {asked} JOIN {table} AS row
    ON row.patient_id = asked.id AND row.recorded_at > asked.since AND row.recorded_at <= %(now)s
        AND (NOT asked.unseen OR row.known > asked.since)
GROUP BY asked.id, row.identity
"""


def _results_sql() -> str:
    arrived = " UNION ALL ".join(ARRIVED.format(asked=ASKED, table=x._meta.db_table) for x in RESULTS)
    return (
        "SELECT id, CASE WHEN status = 'cancelled' AND was_there THEN 'cancelled'"  # noqa: S608 - names of our own tables
        " WHEN status = 'cancelled' THEN 'never seen' WHEN status = 'corrected' AND was_there THEN 'corrected'"
        f" ELSE 'new' END AS kind, count(*) FROM ({arrived}) AS arrived GROUP BY 1, 2"
    )


def _read_results(cursor: Any, asked: dict[str, Any], found: dict[int, _Found]) -> None:
    cursor.execute(_results_sql(), asked)
    for patient_id, kind, count in cursor:
        found[patient_id].results[kind] = count


ANSWERS = f"""
SELECT asked.id, answer.then, answer.course, answer.subtype, answer.step, answer.subtypes, answer.steps
FROM {ASKED}
CROSS JOIN LATERAL (
    (SELECT true AS then, course, subtype, step,
        output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps
    FROM algorithm_assessment WHERE patient_id = asked.id AND created_at <= asked.since ORDER BY id DESC LIMIT 1)
    UNION ALL
    (SELECT false, course, subtype, step, output -> 'subtypes_possible', output -> 'steps_possible'
    FROM algorithm_assessment WHERE patient_id = asked.id AND created_at <= %(now)s ORDER BY id DESC LIMIT 1)
) AS answer
"""  # noqa: S608 - the same text always


def _read_answers(cursor: Any, asked: dict[str, Any], found: dict[int, _Found]) -> None:
    cursor.execute(ANSWERS, asked)
    for patient_id, then, *answer in cursor:
        course, subtype, step, subtypes, steps = answer
        said = Answer(course, subtype, step, _texts(subtypes), _texts(steps))
        if then:
            found[patient_id].before = said
        else:
            found[patient_id].now = said


def _texts(stored: str | None) -> tuple[str, ...]:
    """A list of texts out of a JSON column, as a raw cursor hands it over."""
    return tuple(json.loads(stored)) if stored else ()


# Open alerts with what happened to them, and those that closed although they could have been seen.
ALERTS = f"""
SELECT asked.id, alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL, alert.reasons -> 0,
    CASE
        WHEN alert.opened_at > asked.since AND (NOT asked.unseen OR alert.opened_on >= asked.since::date) THEN 'new'
        WHEN EXISTS (
            SELECT FROM monitoring_alertevent AS event
            WHERE event.patient_id = asked.id AND event.at > asked.since AND event.alert_id = alert.id
                AND event.kind = '{EventKind.RAISED}'
        ) THEN 'raised' ELSE 'standing'
    END
FROM {ASKED} JOIN monitoring_alert AS alert ON alert.patient_id = asked.id AND alert.closed_at IS NULL
UNION ALL
SELECT asked.id, alert.rule, alert.subject, alert.severity, alert.acknowledged_at IS NOT NULL, NULL,
    CASE alert.closed_because WHEN '{ClosedBecause.WITHDRAWN}' THEN 'withdrawn' ELSE 'ended' END
FROM {ASKED} JOIN monitoring_alert AS alert
    ON alert.patient_id = asked.id AND alert.closed_at IS NOT NULL AND alert.closed_at > asked.since
WHERE alert.opened_at <= asked.since
"""  # noqa: S608 - the same text always


def _read_alerts(cursor: Any, asked: dict[str, Any], found: dict[int, _Found]) -> None:
    cursor.execute(ALERTS, asked)
    for patient_id, rule, subject, severity, acknowledged, reason, kind in cursor:
        of_patient = found[patient_id]
        alert = AlertChange(rule, subject, Severity(severity), acknowledged, reason or "")
        still_open = kind in ("new", "raised", "standing")
        if still_open:
            of_patient.alerts_open.append(alert)
        if rule == OVERDUE and still_open:
            of_patient.overdue.append(subject)
        elif rule == JUDGEMENT_DUE and still_open:
            of_patient.judgement_due = True
        elif rule not in TOLD_APART:
            of_patient.alerts.setdefault(kind, []).append(alert)
