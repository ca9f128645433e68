"""The catalogue of diagnoses of myositis [S], each with what distinguishes it."""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One diagnosis. `name` and `meaning` are message ids; `amyopathic` without weakness."""

    code: str
    name: str
    abbreviation: str
    meaning: str
    amyopathic: bool = False


_ENTRIES = (
    Diagnosis("DM", _("dermatomyositis"), "DM", _("myositis with heliotrope rash or Gottron's papules")),
    Diagnosis("PM", _("polymyositis"), "PM", _("myositis without skin disease")),
    Diagnosis(
        "ADM",
        _("amyopathic dermatomyositis"),
        "ADM",
        _("biopsy-confirmed skin disease for 6 months, no weakness, normal muscle enzymes"),
        amyopathic=True,
    ),
    Diagnosis(
        "hypomyopathic_DM",
        _("hypomyopathic dermatomyositis"),
        "hypomyopathic DM",
        _("no weakness, subclinical muscle findings"),
        amyopathic=True,
    ),
    Diagnosis(
        "CADM",
        _("clinically amyopathic dermatomyositis"),
        "CADM",
        _("amyopathic or hypomyopathic, not divided"),
        amyopathic=True,
    ),
)
DIAGNOSES: dict[str, Diagnosis] = {entry.code: entry for entry in _ENTRIES}
