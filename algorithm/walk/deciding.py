"""When an answer of the chart became known, and by which facts.

The earliest that carry it: a later result of the same meaning neither restarts a clock nor reopens a decision
(specification 11 (24), (35)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from algorithm.walk.reading import Reading
from patients.clinical import facts as f
from patients.clinical.course import known_moment
from patients.clinical.judged import Judged
from patients.clinical.mda5 import mda5_of
from patients.clinical.poor_risk import above_ferritin_limit, counting, hrct_factor, mda5_stood, pao2_says
from patients.clinical.reasons import Reason
from patients.clinical.regimen import StepStart
from patients.clinical.response import judged_on, unchanged_counts_on, worsening_on_gc
from patients.clinical.truth import NO, YES, Truth

F = TypeVar("F", bound=f.Fact)


class Deciding(NamedTuple):
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
        return _first(_standing_diagnosis(reading, lambda x: x.myositis if x.myositis in ("PM", "ASyS") else "DM"))
    if test == "improvement":
        return _not_improved(reading)
    return _by_its_reasons(reading, reading.judged(test))


def together(answers: Iterable[Deciding]) -> Deciding:
    """Several answers that were all needed: known when the last was."""
    all_answers = list(answers)
    moments = [x.known_from for x in all_answers if x.known_from is not None]
    return Deciding(max(moments, default=None), tuple(dict.fromkeys([fact for x in all_answers for fact in x.facts])))


def _first(facts: Sequence[f.Fact]) -> Deciding:
    if not facts:
        return Deciding(None, ())
    earliest = min(facts, key=known_moment)
    return Deciding(known_moment(earliest), (earliest.id,))


def _ids(reading: Reading, reasons: Iterable[Reason]) -> tuple[str, ...]:
    known = reading.snapshot.facts_by_id
    return tuple(dict.fromkeys([x for why in reasons for x in why.facts if x in known]))


def _by_its_reasons(reading: Reading, judged: Judged) -> Deciding:
    facts = [reading.snapshot.facts_by_id[x] for x in _ids(reading, judged.reasons)]
    return Deciding(max(map(known_moment, facts), default=None), tuple(x.id for x in facts))


# -- N2 ---------------------------------------------------------------------------------------------------------------


def _poor_risk(reading: Reading) -> Deciding:
    """Yes: from the first factor that was met (facts: the first of each factor met). No: when the last was excluded."""
    answer = reading.judged("poor_risk").answer
    factors = [_factor(reading, code, answer) for code, x in reading.factors.items() if x.answer is answer]
    if answer is YES and mda5_stood(reading.snapshot).answer is YES:
        factors.append(_first(mda5_of(reading.snapshot).positives))
    moments = [x.known_from for x in factors if x.known_from is not None]
    pick: Callable[..., datetime] = min if answer is YES else max
    return Deciding(pick(moments) if moments else None, tuple(fact for x in factors for fact in x.facts))


def _factor(reading: Reading, code: str, answer: Truth) -> Deciding:
    snapshot = reading.snapshot
    if code == "mda5":
        return _first(mda5_of(snapshot).carrying)
    if code == "adm":
        return _first(_standing_diagnosis(reading, lambda x: (x.myositis, x.provisional)))
    if code == "hrct":
        return _by_its_reasons(reading, reading.factors[code]) if answer is NO else _first_scan(reading)
    said_by = above_ferritin_limit if code == "ferritin" else pao2_says
    values = counting(snapshot, reading.course, snapshot.series(code))
    return _first([x for x in values if said_by(x) is answer])


def _first_scan(reading: Reading) -> Deciding:
    """The scan with which the factor was first met, by the scans that were known by then."""
    scans = counting(reading.snapshot, reading.course, reading.snapshot.hrcts)
    for x in sorted(scans, key=known_moment):
        moment = known_moment(x)
        if hrct_factor([y for y in scans if known_moment(y) <= moment]).answer is YES:
            return Deciding(moment, (x.id,))
    return Deciding(None, ())


def _standing_diagnosis(reading: Reading, meaning: Callable[[f.Diagnosis], object]) -> list[f.Diagnosis]:
    """The latest diagnosis and those just before it that mean the same."""
    run: list[f.Diagnosis] = []
    for diagnosis in reversed(reading.snapshot.diagnoses):
        if run and meaning(diagnosis) != meaning(run[-1]):
            break
        run.append(diagnosis)
    return run


# -- N4, N5, N6 -------------------------------------------------------------------------------------------------------


def _not_improved(reading: Reading) -> Deciding:
    start = reading.regimen.running
    if start is None or reading.improved.answer is not NO:
        return _by_its_reasons(reading, reading.improved)
    worse = _worse(reading, start)
    if worse:
        moment, facts = min(worse)
        return Deciding(moment, facts)
    judged = _by_its_reasons(reading, reading.improved)
    said = next((x for x in reading.snapshot.judgements if x.id in judged.facts and x.improvement == "unchanged"), None)
    if said is None:  # said before its day 0, or by a pulse
        return Deciding(max(start.d0, judged.known_from or start.d0), judged.facts)
    counts = unchanged_counts_on(reading.snapshot, start, said)
    start_of_day = datetime.combine(counts, time(), ZoneInfo(reading.snapshot.zone))
    return Deciding(max(start_of_day, judged.known_from or start_of_day), judged.facts)


def _worse(reading: Reading, start: StepStart) -> list[tuple[datetime, tuple[str, ...]]]:
    """Every statement of worsening on the running step that no later improvement took back."""
    judgements = judged_on(reading.snapshot, start)
    improved = max((x.on for x in judgements if x.improvement == "improved"), default=start.d0)
    statements: list[tuple[datetime, datetime, tuple[str, ...]]] = [
        (x.on, known_moment(x), (x.id,)) for x in judgements if x.improvement == "worse"
    ]
    if start.step == "T1":
        for on, why in worsening_on_gc(reading.snapshot, start):
            known = [known_moment(reading.snapshot.facts_by_id[x]) for x in why.facts]
            statements.append((on, max(known, default=on), why.facts))
    return [(known, facts) for on, known, facts in statements if on > improved]
