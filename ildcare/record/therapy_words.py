"""The clock of therapy in words: what starts no step and why, what began again, and that care has ended.

Source: specification 12 (40), (41), (58), 13 (66)-(75), (78), (87) [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from ildcare.trends.levels import verdict
from monitoring.engine import Severity, speaks_for_infection
from monitoring.levels import band_at, has_bands
from monitoring.queries import AlertView
from patients.clinical.courses import CALCINEURIN_INHIBITORS, runs_on
from patients.clinical.facts import Outcome, Treatment
from patients.clinical.regimen import FROM_ENTRY_AFTER_DAYS, Regimen
from patients.clinical.snapshot import Snapshot
from patients.clinical.two_values import contradicted
from patients.clinical.whereabouts import care_ended, transplanted
from patients.wording import listed_apart, name_of, render, short_day, short_name_of, translated

LEVEL_DAYS = 14  # [J] 13 (68)
INFECTION = "infection"


def background_texts(regimen: Regimen) -> list[str]:
    """ "CsA: given before this episode, since 3 Feb", each drug once, by its last course."""
    last = {x.treatment.drug: x for x in regimen.background}
    return [f"{short_name_of('drug', drug)}: {render(x.why)}" for drug, x in last.items()]


def treatment_notes(regimen: Regimen, today_of: Snapshot) -> dict[str, str]:
    """What stands beside a treatment of the table, by its id: that it starts no step, or begins one again."""
    notes = {x.treatment.id: render(x.why) for x in regimen.background}
    again = {x.d0: x for x in regimen.starts if x.again}
    for treatment in today_of.treatments:
        start = again.get(treatment.on)
        if start is not None and treatment.id not in notes:
            notes[treatment.id] = _("%(step)s begun again on %(day)s") % _step_and_day(start.step, treatment, today_of)
    return notes


def _step_and_day(step: str, treatment: Treatment, snapshot: Snapshot) -> dict[str, str]:
    return {"step": short_name_of("step", step), "day": short_day(treatment.day, snapshot.today)}


def clock_texts(regimen: Regimen, snapshot: Snapshot) -> list[str]:
    """What the clock of therapy needs said once: walked from the entry again, a regimen that is not the chart's, and a
    drug that counts as given though nobody knows whether enough of it is."""
    texts = []
    again = regimen.walked_again
    if again is not None:
        before = short_day(again - timedelta(days=FROM_ENTRY_AFTER_DAYS), snapshot.today)
        text = _("begun again on %(day)s: ferritin, PaO2 and HRCT before %(before)s are of the first episode")
        texts.append(text % {"day": short_day(again, snapshot.today), "before": before})
    if regimen.later:
        texts.append(_("later regimen, not of the chart"))
    for drug in _continued_without_level(regimen, snapshot):
        texts.append(_("%(drug)s: continued, level not shown") % {"drug": short_name_of("drug", drug)})
    return texts


def _continued_without_level(regimen: Regimen, snapshot: Snapshot) -> list[str]:
    """Calcineurin inhibitors that the running step counts as given because they go on from before the episode, and
    that have no level of the last 14 days in their band (13 (68)); without bands of product or order, no level at all.
    """
    counted = {fact for why in regimen.running.variants for fact in why.facts} if regimen.running else set[str]()
    going_on = (x.treatment for x in regimen.background if x.treatment.id in counted)
    drugs = {x.drug for x in going_on if x.drug in CALCINEURIN_INHIBITORS and runs_on(x, snapshot.today)}
    return sorted(drug for drug in drugs if not _level_is_shown(drug, snapshot))


def _level_is_shown(drug: str, snapshot: Snapshot) -> bool:
    """Two values of one moment show it only if both lie in the band."""
    recent = snapshot.within(snapshot.series(drug), LEVEL_DAYS)
    two = contradicted(snapshot)
    return any(
        (not has_bands(drug) and band_at(x, snapshot) is None)
        or all(verdict(y, snapshot) == "within" for y in (two[x.id].values if x.id in two else (x,)))
        for x in recent
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """Care has ended, or the lung was replaced. `critical`: alerts open then, which who takes over must know."""

    text: str
    critical: tuple[str, ...]


def ended(snapshot: Snapshot, alerts: Sequence[AlertView]) -> Ended | None:
    """What the banner over the last state of the chart says; None while care goes on.

    `alerts`: those that are open, and those that ended with care: the evaluation after it ends them.
    """
    outcome = care_ended(snapshot) or transplanted(snapshot)
    if outcome is None:
        return None
    handed_over = outcome.what in ("transferred", "care_ended")
    critical = [translated(x.title) for x in alerts if x.severity is Severity.CRITICAL] if handed_over else []
    return Ended(_ended_text(outcome, snapshot), tuple(dict.fromkeys(critical)))


def _ended_text(outcome: Outcome, snapshot: Snapshot) -> str:
    words = {"what": name_of("outcome", outcome.what), "day": short_day(outcome.day, snapshot.today)}
    if outcome.what == "lung_transplant":
        return _("%(what)s on %(day)s: chart and response end here; drug levels and organs go on.") % words
    return _("%(what)s on %(day)s: below is the last state of the chart.") % words


def infection_texts(snapshot: Snapshot, alerts: Sequence[AlertView]) -> list[str]:
    """What is to be thought of before an escalation: the facts for which infection is not excluded (13 (78))."""
    found = snapshot.findings_of(INFECTION)
    texts = []
    if found and found[-1].present:
        words = {"finding": name_of("finding", INFECTION), "day": short_day(found[-1].day, snapshot.today)}
        texts.append(_("finding %(finding)s, %(day)s") % words)
    for view in alerts:
        if speaks_for_infection(view.alert.rule, view.severity):
            texts.append(listed_apart([translated(view.title), *(render(x) for x in view.reasons)]))
    return texts
