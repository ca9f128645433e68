"""Who is most endangered? The order of the ward list, and the sentences that explain a patient's place in it. Pure.

The order is a judgement of this product [J]; no source ranks these patients. First come open critical alerts that
nobody acknowledged, then an acute or subacute course, falling oxygenation, results that nobody has seen, warnings
that nobody acknowledged, acknowledged alerts by gravity, and last the bed. A key counts only where all before it are
equal.

Unknown is never taken for good: a course that is not known stands between A/S and chronic. And never for bad either:
values that cannot be compared (less oxygen, or not known how much, `<` or `>`) do not count as falling. More oxygen
hides no fall (specification 13 (64)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from patients.clinical.comparison import DOWN, OXYGENATION, movement
from patients.clinical.oxygen_given import MORE, SAME, oxygen_against
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason

FRESH_DAYS = 7  # [J] an older last value is no trend of today
AGAINST_DAYS = 90  # [J] the same window as for the falls of the paper (patients.clinical.physiology)
NAMES = {"pao2": "PaO2", "spo2": "SpO2"}
COURSES = {"A/S": 0, "": 1, "C": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gas:
    """A value of PaO2 or SpO2 on a day, on FiO2, or on a flow (L/min) through a device; None is not known."""

    code: str
    at: datetime
    day: date
    quantity: Quantity
    fio2: Decimal | None
    flow: Decimal | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Fall:
    """The last value is certainly below the one before it at the same or less oxygen."""

    code: str
    before: Gas
    last: Gas


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What the place on the list depends on. Counts are of open alerts; `news` are results that nobody has seen yet."""

    critical: int = 0
    course: str = ""
    fall: Fall | None = None
    news: int = 0
    warnings: int = 0
    critical_seen: int = 0
    warnings_seen: int = 0
    bed: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """Sorts the most endangered first. Of new results it counts that there are any, not how many [J]."""
        return (
            -self.critical,
            COURSES.get(self.course, COURSES[""]),
            self.fall is None,
            self.news == 0,
            -self.warnings,
            -self.critical_seen,
            -self.warnings_seen,
            bed_key(self.bed),
        )


def bed_key(bed: str) -> tuple[tuple[int, int, str], ...]:
    """Beds as people count them: 702 before 711, A2 before A10; nobody's bed last."""
    parts = re.findall(r"\d+|\D+", bed) or ["\uffff"]
    return tuple((0, int(x), "") if x.isdecimal() else (1, 0, x) for x in parts)


def why_here(danger: Danger) -> list[Reason]:
    """The keys that put a patient where the list shows them, gravest first; empty where only the bed does."""
    return list(_reasons(danger))


def _reasons(danger: Danger) -> Iterator[Reason]:
    yield from _counted(danger.critical, ONE_CRITICAL, CRITICAL)
    if danger.course != "C":
        yield reason(AS_COURSE if danger.course == "A/S" else NO_COURSE, basis="J")
    if danger.fall is not None:
        yield _fell(danger.fall)
    if danger.news:
        yield reason(NEW, basis="J")
    yield from _counted(danger.warnings, ONE_WARNING, WARNINGS)
    yield from _counted(danger.critical_seen + danger.warnings_seen, ONE_SEEN, SEEN)


ONE_CRITICAL, CRITICAL = _("1 critical alert"), _("%(n)s critical alerts")
AS_COURSE, NO_COURSE = _("A/S course"), _("course not known")
NEW = _("new results")
ONE_WARNING, WARNINGS = _("1 warning"), _("%(n)s warnings")
ONE_SEEN, SEEN = _("1 acknowledged"), _("%(n)s acknowledged")
FALLING = _("%(test)s falling %(before)s → %(after)s")

# the order in words, for the help text of the list; each with the key it explains
ORDER = (
    _("open critical alerts that nobody acknowledged, the more the higher"),
    _("acute or subacute course; a course that is not known stands before a chronic one"),
    _("falling oxygenation: the last PaO2 or SpO2 of 7 days is below the one before it at the same FiO2"),
    _("results that came, were corrected or were cancelled since the last visit"),
    _("warnings that nobody acknowledged, the more the higher"),
    _("acknowledged alerts that are still open: critical ones, then warnings"),
    _("the bed"),
)


def _counted(count: int, one: str, many: str) -> Iterator[Reason]:
    if count:
        yield reason(one, basis="J") if count == 1 else reason(many, basis="J", n=count)


def _fell(fall: Fall) -> Reason:
    before, after = fall.before.quantity, fall.last.quantity
    return reason(FALLING, basis="J", test=Term(NAMES[fall.code]), before=before, after=after)


def falling(gases: Sequence[Gas], today: date) -> Fall | None:
    """The fall of PaO2, else of SpO2, that stands today; None where there is none or it cannot be said.

    `gases` in any order; PaO2 speaks first, SpO2 where PaO2 does not fall. The last value counts, against the newest
    one of an earlier moment at the same or less oxygen; of two values of the last moment either may be the true one.
    """
    for code in OXYGENATION:
        series = sorted((x for x in gases if x.code == code), key=lambda x: x.at)
        fall = _last_fall(code, series, today)
        if fall is not None:
            return fall
    return None


def _last_fall(code: str, series: Sequence[Gas], today: date) -> Fall | None:
    if not series or (today - series[-1].day).days > FRESH_DAYS:
        return None
    moment = series[-1].at
    earlier = [x for x in series if x.at < moment]
    for last in (x for x in series if x.at == moment):
        near = (x for x in earlier if (last.day - x.day).days <= AGAINST_DAYS)
        alike = [x for x in near if oxygen_against(last, x) in (SAME, MORE)]
        if alike and movement(last.quantity, alike[-1].quantity) == DOWN:
            return Fall(code, alike[-1], last)
    return None
