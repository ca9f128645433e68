"""Evidence published after the chart: what it says at the questions of the chart, and the list of all notes. All [L].

Each note says what was found and in whom, not what to do. Numbers, certainty and how a source was read are those of the
product's own search for sources; a site confirms each for itself (`algorithm.literature.standing`).
"""

from __future__ import annotations

from algorithm.literature.evidence_of_steps import NOTES_OF_STEPS
from algorithm.literature.note import EVERY_NODE, Note
from patients.clinical.reasons import _

NOTES_OF_QUESTIONS = (
    # -- N1: acute or chronic -----------------------------------------------------------------------------------------
    Note(
        code="ers_eular_2026",
        year=2026,
        nodes=("N1", "T1", "T2", "T3", "T4", "observation"),
        message=_(
            "guideline for ILD of connective tissue diseases: HRCT at the diagnosis of myositis with risk factors; "
            "most of its evidence is graded low"
        ),
        citation="ERS/EULAR 2026",
        doi="10.1183/13993003.02533-2024",
        certainty="D",
        read="details_second_hand",
    ),
    Note(
        code="acr_chest_2023_monitoring",
        year=2023,
        nodes=("N1", "N7", "T1", "T2", "T3", "observation"),
        message=_("guideline for screening and monitoring: lung function every 3 to 6 months in the first year"),
        citation="ACR/CHEST 2023, screening and monitoring",
        doi="10.1002/art.42860",
        certainty="D",
    ),
    Note(
        code="ppf_2022",
        year=2022,
        nodes=("N1", "N7"),
        message=_(
            "progressive pulmonary fibrosis is defined by absolute points of % predicted, the chart by a relative fall "
            "in litres: this product shows both"
        ),
        citation="Raghu 2022, Am J Respir Crit Care Med",
        doi="10.1164/rccm.202202-0399ST",
        certainty="D",
        against=("N1",),
    ),
    # -- N2: poor risk ------------------------------------------------------------------------------------------------
    Note(
        code="isoda_2014",
        year=2014,
        nodes=("N2",),
        message=_(
            "the line lay lower: of 32 patients all died who had both ferritin of 600 ng/mL or more and an A-aDO2 of "
            "45 Torr or more"
        ),
        citation="Isoda 2014, PLoS ONE",
        doi="10.1371/journal.pone.0089610",
        certainty="C",
        against=("N2",),
    ),
    Note(
        code="gono_2012",
        year=2012,
        nodes=("N2",),
        message=_(
            "the line lay lower: ferritin of 828 ng/mL or more and an A-aDO2 of 32 Torr or more, in 20 patients with "
            "rapid progression"
        ),
        citation="Gono 2012, Rheumatology",
        doi="10.1093/rheumatology/kes102",
        certainty="C",
        against=("N2",),
    ),
    Note(
        code="jami_2020",
        year=2020,
        nodes=("N2",),
        message=_(
            "in 499 Japanese patients anti-MDA5, age of 60 or more, CRP of 1 mg/dL or more and SpO2 below 95 % marked "
            "death"
        ),
        citation="JAMI 2020, Indian J Rheumatol",
        doi="10.4103/injr.injr_118_20",
        certainty="C",
    ),
    Note(
        code="ro52_2021",
        year=2021,
        nodes=("N2",),
        message=_("anti-Ro52 beside anti-MDA5: rapid progression in 55 %, without it in 24 % (83 patients)"),
        citation="Rheumatology 2021;60:3343",
        certainty="C",
    ),
    Note(
        code="titre_and_ferritin_2022",
        year=2022,
        nodes=("N2",),
        message=_("a high anti-MDA5 titre with low ferritin may still turn bad (4 patients)"),
        citation="Mod Rheumatol Case Rep 2022",
        certainty="E",
    ),
    # -- N3, N4 and T1 ------------------------------------------------------------------------------------------------
    Note(
        code="ars_first_line_2019",
        year=2019,
        nodes=("N3", "T1", "N4"),
        message=_(
            "anti-ARS disease progressed more often on prednisolone alone than with a calcineurin inhibitor (32 "
            "patients, matched; hazard ratio 7.3). A Japanese randomised trial (UMIN000032022) was recruiting; no "
            "result was found"
        ),
        citation="J Rheumatol 2019",
        doi="10.3899/jrheum.180778",
        certainty="C",
        against=("T1",),
    ),
    Note(
        code="ars_relapse_2022",
        year=2022,
        nodes=("N3", "T1", "N4"),
        message=_("anti-ARS disease relapsed in 52 % of 132 patients, after 11 months (median), mostly at about 10 mg"),
        citation="Clin Rheumatol 2022",
        doi="10.1007/s10067-022-06424-4",
        certainty="C",
    ),
    Note(
        code="acr_chest_2023_treatment",
        year=2023,
        nodes=("N3", "T1", "N4", "T2"),
        message=_(
            "guideline for first treatment: glucocorticoid for a short time; mycophenolate preferred, also "
            "azathioprine, rituximab, cyclophosphamide, in myositis a calcineurin or JAK inhibitor; against "
            "methotrexate, leflunomide, TNF inhibitors and abatacept, and against nintedanib first"
        ),
        citation="ACR/CHEST 2023, first treatment",
        doi="10.1002/acr.25348",
        certainty="D",
        read="summary",
        against=("T1",),
    ),
    # -- N7 -----------------------------------------------------------------------------------------------------------
    Note(
        code="acr_chest_2023_progression",
        year=2023,
        nodes=("N7", "observation"),
        message=_(
            "guideline for progression in myositis: mycophenolate, rituximab, a calcineurin inhibitor, nintedanib, "
            "cyclophosphamide, IVIG or a JAK inhibitor (above all with anti-MDA5); against glucocorticoid for long"
        ),
        citation="ACR/CHEST 2023, progression in spite of first treatment",
        doi="10.1002/acr.25348",
        certainty="D",
        read="figure",
        against=("N7",),
    ),
    # -- every node ---------------------------------------------------------------------------------------------------
    Note(
        code="japan_guide_2020",
        year=2021,
        nodes=EVERY_NODE,
        message=_(
            "a Japanese guide of 2020 exists (27 items by consensus). Its algorithm for myositis was not read for this "
            "product, and is quoted nowhere in it"
        ),
        citation="JRS/JCR guide 2020, Respir Investig 2021;59:709-740",
        certainty="D",
        read="abstract",
    ),
)

LATER_EVIDENCE: tuple[Note, ...] = (*NOTES_OF_QUESTIONS, *NOTES_OF_STEPS)
