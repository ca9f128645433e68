"""STEP_NOT_STARTED: the step that the chart indicates is not recorded as started, 48 hours after its deciding fact.

A judgement of this product [J]: specification 8, 11 (24), (26), (34), (35), 13 (75), (76). The clock starts when the
deciding fact became known, or when the drugs of the running step were stopped. D0: none.
While the step is undecided in an A/S course, 48 hours after the course became known, the lowest possible step is owed.
Info while a regimen of later literature runs in place of the chart's combination.
Silent while a decision with a reason about that step stands that is newer than the facts behind the step, and when the
running step was judged improved (a taper is no omission). Closes when the step is started, such a decision is recorded,
or the chart indicates another step (which has its own 48 hours).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import HOURS_UNIT, site_count, source_read
from patients.clinical.course import ACUTE
from patients.clinical.courses import CALCINEURIN_INHIBITORS, CHRONIC_PARTNERS, CYCLOPHOSPHAMIDE, GC, SALVAGE, last_day
from patients.clinical.facts import Fact
from patients.clinical.later_sources import RAPID_PROGRESSION, later_basis
from patients.clinical.reasons import _, reason
from patients.clinical.regimen import rank
from patients.clinical.response import improvement
from patients.clinical.truth import YES

SOURCE_READ = source_read(RAPID_PROGRESSION)
GRACE = site_count("STEP_NOT_STARTED.grace", _("told after"), 48, HOURS_UNIT, (12, 168))
LATER = _(
    "%(step)s is indicated since %(since)s: the chart's combination is not given; a later regimen runs, "
    "not of the chart"
)
UNDECIDED = _(
    "which step is not decided (%(possible)s possible), but acute/subacute since %(since)s and nothing recorded as "
    "started after %(hours)s hours: every possible step begins with glucocorticoid, at least %(step)s"
)
CHART_DRUGS = GC | CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | SALVAGE | CHRONIC_PARTNERS
TREATMENT_STEPS = ("T1", "T2", "T3", "T4")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue per indicated step, from 48 hours on."""
    indicated = situation.indicated
    if indicated.step is None:
        yield from _undecided(situation)
        return
    since = _since(situation)
    if indicated.step not in TREATMENT_STEPS or indicated.started or since is None:
        return
    due, hours = _due(situation, since), int(GRACE.of(situation.snapshot))
    known = situation.snapshot.facts_by_id
    facts = tuple(known[x] for x in indicated.facts if x in known)
    if situation.snapshot.as_of < due or _decided(situation, facts) or _improved(situation):
        return
    message = _("%(step)s is indicated since %(since)s and not recorded as started after %(hours)s hours")
    why = reason(message, facts=indicated.facts, basis="J", step=indicated.step, since=since, hours=hours)
    severity = Severity.WARNING
    if situation.regimen.later and situation.regimen.standing:
        severity = Severity.INFO
        why = reason(
            LATER,
            facts=indicated.facts,
            basis=later_basis(situation.snapshot, RAPID_PROGRESSION),
            step=indicated.step,
            since=since,
        )
    on = max((x.day for x in facts), default=situation.day_of(since))
    yield issue(severity, (why, *indicated.reasons), *facts, subject=indicated.step, known=due, on=on)


def _undecided(situation: Situation) -> Iterator[Issue]:
    """Undecided is not untreated: in an A/S course the lowest possible step is owed (13 (76))."""
    course, possible = situation.course, [x for x in situation.indicated.possible if x in TREATMENT_STEPS]
    if course.course != ACUTE or course.known_from is None or not possible:
        return
    lowest, due = possible[0], _due(situation, course.known_from)
    running = situation.regimen.running
    started = running is not None and rank(running.step) >= rank(lowest) and situation.regimen.standing
    facts = situation.facts_of(course.reasons)
    about = [x for x in situation.snapshot.decisions if x.step in possible and x.reason.strip()]
    decided = any(all(fact.known <= decision.known for fact in facts) for decision in about)
    if started or decided or situation.snapshot.as_of < due:
        return
    why = reason(
        UNDECIDED,
        facts=tuple(x.id for x in facts),
        basis="J",
        step=lowest,
        possible=", ".join(possible),
        since=course.known_from,
        hours=int(GRACE.of(situation.snapshot)),
    )
    yield issue(Severity.WARNING, (why, *course.reasons), *facts, subject=lowest, known=due, on=course.since)


def _due(situation: Situation, since: datetime) -> datetime:
    """48 hours later: hours that pass, whatever the clock shows."""
    return (since.astimezone(UTC) + GRACE.hours(situation.snapshot)).astimezone(since.tzinfo)


def _since(situation: Situation) -> datetime | None:
    """When it became known that this step is due: the deciding fact, or the end of the drugs that carried it."""
    known_from = situation.indicated.known_from
    regimen = situation.regimen
    if known_from is None or regimen.running is None or regimen.standing:
        return known_from
    today = situation.snapshot.today
    treatments = (x for x in situation.snapshot.treatments if x.drug in CHART_DRUGS)
    ends = [end for x in treatments if (end := last_day(x)) is not None and end < today]
    return max([known_from, *(situation.start_of_day(end + timedelta(days=1)) for end in ends)])


def _decided(situation: Situation, facts: tuple[Fact, ...]) -> bool:
    """A decision with a reason about this step, not older than any fact behind it (11 (35))."""
    about = [x for x in situation.snapshot.decisions if x.step == situation.indicated.step and x.reason.strip()]
    return any(all(fact.known <= decision.known for fact in facts) for decision in about)


def _improved(situation: Situation) -> bool:
    running = situation.regimen.running
    if running is None or running.step != situation.indicated.step:
        return False
    return improvement(situation.snapshot, running).answer is YES


RULE = Rule(
    code="STEP_NOT_STARTED",
    group=Group.COURSE,
    version=2,
    title=_("Indicated step not recorded as started"),
    source=_("A judgement of this product; the step itself: Kurasawa and Arai 2014, Figure 3"),
    basis="J",
    detect=detect,
    values=(GRACE, SOURCE_READ),
)
