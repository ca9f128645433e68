"""The treatment clock: on which days improvement on the running step is judged, and which judgement answered it. Pure.

Days and their source: `monitoring.rules.improvement_judgement_due`, which rests on this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitoring.site_values import DAYS_UNIT, site_count
from patients.clinical.facts import Judgement
from patients.clinical.oxygen_need import Rise, oxygen_course
from patients.clinical.reasons import _
from patients.clinical.regimen import StepStart, regimen_of
from patients.clinical.response import Reopened, improvement, judged_on, reopened
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO

T1_DAYS = (14, 28)  # [S] 2 and 4 weeks
# [J]
EARLY = site_count("IMPROVEMENT_JUDGEMENT_DUE.early", _("a judgement answers its day before by"), 3, DAYS_UNIT, (0, 6))
WEEK = site_count("IMPROVEMENT_JUDGEMENT_DUE.every", _("T2, T3, T4: judged every"), 7, DAYS_UNIT, (3, 28))
# after the first of a run of improvements: 4 weeks, 3 months, 6 months
AFTER_IMPROVED = (
    site_count(
        "IMPROVEMENT_JUDGEMENT_DUE.improved_1", _("after an improvement judged on day"), 28, DAYS_UNIT, (14, 56)
    ),
    site_count("IMPROVEMENT_JUDGEMENT_DUE.improved_2", _("then on day"), 91, DAYS_UNIT, (77, 126)),
    site_count("IMPROVEMENT_JUDGEMENT_DUE.improved_3", _("and on day"), 182, DAYS_UNIT, (147, 274)),
)
THEN_EVERY = site_count(
    "IMPROVEMENT_JUDGEMENT_DUE.then",
    _("and then, while a drug of the chart is given, every"),
    182,
    DAYS_UNIT,
    (91, 365),
)
EARLY_MONTHS = site_count(
    "IMPROVEMENT_JUDGEMENT_DUE.early_months",
    _("a judgement of months answers its day before by"),
    14,
    DAYS_UNIT,
    (3, 20),
)
VALUES = (EARLY, WEEK, *AFTER_IMPROVED, THEN_EVERY, EARLY_MONTHS)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A day on which improvement on a step is judged. `number`: days since its day 0; `judgement`: what answered it."""

    step: str
    day: date
    number: int
    judgement: Judgement | None
    basis: str


@dataclass(frozen=True, slots=True)
class Question:
    """A judgement of improvement that is or will be due. `again`, `rise`: what asks for it at once; else its day."""

    day: date
    again: Reopened | None = None
    rise: Rise | None = None


def questions(snapshot: Snapshot, start: StepStart) -> tuple[Question, ...]:
    """Every question of improvement that nobody has answered: none hides another.

    At once where a worsening opened it again (12 (42), 13 (67)), or where more oxygen is needed (13 (111)); and by the
    calendar. That of the calendar may lie ahead, also where one that asks at once comes before it.
    """
    again, rise = reopened(snapshot, start), oxygen_asks(snapshot, start)
    at_once = [Question(again.day, again=again)] if again else []
    at_once += [Question(rise.day, rise=rise)] if rise else []
    return (*at_once, *(Question(x) for x in _planned(snapshot, start, judged_on(snapshot, start))))


def question_days(snapshot: Snapshot, start: StepStart) -> list[date]:
    """The days of the questions that are due; where none is, the day of the next."""
    days = sorted({x.day for x in questions(snapshot, start)})
    return [x for x in days if x <= snapshot.today] or days[:1]


def oxygen_asks(snapshot: Snapshot, start: StepStart) -> Rise | None:
    """The last rise of the need of oxygen on a step, if improvement was not judged on its day or since (13 (111))."""
    rises = [x for x in oxygen_course(snapshot).rises if x.day > start.day]
    if not rises or any(x.day >= rises[-1].day for x in judged_on(snapshot, start)):
        return None
    return rises[-1]


def _planned(snapshot: Snapshot, start: StepStart, judged: Sequence[Judgement]) -> list[date]:
    """By the calendar: T1 on days 14 and 28, the others weekly; after an improvement more and more seldom.

    The days of T1 that are due, each; else the next one alone."""
    early = timedelta(days=EARLY.days(snapshot))
    if start.step == "T1":
        last = max((x.day for x in judged), default=start.day)
        open_days = [day for day in _days_of_t1(start) if last < day - early]
        if open_days:
            return [x for x in open_days if x <= snapshot.today] or open_days[:1]
    run = _improved_run(judged)
    if start.step == "T1":  # counted from the one that answered day 28
        run = [x for x in run if x.day >= _days_of_t1(start)[-1] - early]
    if run:
        return [_after_improved(snapshot, run)]
    if start.step == "T1":
        return []
    return [max([start.day, *(x.day for x in judged)]) + timedelta(days=WEEK.days(snapshot))]


def _improved_run(judged: Sequence[Judgement]) -> list[Judgement]:
    """The judgements of improvement that nothing else followed."""
    run: list[Judgement] = []
    for x in reversed(judged):
        if x.improvement != "improved":
            break
        run.insert(0, x)
    return run


def _after_improved(snapshot: Snapshot, run: Sequence[Judgement]) -> date:
    """4 weeks, 3 and 6 months after the first improvement, then every 6 months (13 (90))."""
    first, last = run[0].day, run[-1].day
    days, months = [x.days(snapshot) for x in AFTER_IMPROVED], EARLY_MONTHS.days(snapshot)
    while first + timedelta(days=days[-1]) <= last + timedelta(days=months):
        days.append(days[-1] + THEN_EVERY.days(snapshot))
    early = [EARLY.days(snapshot), *(months for _later in days[1:])]
    return next(
        first + timedelta(days=n)
        for n, before in zip(days, early, strict=True)
        if last < first + timedelta(days=n - before)
    )


def appointments(snapshot: Snapshot) -> tuple[Appointment, ...]:
    """The judgements of the running step in order: T1 both of them, the others the last one and the next.

    Empty where no step runs; without an open one where the chart has moved on ("no" was answered).
    """
    regimen = regimen_of(snapshot)
    start = regimen.running
    if start is None or not regimen.standing:
        return ()
    judged = judged_on(snapshot, start)
    moved_on = improvement(snapshot, start).answer is NO
    asked = question_days(snapshot, start)
    planned = _of_t1(snapshot, start, judged, asked) if start.step == "T1" else _last_and_next(start, judged, asked)
    return tuple(x for x in planned if x.judgement is not None or not moved_on)


def _of_t1(
    snapshot: Snapshot, start: StepStart, judged: Sequence[Judgement], asked: Sequence[date]
) -> list[Appointment]:
    planned = []
    early = timedelta(days=EARLY.days(snapshot))
    for day in _days_of_t1(start):
        answers = [x for x in judged if x.day >= day - early] if day not in asked else []
        planned.append(Appointment("T1", day, (day - start.day).days, answers[0] if answers else None, "S"))
    at_once = [x for x in asked if x not in _days_of_t1(start)]
    planned += [Appointment("T1", x, (x - start.day).days, None, "J") for x in at_once]
    return sorted(planned, key=lambda x: x.day)


def _last_and_next(start: StepStart, judged: Sequence[Judgement], asked: Sequence[date]) -> list[Appointment]:
    last = [Appointment(start.step, x.day, (x.day - start.day).days, x, "J") for x in judged[-1:]]
    return [*last, *(Appointment(start.step, x, (x - start.day).days, None, "J") for x in asked)]


def _days_of_t1(start: StepStart) -> list[date]:
    return [start.day + timedelta(days=n) for n in T1_DAYS]
