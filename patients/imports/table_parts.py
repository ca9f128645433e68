"""A table by person: the lines about each, and those that nobody may read; a part as a document of its own. Pure.

The part of a person is stored as a message, with the map that it is read by: read again in a year it says the same.
Cells stand in it as every table writes them, so that a table gives the same facts as text and as a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.reasons import Reason, _, each_once, reason
from patients.imports.case import CaseFaults, Fault
from patients.imports.observation import Observation, Report, SentPerson
from patients.imports.sent_times import NO_TIME
from patients.imports.table_map import Column, TableMap, folded, map_as_json, map_in
from patients.imports.table_text import Table, refused
from patients.imports.tables import Cells, cell_as_read, observations_of, person_of

FORMAT = "ildcare-table-part/1"
BEGINS = b'{"format": "' + FORMAT.encode()
VALUES = ("value", "result", "sex")  # roles of columns whose cells a map translates
UNTOLD = ("", "unknown")
OF_PERSON = ("mrn", "name", "family", "given", "kana", "sex", "born")
ASIDE = ("family_name", "given_name", "family_kana", "given_kana", "birth_date")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file with its number; `cells` as they stand there."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not read, or one of which some cells are not; and why. `whole`: is nothing of it read?"""

    line: Line
    why: tuple[Reason, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class PersonPart:
    """What a table says of one person. Cells are as every table writes them."""

    person: SentPerson
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedTable:
    """A table by person. `silent`: lines without any result; `beside`: lines of a person and moment of which another
    line is refused: they go with it when it is sent again, so that both are counted in the same order."""

    of: TableMap
    heads: tuple[str, ...]
    people: tuple[PersonPart, ...]
    refused: tuple[RefusedLine, ...]
    silent: int = 0
    beside: tuple[Line, ...] = ()
    lines: int = 0


def parted(table: Table, of: TableMap, *, zone: ZoneInfo) -> PartedTable:
    """The lines of a table by person. Raises CaseFaults where the map does not fit the table, or says too little."""
    heads = table.heads(of.header)
    if not any(heads):
        raise refused(_("line %(line)s of the table holds no heads"), line=of.header)
    faults = [Fault(None, x) for x in (*of.lacks(), *of.absent_from(heads))]
    if faults:
        raise CaseFaults(faults)
    return _Parting(table, of, heads, zone).parted()


@dataclass(slots=True)
class _Person:
    person: SentPerson
    first: int
    lines: list[Line] = field(default_factory=list)


class _Parting:
    def __init__(self, table: Table, of: TableMap, heads: tuple[str, ...], zone: ZoneInfo) -> None:
        self.table, self.of, self.heads, self.zone = table, of, heads, zone
        self.places = of.places(heads)
        self.width = max((n for n, x in enumerate(heads, start=1) if x.strip()), default=0)
        self.about = [place for place, x in self.places.items() if x.role in OF_PERSON]
        self.known: dict[tuple[str, ...], SentPerson] = {}
        self.linked = self._links()
        self.people: dict[str, _Person] = {}
        self.refused: list[RefusedLine] = []
        self.moments: dict[tuple[str, str], list[Line]] = {}
        self.troubled: set[tuple[str, str]] = set()
        self.silent = self.lines = 0

    def parted(self) -> PartedTable:
        for number, cells in self.table.below(self.of.header):
            self.lines += 1
            self._take(Line(number, cells))
        refused_lines = {x.line.number for x in self.refused}
        beside = [x for key in self.troubled for x in self.moments.get(key, ()) if x.number not in refused_lines]
        return PartedTable(
            of=self.of,
            heads=self.heads,
            people=tuple(PersonPart(x.person, tuple(x.lines)) for x in self.people.values() if x.lines),
            refused=tuple(self.refused),
            silent=self.silent,
            beside=tuple(sorted(beside, key=lambda x: x.number)),
            lines=self.lines,
        )

    def _links(self) -> Mapping[str, Mapping[int, str]]:
        """By the number that links lines the cells of the person that any of its lines has: of a registry's export the
        first line alone names him."""
        if self.of.first("link") is None:
            return {}
        found: dict[str, dict[int, str]] = {}
        for _number, row in self.table.below(self.of.header):
            cells = Cells(row, self.places)
            if not cells["link"]:
                continue  # lines without it are not one another's
            known = found.setdefault(cells["link"], {})
            known.update({x: cells.at(x) for x in self.about if cells.at(x) and x not in known})
        return found

    def _take(self, line: Line) -> None:
        cells, why = self._cells(line)
        key = folded(cells["mrn"] if self.of.first("mrn") else cells["link"])
        observations = list(observations_of(1, cells, self.of, self.zone))
        whole = [*self._line_faults(observations, key, line), *self._person_faults(key, cells, line)]
        if whole:
            self._refuse(line, (*whole, *why), key, cells)
            return
        if why:
            self._refuse(line, tuple(why), key, cells, whole=False)
        if not observations:
            self.silent += not why
            return
        self.moments.setdefault(self._moment(key, cells), []).append(line)
        self.people[key].lines.append(Line(line.number, tuple(cells.cells)))

    def _refuse(self, line: Line, why: tuple[Reason, ...], key: str, cells: Cells, *, whole: bool = True) -> None:
        self.refused.append(RefusedLine(line, why, whole))
        self.troubled.add(self._moment(key, cells))

    def _cells(self, line: Line) -> tuple[Cells, list[Reason]]:
        """The cells of a line as every table writes them; those that nobody may read are empty, and why."""
        row, why = [*line.cells, *[""] * (len(self.heads) - len(line.cells))], list[Reason]()
        for place, known in self.linked.get(Cells(row, self.places)["link"], {}).items():
            row[place] = row[place] if row[place].strip() else known
        for place, column in self.places.items():
            said = self._cell(line, place, column, row)
            why += [said] if isinstance(said, Reason) else []
            row[place] = "" if isinstance(said, Reason) else said
        return Cells(row, self.places), why

    def _cell(self, line: Line, place: int, column: Column, row: Sequence[str]) -> str | Reason:
        fault = self.table.faults.get((line.number, place))
        if fault is not None and column.role:
            return fault
        text = row[place].strip()
        if not text or column.role not in VALUES:
            return text
        return cell_as_read(row[place], column, self.of)

    def _moment(self, key: str, cells: Cells) -> tuple[str, str]:
        return key, f"{cells['day']} {cells['clock']}".strip()

    def _line_faults(self, observations: Sequence[Observation], key: str, line: Line) -> Iterator[Reason]:
        if any(x.strip() for x in line.cells[self.width :]):
            yield reason(_("the line has more cells than the table has heads: is a comma in a value not quoted?"))
        if not key:
            yield reason(_("no record number"))
        yield from each_once(x.time.why or reason(NO_TIME) for x in observations if x.time.moment is None)

    def _person(self, cells: Cells) -> SentPerson:
        """Who a line is about; worked out once for all lines that say the same of him."""
        texts = tuple(cells.at(x) for x in self.about)
        if texts not in self.known:
            self.known[texts] = person_of(cells, self.of)
        return self.known[texts]

    def _person_faults(self, key: str, cells: Cells, line: Line) -> Iterator[Reason]:
        """Is it the person whom the lines before tell under this number?"""
        person = self._person(cells)
        if not person.numbers and key:
            person = replace(person, numbers=(cells["link"],))
        born = cells["born"]
        if born and not person.birth_date:
            yield reason(_('the birth date "%(text)s" is not a date'), text=born[:40])
        known = self.people.setdefault(key, _Person(person, line.number)) if key else None
        if known is None:
            return
        for name in (*ASIDE, "sex"):
            before, now = getattr(known.person, name), getattr(person, name)
            if now == before or now in UNTOLD:
                continue
            if before in UNTOLD:
                known.person = replace(known.person, **{name: now})
            elif folded(now) != folded(before):
                yield reason(
                    _("another name, sex or birth date than in line %(line)s of the same number"), line=known.first
                )
                return


# -- a part as a document ----------------------------------------------------------------------------------------------


def part_document(part: PersonPart, heads: Sequence[str], of: TableMap) -> bytes:
    """The message that is stored of a part. Lines count from 1 in it: more lines about others change nothing in it."""
    read_by = replace(of, decimal_comma=False, header=1, encoding="", delimiter="", sheet="")
    used = {place for place, x in of.places(heads).items() if x.role}
    kept = [n for n in range(len(heads)) if n in used]
    document = {
        "format": FORMAT,
        "map": map_as_json(replace(read_by, columns=tuple(replace(x, values={}) for x in of.columns if x.role))),
        "person": asdict(part.person),
        "heads": [heads[n] for n in kept],
        "lines": [[x.cells[n] if n < len(x.cells) else "" for n in kept] for x in part.lines],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def is_part(document: bytes) -> bool:
    """Is it such a message?"""
    return document.startswith(BEGINS)


def report_in(document: bytes, *, zone: ZoneInfo) -> tuple[Report, bool]:
    """What a part reports, and whether its table writes 1,679 for 1679. Raises CaseFaults."""
    try:
        document_read = json.loads(document)
        of, heads, lines = map_in(document_read["map"]), tuple(document_read["heads"]), document_read["lines"]
        person = SentPerson(
            **{**document_read["person"], "numbers": tuple(document_read["person"]["numbers"]), "sent_numbers": ()}
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise refused(_("these are no lines of a table with their mapping")) from None
    places = of.places(heads)
    observations = [x for n, row in enumerate(lines, start=1) for x in observations_of(n, Cells(row, places), of, zone)]
    return Report(source=of.source, kind="table", person=person, observations=tuple(observations)), of.thousands


def documents_of(table: PartedTable) -> Iterator[tuple[PersonPart, bytes]]:
    """Each person's part with its message."""
    return ((x, part_document(x, table.heads, table.of)) for x in table.people)


def map_of_form(stored: Mapping[str, Any]) -> TableMap:
    """The map in a stored form. Raises CaseFaults for anything else."""
    try:
        return map_in(stored)
    except (KeyError, TypeError, ValueError):
        raise refused(_("this is no mapping of a table")) from None
