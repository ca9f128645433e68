"""What has to be known before and under immunosuppression: hepatitis B and C, tuberculosis, IgG, pregnancy. Pure.

Source: specification 13 (115): hepatitis B [L 10.3109/14397595.2013.852834], from 3 days after the first dose of a
glucocorticoid of 15 mg a day or more, or of a dose not recorded, which is never zero (71), or of any immunosuppressant,
without a day between courses; before cyclophosphamide or rituximab IgG and a
pregnancy test as well. HBV DNA every 4 weeks while treated and 12 months after, where an antibody is positive.

Readings [J]: a result of any age counts; with HBsAg positive nothing more is asked of hepatitis B; a pregnancy test is
not asked of men and from 55 years on. An antibody that was negative before immunoglobulin and is positive within 180
days after it may be passive: it is said, and does not begin the monthly HBV DNA.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.courses import CYCLOPHOSPHAMIDE, DAY, GC, last_day, runs_on
from patients.clinical.drugs import of_class
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.glucocorticoid import dose_on, is_pulse
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.planned import PlannedDose
from patients.clinical.site_numbers import SiteNumber
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, YES, Truth

IMMUNOSUPPRESSANTS = of_class(
    "cni", "cyclophosphamide", "antimetabolite", "anti_cd20", "jak_inhibitor", "biologic"
)  # beside glucocorticoid
GC_MG = SiteNumber("SCREENING_MISSING.dose", Decimal(15))  # of prednisolone a day, at least [J]
RITUXIMAB = "rtx"
TESTED_BEFORE = CYCLOPHOSPHAMIDE | {RITUXIMAB}  # IgG and pregnancy are to be known before it
HEPATITIS_B = ("hbsag", "anti_hbc", "anti_hbs")
ALWAYS = (*HEPATITIS_B, "igra", "anti_hcv")
PREGNANCY = "pregnancy"
PREGNANCY_UNTIL_AGE = SiteNumber("SCREENING_MISSING.age", Decimal(55))  # years [J]
PASSIVE_DAYS = SiteNumber("SCREENING_MISSING.passive", Decimal(180))  # after immunoglobulin [J]
WATCHED_AFTER_DAYS = 365  # [L] 12 months after the end of treatment


class Suppressed(NamedTuple):
    """Under immunosuppression: by what it began, since when without a break, and whether that had a dose."""

    treatment: Treatment
    since: date
    dose_recorded: bool = True


@once
def suppressed(snapshot: Snapshot) -> Suppressed | None:
    """What began the unbroken chain of suppressing courses, ended ones too, that reaches today; None without one."""
    day, found = snapshot.today, None
    while (before := _suppressed_on(snapshot, day)) is not None:
        found, day = before, before.since - DAY
    return found


def _suppressed_on(snapshot: Snapshot, day: date) -> Suppressed | None:
    """Of the courses that suppress on a day the one that did so first, without a break up to that day."""
    running = [x for x in snapshot.treatments if runs_on(x, day)]
    found = [Suppressed(x, x.day) for x in running if x.drug in IMMUNOSUPPRESSANTS or is_pulse(snapshot, x)]
    found += _by_glucocorticoid(snapshot, day, running)
    return min(found, key=lambda x: (x.since, x.treatment.drug), default=None)


def _by_glucocorticoid(snapshot: Snapshot, day: date, running: Sequence[Treatment]) -> list[Suppressed]:
    """15 mg or more on a day, or who knows how much: since the last course of that day began."""
    dose = dose_on(snapshot, day)
    if dose is not None and dose < GC_MG.of(snapshot):
        return []
    last = latest([x for x in running if x.drug in GC and not is_pulse(snapshot, x)])
    return [Suppressed(last, last.day, dose is not None)] if last is not None else []


# -- what lacks -------------------------------------------------------------------------------------------------------


def lacking(snapshot: Snapshot) -> tuple[str, ...]:
    """The tests of every immunosuppression of which there is no result."""
    positive = latest_answer(snapshot, "hbsag") is YES
    asked = [x for x in ALWAYS if not (positive and x in HEPATITIS_B)]
    return tuple(x for x in asked if not snapshot.series(x))


def lacking_before(
    snapshot: Snapshot, planned: Iterable[PlannedDose] = ()
) -> tuple[Treatment | PlannedDose, tuple[str, ...]] | None:
    """Cyclophosphamide or rituximab that runs, else the next that is planned, and what is to be known before it; None
    where there is neither."""
    running = [x for x in snapshot.treatments if x.drug in TESTED_BEFORE]
    given: Treatment | PlannedDose | None = max(
        (x for x in running if runs_on(x, snapshot.today)), key=lambda x: (x.on, x.drug), default=None
    )
    if given is None:
        ahead = [x for x in planned if x.drug in TESTED_BEFORE and snapshot.today <= x.day]
        given = min(ahead, key=lambda x: (x.day, x.since), default=None)
    if given is None:
        return None
    lacks = () if snapshot.series("igg") else ("igg",)
    told = any(x.present is not None for x in snapshot.findings_of(PREGNANCY))
    return given, (*lacks, *(() if told or not _may_be_pregnant(snapshot) else (PREGNANCY,)))


def _may_be_pregnant(snapshot: Snapshot) -> bool:
    born = snapshot.birth_date
    if snapshot.sex == "male" or born is None:
        return snapshot.sex != "male"
    last = date(born.year + PREGNANCY_UNTIL_AGE.days(snapshot), born.month, 1) + timedelta(days=born.day - 1)
    return snapshot.today < last  # compared, so that nobody looks day by day when it turns


def rituximab(snapshot: Snapshot) -> Treatment | None:
    """Rituximab that runs."""
    return latest([x for x in snapshot.treatments if x.drug == RITUXIMAB and runs_on(x, snapshot.today)])


# -- positive or negative ---------------------------------------------------------------------------------------------


def is_positive(x: Measurement) -> Truth:
    """At the cut-off of the test or above it?"""
    cut_off = MEASUREMENTS[x.code].positive_from
    assert cut_off is not None
    return x.quantity.at_least(cut_off)


def latest_answer(snapshot: Snapshot, code: str) -> Truth | None:
    """Is the newest result positive? None without one."""
    newest = latest(snapshot.series(code))
    return is_positive(newest) if newest is not None else None


class Passive(NamedTuple):
    """A positive antibody that may have come with immunoglobulin."""

    antibody: Measurement
    immunoglobulin: Treatment


def passive(snapshot: Snapshot) -> Iterator[Passive]:
    """Of each antibody the newest positive result, where immunoglobulin was given in the 180 days before it."""
    given = [x for x in snapshot.treatments if x.drug == "ivig"]
    for code in ("anti_hbc", "anti_hbs", "anti_hcv") if given else ():
        positive = latest([x for x in snapshot.series(code) if is_positive(x) is YES])
        if positive is None:
            continue
        before = latest([x for x in given if 0 <= (positive.day - x.day).days <= PASSIVE_DAYS.days(snapshot)])
        if before is not None:
            yield Passive(positive, before)


@once
def hbv_dna_since(snapshot: Snapshot) -> date | None:
    """From when HBV DNA is asked for every 4 weeks; None where it is not asked for today."""
    treated = [x for x in snapshot.treatments if x.drug in IMMUNOSUPPRESSANTS | GC]
    positive = _infected_before(snapshot) if treated else None
    if positive is None:
        return None
    ends = [last_day(x) for x in treated]
    known = [x for x in ends if x is not None]
    if len(known) == len(ends) and snapshot.days_since(max(known)) > WATCHED_AFTER_DAYS:
        return None
    return max(positive, min(x.day for x in treated))


def _infected_before(snapshot: Snapshot) -> date | None:
    """The day of the first sample that shows hepatitis B, once had or had still."""
    doubtful = {x.antibody.code: x.immunoglobulin for x in passive(snapshot)}
    days = []
    for code in HEPATITIS_B:
        for x in snapshot.series(code):
            before = doubtful.get(code)
            earlier = [y for y in snapshot.series(code) if before is not None and y.day < before.day]
            came = before is not None and x.day >= before.day and bool(earlier)
            if is_positive(x) is YES and not (came and all(is_positive(y) is NO for y in earlier)):
                days.append(x.day)
    return min(days, default=None)
