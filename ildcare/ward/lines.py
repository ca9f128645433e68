"""The ward list: everybody on a ward in one line each, whatever their number in the same few queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict

from ildcare.ward.cells import CODES, POINTS
from ildcare.ward.changes import CHANGES, changes_of
from ildcare.ward.drugs import COURSES
from ildcare.ward.filters import EVERY_WARD, Filters, ordered, read_filters
from ildcare.ward.kept import Keeping, Rows
from ildcare.ward.line import Gathered, Line, line_of
from ildcare.ward.look_alikes import Alike, alike_at, alike_on_list
from ildcare.ward.rows import TASKS, Row, rows_of, whole_rows
from ildcare.ward.series import DONE, SERIES
from ildcare.ward.sources import Source, SourceColumns, named_if_it_fails, parameters, read_sources
from ildcare.ward.state import WardState
from ildcare.ward.systems import TESTS
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.wall_clock import start_of_hour
from patients.models import Patient, User, Ward
from patients.queries import site_settings, site_zone, wards_of
from patients.search import find_patients

SOURCES: tuple[Source[Any], ...] = (*CHANGES, SERIES, TASKS, COURSES, DONE)
ASKING = {"codes": list(CODES), "points": POINTS, "drugs": list(levelled_drugs()), "tests": list(TESTS)}  # of them


@dataclass(frozen=True, slots=True)
class WardLines:
    """The lines, most endangered first, and the sources that could not be read for them.

    `more`: of a search, that there are others whom it does not show. `merged`: of a search, records that it found and
    that were merged, each with the patient whose line stands for it. `made`: rows of HTML of them, by patient id.
    """

    lines: list[Line]
    unread: frozenset[str] = frozenset()
    more: bool = False
    merged: tuple[tuple[Patient, Patient], ...] = ()
    made: Mapping[int, Rows] = field(default_factory=dict)


def search_lines(words: str, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The lines of everybody in the user's scope on whom each of the words fits: those on a ward first, then those who
    are not on one. `wards`: all wards of the user."""
    found = find_patients(words, user)
    rows = rows_of(found.ids, user, now)
    read = _lines_beside(rows, wards, user, now)
    people = {row.patient.pk: row.patient for row in rows}
    merged = tuple((x, people[kept]) for x, kept in found.merged if kept in people)
    return replace(read, lines=sorted(read.lines, key=lambda x: bool(x.off_ward)), more=found.more, merged=merged)


def lines_of_rows(rows: Sequence[Row], wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of patients on a ward or not, as they were read, most endangered first. `wards`: all of the user."""
    return _lines_beside(rows, wards, user, now).lines


def _lines_beside(rows: Sequence[Row], wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """Of rows as they were read: what the sources tell of them, and who else lies on the wards of the user."""
    failed: set[str] = set()
    params = parameters({row.patient.pk: row.last_visit for row in rows}, now)
    told = read_sources(SOURCES, {**params, **ASKING}, failed)
    lines, unread = _judged(rows, told, _wards_of_rows(rows, wards), user, now)
    return _whole(lines, unread, lambda: alike_on_list([x.patient for x in rows], user))


def read_lines(wards: Sequence[Ward], user: User | None, now: datetime) -> WardLines:
    """The lines of the patients of these wards. A source that fails is named in `unread`.

    `user`: the reader whose last visits count; None is the product itself, writing sheets for the whole team.
    """
    read = _read(wards, user, now)
    people = [x.patient for x in read.lines]
    return _whole(read.lines, read.unread, lambda: alike_on_list(people, user))


def lines_at(state: WardState, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The lines of these wards at their state (`ward_state`). Only who changed since is read and judged; of the others
    what is kept holds. What could not be read whole is not kept."""
    zone = site_zone()
    keeping = Keeping.of(user, wards, start_of_hour(now, zone), zone.key)
    kept, unread = keeping.find(state.lines), frozenset[str]()
    changed = [pk for pk in state.lines if pk not in kept]
    if changed:
        read = _read(wards, user, now, changed)
        kept, unread = kept | keeping.keep(read.lines, {} if read.unread else read.words), read.unread
    there = [kept[pk] for pk in state.lines if pk in kept]
    made = {x.line.patient.pk: x.rows for x in there}
    return replace(_whole([x.line for x in there], unread, lambda: alike_at(state.people, user)), made=made)


@dataclass(frozen=True, slots=True)
class _Read:
    """Lines that were just judged, in no order. `words`: by patient id, of the states that they were read at."""

    lines: list[Line]
    unread: frozenset[str]
    words: Mapping[int, str]


def _read(wards: Sequence[Ward], user: User | None, now: datetime, only: Sequence[int] | None = None) -> _Read:
    """The lines of everybody on these wards, or `only` of some."""
    rows = whole_rows(wards, user, now, SOURCES, ASKING, only)
    lines, unread = _judged(rows.rows, rows.columns, {x.pk: x for x in wards}, user, now)
    return _Read(lines, unread, rows.words)


def _judged(
    rows: Sequence[Row], told: SourceColumns, wards: Mapping[int, Ward], user: User | None, now: datetime
) -> tuple[list[Line], frozenset[str]]:
    """The line of each row, and which sources could not be read for them."""
    changes = changes_of(told, {row.patient.pk: row.last_visit for row in rows})
    series, tasks, courses, done = told.of(SERIES), told.of(TASKS), told.of(COURSES), told.of(DONE)
    gathered = Gathered(
        zone=site_zone(),
        choices=site_settings().rule_choices,
        now=now,
        reader=user.pk if user else None,
        wards=wards,
        series=series,
        changes=changes,
        tasks=tasks,
        unread=frozenset(told.failed or ()),
        courses=courses,
        done=done,
    )
    return [line_of(row, gathered) for row in rows], gathered.unread


def _whole(lines: Sequence[Line], unread: frozenset[str], look_alikes: Callable[[], Alike]) -> WardLines:
    """What only the list knows: whose names are like whose, and who stands first."""
    failed: set[str] = set()
    alike: Alike = {}
    with named_if_it_fails("names", failed):
        alike = look_alikes()
    if failed:
        lines = [replace(x, unread=x.unread | failed) for x in lines]
    named = (replace(x, alike=alike[x.patient.pk]) if x.patient.pk in alike else x for x in lines)
    return WardLines(sorted(named, key=lambda line: line.rank), unread | failed)


def _wards_of_rows(rows: Sequence[Row], wards: Sequence[Ward]) -> dict[int, Ward]:
    """Also those that are not the reader's: of a patient for whom the reader is responsible."""
    known = {x.pk: x for x in wards}
    others = {row.ward_id for row in rows if row.ward_id is not None} - known.keys()
    return known | (Ward.objects.in_bulk(others) if others else {})


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
