"""A Snapshot read once for a chart: the answers its questions ask for, and the elementary marks behind them.

A mark is one elementary test ("ferritin", "symptoms"), three-valued. Questions are disjunctions of marks, so what a
missing fact would change is found by setting marks instead of walking through invented patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from algorithm.subtypes import myositis_family
from patients.clinical.chronic import CHRONIC_DAYS, chronic_tests
from patients.clinical.course import (
    ACUTE,
    CHRONIC,
    DYSPNOEA,
    WINDOW_DAYS,
    Course,
    course_of,
)
from patients.clinical.facts import Fact
from patients.clinical.judged import Judged, any_judged
from patients.clinical.poor_risk import FACTORS, poor_risk_factors
from patients.clinical.regimen import Regimen, regimen_of
from patients.clinical.response import WORSE_WITHIN_DAYS, improvement
from patients.clinical.snapshot import FIELD_OF, Snapshot
from patients.clinical.truth import Truth, any_of, truth

Marks = Mapping[str, Truth]

ENTRY = ("episode", "onset", "symptoms", "entry_hrct", "physiology")
RISK = FACTORS
ACTIVITY = ("dyspnoea_ever", "cough_ever", "vc_falling", "ggo_increasing")
SYMPTOMS = {DYSPNOEA: "dyspnoea_ever", "cough": "cough_ever"}
# question by what it asks -> the marks of which any makes it "yes"
ASKS: dict[str, tuple[str, ...]] = {
    "course": ENTRY,
    "poor_risk": RISK,
    "dermatomyositis": ("dermatomyositis",),
    "chronic_activity": ACTIVITY,
    "improvement": ("improved",),
}
# a fact that settles the mark on the left is the newest for the one on the right (N1 looks at 90 days, N7 at 12 months)
RENEWS = {"symptoms": "dyspnoea_ever", "entry_hrct": "ggo_increasing", "physiology": "vc_falling"}


def answer_of(test: str, marks: Marks) -> Truth:
    """Answer of a question from its marks: yes if any is yes, no if all are no. A plain loop: this runs often."""
    answer = Truth.NO
    for name in ASKS[test]:
        mark = marks[name]
        if mark is Truth.YES:
            return mark
        if mark is Truth.UNKNOWN:
            answer = mark
    return answer


class Reading:
    """Everything a chart asks of one Snapshot, each computed when first needed and once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._judged: dict[str, Judged] = {}
        self.outcomes: dict[tuple[str, int], Any] = {}  # of charts that were walked, see `engine`

    @cached_property
    def course(self) -> Course:
        """Answer of N1."""
        return course_of(self.snapshot)

    @cached_property
    def factors(self) -> dict[str, Judged]:
        """The five factors of N2."""
        return poor_risk_factors(self.snapshot, self.course)

    @cached_property
    def activity(self) -> tuple[Judged, Judged, Judged]:
        """The three tests of N7."""
        return chronic_tests(self.snapshot)

    @cached_property
    def regimen(self) -> Regimen:
        """Steps started in the episode."""
        return regimen_of(self.snapshot, self.course)

    @cached_property
    def improved(self) -> Judged:
        """Improvement on the running step; unknown without one."""
        return improved_on(self.snapshot, self.regimen)

    @cached_property
    def facts_by_id(self) -> dict[str, Fact]:
        """Facts of the snapshot by version id."""
        return {fact.id: fact for name in FIELD_OF.values() for fact in getattr(self.snapshot, name)}

    def judged(self, test: str) -> Judged:
        """Answer of a question with its reasons."""
        known = self._judged.get(test)
        if known is None:
            known = self._judged[test] = self._judge(test)
        return known

    def _judge(self, test: str) -> Judged:
        if test == "course":
            return Judged("course", self.course.answer, self.course.reasons, self.course.missing)
        if test == "dermatomyositis":
            return myositis_family(self.snapshot)
        return self.improved if test == "improvement" else any_judged(test, self.parts(test))

    def parts(self, test: str) -> tuple[Judged, ...]:
        """The separate tests of a question, as they stand today."""
        if test == "course":
            return self.course.criteria
        if test == "poor_risk":
            return tuple(self.factors.values())
        return self.activity if test == "chronic_activity" else ()

    @cached_property
    def marks(self) -> dict[str, Truth]:
        """Every mark as it stands."""
        marks = {**_entry_marks(self.course), **{code: x.answer for code, x in self.factors.items()}}
        # N7 is not asked in an acute course
        marks |= dict.fromkeys(ACTIVITY, Truth.NO) if self.course.answer is Truth.YES else self._activity_marks()
        return marks | {"dermatomyositis": self.judged("dermatomyositis").answer, "improved": self.improved.answer}

    def _activity_marks(self) -> dict[str, Truth]:
        symptomatic, vc_falling, ggo_increasing = self.activity
        shown = {id_ for why in symptomatic.reasons for id_ in why.facts}
        marks = {mark: self._symptom(code, symptomatic, shown) for code, mark in SYMPTOMS.items()}
        return {**marks, "vc_falling": vc_falling.answer, "ggo_increasing": ggo_increasing.answer}

    def _symptom(self, code: str, symptomatic: Judged, shown: set[str]) -> Truth:
        """One of the two symptoms of N7, from their joint answer: when that is "yes", its facts say which it was."""
        told = self.snapshot.findings_of(code)
        if symptomatic.answer is Truth.YES:
            if any(x.id in shown for x in told):
                return Truth.YES
            recorded = any(x.present is not None for x in self.snapshot.within(told, CHRONIC_DAYS))
            return Truth.NO if recorded else Truth.UNKNOWN
        return Truth.UNKNOWN if code in symptomatic.missing else Truth.NO

    @cached_property
    def early_on_gc(self) -> bool:
        """Days 1-14 of T1, when worsening answers N4 by itself (specification 11 (11))."""
        running = self.regimen.running
        if running is None or running.step != "T1":
            return False
        return 1 <= self.snapshot.days_since(running.day) <= WORSE_WITHIN_DAYS

    @cached_property
    def wide(self) -> dict[str, Truth]:
        """Factors of N2 if respiratory onset were 90 days ago: older values would count (specification 11 (8)).

        Only while the course is unknown; empty otherwise.
        """
        if self.course.answer is not Truth.UNKNOWN:
            return {}
        far = poor_risk_factors(self.snapshot, self._course_if(ACUTE, WINDOW_DAYS))
        return {code: x.answer for code, x in far.items()}

    @cached_property
    def widened(self) -> dict[str, Truth]:
        """Factors of N2 on which any day of onset agrees keep their answer; the others are open."""
        return {code: x if x is self.factors[code].answer else Truth.UNKNOWN for code, x in self.wide.items()}

    @cached_property
    def onset_day_matters(self) -> bool:
        """Would an onset 90 days ago bring in older values or treatments that an onset today does not?"""
        if any(x is not self.factors[code].answer for code, x in self.wide.items()):
            return True
        near, *far = self.regimens_if(Truth.YES)
        return any(x != near for x in far)

    def _course_if(self, course: str, days_ago: int) -> Course:
        since = self.snapshot.today - timedelta(days=days_ago) if course == ACUTE else None
        return replace(self.course, course=course, answer=truth(course == ACUTE), since=since)

    @cached_property
    def _regimens_if(self) -> dict[Truth, tuple[Regimen, ...]]:
        acute = tuple(regimen_of(self.snapshot, self._course_if(ACUTE, days)) for days in (0, WINDOW_DAYS))
        return {Truth.YES: acute, Truth.NO: (regimen_of(self.snapshot, self._course_if(CHRONIC, 0)),)}

    def regimens_if(self, course: Truth) -> tuple[Regimen, ...]:
        """What would count as given if N1 were answered so: the course says which treatments belong to the episode."""
        if not self.snapshot.treatments or self.course.answer is not Truth.UNKNOWN or course is Truth.UNKNOWN:
            return (self.regimen,)
        return self._regimens_if[course]


def read(snapshot: Snapshot) -> Reading:
    """The Reading of a Snapshot, made once."""
    cached: Reading | None = snapshot.__dict__.get("_reading")
    if cached is None:
        cached = snapshot.__dict__["_reading"] = Reading(snapshot)
    return cached


def improved_on(snapshot: Snapshot, regimen: Regimen) -> Judged:
    """N4, N5, N6: improvement on the running step; unknown and not asked for without one."""
    if regimen.running is None:
        return Judged("improvement", Truth.UNKNOWN)
    return improvement(snapshot, regimen.running)


def _entry_marks(course: Course) -> dict[str, Truth]:
    if course.answer is not Truth.UNKNOWN:
        return {name: course.answer if name == "episode" else Truth.NO for name in ENTRY}
    answers = (Truth.NO, *(_open_unless_no(x) for x in course.criteria))
    marks = dict(zip(ENTRY, answers, strict=True))
    if marks["onset"] is Truth.UNKNOWN and "respiratory_onset" not in course.missing:
        marks["onset"] = Truth.NO  # dyspnoea recorded as absent stands for it (specification 11 (2))
    if any_of(marks.values()) is Truth.NO:
        marks["episode"] = Truth.UNKNOWN  # met by a fact that came too late to count: the course stays open
    return marks


def _open_unless_no(criterion: Judged) -> Truth:
    """In an unknown course no criterion counts as met: one that is met too long after it was about says nothing."""
    return Truth.NO if criterion.answer is Truth.NO else Truth.UNKNOWN
