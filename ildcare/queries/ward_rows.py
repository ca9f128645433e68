"""What the ward list reads, each source in one query whatever the number of patients, each step into an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from ildcare.queries.changes import NOBODY_SAW, Look
from patients.clinical.quantities import Quantity
from patients.models import Patient, User, Ward

Json = Any
PERSON = tuple(field.attname for field in Patient._meta.concrete_fields)

# The version of a fact that stands: nothing known later under its identity, and not cancelled.
STANDS = """this.status <> 'cancelled' AND NOT EXISTS (
    SELECT FROM {table} AS newer WHERE newer.patient_id = this.patient_id AND newer.identity = this.identity
        AND (newer.known, newer.version) > (this.known, this.version)
)"""


def _standing(table: str) -> str:
    return f"FROM {table} AS this WHERE this.patient_id = stay.patient_id AND {STANDS.format(table=table)}"


# The poor-risk factors that are met (`algorithm.overrides.rested_on`).
MET = "jsonb_path_query_array({output} -> 'poor_risk', '$.keyvalue() ? (@.value == true).key')"

# One row for each patient who lies on the wards: the person, the stay, what is owed, the last answer of the chart,
# diagnosis, antibodies, the last decision about a step, and the last visits.
ROWS = f"""
SELECT {", ".join(f'person."{name}"' for name in PERSON)},
    stay.ward_id, stay.bed, stay.consultant,
    mark.needed_since, mark.evaluated_at, mark.failures,
    answer.course, answer.subtype, answer.step, answer.subtypes, answer.steps, answer.started, answer.d0,
    diagnosis.myositis, diagnosis.provisional, antibodies.results,
    decision.step, decision.accepted, decision.on, decision.code, decision.stands,
    seen.at, seen.by_id, seen.shown_at, seen.first_name, seen.last_name, seen.username, own.shown_at
FROM patients_admission AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
LEFT JOIN LATERAL (
    SELECT course, subtype, step, output -> 'subtypes_possible' AS subtypes, output -> 'steps_possible' AS steps,
        (output ->> 'started')::boolean AS started, output -> 'first_d0' ->> 'd0' AS d0,
        output -> 'path' AS path, {MET.format(output="output")} AS met
    FROM algorithm_assessment WHERE patient_id = stay.patient_id ORDER BY id DESC LIMIT 1
) AS answer ON true
LEFT JOIN LATERAL (
    SELECT this.myositis, this.provisional {_standing("patients_diagnosis")}
    ORDER BY this.on DESC, this.known DESC LIMIT 1
) AS diagnosis ON true
LEFT JOIN LATERAL (
    SELECT array_agg(this.code || ' ' || this.result) AS results {_standing("patients_antibodyresult")}
) AS antibodies ON true
LEFT JOIN LATERAL (
    SELECT this.step, this.accepted, this.on, this.code, (
        SELECT (made.step, made.output -> 'path', {MET.format(output="made.output")})
            IS NOT DISTINCT FROM (answer.step, answer.path, answer.met)
        FROM algorithm_assessment AS made
        WHERE made.patient_id = stay.patient_id AND made.created_at <= this.recorded_at ORDER BY made.id DESC LIMIT 1
    ) AS stands
    {_standing("patients_decision")}
        AND this.step <> '' AND this.accepted IS NOT NULL
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT 1
) AS decision ON true
LEFT JOIN LATERAL (
    SELECT visit.at, visit.by_id, visit.shown_at, reader.first_name, reader.last_name, reader.username
    FROM patients_roundvisit AS visit JOIN patients_user AS reader ON reader.id = visit.by_id
    WHERE visit.patient_id = stay.patient_id ORDER BY visit.at DESC, visit.id DESC LIMIT 1
) AS seen ON true
LEFT JOIN LATERAL (
    SELECT shown_at FROM patients_roundvisit WHERE patient_id = stay.patient_id AND by_id = %(user)s
    ORDER BY at DESC, id DESC LIMIT 1
) AS own ON true
WHERE stay.discharged_at IS NULL AND stay.ward_id = ANY(%(wards)s::bigint[]) AND (%(user)s::bigint IS NULL OR EXISTS (
    SELECT FROM patients_wardmembership AS member WHERE member.ward_id = stay.ward_id AND member.user_id = %(user)s
))
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


@dataclass(frozen=True, slots=True)
class Row:
    """One patient on a ward as stored. `antibodies`: pairs of code and result."""

    patient: Patient
    ward_id: int
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
    decided: Decided | None
    look: Look


def ward_rows(wards: Sequence[Ward], user: User | None, now: datetime) -> list[Row]:
    """Everybody who lies on these wards, as far as they are the user's (None: the product itself). One query."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"wards": [x.pk for x in wards], "user": user.pk if user else None})
        return [_row(values, now) for values in cursor]


def _row(values: tuple[Any, ...], now: datetime) -> Row:
    start = len(PERSON)
    ward, bed, consultant, needed, evaluated, failures, *rest = values[start:]
    course, subtype, step, subtypes, steps, started, d0, myositis, provisional, antibodies, *rest = rest
    decided = Decided(*rest[:5]) if rest[1] is not None else None
    return Row(
        Patient.from_db(connection.alias, PERSON, values[:start]),
        ward,
        bed,
        consultant,
        needed,
        evaluated,
        failures or 0,
        failures is not None,
        course or "",
        subtype or "",
        step or "",
        _texts(subtypes),
        _texts(steps),
        started,
        d0,
        myositis,
        bool(provisional),
        tuple(_pair(x) for x in antibodies or ()),
        decided,
        _look(rest[5:], now),
    )


def _texts(stored: str | None) -> tuple[str, ...]:
    return tuple(json.loads(stored)) if stored else ()


def _pair(text: str) -> tuple[str, str]:
    code, _, result = text.rpartition(" ")
    return code, result


def _look(visit: Sequence[Any], now: datetime) -> Look:
    at, by_id, shown_at, first, last, username, own_shown_at = visit
    if at is None:
        return Look(now - NOBODY_SAW, "nobody")
    name = User(first_name=first, last_name=last).get_full_name() or username
    return Look(own_shown_at or shown_at, "own" if own_shown_at else "team", at, name, by_id)


# -- values -----------------------------------------------------------------------------------------------------------

# The newest standing values of each code, as texts in arrays: newest first, at most so many. A value older than the
# trend is only of use as the last or the one before.
SERIES = f"""
SELECT asked.id, code.code, array_agg(found.comparator || found.value ORDER BY found.on DESC),
    array_agg(extract(epoch FROM found.on)::bigint ORDER BY found.on DESC),
    array_agg(found.conditions ORDER BY found.on DESC), (array_agg(found.status ORDER BY found.on DESC))[1]
FROM unnest(%(patients)s::bigint[]) AS asked (id)
CROSS JOIN unnest(%(codes)s::text[]) AS code (code)
CROSS JOIN LATERAL (
    SELECT this.value::text, this.comparator, this.on, this.status,
        concat_ws('|', coalesce(trim_scale(this.fio2)::text, ''), this.route, this.timing, this.kit) AS conditions
    FROM patients_measurement AS this
    WHERE this.patient_id = asked.id AND this.code = code.code AND this.value IS NOT NULL
        AND {STANDS.format(table="patients_measurement")}
    ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT %(points)s
) AS found
GROUP BY asked.id, code.code
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True)
class Point:
    """A value: exact, with its comparator, its moment, and what must be the same for a comparison."""

    value: Decimal
    comparator: str
    at: datetime
    conditions: str

    @property
    def quantity(self) -> Quantity:
        """The value with its comparator."""
        return Quantity(self.value, self.comparator)

    @property
    def fio2(self) -> Decimal | None:
        """None where it is not known."""
        text = self.conditions.partition("|")[0]
        return Decimal(text) if text else None


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one measurement, newest first; `status` of the newest."""

    code: str
    points: tuple[Point, ...]
    status: str

    @property
    def before(self) -> Point | None:
        """The value before the last, where the two can be compared."""
        alike = len(self.points) > 1 and self.points[0].conditions == self.points[1].conditions
        return self.points[1] if alike else None


def ward_series(patient_ids: Sequence[int], codes: Sequence[str], points: int) -> dict[int, dict[str, Series]]:
    """The newest values of each code by patient id: at most `points` each. One query."""
    found: dict[int, dict[str, Series]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SERIES, {"patients": list(patient_ids), "codes": list(codes), "points": points})
        for patient_id, code, values, moments, conditions, status in cursor:
            series = tuple(_point(*x) for x in zip(values, moments, conditions, strict=True))
            found.setdefault(patient_id, {})[code] = Series(code, series, status)
    return found


def _point(value: str, moment: int, conditions: str) -> Point:
    comparator = value[0] if value[0] in "<>" else ""
    number = Decimal(value[1:] if comparator else value)
    return Point(number, comparator, datetime.fromtimestamp(moment, UTC), conditions)


# -- has anything changed? --------------------------------------------------------------------------------------------

# One word for the state of everything that a list shows: stays and persons as they are, deeds and evaluations by their
# counts, and what is only ever appended (results, events of alerts, visits) by the last of it.
STATE = """
SELECT md5(string_agg(concat_ws(',',
    stay::text, person::text, mark.requested_count, mark.evaluated_at, mark.needed_since, mark.failures,
    (SELECT max(recorded_at) FROM patients_measurement WHERE patient_id = stay.patient_id),
    (SELECT max(event.id) FROM monitoring_alertevent AS event WHERE event.patient_id = stay.patient_id
        AND event.at = (SELECT max(at) FROM monitoring_alertevent WHERE patient_id = stay.patient_id)),
    (SELECT visit.id FROM patients_roundvisit AS visit WHERE visit.patient_id = stay.patient_id
        ORDER BY visit.at DESC, visit.id DESC LIMIT 1),
    (SELECT concat(count(*), '.', sum(task.id), '.', sum(task.version)) FROM patients_caretask AS task
        WHERE task.patient_id = stay.patient_id AND task.outcome = '')
), ';' ORDER BY stay.id)), (SELECT max(finished_at) FROM monitoring_sweeprun)
FROM patients_admission AS stay
JOIN patients_patient AS person ON person.id = stay.patient_id
LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
WHERE stay.discharged_at IS NULL AND stay.ward_id = ANY(%s::bigint[])
"""


def ward_state(wards: Sequence[Ward]) -> tuple[str, datetime | None]:
    """A word that changes whenever anything stored changes that the lists of these wards show, and when the
    monitoring last ran. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [[x.pk for x in wards]])
        word, last_sweep = cursor.fetchone()
    return word or "", last_sweep
