"""A Snapshot read once for a chart: the answers its questions ask for, and the elementary marks behind them.

A mark is one elementary test ("ferritin", "symptoms"), three-valued. Questions are disjunctions of marks, so what a
missing fact would change is found by setting marks instead of walking through invented patients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from algorithm.walk.subtypes import myositis_family
from patients.clinical.chronic import CHRONIC_DAYS, chronic_activity, chronic_tests
from patients.clinical.course import (
    ACUTE,
    CHRONIC,
    DYSPNOEA,
    Course,
    course_of,
)
from patients.clinical.courses import first_doses, last_days
from patients.clinical.doubtful import with_newest
from patients.clinical.facts import Diagnosis
from patients.clinical.judged import Judged
from patients.clinical.physiology import VC_CODES, WINDOW_DAYS
from patients.clinical.poor_risk import FACTORS, mda5_stood, poor_risk, poor_risk_factors, poor_risk_factors_in
from patients.clinical.regimen import BACKGROUND_DAYS, Regimen, StepStart, regimen_if, regimen_of
from patients.clinical.response import WORSE_WITHIN_DAYS, improvement_on
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, any_of, truth

Marks = Mapping[str, Truth]

ENTRY = ("episode", "onset", "symptoms", "entry_hrct", "physiology")
RISK = (*FACTORS, "mda5_stood")
ACTIVITY = ("dyspnoea_ever", "cough_ever", "vc_falling", "ggo_increasing")
NOT_ACTIVE = dict.fromkeys(ACTIVITY, NO)
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
GAS_ALONE = "gas_alone"  # no mark of a question: only a PaO2 can settle the open "physiology", which renews nothing


# the questions that the ground floor answers of a Snapshot alone
QUESTIONS: dict[str, Callable[[Snapshot], Judged]] = {
    "poor_risk": poor_risk,
    "dermatomyositis": myositis_family,
    "chronic_activity": chronic_activity,
}


def answer_of(test: str, marks: Marks) -> Truth:
    """Answer of a question from its marks: yes if any is yes, no if all are no. A plain loop: this runs often."""
    answer = NO
    for name in ASKS[test]:
        mark = marks[name]
        if mark is YES:
            return mark
        if mark is UNKNOWN:
            answer = mark
    return answer


class Reading:
    """Everything a chart asks of one Snapshot, each computed once: the answers, and every mark as it stands."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.diagnosis: Diagnosis | None = latest(snapshot.diagnoses)
        self.course: Course = course_of(snapshot)  # N1
        self.factors: dict[str, Judged] = poor_risk_factors(snapshot)  # the five of N2
        self.regimen: Regimen = regimen_of(snapshot)  # steps started in the episode
        self.improved = improvement_on(snapshot, self.regimen.running)  # unknown where none runs
        # where the course is unknown, the factors of N2 if respiratory onset were 90 days ago: older values would count
        # (specification 11 (8)); and of them those on which any day of onset agrees, the others open
        self.wide = self._if_onset_were_far()
        self.widened = {code: x if x is self.factors[code].answer else UNKNOWN for code, x in self.wide.items()}
        self.marks: Marks = self._every_mark()
        self.standing: dict[tuple[str, int], Any] = {}  # of charts that were walked, see `engine`

    def judged(self, test: str) -> Judged:
        """Answer of a question with its reasons."""
        if test == "course":
            return Judged("course", self.course.answer, self.course.reasons, self.course.missing)
        return self.improved if test == "improvement" else QUESTIONS[test](self.snapshot)

    def parts(self, test: str) -> tuple[Judged, ...]:
        """The separate tests of a question, as they stand today."""
        if test == "course":
            return self.course.criteria
        if test == "poor_risk":
            return tuple(self.factors.values())
        return chronic_tests(self.snapshot) if test == "chronic_activity" else ()

    def _every_mark(self) -> dict[str, Truth]:
        """Every mark as it stands."""
        acute = self.course.answer is YES  # then N7 is not asked
        return {
            **_entry_marks(self.course),
            **{code: x.answer for code, x in self.factors.items()},
            **(NOT_ACTIVE if acute else self._activity_marks()),
            "mda5_stood": mda5_stood(self.snapshot).answer,
            GAS_ALONE: truth("pao2" in self.open_tests and not {*VC_CODES} & {*self.open_tests}),
            "dermatomyositis": self.judged("dermatomyositis").answer,
            "improved": self.improved.answer,
        }

    def _activity_marks(self) -> dict[str, Truth]:
        symptomatic, vc_falling, ggo_increasing = chronic_tests(self.snapshot)
        deciding = {id_ for why in symptomatic.reasons for id_ in why.facts}
        marks = {mark: self._symptom(code, symptomatic, deciding) for code, mark in SYMPTOMS.items()}
        return {**marks, "vc_falling": vc_falling.answer, "ggo_increasing": ggo_increasing.answer}

    def _symptom(self, code: str, symptomatic: Judged, deciding: set[str]) -> Truth:
        """One of the two symptoms of N7, from their joint answer: when that is "yes", its facts say which it was."""
        findings = self.snapshot.findings_of(code)
        if symptomatic.answer is YES:
            if any(x.id in deciding for x in findings):
                return YES
            recorded = any(x.present is not None for x in self.snapshot.within(findings, CHRONIC_DAYS))
            return NO if recorded else UNKNOWN
        return UNKNOWN if code in symptomatic.missing else NO

    @property
    def open_tests(self) -> tuple[str, ...]:
        """The tests of lung function and blood gas that leave it open whether one of them fell (N1)."""
        return self.course.criteria[ENTRY.index("physiology") - 1].missing

    @cached_property
    def early_on_gc(self) -> bool:
        """Days 1-14 of T1, when worsening answers N4 by itself (specification 11 (11))."""
        return self.early_on(self.regimen.running)

    def early_on(self, start: StepStart | None) -> bool:
        """The same of a step that would run in another course."""
        if start is None or start.step != "T1":
            return False
        return 1 <= self.snapshot.days_since(start.day) <= WORSE_WITHIN_DAYS

    def _if_onset_were_far(self) -> dict[str, Truth]:
        if self.course.answer is not UNKNOWN:
            return {}
        earliest = self.snapshot.today - timedelta(days=WINDOW_DAYS)
        far = poor_risk_factors_in(self.snapshot, replace(self.course, course=ACUTE, answer=YES, since=earliest))
        return {code: x.answer for code, x in far.items()}

    @cached_property
    def onset_day_matters(self) -> bool:
        """Would an onset 90 days ago bring in older values or treatments that an onset today does not?"""
        if any(x is not self.factors[code].answer for code, x in self.wide.items()):
            return True
        near, *far = self.regimens_if(YES)
        return any(x != near for x in far)

    @cached_property
    def _regimens_if(self) -> dict[Truth, tuple[Regimen, ...]]:
        today = self.snapshot.today
        days = self._days_of_change(today - timedelta(days=WINDOW_DAYS), today)
        acute = tuple(regimen_if(self.snapshot, ACUTE, day) for day in days)
        return {YES: acute, NO: (regimen_if(self.snapshot, CHRONIC, None),)}

    @cached_property
    def _regimens_from_earlier(self) -> tuple[Regimen, ...]:
        """An episode may have begun up to 180 days ago: by an onset up to 90 days before a criterion that was met up to
        90 days ago, while neither is known (13 (66))."""
        if self.snapshot.onsets or not any(self.marks[x] is UNKNOWN for x in RENEWS):
            return ()
        last = self.snapshot.today - timedelta(days=WINDOW_DAYS)
        days = self._days_of_change(last - timedelta(days=WINDOW_DAYS), last)
        return tuple(regimen_if(self.snapshot, ACUTE, day) for day in days)

    def _days_of_change(self, first: date, last: date) -> list[date]:
        """First days of an episode, the last first, between which treatments change sides: what lies before the
        episode starts no step."""
        firsts, ends = first_doses(self.snapshot), last_days(self.snapshot)
        edges = {
            day + timedelta(days=n)
            for x in self.snapshot.treatments
            for day in (x.day, firsts[x.id], ends[x.id])
            if day is not None
            for n in (-1, 0, 1, BACKGROUND_DAYS, BACKGROUND_DAYS + 1)
        }
        return [last, *sorted((x for x in edges if first < x < last), reverse=True), first]

    def regimens_if(self, course: Truth) -> tuple[Regimen, ...]:
        """What would count as given if N1 were answered so: the course says which treatments belong to the episode."""
        if not self.snapshot.treatments or self.course.answer is not UNKNOWN or course is UNKNOWN:
            return (self.regimen,)
        return self._regimens_if[course]

    def every_start_if(self, course: Truth) -> tuple[StepStart | None, ...]:
        """Every step that would run if N1 were answered so, in an episode that began before the onset that could be
        told as well."""
        return self._starts_if[course]

    @cached_property
    def _starts_if(self) -> dict[Truth, tuple[StepStart | None, ...]]:
        acute, chronic = self.regimens_if(YES), self.regimens_if(NO)
        if self.snapshot.treatments and self.course.answer is UNKNOWN:
            acute = (*acute, *self._regimens_from_earlier)
        return {
            YES: tuple(dict.fromkeys(x.running for x in acute)),
            NO: tuple(dict.fromkeys(x.running for x in chronic)),
        }


@once
def read(snapshot: Snapshot) -> Reading:
    """The Reading of a Snapshot, made once."""
    return Reading(with_newest(snapshot))


def _entry_marks(course: Course) -> dict[str, Truth]:
    if course.answer is not UNKNOWN:
        return {name: course.answer if name == "episode" else NO for name in ENTRY}
    answers = (NO, *(_open_unless_no(x) for x in course.criteria))
    marks = dict(zip(ENTRY, answers, strict=True))
    if marks["onset"] is UNKNOWN and "respiratory_onset" not in course.missing:
        marks["onset"] = NO  # dyspnoea recorded as absent stands for it (specification 11 (2))
    if any_of(marks.values()) is NO:
        marks["episode"] = UNKNOWN  # met by a fact that came too late to count: the course stays open
    return marks


def _open_unless_no(criterion: Judged) -> Truth:
    """In an unknown course no criterion counts as met: one that is met too long after it was about says nothing."""
    return NO if criterion.answer is NO else UNKNOWN
