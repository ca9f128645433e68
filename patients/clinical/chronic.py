"""Is a chronic ILD active? Node N7: symptomatic, or VC falling, or GGO increasing.

Source [S]: Kurasawa and Arai 2014, text on chronic ILD. Readings [J]: specification 11 (5), (7).
"""

from __future__ import annotations

from decimal import Decimal

from patients.clinical.course import DYSPNOEA, scan_reason
from patients.clinical.factors_in_doubt import not_reassured
from patients.clinical.judged import Judged, any_judged
from patients.clinical.physiology import VC_CODES, fall_of, vc_fall
from patients.clinical.reasons import Term, _, reason
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, truth

CHRONIC_DAYS = 365  # [J] how far back N7 looks
CHRONIC_VC_FALL = Decimal("0.05")  # [J] relative, against the best of 12 months


@once
def chronic_activity(snapshot: Snapshot) -> Judged:
    """N7: symptomatic, or VC falling, or GGO increasing (11 (7))."""
    return any_judged("chronic_activity", chronic_tests(snapshot))


@once
def chronic_tests(snapshot: Snapshot) -> tuple[Judged, Judged, Judged]:
    """The three tests of N7, on what was recorded in the last 12 months [J]."""
    symptomatic = any_judged("symptomatic", [_symptom_present(snapshot, code) for code in (DYSPNOEA, "cough")])
    return (symptomatic, not_reassured(snapshot, _vc_falling, VC_CODES), _ggo_increasing(snapshot))


def _symptom_present(snapshot: Snapshot, code: str) -> Judged:
    findings = [
        x
        for x in snapshot.within(snapshot.findings_of(code), CHRONIC_DAYS)
        if x.present is not None or x.change == "worse"
    ]
    newest = latest(findings)
    name = Term("dyspnoea on exertion") if code == DYSPNOEA else Term("cough")
    if newest is None:
        why = reason(_("%(finding)s: not recorded in the last 12 months"), basis="J", finding=name)
        return Judged(code, UNKNOWN, (why,), (code,))
    present = newest.change == "worse" or newest.present is True
    message = _("%(finding)s present on %(day)s") if present else _("%(finding)s absent on %(day)s")
    return Judged(code, truth(present), (reason(message, facts=(newest.id,), finding=name, day=newest.day),))


def _vc_falling(snapshot: Snapshot) -> Judged:
    series = next((s for code in VC_CODES if (s := snapshot.within(snapshot.series(code), CHRONIC_DAYS))), ())
    if not series:
        why = reason(_("no VC in the last 12 months"), basis="J")
        return Judged("vc_falling", UNKNOWN, (why,), ("vc",))
    newest = series[-1]
    fall = fall_of(newest, series, lambda a, b: vc_fall(a, b, CHRONIC_VC_FALL), CHRONIC_DAYS)
    answer = fall.answer if fall else NO
    message = _("%(test)s %(value)s L on %(day)s: not more than 5 %% below the best of 12 months")
    if answer is YES:
        message = _("%(test)s %(value)s L on %(day)s: more than 5 %% below the best of 12 months")
    if answer is UNKNOWN:
        message = _("%(test)s %(value)s L on %(day)s: may be more than 5 %% below the best of 12 months")
    test = Term("VC") if newest.code == "vc" else Term("FVC (for VC)")
    facts = fall.facts if fall else (newest.id,)
    why = reason(message, facts=facts, basis="J", test=test, value=newest.quantity, day=newest.day)
    return Judged("vc_falling", answer, (why,), ("vc",) if answer is UNKNOWN else ())


def _ggo_increasing(snapshot: Snapshot) -> Judged:
    newest = latest([x for x in snapshot.within(snapshot.hrcts, CHRONIC_DAYS) if x.change is not None])
    if newest is None:
        why = reason(_("no HRCT with a comparison in the last 12 months"), basis="J")
        return Judged("ggo_increasing", UNKNOWN, (why,), ("hrct",))
    return Judged("ggo_increasing", truth(newest.change == "increased"), (scan_reason(newest),))
