"""Everything the algorithm says about one Snapshot: path and step, subtype, prognosis, remarks, what would change it.

`output_of` is its canonical record; the keys of the replay stand on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from algorithm.chart import Flowchart
from algorithm.engine import Pathway, Visit, walk, what_would_change
from algorithm.notices import Notice, notices
from algorithm.prognosis import Factor, prognostic_factors
from algorithm.record import plain
from algorithm.subtypes import Subtype, outside_population, subtype_of
from algorithm.whatif import Outcome, WhatIf
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated, StepStart
from patients.clinical.snapshot import Snapshot
from patients.clinical.written import reason_as_json, reasons_as_json

Json = Any
# what makes one evaluation differ from another: not its sentences, which count days
MEANING = (
    "course",
    "subtype",
    "subtypes_possible",
    "step",
    "steps_possible",
    "entry",
    "poor_risk",
    "missing",
    "path",
    "started",
    "codes",
)


@dataclass(frozen=True)
class Opinion:
    """The whole answer for one patient at one moment. It never prescribes: the clinician decides."""

    pathway: Pathway
    subtype: Subtype
    what_if: tuple[WhatIf, ...]
    notices: tuple[Notice, ...]
    prognosis: tuple[Factor, ...]
    outside: tuple[Reason, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Missing facts that can still alter step or subtype, and open factors of the visited questions."""
        return tuple(dict.fromkeys((*self.pathway.missing, *self.subtype.missing)))

    @property
    def decisive(self) -> tuple[str, ...]:
        """Missing facts each of which alone would settle the step, whatever it turns out to be."""
        return tuple(x.code for x in self.what_if if x.settles)


def opinion(chart: Flowchart, snapshot: Snapshot) -> Opinion:
    """All of it."""
    return Opinion(
        walk(chart, snapshot),
        subtype_of(snapshot),
        what_would_change(chart, snapshot),
        notices(snapshot),
        prognostic_factors(snapshot),
        outside_population(snapshot),
    )


def output_of(given: Opinion) -> dict[str, Json]:
    """The record of an opinion. Keys of the replay (course, subtype, step, ...) first, then the explanation."""
    pathway, subtype = given.pathway, given.subtype
    return {
        **_answers(given),
        "reasons": reasons_as_json(pathway.reasons),
        "visits": [_visit(x) for x in pathway.visits],
        "subtype_detail": {
            "reasons": reasons_as_json(subtype.reasons),
            "missing": list(subtype.missing),
            "provisional": subtype.provisional,
            "conflicts": reasons_as_json(subtype.conflicts),
        },
        "indicated": _indicated(pathway.indicated),
        "running": _start(pathway.running),
        "first_d0": _start(pathway.regimen.first_d0),
        "decisive": list(given.decisive),
        "what_if": [_what_if(x) for x in given.what_if],
        "notices": [_notice(x) for x in given.notices],
        "prognosis": [_factor(x) for x in given.prognosis],
        "outside": reasons_as_json(given.outside),
    }


def _answers(given: Opinion) -> dict[str, Json]:
    pathway = given.pathway
    return {
        "course": pathway.course.course,
        "subtype": given.subtype.subtype,
        "subtypes_possible": list(given.subtype.possible),
        "step": pathway.step,
        "steps_possible": list(pathway.steps_possible),
        "entry": pathway.entry,
        "poor_risk": {code: answer.as_bool for code, answer in pathway.poor_risk.items()},
        "missing": list(given.missing),
        "path": list(pathway.path),
        "started": pathway.indicated.started,
        "codes": [*(x.code for x in given.notices), *(f"{x.code}:{x.answer.value}" for x in given.prognosis)],
    }


def meaning_of(output: dict[str, Json]) -> dict[str, Json]:
    """That part of a record which makes it a new one when it changes."""
    return {key: output[key] for key in MEANING}


def _judged(judged: Judged) -> Json:
    return {
        "code": judged.code,
        "answer": judged.answer.value,
        "reasons": reasons_as_json(judged.reasons),
        "missing": list(judged.missing),
        "provisional": judged.provisional,
    }


def _visit(visit: Visit) -> Json:
    judged = _judged(visit.judged) if visit.judged else None
    return {
        "node": visit.node,
        "judged": judged,
        "parts": [_judged(x) for x in visit.parts],
        "passed": visit.passed,
    }


def _outcome(outcome: Outcome) -> Json:
    return {"step": outcome.step, "possible": list(outcome.possible)}


def _what_if(given: WhatIf) -> Json:
    cases = [{"labels": list(x.labels), "outcome": _outcome(x.outcome)} for x in given.cases]
    return {"code": given.code, "settles": given.settles, "cases": cases}


def _notice(notice: Notice) -> Json:
    return {
        "node": notice.node,
        "code": notice.code,
        "kind": notice.kind,
        "reason": reason_as_json(notice.reason),
    }


def _factor(factor: Factor) -> Json:
    return {"code": factor.code, "answer": factor.answer.value, "reasons": reasons_as_json(factor.reasons)}


def _indicated(given: Indicated) -> Json:
    return {
        "step": given.step,
        "known_from": plain(given.known_from),
        "facts": list(given.facts),
        "started": given.started,
    }


def _start(start: StepStart | None) -> Json:
    return {"step": start.step, "d0": plain(start.d0), "variants": reasons_as_json(start.variants)} if start else None
