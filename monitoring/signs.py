"""Signs that the lung or an infection grows worse around a day, and whether each has gone since. Pure.

Source: specification 13 (96), (97): KL-6 up by 20 % and 100 U/mL or LDH by 20 % against the lowest of the 28 days
before, more oxygen, HRCT increased, dyspnoea or cough worse, fever from 38.0 [J]. A sign has gone when a newer fact of
its kind says so: improved or absent, and not "unchanged", which leaves worse as it is; fever as `monitoring.fever` has
it. What was raised is held against the value that it was raised from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from monitoring.fever import FEVER, febrile, fever_run, temperatures
from monitoring.readings import kits_differ, of_days
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.facts import Fact, Finding, Hrct, Measurement
from patients.clinical.oxygen_need import oxygen_course
from patients.clinical.quantities import minus, ratio_at_least
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES, Truth, all_of

# [J]
DAYS = site_count("BDG_WITH_KL6.days", _("a sign before or after beta-D-glucan, at most"), 7, DAYS_UNIT, (3, 14))
LOWEST_OF = site_count("BDG_WITH_KL6.lowest_of", _("KL-6 and LDH: against the lowest of"), 28, DAYS_UNIT, (7, 90))
RAISED = site_value("BDG_WITH_KL6.raised", _("KL-6 and LDH raised by at least"), "20", "%", ("10", "100"))
KL6_RAISED_BY = site_value("BDG_WITH_KL6.kl6", _("KL-6 raised by at least"), "100", "U/mL", ("50", "500"))
VALUES = (DAYS, LOWEST_OF, RAISED, KL6_RAISED_BY)

KL6 = _("KL-6 %(value)s U/mL on %(day)s, up from %(base)s on %(base_day)s")
LDH = _("LDH %(value)s U/L on %(day)s, up from %(base)s on %(base_day)s")
HRCT = _("HRCT of %(day)s: abnormalities increased")
DYSPNOEA = _("dyspnoea on exertion worse on %(day)s")
COUGH = _("cough worse on %(day)s")
OXYGEN = _("more oxygen needed on %(day)s")
TEMPERATURE = _("temperature %(value)s °C on %(day)s")
FEVERISH = _("fever on %(day)s")


class Sign(NamedTuple):
    """A sign, the fact that shows it, and whether it has gone."""

    why: Reason
    fact: Fact
    gone: bool


def respiratory(snapshot: Snapshot, day: date) -> Iterator[Sign]:
    """HRCT, dyspnoea, cough and oxygen in the days around a day, the newest of each."""
    days = DAYS.days(snapshot)
    for code, message in (("dyspnoea_on_exertion", DYSPNOEA), ("cough", COUGH)):
        stated = [x for x in snapshot.findings_of(code) if x.change is not None or x.present is False]
        yield from _newest(stated, [x for x in stated if x.change == "worse"], message, day, days)
    scans = [x for x in snapshot.hrcts if x.change is not None]
    yield from _newest(scans, [x for x in scans if x.change == "increased"], HRCT, day, days)
    yield from _oxygen(snapshot, day)


def around(snapshot: Snapshot, day: date) -> Iterator[Sign]:
    """Every sign in the days around a day."""
    yield from _raised(snapshot, "kl6", KL6, KL6_RAISED_BY.of(snapshot), day)
    yield from _raised(snapshot, "ldh", LDH, Decimal(0), day)
    yield from respiratory(snapshot, day)
    yield from _fever(snapshot, day)


def _near(fact: Fact, day: date, days: int) -> bool:
    return abs((fact.day - day).days) <= days


def _newest(
    stated: Sequence[Finding] | Sequence[Hrct],
    telling: Sequence[Finding] | Sequence[Hrct],
    message: str,
    day: date,
    days: int,
) -> Iterator[Sign]:
    """The newest of those that tell the sign, gone if the last of all that tell a change does not."""
    near = [x for x in telling if _near(x, day, days)]
    if near:
        changes = [x for x in stated if x.change != "unchanged" or getattr(x, "present", None) is False]
        why = reason(message, facts=(near[-1].id,), basis="J", day=near[-1].day)
        yield Sign(why, near[-1], gone=changes[-1] not in telling)


# -- what was raised --------------------------------------------------------------------------------------------------


def _raised(snapshot: Snapshot, code: str, message: str, by: Decimal, day: date) -> Iterator[Sign]:
    """The newest value around a day that is raised against the lowest of the 28 days before it."""
    series, days = snapshot.series(code), DAYS.days(snapshot)
    lowest_of, times = LOWEST_OF.days(snapshot), RAISED.risen(snapshot)
    for x in reversed(of_days(series, day, -days, days)):
        before = [y for y in of_days(series, x.day, -lowest_of, 0) if y.on < x.on and not kits_differ(x, y)]
        lowest = min(before, key=lambda y: y.quantity.value, default=None)
        if lowest is not None and _is_raised(x, lowest, times, by) is YES:
            later = [y for y in series if y.on > x.on and not kits_differ(x, y)]
            gone = any(_is_raised(y, lowest, times, by) is NO for y in later)
            parts: dict[str, Part] = {"value": x.quantity, "day": x.day}
            parts |= {"base": lowest.quantity, "base_day": lowest.day}
            yield Sign(reason(message, facts=(x.id, lowest.id), basis="J", **parts), x, gone)
            return


def _is_raised(x: Measurement, lowest: Measurement, times: Decimal, by: Decimal) -> Truth:
    return all_of([ratio_at_least(x.quantity, lowest.quantity, times), minus(x.quantity, lowest.quantity).at_least(by)])


# -- oxygen and fever -------------------------------------------------------------------------------------------------


def _oxygen(snapshot: Snapshot, day: date) -> Iterator[Sign]:
    """The newest rise of the need of oxygen around a day, gone when that need is over (13 (111))."""
    course, days = oxygen_course(snapshot), DAYS.days(snapshot)
    near = [x for x in course.rises if _near(x.oxygen.fact, day, days)]
    if near:
        x = near[-1]
        gone = course.need is None or x not in course.need.rises
        yield Sign(reason(OXYGEN, facts=(x.oxygen.fact.id,), basis="J", day=x.day), x.oxygen.fact, gone)


def _fever(snapshot: Snapshot, day: date) -> Iterator[Sign]:
    """The newest temperature from 38.0 or finding of fever around a day, gone when that episode is over."""
    days, limit = DAYS.days(snapshot), FEVER.of(snapshot)
    near = [x for x in temperatures(snapshot) if _near(x, day, days) and febrile(x, limit) is YES]
    if near:
        x, run = near[-1], fever_run(snapshot)
        if isinstance(x, Measurement):
            why = reason(TEMPERATURE, facts=(x.id,), basis="J", value=x.quantity, day=x.day)
        else:
            why = reason(FEVERISH, facts=(x.id,), basis="J", day=x.day)
        yield Sign(why, x, gone=run is None or x not in run.values)
