"""The five factors of poor risk: node N2 of Figure 3.

Source [S]: Kurasawa and Arai 2014, Figure 3. Readings [J]: specification 2 and 11 (8), (9), (37), 13 (63), (81): any
value from 90 days before the course became A/S counts for the rest of the episode; antibodies and the diagnosis do not
age. Oxygen can only raise a PaO2, so that one below the limit on oxygen counts all the more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from patients.clinical import facts as f
from patients.clinical.course import ACUTE, Course, course_of, known_moment
from patients.clinical.factors_in_doubt import with_doubts
from patients.clinical.findings import DEVICES
from patients.clinical.judged import Judged, any_judged
from patients.clinical.mda5 import mda5_factor, mda5_of
from patients.clinical.physiology import WINDOW_DAYS
from patients.clinical.reasons import Month, Part, Reason, Term, _, reason
from patients.clinical.regimen import regimen_in
from patients.clinical.snapshot import Snapshot, from_day, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of, any_of, truth

FERRITIN_LIMIT = Decimal(1000)  # ng/mL, more than [S]
PAO2_LIMIT = Decimal(60)  # mmHg, less than [S]
FACTORS = ("adm", "mda5", "ferritin", "hrct", "pao2")

F = TypeVar("F", bound=f.Fact)


@once
def poor_risk(snapshot: Snapshot) -> Judged:
    """N2: any of the five factors, or a positive anti-MDA5 that stood before it was contradicted."""
    return any_judged("poor_risk", (*poor_risk_factors(snapshot).values(), mda5_stood(snapshot)))


@once
def mda5_stood(snapshot: Snapshot) -> Judged:
    """Was the course acute/subacute with anti-MDA5 positive before a contradiction came? That unmakes no step (81)."""
    told, course = mda5_of(snapshot), course_of(snapshot)
    first, acute = told.positive_from, course.known_from if course.course == ACUTE else None
    if told.contradiction is None or first is None or acute is None or max(first, acute) >= told.contradiction.known:
        return Judged("mda5_stood", NO)
    positive = min(told.positives, key=known_moment)
    message = _("anti-MDA5 was positive first, from the sample of %(day)s: a contradiction takes back no step")
    return Judged("mda5_stood", YES, (reason(message, facts=(positive.id,), basis="J", day=positive.day),))


@once
def poor_risk_factors(snapshot: Snapshot) -> dict[str, Judged]:
    """The five factors by code, in the order of the figure."""
    return poor_risk_factors_in(snapshot, course_of(snapshot))


def poor_risk_factors_in(snapshot: Snapshot, course: Course) -> dict[str, Judged]:
    """The five factors if the course were this one, which says how far back values count."""
    return with_doubts(snapshot, lambda read: _factors_in(read, course))


def _factors_in(snapshot: Snapshot, course: Course) -> dict[str, Judged]:
    since = counted_from(snapshot, course)
    return {
        "adm": adm_factor(snapshot),
        "mda5": mda5_factor(snapshot),
        "ferritin": ferritin_factor(from_day(snapshot.series("ferritin"), since)),
        "hrct": hrct_factor(from_day(snapshot.hrcts, since)),
        "pao2": pao2_factor(from_day(snapshot.series("pao2"), since)),
    }


def counted_from(snapshot: Snapshot, course: Course) -> date:
    """The first day of facts that count: 90 days before the course became A/S, or before today in another course
    (11 (8), (33)).

    Where the chart is walked again in the same episode, 90 days before that day 0 (13 (73)).
    """
    start = course.since if course.course == ACUTE and course.since else snapshot.today
    if course.course == ACUTE and (again := regimen_in(snapshot, course).walked_again) is not None:
        start = again
    return start - timedelta(days=WINDOW_DAYS)


def counting(snapshot: Snapshot, course: Course, facts: Sequence[F]) -> Sequence[F]:
    """Of facts, oldest first, those that count in a course."""
    return from_day(facts, counted_from(snapshot, course))


DIAGNOSIS_NAMES = {
    "DM": Term("dermatomyositis (DM)"),
    "PM": Term("polymyositis (PM)"),
    "ADM": Term("amyopathic dermatomyositis (ADM)"),
    "hypomyopathic_DM": Term("hypomyopathic dermatomyositis"),
    "CADM": Term("clinically amyopathic dermatomyositis (CADM)"),
    "ASyS": Term("antisynthetase syndrome without myositis"),
}


@once
def adm_factor(snapshot: Snapshot) -> Judged:
    """Factor 1, ADM. Hypomyopathic DM and CADM count by a site switch; provisional DM leaves it open (11 (9))."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("adm", UNKNOWN, (reason(_("no diagnosis of myositis recorded")),), ("diagnosis",))
    answer = _adm_answer(diagnosis, snapshot.settings.hypomyopathic_counts_as_adm)
    basis = "S" if diagnosis.myositis in ("ADM", "DM", "PM") and not diagnosis.provisional else "J"
    missing = ("diagnosis",) if answer is UNKNOWN else ()
    return Judged("adm", answer, (diagnosis_reason(diagnosis, basis),), missing, provisional=diagnosis.provisional)


def diagnosis_reason(diagnosis: f.Diagnosis, basis: str = "S") -> Reason:
    """The diagnosis with its day, or its month where only that is known."""
    name, facts = DIAGNOSIS_NAMES[diagnosis.myositis], (diagnosis.id,)
    if diagnosis.month:
        message = _("%(diagnosis)s, %(month)s")
        if diagnosis.provisional:
            message = _("%(diagnosis)s, provisional, %(month)s")
        return reason(message, facts=facts, basis=basis, diagnosis=name, month=Month(diagnosis.day))
    message = _("%(diagnosis)s, provisional, on %(day)s") if diagnosis.provisional else _("%(diagnosis)s on %(day)s")
    return reason(message, facts=facts, basis=basis, diagnosis=name, day=diagnosis.day)


def _adm_answer(diagnosis: f.Diagnosis, hypomyopathic_counts: bool) -> Truth:
    if diagnosis.myositis in ("hypomyopathic_DM", "CADM"):
        return truth(hypomyopathic_counts)
    if diagnosis.myositis == "DM" and diagnosis.provisional:
        return UNKNOWN
    return truth(diagnosis.myositis == "ADM")


def above_ferritin_limit(measurement: f.Measurement) -> Truth:
    """Is the ferritin above 1,000 ng/mL? Unknown where a censored value leaves it open."""
    return measurement.quantity.above(FERRITIN_LIMIT)


def below_pao2_limit(measurement: f.Measurement) -> Truth:
    """Is the PaO2 below 60 mmHg, on whatever oxygen? Unknown where a censored value leaves it open."""
    return measurement.quantity.below(PAO2_LIMIT)


FERRITIN_SAYS = {
    YES: _("ferritin %(value)s ng/mL on %(day)s > 1,000"),
    NO: _("ferritin %(value)s ng/mL on %(day)s, not > 1,000"),
    UNKNOWN: _("ferritin %(value)s ng/mL on %(day)s: not known whether > 1,000"),
}


def ferritin_factor(series: Sequence[f.Measurement]) -> Judged:
    """Factor 3, ferritin > 1,000 ng/mL (strict). A censored value that cannot settle it leaves it unknown (11 (37))."""
    if not series:
        why = reason(_("no ferritin in the time that counts"), basis="J")
        return Judged("ferritin", UNKNOWN, (why,), ("ferritin",))
    answers = {x.id: above_ferritin_limit(x) for x in series}
    answer = any_of(answers.values())
    telling = [x for x in series if answers[x.id] is answer]
    return _measured("ferritin", answer, FERRITIN_SAYS[answer], telling[-1])


def _measured(code: str, answer: Truth, message: str, telling: f.Measurement) -> Judged:
    why = [reason(message, facts=(telling.id,), value=telling.quantity, day=telling.day)]
    if telling.status == "preliminary":
        why.append(reason(_("(preliminary result)"), facts=(telling.id,)))
    return Judged(code, answer, tuple(why), (code,) if answer is UNKNOWN else ())


SCAN_SAYS = {
    YES: _("HRCT of %(day)s: ground-glass opacity with lower consolidation"),
    NO: _("HRCT of %(day)s: not ground-glass opacity with lower consolidation"),
    UNKNOWN: _("HRCT of %(day)s: ground-glass opacity or zone of consolidation not stated"),
}


def hrct_factor(scans: Sequence[f.Hrct]) -> Judged:
    """Factor 4, GGO and lower consolidation. A scan that does not mention one leaves the older reading (11 (8))."""
    if not scans:
        return Judged("hrct", UNKNOWN, (reason(_("no HRCT in the time that counts"), basis="J"),), ("hrct",))
    states = _standing_readings(scans)
    met = next((scan for scan, answer in states if answer is YES), None)
    scan, answer = (met, YES) if met else states[-1]
    missing = ("hrct",) if answer is UNKNOWN else ()
    return Judged("hrct", answer, (reason(SCAN_SAYS[answer], facts=(scan.id,), day=scan.day),), missing)


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


def pao2_speaks(measurement: f.Measurement) -> bool:
    """Does a PaO2 say anything of the limit? On oxygen only one that is, or may be, below it (13 (63))."""
    return measurement.on_air or below_pao2_limit(measurement) is not NO


def pao2_says(measurement: f.Measurement) -> Truth:
    """Factor 5 by one PaO2 alone; unknown where it says nothing of the limit."""
    answer = below_pao2_limit(measurement)
    return answer if measurement.on_air or answer is YES else UNKNOWN


def pao2_factor(series: Sequence[f.Measurement]) -> Judged:
    """Factor 5, PaO2 < 60 mmHg, on oxygen all the more. 60 or more on oxygen is unknown: none on air is derived."""
    speaking = [x for x in series if pao2_speaks(x)]
    answers = {x.id: below_pao2_limit(x) for x in speaking}
    answer = any_of(answers.values()) if speaking else UNKNOWN
    telling = latest([x for x in speaking if answers[x.id] is answer])
    newest = latest(series)
    if answer is not YES and newest is not None and not newest.on_air:
        return Judged("pao2", UNKNOWN, (_on_oxygen(newest),), ("pao2",))
    if telling is None:
        why = reason(_("no PaO2 on room air in the time that counts"), basis="J")
        return Judged("pao2", UNKNOWN, (why,), ("pao2",))
    because = [low_pao2_reason(telling) if answer is YES else _air_reason(answer, telling)]
    if telling.status == "preliminary":
        because.append(reason(_("(preliminary result)"), facts=(telling.id,)))
    return Judged("pao2", answer, tuple(because), ("pao2",) if answer is UNKNOWN else ())


ON_AIR_SAYS = {
    NO: _("PaO2 %(value)s mmHg on room air on %(day)s, not < 60"),
    UNKNOWN: _("PaO2 %(value)s mmHg on %(day)s: not known whether < 60"),
}


def _air_reason(answer: Truth, telling: f.Measurement) -> Reason:
    return reason(ON_AIR_SAYS[answer], facts=(telling.id,), value=telling.quantity, day=telling.day)


def low_pao2_reason(low: f.Measurement) -> Reason:
    """A PaO2 below 60 mmHg, marked where it was taken on oxygen."""
    if not low.on_oxygen:
        message = _("PaO2 %(value)s mmHg on room air on %(day)s < 60")
        if not low.on_air:
            message = _("PaO2 %(value)s mmHg on %(day)s < 60, oxygen not told")
        return reason(message, facts=(low.id,), value=low.quantity, day=low.day)
    messages = {
        "fio2": _("PaO2 %(value)s mmHg at FiO2 %(fio2)s on %(day)s < 60: on oxygen, a fortiori"),
        "flow": _("PaO2 %(value)s mmHg at %(flow)s L/min (%(device)s) on %(day)s < 60: on oxygen, a fortiori"),
        "device": _("PaO2 %(value)s mmHg with %(device)s on %(day)s < 60: on oxygen, a fortiori"),
    }
    how, parts = _oxygen_parts(low)
    return reason(messages[how], facts=(low.id,), basis="J", value=low.quantity, day=low.day, **parts)


def _oxygen_parts(x: f.Measurement) -> tuple[str, dict[str, Part]]:
    """How the oxygen was told (fio2, flow, device), and its parts of a sentence."""
    if x.fio2 is not None:
        return "fio2", {"fio2": x.fio2}
    device = Term(DEVICES[x.device].name) if x.device else Term(_("device not told"))
    return ("flow", {"flow": x.flow, "device": device}) if x.flow is not None else ("device", {"device": device})


def _on_oxygen(newest: f.Measurement) -> Reason:
    """A PaO2 of 60 or more on oxygen, with P/F where FiO2 was measured: it leaves the factor open."""
    facts, value, day = (newest.id,), newest.quantity, newest.day
    if not newest.on_oxygen:
        return reason(_("PaO2 %(value)s mmHg on %(day)s without FiO2"), facts=facts, value=value, day=day)
    how, parts = _oxygen_parts(newest)
    messages = {
        "fio2": _(
            "on oxygen on %(day)s (PaO2 %(value)s mmHg at FiO2 %(fio2)s, P/F %(ratio)s): PaO2 on room air not known"
        ),
        "flow": _(
            "on oxygen on %(day)s (PaO2 %(value)s mmHg at %(flow)s L/min, %(device)s): PaO2 on room air not known"
        ),
        "device": _("on oxygen on %(day)s (PaO2 %(value)s mmHg, %(device)s): PaO2 on room air not known"),
    }
    if newest.fio2 is not None:
        parts["ratio"] = (newest.quantity.value / newest.fio2).quantize(Decimal(1))
    return reason(messages[how], facts=facts, basis="J", value=value, day=day, **parts)
