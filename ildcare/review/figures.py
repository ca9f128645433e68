"""Figures of agreement: how often the chart was followed, and how long things took. Pure.

Each figure says of how many it is. Quartiles are those of the inclusive method (linear between neighbours). A thing
counts for the ward where its patient lay when it happened, and for nobody where the patient lay on none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import quantiles

from ildcare.review.delays import Delay
from ildcare.review.waiting import Wait
from monitoring.clock import EARLY, T1_DAYS, WEEK
from monitoring.levels import band_of, has_bands, in_band
from patients.clinical.drug_levels import Run, levelled_drugs, runs_of
from patients.clinical.regimen import StepStart, regimen_of
from patients.clinical.snapshot import Snapshot

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """A patient on a ward, for as long as it lies in the period."""

    patient: int
    ward: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A decision about a step: of whom, when, whether the chart was followed, why not ("" for no code)."""

    patient: int
    at: datetime
    followed: bool
    code: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that the chart came to, and how long it took."""

    patient: int
    delay: Delay


@dataclass(frozen=True, slots=True)
class Target:
    """A drug with levels that was begun: on which day, how many days later a level lay in its band (None: none did)."""

    patient: int
    drug: str
    start: date
    days: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """A judgement of improvement that was due on a day, and the day on which it came (None: not)."""

    patient: int
    day: date
    judged: date | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A case that was closed: of whom, when, what was agreed, and whether the first two people agreed at once."""

    patient: int
    at: datetime
    chart: str
    delay: str
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Everything that the figures of some wards and a period are made of."""

    stays: tuple[Stay, ...]
    decisions: tuple[Made, ...]
    begun: tuple[Begun, ...]
    targets: tuple[Target, ...]
    judgements: tuple[Due, ...]
    waits: tuple[Wait, ...]
    reviewed: tuple[Reviewed, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of `n` numbers; None where there is none."""

    n: int
    median: Decimal | None
    lower: Decimal | None
    upper: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its code and what it is about ("" or a code), a number of so many, or a spread in a unit."""

    code: str
    about: str = ""
    n: int = 0
    of: int | None = None
    spread: Spread | None = None


def spread(values: Iterable[int]) -> Spread:
    """Of whole numbers, exactly: quartiles of a single number are that number."""
    numbers = sorted(Decimal(x) for x in values)
    if not numbers:
        return Spread(0, None, None, None)
    if len(numbers) == 1:
        return Spread(1, numbers[0], numbers[0], numbers[0])
    lower, median, upper = quantiles(numbers, n=4, method="inclusive")
    return Spread(len(numbers), median, lower, upper)


def lines_of(read: Read, start: datetime, end: datetime, ward: int | None = None) -> list[Line]:
    """The figures of a ward (None: of all that were read) for what happened from one moment until another."""
    places = [x for x in read.stays if ward is None or x.ward == ward]
    here = _Here(places, start, end)
    return [
        *_decided(read.decisions, here),
        *_begun(read.begun, here),
        *_targets(read.targets, here),
        *_judged(read.judgements, here),
        *_answered(read.waits, here),
        *_reviewed(read.reviewed, here, {x.patient for x in places}),
    ]


class _Here:
    """Did something happen on the ward, in the period? Of a day any moment of it counts."""

    def __init__(self, stays: Iterable[Stay], start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.stays: dict[int, list[Stay]] = {}
        for x in stays:
            self.stays.setdefault(x.patient, []).append(x)

    def at(self, patient: int, moment: datetime) -> bool:
        within = self.start <= moment < self.end
        return within and any(x.start <= moment <= x.end for x in self.stays.get(patient, ()))

    def on(self, patient: int, day: date) -> bool:
        zone = self.start.tzinfo
        first, last = self.start.date(), (self.end - MINUTE).date()
        stays = ((x.start.astimezone(zone).date(), x.end.astimezone(zone).date()) for x in self.stays.get(patient, ()))
        return first <= day <= last and any(begun <= day <= ended for begun, ended in stays)


def _decided(decisions: Iterable[Made], here: _Here) -> Iterator[Line]:
    counted = [x for x in decisions if here.at(x.patient, x.at)]
    departed = [x for x in counted if not x.followed]
    yield Line("followed", n=len(counted) - len(departed), of=len(counted))
    yield Line("departed", n=len(departed), of=len(counted))
    for code, n in sorted(Counter(x.code for x in departed).items(), key=lambda x: (-x[1], x[0])):
        yield Line("departed_because", code, n=n, of=len(departed))


def _begun(begun: Iterable[Begun], here: _Here) -> Iterator[Line]:
    counted = [x.delay for x in begun if here.at(x.patient, x.delay.since)]
    timed = [x for x in counted if x.until is not None and not x.early]
    yield Line("to_start", spread=spread(int((x.until - x.since) / MINUTE) for x in timed if x.until is not None))
    yield Line("begun_before", n=sum(x.early for x in counted), of=len(counted))
    yield Line("not_begun", n=sum(x.until is None for x in counted), of=len(counted))


def _targets(targets: Iterable[Target], here: _Here) -> Iterator[Line]:
    counted = [x for x in targets if here.on(x.patient, x.start)]
    for drug in levelled_drugs():
        of_drug = [x for x in counted if x.drug == drug]
        if of_drug:
            yield Line("to_target", drug, spread=spread(x.days for x in of_drug if x.days is not None))
            yield Line("target_not_reached", drug, n=sum(x.days is None for x in of_drug), of=len(of_drug))


def _judged(judgements: Iterable[Due], here: _Here) -> Iterator[Line]:
    counted = [x for x in judgements if here.on(x.patient, x.day)]
    yield Line("judged_on_time", n=sum(x.judged is not None and x.judged <= x.day for x in counted), of=len(counted))
    yield Line("judged_late", n=sum(x.judged is not None and x.judged > x.day for x in counted), of=len(counted))
    yield Line("not_judged", n=sum(x.judged is None for x in counted), of=len(counted))


def _answered(waits: Iterable[Wait], here: _Here) -> Iterator[Line]:
    counted = [x for x in waits if here.at(x.patient, x.since)]
    answered = [x for x in counted if x.acknowledged]
    yield Line("to_answer", spread=spread(int((x.until - x.since) / MINUTE) for x in answered if x.until is not None))
    yield Line("not_answered", n=len(counted) - len(answered), of=len(counted))


def _reviewed(reviewed: Iterable[Reviewed], here: _Here, patients: set[int]) -> Iterator[Line]:
    """Cases are closed long after: they count for a ward where the patient lay there in the period."""
    counted = [x for x in reviewed if x.patient in patients and here.start <= x.at < here.end]
    yield Line("chart_right", n=sum(x.chart == "right" for x in counted), of=len(counted))
    yield Line("chart_wrong", n=sum(x.chart == "wrong" for x in counted), of=len(counted))
    yield Line("delay_avoidable", n=sum(x.delay == "avoidable" for x in counted), of=len(counted))
    yield Line("agreed_at_once", n=sum(x.at_once for x in counted), of=len(counted))


# -- out of a record --------------------------------------------------------------------------------------------------


def targets_of(patient: int, snapshot: Snapshot) -> Iterator[Target]:
    """Each time that a drug with levels was begun, or its route changed, and when a level first lay in its band."""
    for drug in levelled_drugs():
        if has_bands(drug, snapshot.treatments):
            for run in runs_of(drug, snapshot.treatments):
                yield Target(patient, drug, run.start, _days_to_target(run, snapshot))


def _days_to_target(run: Run, snapshot: Snapshot) -> int | None:
    last = run.stop
    for level in snapshot.series(run.drug):
        taken = level.on > run.courses[0].on and (last is None or level.day <= last + DAY)
        if not taken or level.route not in (None, "", run.route):
            continue
        band = band_of(level, snapshot.treatments, snapshot.settings.rules)
        if band is not None and in_band(level, band):
            return (level.day - run.start).days
    return None


def judgements_of(patient: int, snapshot: Snapshot) -> Iterator[Due]:
    """The first judgements of each step that was begun: T1 on days 14 and 28 [S], the others after a week [J].

    A step that another one followed by then asks for none. A judgement answers the day before which it comes by few
    days, as the treatment clock counts.
    """
    starts: tuple[StepStart, ...] = tuple(regimen_of(snapshot).starts)
    for number, start in enumerate(starts):
        following = starts[number + 1].day if number + 1 < len(starts) else None
        numbers = T1_DAYS if start.step == "T1" else (WEEK.days(snapshot),)
        for days in numbers if start.step != "observation" else ():
            due = start.day + timedelta(days=days)
            if due < snapshot.today and (following is None or following > due):
                yield Due(patient, due, _judged_on(snapshot, start, due, following))


def _judged_on(snapshot: Snapshot, start: StepStart, due: date, following: date | None) -> date | None:
    first = max(start.day + DAY, due - timedelta(days=EARLY.days(snapshot)))
    days = [x.day for x in snapshot.judgements if x.day >= first and (following is None or x.day <= following)]
    return min(days, default=None)
