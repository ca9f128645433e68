"""Which step of the chart is being given: combinations of drugs, their day 0, and whether they still run.

Source [S]: Figure 3 and Table 1 (T1 GC; T2 GC + (CsA or IVCY); T3 GC + CsA + IVCY; T4 T3 with IVIG or PMX-DHP).
Readings [J]: specification 11 (10), (12), (13), (26), (34). One dose of IVCY, recorded by
itself, covers the four weeks to the next one; a course of IVCY that was stopped on a later day ends with that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patients.clinical.course import ACUTE, CHRONIC, Course
from patients.clinical.facts import Treatment
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot

STEPS = ("observation", "T1", "T2", "T3", "T4")
GC = frozenset({"gc", "gc_pulse"})
CALCINEURIN_INHIBITORS = frozenset({"csa", "tac"})
CYCLOPHOSPHAMIDE = frozenset({"ivcy", "cy_oral"})
SALVAGE = frozenset({"ivig", "pmx_dhp", "plasma_exchange"})
CHRONIC_PARTNERS = frozenset({"aza", "mmf"})  # [S] node N7, chronic ILD only
IVCY_INTERVAL_DAYS = 28  # [S] "every 4 weeks"


@dataclass(frozen=True, slots=True)
class StepStart:
    """A step of the chart being given: `d0` is the first dose of the drug that completed its combination."""

    step: str
    d0: datetime
    day: date
    variants: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Regimen:
    """Steps started in this episode, ascending; `running` is the highest. `standing`: its drugs still carry it."""

    starts: tuple[StepStart, ...]
    running: StepStart | None
    active: frozenset[str]
    standing: bool
    first_d0: StepStart | None


@dataclass(frozen=True, slots=True)
class Indicated:
    """The chart's answer, handed to the monitoring rules. `known_from`: when its deciding fact became known."""

    step: str | None
    known_from: datetime | None
    facts: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    started: bool = False


def rank(step: str | None) -> int:
    """Order of the steps: observation below T1 below T2 below T3 below T4; unknown lowest."""
    return STEPS.index(step) if step else -1


def next_step(step: str) -> str:
    """The step after this one; T4 is the last."""
    return STEPS[min(rank(step) + 1, len(STEPS) - 1)]


def ended_today(regimen: Regimen, today: date) -> StepStart | None:
    """The step that ran until a higher one started today: what is found on such a day was found on that step."""
    if regimen.running is None or regimen.running.day != today:
        return None
    return next((x for x in reversed(regimen.starts) if x.day < today), None)


def regimen_of(snapshot: Snapshot, course: Course) -> Regimen:
    """The steps started in the episode, by what was given together."""
    given = _of_this_episode(snapshot, course)
    partners = _partners(course)
    active = frozenset(x.drug for x in given if _runs_on(x, snapshot.today))
    ended = course.course != ACUTE and not active & (
        GC | partners | SALVAGE
    )  # outside A/S a finished treatment is past
    starts = () if ended else tuple(_starts(given, partners))
    running = starts[-1] if starts else None
    return Regimen(starts, running, active, _standing(running, active, partners), starts[0] if starts else None)


def _of_this_episode(snapshot: Snapshot, course: Course) -> list[Treatment]:
    """Treatments that ran at any time since the episode began; all, while there is no episode."""
    start = course.since if course.course in (ACUTE, CHRONIC) else None
    return [x for x in snapshot.treatments if start is None or (end := last_day(x)) is None or end >= start]


def last_day(treatment: Treatment) -> date | None:
    """Last day on which the treatment counts as running; None while it runs."""
    if treatment.drug == "ivcy" and treatment.stop == treatment.day:
        return treatment.day + timedelta(days=IVCY_INTERVAL_DAYS)
    return treatment.stop


def _runs_on(treatment: Treatment, day: date) -> bool:
    end = last_day(treatment)
    return treatment.day <= day and (end is None or day <= end)


def _partners(course: Course) -> frozenset[str]:
    partners = CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE
    return partners | CHRONIC_PARTNERS if course.course == CHRONIC else partners


def _starts(given: Sequence[Treatment], partners: frozenset[str]) -> Iterator[StepStart]:
    reached = 0
    triple: datetime | None = None
    for moment in sorted({x.on for x in given}):
        now = [x for x in given if x.on <= moment and _runs_on(x, _day_of(given, moment))]
        level = _level({x.drug for x in now}, partners)
        if level > reached:
            reached = level
            triple = moment if level == rank("T3") else triple
            yield StepStart(STEPS[level], moment, _day_of(given, moment), tuple(_variants(level, now)))
        if reached == rank("T3") and triple is not None and _salvage_after(now, triple):
            reached = rank("T4")
            yield StepStart("T4", moment, _day_of(given, moment), tuple(_variants(reached, now)))


def _day_of(given: Sequence[Treatment], moment: datetime) -> date:
    return next(x.day for x in given if x.on == moment)


def _level(drugs: set[str], partners: frozenset[str]) -> int:
    if not drugs & GC:
        return 0
    if drugs & CALCINEURIN_INHIBITORS and drugs & CYCLOPHOSPHAMIDE:
        return rank("T3")
    return rank("T2") if drugs & partners else rank("T1")


def _salvage_after(now: Iterable[Treatment], triple: datetime) -> bool:
    """Salvage counts as T4 only when T3 was given before it (11 (34))."""
    return any(x.drug in SALVAGE and x.on > triple for x in now)


def _variants(level: int, now: Sequence[Treatment]) -> Iterator[Reason]:
    """What differs from the printed combination and still counts as this step (11 (12), (34))."""
    texts = {
        "tac": _("tacrolimus in place of cyclosporine"),
        "cy_oral": _("oral cyclophosphamide in place of IVCY"),
        "plasma_exchange": _("plasma exchange (later evidence, not in the paper)"),
    }
    drugs = {x.drug for x in now}
    if level >= rank("T3"):
        ids = {x.drug: x.id for x in now}
        for drug in sorted(drugs & texts.keys()):
            yield reason(texts[drug], facts=(ids[drug],), basis="J")
        oral = [x for x in now if x.drug == "csa" and x.route == "oral"]
        if oral:
            yield reason(_("oral cyclosporine in place of intravenous"), facts=(oral[-1].id,), basis="J")
    elif drugs & CHRONIC_PARTNERS and not drugs & (CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE):
        yield reason(_("azathioprine or mycophenolate with glucocorticoid in chronic ILD"), basis="S")


def _standing(running: StepStart | None, active: frozenset[str], partners: frozenset[str]) -> bool:
    """T1 while GC runs; a higher step while GC and one other of its drugs run (11 (34))."""
    if running is None or not active & GC:
        return False
    return running.step == "T1" or bool(active & (partners | SALVAGE))
