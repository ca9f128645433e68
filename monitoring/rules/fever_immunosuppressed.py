"""FEVER_IMMUNOSUPPRESSED: fever while immunosuppressed or neutropenic.

Source [J], specification 13 (118): >= 38.0 °C (or the finding fever) with neutrophils < 1,000/µL in the 7 days around
it: critical; with glucocorticoid of 15 mg or more, of unknown dose or as a pulse, or any immunosuppressant, begun on an
earlier day: warning.
Glucocorticoid hides fever: CRP >= 5 mg/dL and at least three times the lowest of the 7 days before counts as one.
D0: in an A/S course before the first dose of the first step fever is part of the picture of the disease (specification
4) and no warning here; neutropenic fever is critical all the same. Background drugs count.
Closes 72 hours below 37.5 °C; what rests on CRP also when CRP is below 5. One alert for the episode.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, Run, age
from monitoring.fever import CALM_BELOW, CALM_FOR, FEVER, VALUES, calm, febrile, fever_run
from monitoring.readings import of_days, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from monitoring.suspects import named, ran
from patients.clinical.course import ACUTE
from patients.clinical.courses import GC, first_dose, runs_on
from patients.clinical.facts import Fact, Measurement
from patients.clinical.glucocorticoid import dose_on, is_pulse
from patients.clinical.quantities import ratio_at_least
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.screening import IMMUNOSUPPRESSANTS
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES, Truth, all_of

CRP_FROM = site_value("FEVER_IMMUNOSUPPRESSED.crp", _("CRP that counts as fever, at least"), "5", "mg/dL", ("2", "15"))
CRP_TIMES = site_value("FEVER_IMMUNOSUPPRESSED.crp_times", _("CRP, times the lowest, at least"), "3", "", ("1.5", "6"))
CRP_DAYS = site_count("FEVER_IMMUNOSUPPRESSED.crp_days", _("CRP, against the lowest of"), 7, DAYS_UNIT, (3, 28))
NEUTROPENIA = site_value(
    "FEVER_IMMUNOSUPPRESSED.neutrophils", _("neutrophils, critical below"), "1000", "/µL", ("500", "1500")
)
COUNT_DAYS = site_count(
    "FEVER_IMMUNOSUPPRESSED.count_days", _("a count before or after, at most"), 7, DAYS_UNIT, (2, 14)
)
GC_FROM = site_value("FEVER_IMMUNOSUPPRESSED.gc", _("glucocorticoid, at least"), "15", "mg/day", ("5", "30"))
THREE = Decimal(3)

TEMPERATURE = _("temperature %(value)s °C on %(day)s")
FINDING = _("fever on %(day)s")
CRP = _("CRP %(value)s mg/dL on %(day)s, three times %(before)s of %(before_day)s or more: counts as fever")
CRP_BY = _("CRP %(value)s mg/dL on %(day)s, %(times)s times %(before)s of %(before_day)s or more: counts as fever")
NEUTROPENIC = _("neutrophils %(value)s/µL on %(day)s: febrile neutropenia, an emergency")
UNDER = _("under immunosuppression: cultures, beta-D-glucan, CMV, CT before any escalation")
UNDER_GC = _("glucocorticoid, %(dose)s mg of prednisolone on %(day)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The fever that stands, and what makes it dangerous."""
    snapshot = situation.snapshot
    run = fever_run(snapshot)
    by_crp = _crp(snapshot, run)
    if run is None and by_crp is None:
        return
    shown = _told(snapshot, run) if run is not None else by_crp
    if shown is None:
        return
    count = _neutropenia(snapshot, shown.day)
    immunosuppressed = _immunosuppressed(snapshot, shown.day) and not _before_d0(situation, shown.day)
    if count is None and not immunosuppressed:
        return
    why = [_sentence(snapshot, shown)]
    if count is not None:
        parts = {"value": count.quantity}
        why.append(reason(NEUTROPENIC, facts=(count.id,), basis="J", day=count.day, **parts))
    if immunosuppressed:
        why += [reason(UNDER, basis="J"), *_drugs(snapshot, shown.day)]
    last = run.newest if run is not None else shown
    measured = [x for x in (shown, count) if isinstance(x, Measurement)]
    why += [*age(snapshot, last), *preliminary(*measured)]
    facts = [shown, *([count] if count is not None else [])]
    known = run.known if run is not None else max(shown.on, shown.known)
    severity = Severity.WARNING if count is None else Severity.CRITICAL
    yield issue(severity, why, *facts, known=known)


# -- fever ------------------------------------------------------------------------------------------------------------


def _told(snapshot: Snapshot, run: Run[Fact]) -> Fact:
    """The newest fact of the episode that shows fever."""
    limit = FEVER.of(snapshot)
    return [x for x in run.values if febrile(x, limit) is YES][-1]


def _crp(snapshot: Snapshot, fever: Run[Fact] | None) -> Measurement | None:
    """The newest CRP that counts as fever and that neither a newer one nor 72 hours without fever ended."""
    if fever is not None:
        return None
    series, least, times = snapshot.series("crp"), CRP_FROM.of(snapshot), CRP_TIMES.of(snapshot)
    for x in reversed(series):
        if x.quantity.below(least) is YES:
            return None
        lowest = _lowest(snapshot, x)
        if lowest is not None and _counts(x, lowest, least, times) is YES:
            return None if _cooled(snapshot, x) else x
    return None


def _lowest(snapshot: Snapshot, x: Measurement) -> Measurement | None:
    before = [y for y in of_days(snapshot.series("crp"), x.day, -CRP_DAYS.days(snapshot), 0) if y.on < x.on]
    return min(before, key=lambda y: y.quantity.value, default=None)


def _counts(x: Measurement, lowest: Measurement, least: Decimal, times: Decimal) -> Truth:
    return all_of([x.quantity.at_least(least), ratio_at_least(x.quantity, lowest.quantity, times)])


def _cooled(snapshot: Snapshot, crp: Measurement) -> bool:
    """Temperatures of 72 hours after it, all below 37.5."""
    after = [x for x in snapshot.series("temperature") if x.on >= crp.on]
    below = CALM_BELOW.of(snapshot)
    calmed = bool(after) and all(calm(x, below) is YES for x in after)
    return calmed and after[-1].on - crp.on >= CALM_FOR.hours(snapshot)


def _sentence(snapshot: Snapshot, x: Fact) -> Reason:
    if not isinstance(x, Measurement):
        return reason(FINDING, facts=(x.id,), basis="J", day=x.day)
    if x.code == "temperature":
        return reason(TEMPERATURE, facts=(x.id,), basis="J", value=x.quantity, day=x.day)
    lowest, times = _lowest(snapshot, x), CRP_TIMES.of(snapshot)
    before = lowest if lowest is not None else x
    days = {"day": x.day, "before_day": before.day}
    facts = (x.id, before.id)
    parts: dict[str, Part] = {"value": x.quantity, "before": before.quantity, **days}
    if times == THREE:
        return reason(CRP, facts=facts, basis="J", **parts)
    return reason(CRP_BY, facts=facts, basis="J", times=times, **parts)


# -- what makes it dangerous ------------------------------------------------------------------------------------------


def _neutropenia(snapshot: Snapshot, day: date) -> Measurement | None:
    """The newest count of the days around the fever, if it is low."""
    days = COUNT_DAYS.days(snapshot)
    counts = of_days(snapshot.series("neutrophils"), day, -days, days)
    return counts[-1] if counts and counts[-1].quantity.below(NEUTROPENIA.of(snapshot)) is YES else None


def _immunosuppressed(snapshot: Snapshot, day: date) -> bool:
    """By a drug that was begun on an earlier day: what is begun on the day of a fever did not bring it."""
    given = ran(snapshot, IMMUNOSUPPRESSANTS, day)
    return any(first_dose(snapshot, x) < day for x in given) or _gc(snapshot, day)


def _gc(snapshot: Snapshot, day: date) -> bool:
    """Enough glucocorticoid, or who knows how much, or a pulse."""
    given = [x for x in snapshot.treatments if x.drug in GC and runs_on(x, day) and first_dose(snapshot, x) < day]
    if not given:
        return False
    dose = dose_on(snapshot, day)
    return dose is None or dose >= GC_FROM.of(snapshot) or any(is_pulse(snapshot, x) for x in given)


def _drugs(snapshot: Snapshot, day: date) -> Iterator[Reason]:
    dose = dose_on(snapshot, day)
    if dose is not None and dose >= GC_FROM.of(snapshot):
        yield reason(UNDER_GC, basis="J", dose=dose, day=day)
    yield from named(snapshot, IMMUNOSUPPRESSANTS, day)


def _before_d0(situation: Situation, day: date) -> bool:
    """In an A/S course, and before any step of the chart was begun?"""
    start = situation.regimen.first_d0
    return situation.course.course == ACUTE and (start is None or day < start.day)


RULE = Rule(
    code="FEVER_IMMUNOSUPPRESSED",
    group=Group.INFECTION,
    version=1,
    title=_("Fever under immunosuppression"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
    values=(*VALUES, CRP_FROM, CRP_TIMES, CRP_DAYS, NEUTROPENIA, COUNT_DAYS, GC_FROM, OLD_AFTER),
)
