"""What a machine's document delivers, by person: versions of facts, what waits for somebody, what was withdrawn. Pure.

Every result goes through the reader of case files, so that limits, units, needs and doubts are one for all senders; but
here a fault keeps its own result back, and the others are taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from patients.clinical.bounds import Outside
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.versions import CANCELLED, Version
from patients.imports.case import CaseEvent
from patients.imports.case_file import EventReading
from patients.imports.case_treatments import marked_doses
from patients.imports.code_map import CodeMap
from patients.imports.fields import SAID_OF
from patients.imports.observation import Observation, Report, SentPerson
from patients.imports.record_numbers import Rule, with_merged, with_numbers
from patients.imports.understanding import NO_TIME, TREATMENT, Event, Held, Understood, understood

FAULT = "value"  # the kind of question when the reader refuses a value
TWO_RESULTS = _("its sender tells two results of this order, test and time apart (%(one)s, %(other)s): do both hold?")
IMPOSSIBLE = {  # of the time of a sample, which no sender calls "on"
    SAID_OF[Outside.BEFORE_BIRTH]: _("the time of the sample lies before the birth date: check the year"),
    SAID_OF[Outside.IN_FUTURE]: _("the time of the sample has not come yet: check the day"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A result that became a version of a fact, with what should be looked at."""

    event: Event
    version: Version
    warnings: tuple[Reason, ...] = ()

    @property
    def silent(self) -> bool:
        """Is it a result without a value?"""
        return self.version.silent

    @property
    def withdraws(self) -> bool:
        """Does it take a result back?"""
        return self.version.status == CANCELLED


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a report delivers about one person.

    unsaid: withdrawals of results that this document does not tell, and that have nothing to withdraw them by but the
    id; told_before: results that say nothing that the document did not say before.
    """

    report: Report
    taken: tuple[Taken, ...] = ()
    held: tuple[Held, ...] = ()
    unsaid: tuple[Event, ...] = ()
    left_out: tuple[Observation, ...] = ()
    to_come: tuple[Observation, ...] = ()
    said_before: tuple[Event, ...] = ()
    versions: tuple[Version, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "versions", tuple(x.version for x in self.taken))


Answers = Mapping[tuple[int, int], Mapping[str, str]]


def deliveries(
    reports: Sequence[tuple[Report, bool]],
    codes: CodeMap,
    *,
    zone: ZoneInfo,
    now: datetime,
    answers: Answers | None = None,
    authorities: Sequence[str] = (),
) -> Iterator[Delivery]:
    """What reports deliver, read at `now` by a site in `zone`. Each comes with whether its source writes 1,679 for
    1679.

    `answers`: what people said of results that waited, by the place of the report (from 1) and the number of the
    result, as keys of an event; `authorities`: whose numbers are record numbers of this hospital.
    """
    rule = Rule(tuple(authorities), now.astimezone(zone).date())
    for place, (sent, thousands) in enumerate(reports, start=1):
        movement = with_merged(sent.movement, rule) if sent.movement is not None else None
        report = replace(sent, person=with_numbers(sent.person, rule), movement=movement)
        said = {number: x for (part, number), x in (answers or {}).items() if part == place}
        meant = understood(report, codes, thousands=thousands, answers=said, zone=zone)
        yield _delivery(report, meant, zone, now)


def _delivery(report: Report, meant: Understood, zone: ZoneInfo, now: datetime) -> Delivery:
    reading = EventReading(zone, now, born_on(report.person))
    taken: dict[int, Taken] = {}
    held, unsaid, told_before = list(meant.held), list[Event](), list[Event]()
    apart = _are_two_results(meant.events)
    for number, event in enumerate(meant.events, start=1):
        if id(event) in apart:
            held.append(two_results(event, apart[id(event)]))
            continue
        before = len(reading.events), len(reading.faults), len(reading.warnings)
        reading.take(number, event.content)
        faults = reading.faults[before[1] :]
        warnings = tuple(x.reason for x in reading.warnings[before[2] :])
        if len(reading.events) > before[0]:
            taken[number] = Taken(event, reading.events[-1].version, warnings)
        elif event.content["status"] == CANCELLED and event.target != TREATMENT:
            unsaid.append(event)
        elif faults:
            kind, why = _question(faults[0].reason)
            held.append(Held(observation=event.observation, kind=kind, why=why, target=event.target))
        else:
            told_before.append(event)
    return Delivery(
        report=report,
        taken=tuple(_with_marks(taken, reading.events)),
        held=tuple(sorted(held, key=lambda x: x.observation.number)),
        unsaid=tuple(unsaid),
        left_out=meant.left_out,
        to_come=meant.to_come,
        said_before=tuple(told_before),
    )


def _with_marks(taken: Mapping[int, Taken], events: Sequence[CaseEvent]) -> Iterator[Taken]:
    """With what is unusual in a dose: it is taken as it is, as out of a file, and marked (12 (57), 13 (91))."""
    marks: dict[int, list[Reason]] = {}
    for x in marked_doses(events):
        marks.setdefault(x.event or 0, []).append(x.reason)
    for number, one in taken.items():
        yield replace(one, warnings=(*one.warnings, *marks.get(number, ())))


def _are_two_results(events: Sequence[Event]) -> dict[int, str]:
    """Of one order, test and time results that their sender tells apart and that say something else: by event how the
    other one is called."""
    named: dict[tuple[str, ...], list[Event]] = {}
    for event in events:
        content = event.content
        if content.get("id") and content["status"] != CANCELLED:
            key = (content["kind"], content.get("code", ""), content["id"], content["on"])
            named.setdefault(key, []).append(event)
    found = {}
    for rows in named.values():
        for event in rows:
            others = [x for x in rows if x.observation.sub != event.observation.sub and not _say_the_same(x, event)]
            if others:
                found[id(event)] = others[0].observation.sub
    return found


def _say_the_same(one: Event, other: Event) -> bool:
    """Whatever a sender calls them: have two results the same content?"""
    return {**one.content, "status": ""} == {**other.content, "status": ""}


def two_results(event: Event, other: str) -> Held:
    """The question about a result beside another one of its order, test and time."""
    own = event.observation.sub
    why = reason(TWO_RESULTS, one=own or "-", other=other or "-")
    return Held(observation=event.observation, kind=FAULT, why=why, target=event.target)


def _question(fault: Reason) -> tuple[str, Reason]:
    """What is asked where the reader refuses an event: when the sample was taken, or what is right of the value."""
    about = dict(fault.parts).get("key")
    time = IMPOSSIBLE.get(fault.message) if about == "on" else None
    return (NO_TIME, reason(time)) if time else (FAULT, fault)


def born_on(person: SentPerson) -> date | None:
    """The birth date that was sent; None for none, or a day that no calendar has."""
    return day_of(person.birth_date)


def day_of(text: str) -> date | None:
    """A day as a sent person carries it (ISO); None for none, or one that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
