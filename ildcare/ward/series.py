"""The newest values of a patient's measurements, as the ward list reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from ildcare.ward.sources import Json, Source
from patients.clinical.comparison import Conditions, comparable
from patients.clinical.quantities import Quantity
from patients.clinical.versions import STANDING_SQL
from patients.queries import A_NUMBER_SQL


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


_NEWEST_FIRST = "newest.on DESC, newest.known DESC, newest.id DESC"  # of one moment the one that was told last

# The newest standing values of each code, as texts in arrays: newest first, at most so many. A value older than the
# trend is only of use as the last or the one before.
_NEWEST = f"""
SELECT json_object_agg(code, json_build_array(texts, moments, conditions, status, confirmed)) FROM (
    SELECT code.code, array_agg(newest.comparator || newest.value ORDER BY {_NEWEST_FIRST}) AS texts,
        array_agg(extract(epoch FROM newest.on)::bigint ORDER BY {_NEWEST_FIRST}) AS moments,
        array_agg(newest.conditions ORDER BY {_NEWEST_FIRST}) AS conditions,
        (array_agg(newest.status ORDER BY {_NEWEST_FIRST}))[1] AS status,
        array_agg(coalesce(newest.confirmed, false) ORDER BY {_NEWEST_FIRST}) AS confirmed
    FROM unnest(%(codes)s::text[]) AS code (code)
    CROSS JOIN LATERAL (
        SELECT this.value::text, this.comparator, this.on, this.known, this.id, this.status, this.confirmed,
            concat_ws('|', coalesce(trim_scale(this.fio2)::text, ''), coalesce(trim_scale(this.flow)::text, ''),
                this.device, this.route, this.timing, this.kit) AS conditions
        FROM patients_measurement AS this
        WHERE this.patient_id = listed.id AND this.code = code.code AND this.value IS NOT NULL
            AND {A_NUMBER_SQL} AND {STANDING_SQL.format(table="patients_measurement")}
        ORDER BY this.on DESC, this.known DESC, this.id DESC LIMIT %(points)s
    ) AS newest
    GROUP BY code.code
) AS series"""  # noqa: S608 - the same text always


def _series(told: Json) -> dict[str, Series]:
    return {code: _one(code, *columns) for code, columns in told.items()}


def _one(
    code: str,
    values: Sequence[str],
    moments: Sequence[int],
    conditions: Sequence[str],
    status: str,
    confirmed: Sequence[bool],
) -> Series:
    points = tuple(_point(*x) for x in zip(values, moments, conditions, confirmed, strict=True))
    return Series(code=code, points=points, status=status)


def _point(value: str, moment: int, conditions: str, confirmed: bool) -> Point:
    number = Decimal(value.lstrip("<>="))
    comparator = value[: len(value) - len(value.lstrip("<>="))]
    at = datetime.fromtimestamp(moment, UTC)
    return Point(value=number, comparator=comparator, at=at, conditions=conditions, confirmed=confirmed)


SERIES = Source("values", _NEWEST, _series)

# When each of these tests was last done: the moment of its newest standing value, whatever it is.
_DONE = f"""
SELECT json_object_agg(code, at) FROM (
    SELECT code.code, newest.at FROM unnest(%(tests)s::text[]) AS code (code)
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM this.on)::bigint AS at FROM patients_measurement AS this
        WHERE this.patient_id = listed.id AND this.code = code.code AND this.value IS NOT NULL
            AND {STANDING_SQL.format(table="patients_measurement")}
        ORDER BY this.on DESC LIMIT 1
    ) AS newest
) AS done"""  # noqa: S608 - the same text always


def _done(told: Json) -> dict[str, datetime]:
    return {code: datetime.fromtimestamp(at, UTC) for code, at in told.items()}


DONE = Source("tests", _DONE, _done)
