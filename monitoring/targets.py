"""Whether a drug with levels is late in reaching its band: counted from its start, or its change of route. Pure.

Source [S]: Kurasawa and Arai 2014: delay in reaching the cyclosporine target lets the disease progress. The days are
those of `monitoring.levels` [J]: specification 11 (21), 13 (104). A drug that goes on from before the episode counts
from the day 0 of the step that it is part of; a level of the 14 days before it will do: 13 (68). A level above
the band has not reached it, as one below: (21) "no value in band"; a trough that is low by design neither: (103).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from monitoring.engine import Issue, Remark, Severity, Situation, issue
from monitoring.levels import LATE_AFTER, band_at, in_band
from monitoring.site_values import DAYS_UNIT, site_count
from patients.clinical.drug_levels import Run, runs_of
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.vocabulary import short_term

# a level so long before day 0 shows that the drug reaches its band [J]
LEVEL_BEFORE_START = site_count(
    "CSA_TARGET_DELAY.shown", _("of a drug that goes on, a level before the start within"), 14, DAYS_UNIT, (3, 42)
)

NONE_YET = _(
    "%(drug)s since %(since)s: no level in its band by the end of day %(n)s, and none was taken that can be judged"
)
NOT_REACHED = _("%(drug)s since %(since)s: no level in its band by the end of day %(n)s, the last %(value)s on %(day)s")


@dataclass(frozen=True, slots=True)
class Delay:
    """A band that was not reached in time. `late_from`: the first day on which it counts as late."""

    why: Reason
    late_from: date
    last: Measurement | None


def delay(situation: Situation, drug: str) -> Delay | None:
    """The delay of a drug that runs; None where it reached its band, or has time to."""
    snapshot = situation.snapshot
    runs = list(runs_of(drug, snapshot.treatments))
    if not runs or ((stop := runs[-1].stop) is not None and stop < snapshot.today):
        return None
    start, counted_from = _start(situation, runs[-1])
    days = LATE_AFTER[drug].days(snapshot)
    if start is None or snapshot.days_since(start) <= days:
        return None
    first = runs[-1].courses[0].on
    levels = [x for x in snapshot.series(drug) if x.on > first and x.day >= counted_from and _fits(x, runs[-1])]
    judged = [(x, band) for x in levels if (band := band_at(x, snapshot)) is not None]
    if any(in_band(x, band) for x, band in judged):
        return None
    last = judged[-1][0] if judged else None
    return Delay(_why(drug, start, days, last), start + timedelta(days=days + 1), last)


def issues_of_delay(situation: Situation, drug: str) -> Iterator[Issue | Remark]:
    """One issue from the day after the last on which the band was to be reached."""
    found = delay(situation, drug)
    if found is not None:
        facts = (found.last,) if found.last else ()
        known = situation.start_of_day(found.late_from)
        yield issue(Severity.WARNING, found.why, *facts, on=found.late_from, known=known)


def _start(situation: Situation, run: Run) -> tuple[date | None, date]:
    """The day from which a run is counted, and the day from which its levels count."""
    going_on = {x.treatment.id for x in situation.regimen.background}
    if not any(x.id in going_on for x in run.courses):
        return run.start, run.start
    running = situation.regimen.running
    start = max(run.start, running.day) if running else None
    return start, (start or run.start) - timedelta(days=LEVEL_BEFORE_START.days(situation.snapshot))


def _fits(level: Measurement, run: Run) -> bool:
    return not (level.route and run.route) or level.route == run.route


def _why(drug: str, start: date, days: int, last: Measurement | None) -> Reason:
    name = short_term("drug", drug)
    if last is None:
        return reason(NONE_YET, basis="J", drug=name, since=start, n=days)
    told = {"since": start, "day": last.day}
    return reason(NOT_REACHED, facts=(last.id,), basis="J", drug=name, n=days, value=last.quantity, **told)
