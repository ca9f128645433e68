"""Evidence published after the chart: dated notes at the step they touch, never a change of the chart itself. All [L].

Each note says what was studied, not what to do; the numbers stay in the publication.
"""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True)
class Evidence:
    """One later publication. `steps`: the recommendations of the chart beside which it is shown."""

    code: str
    year: int
    steps: tuple[str, ...]
    message: str
    citation: str
    doi: str


LATER_EVIDENCE = (
    Evidence(
        "kurasawa_2018",
        2018,
        ("T4",),
        _("tofacitinib in anti-MDA5-positive ILD refractory to triple therapy: case series"),
        "Kurasawa 2018, Rheumatology",
        "10.1093/rheumatology/key188",
    ),
    Evidence(
        "takada_2020",
        2020,
        ("T2",),
        _("initial tacrolimus with glucocorticoid in DM/PM-ILD: prospective single-arm trial, trough 5-10 ng/mL"),
        "Takada 2020, Rheumatology",
        "10.1093/rheumatology/kez394",
    ),
    Evidence(
        "tsuji_2020",
        2020,
        ("T3",),
        _("glucocorticoid, tacrolimus and IVCY from the start in anti-MDA5-positive ILD: prospective, against step-up"),
        "Tsuji 2020, Arthritis & Rheumatology",
        "10.1002/art.41105",
    ),
    Evidence(
        "shirakashi_2020",
        2020,
        ("T4",),
        _("plasma exchange in anti-MDA5-positive ILD refractory to triple therapy: retrospective"),
        "Shirakashi 2020, Rheumatology",
        "10.1093/rheumatology/keaa123",
    ),
    Evidence(
        "fujisawa_2021",
        2021,
        ("T2",),
        _("prednisolone with tacrolimus against prednisolone with cyclosporine in DM/PM-ILD: randomized trial"),
        "Fujisawa 2021, Respirology",
        "10.1111/resp.13978",
    ),
    Evidence(
        "acr_chest_2023_monitoring",
        2023,
        ("T1", "T2", "T3", "observation"),
        _("guideline for screening and monitoring of ILD in systemic autoimmune rheumatic diseases"),
        "ACR/CHEST 2023",
        "10.1002/art.42860",
    ),
    Evidence(
        "acr_chest_2023_treatment",
        2023,
        ("T1", "T2", "T3", "T4"),
        _("guideline for the treatment of ILD in systemic autoimmune rheumatic diseases"),
        "ACR/CHEST 2023",
        "10.1002/acr.25348",
    ),
    Evidence(
        "ers_eular_2026",
        2026,
        ("T1", "T2", "T3", "T4", "observation"),
        _("guideline for connective tissue disease-associated ILD"),
        "ERS/EULAR 2026",
        "10.1183/13993003.02533-2024",
    ),
)


def evidence_at(step: str) -> tuple[Evidence, ...]:
    """Later evidence beside a step, newest first."""
    return tuple(sorted((x for x in LATER_EVIDENCE if step in x.steps), key=lambda x: (-x.year, x.code)))
