"""Evidence published after the chart, at its steps T2 to T4 and the questions that follow them. All [L]."""

from __future__ import annotations

from algorithm.literature.note import AGAINST, FOR, Note
from patients.clinical.reasons import _

NOTES_OF_STEPS = (
    # -- T2 -----------------------------------------------------------------------------------------------------------
    Note(
        code="takada_2020",
        year=2020,
        nodes=("T2", "N5"),
        message=_(
            "tacrolimus with prednisolone from the start: 88 % alive after 52 weeks, serious events in 44 % (single "
            "arm, n = 26)"
        ),
        citation="Takada 2020, Rheumatology",
        doi="10.1093/rheumatology/kez394",
        certainty="B",
    ),
    Note(
        code="fujisawa_2021",
        year=2021,
        nodes=("T2", "N5"),
        message=_(
            "prednisolone with tacrolimus against prednisolone with cyclosporine: without progression 87 against 71 % "
            "(P = 0.16), alive 97 against 93 % (n = 58, small)"
        ),
        citation="Fujisawa 2021, Respirology",
        doi="10.1111/resp.13978",
        certainty="A",
    ),
    Note(
        code="tacrolimus_label",
        year=2026,
        nodes=("T2", "N5"),
        message=_(
            "in Japan tacrolimus is licensed for ILD of PM/DM, trough 5-10 ng/mL, with glucocorticoid at the start; "
            "the labels of cyclosporine that were seen do not list it"
        ),
        citation="Japanese label of tacrolimus, as read in 2026",
    ),
    # -- T3: triple therapy -------------------------------------------------------------------------------------------
    Note(
        code="tsuji_2020",
        year=2020,
        nodes=("T3", "N6"),
        message=_(
            "glucocorticoid, calcineurin inhibitor and IVCY from the start against step-up: 89 against 33 % alive "
            "after 6 months, against historical controls; CMV was frequent (n = 29 and 15)"
        ),
        citation="Tsuji 2020, Arthritis & Rheumatology",
        doi="10.1002/art.41105",
        certainty="B",
        topic="triple",
        side=FOR,
    ),
    Note(
        code="sasai_2023",
        year=2023,
        nodes=("T3", "N6"),
        message=_(
            "after 5 years 100 % of those followed up after that trial were alive and without relapse (in the words of "
            "the abstract: its participants)"
        ),
        citation="Sasai 2023, J Rheumatol",
        doi="10.3899/jrheum.2023-0371",
        certainty="C",
        read="abstract",
        topic="triple",
        side=FOR,
    ),
    Note(
        code="triple_real_world_2025",
        year=2025,
        nodes=("T3", "N6"),
        message=_(
            "a later and larger Japanese analysis of usual care found no gain in survival by triple therapy over "
            "simpler regimens"
        ),
        citation="editorial, Eur Respir J 2025;65(5)",
        certainty="C",
        read="editorial",
        against=("T3",),
        topic="triple",
        side=AGAINST,
    ),
    Note(
        code="combinations_2025",
        year=2025,
        nodes=("T3", "N6"),
        message=_(
            "a calcineurin inhibitor with cyclophosphamide had more infections (51 %) than the inhibitor alone or with "
            "tofacitinib (29-33 %); combinations lived longer than the inhibitor alone (n = 152)"
        ),
        citation="Front Immunol 2025",
        doi="10.3389/fimmu.2025.1658547",
        certainty="C",
    ),
    # -- T3: JAK inhibitor --------------------------------------------------------------------------------------------
    Note(
        code="wu_2025",
        year=2025,
        nodes=("T3",),
        message=_(
            "tofacitinib first against a calcineurin inhibitor first: death or transplantation within 1 year in 32 "
            "against 47 % (n = 290 and 225, weighted)"
        ),
        citation="Wu 2025, Eur Respir J",
        doi="10.1183/13993003.01488-2024",
        certainty="B/C",
        against=("T3",),
        topic="jak_inhibitor",
        side=FOR,
    ),
    Note(
        code="wu_2025_letter",
        year=2025,
        nodes=("T3",),
        message=_("a letter questions that benefit for severe disease, and misses the doses"),
        citation="letter on Wu 2025, PMC12256802",
        topic="jak_inhibitor",
        side=AGAINST,
    ),
    Note(
        code="jak_meta_analysis_2024",
        year=2024,
        nodes=("T3",),
        message=_(
            "JAK inhibitors, meta-analysis of 148 patients: risk of death 0.61 times that of the others, infections "
            "not clearly more"
        ),
        citation="Ther Adv Respir Dis 2024",
        doi="10.1177/17534666241294000",
        certainty="C",
        topic="jak_inhibitor",
        side=FOR,
    ),
    Note(
        code="jak_with_cni_2025",
        year=2025,
        nodes=("T3",),
        message=_("JAK inhibitor with a calcineurin inhibitor in the sickest: no difference (hazard ratio 1.02)"),
        citation="J Intern Med 2025",
        doi="10.1111/joim.70047",
        certainty="C",
        topic="jak_inhibitor",
        side=AGAINST,
    ),
    Note(
        code="kurasawa_2018",
        year=2018,
        nodes=("T3", "N6", "T4"),
        message=_("tofacitinib after triple therapy had failed: 3 of 5 lived"),
        citation="Kurasawa 2018, Rheumatology",
        doi="10.1093/rheumatology/key188",
        certainty="E",
    ),
    # -- T3: rituximab ------------------------------------------------------------------------------------------------
    Note(
        code="recital_2024",
        year=2024,
        nodes=("T3",),
        message=_(
            "rituximab was not superior to cyclophosphamide; FVC rose with both, with fewer adverse events (RECITAL: "
            "several connective tissue diseases, few with anti-MDA5)"
        ),
        citation="Maher 2024, RECITAL, NIHR",
        doi="10.3310/lywq8541",
        certainty="A",
        read="abstract",
    ),
    # -- T4 -----------------------------------------------------------------------------------------------------------
    Note(
        code="shirakashi_2020",
        year=2020,
        nodes=("T4",),
        message=_("plasma exchange when hypoxaemic on triple therapy: 5 of 8 lived, without it 0 of 5"),
        citation="Shirakashi 2020, Rheumatology",
        doi="10.1093/rheumatology/keaa123",
        certainty="C",
        topic="plasma_exchange",
        side=FOR,
    ),
    Note(
        code="plasma_exchange_2024",
        year=2024,
        nodes=("T4",),
        message=_("plasma exchange within 2 weeks: 9 of 9 lived, the others 19 of 31"),
        citation="Intern Med 2024;63:213",
        certainty="C",
        topic="plasma_exchange",
        side=FOR,
    ),
    Note(
        code="plasma_exchange_2019",
        year=2019,
        nodes=("T4",),
        message=_("plasma exchange, not selected: 11 of 18 lived, fewer with emphysema or high ferritin"),
        citation="Front Med 2019",
        doi="10.3389/fmed.2019.00239",
        certainty="E",
        topic="plasma_exchange",
        side=AGAINST,
    ),
    Note(
        code="acr_chest_2023_rapid",
        year=2023,
        nodes=("T3", "T4"),
        message=_(
            "guideline for rapid progression: intravenous glucocorticoid and two further agents, three with suspected "
            "anti-MDA5; early referral for transplantation"
        ),
        citation="ACR/CHEST 2023, rapid progression",
        doi="10.1002/acr.25348",
        certainty="D",
        read="second_hand",
    ),
    Note(
        code="acr_chest_2023_plasma_exchange",
        year=2023,
        nodes=("T4",),
        message=_("guideline for rapid progression: plasma exchange not first"),
        citation="ACR/CHEST 2023, rapid progression: plasma exchange",
        doi="10.1002/acr.25348",
        certainty="D",
        read="second_hand",
        topic="plasma_exchange",
        side=AGAINST,
    ),
)
