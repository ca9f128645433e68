"""GC_STOPPED: glucocorticoid of weeks is no longer recorded, or fell below 5 mg a day within days.

Source [L]: guideline on glucocorticoid-induced adrenal insufficiency 2024 (risk from 3 to 4 weeks above 4-6 mg):
specification 13 (119), whose numbers are [J]: at least 5 mg a day of prednisolone for 28 days, and then none recorded
for 2 days, or less than 5 mg, none included, within 7 days from 15 mg or more. Critical. A dose that is not told counts
as 5 mg. Also [J]: it is told for 28 days; later it is the end of a treatment and no order that was forgotten. D0: the
last day at 5 mg.
Closes when 5 mg a day are recorded again, after those 28 days, or with the end of care.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.courses import GC
from patients.clinical.glucocorticoid import NOTHING, PULSE_MG, dose_on, is_pulse, runs
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot

# of prednisolone
LEAST = site_value("GC_STOPPED.least", _("glucocorticoid that must go on, at least"), "5", "mg/day", ("2.5", "7.5"))
FROM = site_value("GC_STOPPED.from", _("a fall to less, from at least"), "15", "mg/day", ("10", "60"))
LONG = site_count("GC_STOPPED.long", _("given for, at least"), 28, DAYS_UNIT, (14, 90))
NONE = site_count("GC_STOPPED.none", _("none recorded for"), 2, DAYS_UNIT, (1, 7))
FALL = site_count("GC_STOPPED.fall", _("the fall within"), 7, DAYS_UNIT, (2, 28))
STANDS_FOR = site_count("GC_STOPPED.told", _("told for"), 28, DAYS_UNIT, (7, 90))
DAY = timedelta(days=1)

STOPPED = _(
    "no glucocorticoid recorded since %(day)s, after %(least)s mg/day or more since %(since)s: adrenal insufficiency, "
    "or an order not renewed?"
)
FELL = _(
    "glucocorticoid %(dose)s mg/day since %(day)s, from %(from_)s mg or more within %(days)s days: adrenal "
    "insufficiency, or an order not renewed?"
)
NONE_SINCE = _("none recorded since %(day)s")
NOW = _("now %(dose)s mg/day, since %(day)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue from the second day without, or from the day on which the dose is below 5 mg."""
    snapshot = situation.snapshot
    turns = _turns(snapshot)
    least = LEAST.of(snapshot)
    if not turns or _mg(snapshot, turns[-1]) >= least:
        return
    n = len(turns)
    while n and _mg(snapshot, turns[n - 1]) < least:
        n -= 1
    if not n:
        return
    end = turns[n] - DAY  # the last day at 5 mg
    since = _since(snapshot, turns[:n])
    gone = snapshot.days_since(end)
    if (end - since).days + 1 < LONG.days(snapshot) or gone > STANDS_FOR.days(snapshot):
        return
    why = _why(snapshot, turns, n, since)
    if why:
        from_ = end + (NONE.days(snapshot) if why[0].message == STOPPED else 1) * DAY
        if snapshot.today >= from_:
            yield issue(Severity.CRITICAL, why, on=from_, known=situation.start_of_day(from_))


def _why(snapshot: Snapshot, turns: list[date], n: int, since: date) -> tuple[Reason, ...]:
    """Nothing at all after those days; or so little, so soon after 15 mg, whatever followed it."""
    below = turns[n]
    doses = [_mg(snapshot, x) for x in turns[n:]]
    if not any(doses):
        return (reason(STOPPED, basis="L", day=below, since=since, least=LEAST.of(snapshot)),)
    from_, days = FROM.of(snapshot), FALL.days(snapshot)
    high = [following for day, following in pairwise(turns[: n + 1]) if _mg(snapshot, day) >= from_]
    if high and (below - (high[-1] - DAY)).days <= days:
        fell = reason(FELL, basis="L", dose=doses[0], day=below, from_=from_, days=days)
        return (fell, *_now(doses, turns[n:]))
    return ()


def _now(doses: list[Decimal], turns: list[date]) -> Iterator[Reason]:
    """The dose of today and its first day, where the fall went on."""
    days = [day for dose, day in zip(doses, turns, strict=True) if dose != doses[-1]]
    if not days:
        return
    begun = next(x for x in turns if x > days[-1])
    if doses[-1] == NOTHING:
        yield reason(NONE_SINCE, basis="J", day=begun)
    else:
        yield reason(NOW, basis="J", dose=doses[-1], day=begun)


def _turns(snapshot: Snapshot) -> list[date]:
    """The days on which the dose can change, up to today."""
    courses = [x for x in snapshot.treatments if x.drug in GC]
    days = {x.day for x in courses} | {x.stop + DAY for x in courses if x.stop is not None}
    return sorted(x for x in days if x <= snapshot.today)


def _mg(snapshot: Snapshot, day: date) -> Decimal:
    """mg of prednisolone on a day; a pulse is enough, and a dose that is not told counts as 5 mg [J]."""
    if any(runs(x, day) and is_pulse(snapshot, x) for x in snapshot.treatments if x.drug in GC):
        return PULSE_MG
    dose = dose_on(snapshot, day)
    return LEAST.of(snapshot) if dose is None else dose


def _since(snapshot: Snapshot, turns: list[date]) -> date:
    since, least = turns[-1], LEAST.of(snapshot)
    for day in reversed(turns):
        if _mg(snapshot, day) < least:
            break
        since = day
    return since


RULE = Rule(
    code="GC_STOPPED",
    group=Group.ORGANS,
    version=1,
    title=_("Glucocorticoid stopped or cut short"),
    source=_("Guideline on glucocorticoid-induced adrenal insufficiency 2024; numbers: judgement of this product"),
    basis="L",
    detect=detect,
    values=(LEAST, LONG, NONE, FROM, FALL, STANDS_FOR),
)
