"""Figure 3 of Kurasawa and Arai 2014: management of ILD in dermatomyositis and polymyositis, as data.

Frozen once published: a correction is a new version in a new file. Every edge says whether it is printed in the
figure, inferred from Table 1 and the text, or a judgement of this product; every question names the choices made where
the paper leaves one. The numbers of the tests stand in `patients.clinical`, where the monitoring rules read them too.
"""

from algorithm.chart import (
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
    "N1",
    _("Acute or subacute course?"),
    "course",
    (
        Criterion("symptoms", _("1) Symptomatic exacerbation (dyspnoea on exertion)")),
        Criterion("hrct", _("2) Increase of parenchymal abnormalities on HRCT")),
        Criterion("physiology", _("3) Fall of VC > 10 % or of PaO2 > 10 mmHg")),
        Criterion("within", _("any of these within 3 months")),
        Criterion("onset", _("or respiratory onset 90 days ago or less [J]")),
    ),
    (
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
    ("figure 3", "text"),
    (3, 0),
)

N2 = Question(
    "N2",
    _("Poor risk factor?"),
    "poor_risk",
    (
        Criterion("adm", _("1) ADM")),
        Criterion("mda5", _("2) anti-MDA5 positive")),
        Criterion("ferritin", _("3) Ferritin > 1,000 ng/mL")),
        Criterion("hrct", _("4) HRCT: GGO and lower consolidation")),
        Criterion("pao2", _("5) PaO2 < 60 mmHg")),
    ),
    (
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
    ("figure 3", "text"),
    (0, 1),
)

N3 = Question(
    "N3",
    _("DM or PM?"),
    "dermatomyositis",
    (),
    (Choice("forms", _("ADM, hypomyopathic DM and CADM are forms of DM")),),
    ("figure 3", "table 1"),
    (2, 2),
)

N4 = Question(
    "N4",
    _("Improvement on GC?"),
    "improvement",
    (),
    (
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
    ("figure 3", "figure 1"),
    (4, 4),
)

N5 = Question(
    "N5",
    _("Improvement on GC + CsA or IVCY?"),
    "improvement",
    (),
    (
        Choice("no_time", _("the paper gives no time: the clinician's judgement is asked for every week")),
        Choice("n5_days", _('worse is "no"; unchanged is "no" from day 14 of the step')),
    ),
    ("figure 3",),
    (2, 5),
)

N6 = Question(
    "N6",
    _("Improvement on GC + CsA + IVCY?"),
    "improvement",
    (),
    (
        Choice("no_time", _("the paper gives no time: the clinician's judgement is asked for every week")),
        Choice("n6_days", _('worse is "no"; unchanged is "no" from day 14 of the step')),
    ),
    ("figure 3", "text"),
    (0, 6),
)

N7 = Question(
    "N7",
    _("Chronic ILD: active?"),
    "chronic_activity",
    (
        Criterion("symptomatic", _("Symptomatic")),
        Criterion("vc_falling", _("or decrease in VC")),
        Criterion("ggo_increasing", _("or increase in GGO")),
    ),
    (
        Choice("symptomatic", _("symptomatic: dyspnoea on exertion or cough present, newest entry of 12 months")),
        Choice("vc_falling", _("VC falling: more than 5 % relative against the best of 12 months")),
        Choice("reassess", _("a chronic patient who newly meets N1 becomes acute/subacute at once")),
        Choice("mda5_watch", _("anti-MDA5 in chronic ILD does not lead to T3; it is a watch flag"), "S"),
    ),
    ("figure 3", "text"),
    (6, 1),
)

T1 = Recommendation(
    "T1",
    "T1",
    _("GC"),
    _("glucocorticoid"),
    (
        Choice(
            "chronic_partner",
            _("chronic: when GC is not enough, or to spare it, one of CsA, CY, TAC, AZA, MMF is added"),
            "S",
        ),
    ),
    ("figure 3", "text"),
    (4, 3),
)
T2 = Recommendation(
    "T2",
    "T2",
    _("GC + CsA or IVCY"),
    _("glucocorticoid with cyclosporine or cyclophosphamide"),
    (Choice("tac", _("tacrolimus counts as the calcineurin inhibitor, oral CY as cyclophosphamide")),),
    ("figure 3", "table 1"),
    (2, 4),
)
T3 = Recommendation(
    "T3",
    "T3",
    _("GC + CsA (iv) + IVCY"),
    _("triple therapy"),
    (Choice("variants", _("tacrolimus, oral CsA or oral CY in T3 count as started and are shown as variants")),),
    ("figure 3", "text"),
    (0, 5),
)
T4 = Recommendation(
    "T4",
    "T4",
    _("Add IVIG, PMX-DHP"),
    _("salvage therapy"),
    (
        Choice("salvage", _("one of IVIG and PMX-DHP starts T4; plasma exchange too, as a later variant")),
        Choice("after_t3", _("IVIG, PMX-DHP or plasma exchange without T3 before does not make the step T4")),
        Choice("t4_judgement", _("improvement is asked for every week as on T3; the chart has no step after T4")),
    ),
    ("figure 3", "table 1", "text"),
    (0, 7),
)
OBSERVATION = Recommendation(
    "observation",
    "observation",
    _("Observation for ILD"),
    _("no treatment for ILD now"),
    (),
    ("figure 3", "text"),
    (6, 3),
)

EDGES = (
    Edge("N1", YES, "N2", PRINTED, _("acute/subacute"), cites=("figure 3",)),
    Edge("N1", NO, "N7", PRINTED, _("chronic"), cites=("figure 3",)),
    Edge("N2", YES, "T3", PRINTED, _("any of 1)-5)"), cites=("figure 3",)),
    Edge("N2", NO, "N3", PRINTED, _("none"), cites=("figure 3",)),
    Edge("N3", YES, "T2", INFERRED, _("DM"), cites=("table 1",)),
    Edge("N3", NO, "T1", INFERRED, _("PM"), cites=("table 1",)),
    Edge("N4", YES, "T1", JUDGEMENT, _("yes"), _("continue, taper, monitor")),
    Edge("N4", NO, "T2", INFERRED, _("no"), cites=("figure 3", "table 1")),
    Edge("N5", YES, "T2", JUDGEMENT, _("yes"), _("continue, taper, monitor")),
    Edge("N5", NO, "T3", INFERRED, _("no"), cites=("figure 3",)),
    Edge(
        "N6",
        YES,
        "T3",
        JUDGEMENT,
        _("yes"),
        _("continue; CsA iv to oral when ILD is controlled and breathing stable"),
        "S",
        ("text",),
    ),
    Edge("N6", NO, "T4", INFERRED, _("no"), cites=("table 1", "text")),
    Edge("N7", YES, "T1", INFERRED, _("yes"), cites=("figure 3", "text")),
    Edge("N7", NO, "observation", INFERRED, _("no"), cites=("figure 3", "text")),
    Edge("T1", THEN, "N4", PRINTED, cites=("figure 3",)),
    Edge("T2", THEN, "N5", PRINTED, cites=("figure 3",)),
    Edge("T3", THEN, "N6", PRINTED, cites=("figure 3",)),
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
