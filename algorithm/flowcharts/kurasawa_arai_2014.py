"""Figure 3 of Kurasawa and Arai 2014: management of ILD in dermatomyositis and polymyositis, as data.

Frozen once published: a correction is a new version in a new file. Edges say what is printed, what is inferred from Table 1
and the text, and what is a judgement of this product; the numbers of the tests stand in `patients.clinical`, where the
monitoring rules read the same ones.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from algorithm.engine import Certainty, Edge, Flowchart, Question, Recommendation, Situation
from patients.clinical.course import chronic_activity
from patients.clinical.judged import Judged, any_judged
from patients.clinical.poor_risk import DIAGNOSIS_NAMES, poor_risk_known_from
from patients.clinical.reasons import _, reason
from patients.clinical.response import UNCHANGED_COUNTS_FROM
from patients.clinical.snapshot import latest
from patients.clinical.truth import Truth, truth

CITATION = (
    "Kurasawa K, Arai S. Optimal management of interstitial lung disease associated with dermatomyositis/polymyositis: "
    "lessons from the Japanese experience. Orphan Drugs: Research and Reviews 2014;4:93-107. doi 10.2147/ODRR.S50355"
)
FIGURE_3 = "Kurasawa and Arai 2014, Figure 3"
TABLE_1 = "Kurasawa and Arai 2014, Table 1"
TEXT = "Kurasawa and Arai 2014, text on treatment"
PRODUCT = "judgement of this product"


def acute(situation: Situation) -> Judged:
    """N1: is the course acute/subacute?"""
    course = situation.course
    return Judged("course", course.answer, course.reasons, course.missing)


def acute_known(situation: Situation, judged: Judged) -> datetime | None:
    """When the course became known."""
    return situation.course.known_from


def at_poor_risk(situation: Situation) -> Judged:
    """N2: any of the five factors."""
    return any_judged("poor_risk", tuple(situation.factors.values()))


def poor_risk_known(situation: Situation, judged: Judged) -> datetime | None:
    """When the first factor was known to be met; when none is met, when the last was known not to be."""
    if judged.answer is Truth.YES:
        return poor_risk_known_from(situation.snapshot, situation.course)
    return facts_known(situation, judged)


def dermatomyositis(situation: Situation) -> Judged:
    """N3: DM (yes) or PM (no); ADM, hypomyopathic DM and CADM are forms of DM."""
    diagnosis = latest(situation.snapshot.diagnoses)
    if diagnosis is None:
        return Judged("diagnosis", Truth.UNKNOWN, (reason(_("no diagnosis of myositis recorded")),), ("diagnosis",))
    message = _("%(diagnosis)s, provisional, on %(day)s") if diagnosis.provisional else _("%(diagnosis)s on %(day)s")
    why = reason(message, facts=(diagnosis.id,), diagnosis=DIAGNOSIS_NAMES[diagnosis.myositis], day=diagnosis.day)
    return Judged("diagnosis", truth(diagnosis.myositis != "PM"), (why,), (), diagnosis.provisional)


def active_chronic(situation: Situation) -> Judged:
    """N7: symptomatic, or VC falling, or GGO increasing."""
    return chronic_activity(situation.snapshot)


def facts_known(situation: Situation, judged: Judged) -> datetime | None:
    """When the last of the facts behind an answer became known."""
    by_id = {fact.id: fact for fact in situation.snapshot.all_facts}
    facts = [by_id[x] for r in judged.reasons for x in r.facts if x in by_id]
    return max((x.known for x in facts), default=None)


def improved_on(step: str) -> Question:
    """The question of improvement on a step."""
    ids = {"T1": "N4", "T2": "N5", "T3": "N6"}

    def known(situation: Situation, judged: Judged) -> datetime | None:
        told = facts_known(situation, judged)
        start = next((x for x in situation.regimen.starts if x.step == step), None)
        counts = _unchanged_from(situation, judged, step, start.day) if start else None
        return max((x for x in (told, counts) if x is not None), default=None)

    return Question(
        ids[step], _("Improvement?"), TITLES[step], lambda situation: situation.response(step), known, after=step
    )


def _unchanged_from(situation: Situation, judged: Judged, step: str, day_0: date) -> datetime | None:
    """A judgement "unchanged" counts from its day (28 on T1, 14 later): the answer was not known before that day."""
    unchanged = any("unchanged" in r.message for r in judged.reasons)
    if judged.answer is not Truth.NO or not unchanged:
        return None
    day = day_0 + timedelta(days=UNCHANGED_COUNTS_FROM[step])
    return datetime.combine(day, time(), ZoneInfo(situation.snapshot.zone))


TITLES = {
    "T1": _("Improvement on glucocorticoid?"),
    "T2": _("Improvement on glucocorticoid with cyclosporine or cyclophosphamide?"),
    "T3": _("Improvement on triple therapy?"),
}

NODES = (
    Question(
        "N1",
        _("Acute or subacute?"),
        _("Within 3 months: dyspnoea on exertion worse, more on HRCT, VC fall > 10 % or PaO2 fall > 10 mmHg"),
        acute,
        acute_known,
    ),
    Question(
        "N2",
        _("Poor risk?"),
        _("ADM, anti-MDA5, ferritin > 1,000 ng/mL, GGO with lower consolidation, or PaO2 < 60 mmHg"),
        at_poor_risk,
        poor_risk_known,
    ),
    Question("N3", _("DM or PM?"), _("Dermatomyositis or polymyositis"), dermatomyositis, facts_known),
    improved_on("T1"),
    improved_on("T2"),
    improved_on("T3"),
    Question(
        "N7", _("Active?"), _("Symptomatic, or VC falling, or GGO increasing"), active_chronic, facts_known
    ),
    Recommendation("T1", _("Glucocorticoid"), _("GC"), "N4"),
    Recommendation("T2", _("Glucocorticoid with one immunosuppressant"), _("GC + (CsA or IVCY)"), "N5"),
    Recommendation("T3", _("Triple therapy"), _("GC + CsA (iv) + IVCY"), "N6"),
    Recommendation("T4", _("Salvage"), _("Add IVIG or PMX-DHP")),
    Recommendation("observation", _("Observation"), _("No treatment; look again")),
)

YES, NO = Truth.YES, Truth.NO
EDGES = (
    Edge("N1", YES, "N2", _("acute/subacute"), Certainty.PRINTED, FIGURE_3),
    Edge("N1", NO, "N7", _("chronic"), Certainty.PRINTED, FIGURE_3),
    Edge("N2", YES, "T3", _("any"), Certainty.PRINTED, FIGURE_3),
    Edge("N2", NO, "N3", _("none"), Certainty.PRINTED, FIGURE_3),
    Edge("N3", YES, "T2", _("DM"), Certainty.INFERRED, TABLE_1),
    Edge("N3", NO, "T1", _("PM"), Certainty.INFERRED, TABLE_1),
    Edge("N4", YES, "T1", _("yes: continue, taper"), Certainty.JUDGEMENT, PRODUCT),
    Edge("N4", NO, "T2", _("no"), Certainty.INFERRED, TEXT),
    Edge("N5", YES, "T2", _("yes: continue, taper"), Certainty.JUDGEMENT, PRODUCT),
    Edge("N5", NO, "T3", _("no"), Certainty.INFERRED, TEXT),
    Edge("N6", YES, "T3", _("yes: CsA iv to oral"), Certainty.PRINTED, TEXT),
    Edge("N6", NO, "T4", _("no"), Certainty.INFERRED, TABLE_1),
    Edge("N7", YES, "T1", _("yes"), Certainty.INFERRED, TEXT),
    Edge("N7", NO, "observation", _("no"), Certainty.INFERRED, TEXT),
)

CHART = Flowchart(
    name="kurasawa_arai_2014",
    version=1,
    title=_("Management of ILD in DM/PM (Kurasawa and Arai 2014, Figure 3)"),
    citation=CITATION,
    start="N1",
    nodes=NODES,
    edges=EDGES,
)
