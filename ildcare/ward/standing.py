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

MOST_DAYS = 99  # of more the column does not tell the number: the sentence beside it does
OBSERVATION, SALVAGE = "observation", "T4"
MDA5 = "anti_mda5"


class Pill(StrEnum):
    """What stands in the place of what runs."""

    RUNS = "runs"
    DUE = "due"  # nothing runs, and the chart has a step
    OPEN = "open"  # nothing runs, and the chart has several
    OBSERVED = "observed"
    NONE = "none"


class Look(StrEnum):
    """How the answer of the chart is drawn beside it."""

    SAME = "same"
    ASKS = "asks"
    UNKNOWN = "unknown"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
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
    look: Look
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


def standing_of(asked: Asked) -> Standing:
    """What stands in the column of a patient."""
    pill, steps = _pill(asked)
    chart, look, to, step = _chart(asked)
    day = asked.day if pill is Pill.RUNS else None
    return Standing(pill=pill, steps=steps, day=day, chart=chart, look=look, to=to, rank=step)


def _pill(asked: Asked) -> tuple[Pill, tuple[str, ...]]:
    if asked.running:
        return Pill.RUNS, (asked.running,)
    if asked.step == OBSERVATION:
        return Pill.OBSERVED, (OBSERVATION,)
    if asked.step:
        return Pill.DUE, (asked.step,)
    return (Pill.OPEN, asked.possible) if asked.possible else (Pill.NONE, ())


def _chart(asked: Asked) -> tuple[Reason, Look, str, Step]:
    if not asked.step:
        return _several(asked)
    step = short_term("step", asked.step)
    if asked.decided and not asked.accepted:
        return reason(NOT_FOLLOWED, basis="J", step=step), Look.DECIDED, "", Step.SETTLED
    if asked.judge and asked.running:
        steps = asked.possible if len(asked.possible) > 1 else (asked.step,)
        return reason(JUDGE, basis="J", steps=_one_of(steps)), Look.UNKNOWN, "", Step.JUDGE
    if _follows(asked):
        return reason(SAME, basis="J"), Look.SAME, "", Step.SETTLED
    return _owed(asked, step)


def _follows(asked: Asked) -> bool:
    """Is what the chart says what is done? A step above the chart's is a decision, and nothing that is owed."""
    above = bool(asked.running) and asked.step != OBSERVATION and rank(asked.running) > rank(asked.step)
    return asked.started or asked.step == OBSERVATION or asked.running == asked.step or above


def _owed(asked: Asked, step: Term) -> tuple[Reason, Look, str, Step]:
    """The step of the chart is not begun."""
    to = asked.step if asked.running else ""
    if asked.decided:
        return reason(TO_BEGIN, basis="J", step=step), Look.ASKS, to, Step.OWED
    place = _place(asked)
    if asked.since is None or asked.since > MOST_DAYS:
        return reason(UNDECIDED_SINCE, basis="J", step=step), Look.ASKS, to, place
    if asked.since == 0:
        return reason(NEW_TODAY, basis="J", step=step), Look.ASKS, to, place
    return reason(UNDECIDED, basis="J", step=step, n=asked.since), Look.ASKS, to, place


def _place(asked: Asked) -> Step:
    if asked.step == SALVAGE:
        return Step.SALVAGE
    new = asked.since is not None and asked.since <= SINCE_YESTERDAY and asked.course != CHRONIC
    return Step.NEW if new else Step.OWED


def _several(asked: Asked) -> tuple[Reason, Look, str, Step]:
    if asked.running:
        judged = JUDGE if asked.judge else SEVERAL
        return reason(judged, basis="J", steps=_one_of(asked.possible)), Look.UNKNOWN, "", _open_on_therapy(asked)
    if asked.possible and asked.mda5 in WAITED_FOR:
        return reason(AWAITS, basis="J"), Look.UNKNOWN, "", Step.OPEN
    return reason(NO_ANSWER, basis="J"), Look.UNKNOWN, "", Step.OPEN


def _open_on_therapy(asked: Asked) -> Step:
    return Step.JUDGE if asked.judge else Step.OPEN


def _one_of(steps: Sequence[str]) -> str:
    """ "T3/T4"; steps are called the same in every language."""
    return "/".join(steps) or "?"
