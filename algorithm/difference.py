"""What changed between two stored evaluations of a patient, and which facts changed it. Pure: works on their records.

"step moved from T1 to T3": "ferritin 890 to 1,240 on 3 May". A fact is a cause only if the chart, walked again without
it, says something else (`algorithm.causes`); that it is new is no reason. Without such a fact, time alone changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from algorithm.causes import COARSE, FINE, Step, parts_of, which_moved
from algorithm.charts import chart_of
from algorithm.record import quantity_from, settings_of
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.vocabulary import Kind, short_term, term
from patients.clinical.written import reason_from_json

Json = Any
Record = Mapping[str, Json]

CONCLUSIONS = {
    "course": Term(_("course")),
    "subtype": Term(_("subtype")),
    "step": Term(_("step")),
}
# kinds of fact that are called by what they are of: the column that says it, and the kind of its codes
NAMED_BY: dict[str, tuple[str, Kind]] = {
    "measurement": ("code", "test"),
    "antibody": ("code", "antibody"),
    "finding": ("code", "finding"),
    "treatment": ("drug", "drug"),
}
KIND_NAMES = {
    "respiratory_onset": _("respiratory onset"),
    "diagnosis": _("diagnosis of myositis"),
    "hrct": _("HRCT report"),
    "histology": _("histology"),
    "support": _("respiratory support"),
    "judgement": _("judgement of improvement"),
    "decision": _("decision"),
    "admission": _("admission to hospital"),
    "discharge": _("discharge"),
    "outcome": _("outcome"),
}
UNSAID = ""  # a fact that says nothing besides what it is about
# what a fact of a kind says, the first of its columns that is filled in
SAID_BY: dict[str, tuple[tuple[str, Kind], ...]] = {
    "antibody": (("result", "antibody_result"),),
    "diagnosis": (("myositis", "diagnosis"),),
    "judgement": (("improvement", "improvement"),),
    "finding": (("change", "finding_change"),),
    "hrct": (("change", "hrct_change"), ("pattern", "hrct_pattern"), ("consolidation", "consolidation")),
    "histology": (("pattern", "histology"),),
    "support": (("level", "support"),),
    "decision": (("step", "step"), ("course", "course"), ("prophylaxis_instead", "prophylaxis_instead")),
    "discharge": (("to", "destination"),),
    "outcome": (("what", "outcome"),),
}
SHORT = {"hrct_pattern", "histology", "step"}  # kinds whose sign is better known than the name
UNDECIDED = Term(_("undecided"))
ANOTHER_CHART = _("the chart in use is another one: %(chart)s")
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
    """One fact that came, was corrected or was withdrawn, and that moved the answer."""

    fact: str
    how: str
    sentence: Reason


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that moved between two evaluations; `by_time` when no fact moved it."""

    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    by_time: bool


def difference(
    old_inputs: Record,
    old_output: Record,
    new_inputs: Record,
    new_output: Record,
    *,
    about: Sequence[str] = (),
) -> Difference:
    """Between the records of an earlier and a later evaluation.

    about: the parts of the answer (`algorithm.causes`) whose move is to be explained; without them course, subtype and
    step, and where none of these moved what is possible, the path and what runs.
    """
    changes = tuple(_changes(old_output, new_output))
    causes = tuple(_causes(old_inputs, old_output, new_inputs, new_output, about))
    return Difference(changes, causes, not causes)


def _changes(old: Record, new: Record) -> Iterator[Change]:
    for code, name in CONCLUSIONS.items():
        before, after = old[code], new[code]
        if before != after:
            sentence = reason(
                _("%(what)s moved from %(before)s to %(after)s"),
                what=name,
                before=_conclusion(code, before),
                after=_conclusion(code, after),
            )
            yield Change(code, before, after, sentence)


def _conclusion(code: str, answer: str | None) -> str | Term:
    if answer is None:
        return UNDECIDED
    return short_term("step", answer) if code == "step" else answer


def _causes(
    old_inputs: Record,
    old_output: Record,
    new_inputs: Record,
    new_output: Record,
    about: Sequence[str],
) -> Iterator[Cause]:
    moved = _moved(old_output, new_output, about)
    if not moved:
        return
    chart = chart_of(settings_of(new_inputs))
    if chart_of(settings_of(old_inputs)) is not chart:
        yield Cause("", NEW, reason(ANOTHER_CHART, basis="J", chart=Term(chart.title)))
    zone = ZoneInfo(new_inputs["zone"])
    steps = tuple(steps_between(old_inputs, new_inputs))
    by_chart = _deciding_facts(old_output) | _deciding_facts(new_output)
    for step in which_moved(chart, new_inputs, new_output, moved, steps, by_chart):
        yield cause_of(step, old_inputs, zone)


def _moved(old: Record, new: Record, about: Sequence[str]) -> tuple[str, ...]:
    """The parts of the answer that differ."""
    for names in (about,) if about else (COARSE, FINE):
        before, after = parts_of(old), parts_of(new)
        moved = tuple(x for x in names if before[x] != after[x])
        if moved:
            return moved
    return ()


def steps_between(old_inputs: Record, new_inputs: Record) -> Iterator[Step]:
    """What came, was corrected, ended or was withdrawn, in the order of the record."""
    old, new = _by_id(old_inputs), _by_id(new_inputs)
    gone = [fact for name, fact in old.items() if name not in new]
    for name, fact in new.items():
        if name not in old:
            replaced = next((x for x in gone if fact.get("corrected") and _same_place(x, fact)), None)
            yield Step(replaced, fact)
            gone = [x for x in gone if x is not replaced]
        elif old[name].get("stop") != fact.get("stop"):
            yield Step(old[name], fact)
    for fact in gone:
        yield Step(fact, None)


def cause_of(step: Step, old_inputs: Record, zone: ZoneInfo) -> Cause:
    """A changed fact in a sentence, whether it moved the answer or not."""
    before, fact = step.before, step.after
    if fact is None:
        assert before is not None
        return Cause(before["id"], WITHDRAWN, _sentence(before, None, WITHDRAWN, zone))
    if before is None:
        return Cause(fact["id"], NEW, _sentence(fact, _before(old_inputs["facts"], fact), NEW, zone))
    if before["id"] == fact["id"]:
        return Cause(fact["id"], NEW, _stopped(fact))
    return Cause(fact["id"], CORRECTED, _sentence(fact, before, CORRECTED, zone))


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
    day: date | str = datetime.fromisoformat(fact["on"]).astimezone(zone).date()
    if fact.get("month"):  # known to the month: "2024-03", and no day that nobody told
        day = f"{day:%Y-%m}"
    what, value, ids = _name(fact), _value(fact), (fact["id"],)
    if how == WITHDRAWN:
        return reason(_("%(what)s %(value)s of %(day)s was withdrawn"), facts=ids, what=what, value=value, day=day)
    if before is None and fact["kind"] == "treatment":
        return reason(_("%(what)s on %(day)s (started)"), facts=ids, what=what, day=day)
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
    kind = fact["kind"]
    if kind not in NAMED_BY:
        return Term(KIND_NAMES[kind])
    column, of = NAMED_BY[kind]
    return term(of, fact[column])


def _value(fact: Record) -> Quantity | Term:
    kind = fact["kind"]
    if kind == "measurement":
        return quantity_from(fact["quantity"])
    for column, of in SAID_BY.get(kind, ()):
        if fact.get(column):
            return short_term(of, fact[column]) if of in SHORT else term(of, fact[column])
    if kind == "finding" and fact.get("present") is not None:
        return Term(_("present")) if fact["present"] else Term(_("absent"))
    return Term(UNSAID)
