"""The first lines of a table as they would be taken: facts, questions and refusals in words. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils import timezone

from ildcare.exchange.table_reading import body_of, table_of
from patients.code_maps import site_map
from patients.fact_words import line_of
from patients.imports.delivery import Taken, deliveries
from patients.imports.observation import SentPerson
from patients.imports.table_map import TableMap
from patients.imports.table_parts import PersonPart, part_document, parted, report_in
from patients.imports.table_text import ENCODINGS, Table
from patients.imports.tables import COLUMNS, Cells, person_of
from patients.models import ASKING, PartState, Patient, TableFile, User
from patients.queries import site_zone
from patients.result_words import name_of_test, without_value_text
from patients.sent_persons import whose
from patients.wording import render, short_moment, translated

MOST = 50  # lines that are shown


@dataclass(slots=True, kw_only=True)
class PreviewLine:
    """A line as it would be taken. `patient`: whose record it goes to, if the reader may see him; `state`: whether it
    goes to a record, as storing says it; `unread`: nothing of it would be taken; `notes`: what stands beside facts."""

    number: int
    mrn: str = ""
    name: str = ""
    patient: Patient | None = None
    state: str = ""
    unread: bool = False
    when: str = ""
    facts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Does it go to a record?"""
        return self.state == PartState.TAKEN

    @property
    def question(self) -> str:
        """Why a person has to say whose it is, in words; "" where nobody has to."""
        return str(PartState(self.state).label) if self.state in ASKING else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first lines, how many there are at all, and how the text was read."""

    lines: tuple[PreviewLine, ...]
    total: int
    table: Table

    @property
    def encoding(self) -> str:
        """How the text was read, in words."""
        return translated(ENCODINGS[self.table.encoding].name) if self.table.encoding else ""

    @property
    def facts(self) -> int:
        """Facts that the lines which are shown would bring."""
        return sum(len(x.facts) for x in self.lines if x.taken)

    @property
    def questions(self) -> int:
        """Results of the same that would wait for a person."""
        return sum(len(x.questions) for x in self.lines if x.taken)

    @property
    def asking(self) -> int:
        """Persons of the same of whom somebody has to say who they are, before anything of them is taken."""
        return len({x.mrn for x in self.lines if x.state in ASKING})

    @property
    def strangers(self) -> int:
        """Persons of the same whose number nobody here has: their lines are kept until it is registered."""
        return len({x.mrn for x in self.lines if x.state == PartState.UNKNOWN})

    @property
    def refused(self) -> int:
        """Lines of the same that would be refused, or some cells of them."""
        return sum(bool(x.refusals) for x in self.lines)

    @property
    def patients(self) -> tuple[Patient, ...]:
        """Whose records the lines are for."""
        return tuple({x.patient.pk: x.patient for x in self.lines if x.patient}.values())


def preview_of(file: TableFile, of: TableMap, reader: User) -> Preview:
    """The preview of a file by a mapping. Raises CaseFaults."""
    table = table_of(body_of(file), of)
    below = list(table.below(of.header))
    shown = {number for number, _cells in below[:MOST]}
    first = tuple(x for x in table.lines if x[0] <= of.header or x[0] in shown)
    found = _Reading(replace(table, lines=first), of, reader)
    return Preview(lines=tuple(found.lines()), total=len(below), table=table)


class _Reading:
    def __init__(self, table: Table, of: TableMap, reader: User) -> None:
        self.zone, self.reader, self.codes = site_zone(), reader, site_map()
        self.parted = parted(table, of, zone=self.zone)
        self.of = of
        self.rows = {number: PreviewLine(number=number) for number, _cells in table.below(of.header)}

    def lines(self) -> Iterator[PreviewLine]:
        for part in self.parted.people:
            self._part(part)
        places = self.of.places(self.parted.heads)
        for x in self.parted.refused:
            row, cells = self.rows[x.line.number], Cells(x.line.cells, places)
            row.refusals += [render(why) for why in x.why]
            row.mrn, row.name = row.mrn or cells["mrn"], row.name or _name(person_of(cells, self.of))
            row.unread = x.whole
        yield from self.rows.values()

    def _part(self, part: PersonPart) -> None:
        found = whose(part.person, looking=True)
        patient = found.patient if found.patient is not None and self._is_seen(found.patient) else None
        for line in part.lines:
            row = self.rows[line.number]
            row.mrn, row.name, row.patient, row.state = part.person.mrn, _name(part.person), patient, found.state
        told = [report_in(part_document(part, self.parted.heads, self.of), zone=self.zone)]
        for delivery in deliveries(told, self.codes, zone=self.zone, now=timezone.now()):
            for taken in delivery.taken:
                row = self._row(part, taken.event.observation.number)
                row.facts.append(_silent(taken) if taken.silent else line_of(taken.version.fact))
                row.notes += [render(why) for why in taken.warnings]
                row.when = row.when or short_moment(taken.version.fact.on)
            for held in delivery.held:
                called = held.observation.name or held.observation.code
                said = f"{called} {held.observation.text} {held.observation.unit}".strip()
                self._row(part, held.observation.number).questions.append(f"{said}: {render(held.why)}")

    def _row(self, part: PersonPart, number: int) -> PreviewLine:
        place = number // COLUMNS if number >= COLUMNS else number
        return self.rows[part.lines[place - 1].number]

    def _is_seen(self, patient: Patient) -> bool:
        return Patient.objects.visible_to(self.reader).filter(pk=patient.pk).exists()


def _name(person: SentPerson) -> str:
    told = [person.family_name, person.given_name] if person.family_name else [person.family_kana, person.given_kana]
    return " ".join(x for x in told if x)


def _silent(taken: Taken) -> str:
    """A result without a value, and why."""
    return f"{name_of_test(taken.event.target)} {without_value_text(taken.event.content['absent'])}"
