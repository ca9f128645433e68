"""What a merge would do with each fact of the record that is given up: copy it, or leave it because the kept record has
the same; and where the two contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.at_odds import SAID_ONCE, at_odds
from patients.clinical.repetition import says_the_same
from patients.clinical.versions import Version
from patients.merged import kinds_with_rows
from patients.models import FACT_TABLES, CareTask, Fact, JudgementOwner, Measurement, Patient, Status, standing_row
from patients.rows import version_of_row

Nearness = tuple[str, str | datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One fact of a record: its versions, oldest first, and the one that stands as a fact (None: cancelled, or no
    value, or not to be read)."""

    kind: str
    identity: str
    rows: tuple[Fact, ...]
    standing: Fact
    fact: f.Fact | None

    @property
    def stands(self) -> bool:
        """Is it not cancelled?"""
        return self.standing.status != Status.CANCELLED

    @property
    def silent(self) -> bool:
        """A result without a value that stands."""
        return self.stands and isinstance(self.standing, Measurement) and self.standing.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the facts of the record that is given up.

    copied; doubled: with what the kept record has of it; unreadable: entries that stay behind because they cannot be
    read; conflicts: two facts, one of each record, that do not go together, and both stand afterwards.
    """

    copied: tuple[Held, ...] = ()
    doubled: tuple[tuple[Held, Held], ...] = ()
    unreadable: tuple[Held, ...] = ()
    conflicts: tuple[tuple[Held, Held], ...] = ()

    @property
    def carried(self) -> int:
        """How many facts that stand the kept record gets."""
        return sum(x.stands for x in self.copied)


def held_by(patient: Patient, zone: ZoneInfo) -> list[Held]:
    """Every fact of a record, in one query a kind that it has."""
    found: list[Held] = []
    everything = {kind: table._default_manager.filter(patient=patient) for kind, table in FACT_TABLES.items()}
    for kind in kinds_with_rows(everything):
        histories: dict[str, list[Fact]] = {}
        for row in everything[kind].order_by("version"):
            histories.setdefault(row.identity, []).append(row)
        found += [_held(kind, identity, rows, zone) for identity, rows in histories.items()]
    return found


def _held(kind: str, identity: str, rows: Sequence[Fact], zone: ZoneInfo) -> Held:
    stands = standing_row(rows)
    version = version_of_row(stands, zone)
    fact = None if version.cancelled or isinstance(version.fact, f.Unreadable) else version.fact
    return Held(kind=kind, identity=identity, rows=tuple(rows), standing=stands, fact=fact)


def plan_of(kept: Patient, absorbed: Patient, zone: ZoneInfo) -> Plan:
    """What a merge would do."""
    there = _near(held_by(kept, zone))
    copied: list[Held] = []
    doubled: list[tuple[Held, Held]] = []
    unreadable: list[Held] = []
    for held in held_by(absorbed, zone):
        same = next((x for x in there.get(_nearness(held), ()) if _same(x, held)), None)
        if _cannot_be_copied(held, zone):
            unreadable.append(held)
        elif same is not None:
            doubled.append((held, same))
        else:
            copied.append(held)
    conflicts = tuple(
        (mine, other)
        for other in copied
        for mine in there.get(_nearness(other), ())
        if mine.fact is not None and other.fact is not None and at_odds(mine.fact, other.fact)
    )
    return Plan(copied=tuple(copied), doubled=tuple(doubled), unreadable=tuple(unreadable), conflicts=conflicts)


def _near(held: Iterable[Held]) -> dict[Nearness, list[Held]]:
    """The facts among which one that says the same, or contradicts, can be: a long record is looked through once."""
    near: dict[Nearness, list[Held]] = {}
    for x in held:
        near.setdefault(_nearness(x), []).append(x)
    return near


def _nearness(held: Held) -> Nearness:
    """The drug of a treatment; of what a record says once, its kind; the time of anything else."""
    if isinstance(held.fact, f.Treatment):
        return held.kind, held.fact.drug
    return held.kind, "" if isinstance(held.fact, SAID_ONCE) else held.standing.on


def _cannot_be_copied(held: Held, zone: ZoneInfo) -> bool:
    """Does the version that stands say what no table takes today?"""
    return held.stands and isinstance(version_of_row(held.standing, zone).fact, f.Unreadable)


def readable_rows(held: Held, zone: ZoneInfo) -> list[Fact]:
    """The versions that can be copied."""
    versions: Iterable[tuple[Fact, Version]] = ((row, version_of_row(row, zone)) for row in held.rows)
    return [row for row, version in versions if not isinstance(version.fact, f.Unreadable)]


def _same(mine: Held, other: Held) -> bool:
    if mine.kind != other.kind:
        return False
    if mine.silent and other.silent:
        return _result_without_value(mine.standing) == _result_without_value(other.standing)
    if mine.fact is None or other.fact is None:
        return False
    return says_the_same(mine.fact, other.fact)


def _result_without_value(row: Fact) -> tuple[object, ...]:
    assert isinstance(row, Measurement)
    return row.code, row.name, row.on, row.typed_value


def tasks_to_copy(kept: Patient, absorbed: Patient) -> Iterator[CareTask]:
    """The open tasks of the record that is given up, but for those that the kept one has too."""
    known: set[tuple[str, date]] = {(x.text, x.due) for x in CareTask.objects.open().filter(patient=kept)}
    for task in CareTask.objects.open().filter(patient=absorbed).order_by("pk"):
        if (task.text, task.due) not in known:
            yield task


def owners_to_copy(kept: Patient, absorbed: Patient) -> Iterator[JudgementOwner]:
    """Who is to judge in the record that is given up, but for the judgements for which the kept one names somebody."""
    known = set(JudgementOwner.objects.filter(patient=kept).values_list("step", "due"))
    for row in JudgementOwner.objects.filter(patient=absorbed).order_by("pk"):
        if (row.step, row.due) not in known:
            yield row
