"""Evidence published after the chart: dated notes at the step they touch, never a change of the chart itself. All [L].

Each note says what was studied, not what to do; the numbers stay in the publication.
"""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True, kw_only=True)
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
        code="kurasawa_2018",
        year=2018,
        steps=("T4",),
        message=_("tofacitinib in anti-MDA5-positive ILD refractory to triple therapy: case series"),
        citation="Kurasawa 2018, Rheumatology",
        doi="10.1093/rheumatology/key188",
    ),
    Evidence(
        code="takada_2020",
        year=2020,
        steps=("T2",),
        message=_(
            "initial tacrolimus with glucocorticoid in DM/PM-ILD: prospective single-arm trial, trough 5-10 ng/mL"
        ),
        citation="Takada 2020, Rheumatology",
        doi="10.1093/rheumatology/kez394",
    ),
    Evidence(
        code="tsuji_2020",
        year=2020,
        steps=("T3",),
        message=_(
            "glucocorticoid, tacrolimus and IVCY from the start in anti-MDA5-positive ILD: prospective, against step-up"
        ),
        citation="Tsuji 2020, Arthritis & Rheumatology",
        doi="10.1002/art.41105",
    ),
    Evidence(
        code="shirakashi_2020",
        year=2020,
        steps=("T4",),
        message=_("plasma exchange in anti-MDA5-positive ILD refractory to triple therapy: retrospective"),
        citation="Shirakashi 2020, Rheumatology",
        doi="10.1093/rheumatology/keaa123",
    ),
    Evidence(
        code="fujisawa_2021",
        year=2021,
        steps=("T2",),
        message=_("prednisolone with tacrolimus against prednisolone with cyclosporine in DM/PM-ILD: randomized trial"),
        citation="Fujisawa 2021, Respirology",
        doi="10.1111/resp.13978",
    ),
    Evidence(
        code="acr_chest_2023_monitoring",
        year=2023,
        steps=("T1", "T2", "T3", "observation"),
        message=_("guideline for screening and monitoring of ILD in systemic autoimmune rheumatic diseases"),
        citation="ACR/CHEST 2023",
        doi="10.1002/art.42860",
    ),
    Evidence(
        code="acr_chest_2023_treatment",
        year=2023,
        steps=("T1", "T2", "T3", "T4"),
        message=_("guideline for the treatment of ILD in systemic autoimmune rheumatic diseases"),
        citation="ACR/CHEST 2023",
        doi="10.1002/acr.25348",
    ),
    Evidence(
        code="ers_eular_2026",
        year=2026,
        steps=("T1", "T2", "T3", "T4", "observation"),
        message=_("guideline for connective tissue disease-associated ILD"),
        citation="ERS/EULAR 2026",
        doi="10.1183/13993003.02533-2024",
    ),
)


def evidence_at(step: str) -> tuple[Evidence, ...]:
    """Later evidence beside a step, newest first."""
    return tuple(sorted((x for x in LATER_EVIDENCE if step in x.steps), key=lambda x: (-x.year, x.code)))
