"""The chart's answer in words: what runs by a clinician's choice, and what signing an entry would make of it.

Source: specification 12 (61), (62) [J].
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from algorithm.consequences import Consequence
from algorithm.walk.engine import Pathway
from ildcare.evaluation.saved import one_of
from patients.clinical.snapshot import Snapshot
from patients.wording import short_day, short_name_of


def by_choice_text(pathway: Pathway, snapshot: Snapshot) -> str:
    """ "running: T3 (started 5 Mar; the chart alone: T2 or T3)"; "" where the chart itself came to the step."""
    running = pathway.running
    if running is None or not pathway.by_choice:
        return ""
    return _("running: %(step)s (started %(day)s; the chart alone: %(alone)s)") % {
        "step": short_name_of("step", running.step),
        "day": short_day(running.day, snapshot.today),
        "alone": one_of(pathway.alone),
    }


def consequence_text(consequence: Consequence) -> str:
    """ "the chart then asks for T4", for beside the choice that would lead to it."""
    if consequence.step is None:
        return _("the chart then leaves open: %(steps)s") % {"steps": one_of(consequence.possible)}
    words = {"step": short_name_of("step", consequence.step)}
    return (_("the chart then asks for %(step)s") if consequence.moves else _("the step stays %(step)s")) % words


def then_text(consequence: Consequence) -> str:
    """ "then T4", "T3 stays", "then open: T2 or T3": the same in the few words of a button."""
    if consequence.step is None:
        return _("then open: %(steps)s") % {"steps": one_of(consequence.possible)}
    words = {"step": short_name_of("step", consequence.step)}
    return (_("then %(step)s") if consequence.moves else _("%(step)s stays")) % words


def new_answer_text(consequence: Consequence) -> str:
    """ "T4", "T2 or T3": what the chart would answer."""
    if consequence.step is None:
        return one_of(consequence.possible)
    return short_name_of("step", consequence.step)
