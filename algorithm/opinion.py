"""Everything the algorithm says about one Snapshot: path and step, subtype, prognosis, remarks, what would change it.

`output_of` is its canonical record; the keys of the replay stand on top. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from algorithm.literature.notices import Notice, notices
from algorithm.literature.prognosis import Factor, prognostic_factors
from algorithm.record import plain
from algorithm.walk.chart import Flowchart
from algorithm.walk.engine import Pathway, Visit, walk, what_would_change
from algorithm.walk.subtypes import Subtype, ars_answer, outside_population, subtype_of
from algorithm.walk.whatif import WhatIf
from patients.clinical.judged import Judged
from patients.clinical.mda5 import Mda5, mda5_of
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated, StepStart
from patients.clinical.snapshot import Snapshot
from patients.clinical.written import reason_as_json, reasons_as_json

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The whole answer for one patient at one moment. It never prescribes: the clinician decides."""

    pathway: Pathway
    subtype: Subtype
    what_if: tuple[WhatIf, ...]
    notices: tuple[Notice, ...]
    prognosis: tuple[Factor, ...]
    outside: tuple[Reason, ...]
    mda5: Mda5
    ars: Judged

    @property
    def missing(self) -> tuple[str, ...]:
        """Missing facts that can still alter step or subtype, and open factors of the visited questions."""
        return tuple(dict.fromkeys((*self.pathway.missing, *self.subtype.missing)))

    @property
    def decisive(self) -> tuple[str, ...]:
        """Missing facts each of which alone would settle the step, whatever it turns out to be."""
        return tuple(x.code for x in self.what_if if x.settles)


def opinion(chart: Flowchart, snapshot: Snapshot) -> Opinion:
    """Everything the algorithm says about a snapshot under a chart."""
    return Opinion(
        pathway=walk(chart, snapshot),
        subtype=subtype_of(snapshot),
        what_if=what_would_change(chart, snapshot),
        notices=notices(snapshot),
        prognosis=prognostic_factors(snapshot),
        outside=outside_population(snapshot),
        mda5=mda5_of(snapshot),
        ars=ars_answer(snapshot),
    )


def output_of(opinion: Opinion) -> dict[str, Json]:
    """The record of an opinion. Keys of the replay (course, subtype, step, ...) first, then the explanation."""
    pathway, subtype = opinion.pathway, opinion.subtype
    return {
        **meaning_of(opinion),
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
        "decisive": list(opinion.decisive),
        "what_if": [_what_if(x) for x in opinion.what_if],
        "notices": [_notice(x) for x in opinion.notices],
        "prognosis": [_factor(x) for x in opinion.prognosis],
        "outside": reasons_as_json(opinion.outside),
        "antibodies": {
            "mda5": opinion.mda5.state,
            "from_titre": opinion.mda5.from_titre,
            "ars": opinion.ars.answer.value,
        },
    }


def meaning_of(opinion: Opinion) -> dict[str, Json]:
    """That part of the record which makes it a new one when it changes: not its sentences, which count days."""
    pathway = opinion.pathway
    return {
        "course": pathway.course.course,
        "subtype": opinion.subtype.subtype,
        "subtypes_possible": list(opinion.subtype.possible),
        "step": pathway.step,
        "steps_possible": list(pathway.steps_possible),
        "entry": pathway.entry,
        "poor_risk": {code: answer.as_bool for code, answer in pathway.poor_risk.items()},
        "missing": list(opinion.missing),
        "path": list(pathway.path),
        "started": pathway.indicated.started,
        "codes": [*(x.code for x in opinion.notices), *(f"{x.code}:{x.answer.value}" for x in opinion.prognosis)],
    }


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


def _what_if(what_if: WhatIf) -> Json:
    cases = [
        {"labels": list(x.labels), "outcome": {"step": x.outcome.step, "possible": list(x.outcome.possible)}}
        for x in what_if.cases
    ]
    return {"code": what_if.code, "settles": what_if.settles, "cases": cases}


def _notice(notice: Notice) -> Json:
    return {
        "node": notice.node,
        "code": notice.code,
        "kind": notice.kind,
        "reason": reason_as_json(notice.reason),
    }


def _factor(factor: Factor) -> Json:
    return {"code": factor.code, "answer": factor.answer.value, "reasons": reasons_as_json(factor.reasons)}


def _indicated(indicated: Indicated) -> Json:
    return {
        "step": indicated.step,
        "known_from": plain(indicated.known_from),
        "facts": list(indicated.facts),
        "started": indicated.started,
    }


def _start(start: StepStart | None) -> Json:
    return {"step": start.step, "d0": plain(start.d0), "variants": reasons_as_json(start.variants)} if start else None
