"""Which tests a course and its treatment ask for, and how often. All [J] unless cited; every number named. Pure.

Specification 8 "Overdue" and 11 (38). Acute/subacute: the first four weeks, counted from day 0 of the running step
(each change of step begins them anew), or from the day the course became known while nothing is given. Chronic: lung
function in year 1 (ACR/CHEST 2023, 10.1002/art.42860: every 3-6 months; the longer one is asked for).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitoring.engine import Situation
from patients.clinical.course import ACUTE, CHRONIC
from patients.clinical.facts import Fact
from patients.clinical.reasons import Term

ACUTE_PHASE_DAYS = 28  # the first four weeks
CHRONIC_PHASE_DAYS = 365  # year 1
LEVEL_AFTER_DAYS = 3  # CNI level after start or change of dose
SCAN_WINDOW_DAYS = 7  # an HRCT this long before its day answers it

DAILY, TWICE_WEEKLY, WEEKLY, TWO_WEEKLY, HALF_YEARLY = 1, 4, 7, 14, 183  # days between two tests
GRACE_SHORT, GRACE_WEEKLY, GRACE_LONG = 1, 2, 7  # days, 11 (38)

WORDS = {
    DAILY: Term("daily"),
    TWICE_WEEKLY: Term("twice weekly"),
    WEEKLY: Term("weekly"),
    TWO_WEEKLY: Term("every 2 weeks"),
    HALF_YEARLY: Term("every 6 months"),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """A test asked for every so many days. `code` names it; any of `answered_by` counts as done (default: `code`)."""

    code: str
    name: Term
    every: int
    answered_by: tuple[str, ...] = ()

    @property
    def grace(self) -> int:
        """Days after the due day before the test is overdue."""
        if self.every <= TWICE_WEEKLY:
            return GRACE_SHORT
        return GRACE_WEEKLY if self.every <= WEEKLY else GRACE_LONG


@dataclass(frozen=True, slots=True)
class Owed:
    """A test that is asked for: due on `due`, overdue after the grace. `last` is the last time it was done."""

    code: str
    name: Term
    how: Term
    due: date
    grace: int
    last: Fact | None

    @property
    def overdue_from(self) -> date:
        """First day on which it counts as overdue."""
        return self.due + timedelta(days=self.grace + 1)


ACUTE_DEMANDS = (
    Demand("ferritin", Term("ferritin"), WEEKLY),
    Demand("crp", Term("CRP"), WEEKLY),
    Demand("ldh", Term("LDH"), WEEKLY),
    Demand("kl6", Term("KL-6"), WEEKLY),
    Demand("spo2", Term("SpO2"), DAILY),
    Demand("pao2", Term("arterial blood gas"), TWICE_WEEKLY),
)
TREATED_DEMANDS = (
    Demand("creatinine", Term("creatinine"), WEEKLY),
    Demand("alt", Term("liver panel"), WEEKLY, ("alt", "ast")),
    Demand("wbc", Term("blood count"), WEEKLY, ("wbc", "neutrophils", "lymphocytes", "platelets", "haemoglobin")),
    Demand("bdg", Term("beta-D-glucan"), TWO_WEEKLY),
    Demand("cmv_pp65", Term("CMV antigenaemia"), TWO_WEEKLY),
)
CHRONIC_DEMAND = Demand("vc", Term("lung function"), HALF_YEARLY, ("vc", "fvc", "fvc_pp", "dlco_pp"))
HRCT_DAYS = (14, 28)
LEVELS = {"csa": Term("cyclosporine level"), "tac": Term("tacrolimus level")}


def owed(situation: Situation) -> Iterator[Owed]:
    """Every test asked for now, done or not: what is next and when."""
    if situation.course.course == ACUTE:
        yield from _acute(situation)
    elif situation.course.course == CHRONIC:
        yield from _chronic(situation)
    yield from _levels(situation)


def _acute(situation: Situation) -> Iterator[Owed]:
    start = acute_start(situation)
    if start is None:
        return
    demands = ACUTE_DEMANDS + (TREATED_DEMANDS if situation.regimen.running else ())
    for demand in demands:
        yield from _repeated(situation, demand, start, start + timedelta(days=ACUTE_PHASE_DAYS))
    yield from _scans(situation, start)


def acute_start(situation: Situation) -> date | None:
    """Day 0 of the running step, or the day the acute/subacute course became known."""
    if situation.regimen.running:
        return situation.regimen.running.day
    known = situation.course.known_from
    return situation.day_of(known) if known else None


def _repeated(situation: Situation, demand: Demand, start: date, end: date) -> Iterator[Owed]:
    last = _last(situation, demand.answered_by or (demand.code,))
    due = max(start, last.day if last else start) + timedelta(days=demand.every)
    if due <= end:
        yield Owed(demand.code, demand.name, WORDS[demand.every], due, demand.grace, last)


def _last(situation: Situation, codes: Sequence[str]) -> Fact | None:
    done = [series[-1] for code in codes if (series := situation.snapshot.series(code))]
    return max(done, key=lambda x: x.on, default=None)


def _scans(situation: Situation, start: date) -> Iterator[Owed]:
    """HRCT at 2 and 4 weeks: the first of the two that no scan has answered."""
    scans = situation.snapshot.hrcts
    last = scans[-1] if scans else None
    for n in HRCT_DAYS:
        due = start + timedelta(days=n)
        if last is None or last.day < due - timedelta(days=SCAN_WINDOW_DAYS):
            yield Owed("hrct", Term("HRCT"), Term("at 2 and 4 weeks"), due, GRACE_LONG, last)
            return


def _chronic(situation: Situation) -> Iterator[Owed]:
    days = [x.known_day for x in situation.snapshot.all_facts]
    if situation.course.since is not None:
        days = [situation.course.since]
    if days:
        start = min(days)
        yield from _repeated(situation, CHRONIC_DEMAND, start, start + timedelta(days=CHRONIC_PHASE_DAYS))


def _levels(situation: Situation) -> Iterator[Owed]:
    """CNI level three days after start or change; in the acute phase weekly from then on."""
    for drug in LEVELS:
        if drug in situation.regimen.active:
            yield from _level(situation, drug)


def _level(situation: Situation, drug: str) -> Iterator[Owed]:
    change = [x for x in situation.snapshot.treatments if x.drug == drug][-1].day
    last = _last(situation, (drug,))
    if last is None or last.day <= change:
        how = Term("3 days after start or change")
        yield Owed(drug, LEVELS[drug], how, change + timedelta(days=LEVEL_AFTER_DAYS), GRACE_SHORT, last)
        return
    start = acute_start(situation) if situation.course.course == ACUTE else None
    if start is not None:
        end = start + timedelta(days=ACUTE_PHASE_DAYS)
        yield from _repeated(situation, Demand(drug, LEVELS[drug], WEEKLY), start, end)
