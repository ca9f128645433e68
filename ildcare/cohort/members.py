"""One person of the cohort: which groups, day 0, how long followed and what happened. Pure.

Day 0 is that of the first step of the chart that was ever started. A group is what was given on that day, or what was
known of the disease 28 days later: never a step that was reached later, nor that the disease became chronic, since who
lived long enough for it would make the group look better [J]. Who is lost is counted as without an event until the last
day on which anything is known [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from algorithm.walk.subtypes import ars_answer, subtype_of
from ildcare.cohort.survival import Followed
from ildcare.cohort.therapy import steps_started, up_to
from patients.clinical.course import course_of
from patients.clinical.facts import Outcome
from patients.clinical.mda5 import mda5_of
from patients.clinical.regimen import rank
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES

RESPIRATORY, OTHER, UNKNOWN_CAUSE, TRANSPLANT = "respiratory", "other", "unknown_cause", "transplant"
KINDS = (RESPIRATORY, OTHER, UNKNOWN_CAUSE, TRANSPLANT)
KIND_OF_CAUSE = {"respiratory_failure": RESPIRATORY, "infection": OTHER, "other": OTHER}
UNDECIDED = "undecided"
MDA5, ARS, NEITHER, UNTESTED = "anti_mda5", "anti_ars", "neither", "not_known"
ERA_YEARS = 5  # [J]: years of day 0 that are one group
CLASSIFIED_AFTER = 28  # [J]: days after day 0 when most antibodies are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person, without anything that says who.

    number: of the run, drawn by lot. subtype: of Table 1, or undecided; course: A/S, C or undecided. antibody:
    anti-MDA5 before anti-ARS; all three by the facts about the time up to 28 days after day 0, without one at the run.
    era: the first year of the five of day 0. first_step: of day 0; highest_step: reached until now. age: completed
    years on day 0, None where no birth date is known. days: from day 0 to the event, or to the last day on which
    anything is known; None: no step of the chart was started. event: one of KINDS, "" for none.
    """

    number: int = 0
    subtype: str
    course: str
    antibody: str
    sex: str
    age: int | None = None
    era: int | None = None
    first_step: str = ""
    highest_step: str = ""
    days: int | None = None
    event: str = ""

    @property
    def followed(self) -> Followed | None:
        """Their time for a curve; None without day 0."""
        return None if self.days is None else Followed(self.days, self.event)

    def as_json(self) -> dict[str, Any]:
        """For storing; `Member(**...)` reads it again."""
        return asdict(self)


def member_of(snapshot: Snapshot) -> Member:
    """A person as known at a moment."""
    steps = steps_started(snapshot)
    began = steps[0] if steps else None
    day0 = began.day if began else None
    ended = _ended(snapshot.outcomes)
    last = ended.day if ended else _last_day_known(snapshot)
    days = None if day0 is None else (last - day0).days
    if days is not None and days < 0:  # what ended the care is told of a day before the drugs: nobody can say which
        day0 = days = None
    then = snapshot if day0 is None else up_to(snapshot, day0 + timedelta(days=CLASSIFIED_AFTER))
    return Member(
        subtype=subtype_of(then).subtype or UNDECIDED,
        course=course_of(then).course or UNDECIDED,
        antibody=_antibody(then),
        sex=snapshot.sex,
        age=_age(snapshot.birth_date, day0),
        era=day0.year - day0.year % ERA_YEARS if day0 else None,
        first_step=began.step if began and day0 else "",
        highest_step=max((x.step for x in steps), key=rank) if day0 else "",
        days=days,
        event=_kind(ended) if ended and days is not None else "",
    )


def _ended(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The first death or transplant; None where there was none."""
    return next((x for x in outcomes if x.what in ("death", "lung_transplant")), None)


def _kind(ended: Outcome) -> str:
    if ended.what == "lung_transplant":
        return TRANSPLANT
    return KIND_OF_CAUSE.get(ended.cause or "", UNKNOWN_CAUSE)


def _last_day_known(snapshot: Snapshot) -> date:
    """The last day that any fact is about; a course that has no end is about the day on which it was told of."""
    return max((x.day for x in snapshot.all_facts if x.day <= snapshot.today), default=snapshot.today)


def _antibody(snapshot: Snapshot) -> str:
    mda5, ars = mda5_of(snapshot).answer, ars_answer(snapshot).answer
    if mda5 is YES:
        return MDA5
    if ars is YES:
        return ARS
    return NEITHER if mda5 is NO and ars is NO else UNTESTED


def _age(born: date | None, day: date | None) -> int | None:
    if born is None or day is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
