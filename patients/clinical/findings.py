"""Clinical findings and their change, respiratory support, judgement of improvement, what is decided: step and course.

Source: specification 1. `OVERRIDE_REASONS` is a judgement: the paper names no list. `PROPHYLAXIS_INSTEAD`: the
alternatives of specification 13 (100); that nothing is given and somebody watches is a judgement.
"""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

FINDINGS = by_code(
    (
        Entry("dyspnoea_on_exertion", _("dyspnoea on exertion")),
        Entry("dyspnoea_at_rest", _("dyspnoea at rest")),
        Entry("cough", _("cough")),
        Entry("fever", _("fever above 38 °C"), _("fever")),
        Entry("skin_ulcer", _("skin ulcer")),
        Entry("palmar_papules", _("palmar papules")),
        Entry("rash", _("active rash"), _("rash")),
        Entry("raynaud", _("Raynaud's phenomenon"), _("Raynaud")),
        Entry("arthritis", _("arthritis")),
        Entry("mechanics_hands", _("mechanic's hands")),
        Entry("muscle_weakness", _("muscle weakness")),
        Entry("cardiac_involvement", _("cardiac involvement")),
        Entry("pneumomediastinum", _("pneumomediastinum")),
        Entry("infection", _("infection")),
        Entry("pregnancy", _("pregnancy")),
        Entry("seizure", _("seizure")),
        Entry("visual_disturbance", _("visual disturbance")),
        Entry("confusion", _("confusion")),
        Entry("headache", _("headache")),
        Entry("haematuria", _("haematuria")),
        Entry("drug_rash", _("drug rash")),
        Entry("dialysis", _("dialysis")),
        Entry("fracture_assessment", _("fracture risk assessed")),
        # of scores of later literature, which no rule and no chart reads (algorithm/scores)
        Entry("rp_ild", _("rapidly progressive ILD"), _("RP-ILD")),
        Entry("dlco_not_possible", _("DLCO cannot be done")),
        Entry("weak_arms", _("weakness of the proximal arms")),
        Entry("weak_legs", _("weakness of the proximal legs")),
        Entry("weak_neck_flexors", _("neck flexors weaker than extensors")),
        Entry("weak_legs_proximal", _("in the legs proximal muscles weaker than distal")),
        Entry("heliotrope_rash", _("heliotrope rash")),
        Entry("gottron_papules", _("Gottron's papules")),
        Entry("gottron_sign", _("Gottron's sign")),
        Entry("dysphagia", _("dysphagia or oesophageal dysmotility"), _("dysphagia")),
        Entry("biopsy_endomysial", _("biopsy: endomysial infiltration")),
        Entry("biopsy_perimysial", _("biopsy: perimysial or perivascular infiltration")),
        Entry("biopsy_perifascicular", _("biopsy: perifascicular atrophy")),
        Entry("biopsy_rimmed_vacuoles", _("biopsy: rimmed vacuoles")),
    )
)

FINDING_CHANGES = by_code(
    (Entry("worse", _("worse")), Entry("unchanged", _("unchanged")), Entry("improved", _("improved")))
)

SUPPORT_LEVELS = by_code(
    (
        Entry("room_air", _("room air")),
        Entry("oxygen", _("oxygen")),
        Entry("high_flow", _("high-flow oxygen")),
        Entry("niv", _("non-invasive ventilation"), _("NIV")),
        Entry("ventilation", _("mechanical ventilation")),
        Entry("ecmo", _("ECMO")),
    )
)

# by which oxygen is given, specification 12 (50), 13 (64)
DEVICES = by_code(
    (
        Entry("nasal_cannula", _("nasal cannula")),
        Entry("simple_mask", _("simple mask")),
        Entry("venturi", _("Venturi mask")),
        Entry("reservoir_mask", _("reservoir mask")),
        Entry("high_flow", _("high-flow oxygen")),
        Entry("niv", _("non-invasive ventilation"), _("NIV")),
        Entry("ventilator", _("ventilator")),
    )
)

IMPROVEMENTS = by_code(
    (Entry("improved", _("improved")), Entry("unchanged", _("unchanged")), Entry("worse", _("worse")))
)

STEPS = by_code(
    (
        Entry("T1", _("T1: glucocorticoid"), "T1", choice="T1"),
        Entry("T2", _("T2: glucocorticoid with cyclosporine or IVCY"), "T2", choice="T2"),
        Entry("T3", _("T3: glucocorticoid with cyclosporine and IVCY"), "T3", choice="T3"),
        Entry("T4", _("T4: T3 with IVIG or PMX-DHP (salvage)"), "T4", choice="T4"),
        Entry("observation", _("observation")),
    )
)

COURSES = by_code((Entry("A/S", _("acute/subacute (A/S)")), Entry("C", _("chronic (C)"), choice=_("chronic"))))
DECIDED_COURSES = {"C": COURSES["C"]}  # acute/subacute is never decided, it is found

# why the step of the chart is not followed: what is done instead first, disagreement after
LONGEST_SOURCE = 300  # characters
LATER_EVIDENCE = "later_evidence"  # names the source that it follows, where one of the notes is chosen
OVERRIDE_REASONS = by_code(
    (
        Entry("infection", _("infection must be treated or excluded first")),
        Entry("contraindication", _("contraindication (organ function, interaction, pregnancy)")),
        Entry("adverse_event", _("adverse event under this treatment before")),
        Entry("awaits_result", _("a result is awaited (say which)")),
        Entry("other_treatment", _("another treatment is given instead (say which)")),
        Entry(LATER_EVIDENCE, _("later evidence is followed instead of the chart (say which note)")),
        Entry("patient_wish", _("wish of the patient or family")),
        Entry("goals_of_care", _("treatment is limited (goals of care)")),
        Entry("facts_doubted", _("disagree: a fact behind the step is doubted (say which)")),
        Entry("milder", _("disagree: clinically milder than the chart says")),
        Entry("graver", _("disagree: clinically graver than the chart says")),
        Entry("another_cause", _("disagree: the lung disease has another cause (say which)")),
    )
)

# what stands in the place of TMP-SMX where a decision says that it is not given, specification 13 (100)
WATCHED = "watched"
PROPHYLAXIS_INSTEAD = by_code(
    (
        Entry("atovaquone", _("atovaquone")),
        Entry("pentamidine", _("pentamidine")),
        Entry("dapsone", _("dapsone")),
        Entry(WATCHED, _("no drug, watched closely")),
    )
)
