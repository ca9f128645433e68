"""The ward list: everybody on a ward in one line each, whatever their number in the same few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.http import QueryDict
from django.utils.translation import get_language

from ildcare.moment.state_cache import StateCache
from ildcare.ward.cells import CODES, POINTS
from ildcare.ward.changes import changes_since, named_if_it_fails
from ildcare.ward.filters import EVERY_WARD, Filters, ordered, read_filters
from ildcare.ward.line import Gathered, Line, line_of
from ildcare.ward.rows import Row, rows_of, ward_rows, ward_series
from patients.models import Patient, User, Ward
from patients.names import Name, similar
from patients.queries import site_zone, wards_of
from patients.rounds import open_tasks
from patients.search import find_patients


@dataclass(frozen=True, slots=True)
class WardLines:
    """The lines, most endangered first, and the sources that could not be read for them.

    `more`: of a search, that there are others whom it does not show. `merged`: of a search, records that it found and
    that were merged, each with the patient whose line stands for it.
    """

    lines: list[Line]
    unread: frozenset[str] = frozenset()
    more: bool = False
    merged: tuple[tuple[Patient, Patient], ...] = ()


def search_lines(words: str, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The lines of everybody in the user's scope on whom each of the words fits: those on a ward first, then those who
    are not on one. `wards`: all wards of the user."""
    found = find_patients(words, user)
    rows = rows_of(found.ids, user, now)
    beside = _lying_on(wards) if rows else ()
    lines, unread = _lines(rows, [*(row.patient for row in rows), *beside], wards, user, now)
    people = {row.patient.pk: row.patient for row in rows}
    merged = tuple((x, people[kept]) for x, kept in found.merged if kept in people)
    return WardLines(sorted(lines, key=lambda line: bool(line.off_ward)), unread, found.more, merged)


def lines_of_rows(rows: Sequence[Row], wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of patients on a ward or not, as they were read, most endangered first. `wards`: all of the user."""
    beside = _lying_on(wards) if rows else ()
    lines, _unread = _lines(rows, [*(row.patient for row in rows), *beside], wards, user, now)
    return lines


def _lying_on(wards: Sequence[Ward]) -> Iterable[Patient]:
    return Patient.objects.filter(admissions__ward__in=wards, admissions__discharged_at=None)


def read_lines(wards: Sequence[Ward], user: User | None, now: datetime) -> WardLines:
    """The lines of the patients of these wards. A source that fails is named in `unread`.

    `user`: the reader whose last visits count; None is the product itself, writing sheets for the whole team.
    """
    rows = ward_rows(wards, user, now)
    beside = _lying_on(wards_of(user)) if user and rows else ()
    return WardLines(*_lines(rows, [*(row.patient for row in rows), *beside], wards, user, now))


def _lines(
    rows: Sequence[Row], beside: Iterable[Patient], wards: Sequence[Ward], user: User | None, now: datetime
) -> tuple[list[Line], frozenset[str]]:
    """Most endangered first. `beside`: among whom look-alikes are looked for, whom the reader may open; one person
    once."""
    everybody = list({x.pk: x for x in beside}.values())
    gathered = _gather(rows, everybody, _wards_of_rows(rows, wards), user, now)
    return sorted((line_of(row, gathered) for row in rows), key=lambda line: line.rank), gathered.unread


def _wards_of_rows(rows: Sequence[Row], wards: Sequence[Ward]) -> dict[int, Ward]:
    """Also those that are not the reader's: of a patient for whom the reader is responsible."""
    known = {x.pk: x for x in wards}
    others = {row.ward_id for row in rows if row.ward_id is not None} - known.keys()
    return known | (Ward.objects.in_bulk(others) if others else {})


# Lines as they were read, by the word for the state that they were read at.
_lines_by_state: StateCache[WardLines] = StateCache(64)


def lines_at(word: str, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The lines of these wards at a state that was named by `ward_state` and hour: read once for each reader and
    language. What could not be read whole is not kept."""
    key = (word, user.pk, get_language(), *((x.pk, x.name, x.name_ja) for x in wards))
    return _lines_by_state.get(key, lambda: read_lines(wards, user, now), unless=lambda read: bool(read.unread))


def lines_for(query: QueryDict, user: User, now: datetime) -> tuple[list[Line], list[Ward]]:
    """The lines that the list shows at this address, filtered and in its order, and the wards that they are of."""
    filters = read_filters(query)
    _all, wards = wards_for(filters, user)
    lines = read_lines(wards, user, now).lines
    return [x for x in ordered(lines, filters.sort) if filters.admit(x)], wards


def wards_for(filters: Filters, user: User) -> tuple[list[Ward], list[Ward]]:
    """All wards of the user, and those that the list shows: the one that the filters name, else the first."""
    wards = wards_of(user)
    if filters.ward == EVERY_WARD:
        return wards, wards
    return wards, [next((x for x in wards if x.code == filters.ward), wards[0])] if wards else []


def _gather(
    rows: Sequence[Row], everybody: Sequence[Patient], wards: Mapping[int, Ward], user: User | None, now: datetime
) -> Gathered:
    ids = [row.patient.pk for row in rows]
    failed: set[str] = set()
    changes = changes_since({row.patient.pk: row.last_visit for row in rows}, now, failed)
    series, tasks, alike = {}, {}, {}
    with named_if_it_fails("values", failed):
        series = ward_series(ids, CODES, POINTS)
    with named_if_it_fails("tasks", failed):
        tasks = open_tasks(ids)
    with named_if_it_fails("names", failed):
        alike = look_alikes_among(everybody)
    return Gathered(
        zone=site_zone(),
        now=now,
        reader=user.pk if user else None,
        wards=wards,
        series=series,
        changes=changes,
        tasks=tasks,
        alike=alike,
        unread=frozenset(failed),
    )


def look_alikes_among(patients: Sequence[Patient]) -> dict[int, list[Patient]]:
    """By patient id, the others of these whose names could be taken for each other."""
    people = {
        x.pk: Name.of(x.family_name, x.given_name, x.family_kana, x.given_kana, x.birth_date)
        for x in sorted(patients, key=lambda x: x.pk)
    }
    others = _alike(tuple(people.items()))
    known = {x.pk: x for x in patients}
    return {pk: [known[other] for other in alike] for pk, alike in others.items()}


@lru_cache(maxsize=32)
def _alike(people: tuple[tuple[int, Name], ...]) -> dict[int, list[int]]:
    """Everybody against everybody, but once for the same people: a ward changes a few times a day."""
    others: dict[int, list[int]] = {}
    for n, (pk, name) in enumerate(people):
        for other, others_name in people[n + 1 :]:
            if similar(name, others_name):
                others.setdefault(pk, []).append(other)
                others.setdefault(other, []).append(pk)
    return others
