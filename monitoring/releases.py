"""When each version of a rule came into the product, the first version first; a change of what a rule says is a new
version with its day here. Pure."""

from __future__ import annotations

from datetime import date

FIRST, SECOND = date(2026, 11, 23), date(2026, 11, 29)
THIRD = date(2026, 11, 30)

RELEASES: dict[str, tuple[date, ...]] = {
    "AADO2_RISE": (THIRD,),
    "AKI": (THIRD,),
    "AS_ENTRY": (FIRST,),
    "BDG_POSITIVE": (THIRD,),
    "BDG_WITH_KL6": (THIRD,),
    "BLOOD_PRESSURE": (THIRD,),
    "CMV_ANTIGENAEMIA": (THIRD,),
    "CNI_NEURO_TMA": (THIRD,),
    "CREATININE_RISE": (THIRD,),
    "CSA_HIGH": (FIRST, SECOND),
    "CSA_LOW": (FIRST, SECOND),
    "CYTOPENIA": (THIRD,),
    "DYSPNOEA_WORSE": (FIRST,),
    "FERRITIN_HIGH": (FIRST,),
    "FERRITIN_RISE": (FIRST,),
    "FEVER_IMMUNOSUPPRESSED": (THIRD,),
    "GC_RESISTANT": (FIRST, SECOND),
    "GLUCOSE": (THIRD,),
    "HBV_REACTIVATION": (THIRD,),
    "HRCT_WORSE": (FIRST,),
    "HYPERINFLAMMATION": (THIRD,),
    "HYPERKALAEMIA": (THIRD,),
    "HYPOKALAEMIA": (THIRD,),
    "IMPROVEMENT_JUDGEMENT_DUE": (FIRST, SECOND, THIRD),
    "KL6_RATIO": (FIRST,),
    "LIVER": (THIRD,),
    "LYMPHOPENIA": (THIRD,),
    "OVERDUE": (FIRST,),
    "OXYGEN_NEED": (THIRD,),
    "PAO2_FALL": (FIRST, SECOND, THIRD),
    "PAO2_LOW": (FIRST, SECOND, THIRD),
    "PNEUMOMEDIASTINUM": (THIRD,),
    "POOR_RISK_MET": (FIRST,),
    "PPF": (THIRD,),
    "SCREENING_MISSING": (THIRD,),
    "SENT_VALUE_WAITS": (THIRD,),
    "SPO2_LOW": (THIRD,),
    "STEP_NOT_STARTED": (FIRST, SECOND),
    "VC_FALL": (FIRST,),
}
