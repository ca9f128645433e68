"""The chart's answer in words and codes for other systems: steps, subtype, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from algorithm.charts import CHARTS
from algorithm.opinion import Opinion
from algorithm.walk.chart import Flowchart
from patients.clinical.reasons import Reason
from patients.exports.elements import Json, coding, concept
from patients.imports import fhir_systems as systems
from patients.wording import listed, name_of, render

CHART = f"{systems.OWN}flowchart"
STEP, SUBTYPE, RULE = f"{systems.OWN}step", f"{systems.OWN}subtype", f"{systems.OWN}rule"
MISSING = f"{systems.OWN}missing"
CERTAINTY = f"{systems.OWN}certainty"
INDICATED, POSSIBLE = "indicated", "possible"


class Words(NamedTuple):
    """What a chart says of one patient: head line, why, what it lacks. `decisive`: what alone would settle the step."""

    head: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    decisive: tuple[str, ...]


def words_of(opinion: Opinion) -> Words:
    """The answer in the active language."""
    pathway = opinion.pathway
    reasons = (*pathway.reasons, *opinion.subtype.reasons, *opinion.outside)
    return Words(
        head=_step_words(opinion),
        reasons=tuple(dict.fromkeys(render(x) for x in reasons)),
        missing=_names(opinion.missing),
        decisive=_names(opinion.decisive),
    )


def _step_words(opinion: Opinion) -> str:
    pathway = opinion.pathway
    if pathway.step is not None:
        return _("The chart indicates %(step)s") % {"step": name_of("step", pathway.step)}
    possible = listed(name_of("step", x) for x in pathway.steps_possible)
    return _("The chart leaves open: %(steps)s") % {"steps": possible}


def _names(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(name_of("missing", x) for x in codes)


def chart_of(opinion: Opinion) -> Flowchart:
    """The chart that was walked."""
    return CHARTS[f"{opinion.pathway.chart} {opinion.pathway.version}"]


def chart_concept(opinion: Opinion) -> Json:
    """The chart with its version."""
    chart = chart_of(opinion)
    named = {**coding(CHART, chart.name), "version": str(chart.version)}
    return concept(named, text=chart.citations[0].text)


def step_concept(step: str) -> Json:
    """A step of the chart."""
    return concept(coding(STEP, step), text=name_of("step", step))


def missing_concept(code: str) -> Json:
    """A fact that an answer lacks."""
    return concept(coding(MISSING, code), text=name_of("missing", code))


def facts_behind(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The versions that reasons rest on, each once."""
    return tuple(dict.fromkeys(x for why in reasons for x in why.facts))
