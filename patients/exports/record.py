"""What is known of one patient, as it goes out: the person, stays, and the versions of every fact by identity. Pure.

A fact is one resource, whatever number of versions it has: its name is that of its first version, so that a correction
replaces what another system has of it. The last version says what stands, or that nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.versions import CANCELLED, Version, in_standing_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who the record is about. `key`: what the installation calls the record."""

    key: str
    mrn: str
    family_name: str
    given_name: str
    family_kana: str = ""
    given_kana: str = ""
    sex: str = "unknown"
    birth_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay on a ward."""

    key: str
    ward: str
    bed: str
    admitted_at: datetime
    discharged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A version of a result without a value. `id`: its version, as a Snapshot names it; why: a code of `absence`."""

    id: str
    code: str
    why: str
    status: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingFact:
    """One fact as it goes out: `fact` as it is told last with content, its status, and how often it was told.

    silent: it has no value, and why; then `fact` has nothing but its times.
    """

    name: str
    fact: f.Fact
    status: str
    versions: int
    silent: Silent | None = None

    @property
    def withdrawn(self) -> bool:
        """Does it not stand any more?"""
        return self.status == CANCELLED


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything that is known of one patient at a moment."""

    person: Person
    zone: ZoneInfo
    versions: Sequence[Version]
    stays: Sequence[Stay] = ()
    silent: Mapping[str, Silent] = field(default_factory=dict)  # by the id of the version

    @cached_property
    def _histories(self) -> Mapping[str, list[Version]]:
        found: dict[str, list[Version]] = {}
        for x in self.versions:
            found.setdefault(x.identity, []).append(x)
        return {identity: sorted(history, key=lambda x: x.sequence) for identity, history in found.items()}

    @cached_property
    def facts(self) -> tuple[OutgoingFact, ...]:
        """Every fact once, by the time that it is about."""
        found = (self._told(history) for history in self._histories.values())
        return tuple(sorted((x for x in found if x is not None), key=lambda x: (x.fact.on, x.fact.known, x.fact.id)))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What a fact is called outside, by the id of any of its versions."""
        return {x.fact.id: name_of(history[0]) for history in self._histories.values() for x in history}

    @property
    def unreadable(self) -> int:
        """How many entries cannot be read, and so do not go out."""
        return sum(isinstance(in_standing_order(x)[-1].fact, f.Unreadable) for x in self._histories.values())

    def _silent(self, version: Version) -> Silent | None:
        """A version without a value: as it was stored, or as a document told it."""
        fact = version.fact
        if version.silent and isinstance(fact, f.Measurement):
            told = version.details["typed_value"]
            return Silent(id=fact.id, code=fact.code, why=told, status=version.status, name=fact.name or "")
        return self.silent.get(fact.id)

    def _told(self, history: Sequence[Version]) -> OutgoingFact | None:
        last = in_standing_order(history)[-1]
        name, silent = name_of(history[0]), self._silent(last)
        if silent is not None and last.status != CANCELLED:
            return OutgoingFact(name, last.fact, silent.status, len(history), silent)
        content = last if _says(last) else next(_told_with_content(history), None)
        if content is None or isinstance(last.fact, f.Unreadable):
            return None
        return OutgoingFact(name, content.fact, last.status, len(history))


def _told_with_content(history: Iterable[Version]) -> Iterator[Version]:
    return (x for x in reversed(list(history)) if _says(x))


def _says(version: Version) -> bool:
    return type(version.fact) in f.KIND_OF and not version.silent


def name_of(version: Version) -> str:
    """What a fact is called by its first version: "measurement-123"."""
    kind, _colon, number = version.fact.id.partition(":")
    return f"{kind}-{number.lstrip('0') or '0'}".replace("_", "-")
