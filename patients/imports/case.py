"""What a document of any format yields: the course of one patient, or every fault of the document. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple, Protocol

from patients.clinical import facts as f
from patients.clinical.bounds import FIRST_MOMENT
from patients.clinical.reasons import Reason, say
from patients.clinical.snapshot import Settings, Snapshot, freeze
from patients.clinical.unfolding import Unfolded
from patients.clinical.versions import Version, standing

SITE_ZONE = "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault (or warning). `event` counts from 1; None concerns the document as a whole."""

    event: int | None
    reason: Reason

    @property
    def message(self) -> str:
        """The sentence in English."""
        return say(self.reason)

    def __str__(self) -> str:
        return self.message if self.event is None else f"event {self.event}: {self.message}"


class CaseFaults(Exception):  # noqa: N818 - it carries the faults, not an error of the program
    """The document is refused as a whole; `faults` lists everything that is wrong with it, in its order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePatient:
    """The person of a case."""

    mrn: str
    family_name: str = ""
    given_name: str = ""
    family_kana: str = ""
    given_kana: str = ""
    sex: str = "unknown"
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One event of a document, counted from 1, as a version of a fact. `same`: does it say of which stored one?"""

    number: int
    version: Version
    same: bool = False


class Span(NamedTuple):
    """A fact and when it stood: from the moment its version was known, until (exclusive) the next one was."""

    fact: f.Fact
    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Did it stand at this moment?"""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, kw_only=True)
class Case:
    """The course of one patient out of a document without fault. `source` is what the document says of its origin;
    `format` the name of its format, under which its facts are stored; `warnings` what should be looked at."""

    patient: CasePatient
    source: str
    format: str
    events: tuple[CaseEvent, ...]
    warnings: tuple[Fault, ...] = ()
    zone: str = SITE_ZONE

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The versions of all events, in the order of the document."""
        return tuple(event.version for event in self.events)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Every fact with the time during which it stood, worked out once for all snapshots of the case."""
        histories: dict[str, list[Version]] = {}
        for version in self.versions:
            histories.setdefault(version.identity, []).append(version)
        return tuple(span for history in histories.values() for span in _spans(history))


class Parse(Protocol):
    """The case that a document tells, read at `now` by a site in `zone`. Raises CaseFaults with every fault."""

    def __call__(self, document: bytes, *, zone: str, now: datetime) -> Case:
        """Read the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of documents: its title (a message id), what files of it are called and carry as type, whether a
    document is one of them, and its parser."""

    title: str
    endings: tuple[str, ...]
    media_types: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    parse: Parse


def snapshot_of(case: Case, as_of: datetime, known_at: datetime, settings: Settings | None = None) -> Snapshot:
    """What was known of the case at `known_at` about times up to `as_of`."""
    return freeze(
        (span.fact for span in case.spans if span.covers(known_at)),
        as_of=as_of,
        known_at=known_at,
        zone=case.zone,
        sex=case.patient.sex,
        birth_date=case.patient.birth_date,
        settings=settings,
    )


def unfolded(case: Case, settings: Settings | None = None) -> Unfolded:
    """The record of the case, to be asked for its Snapshots at one moment after the other."""
    return Unfolded(snapshot_of(case, FIRST_MOMENT, FIRST_MOMENT, settings), case.versions)


def _spans(history: list[Version]) -> Iterator[Span]:
    moments = sorted({version.fact.known for version in history})
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        yield from (Span(fact, start, end) for fact in standing(history, start))
