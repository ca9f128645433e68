"""The catalogue of clinical findings, levels of respiratory support, judgements and steps, with their names."""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _

RESPIRATORY = _("respiratory")
SKIN = _("skin")
SYSTEMIC = _("systemic")


@dataclass(frozen=True, slots=True)
class FindingType:
    """One finding. `name` and `group` are message ids."""

    code: str
    name: str
    group: str


_ENTRIES = (
    FindingType("dyspnoea_on_exertion", _("dyspnoea on exertion"), RESPIRATORY),
    FindingType("dyspnoea_at_rest", _("dyspnoea at rest"), RESPIRATORY),
    FindingType("cough", _("cough"), RESPIRATORY),
    FindingType("pneumomediastinum", _("pneumomediastinum"), RESPIRATORY),
    FindingType("skin_ulcer", _("skin ulcer"), SKIN),
    FindingType("palmar_papules", _("palmar papules"), SKIN),
    FindingType("rash", _("rash"), SKIN),
    FindingType("mechanics_hands", _("mechanic's hands"), SKIN),
    FindingType("raynaud", _("Raynaud phenomenon"), SKIN),
    FindingType("fever", _("fever above 38 °C"), SYSTEMIC),
    FindingType("arthritis", _("arthritis"), SYSTEMIC),
    FindingType("muscle_weakness", _("muscle weakness"), SYSTEMIC),
    FindingType("cardiac_involvement", _("cardiac involvement"), SYSTEMIC),
    FindingType("infection", _("infection"), SYSTEMIC),
)
FINDINGS: dict[str, FindingType] = {entry.code: entry for entry in _ENTRIES}

FINDING_CHANGES: dict[str, str] = {"worse": _("worse"), "unchanged": _("unchanged"), "improved": _("improved")}
SUPPORT_LEVELS: dict[str, str] = {
    "room_air": _("room air"),
    "oxygen": _("oxygen"),
    "high_flow": _("high-flow oxygen"),
    "niv": _("non-invasive ventilation"),
    "ventilation": _("mechanical ventilation"),
    "ecmo": _("ECMO"),
}
IMPROVEMENTS: dict[str, str] = {"improved": _("improved"), "unchanged": _("unchanged"), "worse": _("worse")}
STEPS: dict[str, str] = {
    "T1": _("T1: glucocorticoid"),
    "T2": _("T2: glucocorticoid with cyclosporine or IVCY"),
    "T3": _("T3: glucocorticoid, cyclosporine and IVCY"),
    "T4": _("T4: T3 with IVIG or PMX-DHP"),
    "observation": _("observation"),
}
COURSES: dict[str, str] = {"A/S": _("acute/subacute"), "C": _("chronic")}
DECIDED_COURSES: dict[str, str] = {"C": _("chronic")}
LEVEL_ROUTES: dict[str, str] = {"iv": _("intravenous"), "oral": _("by mouth")}
LEVEL_TIMINGS: dict[str, str] = {
    "pre_dose": _("before the dose"),
    "trough": _("trough"),
    "c2": _("2 h after the dose (C2)"),
}
RESULT_STATUSES: dict[str, str] = {
    "preliminary": _("preliminary"),
    "final": _("final"),
    "corrected": _("corrected"),
    "cancelled": _("cancelled"),
}
