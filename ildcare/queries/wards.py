"""The ward list: everybody on a ward in one line each, whatever their number in the same few queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from unicodedata import normalize

from django.utils.translation import get_language

from ildcare.kept import Kept
from ildcare.queries.changes import changes_of, sound
from ildcare.queries.ward_rows import Row, ward_rows, ward_series, ward_state
from ildcare.ward_cells import CODES, POINTS, Cell
from ildcare.ward_line import Badge, Gathered, Line, line_of
from patients.models import Patient, User, Ward
from patients.names import Name, similar
from patients.queries import site_zone
from patients.rounds import open_tasks

__all__ = [
    "Badge",
    "Cell",
    "Line",
    "WardLines",
    "found_lines",
    "lines_at",
    "read_lines",
    "search_lines",
    "ward_lines",
    "ward_state",
    "wards_of",
]


@dataclass(frozen=True, slots=True)
class WardLines:
    """The lines, most endangered first, and the sources that could not be read for them."""

    lines: list[Line]
    unread: frozenset[str] = frozenset()


def wards_of(user: User) -> list[Ward]:
    """The wards whose lists the user may open."""
    return list(Ward.objects.filter(memberships__user=user).order_by("code"))


def ward_lines(wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of these wards, most endangered first (`ildcare.ranking`)."""
    return read_lines(wards, user, now).lines


def found_lines(words: str, wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of everybody on the wards in whose name, kana or record number each of the words stands."""
    return search_lines(words, wards, user, now).lines


def search_lines(words: str, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The same, with the sources that broke."""
    return read_lines(wards, user, now, lambda patient: _holds(patient, words))


def read_lines(
    wards: Sequence[Ward], user: User | None, now: datetime, chosen: Callable[[Patient], bool] = lambda _: True
) -> WardLines:
    """The lines of those on the wards who are chosen. A source that breaks is named, and the rest is shown.

    `user`: the reader whose last visits count; None is the product itself, writing sheets for the whole team.
    """
    everybody = ward_rows(wards, user, now)
    rows = [row for row in everybody if chosen(row.patient)]
    gathered = _gather(rows, everybody, {x.pk: x for x in wards}, user, now)
    lines = sorted((line_of(row, gathered) for row in rows), key=lambda line: line.rank)
    return WardLines(lines, gathered.unread)


# Lines as they were read, by the word for the state that they were read at.
_kept: Kept[WardLines] = Kept(64)


def lines_at(word: str, wards: Sequence[Ward], user: User, now: datetime) -> WardLines:
    """The lines of these wards at a state that was named by `ward_state` and hour: read once for each reader and
    language. What could not be read whole is not kept."""
    key = (word, user.pk, get_language(), *((x.pk, x.name, x.name_ja) for x in wards))
    return _kept.get(key, lambda: read_lines(wards, user, now), unless=lambda read: bool(read.unread))


def _gather(
    rows: Sequence[Row], everybody: Sequence[Row], wards: Mapping[int, Ward], user: User | None, now: datetime
) -> Gathered:
    ids = [row.patient.pk for row in rows]
    failed: set[str] = set()
    changes = changes_of({row.patient.pk: row.look for row in rows}, now, failed)
    series, tasks, alike = {}, {}, {}
    with sound("values", failed):
        series = ward_series(ids, CODES, POINTS)
    with sound("tasks", failed):
        tasks = open_tasks(ids)
    with sound("names", failed):
        alike = look_alikes_among([row.patient for row in everybody])
    reader = user.pk if user else None
    return Gathered(site_zone(), now, reader, wards, series, changes, tasks, alike, frozenset(failed))


def _holds(person: Patient, words: str) -> bool:
    """Without regard to case and width of letters."""
    names = (person.family_name, person.given_name, person.family_kana, person.given_kana, person.mrn)
    text = _plain(" ".join(names))
    return all(word in text for word in _plain(words).split())


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()


def look_alikes_among(patients: Sequence[Patient]) -> dict[int, list[str]]:
    """By patient id, the others whose names could be taken for each other, each as "name (record number)"."""
    people = {
        x.pk: Name.of(x.family_name, x.given_name, x.family_kana, x.given_kana, x.birth_date)
        for x in sorted(patients, key=lambda x: x.pk)
    }
    others = _alike(tuple(people.items()))
    known = {x.pk: f"{x} ({x.mrn})" for x in patients}
    return {pk: [known[other] for other in alike] for pk, alike in others.items()}


@lru_cache(maxsize=32)
def _alike(people: tuple[tuple[int, Name], ...]) -> dict[int, list[int]]:
    """Everybody against everybody, but once for the same people: a ward changes a few times a day."""
    found: dict[int, list[int]] = {}
    for n, (pk, name) in enumerate(people):
        for other, others_name in people[n + 1 :]:
            if similar(name, others_name):
                found.setdefault(pk, []).append(other)
                found.setdefault(other, []).append(pk)
    return found
