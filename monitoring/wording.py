"""What an alert is about, in words of the reader's language."""

from __future__ import annotations

from monitoring.engine import Group
from monitoring.rules import BY_CODE
from patients.clinical.reasons import _
from patients.clinical.vocabulary import Kind
from patients.queries import site_settings
from patients.wording import name_of, translated

# factors of node N2; "hrct" is also a test that is overdue
FACTORS = {
    "adm": _("amyopathic dermatomyositis"),
    "mda5": _("anti-MDA5"),
    "hrct": _("GGO with lower consolidation"),
}
SUBJECTS: dict[str, Kind] = {
    "SENT_VALUE_WAITS": "missing",  # a test or an antibody
    "POOR_RISK_MET": "test",
    "OVERDUE": "missing",
    "BDG_POSITIVE": "test",
    "GLUCOSE": "test",
    "STEP_NOT_STARTED": "step",
    "INTERACTION": "drug",
}
SIDES = {"low": _("below the band"), "high": _("above the band")}
UNREAD_NAMES = _("names that are not in the catalogue")

GROUP_NAMES = {
    Group.COURSE: _("Course and risk"),
    Group.RESPONSE: _("Response"),
    Group.RESPIRATION: _("Respiration"),
    Group.LEVELS: _("Drug levels and interactions"),
    Group.INFECTION: _("Infection"),
    Group.ORGANS: _("Organs and blood"),
    Group.OVERDUE: _("Overdue"),
}


def rule_title(code: str) -> str:
    """What a rule is called on a page; its code where it is none of the published ones any more."""
    return translated(BY_CODE[code].title) if code in BY_CODE else code


def subject_text(rule: str, subject: str) -> str:
    """The factor, test or step that an alert of this rule is about."""
    if rule == "POOR_RISK_MET" and subject in FACTORS:
        return translated(FACTORS[subject])
    if rule == "TAC_BAND" and subject in SIDES:
        return translated(SIDES[subject])
    if rule == "INTERACTION" and subject == "unread":
        return translated(UNREAD_NAMES)
    return name_of(SUBJECTS[rule], subject) if rule in SUBJECTS else subject


def rules_off() -> list[str]:
    """The titles of rules that the site has switched off."""
    return [rule_title(x) for x in sorted(site_settings().rule_choices.off)]
