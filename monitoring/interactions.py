"""Which drugs interact with the immunosuppressants that are watched here: one row a drug. Data only. Pure.

Source: specification 13 (105), which names each of them; what has no mark there is a judgement of this product [J].
Also [J]: fosphenytoin and primidone act on glucocorticoid as phenytoin and phenobarbital, which they become; an effect
of contrast medium is looked for during 3 days, of a live vaccine during 28; topical NSAID and clotrimazole and
vancomycin by mouth are hardly absorbed and interact with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.engine import Severity
from monitoring.site_values import DAYS_UNIT, SiteValue, site_count
from patients.clinical.drugs import of_class
from patients.clinical.reasons import _

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
CNI = ("csa", "tac")
JAK = tuple(sorted(of_class("jak_inhibitor")))
# for so long the effect goes on after the last day
INHIBITOR_LASTS = site_count(
    "INTERACTION.inhibitor", _("an inhibitor acts after its last day for"), 7, DAYS_UNIT, (3, 28)
)
INDUCER_LASTS = site_count("INTERACTION.inducer", _("an inducer acts after its last day for"), 14, DAYS_UNIT, (7, 42))
AMIODARONE = site_count("INTERACTION.amiodarone", _("amiodarone acts after its last day for"), 90, DAYS_UNIT, (28, 180))
POTASSIUM_DAY = site_count("INTERACTION.potassium", _("potassium is asked for after the start"), 3, DAYS_UNIT, (1, 7))
# days after start or stop on which a level is asked for
LEVEL = site_count("INTERACTION.level", _("a level is asked for after start or stop"), 3, DAYS_UNIT, (1, 7))
LEVEL_EXTREME = site_count(
    "INTERACTION.level_extreme", _("a level is asked for after the start of an extreme inhibitor"), 2, DAYS_UNIT, (1, 7)
)
LEVEL_EXTREME_STOP = site_count(
    "INTERACTION.level_extreme_stop",
    _("a level is asked for after the stop of an extreme inhibitor"),
    5,
    DAYS_UNIT,
    (1, 10),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a group of drugs does to others. `partners`: those, each with the severity; `chronic`: another severity
    in a chronic course.

    message: takes drug, partner and since. lasts: days after the last dose. level: days after start and stop on which
    a level is asked for. potassium: days after the start on which potassium is; its message takes them as n. settles:
    critical only until a level, if there is any, is in its band. adds_up: two such drugs are critical.
    """

    code: str
    partners: dict[str, Severity]
    message: str
    basis: str
    chronic: Severity | None = None
    lasts: SiteValue | None = None
    level: tuple[SiteValue, SiteValue] | None = None
    potassium: SiteValue | None = None
    settles: bool = False
    adds_up: bool = False


def _with(severity: Severity, *partners: str) -> dict[str, Severity]:
    return dict.fromkeys(partners, severity)


NOT_TOGETHER = Effect(
    code="not_together",
    partners=_with(CRITICAL, "csa"),
    message=_("%(drug)s and %(partner)s together since %(since)s: one of them has to be stopped"),
    basis="J",
)
EXTREME = Effect(
    code="extreme",
    partners=_with(CRITICAL, *CNI, "methylprednisolone", "dexamethasone"),
    message=_("%(drug)s with %(partner)s since %(since)s: life-threatening levels of %(partner)s"),
    basis="L",  # letter of EMA and BfArM, March 2024; ensitrelvir [J]
    lasts=INHIBITOR_LASTS,
    level=(LEVEL_EXTREME, LEVEL_EXTREME_STOP),
)
STRONG = Effect(
    code="strong",
    partners=_with(CRITICAL, *CNI, "tofacitinib", "nintedanib", "methylprednisolone"),
    message=_("%(drug)s with %(partner)s since %(since)s: %(partner)s rises several times over"),
    basis="L",  # 10.1111/ajt.12123; IDSA 2016
    lasts=INHIBITOR_LASTS,
    level=(LEVEL, LEVEL),
    settles=True,
)
MODERATE = Effect(
    code="moderate",
    partners=_with(WARNING, *CNI),
    message=_("%(drug)s with %(partner)s since %(since)s: %(partner)s rises"),
    basis="J",  # letermovir: 10.1002/cpdd.388 [L]
    lasts=INHIBITOR_LASTS,
    level=(LEVEL, LEVEL),
)
SLIGHT = Effect(
    code="slight",
    partners=_with(INFO, *CNI),
    message=_("%(drug)s with %(partner)s since %(since)s: %(partner)s may rise a little"),
    basis="J",
    lasts=INHIBITOR_LASTS,
)
INDUCER = Effect(
    code="inducer",
    partners=_with(CRITICAL, *CNI, *JAK, "nintedanib", "voriconazole"),
    message=_("%(drug)s with %(partner)s since %(since)s: %(partner)s loses its effect over 2 weeks"),
    basis="J",
    chronic=WARNING,
    lasts=INDUCER_LASTS,
    level=(LEVEL, LEVEL),
)
INDUCER_OF_GC = Effect(
    code="inducer_of_gc",
    partners=_with(CRITICAL, "gc"),
    message=_("%(drug)s with %(partner)s since %(since)s: the glucocorticoid may need 2 to 3 times the dose"),
    basis="L",  # ATS/IDSA
    chronic=WARNING,
    lasts=INDUCER_LASTS,
)
NEVER_WITH_CSA = Effect(
    code="never_with_csa",
    partners=_with(CRITICAL, "csa"),
    message=_("%(drug)s with %(partner)s since %(since)s: contraindicated by the Japanese label"),
    basis="L",  # DSU 327, July 2024
)
NEVER_WITH_TAC = Effect(
    code="never_with_tac",
    partners=_with(CRITICAL, "tac"),
    message=_("%(drug)s with %(partner)s since %(since)s: contraindicated by the Japanese label"),
    basis="L",
)
KIDNEY = Effect(
    code="kidney",
    partners=_with(WARNING, *CNI),
    message=_("%(drug)s with %(partner)s since %(since)s: both harm the kidney, creatinine to be watched"),
    basis="J",  # fibrates: label [L]
    adds_up=True,
)
POTASSIUM = Effect(
    code="potassium",
    partners=_with(WARNING, *CNI),
    message=_("%(drug)s with %(partner)s since %(since)s: potassium rises, to be measured on day %(n)s"),
    basis="J",
    potassium=POTASSIUM_DAY,
)
POTASSIUM_WITH_CSA = Effect(
    code="potassium_with_csa",
    partners=_with(WARNING, "csa"),
    message=POTASSIUM.message,
    basis="J",
    potassium=POTASSIUM_DAY,
)
MUSCLE = Effect(
    code="muscle",
    partners={"csa": WARNING, "tac": INFO},
    message=_("%(drug)s with %(partner)s since %(since)s: a CK rise may be the drug"),
    basis="J",
)
MUSCLE_WITH_TAC = Effect(
    code="muscle_with_tac",
    partners=_with(INFO, "tac"),
    message=MUSCLE.message,
    basis="J",
)
MARROW = _("%(drug)s with %(partner)s since %(since)s: the bone marrow fails, blood count at once")
MARROW_OF_MTX = Effect(code="marrow", partners=_with(CRITICAL, "methotrexate"), message=MARROW, basis="J")
MARROW_OF_AZA = Effect(code="marrow", partners=_with(CRITICAL, "aza"), message=MARROW, basis="J")
OF_JAK_INHIBITORS = Effect(
    code="jak_inhibitor",
    partners=_with(INFO, *CNI, "aza", "mmf", "ivcy", "cy_oral"),
    message=_("%(drug)s with %(partner)s since %(since)s: infection; ask for thrombosis in the past"),
    basis="J",
)
LIVER_WITH_CSA = Effect(
    code="liver",
    partners=_with(WARNING, "csa"),
    message=_("%(drug)s with %(partner)s since %(since)s: more of the antifungal, aminotransferases to be watched"),
    basis="L",  # label
)

# drug -> its effects
TABLE: dict[str, tuple[Effect, ...]] = {
    "tac": (NOT_TOGETHER,),
    "nirmatrelvir_ritonavir": (EXTREME,),
    "ritonavir": (EXTREME,),
    "cobicistat": (EXTREME,),
    "ensitrelvir": (EXTREME,),
    "voriconazole": (STRONG,),
    "itraconazole": (STRONG,),
    "posaconazole": (STRONG,),
    "ketoconazole": (STRONG,),
    "clarithromycin": (STRONG,),
    "erythromycin": (STRONG,),
    "fluconazole": (MODERATE,),
    "isavuconazole": (MODERATE,),
    "miconazole": (MODERATE,),
    "diltiazem": (MODERATE,),
    "verapamil": (MODERATE,),
    "nicardipine": (MODERATE,),
    "amiodarone": (MODERATE,),
    "letermovir": (MODERATE,),
    "josamycin": (MODERATE,),
    "metoclopramide": (MODERATE,),
    "danazol": (MODERATE,),
    "grapefruit": (MODERATE,),
    "azithromycin": (SLIGHT,),
    "clotrimazole": (SLIGHT,),
    "gc_pulse": (SLIGHT,),
    "micafungin": (SLIGHT,),
    "omeprazole": (SLIGHT,),
    "rifampicin": (INDUCER, INDUCER_OF_GC),
    "rifabutin": (INDUCER,),
    "phenytoin": (INDUCER, INDUCER_OF_GC),
    "fosphenytoin": (INDUCER, INDUCER_OF_GC),
    "phenobarbital": (INDUCER, INDUCER_OF_GC),
    "primidone": (INDUCER, INDUCER_OF_GC),
    "carbamazepine": (INDUCER, INDUCER_OF_GC),
    "st_johns_wort": (INDUCER,),
    "bosentan": (NEVER_WITH_CSA, NEVER_WITH_TAC, INDUCER),
    "enzalutamide": (INDUCER,),
    "pitavastatin": (NEVER_WITH_CSA, MUSCLE_WITH_TAC),
    "rosuvastatin": (NEVER_WITH_CSA, MUSCLE_WITH_TAC),
    "aliskiren": (NEVER_WITH_CSA,),
    "grazoprevir": (NEVER_WITH_CSA,),
    "pemafibrate": (NEVER_WITH_CSA,),
    "live_vaccine": (NEVER_WITH_CSA, NEVER_WITH_TAC),
    "spironolactone": (NEVER_WITH_TAC, POTASSIUM_WITH_CSA),
    "canrenoate": (NEVER_WITH_TAC, POTASSIUM_WITH_CSA),
    "triamterene": (NEVER_WITH_TAC, POTASSIUM_WITH_CSA),
    "nsaid": (KIDNEY, POTASSIUM),
    "aminoglycoside": (KIDNEY,),
    "amphotericin_b": (KIDNEY,),
    "vancomycin": (KIDNEY,),
    "foscarnet": (KIDNEY,),
    "ciprofloxacin": (KIDNEY,),
    "ganciclovir": (KIDNEY,),
    "valganciclovir": (KIDNEY,),
    "fibrate": (KIDNEY,),
    "contrast_medium": (KIDNEY,),
    "tmp_smx": (MARROW_OF_MTX, KIDNEY, POTASSIUM),
    "colchicine": (KIDNEY, MUSCLE),
    "ace_inhibitor": (POTASSIUM,),
    "arb": (POTASSIUM,),
    "eplerenone": (POTASSIUM,),
    "esaxerenone": (POTASSIUM,),
    "finerenone": (POTASSIUM,),
    "potassium_supplement": (POTASSIUM,),
    "heparin": (POTASSIUM,),
    "nafamostat": (POTASSIUM,),
    "simvastatin": (MUSCLE,),
    "lovastatin": (MUSCLE,),
    "atorvastatin": (MUSCLE,),
    "pravastatin": (MUSCLE,),
    "fluvastatin": (MUSCLE,),
    "daptomycin": (MUSCLE,),
    "allopurinol": (MARROW_OF_AZA,),
    "febuxostat": (MARROW_OF_AZA,),
    "tofacitinib": (OF_JAK_INHIBITORS,),
    "baricitinib": (OF_JAK_INHIBITORS,),
    "caspofungin": (LIVER_WITH_CSA,),
}
# an effect that is only on one of the partners
ONLY_ON: dict[str, str] = {"omeprazole": "tac"}
# days after the last dose, where they are others than of the group
LASTS: dict[str, SiteValue] = {"amiodarone": AMIODARONE}
# drugs of which one dose is given: for so many days from it, whether or not its last day is told
OF_ONE_DOSE: dict[str, int] = {"contrast_medium": 3, "live_vaccine": 28}
# routes by which so little is absorbed that nothing interacts
NOT_ABSORBED = frozenset({("nsaid", "topical"), ("clotrimazole", "topical"), ("vancomycin", "oral")})
VALUES = (INHIBITOR_LASTS, INDUCER_LASTS, AMIODARONE, LEVEL, LEVEL_EXTREME, LEVEL_EXTREME_STOP, POTASSIUM_DAY)
