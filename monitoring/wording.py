"""What an alert is about, in words of the reader's language."""

from __future__ import annotations

from patients.clinical.reasons import _
from patients.wording import code_name, translated

# factors of node N2 whose codes are also codes of other things
FACTORS = {
    "adm": _("amyopathic dermatomyositis"),
    "mda5": _("anti-MDA5"),
    "hrct": _("GGO with lower consolidation"),
}


def subject_text(subject: str) -> str:
    """The factor, test or step that an alert is about."""
    return translated(FACTORS[subject]) if subject in FACTORS else code_name(subject)
