"""What a simulated year asked of its ward: cards a patient-day, what was told in time, what was told twice. Pure.

The cards are counted by `monitoring.fatigue`, as in the report of a real ward.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.year.record import day_of
from benchmarks.year.troubles import Trouble
from benchmarks.year.unit import ZONE, Told
from benchmarks.year.walk import Episode, Walked
from monitoring.engine import Group, Severity
from monitoring.fatigue import (
    ASKING,
    FIRST_HOURS,
    OPENED,
    REPEATED_WITHIN,
    Fatigue,
    Happened,
    Stay,
    fatigue,
)
from monitoring.lifecycle import CLOSING, SAME_EPISODE_WITHIN
from monitoring.rules import RULES, group_of

AIM = 0.6  # cards a patient-day outside the first 48 hours
SITE = ZoneInfo(ZONE)
CLOSED = frozenset(map(str, CLOSING))
MOST = 10  # rules that weigh most


class Card(NamedTuple):
    """One question to the ward: what asked on one card at one moment."""

    patient: int
    group: Group
    at: datetime
    asking: tuple[Happened, ...]
    settled: bool  # outside the first 48 hours of a stay

    @property
    def severity(self) -> Severity:
        """The gravest of what asked."""
        return Severity(max(x.severity for x in self.asking))

    @property
    def rules(self) -> tuple[str, ...]:
        """What asked, each once."""
        return tuple(dict.fromkeys(x.rule for x in self.asking))


class Again(NamedTuple):
    """A critical alert that was opened again; `after`: how long after it had closed."""

    first: Happened
    second: Happened
    after: timedelta


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Was a planted trouble told before the ward noticed by itself? lead: hours between; by: what told it first.

    stood: an alert that would tell it was open already, of what was there before, and stayed open.
    """

    trouble: Trouble
    lead: float | None
    by: str = ""
    stood: str = ""

    @property
    def told(self) -> bool:
        """Whether a card asked in time."""
        return self.lead is not None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of a year. weights: cards of each rule outside the first 48 hours, a card with several rules shared among them;
    unplanted: the same of cards for which no planted trouble stands. twice: critical alerts that came again for one
    cause; again: those that came again within days for another."""

    load: Fatigue
    cards: tuple[Card, ...]
    answers: tuple[Answer, ...]
    twice: tuple[Again, ...]
    again: tuple[Again, ...]
    weights: dict[str, float]
    unplanted: dict[str, float]
    silent: tuple[str, ...]
    fired: dict[str, int]

    @property
    def missed(self) -> tuple[Answer, ...]:
        """Planted troubles of which no card asked in time and none stood open."""
        return tuple(x for x in self.answers if not x.told and not x.stood)


def figures(told: Sequence[Told], walks: Sequence[Walked], start: datetime, end: datetime) -> Figures:
    """The figures of the time between two moments."""
    stays = [
        Stay(x.person.number, begun, max(start, begun), min(end, gone))
        for x in told
        for begun, gone in x.stays
        if begun < end and gone > start
    ]
    here = defaultdict(list)
    for stay in stays:
        here[stay.patient].append(stay)
    everything = sorted((y for x in walks for y in x.events), key=lambda x: x.at)
    events = [x for x in everything if any(y.start <= x.at < y.end for y in here[x.patient])]
    cards = tuple(_cards(events, here))
    troubles = [x for y in told for x in y.troubles]
    settled = [x for x in cards if x.settled]
    again = list(_again(events))
    fired = Counter(x.rule for x in everything if x.kind == OPENED)
    return Figures(
        load=fatigue(events, stays, {}),
        cards=cards,
        answers=tuple(_answers(troubles, everything, _episodes(told, walks), start, end)),
        twice=tuple(x for x in again if _of_one_cause(x, troubles)),
        again=tuple(x for x in again if not _of_one_cause(x, troubles)),
        weights=_weights(settled),
        unplanted=_weights([x for x in settled if not any(_explains(y, x) for y in troubles)]),
        silent=tuple(x.code for x in RULES if x.code not in fired),
        fired=dict(fired),
    )


def _cards(events: Sequence[Happened], here: dict[int, list[Stay]]) -> Iterator[Card]:
    asked: dict[tuple[int, Group, datetime], list[Happened]] = defaultdict(list)
    for x in events:
        if x.kind in ASKING:
            asked[x.patient, group_of(x.rule), x.at].append(x)
    for (patient, group, at), asking in asked.items():
        early = any(timedelta() <= at - x.begun < FIRST_HOURS for x in here[patient])
        yield Card(patient, group, at, tuple(asking), not early)


def _weights(cards: Sequence[Card]) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for card in cards:
        for rule in card.rules:
            weights[rule] += 1 / len(card.rules)
    return dict(sorted(weights.items(), key=lambda x: -x[1]))


def _explains(trouble: Trouble, card: Card) -> bool:
    """Does a planted trouble stand for what a card asks?"""
    day = card.at.astimezone(SITE).date()
    if trouble.patient != card.patient or not day_of(trouble.begins) <= day <= day_of(trouble.ends):
        return False
    return any(x in trouble.told_by or x in trouble.besides for x in card.rules)


def _episodes(told: Sequence[Told], walks: Sequence[Walked]) -> dict[int, list[Episode]]:
    return {x.person.number: walk.episodes for x, walk in zip(told, walks, strict=True)}


def _stood(episodes: Sequence[Episode], rules: Sequence[str], begun: datetime, until: datetime) -> str:
    """The rule of an alert that was open before and is still open then."""
    open_then = (
        x.rule
        for x in episodes
        if x.rule in rules and x.severity >= Severity.WARNING and x.opened_at < begun
        if x.closed_at is None or x.closed_at >= until
    )
    return next(open_then, "")


def _answers(
    troubles: Sequence[Trouble],
    events: Sequence[Happened],
    episodes: dict[int, list[Episode]],
    start: datetime,
    end: datetime,
) -> Iterator[Answer]:
    by_patient: dict[int, list[Happened]] = defaultdict(list)
    for x in events:
        by_patient[x.patient].append(x)
    for trouble in troubles:
        if trouble.escalation is None:
            continue
        escalation = trouble.escalation.replace(tzinfo=SITE)
        if not start <= escalation < end:
            continue
        begun = datetime.combine(day_of(trouble.begins), datetime.min.time(), SITE)
        first = next(
            (
                x
                for x in by_patient[trouble.patient]
                if x.kind in ASKING and x.rule in trouble.told_by and begun <= x.at < escalation
                if x.severity >= Severity.WARNING
            ),
            None,
        )
        lead = None if first is None else (escalation - first.at) / timedelta(hours=1)
        stood = _stood(episodes[trouble.patient], trouble.told_by, begun, escalation) if first is None else ""
        yield Answer(trouble=trouble, lead=lead, by="" if first is None else first.rule, stood=stood)


def _again(events: Sequence[Happened]) -> Iterator[Again]:
    """Of one patient, rule and subject an alert that was opened critical again within days of the last one."""
    last: dict[tuple[int, str, str], Happened] = {}
    closed: dict[tuple[int, str, str], datetime] = {}
    for x in events:
        key = (x.patient, x.rule, x.subject)
        if x.kind in CLOSED:
            closed[key] = x.at
        if x.kind == OPENED and x.severity == Severity.CRITICAL:
            before = last.get(key)
            if before is not None and x.at - before.at <= REPEATED_WITHIN:
                yield Again(before, x, x.at - closed.get(key, before.at))
            last[key] = x


def _of_one_cause(again: Again, troubles: Sequence[Trouble]) -> bool:
    """Back within the hours of one episode, or while the same planted trouble stands."""
    x = again.second
    if again.after <= SAME_EPISODE_WITHIN:
        return True
    days = [y.at.astimezone(SITE).date() for y in (again.first, x)]
    return any(
        y.patient == x.patient and x.rule in y.told_by and day_of(y.begins) <= min(days) and max(days) <= day_of(y.ends)
        for y in troubles
    )


# -- in words ---------------------------------------------------------------------------------------------------------


def written(f: Figures) -> str:
    """The figures for a reader."""
    return "\n".join((*_loads(f), "", *_heaviest(f), "", *_troubles(f), "", *_repeated(f), "", *_silence(f)))


def _loads(f: Figures) -> Iterator[str]:
    load = f.load
    yield f"patient-days {load.days:.0f}, outside the first 48 hours {load.settled_days:.0f}"
    every, settled_only = load.a_day or 0, load.settled_a_day or 0
    yield f"cards a patient-day {every:.2f}, outside the first 48 hours {settled_only:.2f} (aim {AIM})"
    settled = Counter(x.severity for x in f.cards if x.settled)
    told = ", ".join(f"{x.label} {settled[x] / load.settled_days:.3f}" for x in reversed(Severity))
    yield f"outside the first 48 hours by the gravest that asked: {told}"
    grave = sum(settled[x] for x in (Severity.CRITICAL, Severity.WARNING)) / load.settled_days
    yield f"of these warning and critical together: {grave:.2f}"
    groups = Counter(x.group for x in f.cards if x.settled)
    yield "by card: " + ", ".join(f"{k} {v / load.settled_days:.3f}" for k, v in groups.most_common())


def _heaviest(f: Figures) -> Iterator[str]:
    days = f.load.settled_days
    yield "rules by cards a patient-day outside the first 48 hours (in brackets: without a planted trouble)"
    for rule, weight in f.weights.items():
        by_severity = Counter(
            Severity(max(y.severity for y in x.asking if y.rule == rule)).label
            for x in f.cards
            if x.settled and rule in x.rules
        )
        told = ", ".join(f"{k} {v}" for k, v in sorted(by_severity.items()))
        yield f"  {rule:28} {weight / days:.4f} ({f.unplanted.get(rule, 0) / days:.4f})  {told}"


def _troubles(f: Figures) -> Iterator[str]:
    told, stood = sum(x.told for x in f.answers), sum(bool(x.stood) for x in f.answers)
    counts = f"told before: {told}; a card stood open: {stood}; missed: {len(f.missed)}"
    yield f"planted and escalated: {len(f.answers)}; {counts}"
    kinds: dict[str, list[Answer]] = defaultdict(list)
    for x in f.answers:
        kinds[x.trouble.kind].append(x)
    for kind, answers in sorted(kinds.items()):
        leads = [x.lead for x in answers if x.lead is not None]
        by = Counter(x.by for x in answers if x.by).most_common(3)
        counted = f"{len(leads)} of {len(answers)}"
        hours = f"median {median(leads):.0f} h before, least {min(leads):.0f} h" if leads else "never"
        grave = [sum(c.severity == Severity.CRITICAL and _explains(x.trouble, c) for c in f.cards) for x in answers]
        hours += f"; critical cards each {median(grave):.0f}, most {max(grave)}"
        yield f"  {kind:32} {counted:10} {hours}; by {', '.join(f'{k} {v}' for k, v in by)}"
    for x in f.missed:
        y = x.trouble
        yield f"  missed: {y.kind}, patient {y.patient}, {y.noticed} {y.escalation:%Y-%m-%d %H:%M}"


def _repeated(f: Figures) -> Iterator[str]:
    yield f"critical alerts that came twice for one cause: {len(f.twice)}"
    yield from map(_line, f.twice)
    yield f"critical alerts that came again within {REPEATED_WITHIN.days} days for another: {len(f.again)}"
    yield from map(_line, f.again)


def _line(x: Again) -> str:
    times = f"{x.first.at:%Y-%m-%d %H:%M} and {x.second.at:%Y-%m-%d %H:%M} UTC"
    hours = x.after / timedelta(hours=1)
    return f"  patient {x.second.patient}: {x.second.rule} {x.second.subject} {times}, {hours:.0f} h after it closed"


def _silence(f: Figures) -> Iterator[str]:
    yield f"rules that never spoke: {', '.join(f.silent) or 'none'}"
    yield "opened: " + ", ".join(f"{k} {v}" for k, v in sorted(f.fired.items(), key=lambda x: -x[1]))
