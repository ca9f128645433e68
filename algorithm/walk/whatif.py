"""What would change the answer: the steps that completions of the missing facts reach, and which fact alone settles it.

Nothing is invented: a completion sets the marks of the unanswered tests (`reading.Marks`). Tests prove it against
really adding such facts and walking again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from algorithm.walk.chart import Flowchart, Question, Recommendation
from algorithm.walk.reading import ACTIVITY, ENTRY, GAS_ALONE, RENEWS, RISK, Marks, Reading, answer_of
from patients.clinical.course import DYSPNOEA
from patients.clinical.judged import Judged
from patients.clinical.reasons import _
from patients.clinical.regimen import StepStart, by_rank, rank
from patients.clinical.response import improvement_on
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

Y, N, U = YES, NO, UNKNOWN
NOT_ACUTE = dict.fromkeys(ENTRY, N)
SETTLED = frozenset({*ENTRY, *RISK, "dermatomyositis"})  # marks that no supposed fact contradicts


class Outcome(NamedTuple):
    """The indicated step (None where it depends on a missing fact) and every step still possible, lowest first."""

    step: str | None
    possible: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """One step, and no other possible."""
        return self.step is not None and len(self.possible) == 1


class Supposed(NamedTuple):
    """If the missing fact turned out like this (labels are message ids), the outcome would be that."""

    labels: tuple[str, ...]
    outcome: Outcome


class WhatIf(NamedTuple):
    """One missing fact that can alter the outcome. `settles`: whatever it turns out to be, it decides the step."""

    code: str
    cases: tuple[Supposed, ...]
    settles: bool


Case = tuple[str, dict[str, Truth]]  # label, marks it sets
Aspect = tuple[Case, ...]

WORSENING = "worsening"  # no mark of a question: early on T1 it answers the question of improvement
FAR = "far"  # no mark either: an onset 90 days ago
ONSET: Aspect = ((_("within the last 90 days"), {"onset": Y}), (_("more than 90 days ago"), {"onset": N}))
NEW_DYSPNOEA: Aspect = (
    (_("worse"), {"symptoms": Y, "dyspnoea_ever": Y, WORSENING: Y}),
    (_("present, unchanged"), {"symptoms": N, "dyspnoea_ever": Y}),
    (_("absent"), {"symptoms": N, "dyspnoea_ever": N, "onset": N}),
)
NEW_SCAN: Aspect = (
    (_("increased within 90 days"), {"entry_hrct": Y, "ggo_increasing": Y, WORSENING: Y}),
    (_("not increased"), {"entry_hrct": N, "ggo_increasing": N}),
)
SCAN_FACTOR: Aspect = (
    (_("GGO with lower consolidation"), {"hrct": Y}),
    (_("no GGO with lower consolidation"), {"hrct": N}),
)
NEW_GAS: Aspect = ((_("a fall of more than 10 mmHg"), {"physiology": Y}), (_("no fall"), {"physiology": N}))
GAS_FACTOR: Aspect = ((_("below 60 mmHg"), {"pao2": Y}), (_("60 mmHg or more on room air"), {"pao2": N}))
NEW_VC: Aspect = (
    (_("a fall of more than 10 %"), {"physiology": Y, "vc_falling": Y}),
    (_("a fall of 5 to 10 %"), {"physiology": N, "vc_falling": Y}),
    (_("no fall"), {"physiology": N, "vc_falling": N}),
)
# aspects of a fact while N1 is open; of each, only those that would settle something are tried
ASPECTS: dict[str, tuple[Aspect, ...]] = {
    "respiratory_onset": (ONSET,),
    DYSPNOEA: (NEW_DYSPNOEA,),
    "hrct": (NEW_SCAN, SCAN_FACTOR),
    "pao2": (NEW_GAS, GAS_FACTOR),
    "vc": (NEW_VC,),
    "fvc": (NEW_VC,),
    "cough": (((_("present"), {"cough_ever": Y}), (_("absent"), {"cough_ever": N})),),
    "diagnosis": (
        (
            (_("DM"), {"adm": N, "dermatomyositis": Y}),
            (_("PM"), {"adm": N, "dermatomyositis": N}),
            (_("ADM"), {"adm": Y, "dermatomyositis": Y}),
        ),
    ),
    "anti_mda5": (((_("positive"), {"mda5": Y}), (_("negative"), {"mda5": N})),),
    "ferritin": (((_("above 1,000 ng/mL"), {"ferritin": Y}), (_("1,000 ng/mL or less"), {"ferritin": N})),),
    "judgement": (((_("improved"), {"improved": Y}), (_("worse"), {"improved": N})),),
}
# and in a chronic course, where N7 asks
CHRONIC_ASPECTS: dict[str, tuple[Aspect, ...]] = {
    DYSPNOEA: (((_("present"), {"dyspnoea_ever": Y}), (_("absent"), {"dyspnoea_ever": N})),),
    "hrct": (((_("increased"), {"ggo_increasing": Y}), (_("not increased"), {"ggo_increasing": N})),),
    "vc": (((_("a fall of more than 5 %"), {"vc_falling": Y}), (_("no fall of more than 5 %"), {"vc_falling": N})),),
}


ACTIVITY_CODES = {"dyspnoea_ever": DYSPNOEA, "cough_ever": "cough", "vc_falling": "vc", "ggo_increasing": "hrct"}


# -- the steps reached ------------------------------------------------------------------------------------------------


def reach(chart: Flowchart, marks: Marks, widened: Marks, node_id: str) -> frozenset[str]:
    """Every step that some completion of the open marks reaches from a node."""
    node = chart.by_id[node_id]
    while isinstance(node, Question):
        answer = answer_of(node.test, marks)
        if answer is U:
            return frozenset().union(*_reached(chart, marks, widened, node).values())
        node = chart.by_id[chart.targets[node.id, answer]]
    return frozenset((node.step,))


def _reached(chart: Flowchart, marks: Marks, widened: Marks, node: Question) -> dict[Truth, frozenset[str]]:
    """The same by the answers that a question can still have."""
    ways = _ways(node, marks, widened)
    return {answer: reach(chart, below, widened, chart.targets[node.id, answer]) for answer, below in ways}


def ahead(chart: Flowchart, marks: Marks, widened: Marks, node_id: str) -> Iterator[str]:
    """Every node that some completion of the open marks visits, from a node on; a node may come more than once."""
    node = chart.by_id[node_id]
    yield node_id
    if isinstance(node, Recommendation):
        return
    for branch, below in _ways(node, marks, widened):
        yield from ahead(chart, below, widened, chart.targets[node.id, branch])


def _ways(node: Question, marks: Marks, widened: Marks) -> Iterable[tuple[Truth, Marks]]:
    """The answers that a question can still have, with the marks that hold below it."""
    answer = answer_of(node.test, marks)
    return branches(node, marks, widened) if answer is U else ((answer, marks),)


def branches(node: Question, marks: Marks, widened: Marks) -> Iterable[tuple[Truth, Marks]]:
    """Both answers of an open question, with the marks that hold below it."""
    if node.test != "course":
        return (Y, marks), (N, marks)
    renewed = {
        RENEWS[name]: U for name in RENEWS if marks[name] is U and not (name == "physiology" and marks[GAS_ALONE] is Y)
    }
    return (Y, {**marks, **widened, "episode": Y}), (N, {**marks, **renewed, **NOT_ACUTE})


def from_entry(chart: Flowchart, marks: Marks, widened: Marks) -> Mapping[Truth, frozenset[str]]:
    """The steps that are reached from the entry, by the answers that its question can still have."""
    return _reached(chart, marks, widened, chart.first_question)


def outcome_of(
    chart: Flowchart, reading: Reading, marks: Marks, reached: Mapping[Truth, frozenset[str]], start: StepStart | None
) -> Outcome:
    """The outcome under marks: the answer `from_entry`, joined with the step that runs."""
    outcome = _joined(chart, steps_of(reached), start, _improved(reading, marks, start))
    if len(reached) < 2 or not reading.snapshot.treatments:
        return outcome
    # an episode that began today would make background of what runs: the way down is not told ahead
    known, floor = _if_course_were_known(chart, reading, marks, reached), rank(outcome.step)
    return Outcome(outcome.step, by_rank({*outcome.possible, *(x for x in known if rank(x) > floor)}))


def steps_of(reached: Mapping[Truth, frozenset[str]]) -> frozenset[str]:
    """All the steps, by whatever answer."""
    return frozenset().union(*reached.values())


def _if_course_were_known(
    chart: Flowchart, reading: Reading, marks: Marks, reached: Mapping[Truth, frozenset[str]]
) -> Iterator[str]:
    """The course also decides which treatments count: each answer of N1 with the regimen that it would mean."""
    for answer, steps in reached.items():
        for start in reading.every_start_if(answer):
            improved = _improved(reading, marks, start)
            if improved is Y and _is_asked_again(reading, marks, start, answer):
                improved = U
            yield from _joined(chart, steps, start, improved).possible


def _is_asked_again(reading: Reading, marks: Marks, start: StepStart | None, course: Truth) -> bool:
    """Can a missing fact take an improvement back? One that makes the course acute asks for it again (specification
    12 (42)); and early on T1 a scan that shows an increase answers it, though against an old scan it says nothing of
    N1 (11 (11), (27))."""
    if course is Y and any(marks[x] is U for x in RENEWS):
        return True
    return marks["entry_hrct"] is U and reading.early_on(start)


def _improved(reading: Reading, marks: Marks, start: StepStart | None) -> Truth:
    supposed = marks["improved"]
    running = reading.regimen.running
    if start is running or start == running:
        return supposed
    if WORSENING in marks and reading.early_on(start):
        return N
    own = improvement_on(reading.snapshot, start).answer
    if start is None or supposed is reading.improved.answer:
        return own
    if supposed is U:  # worse again: whatever runs is asked again
        return U if own is Y else own
    judged_today = start.day < reading.snapshot.today or start.under_gc
    return supposed if judged_today else own


def _joined(chart: Flowchart, entry: frozenset[str], start: StepStart | None, improved: Truth) -> Outcome:
    """Specification 11 (10), (26): the running step until answered "no", then the next; a higher entry wins."""
    only = next(iter(entry)) if len(entry) == 1 else None
    if start is None:
        return Outcome(only, by_rank(entry))
    running = start.step
    after = chart.next_step(running)
    step = max((after or running) if improved is N else running, only or running, key=rank)
    floor = rank(step)
    possible = {step, *[x for x in entry if rank(x) > floor]}
    if improved is U and after is not None and rank(after) > floor:
        possible.add(after)
    return Outcome(step, by_rank(possible))


# -- what is missing --------------------------------------------------------------------------------------------------


def missing_facts(chart: Flowchart, reading: Reading, outcome: Outcome) -> tuple[str, ...]:
    """Codes of the missing facts that can still alter the outcome, in the order of the chart."""
    if len(outcome.possible) < 2:
        return ()
    floor = rank(outcome.step)
    codes = list(_missing_below(chart, reading, reading.marks, chart.entry, floor))
    if (
        reading.regimen.running is not None
        and reading.improved.answer is U
        and chart.after(reading.regimen.running.step)
    ):
        codes += reading.improved.missing
    return tuple(dict.fromkeys(codes)) or reading.course.missing[:1] or ("respiratory_onset",)


def _missing_below(chart: Flowchart, reading: Reading, marks: Marks, node_id: str, floor: int) -> Iterator[str]:
    """Missing facts of the open questions that lead to a step above `floor`."""
    node = chart.by_id[node_id]
    if isinstance(node, Recommendation):
        return
    answer = answer_of(node.test, marks)
    if answer is not U:
        yield from _missing_below(chart, reading, marks, chart.targets[node.id, answer], floor)
        return
    steps = reach(chart, marks, reading.widened, node_id)
    if len(steps) > 1 and max(map(rank, steps)) > floor:
        yield from _missing_at(reading, node, marks)
        for branch, below in branches(node, marks, reading.widened):
            yield from _missing_below(chart, reading, below, chart.targets[node.id, branch], floor)


def _missing_at(reading: Reading, node: Question, marks: Marks) -> tuple[str, ...]:
    """N7 by its marks, because facts that N1 still lacks will renew them; any other question as it says itself."""
    if node.test == "chronic_activity":
        return tuple(code for mark, code in ACTIVITY_CODES.items() if marks[mark] is U)
    return reading.judged(node.test).missing


def suppositions(code: str, reading: Reading) -> Iterator[tuple[tuple[str, ...], dict[str, Truth]]]:
    """The ways in which a missing fact can turn out: labels, and the open marks that they set."""
    marks, course = reading.marks, reading.course.answer
    if code == "respiratory_onset" and reading.onset_day_matters:
        yield from (((label,), {**marked, **wide}) for label, marked, wide in _onset_days(reading))
        return
    table = CHRONIC_ASPECTS if course is N and code in CHRONIC_ASPECTS else ASPECTS
    closed = {*ACTIVITY, WORSENING} if course is Y else set()
    aspects = [aspect for aspect in table.get(code, ()) if any(_opens(case, marks, closed) for case in aspect)]
    earlier: list[dict[str, Truth]] = []
    for cases in product(*aspects):
        changed = {mark: value for case in cases for mark, value in _set_marks(code, case, reading).items()}
        if changed and changed not in earlier:
            earlier.append(changed)
            yield tuple(label for label, _marks in cases), changed


def _onset_days(reading: Reading) -> Iterator[tuple[str, dict[str, Truth], dict[str, Truth]]]:
    """The nearest and the farthest day of an onset within 90 days, and an earlier one."""
    yield _("today"), {"onset": Y}, {}
    yield _("90 days ago"), {"onset": Y, FAR: Y}, reading.wide
    yield _("more than 90 days ago"), {"onset": N}, {}


def _opens(case: Case, marks: Marks, closed: set[str]) -> bool:
    return any(marks.get(name) is U for name in case[1] if name not in closed)


def _set_marks(code: str, case: Case, reading: Reading) -> dict[str, Truth]:
    """A known answer is never contradicted; but where N1 is settled by a new fact, N7 sees the new fact too.

    A test without a fall does not say that there was none while a value of another test leaves one open.
    """
    marks = reading.marks
    settled = {name: value for name, value in case[1].items() if name not in SETTLED or marks[name] is U}
    if settled.get("physiology") is N and code not in reading.open_tests:
        del settled["physiology"]
    return settled


def what_if(chart: Flowchart, reading: Reading, outcome: Outcome, codes: Iterable[str]) -> tuple[WhatIf, ...]:
    """For every missing fact, the outcome of each way it can turn out; facts that change nothing are left out."""
    facts = []
    for code in codes:
        cases = tuple(
            Supposed(labels, _supposed(chart, reading, changed)) for labels, changed in suppositions(code, reading)
        )
        if any(case.outcome != outcome for case in cases):
            facts.append(WhatIf(code, cases, all(case.outcome.settled for case in cases)))
    return tuple(facts)


def _supposed(chart: Flowchart, reading: Reading, changed: dict[str, Truth]) -> Outcome:
    widened = {name: answer for name, answer in reading.widened.items() if name not in changed}
    widened |= {name: U for name, answer in reading.wide.items() if answer is Y and changed.get(name) is N}
    marks = {**reading.marks, **changed}
    if WORSENING in changed and reading.early_on_gc:
        marks["improved"] = N
    elif reading.improved.answer is Y and (WORSENING in changed or changed.get("physiology") is Y):
        marks["improved"] = U  # asked again (specification 12 (42))
    regimens = reading.regimens_if(answer_of("course", marks))
    regimen = regimens[-1 if FAR in changed else 0]
    return outcome_of(chart, reading, marks, from_entry(chart, marks, widened), regimen.running)


def unanswered(parts: Iterable[Judged]) -> tuple[str, ...]:
    """What the open ones among separate tests lack."""
    return tuple(dict.fromkeys(code for part in parts if part.answer is U for code in part.missing))
