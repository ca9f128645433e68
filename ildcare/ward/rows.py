"""The rows of the ward list: one query whatever the number of patients, each step into an index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection

from algorithm.overrides import RESTED_ON_SQL, STANDS_SQL
from ildcare.ward.changes import left_of_news
from ildcare.ward.ranking import FRESH_DAYS
from ildcare.ward.sources import Json, Source, SourceColumns, parameters, read_each_source, recoverable
from patients.clinical.comparison import OXYGENATION
from patients.clinical.versions import STANDING_SQL
from patients.models import Patient, User, Ward
from patients.rounds import LAST_VISIT_COLUMNS, NOBODY_SAW, LastVisit, last_visit_joins, last_visit_of

PERSON = tuple(field.attname for field in Patient._meta.concrete_fields)


def _standing(table: str) -> str:
    return f"FROM {table} AS this WHERE this.patient_id = stay.patient_id AND {STANDING_SQL.format(table=table)}"


# Is the reader responsible for the patient, as the consultant or in the team?
MINE = """EXISTS (SELECT FROM patients_responsibility AS mine
    WHERE mine.patient_id = stay.patient_id AND mine.user_id = %(user)s AND mine.until IS NULL)"""

# One row for each patient: the person, the stay, what is owed, the last answer of the chart, diagnosis, antibodies, the
# last decision about a step, and the last visits.
COLUMNS = f"""
SELECT {", ".join(f'person."{name}"' for name in PERSON)},
    stay.ward_id, stay.bed, stay.consultant,
    mark.needed_since, mark.evaluated_at, mark.failures,
    answer.course, answer.subtype, answer.step, answer.subtypes, answer.steps, answer.started, answer.d0,
    answer.antibodies_read, answer.running, answer.running_since, answer.answered_from,
    diagnosis.myositis, diagnosis.provisional, antibodies.results,
    decision.step AS decided_step, decision.accepted, decision.on AS decided_on, decision.code, decision.stands,
    decision.recorded_at AS decided_at, decision.recorded_by_id AS decided_by,
    support.level AS support, support.fio2 AS support_fio2, support.flow AS support_flow,
    support.device AS support_device, support.on AS support_on, {MINE} AS mine,
    {LAST_VISIT_COLUMNS}"""
JOINS = f"""
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
LEFT JOIN LATERAL (
    SELECT course, subtype, step, output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps,
        (output ->> 'started')::boolean AS started, output -> 'first_d0' ->> 'd0' AS d0,
        output -> 'antibodies' AS antibodies_read, output -> 'running' ->> 'step' AS running,
        output -> 'running' ->> 'd0' AS running_since, output -> 'indicated' ->> 'known_from' AS answered_from,
        {RESTED_ON_SQL.format(row="last")} AS rested_on
    FROM algorithm_assessment AS last WHERE patient_id = stay.patient_id ORDER BY id DESC LIMIT 1
) AS answer ON true
LEFT JOIN LATERAL (
    SELECT this.myositis, this.provisional {_standing("patients_diagnosis")}
    ORDER BY this.on DESC, this.known DESC LIMIT 1
) AS diagnosis ON true
LEFT JOIN LATERAL (
    SELECT array_agg(this.code || ' ' || this.result) AS results {_standing("patients_antibodyresult")}
) AS antibodies ON true
LEFT JOIN LATERAL (
    SELECT this.step, this.accepted, this.on, this.code, this.recorded_at, this.recorded_by_id,
        {STANDS_SQL.format(decision="this", now="answer.rested_on")} AS stands
    {_standing("patients_decision")}
        AND this.step <> '' AND this.accepted IS NOT NULL
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT 1
) AS decision ON true
LEFT JOIN LATERAL (
    SELECT this.level, this.fio2, this.flow, this.device, this.on {_standing("patients_respiratorysupport")}
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT 1
) AS support ON true
{last_visit_joins("stay.patient_id")}"""  # noqa: S608 - the same text always, made of names of our own tables

# everybody who lies on these wards, as far as they are the user's
ON_WARDS = """
FROM patients_admission AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
"""
LIES_HERE = """
WHERE stay.discharged_at IS NULL AND stay.ward_id = ANY(%(wards)s::bigint[]) AND (%(user)s::bigint IS NULL OR EXISTS (
    SELECT FROM patients_wardmembership AS member WHERE member.ward_id = stay.ward_id AND member.user_id = %(user)s
))"""

# A word for everything that the line of a patient shows to a reader: another one after every change of it. Stay and
# person as they are; facts and evaluations by the mark, which every change counts up; what is only ever appended
# (results, answers, events of alerts) by the last of it; the visits that count, and what their author is called; the
# open tasks. Of the time that goes by: what is left of the last 24 hours, where these count, and of the days for which
# PaO2 is fresh. All else that a line hangs on holds for the hour, or is known without asking (`kept`).
WORD = f"""md5(ROW(stay, person, mark,
    (SELECT max(recorded_at) FROM patients_measurement WHERE patient_id = stay.patient_id),
    (SELECT max(id) FROM algorithm_assessment WHERE patient_id = stay.patient_id),
    (SELECT event.id FROM monitoring_alertevent AS event WHERE event.patient_id = stay.patient_id
        ORDER BY event.at DESC, event.id DESC LIMIT 1),
    seen.id, own.shown_at, {MINE}, reader.first_name, reader.last_name, reader.username,
    (SELECT string_agg(concat(task.id, '.', task.version), ',' ORDER BY task.id) FROM patients_caretask AS task
        WHERE task.patient_id = stay.patient_id AND task.outcome = ''),
    CASE WHEN seen.id IS NULL THEN {left_of_news("stay.patient_id", "%(unseen_since)s::timestamptz")} END,
    (SELECT count(*) FROM patients_measurement WHERE patient_id = stay.patient_id
        AND code = '{OXYGENATION[0]}' AND "on" > %(now)s - interval '{FRESH_DAYS + 1} days')
)::text)"""  # noqa: S608 - the same text always
WORD_JOINS = f"""{ON_WARDS}
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
{last_visit_joins("stay.patient_id")}"""

# of the row, what sources ask about
LISTED_AS_ROW = """
CROSS JOIN LATERAL (
    SELECT stay.patient_id AS id, coalesce(own.shown_at, seen.shown_at, %(unseen_since)s::timestamptz) AS since,
        seen.id IS NULL AS unseen
) AS listed"""

# these patients, with the open stay or without one: then when the last one ended
OF_PATIENTS = f"""{COLUMNS}, stay.left_at
FROM (
    SELECT found.id AS patient_id, lying.ward_id, lying.bed, lying.consultant,
        (SELECT max(discharged_at) FROM patients_admission WHERE patient_id = found.id AND NOT taken_back) AS left_at
    FROM unnest(%(patients)s::bigint[]) AS found (id)
    LEFT JOIN patients_admission AS lying ON lying.patient_id = found.id AND lying.discharged_at IS NULL
) AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
{JOINS}
"""  # noqa: S608 - the same text always, made of names of our own tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The last decision about a step of the chart: was it accepted, or not followed?

    `at`, `by`: when this system received it, and from whom. `stands`: step, path and poor-risk factors are what they
    were when it was made (`algorithm.overrides`); None where no evaluation was stored before it.
    """

    step: str
    accepted: bool
    on: datetime
    code: str
    stands: bool | None
    at: datetime | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supported:
    """The last entry of respiratory support, which holds until the next: its level, FiO2 or flow with its device."""

    level: str
    on: datetime
    fio2: Decimal | None
    flow: Decimal | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One patient as stored. `antibodies`: pairs of code and result; `marked`: has an evaluation mark; `ward_id`: None
    for a patient who is not on a ward, `left_at`: when that patient left the last one (None: was never on one).

    running, running_since: the step that the last evaluation found running, and its day 0; answered_from: since when
    the chart's answer was to be known. antibodies_read: what the last evaluation read in results and titres; None where
    there is none.
    """

    patient: Patient
    ward_id: int | None
    left_at: datetime | None
    bed: str
    consultant: str
    needed_since: datetime | None
    evaluated_at: datetime | None
    failures: int
    marked: bool
    course: str
    subtype: str
    step: str
    subtypes_possible: tuple[str, ...]
    steps_possible: tuple[str, ...]
    started: bool | None
    d0: str | None
    myositis: str | None
    provisional: bool
    antibodies: tuple[tuple[str, str], ...]
    antibodies_read: Mapping[str, Any] | None
    decided: Decided | None
    last_visit: LastVisit
    running: str
    running_since: str | None
    answered_from: str | None
    support: Supported | None
    mine: bool


@dataclass(frozen=True, slots=True)
class WholeRows:
    """Rows with what sources told of each, and by patient id the word (`WORD`) of the state that was read: none where
    not all of it is of one moment."""

    rows: list[Row]
    columns: SourceColumns
    words: Mapping[int, str]


def whole_rows(
    wards: Sequence[Ward],
    user: User | None,
    now: datetime,
    sources: Sequence[Source[Any]],
    asking: Mapping[str, Any],
    only: Sequence[int] | None = None,
) -> WholeRows:
    """Everybody who lies on these wards (or `only` these), with what the sources tell. `asking`: what sources take. One
    query; where it fails one for the rows, and one for each source."""
    failed: set[str] = set()
    asked = of_wards(wards, user, now, only)
    more = "".join(f", {x}" for x in (f"{WORD} AS word", *(x.column for x in sources)))
    try:
        with recoverable():
            columns = _ask(_rows_sql(more, LISTED_AS_ROW), {**asking, **asked})
    except DatabaseError:
        rows = ward_rows(wards, user, now, only)
        of_each = parameters({x.patient.pk: x.last_visit for x in rows}, now)
        return WholeRows(rows, read_each_source(sources, {**asking, **of_each}, failed), {})
    told = {x.name: {row["id"]: row[f"told_{x.name}"] for row in columns} for x in sources}
    words = {row["id"]: row["word"] for row in columns}
    return WholeRows([_row(x, now) for x in columns], SourceColumns(failed, told), words)


def ward_rows(wards: Sequence[Ward], user: User | None, now: datetime, only: Sequence[int] | None = None) -> list[Row]:
    """Everybody who lies on these wards, as far as they are the user's (None: the product itself). One query."""
    return [_row(x, now) for x in _ask(_rows_sql(), of_wards(wards, user, now, only))]


def rows_of(patient_ids: Sequence[int], user: User, now: datetime) -> list[Row]:
    """These patients, on a ward or not; whether the user may see them was asked before. One query."""
    return [_row(x, now) for x in _ask(OF_PATIENTS, {"patients": list(patient_ids), "user": user.pk})]


def _rows_sql(more: str = "", joins: str = "") -> str:
    only = "AND (%(only)s::bigint[] IS NULL OR stay.patient_id = ANY(%(only)s::bigint[])) ORDER BY stay.id"
    return f"{COLUMNS}, NULL::timestamptz AS left_at{more} {ON_WARDS} {JOINS} {joins} {LIES_HERE} {only}"


def of_wards(wards: Sequence[Ward], user: User | None, now: datetime, only: Sequence[int] | None) -> dict[str, Any]:
    """The parameters of a statement about who lies on these wards; `only`: of some of them."""
    return {
        "wards": [x.pk for x in wards],
        "user": user.pk if user else None,
        "only": None if only is None else list(only),
        "now": now,
        "unseen_since": now - NOBODY_SAW,
    }


def _ask(statement: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        names = [x.name for x in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor]


def _row(columns: Mapping[str, Any], now: datetime) -> Row:
    """One row, its columns by the names that stand in `COLUMNS`."""
    return Row(
        patient=Patient.from_db(connection.alias, PERSON, [columns[name] for name in PERSON]),
        ward_id=columns["ward_id"],
        left_at=columns["left_at"],
        bed=columns["bed"] or "",
        consultant=columns["consultant"] or "",
        needed_since=columns["needed_since"],
        evaluated_at=columns["evaluated_at"],
        failures=columns["failures"] or 0,
        marked=columns["failures"] is not None,
        course=columns["course"] or "",
        subtype=columns["subtype"] or "",
        step=columns["step"] or "",
        subtypes_possible=_texts(columns["subtypes"]),
        steps_possible=_texts(columns["steps"]),
        started=columns["started"],
        d0=columns["d0"],
        myositis=columns["myositis"],
        provisional=bool(columns["provisional"]),
        antibodies=tuple(_pair(x) for x in columns["results"] or ()),
        antibodies_read=json.loads(columns["antibodies_read"]) if columns["antibodies_read"] else None,
        decided=_decided(columns),
        running=columns["running"] or "",
        running_since=columns["running_since"],
        answered_from=columns["answered_from"],
        support=_supported(columns),
        mine=columns["mine"],
        last_visit=last_visit_of(columns, now),
    )


def _decided(columns: Mapping[str, Any]) -> Decided | None:
    if columns["accepted"] is None:
        return None
    return Decided(
        step=columns["decided_step"],
        accepted=columns["accepted"],
        on=columns["decided_on"],
        code=columns["code"],
        stands=columns["stands"],
        at=columns["decided_at"],
        by=columns["decided_by"],
    )


def _supported(columns: Mapping[str, Any]) -> Supported | None:
    if columns["support"] is None:
        return None
    return Supported(
        level=columns["support"],
        on=columns["support_on"],
        fio2=columns["support_fio2"],
        flow=columns["support_flow"],
        device=columns["support_device"],
    )


def _texts(stored: str | None) -> tuple[str, ...]:
    return tuple(json.loads(stored)) if stored else ()


def _pair(text: str) -> tuple[str, str]:
    code, _, result = text.rpartition(" ")
    return code, result


# -- tasks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is to be done for a patient until a day."""

    text: str
    due: date


def _tasks(told: Json) -> list[Task]:
    return [Task(text, date.fromisoformat(due)) for text, due in told]


# The open tasks, the longest due first.
TASKS = Source(
    "tasks",
    """SELECT json_agg(json_build_array(task.text, task.due) ORDER BY task.due, task.id) FROM patients_caretask AS task
    WHERE task.patient_id = listed.id AND task.outcome = ''""",
    _tasks,
)
