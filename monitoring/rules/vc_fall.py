"""VC_FALL: VC fell by more than 10 % (litres) from the highest value of the 90 days before.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry (VC fall > 10 % within 3 months). Relative fall in litres, highest
value of 90 days, FVC stands in for VC and says so: specification 2, 11 (4), (37) [J]. D0: none, in any course.
Judged on the newest VC or FVC that can be compared; closes when a newer one is no such fall.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import preliminary
from patients.clinical.facts import Measurement
from patients.clinical.physiology import VC_CODES, Fall, fall_of, fall_reason, vc_fall
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import UNKNOWN, YES

PER_CENT = {"vc": "vc_pp", "fvc": "fvc_pp"}  # the measurement that gives the same test in % predicted


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue, of the newest day on which VC or FVC can be compared: a sure fall before a possible one."""
    snapshot = situation.snapshot
    newest = [series[-1] for code in VC_CODES if (series := snapshot.series(code))]
    falls = [fall for x in newest if (fall := fall_of(x, snapshot.series(x.code), vc_fall))]
    last = max((fall.later.day for fall in falls), default=None)
    for answer in (YES, UNKNOWN):
        for fall in falls:
            if fall.answer is answer and fall.later.day == last:
                yield _issue(snapshot, fall)
                return


def _issue(snapshot: Snapshot, fall: Fall) -> Issue:
    notes = (*age(snapshot, fall.later), *preliminary(fall.reference, fall.later))
    why = (fall_reason(fall), *_absolute(snapshot, fall), *notes)
    return issue(Severity.WARNING, why, fall.later, fall.reference, possible=fall.answer is UNKNOWN)


def _absolute(snapshot: Snapshot, fall: Fall) -> Iterator[Reason]:
    """The change in % predicted beside it, where both days have one."""
    series = snapshot.series(PER_CENT.get(fall.later.code, ""))
    before, after = _on(series, fall.reference), _on(series, fall.later)
    if before and after:
        message = _("%(test)s predicted %(before)s %% to %(after)s %%")
        parts = {"before": before.quantity, "after": after.quantity}
        test = Term(fall.later.code.upper())
        yield reason(message, facts=(before.id, after.id), basis="J", test=test, **parts)


def _on(series: tuple[Measurement, ...], like: Measurement) -> Measurement | None:
    return next((x for x in series if x.day == like.day), None)


RULE = Rule(
    code="VC_FALL",
    group=Group.RESPIRATION,
    version=2,
    title=_("VC fall of more than 10 % in 90 days"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(OLD_AFTER,),
)
