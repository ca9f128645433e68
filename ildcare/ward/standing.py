"""What runs, and what the chart says of it: two answers, in two places, neither in the words of the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ildcare.ward.ranking import SINCE_YESTERDAY, Step
from patients.clinical.course import CHRONIC
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.regimen import rank
from patients.clinical.vocabulary import short_term

OBSERVATION, SALVAGE = "observation", "T4"
MDA5 = "anti_mda5"


class Pill(StrEnum):
    """What stands in the place of what runs."""

    RUNS = "runs"
    DUE = "due"  # nothing runs, and the chart has a step
    OPEN = "open"  # nothing runs, and the chart has several
    OBSERVED = "observed"
    NONE = "none"


class ChartStyle(StrEnum):
    """How the answer of the chart is drawn beside it."""

    SAME = "same"
    ASKS = "asks"
    UNKNOWN = "unknown"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartAndCare:
    """What is known of both. `running`, `day`: the step that runs and its day; `step`: the chart's, "" while several
    are possible; `since`: days for which it has been that, None where it is not known; `decided`: whether somebody
    decided on it and that stands, `accepted` whether it was to follow it; `judge`: improvement is to be judged; `mda5`:
    the state of anti-MDA5."""

    running: str = ""
    day: int | None = None
    step: str = ""
    possible: tuple[str, ...] = ()
    started: bool = False
    since: int | None = None
    decided: bool = False
    accepted: bool = False
    judge: bool = False
    course: str = ""
    mda5: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Both answers, ready to be worded, and what they mean for the order. `to`: a step that the chart asks for."""

    pill: Pill
    steps: tuple[str, ...]
    day: int | None
    chart: Reason
    style: ChartStyle
    to: str
    rank: Step


SAME = _("as the chart")
NEW_TODAY, UNDECIDED = _("chart: %(step)s, new today"), _("chart: %(step)s, %(n)s d undecided")
UNDECIDED_SINCE = _("chart: %(step)s, undecided")
TO_BEGIN = _("chart: %(step)s, accepted")
NOT_FOLLOWED = _("chart: %(step)s, not followed")
SEVERAL, JUDGE = _("chart: %(steps)s"), _("chart: %(steps)s, judge now")
AWAITS, NO_ANSWER = _("awaits anti-MDA5"), _("chart: undecided")
WAITED_FOR = ("pending", "unjudged", "untested", "weak")  # states of anti-MDA5 that settle nothing


def standing_of(both: ChartAndCare) -> Standing:
    """What stands in the column of a patient."""
    pill, steps = _pill(both)
    chart, style, to, step = _chart(both)
    day = both.day if pill is Pill.RUNS else None
    return Standing(pill=pill, steps=steps, day=day, chart=chart, style=style, to=to, rank=step)


def _pill(both: ChartAndCare) -> tuple[Pill, tuple[str, ...]]:
    if both.running:
        return Pill.RUNS, (both.running,)
    if both.step == OBSERVATION:
        return Pill.OBSERVED, (OBSERVATION,)
    if both.step:
        return Pill.DUE, (both.step,)
    return (Pill.OPEN, both.possible) if both.possible else (Pill.NONE, ())


def _chart(both: ChartAndCare) -> tuple[Reason, ChartStyle, str, Step]:
    if not both.step:
        return _several(both)
    step = short_term("step", both.step)
    if both.decided and not both.accepted:
        return reason(NOT_FOLLOWED, basis="J", step=step), ChartStyle.DECIDED, "", Step.SETTLED
    if both.judge and both.running:
        steps = both.possible if len(both.possible) > 1 else (both.step,)
        return reason(JUDGE, basis="J", steps=_one_of(steps)), ChartStyle.UNKNOWN, "", Step.JUDGE
    if _follows(both):
        return reason(SAME, basis="J"), ChartStyle.SAME, "", Step.SETTLED
    return _owed(both, step)


def _follows(both: ChartAndCare) -> bool:
    """Is what the chart says what is done? A step above the chart's is a decision, and nothing that is owed."""
    above = bool(both.running) and both.step != OBSERVATION and rank(both.running) > rank(both.step)
    return both.started or both.step == OBSERVATION or both.running == both.step or above


def _owed(both: ChartAndCare, step: Term) -> tuple[Reason, ChartStyle, str, Step]:
    """The step of the chart is not begun."""
    to = both.step if both.running else ""
    if both.decided:
        return reason(TO_BEGIN, basis="J", step=step), ChartStyle.ASKS, to, Step.OWED
    place = _place(both)
    if both.since is None:
        return reason(UNDECIDED_SINCE, basis="J", step=step), ChartStyle.ASKS, to, place
    if both.since == 0:
        return reason(NEW_TODAY, basis="J", step=step), ChartStyle.ASKS, to, place
    return reason(UNDECIDED, basis="J", step=step, n=both.since), ChartStyle.ASKS, to, place


def _place(both: ChartAndCare) -> Step:
    if both.step == SALVAGE:
        return Step.SALVAGE
    new = both.since is not None and both.since <= SINCE_YESTERDAY and both.course != CHRONIC
    return Step.NEW if new else Step.OWED


def _several(both: ChartAndCare) -> tuple[Reason, ChartStyle, str, Step]:
    if both.running:
        judged = JUDGE if both.judge else SEVERAL
        return reason(judged, basis="J", steps=_one_of(both.possible)), ChartStyle.UNKNOWN, "", _open_on_therapy(both)
    if both.possible and both.mda5 in WAITED_FOR:
        return reason(AWAITS, basis="J"), ChartStyle.UNKNOWN, "", Step.OPEN
    return reason(NO_ANSWER, basis="J"), ChartStyle.UNKNOWN, "", Step.OPEN


def _open_on_therapy(both: ChartAndCare) -> Step:
    return Step.JUDGE if both.judge else Step.OPEN


def _one_of(steps: Sequence[str]) -> str:
    """ "T3/T4"; steps are called the same in every language."""
    return "/".join(steps) or "?"
