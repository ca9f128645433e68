"""The figures of the cohort page: each group's curve, numbers at some times, what the rules told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ildcare.cohort.backtest import RuleOnCohort, rules_on_cohort
from ildcare.cohort.groups import FEWEST, By, Cohort, cohort_of
from ildcare.cohort.job import Looked
from ildcare.cohort.members import KINDS
from ildcare.cohort.survival import Curve
from ildcare.cohort.words import event_in_words, group_in_words
from ildcare.drawing.survival import CurveStep, NamedCurve, SurvivalPlot, survival_plot

TIMES = (183, 366, 1827)  # days at which numbers are given: 6 months, 1 year, 5 years, each to its end


@dataclass(frozen=True, slots=True)
class AtTime:
    """What is left at a time in %, with its interval and how many were still followed; None beyond the last day."""

    survival: float | None
    low: float | None
    high: float | None
    at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A group in numbers. events: how many of each kind that anybody had. incidence: of respiratory death and of
    everything else by one year, in %, None where nobody was followed so long. median: days."""

    number: int
    name: str
    people: int
    events: tuple[tuple[str, int], ...]
    median: int | None
    at: tuple[AtTime, ...]
    respiratory: float | None
    others: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFigures:
    """What the page shows."""

    cohort: Cohort
    lines: tuple[GroupLine, ...]
    plot: SurvivalPlot | None
    rules: tuple[RuleOnCohort, ...]
    fewest: int = FEWEST


def figures_of(looked: Looked, by: By) -> CohortFigures:
    """A run by one trait. Rules that told of fewer than the fewest persons are left out."""
    cohort = cohort_of(looked.members, by)
    named = {group_in_words(by, value): curve for value, curve in cohort.shown.items()}
    rules = rules_on_cohort(looked.firings, looked.days)
    return CohortFigures(
        cohort=cohort,
        lines=tuple(_line(number, name, curve) for number, (name, curve) in enumerate(named.items(), start=1)),
        plot=_plot(named) if named else None,
        rules=tuple(x for x in rules if x.people >= FEWEST),
    )


def _line(number: int, name: str, curve: Curve) -> GroupLine:
    had = curve.events
    year = curve.at(TIMES[1])
    respiratory = year.incidence.get("respiratory", 0.0) if year else None
    return GroupLine(
        number=number,
        name=name,
        people=curve.people,
        events=tuple((event_in_words(kind), had[kind]) for kind in KINDS if had[kind]),
        median=curve.median,
        at=tuple(_at(curve, day) for day in TIMES),
        respiratory=None if respiratory is None else 100 * respiratory,
        others=None if year is None or respiratory is None else 100 * (sum(year.incidence.values()) - respiratory),
    )


def _at(curve: Curve, day: int) -> AtTime:
    step = curve.at(day)
    if step is None:
        return AtTime(None, None, None, 0)
    return AtTime(100 * step.survival, 100 * step.low, 100 * step.high, curve.at_risk(day))


def _plot(named: dict[str, Curve]) -> SurvivalPlot:
    curves = [
        NamedCurve(name, [CurveStep(x.day, x.survival, x.censored, x.at_risk) for x in curve.steps])
        for name, curve in named.items()
    ]
    return survival_plot(curves, _months)


def _months(months: int) -> str:
    if months and months % 12 == 0:
        return _("%(n)s y") % {"n": months // 12}
    return _("%(n)s mo") % {"n": months} if months else "0"
