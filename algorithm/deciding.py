"""When an answer of the chart became known, and by which facts.

The earliest that carry it: a later result of the same meaning neither restarts a clock nor reopens a decision
(specification 11 (24), (35)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from algorithm.reading import Reading
from patients.clinical import facts as f
from patients.clinical.course import ACUTE, WINDOW_DAYS, known_moment
from patients.clinical.judged import Judged
from patients.clinical.poor_risk import ferritin_factor, hrct_factor, pao2_factor
from patients.clinical.regimen import StepStart
from patients.clinical.response import UNCHANGED_COUNTS_FROM, worsening_on_gc
from patients.clinical.truth import Truth

F = TypeVar("F", bound=f.Fact)


@dataclass(frozen=True, slots=True)
class Deciding:
    """The moment from which an answer was known, and the version ids of the facts that carry it."""

    known_from: datetime | None
    facts: tuple[str, ...]


def deciding(reading: Reading, test: str) -> Deciding:
    """For one answered question."""
    if test == "course":
        course = reading.course
        return Deciding(course.known_from, _ids(reading, course.reasons))
    if test == "poor_risk":
        return _poor_risk(reading)
    if test == "dermatomyositis":
        return _first(_standing_diagnosis(reading, lambda x: x.myositis == "PM"))
    if test == "improvement":
        return _not_improved(reading)
    return _told_by(reading, reading.judged(test))


def together(answers: Iterable[Deciding]) -> Deciding:
    """Several answers that were all needed: known when the last was."""
    given = list(answers)
    moments = [x.known_from for x in given if x.known_from is not None]
    return Deciding(max(moments, default=None), tuple(dict.fromkeys(fact for x in given for fact in x.facts)))


def _first(facts: Sequence[f.Fact]) -> Deciding:
    if not facts:
        return Deciding(None, ())
    earliest = min(facts, key=known_moment)
    return Deciding(known_moment(earliest), (earliest.id,))


def _ids(reading: Reading, reasons: Iterable[object]) -> tuple[str, ...]:
    ids = dict.fromkeys(x for why in reasons for x in getattr(why, "facts", ()))
    return tuple(x for x in ids if x in reading.facts_by_id)


def _told_by(reading: Reading, judged: Judged) -> Deciding:
    facts = [reading.facts_by_id[x] for x in _ids(reading, judged.reasons)]
    return Deciding(max(map(known_moment, facts), default=None), tuple(x.id for x in facts))


# -- N2 ---------------------------------------------------------------------------------------------------------------


def _poor_risk(reading: Reading) -> Deciding:
    """Yes: from the first factor that was met (facts: the first of each factor met). No: when the last was excluded."""
    wanted = reading.judged("poor_risk").answer
    found = [_factor(reading, code, wanted) for code, x in reading.factors.items() if x.answer is wanted]
    moments = [x.known_from for x in found if x.known_from is not None]
    pick: Callable[..., datetime] = min if wanted is Truth.YES else max
    return Deciding(pick(moments) if moments else None, tuple(fact for x in found for fact in x.facts))


def _factor(reading: Reading, code: str, wanted: Truth) -> Deciding:
    snapshot = reading.snapshot
    if code == "mda5":
        result = "positive" if wanted is Truth.YES else "negative"
        return _first([x for x in snapshot.antibodies if x.code == "anti_mda5" and x.result == result])
    if code == "adm":
        return _first(_standing_diagnosis(reading, lambda x: (x.myositis, x.provisional)))
    if code == "hrct":
        return _told_by(reading, reading.factors[code]) if wanted is Truth.NO else _first_scan(reading)
    test = ferritin_factor if code == "ferritin" else pao2_factor
    return _first([x for x in counting(reading, snapshot.series(code)) if test([x]).answer is wanted])


def _first_scan(reading: Reading) -> Deciding:
    scans = counting(reading, reading.snapshot.hrcts)
    met = next((i for i in range(len(scans)) if hrct_factor(scans[: i + 1]).answer is Truth.YES), None)
    return _first(scans[met : met + 1]) if met is not None else Deciding(None, ())


def _standing_diagnosis(reading: Reading, meaning: Callable[[f.Diagnosis], object]) -> list[f.Diagnosis]:
    """The latest diagnosis and those just before it that mean the same."""
    run: list[f.Diagnosis] = []
    for diagnosis in reversed(reading.snapshot.diagnoses):
        if run and meaning(diagnosis) != meaning(run[-1]):
            break
        run.append(diagnosis)
    return run


def counting(reading: Reading, facts: Iterable[F]) -> list[F]:
    """The facts that count for N2 (specification 11 (8), (33))."""
    course, snapshot = reading.course, reading.snapshot
    start = course.since if course.course == ACUTE and course.since else snapshot.today
    return [x for x in facts if x.day >= start - timedelta(days=WINDOW_DAYS)]


# -- N4, N5, N6 -------------------------------------------------------------------------------------------------------


def _not_improved(reading: Reading) -> Deciding:
    start = reading.regimen.running
    if start is None or reading.improved.answer is not Truth.NO:
        return _told_by(reading, reading.improved)
    worse = _worse(reading, start)
    if worse:
        moment, facts = min(worse)
        return Deciding(moment, facts)
    told = _told_by(reading, reading.improved)
    counts = start.day + timedelta(days=UNCHANGED_COUNTS_FROM[start.step])
    dawn = datetime.combine(counts, time(), ZoneInfo(reading.snapshot.zone))
    return Deciding(max(dawn, told.known_from or dawn), told.facts)


def _worse(reading: Reading, start: StepStart) -> list[tuple[datetime, tuple[str, ...]]]:
    """Every statement of worsening on the running step that no later improvement took back."""
    judgements = [x for x in reading.snapshot.judgements if x.day > start.day]
    improved = max((x.on for x in judgements if x.improvement == "improved"), default=start.d0)
    found: list[tuple[datetime, datetime, tuple[str, ...]]] = [
        (x.on, known_moment(x), (x.id,)) for x in judgements if x.improvement == "worse"
    ]
    if start.step == "T1":
        for on, why in worsening_on_gc(reading.snapshot, start):
            known = [known_moment(reading.facts_by_id[x]) for x in why.facts]
            found.append((on, max(known, default=on), why.facts))
    return [(known, facts) for on, known, facts in found if on > improved]
