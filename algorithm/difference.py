"""What changed between two stored evaluations of a patient, and which facts changed it. Pure: works on their records.

"step moved from T1 to T3": "ferritin 890 to 1,240 on 3 May". Without a fact behind it, time alone changed the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from algorithm.record import quantity_from
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import DRUGS
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.written import reason_from_json

Json = Any
Record = Mapping[str, Json]

CONCLUSIONS = {
    "course": Term(_("course")),
    "subtype": Term(_("subtype")),
    "step": Term(_("step")),
}
CATALOGUES: tuple[Mapping[str, Any], ...] = (MEASUREMENTS, ANTIBODIES, DRUGS, DIAGNOSES, FINDINGS, ANSWERS)
KIND_NAMES = {
    "respiratory_onset": _("respiratory onset"),
    "diagnosis": _("diagnosis of myositis"),
    "hrct": _("HRCT report"),
    "histology": _("histology"),
    "support": _("respiratory support"),
    "judgement": _("judgement of improvement"),
    "decision": _("decision"),
}
UNDECIDED = Term(_("undecided"))
NEW, CORRECTED, WITHDRAWN = "new", "corrected", "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """One conclusion that moved, in a sentence. `code`: course, subtype or step."""

    code: str
    before: str | None
    after: str | None
    sentence: Reason


@dataclass(frozen=True, slots=True)
class Cause:
    """One fact that came, was corrected or was withdrawn. `deciding`: the new answer rests on it, or the old did."""

    fact: str
    how: str
    deciding: bool
    sentence: Reason


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that moved between two evaluations; `by_time` when no fact differs."""

    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    by_time: bool

    @property
    def deciding(self) -> tuple[Cause, ...]:
        """The causes that carry the change; all, when none stands out."""
        return tuple(x for x in self.causes if x.deciding) or self.causes


def difference(old_inputs: Record, old_output: Record, new_inputs: Record, new_output: Record) -> Difference:
    """Between the records of an earlier and a later evaluation."""
    changes = tuple(_changes(old_output, new_output))
    causes = tuple(_causes(old_inputs, old_output, new_inputs, new_output))
    return Difference(changes, causes, not causes)


def _changes(old: Record, new: Record) -> Iterator[Change]:
    for code, name in CONCLUSIONS.items():
        before, after = old[code], new[code]
        if before != after:
            sentence = reason(
                _("%(what)s moved from %(before)s to %(after)s"),
                what=name,
                before=before or UNDECIDED,
                after=after or UNDECIDED,
            )
            yield Change(code, before, after, sentence)


def _causes(old_inputs: Record, old_output: Record, new_inputs: Record, new_output: Record) -> Iterator[Cause]:
    zone = ZoneInfo(new_inputs["zone"])
    old, new = _by_id(old_inputs), _by_id(new_inputs)
    rest_on = _deciding_facts(old_output), _deciding_facts(new_output)
    gone = [fact for name, fact in old.items() if name not in new]
    for name, fact in new.items():
        if name not in old:
            replaced = next((x for x in gone if fact.get("corrected") and _same_place(x, fact)), None)
            before = replaced or _before(old.values(), fact)
            how = CORRECTED if replaced else NEW
            yield Cause(name, how, name in rest_on[1], _sentence(fact, before, how, zone))
            gone = [x for x in gone if x is not replaced]
        elif old[name].get("stop") != fact.get("stop"):
            yield Cause(name, NEW, name in rest_on[1], _stopped(fact))
    for fact in gone:
        yield Cause(fact["id"], WITHDRAWN, fact["id"] in rest_on[0], _sentence(fact, None, WITHDRAWN, zone))


def _by_id(inputs: Record) -> dict[str, Record]:
    return {fact["id"]: fact for fact in inputs["facts"]}


def _deciding_facts(output: Record) -> set[str]:
    """Facts in the sentences of the path and of the subtype."""
    reasons = [*output["reasons"], *output["subtype_detail"]["reasons"]]
    return {fact for why in reasons for fact in reason_from_json(why).facts}


def _same_place(old: Record, new: Record) -> bool:
    """A correction stands at the same time and test as what it replaced."""
    return all(old.get(key) == new.get(key) for key in ("kind", "code", "on", "drug"))


def _before(facts: Any, fact: Record) -> Record | None:
    """The value of the same test before a new measurement."""
    earlier = [x for x in facts if x["kind"] == "measurement" == fact["kind"] and x["code"] == fact["code"]]
    return max((x for x in earlier if x["on"] <= fact["on"]), key=lambda x: x["on"], default=None)


def _sentence(fact: Record, before: Record | None, how: str, zone: ZoneInfo) -> Reason:
    day = datetime.fromisoformat(fact["on"]).astimezone(zone).date()
    what, value, ids = _name(fact), _value(fact), (fact["id"],)
    if how == WITHDRAWN:
        return reason(_("%(what)s %(value)s of %(day)s was withdrawn"), facts=ids, what=what, value=value, day=day)
    if before is None:
        return reason(_("%(what)s %(value)s on %(day)s"), facts=ids, what=what, value=value, day=day)
    message = _("%(what)s %(before)s to %(value)s on %(day)s")
    if how == CORRECTED:
        message = _("%(what)s of %(day)s corrected from %(before)s to %(value)s")
    both = (before["id"], fact["id"])
    return reason(message, facts=both, what=what, before=_value(before), value=value, day=day)


def _stopped(fact: Record) -> Reason:
    if fact.get("stop") is None:
        return reason(_("%(what)s goes on"), facts=(fact["id"],), what=_name(fact))
    return reason(
        _("%(what)s last given on %(day)s"),
        facts=(fact["id"],),
        what=_name(fact),
        day=date.fromisoformat(fact["stop"]),
    )


def _name(fact: Record) -> Term:
    return _in_words(fact.get("code") or fact.get("drug") or fact["kind"])


def _value(fact: Record) -> Quantity | Term:
    if fact["kind"] == "measurement":
        return quantity_from(fact["quantity"])
    told = ("result", "myositis", "improvement", "change", "pattern", "level", "step", "course", "consolidation")
    return _in_words(next((str(fact[key]) for key in told if fact.get(key)), ""))


def _in_words(code: str) -> Term:
    """The name that the catalogues have for a code; the code itself where they have none."""
    named = (catalogue[code].name for catalogue in CATALOGUES if code in catalogue)
    return Term(KIND_NAMES.get(code) or next(named, code))
