"""Where the patient stands, in the few words of the overview: the answer, the way to it, and what speaks to it.

The whole chart, with every criterion, is the drawing (`algorithm/drawing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from algorithm.charts import CHARTS, chart_for
from algorithm.opinion import Opinion
from algorithm.walk.chart import Flowchart, Question
from algorithm.walk.engine import Pathway, Visit
from algorithm.walk.whatif import WhatIf
from ildcare.evaluation.saved import one_of
from monitoring.clock import appointments
from monitoring.engine import Situation
from monitoring.intervals import DueTest, due_tests
from monitoring.readings import baseline
from patients.clinical.comparison import APART, direction
from patients.clinical.doubtful import settled
from patients.clinical.facts import Measurement
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import UNKNOWN, YES
from patients.result_words import oxygen_text
from patients.wording import listed, number_text, part_text, render, short_day, short_name_of, translated

MOST_FACTS = 2  # of a node that is no list of factors
SPEAKING = ("pao2", "spo2", "kl6", "ferritin")  # tests that speak to improvement


# -- the answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer as it is read first. `note`: "undecided", or the step; `open`: it depends on a missing fact."""

    text: str
    note: str = ""
    open: bool = False


def headline(pathway: Pathway) -> Headline:
    """ "T4", "T3 continues", "T3 continues, or T4", "T2 or T3"."""
    running = pathway.running.step if pathway.running else None
    possible = pathway.steps_possible
    if pathway.step is None:
        if running in possible and len(possible) > 1:
            words = {"step": short_name_of("step", running or ""), "other": one_of(x for x in possible if x != running)}
            return Headline(_("%(step)s continues, or %(other)s") % words, _("undecided"), open=True)
        return Headline(one_of(possible), _("undecided"), open=True)
    name = short_name_of("step", pathway.step)
    if pathway.step == running:
        return Headline(_("%(step)s continues") % {"step": name}, _title(pathway.step))
    return Headline(name, _title(pathway.step))


def _title(step: str) -> str:
    steps = next(iter(CHARTS.values())).recommendations  # the same in every chart
    return next((translated(x.title) for x in steps if x.step == step and x.id == step), "")


# -- the decisive question --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """What a missing fact may turn out to be, and what the chart would say then; `open`: it would leave it open."""

    label: str
    then: str
    open: bool


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A missing fact with its replies. `decisive`: any reply settles the step."""

    name: str
    replies: tuple[Reply, ...]
    decisive: bool


def open_facts(opinion: Opinion) -> tuple[OpenFact, ...]:
    """Missing facts that can still change the step, those that alone would settle it first."""
    if not opinion.pathway.deciding_facts:
        return ()
    found = sorted(opinion.what_if, key=lambda x: not x.settles)
    return tuple(OpenFact(short_name_of("missing", x.code), tuple(_replies(x)), x.settles) for x in found)


def _replies(fact: WhatIf) -> Iterator[Reply]:
    for case in fact.cases:
        label = listed(translated(x) for x in case.labels)
        step = case.outcome.step
        settled_on = case.outcome.settled and step is not None
        yield Reply(
            label, short_name_of("step", step or "") if settled_on else one_of(case.outcome.possible), not settled_on
        )


# -- what speaks to the question of improvement -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speaks:
    """One line. `missing`: a test that was not made in time."""

    text: str
    missing: bool = False


def speaking(snapshot: Snapshot, pathway: Pathway) -> tuple[Speaks, ...]:
    """Values before therapy, before and now, and the tests that are late, while improvement waits to be judged."""
    if not pathway.waiting:
        return ()
    first = pathway.regimen.first_d0
    values = settled(snapshot)
    lines = [
        Speaks(x) for code in SPEAKING if (x := _way(code, snapshot, values.series(code), first.day if first else None))
    ]
    late = [x for x in due_tests(Situation(snapshot, pathway.indicated)) if x.overdue_from <= snapshot.today]
    names = listed(part_text(x.name) for x in sorted(late, key=_due)[:4])
    return (*lines, *([Speaks(_("late: %(tests)s") % {"tests": names}, missing=True)] if late else []))


def _due(x: DueTest) -> tuple[date, str]:
    return x.due, x.code


def _way(code: str, snapshot: Snapshot, series: Sequence[Measurement], day_zero: date | None) -> str:
    """ "KL-6 862 → 1,790 on 1 Dec"; what cannot be compared stands with its own oxygen."""
    if not series:
        return ""
    newest = series[-1]
    base = baseline(snapshot, series, day_zero) if day_zero else None
    before = series[-2] if len(series) > 1 else None
    points = list(dict.fromkeys(x for x in (base, before, newest) if x is not None))
    apart = any(direction(newest, x) == APART for x in points[:-1])
    way = " → ".join(_value(x, apart) for x in points)
    words = {"test": short_name_of("test", code), "way": way, "day": short_day(newest.day, snapshot.today)}
    return _("%(test)s %(way)s, %(day)s") % words


def _value(x: Measurement, with_oxygen: bool) -> str:
    breathed = oxygen_text(x.fio2, x.flow, x.device) if with_oxygen else ""
    return f"{number_text(x.quantity)} ({breathed})" if breathed else number_text(x.quantity)


# -- the path ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of the strip. `head`: its number and what is asked; `text`: its answer; `facts`: what decided it;
    `state`: visited, runs, current (indicated), open."""

    head: str
    text: str
    facts: tuple[str, ...]
    state: str


def nodes(snapshot: Snapshot, pathway: Pathway) -> tuple[Node, ...]:
    """The nodes on the patient's way, and what may follow while a question is open."""
    visits = [_node(snapshot, pathway, x) for x in pathway.visits]
    if pathway.step is None:
        then = one_of(pathway.steps_possible)
        visits.append(Node(head=_("then"), text=then, facts=(), state="open"))
    return tuple(visits)


def _node(snapshot: Snapshot, pathway: Pathway, visit: Visit) -> Node:
    chart = chart_for(snapshot)
    node = chart.by_id[visit.node]
    if isinstance(node, Question):
        return _question(chart, snapshot, pathway, node, visit)
    running = pathway.running
    runs = running is not None and running.step == node.step
    words = [short_name_of("step", node.step)]
    if runs and running is not None:
        words.append(_("day %(n)s") % {"n": snapshot.days_since(running.day)})
    indicated = node.step == pathway.step and not pathway.by_choice
    head = _("step, runs") if runs else _("step, indicated") if indicated else _("step")
    state = "runs" if runs else "current" if indicated else "visited"
    return Node(head=head, text=listed(words), facts=(translated(node.title),), state=state)


def _question(chart: Flowchart, snapshot: Snapshot, pathway: Pathway, node: Question, visit: Visit) -> Node:
    head = f"{node.id} {translated(node.title)}"
    judged = visit.judged
    if visit.passed or judged is None:
        return Node(head=head, text=_("went on without an answer"), facts=(), state="visited")
    if judged.answer is UNKNOWN:
        return Node(head=head, text=_("not known"), facts=tuple(_lacking(snapshot, pathway, judged)), state="open")
    edge = chart.exits.get((node.id, judged.answer.value))
    plain = _("yes") if judged.answer is YES else _("no")
    text = translated(edge.label) if edge and node.test in ("course", "dermatomyositis") else plain
    return Node(head=head, text=text, facts=tuple(_deciding(node, visit, judged)), state="visited")


def _deciding(node: Question, visit: Visit, judged: Judged) -> Iterator[str]:
    """The criteria that are met, by name where there are several; else the facts themselves."""
    met = [x for x in visit.parts if x.answer is YES]
    titles = {x.code: translated(x.text) for x in node.criteria}
    if node.test == "poor_risk" and len(met) > 1:
        yield from (titles.get(x.code, x.code).partition(") ")[2] or x.code for x in met)
        return
    yield from (render(why) for why in judged.reasons[:MOST_FACTS])


def _lacking(snapshot: Snapshot, pathway: Pathway, judged: Judged) -> Iterator[str]:
    """When improvement is to be judged, or which facts are missing."""
    if pathway.waiting:
        day = next((x.day for x in appointments(snapshot) if x.judgement is None), None)
        if day is not None:
            yield _("judge by %(day)s") % {"day": short_day(day, snapshot.today)}
        return
    names = listed(short_name_of("missing", x) for x in judged.missing[:3])
    if names:
        yield _("lacks %(facts)s") % {"facts": names}


def why(pathway: Pathway) -> tuple[Reason, ...]:
    """Why this step; where a question waits, how the chart came to the step that runs."""
    if pathway.waiting is None:
        return pathway.reasons
    answered = [x.judged for x in pathway.visits if x.judged and x.judged.answer is not UNKNOWN]
    return tuple(dict.fromkeys([*(why for judged in answered for why in judged.reasons), *pathway.reasons]))
