"""STEP_NOT_STARTED: the step that the chart indicates is not recorded as started, 48 hours after its deciding fact.

A judgement of this product [J]: specification 8, 11 (24), (26), (34), (35). The clock starts when the deciding fact
became known, or when the drugs of the running step were stopped. D0: none.
Silent while a decision with a reason about that step stands that is newer than the facts behind the step, and when the
running step was judged improved (a taper is no omission). Closes when the step is started, such a decision is recorded,
or the chart indicates another step (which has its own 48 hours).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.facts import Fact
from patients.clinical.reasons import _, reason
from patients.clinical.regimen import (
    CALCINEURIN_INHIBITORS,
    CHRONIC_PARTNERS,
    CYCLOPHOSPHAMIDE,
    GC,
    SALVAGE,
    last_day,
)
from patients.clinical.response import improvement
from patients.clinical.truth import Truth

GRACE = timedelta(hours=48)  # [J]
CHART_DRUGS = GC | CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | SALVAGE | CHRONIC_PARTNERS
TREATMENT_STEPS = ("T1", "T2", "T3", "T4")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue per indicated step, from 48 hours on."""
    indicated = situation.indicated
    since = _since(situation)
    if indicated.step not in TREATMENT_STEPS or indicated.started or since is None:
        return
    due = since + GRACE
    facts = tuple(situation.facts_by_id[x] for x in indicated.facts if x in situation.facts_by_id)
    if situation.snapshot.as_of < due or _decided(situation, facts) or _improved(situation):
        return
    message = _("%(step)s is indicated since %(since)s and not recorded as started after 48 hours")
    why = reason(message, facts=indicated.facts, basis="J", step=indicated.step, since=since)
    on = max((x.day for x in facts), default=situation.day_of(since))
    yield issue(Severity.WARNING, (why, *indicated.reasons), *facts, subject=indicated.step, known=due, on=on)


def _since(situation: Situation) -> datetime | None:
    """When it became known that this step is due: the deciding fact, or the end of the drugs that carried it."""
    known_from = situation.indicated.known_from
    regimen = situation.regimen
    if known_from is None or regimen.running is None or regimen.standing:
        return known_from
    today = situation.snapshot.today
    given = (x for x in situation.snapshot.treatments if x.drug in CHART_DRUGS)
    ends = [end for x in given if (end := last_day(x)) is not None and end < today]
    return max([known_from, *(situation.dawn(end + timedelta(days=1)) for end in ends)])


def _decided(situation: Situation, facts: tuple[Fact, ...]) -> bool:
    """A decision with a reason about this step, not older than any fact behind it (11 (35))."""
    about = [x for x in situation.snapshot.decisions if x.step == situation.indicated.step and x.reason.strip()]
    return any(all(fact.known <= decision.known for fact in facts) for decision in about)


def _improved(situation: Situation) -> bool:
    running = situation.regimen.running
    if running is None or running.step != situation.indicated.step:
        return False
    return improvement(situation.snapshot, running).answer is Truth.YES


RULE = Rule(
    "STEP_NOT_STARTED",
    1,
    _("Indicated step not recorded as started"),
    _("A judgement of this product; the step itself: Kurasawa and Arai 2014, Figure 3"),
    "J",
    detect,
)
