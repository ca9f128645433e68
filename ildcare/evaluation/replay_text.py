"""A replay in sentences, for a reader at a terminal. English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ildcare.evaluation.replay import Replay
from monitoring.lifecycle import AlertState
from patients.clinical.reasons import Reason, say
from patients.clinical.truth import Truth
from patients.imports.case import Case

FACTORS = {
    "adm": "amyopathic dermatomyositis",
    "mda5": "anti-MDA5",
    "ferritin": "ferritin above 1,000 ng/mL",
    "hrct": "ground-glass opacity with lower consolidation",
    "pao2": "PaO2 below 60 mmHg",
}
COURSES = {"A/S": "acute/subacute (A/S)", "C": "chronic (C)", None: "not known"}


def as_text(case: Case, result: Replay) -> str:
    """The whole replay."""
    return "\n".join((*_standing(case, result), "", *_alerts(result)))


def _standing(case: Case, result: Replay) -> Iterator[str]:
    pathway, subtype = result.pathway, result.subtype
    yield f"{case.patient.mrn}, as of {result.as_of:%Y-%m-%d %H:%M %z}"
    yield f"Course: {COURSES[pathway.course.course]}{_because(pathway.course.reasons)}"
    yield f"Subtype: {subtype.subtype or 'open: ' + ' or '.join(subtype.possible)}{_because(subtype.reasons)}"
    yield f"Step: {pathway.step or 'open: ' + ' or '.join(pathway.steps_possible)}{_because(pathway.reasons)}"
    yield "Path: " + " > ".join(pathway.path)
    yield "Poor risk:"
    for code, judged in pathway.factors.items():
        yield f"  {FACTORS.get(code, code)}: {judged.answer.value}{_because(judged.reasons)}"
    missing = dict.fromkeys((*pathway.missing, *subtype.missing))
    if missing:
        yield "Missing: " + ", ".join(missing)
    open_tests = [x for x in pathway.course.criteria if x.answer is Truth.UNKNOWN and pathway.course.course is None]
    for judged in open_tests:
        yield f"  not known, {judged.code}{_because(judged.reasons)}"


def _alerts(result: Replay) -> Iterator[str]:
    if not result.alerts:
        yield "No alert."
        return
    yield f"Alerts ({len(result.alerts)}):"
    yield from (_alert(alert) for alert in result.alerts)


def _alert(alert: AlertState) -> str:
    state = "open" if alert.open else f"closed {alert.closed_at:%Y-%m-%d}"
    return f"  {alert.opened_on} {alert.severity.label:8} {alert.rule} ({state}): {_sentence(alert.reasons)}"


def _because(reasons: Iterable[Reason]) -> str:
    sentence = _sentence(reasons)
    return f" ({sentence})" if sentence else ""


def _sentence(reasons: Iterable[Reason]) -> str:
    return "; ".join(say(why) for why in reasons)
