"""Which step of the chart is being given: combinations of drugs, their day 0, and whether they still run.

Source [S]: Figure 3 and Table 1 (T1 GC; T2 GC + (CsA or IVCY); T3 GC + CsA + IVCY; T4 T3 with IVIG or PMX-DHP).
Readings [J]: specification 11 (10), (12), (13), (26), (34), 12 (40), (41), 13 (66)-(73), (75). What was given before
the episode, or for another disease, starts no step; glucocorticoid raised again begins a new day 0. A course that
ended before the episode belongs to it where its unbroken run goes on (a step of a taper): day 0 is that of the run, and
the decision that a course is chronic moves none [J]. What a single dose covers: `COVERED_DAYS`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from patients.clinical.course import ACUTE, CHRONIC, Course, course_of
from patients.clinical.courses import (
    CALCINEURIN_INHIBITORS,
    CHRONIC_PARTNERS,
    CYCLOPHOSPHAMIDE,
    GC,
    JAK_INHIBITORS,
    SALVAGE,
    ends_of_runs,
    first_doses,
    for_the_lung,
    last_days,
)
from patients.clinical.drugs import DRUGS
from patients.clinical.escalation import AGAIN_AFTER_DAYS, escalates
from patients.clinical.facts import Treatment
from patients.clinical.glucocorticoid import high_for, is_high
from patients.clinical.later_sources import RAPID_PROGRESSION, later_basis
from patients.clinical.physiology import WINDOW_DAYS
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import YES
from patients.clinical.wall_clock import start_of_day

STEPS = ("observation", "T1", "T2", "T3", "T4")
RANKS = {step: place for place, step in enumerate(STEPS)}
T1, T2, T3, T4 = (RANKS[x] for x in STEPS[1:])
BACKGROUND_DAYS = 14  # [J] a first dose this long before the episode is of another time
FROM_ENTRY_AFTER_DAYS = 90  # [J] begun again so long after day 0, the chart is walked from its entry
LATER_AGENTS = JAK_INHIBITORS | {"rtx", "mmf"}  # beside a calcineurin inhibitor not of the chart, 13 (75)
UNDER_GC_DAYS = 14  # [J] a high dose for this long, and a criterion newly met: the question is open at once


class StepStart(NamedTuple):
    """A step of the chart being given: `d0` is the first dose of the drug that completed its combination.

    again: glucocorticoid was raised or a pulse given, or a drug added, on a step that ran. from_entry: so long after
    the day 0 before that the chart is walked from its entry. under_gc: the episode began under a high dose of
    glucocorticoid.
    """

    step: str
    d0: datetime
    day: date
    variants: tuple[Reason, ...] = ()
    again: bool = False
    from_entry: bool = False
    under_gc: bool = False

    def __hash__(self) -> int:
        return hash(self.step)  # asked often, and of nothing that goes on with the clock; a patient has few steps


class Background(NamedTuple):
    """A drug that starts no step: given before the episode, or for another disease; `why` says which."""

    treatment: Treatment
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """Steps started in this episode, in time; `running` is the last. `standing`: its drugs still carry it.

    active: every drug that runs. background: what starts no step. later: what runs is a regimen of later literature,
    not of the chart.
    """

    starts: tuple[StepStart, ...]
    running: StepStart | None
    active: frozenset[str]
    standing: bool
    first_d0: StepStart | None
    background: tuple[Background, ...] = ()
    later: bool = False

    @property
    def phase(self) -> tuple[StepStart, ...]:
        """The starts since the chart was last walked from its entry."""
        last = max((i for i, x in enumerate(self.starts) if x.from_entry), default=0)
        return self.starts[last:]

    @property
    def walked_again(self) -> date | None:
        """The day 0 from which the chart is walked from its entry again; None in the first phase."""
        return self.phase[0].day if self.phase and self.phase[0].from_entry else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicated:
    """The chart's answer, handed to the monitoring rules. `known_from`: when its deciding fact became known.

    possible: every step still possible, lowest first."""

    step: str | None = None
    known_from: datetime | None = None
    facts: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    started: bool = False
    possible: tuple[str, ...] = ()


def rank(step: str | None) -> int:
    """Order of the steps: observation below T1 below T2 below T3 below T4; unknown lowest."""
    return RANKS[step] if step else -1


def by_rank(steps: Collection[str]) -> tuple[str, ...]:
    """Steps of the chart, each once, lowest first."""
    return tuple([x for x in STEPS if x in steps])


def next_step(step: str) -> str:
    """The step after this one; T4 is the last."""
    return STEPS[min(rank(step) + 1, len(STEPS) - 1)]


def ended_today(regimen: Regimen, today: date) -> StepStart | None:
    """The step that ran until a higher one started today: what is found on such a day was found on that step."""
    if regimen.running is None or regimen.running.day != today:
        return None
    return next((x for x in reversed(regimen.starts) if x.day < today), None)


@once
def regimen_of(snapshot: Snapshot) -> Regimen:
    """The steps started in the episode, by what was given together."""
    return regimen_in(snapshot, course_of(snapshot))


NO_REGIMEN = Regimen(starts=(), running=None, active=frozenset(), standing=False, first_d0=None)


def regimen_in(snapshot: Snapshot, course: Course) -> Regimen:
    """The steps started if the course were this one, which says what treatments belong to the episode."""
    return regimen_if(snapshot, course.course, course.since)


@once
def regimen_if(snapshot: Snapshot, course: str | None, since: date | None) -> Regimen:
    """The same by the two that matter of a course: its name, and since when."""
    if not snapshot.treatments:
        return NO_REGIMEN
    return _Reading(snapshot, course, since).regimen()


def _first_day(snapshot: Snapshot, course: str | None, since: date | None) -> date | None:
    """First day of an A/S episode: its first criterion, or a respiratory onset within 90 days before it (13 (66))."""
    if course != ACUTE or since is None:
        return since if course == CHRONIC else None
    ended = max((x.on for x in snapshot.decisions if x.course == CHRONIC and x.day <= since), default=None)
    onsets = [x for x in snapshot.onsets if ended is None or x.on > ended]
    return min([since, *(x.day for x in onsets if (since - x.day).days <= WINDOW_DAYS)])


class Medication(NamedTuple):
    """What is given at a moment: the courses, oldest first, and their drugs."""

    courses: Sequence[Treatment]
    drugs: Set[str]


class _Reading:
    """One pass over the treatments of an episode."""

    def __init__(self, snapshot: Snapshot, course: str | None, since: date | None) -> None:
        self.snapshot, self.acute = snapshot, course == ACUTE
        self.clocked = course in (ACUTE, CHRONIC)  # while the course is open nothing is raised "again"
        self.partners = CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE
        self.partners |= CHRONIC_PARTNERS if course == CHRONIC else frozenset()
        self.begin = begin = _first_day(snapshot, course, since)
        self.firsts, self.ends = first_doses(snapshot), last_days(snapshot)
        run_ends = ends_of_runs(snapshot)  # what ended before, of a run that goes on, sets its day 0
        self.treatments = [
            x for x in snapshot.treatments if begin is None or (end := run_ends[x.id]) is None or end >= begin
        ]
        self.background = {x.id: why for x in self.treatments if (why := self._background(x)) is not None}
        self.of_chart = [x for x in self.treatments if x.indication != "other"]
        self.starts: list[StepStart] = []
        self.reached = 0
        self.anchored = False  # glucocorticoid of the chart is being given
        self.triple: datetime | None = None

    def regimen(self) -> Regimen:
        today = self.snapshot.today
        active = frozenset([x.drug for x in self._still_given(self.treatments, today)])
        carrying = frozenset([x.drug for x in self._still_given(self.of_chart, today)])
        if self.acute or carrying & (GC | self.partners | SALVAGE):  # outside A/S a finished treatment is past
            self._walk()
        running = self.starts[-1] if self.starts else None
        return Regimen(
            starts=tuple(self.starts),
            running=running,
            active=active,
            standing=_standing(running, carrying, self.partners),
            first_d0=self.starts[0] if self.starts else None,
            later=self.acute and _later_regimen(carrying),
            background=tuple([Background(x, self.background[x.id]) for x in self.treatments if self._goes_on(x)]),
        )

    # -- what starts no step ------------------------------------------------------------------------------------------

    def _background(self, treatment: Treatment) -> Reason | None:
        if treatment.indication == "other":
            return reason(_("given for another disease"), facts=(treatment.id,), basis="J")
        if not self.acute or self.begin is None:
            return None
        first = self.firsts[treatment.id]
        if (self.begin - first).days <= BACKGROUND_DAYS:
            return None
        return reason(_("given before this episode, since %(day)s"), facts=(treatment.id,), basis="J", day=first)

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _walk(self) -> None:
        self._entry()
        courses: list[Treatment] = []
        for moment, group in groupby(self.of_chart, key=_time):
            begun = list(group)
            day = begun[0].day
            courses = self._still_given([*courses, *begun], day)
            in_episode = self.begin is None or day >= self.begin
            if in_episode or any(not self._is_old(x) for x in begun):
                self._at(moment, day, begun, Medication(courses, {x.drug for x in courses}))

    def _still_given(self, begun: Sequence[Treatment], day: date) -> list[Treatment]:
        """Of courses begun by a day those that had not ended before it."""
        ends = self.ends
        return [x for x in begun if (end := ends[x.id]) is None or day <= end]

    def _is_old(self, treatment: Treatment) -> bool:
        return treatment.id in self.background

    def _goes_on(self, treatment: Treatment) -> bool:
        """Is it background that had not ended before the episode?"""
        end = self.ends[treatment.id]
        return self._is_old(treatment) and (self.begin is None or end is None or end >= self.begin)

    def _entry(self) -> None:
        """Background glucocorticoid at a high dose on the first day of the episode is that of the chart (12 (40))."""
        if self.begin is None or not any(x.drug in GC and self._is_old(x) for x in self.of_chart):
            return
        if is_high(self.snapshot, self.begin) is YES:
            self.anchored = True
            under_gc = high_for(self.snapshot, self.begin, UNDER_GC_DAYS)
            midnight = start_of_day(self.begin, ZoneInfo(self.snapshot.zone))
            courses = self._still_given([x for x in self.of_chart if x.on <= midnight], self.begin)
            self._reach(midnight, self.begin, Medication(courses, {x.drug for x in courses}), under_gc=under_gc)

    def _at(self, moment: datetime, day: date, begun: Sequence[Treatment], medication: Medication) -> None:
        again = self._again(begun, day)
        if not self.anchored:
            own = any(x.drug in GC and not self._is_old(x) for x in medication.courses)
            self.anchored = own or again or self._later_completed(medication, moment)
        self._reach(moment, day, medication, again=again)

    def _reach(
        self, moment: datetime, day: date, medication: Medication, *, again: bool = False, under_gc: bool = False
    ) -> None:
        """Notes the step that what is given from this moment on makes, if it is a new one or begun again."""
        level = self._level(medication)
        last = self.starts[-1] if self.starts else None
        from_entry = again and last is not None and (day - last.day).days > FROM_ENTRY_AFTER_DAYS
        if from_entry:
            self.reached, self.triple = 0, None
        elif self.triple is not None and self.reached == T3 and _salvage_after(medication, self.triple):
            level = T4
        higher = level > self.reached
        if level == T3 and higher:
            self.triple = moment
        if higher or (again and level) or self._later_completed(medication, moment):
            self.reached = max(self.reached, level)
            self._start(
                moment, day, medication, again=again and last is not None, from_entry=from_entry, under_gc=under_gc
            )

    def _start(
        self,
        moment: datetime,
        day: date,
        medication: Medication,
        *,
        again: bool,
        from_entry: bool,
        under_gc: bool,
    ) -> None:
        notes = [*_variants(self.reached, medication), *self._continued(medication)]
        if again:
            notes.append(reason(_("begun again: glucocorticoid raised, or a drug added"), basis="J"))
        if self.acute and _later_regimen(medication.drugs):
            notes.append(
                reason(_("later regimen, not of the chart"), basis=later_basis(self.snapshot, RAPID_PROGRESSION))
            )
        start = StepStart(
            step=STEPS[self.reached],
            d0=moment,
            day=day,
            variants=tuple(notes),
            again=again,
            from_entry=from_entry,
            under_gc=under_gc,
        )
        self.starts.append(start)

    def _level(self, medication: Medication) -> int:
        """The step that drugs given together make. Without glucocorticoid of the chart only what the episode added
        counts beside it; with it, what continues from before counts too (12 (40))."""
        counted = medication.drugs if self.anchored else {x.drug for x in medication.courses if not self._is_old(x)}
        combined = not counted.isdisjoint(self.partners)
        if medication.drugs.isdisjoint(GC) or not (self.anchored or combined):
            return 0
        if not combined:
            return T1
        triple = not (counted.isdisjoint(CALCINEURIN_INHIBITORS) or counted.isdisjoint(CYCLOPHOSPHAMIDE))
        return T3 if triple else T2

    def _continued(self, medication: Medication) -> Iterator[Reason]:
        for x in medication.courses:
            if self._is_old(x) and x.drug in self.partners:
                yield reason(
                    _("%(drug)s continued from before this episode"), facts=(x.id,), basis="J", drug=_name_of(x.drug)
                )

    # -- begun again --------------------------------------------------------------------------------------------------

    def _again(self, begun: Sequence[Treatment], day: date) -> bool:
        """Is a treatment begun on this day a re-escalation (12 (41), 13 (70), (71))? Not within 28 days of day 0."""
        last = self.starts[-1] if self.starts else None
        if not self.clocked or (last is not None and (day - last.day).days <= AGAIN_AFTER_DAYS):
            return False
        if last is None and not self.background:
            return False  # a first start needs no second
        return any(escalates(self.snapshot, x) for x in begun if last is not None or x.drug in GC)

    def _later_completed(self, medication: Medication, moment: datetime) -> bool:
        """Does what begins now complete a regimen of later literature (13 (75))?"""
        if not self.acute or not _later_regimen(medication.drugs):
            return False
        return not _later_regimen({x.drug for x in medication.courses if x.on < moment})


_time = attrgetter("on")


def _later_regimen(drugs: Set[str]) -> bool:
    """Glucocorticoid with two further agents of which one is not of the chart: ACR/CHEST 2023 [L2] (13 (75))."""
    if drugs.isdisjoint(LATER_AGENTS) or drugs.isdisjoint(GC):
        return False
    with_cni = drugs & CALCINEURIN_INHIBITORS
    with_jak = drugs & JAK_INHIBITORS and drugs & (CYCLOPHOSPHAMIDE | {"rtx", "mmf"})
    return bool(with_cni or with_jak)


def _salvage_after(medication: Medication, triple: datetime) -> bool:
    """Salvage counts as T4 only when T3 was given before it (11 (34))."""
    if medication.drugs.isdisjoint(SALVAGE):
        return False
    return any(for_the_lung(x) and x.on > triple for x in medication.courses)


def _name_of(drug: str) -> Term:
    return Term(DRUGS[drug].name) if drug in DRUGS else Term(drug)


VARIANTS = {
    "tac": _("tacrolimus in place of cyclosporine"),
    "cy_oral": _("oral cyclophosphamide in place of IVCY"),
    "plasma_exchange": _("plasma exchange (later evidence, not in the paper)"),
}


def _variants(level: int, medication: Medication) -> Iterator[Reason]:
    """What differs from the printed combination and still counts as this step (11 (12), (34))."""
    drugs = medication.drugs
    if level >= T3:
        ids = {x.drug: x.id for x in medication.courses}
        for drug in sorted(drugs & VARIANTS.keys()):
            yield reason(VARIANTS[drug], facts=(ids[drug],), basis="J")
        oral = [x for x in medication.courses if x.drug == "csa" and x.route == "oral"]
        if oral:
            yield reason(_("oral cyclosporine in place of intravenous"), facts=(oral[-1].id,), basis="J")
    elif drugs & CHRONIC_PARTNERS and not drugs & (CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE):
        yield reason(_("azathioprine or mycophenolate with glucocorticoid in chronic ILD"), basis="S")


def _standing(running: StepStart | None, active: frozenset[str], partners: frozenset[str]) -> bool:
    """T1 while GC runs; a higher step while GC and one other of its drugs run (11 (34))."""
    if running is None or not active & GC:
        return False
    return running.step == "T1" or bool(active & (partners | SALVAGE))
