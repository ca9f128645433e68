"""What the ward list reads, each source in one query whatever the number of patients, each step into an index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from algorithm.overrides import RESTED_ON_SQL, STANDS_SQL
from patients.clinical.comparison import Conditions, comparable
from patients.clinical.quantities import Quantity
from patients.clinical.versions import STANDING_SQL
from patients.models import Patient, User, Ward
from patients.queries import A_NUMBER_SQL
from patients.rounds import LAST_VISIT_COLUMNS, LastVisit, last_visit_joins, last_visit_of, newest_visit_sql

Json = Any
PERSON = tuple(field.attname for field in Patient._meta.concrete_fields)


def _standing(table: str) -> str:
    return f"FROM {table} AS this WHERE this.patient_id = stay.patient_id AND {STANDING_SQL.format(table=table)}"


# One row for each patient: the person, the stay, what is owed, the last answer of the chart, diagnosis, antibodies, the
# last decision about a step, and the last visits.
COLUMNS = f"""
SELECT {", ".join(f'person."{name}"' for name in PERSON)},
    stay.ward_id, stay.bed, stay.consultant,
    mark.needed_since, mark.evaluated_at, mark.failures,
    answer.course, answer.subtype, answer.step, answer.subtypes, answer.steps, answer.started, answer.d0,
    answer.antibodies_read,
    diagnosis.myositis, diagnosis.provisional, antibodies.results,
    decision.step AS decided_step, decision.accepted, decision.on AS decided_on, decision.code, decision.stands,
    {LAST_VISIT_COLUMNS}"""
JOINS = f"""
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
LEFT JOIN LATERAL (
    SELECT course, subtype, step, output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps,
        (output ->> 'started')::boolean AS started, output -> 'first_d0' ->> 'd0' AS d0,
        output -> 'antibodies' AS antibodies_read, {RESTED_ON_SQL.format(row="last")} AS rested_on
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
    SELECT this.step, this.accepted, this.on, this.code,
        {STANDS_SQL.format(decision="this", now="answer.rested_on")} AS stands
    {_standing("patients_decision")}
        AND this.step <> '' AND this.accepted IS NOT NULL
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT 1
) AS decision ON true
{last_visit_joins("stay.patient_id")}"""  # noqa: S608 - the same text always, made of names of our own tables

# everybody who lies on these wards
ROWS = f"""{COLUMNS}, NULL::timestamptz AS left_at
FROM patients_admission AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
{JOINS}
WHERE stay.discharged_at IS NULL AND stay.ward_id = ANY(%(wards)s::bigint[]) AND (%(user)s::bigint IS NULL OR EXISTS (
    SELECT FROM patients_wardmembership AS member WHERE member.ward_id = stay.ward_id AND member.user_id = %(user)s
))
"""


# these patients, with the open stay or without one: then when the last one ended
FOUND = f"""{COLUMNS}, stay.left_at
FROM (
    SELECT found.id AS patient_id, lying.ward_id, lying.bed, lying.consultant,
        (SELECT max(discharged_at) FROM patients_admission WHERE patient_id = found.id AND NOT taken_back) AS left_at
    FROM unnest(%(patients)s::bigint[]) AS found (id)
    LEFT JOIN patients_admission AS lying ON lying.patient_id = found.id AND lying.discharged_at IS NULL
) AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
{JOINS}
"""  # noqa: S608 - the same text always, made of names of our own tables


@dataclass(frozen=True, slots=True)
class Decided:
    """The last decision about a step: was the chart's step accepted, or which one is followed instead?

    `stands`: step, path and poor-risk factors are what they were when it was made (`algorithm.overrides`); None where
    no evaluation was stored before it.
    """

    step: str
    accepted: bool
    on: datetime
    code: str
    stands: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One patient as stored. `antibodies`: pairs of code and result; `marked`: has an evaluation mark; `ward_id`: None
    for a patient who is not on a ward, `left_at`: when that patient left the last one (None: was never on one).

    antibodies_read: what the last evaluation read in results and titres; None where there is none.
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


def ward_rows(wards: Sequence[Ward], user: User | None, now: datetime) -> list[Row]:
    """Everybody who lies on these wards, as far as they are the user's (None: the product itself). One query."""
    return _read(ROWS, {"wards": [x.pk for x in wards], "user": user.pk if user else None}, now)


def rows_of(patient_ids: Sequence[int], user: User, now: datetime) -> list[Row]:
    """These patients, on a ward or not; whether the user may see them was asked before. One query."""
    return _read(FOUND, {"patients": list(patient_ids), "user": user.pk}, now)


def _read(statement: str, parameters: Mapping[str, Any], now: datetime) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [x.name for x in cursor.description or ()]
        return [_row(values[: len(PERSON)], dict(zip(names, values, strict=True)), now) for values in cursor]


def _row(person: Sequence[Any], columns: Mapping[str, Any], now: datetime) -> Row:
    """One row of `ROWS`, its columns by the names that stand there."""
    return Row(
        patient=Patient.from_db(connection.alias, PERSON, person),
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
    )


def _texts(stored: str | None) -> tuple[str, ...]:
    return tuple(json.loads(stored)) if stored else ()


def _pair(text: str) -> tuple[str, str]:
    code, _, result = text.rpartition(" ")
    return code, result


# -- values -----------------------------------------------------------------------------------------------------------

NEWEST_FIRST = "newest.on DESC, newest.known DESC, newest.id DESC"  # of one moment the one that was told last

# The newest standing values of each code, as texts in arrays: newest first, at most so many. A value older than the
# trend is only of use as the last or the one before.
SERIES = f"""
SELECT listed.id, code.code, array_agg(newest.comparator || newest.value ORDER BY {NEWEST_FIRST}),
    array_agg(extract(epoch FROM newest.on)::bigint ORDER BY {NEWEST_FIRST}),
    array_agg(newest.conditions ORDER BY {NEWEST_FIRST}), (array_agg(newest.status ORDER BY {NEWEST_FIRST}))[1],
    array_agg(coalesce(newest.confirmed, false) ORDER BY {NEWEST_FIRST})
FROM unnest(%(patients)s::bigint[]) AS listed (id)
CROSS JOIN unnest(%(codes)s::text[]) AS code (code)
CROSS JOIN LATERAL (
    SELECT this.value::text, this.comparator, this.on, this.known, this.id, this.status, this.confirmed,
        concat_ws('|', coalesce(trim_scale(this.fio2)::text, ''), coalesce(trim_scale(this.flow)::text, ''),
            this.device, this.route, this.timing, this.kit) AS conditions
    FROM patients_measurement AS this
    WHERE this.patient_id = listed.id AND this.code = code.code AND this.value IS NOT NULL
        AND {A_NUMBER_SQL} AND {STANDING_SQL.format(table="patients_measurement")}
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT %(points)s
) AS newest
GROUP BY listed.id, code.code
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True)
class Point:
    """A value: exact, with its comparator, its moment, and what must be the same for a comparison.

    confirmed: a person said that it is right (`patients.clinical.doubtful`).
    """

    value: Decimal
    comparator: str
    at: datetime
    conditions: str
    confirmed: bool = False

    @property
    def quantity(self) -> Quantity:
        """The value with its comparator."""
        return Quantity(self.value, self.comparator)

    @property
    def taken(self) -> Conditions:
        """How it was taken."""
        fio2, flow, device, route, timing, kit = self.conditions.split("|", 5)
        return Conditions(
            fio2=Decimal(fio2) if fio2 else None,
            flow=Decimal(flow) if flow else None,
            device=device,
            route=route,
            timing=timing,
            kit=kit,
        )


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one measurement, newest first; `status` of the newest."""

    code: str
    points: tuple[Point, ...]
    status: str

    @property
    def before(self) -> Point | None:
        """The value of the moment before the last, where the two can be compared: two of one moment are no course."""
        last = self.points[0]
        before = next((x for x in self.points[1:] if x.at < last.at), None)
        return before if before and comparable(self.code, last.taken, before.taken) else None


def ward_series(patient_ids: Sequence[int], codes: Sequence[str], points: int) -> dict[int, dict[str, Series]]:
    """The newest values of each code by patient id: at most `points` each. One query."""
    by_patient: dict[int, dict[str, Series]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SERIES, {"patients": list(patient_ids), "codes": list(codes), "points": points})
        for patient_id, code, values, moments, conditions, status, confirmed in cursor:
            series = tuple(_point(*x) for x in zip(values, moments, conditions, confirmed, strict=True))
            by_patient.setdefault(patient_id, {})[code] = Series(code=code, points=series, status=status)
    return by_patient


def _point(value: str, moment: int, conditions: str, confirmed: bool) -> Point:
    number = Decimal(value.lstrip("<>="))
    comparator = value[: len(value) - len(value.lstrip("<>="))]
    at = datetime.fromtimestamp(moment, UTC)
    return Point(value=number, comparator=comparator, at=at, conditions=conditions, confirmed=confirmed)


# -- has anything changed? --------------------------------------------------------------------------------------------

# One word for the state of everything that a list shows: stays and persons as they are, changes and evaluations by
# their counts, and what is only ever appended (results, events of alerts, visits) by the last of it. Of the reader's
# other wards only who lies there: their names may be taken for those on the list.
STATE = f"""
SELECT md5(string_agg(concat_ws(',',
    stay::text, person::text, mark.requested_count, mark.evaluated_at, mark.needed_since, mark.failures,
    (SELECT max(recorded_at) FROM patients_measurement WHERE patient_id = stay.patient_id),
    (SELECT max(event.id) FROM monitoring_alertevent AS event WHERE event.patient_id = stay.patient_id
        AND event.at = (SELECT max(at) FROM monitoring_alertevent WHERE patient_id = stay.patient_id)),
    ({newest_visit_sql("visit.id", "stay.patient_id")}),
    (SELECT concat(count(*), '.', sum(task.id), '.', sum(task.version)) FROM patients_caretask AS task
        WHERE task.patient_id = stay.patient_id AND task.outcome = '')
), ';' ORDER BY stay.id) || (
    SELECT coalesce(string_agg(concat(other.patient_id, '.', named.version), ',' ORDER BY other.patient_id), '')
    FROM patients_wardmembership AS mine
    JOIN patients_admission AS other ON other.ward_id = mine.ward_id AND other.discharged_at IS NULL
    JOIN patients_patient AS named ON named.id = other.patient_id
    WHERE mine.user_id = %(user)s
)), (SELECT max(finished_at) FROM monitoring_sweeprun)
FROM patients_admission AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
WHERE stay.discharged_at IS NULL AND stay.ward_id = ANY(%(wards)s::bigint[])
"""  # noqa: S608 - the same text always


def ward_state(wards: Sequence[Ward], user: User | None = None) -> tuple[str, datetime | None]:
    """A word that changes whenever anything stored changes that the lists of these wards show to this user, and when
    the monitoring last ran. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"wards": [x.pk for x in wards], "user": user.pk if user else None})
        word, last_sweep = cursor.fetchone()
    return word or "", last_sweep
