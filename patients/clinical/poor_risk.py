"""The five factors of poor risk: node N2 of Figure 3.

Source [S]: Kurasawa and Arai 2014, Figure 3. Readings [J]: specification 2 and 11 (8), (9), (37): any value from 90
days before the course became A/S counts for the rest of the episode; antibodies and the diagnosis do not age.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from patients.clinical import facts as f
from patients.clinical.course import ACUTE, WINDOW_DAYS, Course
from patients.clinical.judged import Judged, any_judged
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import Truth, all_of, any_of, truth

FERRITIN_LIMIT = Decimal(1000)  # ng/mL, more than [S]
PAO2_LIMIT = Decimal(60)  # mmHg on room air, less than [S]
FACTORS = ("adm", "mda5", "ferritin", "hrct", "pao2")

F = TypeVar("F", bound=f.Fact)


def poor_risk(snapshot: Snapshot, course: Course) -> Judged:
    """N2: any of the five factors."""
    return any_judged("poor_risk", tuple(poor_risk_factors(snapshot, course).values()))


def poor_risk_factors(snapshot: Snapshot, course: Course) -> dict[str, Judged]:
    """The five factors by code, in the order of the figure."""
    tests = (
        adm_factor(snapshot),
        mda5_factor(snapshot),
        ferritin_factor(_counting(snapshot, course, snapshot.series("ferritin"))),
        hrct_factor(_counting(snapshot, course, snapshot.hrcts)),
        pao2_factor(_counting(snapshot, course, snapshot.series("pao2"))),
    )
    return {test.code: test for test in tests}


def poor_risk_known_from(snapshot: Snapshot, course: Course) -> datetime | None:
    """When the first fact that meets a factor became known; None while none is met."""
    factors = poor_risk_factors(snapshot, course)
    met = [x for x in factors.values() if x.answer is Truth.YES]
    return min((x for factor in met for x in _met_moments(snapshot, course, factor.code)), default=None)


def _met_moments(snapshot: Snapshot, course: Course, code: str) -> list[datetime]:
    """When each single fact that meets the factor became known."""
    counting: Sequence[f.Fact]
    if code == "mda5":
        counting = [x for x in snapshot.antibodies if x.code == "anti_mda5" and x.result == "positive"]
    elif code == "hrct":
        scans = _counting(snapshot, course, snapshot.hrcts)
        counting = [scan for scan, answer in _standing_readings(scans) if answer is Truth.YES]
    elif code == "adm":
        counting = snapshot.diagnoses[-1:]
    else:
        test = ferritin_factor if code == "ferritin" else pao2_factor
        series = _counting(snapshot, course, snapshot.series(code))
        counting = [x for x in series if test([x]).answer is Truth.YES]
    return [x.known for x in counting]


def _counting(snapshot: Snapshot, course: Course, facts: Iterable[F]) -> list[F]:
    """Facts from 90 days before the course became A/S; of the last 90 days in another course (11 (8), (33))."""
    start = course.since if course.course == ACUTE and course.since else snapshot.today
    return [x for x in facts if x.day >= start - timedelta(days=WINDOW_DAYS)]


DIAGNOSIS_NAMES = {
    "DM": Term("dermatomyositis (DM)"),
    "PM": Term("polymyositis (PM)"),
    "ADM": Term("amyopathic dermatomyositis (ADM)"),
    "hypomyopathic_DM": Term("hypomyopathic dermatomyositis"),
    "CADM": Term("clinically amyopathic dermatomyositis (CADM)"),
}


def adm_factor(snapshot: Snapshot) -> Judged:
    """Factor 1, ADM. Hypomyopathic DM and CADM count by a site switch; provisional DM leaves it open (11 (9))."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("adm", Truth.UNKNOWN, (reason(_("no diagnosis of myositis recorded")),), ("diagnosis",))
    answer = _adm_answer(diagnosis, snapshot.settings.hypomyopathic_counts_as_adm)
    basis = "S" if diagnosis.myositis in ("ADM", "DM", "PM") and not diagnosis.provisional else "J"
    message = _("%(diagnosis)s, provisional, on %(day)s") if diagnosis.provisional else _("%(diagnosis)s on %(day)s")
    name = DIAGNOSIS_NAMES[diagnosis.myositis]
    why = reason(message, facts=(diagnosis.id,), basis=basis, diagnosis=name, day=diagnosis.day)
    missing = ("diagnosis",) if answer is Truth.UNKNOWN else ()
    return Judged("adm", answer, (why,), missing, provisional=diagnosis.provisional)


def _adm_answer(diagnosis: f.Diagnosis, hypomyopathic_counts: bool) -> Truth:
    if diagnosis.myositis in ("hypomyopathic_DM", "CADM"):
        return truth(hypomyopathic_counts)
    if diagnosis.myositis == "DM" and diagnosis.provisional:
        return Truth.UNKNOWN
    return truth(diagnosis.myositis == "ADM")


def antibody_answer(results: Sequence[f.Antibody]) -> tuple[Truth, f.Antibody | None]:
    """Yes if any is positive (treatment may clear it), else no if one is negative, else unknown; and its fact."""
    for wanted, answer in (("positive", Truth.YES), ("negative", Truth.NO)):
        telling = latest([x for x in results if x.result == wanted])
        if telling is not None:
            return answer, telling
    return Truth.UNKNOWN, latest(results)


def mda5_factor(snapshot: Snapshot) -> Judged:
    """Factor 2, anti-MDA5 positive."""
    answer, fact = antibody_answer([x for x in snapshot.antibodies if x.code == "anti_mda5"])
    if fact is None:
        return Judged("mda5", Truth.UNKNOWN, (_untested(snapshot),), ("anti_mda5",))
    messages = {
        Truth.YES: _("anti-MDA5 positive on %(day)s"),
        Truth.NO: _("anti-MDA5 negative on %(day)s"),
        Truth.UNKNOWN: _("anti-MDA5 awaited since %(day)s"),
    }
    missing = ("anti_mda5",) if answer is Truth.UNKNOWN else ()
    return Judged("mda5", answer, (reason(messages[answer], facts=(fact.id,), day=fact.day),), missing)


def _untested(snapshot: Snapshot) -> Reason:
    titre = latest(snapshot.series("mda5_titre"))
    if titre is None:
        return reason(_("anti-MDA5 not recorded"))
    message = _("anti-MDA5 titre %(value)s on %(day)s, but no positive or negative result is recorded")
    return reason(message, facts=(titre.id,), basis="J", value=titre.quantity, day=titre.day)


def ferritin_factor(series: Sequence[f.Measurement]) -> Judged:
    """Factor 3, ferritin > 1,000 ng/mL (strict). A censored value that cannot settle it leaves it unknown (11 (37))."""
    if not series:
        why = reason(_("no ferritin in the time that counts"), basis="J")
        return Judged("ferritin", Truth.UNKNOWN, (why,), ("ferritin",))
    answers = {x.id: x.quantity.interval.above(FERRITIN_LIMIT) for x in series}
    answer = any_of(answers.values())
    telling = latest([x for x in series if answers[x.id] is answer]) or series[-1]
    messages = {
        Truth.YES: _("ferritin %(value)s ng/mL on %(day)s > 1,000"),
        Truth.NO: _("ferritin %(value)s ng/mL on %(day)s, not > 1,000"),
        Truth.UNKNOWN: _("ferritin %(value)s ng/mL on %(day)s: not known whether > 1,000"),
    }
    return _measured("ferritin", answer, messages[answer], telling)


def _measured(code: str, answer: Truth, message: str, telling: f.Measurement) -> Judged:
    why = [reason(message, facts=(telling.id,), value=telling.quantity, day=telling.day)]
    if telling.status == "preliminary":
        why.append(reason(_("(preliminary result)"), facts=(telling.id,)))
    return Judged(code, answer, tuple(why), (code,) if answer is Truth.UNKNOWN else ())


def hrct_factor(scans: Sequence[f.Hrct]) -> Judged:
    """Factor 4, GGO and lower consolidation. A scan that does not mention one leaves the older reading (11 (8))."""
    if not scans:
        return Judged("hrct", Truth.UNKNOWN, (reason(_("no HRCT in the time that counts"), basis="J"),), ("hrct",))
    states = _standing_readings(scans)
    met = next((scan for scan, answer in states if answer is Truth.YES), None)
    scan, answer = (met, Truth.YES) if met else states[-1]
    messages = {
        Truth.YES: _("HRCT of %(day)s: ground-glass opacity with lower consolidation"),
        Truth.NO: _("HRCT of %(day)s: not ground-glass opacity with lower consolidation"),
        Truth.UNKNOWN: _("HRCT of %(day)s: ground-glass opacity or zone of consolidation not stated"),
    }
    missing = ("hrct",) if answer is Truth.UNKNOWN else ()
    return Judged("hrct", answer, (reason(messages[answer], facts=(scan.id,), day=scan.day),), missing)


def _standing_readings(scans: Sequence[f.Hrct]) -> list[tuple[f.Hrct, Truth]]:
    """After each scan: are GGO and lower consolidation both present, by the newest reading of each?"""
    ggo: bool | None = None
    zone: str | None = None
    states = []
    for scan in scans:
        ggo = scan.ggo if scan.ggo is not None else ggo
        zone = scan.consolidation or zone
        lower = truth(None if zone is None else zone == "lower")
        states.append((scan, all_of([truth(ggo), lower])))
    return states


def pao2_factor(series: Sequence[f.Measurement]) -> Judged:
    """Factor 5, PaO2 < 60 mmHg on room air. On oxygen it is unknown: a PaO2 on air is never derived."""
    on_air = [x for x in series if x.on_air]
    answers = {x.id: x.quantity.interval.below(PAO2_LIMIT) for x in on_air}
    answer = any_of(answers.values()) if on_air else Truth.UNKNOWN
    telling = latest([x for x in on_air if answers[x.id] is answer])
    newest = latest(series)
    if answer is not Truth.YES and newest is not None and not newest.on_air:
        return _on_oxygen(newest)
    if telling is None:
        why = reason(_("no PaO2 on room air in the time that counts"), basis="J")
        return Judged("pao2", Truth.UNKNOWN, (why,), ("pao2",))
    messages = {
        Truth.YES: _("PaO2 %(value)s mmHg on room air on %(day)s < 60"),
        Truth.NO: _("PaO2 %(value)s mmHg on room air on %(day)s, not < 60"),
        Truth.UNKNOWN: _("PaO2 %(value)s mmHg on room air on %(day)s: not known whether < 60"),
    }
    return _measured("pao2", answer, messages[answer], telling)


def _on_oxygen(newest: f.Measurement) -> Judged:
    if newest.fio2 is None:
        why = reason(
            _("PaO2 %(value)s mmHg on %(day)s without FiO2"), facts=(newest.id,), value=newest.quantity, day=newest.day
        )
        return Judged("pao2", Truth.UNKNOWN, (why,), ("pao2",))
    ratio = (newest.quantity.value / newest.fio2).quantize(Decimal(1))
    message = _(
        "on oxygen on %(day)s (PaO2 %(value)s mmHg at FiO2 %(fio2)s, P/F %(ratio)s): PaO2 on room air not known"
    )
    parts: dict[str, Decimal] = {"fio2": newest.fio2, "ratio": ratio}
    why = reason(message, facts=(newest.id,), basis="J", value=newest.quantity, day=newest.day, **parts)
    return Judged("pao2", Truth.UNKNOWN, (why,), ("pao2",))
