"""Figure 3 of Kurasawa and Arai 2014: management of ILD in dermatomyositis and polymyositis, as data.

Frozen once published: a correction is a new version in a new file. Every edge says whether it is printed in the
figure, inferred from Table 1 and the text, or a judgement of this product; every question names the choices made where
the paper leaves one. The numbers of the tests stand in `patients.clinical`, where the monitoring rules read them too.
"""

from algorithm.walk.chart import (
    INFERRED,
    JUDGEMENT,
    NO,
    PRINTED,
    THEN,
    YES,
    Choice,
    Citation,
    Criterion,
    Edge,
    Flowchart,
    Question,
    Recommendation,
)
from patients.clinical.reasons import _

CITATIONS = (
    Citation(
        "paper",
        "Kurasawa K, Arai S. Optimal management of interstitial lung disease associated with dermatomyositis/"
        "polymyositis: lessons from the Japanese experience. Orphan Drugs: Research and Reviews 2014;4:93-107.",
        "10.2147/ODRR.S50355",
    ),
    Citation("figure 3", "Kurasawa and Arai 2014, Figure 3", "10.2147/ODRR.S50355"),
    Citation("table 1", "Kurasawa and Arai 2014, Table 1", "10.2147/ODRR.S50355"),
    Citation("text", "Kurasawa and Arai 2014, text", "10.2147/ODRR.S50355"),
    Citation("figure 1", "Kurasawa and Arai 2014, notes to Figure 1 and Table 1", "10.2147/ODRR.S50355"),
)

N1 = Question(
    id="N1",
    title=_("Acute or subacute course?"),
    test="course",
    criteria=(
        Criterion("symptoms", _("1) Symptomatic exacerbation (dyspnoea on exertion)")),
        Criterion("hrct", _("2) Increase of parenchymal abnormalities on HRCT")),
        Criterion("physiology", _("3) Fall of VC > 10 % or of PaO2 > 10 mmHg")),
        Criterion("within", _("any of these within 3 months")),
        Criterion("onset", _("or respiratory onset 90 days ago or less [J]")),
    ),
    choices=(
        Choice(
            "three_months",
            _(
                '"3 months": respiratory onset 90 days ago or less, or any criterion met within a rolling 90 days; '
                "the clock is respiratory onset, not skin onset"
            ),
        ),
        Choice(
            "vc_fall",
            _(
                "fall of VC: relative, in litres, more than 10 % against the highest value of the 90 days before; "
                "FVC stands in for VC and says so"
            ),
        ),
        Choice("pao2_fall", _("fall of PaO2: more than 10 mmHg at the same FiO2")),
        Choice(
            "looked_at",
            _('a criterion is "no" only when it was looked at in the last 90 days and not found; otherwise unknown'),
        ),
        Choice(
            "old_comparison",
            _(
                "an HRCT increase against a scan more than 90 days older does not answer this question; "
                "it speaks for N7"
            ),
        ),
        Choice(
            "sticky",
            _("once acute/subacute, the episode stays so until a clinician records the decision that it is chronic"),
        ),
    ),
    cites=("figure 3", "text"),
    place=(3, 0),
)

N2 = Question(
    id="N2",
    title=_("Poor risk factor?"),
    test="poor_risk",
    criteria=(
        Criterion("adm", _("1) ADM")),
        Criterion("mda5", _("2) anti-MDA5 positive")),
        Criterion("ferritin", _("3) Ferritin > 1,000 ng/mL")),
        Criterion("hrct", _("4) HRCT: GGO and lower consolidation")),
        Criterion("pao2", _("5) PaO2 < 60 mmHg")),
    ),
    choices=(
        Choice("ferritin", _("ferritin routes above 1,000 ng/mL, 1,000 itself does not; 1,500 is a second flag"), "S"),
        Choice("window", _("any value from 90 days before the course became acute counts for the rest of the episode")),
        Choice("hypomyopathic", _("hypomyopathic DM and CADM count as factor 1, unless the site has switched it off")),
        Choice(
            "provisional", _("provisional ADM counts and is marked provisional; provisional DM leaves factor 1 open")
        ),
        Choice("room_air", _("PaO2 < 60 mmHg counts on room air only; on oxygen the factor is unknown, never derived")),
        Choice("censored", _('a value such as "> 800" that cannot settle a limit leaves its factor unknown')),
        Choice("ck", _("CK < 500 U/L stands in the list of the text, not in the figure: it never routes")),
    ),
    cites=("figure 3", "text"),
    place=(0, 1),
)

N3 = Question(
    id="N3",
    title=_("DM or PM?"),
    test="dermatomyositis",
    criteria=(),
    choices=(Choice("forms", _("ADM, hypomyopathic DM and CADM are forms of DM")),),
    cites=("figure 3", "table 1"),
    place=(2, 2),
)

N4 = Question(
    id="N4",
    title=_("Improvement on GC?"),
    test="improvement",
    criteria=(),
    choices=(
        Choice(
            "gc_resistance",
            _("symptoms, PaO2 or CT worse within 2 weeks, or not improved within 4 weeks: GC resistance"),
            "S",
        ),
        Choice("n4_days", _('worse on any day is "no"; unchanged is "no" from day 28 and waits before that')),
        Choice(
            "n4_facts",
            _(
                "on days 1-14 dyspnoea worse, HRCT increased or a fall of PaO2 > 10 mmHg against day 0 "
                'answer "worse" by themselves'
            ),
        ),
    ),
    cites=("figure 3", "figure 1"),
    place=(4, 4),
)

N5 = Question(
    id="N5",
    title=_("Improvement on GC + CsA or IVCY?"),
    test="improvement",
    criteria=(),
    choices=(
        Choice("no_time", _("the paper gives no time: the clinician's judgement is asked for every week")),
        Choice("n5_days", _('worse is "no"; unchanged is "no" from day 14 of the step')),
    ),
    cites=("figure 3",),
    place=(2, 5),
)

N6 = Question(
    id="N6",
    title=_("Improvement on GC + CsA + IVCY?"),
    test="improvement",
    criteria=(),
    choices=(
        Choice("no_time", _("the paper gives no time: the clinician's judgement is asked for every week")),
        Choice("n6_days", _('worse is "no"; unchanged is "no" from day 14 of the step')),
    ),
    cites=("figure 3", "text"),
    place=(0, 6),
)

N7 = Question(
    id="N7",
    title=_("Chronic ILD: active?"),
    test="chronic_activity",
    criteria=(
        Criterion("symptomatic", _("Symptomatic")),
        Criterion("vc_falling", _("or decrease in VC")),
        Criterion("ggo_increasing", _("or increase in GGO")),
    ),
    choices=(
        Choice("symptomatic", _("symptomatic: dyspnoea on exertion or cough present, newest entry of 12 months")),
        Choice("vc_falling", _("VC falling: more than 5 % relative against the best of 12 months")),
        Choice("reassess", _("a chronic patient who newly meets N1 becomes acute/subacute at once")),
        Choice("mda5_watch", _("anti-MDA5 in chronic ILD does not lead to T3; it is a watch flag"), "S"),
    ),
    cites=("figure 3", "text"),
    place=(6, 1),
)

T1 = Recommendation(
    id="T1",
    step="T1",
    title=_("GC"),
    detail=_("glucocorticoid"),
    choices=(
        Choice(
            "chronic_partner",
            _("chronic: when GC is not enough, or to spare it, one of CsA, CY, TAC, AZA, MMF is added"),
            "S",
        ),
    ),
    cites=("figure 3", "text"),
    place=(4, 3),
)
T2 = Recommendation(
    id="T2",
    step="T2",
    title=_("GC + CsA or IVCY"),
    detail=_("glucocorticoid with cyclosporine or cyclophosphamide"),
    choices=(Choice("tac", _("tacrolimus counts as the calcineurin inhibitor, oral CY as cyclophosphamide")),),
    cites=("figure 3", "table 1"),
    place=(2, 4),
)
T3 = Recommendation(
    id="T3",
    step="T3",
    title=_("GC + CsA (iv) + IVCY"),
    detail=_("triple therapy"),
    choices=(
        Choice("variants", _("tacrolimus, oral CsA or oral CY in T3 count as started and are shown as variants")),
    ),
    cites=("figure 3", "text"),
    place=(0, 5),
)
T4 = Recommendation(
    id="T4",
    step="T4",
    title=_("Add IVIG, PMX-DHP"),
    detail=_("salvage therapy"),
    choices=(
        Choice("salvage", _("one of IVIG and PMX-DHP starts T4; plasma exchange too, as a later variant")),
        Choice("after_t3", _("IVIG, PMX-DHP or plasma exchange without T3 before does not make the step T4")),
        Choice("t4_judgement", _("improvement is asked for every week as on T3; the chart has no step after T4")),
    ),
    cites=("figure 3", "table 1", "text"),
    place=(0, 7),
)
OBSERVATION = Recommendation(
    id="observation",
    step="observation",
    title=_("Observation for ILD"),
    detail=_("no treatment for ILD now"),
    choices=(),
    cites=("figure 3", "text"),
    place=(6, 3),
)

EDGES = (
    Edge(source="N1", answer=YES, target="N2", certainty=PRINTED, label=_("acute/subacute"), cites=("figure 3",)),
    Edge(source="N1", answer=NO, target="N7", certainty=PRINTED, label=_("chronic"), cites=("figure 3",)),
    Edge(source="N2", answer=YES, target="T3", certainty=PRINTED, label=_("any of 1)-5)"), cites=("figure 3",)),
    Edge(source="N2", answer=NO, target="N3", certainty=PRINTED, label=_("none"), cites=("figure 3",)),
    Edge(source="N3", answer=YES, target="T2", certainty=INFERRED, label=_("DM"), cites=("table 1",)),
    Edge(source="N3", answer=NO, target="T1", certainty=INFERRED, label=_("PM"), cites=("table 1",)),
    Edge(source="N4", answer=YES, target="T1", certainty=JUDGEMENT, label=_("yes"), note=_("continue, taper, monitor")),
    Edge(source="N4", answer=NO, target="T2", certainty=INFERRED, label=_("no"), cites=("figure 3", "table 1")),
    Edge(source="N5", answer=YES, target="T2", certainty=JUDGEMENT, label=_("yes"), note=_("continue, taper, monitor")),
    Edge(source="N5", answer=NO, target="T3", certainty=INFERRED, label=_("no"), cites=("figure 3",)),
    Edge(
        source="N6",
        answer=YES,
        target="T3",
        certainty=JUDGEMENT,
        label=_("yes"),
        note=_("continue; CsA iv to oral when ILD is controlled and breathing stable"),
        note_basis="S",
        cites=("text",),
    ),
    Edge(source="N6", answer=NO, target="T4", certainty=INFERRED, label=_("no"), cites=("table 1", "text")),
    Edge(source="N7", answer=YES, target="T1", certainty=INFERRED, label=_("yes"), cites=("figure 3", "text")),
    Edge(source="N7", answer=NO, target="observation", certainty=INFERRED, label=_("no"), cites=("figure 3", "text")),
    Edge(source="T1", answer=THEN, target="N4", certainty=PRINTED, cites=("figure 3",)),
    Edge(source="T2", answer=THEN, target="N5", certainty=PRINTED, cites=("figure 3",)),
    Edge(source="T3", answer=THEN, target="N6", certainty=PRINTED, cites=("figure 3",)),
)

CHART = Flowchart(
    name="kurasawa_arai_2014",
    version=1,
    title=_("Management of ILD in DM/PM: Kurasawa and Arai 2014, Figure 3"),
    entry="N1",
    nodes=(N1, N2, N3, N4, N5, N6, N7, T1, T2, T3, T4, OBSERVATION),
    edges=EDGES,
    citations=CITATIONS,
)
