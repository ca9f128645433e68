"""What usually follows an alert, in a sentence for each rule whose source or specification says it. Pure.

It stands behind the sources of a card and on the page of the rule. It is no order: what is done is said when the card
is acknowledged. Source: the paragraph of specification 8, 12 and 13 that defines the rule.
"""

from __future__ import annotations

from patients.clinical.reasons import _

LEVEL = _("Dose or interval is changed, and a level is taken 3 days later.")
FOLLOWS: dict[str, str] = {
    "STEP_NOT_STARTED": _("The step is recorded as started, or the decision not to take it with its reason."),
    "IMPROVEMENT_JUDGEMENT_DUE": _("Improved, unchanged or worse is recorded; the answer of the chart follows it."),
    "ANTIBODY_UNRESOLVED": _("Anti-MDA5 is tested again by another method; until then T3 stays possible."),
    "SPO2_LOW": _("A blood gas."),
    "OXYGEN_NEED": _("Improvement is judged the same day."),
    "PPF": _("Another explanation is looked for, infection first."),
    "PNEUMOMEDIASTINUM": _("CMV and fungi are looked for; pressure by mask or high flow is weighed anew."),
    "CSA_LOW": LEVEL,
    "CSA_HIGH": LEVEL,
    "CSA_TARGET_DELAY": LEVEL,
    "TAC_BAND": LEVEL,
    "TAC_TARGET_DELAY": LEVEL,
    "INTERACTION": _(
        "A level on day 3 after each start and each stop; with ritonavir, cobicistat, ensitrelvir on day 2."
    ),
    "CREATININE_RISE": _("Creatinine is repeated within 2 weeks, beside a level of the calcineurin inhibitor."),
    "AKI": _("Level, contrast and drugs that harm the kidney are looked at."),
    "LIVER": _("Drugs of the last 28 days, hepatitis B and muscle (CK, gamma-GT) are looked at."),
    "BDG_POSITIVE": _("A second sample by the same kit; after a blood product one before the next and on day 7."),
    "BDG_WITH_KL6": _("Infection is looked for and treated before immunosuppression is escalated."),
    "CMV_ANTIGENAEMIA": _("Eyes, gut, liver and lung are looked at; the next sample tells whether it doubles."),
    "PROPHYLAXIS_MISSING": _(
        "Prophylaxis is begun, or the decision not to give it is recorded with what is done instead."
    ),
    "HYPERINFLAMMATION": _("HLH or MAS is considered, and its trigger looked for: infection."),
    "SCREENING_MISSING": _("The tests are taken before immunoglobulin makes antibodies passive."),
    "HBV_REACTIVATION": _("HBV DNA every 4 weeks during therapy and for 12 months after it."),
    "CNI_NEURO_TMA": _("For microangiopathy: blood smear, haptoglobin, ADAMTS13."),
    "IVCY_CHECK": _("A blood count within the 3 days before the dose, and on days 7 to 14 after it."),
    "BLOOD_PRESSURE": _("A reading at another hour confirms it."),
    "HYPERKALAEMIA": _("A haemolysed sample is repeated; TMP-SMX and drugs that hold potassium back are looked at."),
    "GC_STOPPED": _("The order is looked at: was it stopped, or not renewed?"),
    "OVERDUE": _("The test is done, or it is said why not."),
}
