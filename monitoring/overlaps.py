"""When two interacting drugs act at the same time: runs of what is given, overlaps, levels that they ask for. Pure.

Source: specification 13 (68), (105): every course counts, whatever it is given for and however long; an overlap lasts
from the first common day until the effect of the interacting drug is over. A drug outside the catalogue whose name
means one of it is read as that one: 13 (85). Several effects of the table: `monitoring.interactions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from monitoring.interactions import (
    LASTS,
    NOT_ABSORBED,
    OF_ONE_DOSE,
    ONLY_ON,
    TABLE,
    Effect,
)
from patients.clinical.courses import last_day
from patients.clinical.drug_levels import is_level
from patients.clinical.drug_naming import code_of
from patients.clinical.facts import Treatment
from patients.clinical.snapshot import Snapshot, once

DAY = timedelta(days=1)
GC = "gc"


class DrugRun(NamedTuple):
    """A drug in one run without a day between; `last` is None while it goes on. `known`: from when it was known."""

    drug: str
    first: date
    last: date | None
    known: datetime
    courses: tuple[Treatment, ...]

    def over(self, day: date) -> bool:
        """Was the last dose given before this day?"""
        return self.last is not None and day > self.last


class RequestedTest(NamedTuple):
    """A level asked for on a day, because an interacting drug began or was stopped on another."""

    since: date
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """An interacting drug and its partner: acting together from `start` to `end` (None: both go on). `asks`: days after
    start and stop on which the effect asks for a level."""

    effect: Effect
    drug: DrugRun
    partner: DrugRun
    start: date
    end: date | None
    asks: tuple[int, int] | None

    def over(self, day: date) -> bool:
        """Is the effect over on this day?"""
        return self.end is not None and day > self.end

    @property
    def known(self) -> datetime:
        """When both were known."""
        return max(self.drug.known, self.partner.known)

    @property
    def level_days(self) -> tuple[RequestedTest, ...]:
        """Days on which a level of the partner is asked for: after the start, and after the stop while it runs on."""
        if self.asks is None or not is_level(self.partner.drug):
            return ()
        after_start, after_stop = self.asks
        days = [RequestedTest(self.start, self.start + timedelta(days=after_start))]
        stop = self.drug.last
        if stop is not None and stop >= self.start:
            days.append(RequestedTest(stop, stop + timedelta(days=after_stop)))
        return tuple(x for x in days if not self.partner.over(x.day))


@once
def drug_runs(snapshot: Snapshot) -> dict[str, tuple[DrugRun, ...]]:
    """What is or was given, by drug, in runs; other glucocorticoids than prednisolone also by their own name.

    Glucocorticoid for another disease is no partner: what weakens it is no matter of the lung (13 (105)).
    """
    courses: dict[str, list[Treatment]] = {}
    for x in snapshot.treatments:
        for code in _codes(x):
            if (code, x.route) not in NOT_ABSORBED and not (code == GC and x.indication == "other"):
                courses.setdefault(code, []).append(x)
    return {code: tuple(_runs(code, overlap)) for code, overlap in courses.items()}


def _codes(treatment: Treatment) -> tuple[str, ...]:
    code = code_of(treatment)
    if code == "gc_pulse" and treatment.name is None:
        return (code, "methylprednisolone")
    return (code, treatment.name) if code in ("gc", "gc_pulse") and treatment.name else (code,)


def _runs(code: str, courses: list[Treatment]) -> Iterator[DrugRun]:
    run: list[Treatment] = []
    last: date | None = None
    for x in courses:
        if run and last is not None and x.day > last + DAY:
            yield _run(code, run, last)
            run = []
        end = _end(code, x)
        last = end if not run else None if last is None or end is None else max(last, end)
        run.append(x)
    if run:
        yield _run(code, run, last)


def _run(code: str, courses: list[Treatment], last: date | None) -> DrugRun:
    first = courses[0]
    return DrugRun(code, first.day, last, max(first.on, first.first_known), tuple(courses))


def _end(code: str, x: Treatment) -> date | None:
    if code in OF_ONE_DOSE:
        covered = x.day + timedelta(days=OF_ONE_DOSE[code])
        return max(covered, x.stop) if x.stop else covered
    return last_day(x)


@once
def overlaps(snapshot: Snapshot) -> tuple[Overlap, ...]:
    """Of each effect of each drug on each partner the overlap that began last, in the order of the table."""
    runs = drug_runs(snapshot)
    return tuple(
        overlap
        for drug in TABLE
        if drug in runs
        for effect in TABLE[drug]
        for partner in effect.partners
        if partner in runs and ONLY_ON.get(drug, partner) == partner
        if (overlap := _last_overlap(snapshot, effect, runs[drug], runs[partner])) is not None
    )


def _last_overlap(
    snapshot: Snapshot, effect: Effect, drugs: tuple[DrugRun, ...], partners: tuple[DrugRun, ...]
) -> Overlap | None:
    overlap: Overlap | None = None
    asks = (effect.level[0].days(snapshot), effect.level[1].days(snapshot)) if effect.level is not None else None
    for drug in drugs:
        lasts = LASTS.get(drug.drug, effect.lasts)
        days = lasts.days(snapshot) if lasts is not None else 0
        acts = None if drug.last is None else drug.last + timedelta(days=days)
        for partner in partners:
            start = max(drug.first, partner.first)
            ends = [x for x in (acts, partner.last) if x is not None]
            end = min(ends) if ends else None
            if (end is None or start <= end) and (overlap is None or start >= overlap.start):
                overlap = Overlap(effect=effect, drug=drug, partner=partner, start=start, end=end, asks=asks)
    return overlap


def requested_levels(snapshot: Snapshot, drug: str) -> tuple[RequestedTest, ...]:
    """Days on which starts and stops of interacting drugs ask for a level of a drug."""
    return tuple(x for overlap in overlaps(snapshot) if overlap.partner.drug == drug for x in overlap.level_days)


def requested_potassium(snapshot: Snapshot, drug: str) -> tuple[RequestedTest, ...]:
    """Days on which potassium is asked for, because a drug that raises it was begun beside a partner that goes on."""
    today = snapshot.today
    return tuple(
        RequestedTest(x.start, x.start + timedelta(days=x.effect.potassium.days(snapshot)))
        for x in overlaps(snapshot)
        if x.effect.potassium is not None and x.partner.drug == drug and not x.over(today)
    )
