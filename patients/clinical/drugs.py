"""The catalogue of drugs: those of the chart, of prophylaxis and later evidence, and those that interact with them.

Source: [S] treatments of Kurasawa and Arai 2014; specification 1 and 8 (`INTERACTION`: azoles, macrolides, calcium
channel blockers, rifamycins, enzyme-inducing anticonvulsants and St John's wort change calcineurin inhibitor levels).
One more drug is one more entry here.
"""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

# class -> name
DRUG_CLASSES = {
    "gc": _("glucocorticoid"),
    "cni": _("calcineurin inhibitor"),
    "cyclophosphamide": _("cyclophosphamide"),
    "antimetabolite": _("antimetabolite"),
    "immunoglobulin": _("immunoglobulin"),
    "anti_cd20": _("anti-CD20 antibody"),
    "jak_inhibitor": _("JAK inhibitor"),
    "apheresis": _("apheresis"),
    "antifibrotic": _("antifibrotic"),
    "prophylaxis": _("pneumocystis prophylaxis"),
    "raises_cni": _("raises the level of calcineurin inhibitors"),
    "lowers_cni": _("lowers the level of calcineurin inhibitors"),
    "antirheumatic": _("antirheumatic drug"),
    "biologic": _("other biologic drug"),
    "antifungal": _("antifungal drug"),
    "antiviral": _("antiviral drug"),
    "antibacterial": _("antibacterial drug"),
    "blood_product": _("blood product"),
    "lipids": _("lipid-lowering drug"),
    "pressure": _("drug for blood pressure or potassium"),
    "gout": _("drug for gout"),
    "supportive": _("other supportive drug"),
    "other": _("drug outside the catalogue"),
}

DOSE_UNITS = (
    "mg/day", "mg", "mg/m2", "mg/kg", "mg/kg/day", "mg/dose", "mg/week", "g", "g/day", "g/kg", "g/kg/day", "mL/day",
    "tablets/day", "sessions", "session", "L",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """One drug: generic name (message id), abbreviation, class, routes and units of its dose, the usual one first.

    `basis`: "S" if the paper has it, "L" later literature, "" if it is here for its interactions only.
    """

    code: str
    name: str
    drug_class: str
    routes: tuple[str, ...]
    units: tuple[str, ...]
    abbreviation: str = ""
    basis: str = ""

    @property
    def short(self) -> str:
        """Abbreviation, or the name."""
        return self.abbreviation or self.name


DAILY = ("mg/day",)
PULSE = ("mg/day", "mg")
IV, ORAL = ("iv",), ("oral",)
BOTH = ("iv", "oral")
EXTRA = ("extracorporeal",)
TABLETS = ("tablets/day", "g/day", "mg/day")

# A table, kept to two lines an entry.
# fmt: off
_DRUGS = (
    Drug(code="gc", name=_("glucocorticoid (as prednisolone)"), abbreviation="GC",
        drug_class="gc", routes=("oral", "iv"), units=("mg/day", "mg/kg/day"), basis="S"),
    Drug(code="gc_pulse", name=_("glucocorticoid pulse (methylprednisolone)"), abbreviation=_("GC pulse"),
        drug_class="gc", routes=IV, units=PULSE, basis="S"),
    Drug(code="csa", name=_("cyclosporine"), abbreviation="CsA",
        drug_class="cni", routes=BOTH, units=("mg/day", "mg/kg/day"), basis="S"),
    Drug(code="tac", name=_("tacrolimus"), abbreviation="TAC",
        drug_class="cni", routes=("oral", "iv"), units=("mg/day", "mg/kg/day"), basis="S"),
    Drug(code="ivcy", name=_("intravenous cyclophosphamide"), abbreviation="IVCY",
        drug_class="cyclophosphamide", routes=IV, units=("mg", "mg/m2", "mg/kg"), basis="S"),
    Drug(code="cy_oral", name=_("oral cyclophosphamide"), abbreviation=_("oral CY"),
        drug_class="cyclophosphamide", routes=ORAL, units=DAILY, basis="S"),
    Drug(code="aza", name=_("azathioprine"), abbreviation="AZA",
        drug_class="antimetabolite", routes=ORAL, units=DAILY, basis="S"),
    Drug(code="mmf", name=_("mycophenolate mofetil"), abbreviation="MMF",
        drug_class="antimetabolite", routes=ORAL, units=("mg/day", "g/day"), basis="S"),
    Drug(code="ivig", name=_("intravenous immunoglobulin"), abbreviation="IVIG",
        drug_class="immunoglobulin", routes=IV, units=("g/day", "g/kg", "mg/kg/day"), basis="S"),
    Drug(code="rtx", name=_("rituximab"), abbreviation="RTX",
        drug_class="anti_cd20", routes=IV, units=("mg", "mg/m2"), basis="S"),
    Drug(code="pmx_dhp", name=_("direct haemoperfusion with polymyxin B"), abbreviation="PMX-DHP",
        drug_class="apheresis", routes=EXTRA, units=("sessions",), basis="S"),
    Drug(code="plasma_exchange", name=_("plasma exchange"), abbreviation="PE",
        drug_class="apheresis", routes=EXTRA, units=("sessions", "L"), basis="L"),
    Drug(code="tofacitinib", name=_("tofacitinib"), abbreviation="TOF",
        drug_class="jak_inhibitor", routes=ORAL, units=DAILY, basis="L"),
    Drug(code="baricitinib", name=_("baricitinib"), abbreviation="BARI",
        drug_class="jak_inhibitor", routes=ORAL, units=DAILY, basis="L"),
    Drug(code="basiliximab", name=_("basiliximab"), abbreviation="BXM",
        drug_class="biologic", routes=IV, units=("mg",), basis="L"),
    Drug(code="methotrexate", name=_("methotrexate"), abbreviation="MTX",
        drug_class="antimetabolite", routes=("oral", "sc"), units=("mg/week",), basis="L"),
    Drug(code="hydroxychloroquine", name=_("hydroxychloroquine"), abbreviation="HCQ",
        drug_class="antirheumatic", routes=ORAL, units=DAILY, basis="L"),
    Drug(code="pirfenidone", name=_("pirfenidone"), abbreviation="PFD",
        drug_class="antifibrotic", routes=ORAL, units=DAILY, basis="L"),
    Drug(code="nintedanib", name=_("nintedanib"), drug_class="antifibrotic", routes=ORAL, units=DAILY, basis="L"),
    Drug(code="tmp_smx", name=_("trimethoprim-sulfamethoxazole"), abbreviation="TMP-SMX",
        drug_class="prophylaxis", routes=BOTH, units=TABLETS, basis="S"),
    Drug(code="atovaquone", name=_("atovaquone"),
        drug_class="prophylaxis", routes=ORAL, units=("mg/day", "mL/day"), basis="L"),
    Drug(code="pentamidine", name=_("pentamidine"),
        drug_class="prophylaxis", routes=("inhaled", "iv"), units=("mg",), basis="L"),
    Drug(code="dapsone", name=_("dapsone"), drug_class="prophylaxis", routes=ORAL, units=DAILY, basis="L"),
    # raise the level of cyclosporine and tacrolimus
    Drug(code="fluconazole", name=_("fluconazole"), abbreviation="FLCZ",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="itraconazole", name=_("itraconazole"), abbreviation="ITCZ",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="voriconazole", name=_("voriconazole"), abbreviation="VRCZ",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="posaconazole", name=_("posaconazole"), abbreviation="PSCZ",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="isavuconazole", name=_("isavuconazole"), abbreviation="ISCZ",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="ketoconazole", name=_("ketoconazole"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="miconazole", name=_("miconazole"), abbreviation="MCZ",
        drug_class="raises_cni", routes=("oral", "topical", "iv"), units=DAILY),
    Drug(code="clotrimazole", name=_("clotrimazole"), drug_class="raises_cni", routes=("oral", "topical"), units=DAILY),
    Drug(code="clarithromycin", name=_("clarithromycin"), abbreviation="CAM",
        drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="erythromycin", name=_("erythromycin"), abbreviation="EM",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="josamycin", name=_("josamycin"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="azithromycin", name=_("azithromycin"), abbreviation="AZM",
        drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="diltiazem", name=_("diltiazem"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="verapamil", name=_("verapamil"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="nicardipine", name=_("nicardipine"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="amiodarone", name=_("amiodarone"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="ritonavir", name=_("ritonavir"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="nirmatrelvir_ritonavir", name=_("nirmatrelvir with ritonavir"),
        drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="cobicistat", name=_("cobicistat"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="letermovir", name=_("letermovir"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="ensitrelvir", name=_("ensitrelvir"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="metoclopramide", name=_("metoclopramide"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    Drug(code="danazol", name=_("danazol"), drug_class="raises_cni", routes=ORAL, units=DAILY),
    Drug(code="grapefruit", name=_("grapefruit"), drug_class="raises_cni", routes=ORAL, units=("mL/day",)),
    Drug(code="omeprazole", name=_("omeprazole"), drug_class="raises_cni", routes=BOTH, units=DAILY),
    # lower it
    Drug(code="rifampicin", name=_("rifampicin"), abbreviation="RFP",
        drug_class="lowers_cni", routes=BOTH, units=DAILY),
    Drug(code="rifabutin", name=_("rifabutin"), abbreviation="RBT", drug_class="lowers_cni", routes=ORAL, units=DAILY),
    Drug(code="phenytoin", name=_("phenytoin"), abbreviation="PHT", drug_class="lowers_cni", routes=BOTH, units=DAILY),
    Drug(code="fosphenytoin", name=_("fosphenytoin"), drug_class="lowers_cni", routes=IV, units=DAILY),
    Drug(code="carbamazepine", name=_("carbamazepine"), abbreviation="CBZ",
        drug_class="lowers_cni", routes=ORAL, units=DAILY),
    Drug(code="phenobarbital", name=_("phenobarbital"), abbreviation="PB",
        drug_class="lowers_cni", routes=BOTH, units=DAILY),
    Drug(code="primidone", name=_("primidone"), drug_class="lowers_cni", routes=ORAL, units=DAILY),
    Drug(code="enzalutamide", name=_("enzalutamide"), drug_class="lowers_cni", routes=ORAL, units=DAILY),
    Drug(code="st_johns_wort", name=_("St John's wort"), drug_class="lowers_cni", routes=ORAL, units=DAILY),
    Drug(code="bosentan", name=_("bosentan"), drug_class="lowers_cni", routes=ORAL, units=DAILY),
    # against infection; specification 12 (51), 13 (105), (122)
    Drug(code="micafungin", name=_("micafungin"), abbreviation="MCFG", drug_class="antifungal", routes=IV, units=DAILY),
    Drug(code="caspofungin", name=_("caspofungin"), abbreviation="CPFG",
        drug_class="antifungal", routes=IV, units=DAILY),
    Drug(code="amphotericin_b", name=_("amphotericin B"), abbreviation="AMPH-B",
        drug_class="antifungal", routes=IV, units=("mg/day", "mg/kg/day")),
    Drug(code="ganciclovir", name=_("ganciclovir"), abbreviation="GCV",
        drug_class="antiviral", routes=IV, units=("mg/day", "mg/kg/day")),
    Drug(code="valganciclovir", name=_("valganciclovir"), abbreviation="VGCV",
        drug_class="antiviral", routes=ORAL, units=DAILY),
    Drug(code="foscarnet", name=_("foscarnet"), drug_class="antiviral", routes=IV, units=("mg/day", "mg/kg/day")),
    Drug(code="grazoprevir", name=_("grazoprevir"), drug_class="antiviral", routes=ORAL, units=DAILY),
    Drug(code="vancomycin", name=_("vancomycin"), abbreviation="VCM",
        drug_class="antibacterial", routes=("iv", "oral"), units=("mg/day", "g/day")),
    Drug(code="aminoglycoside", name=_("aminoglycoside"), drug_class="antibacterial", routes=("iv", "im"), units=DAILY),
    Drug(code="ciprofloxacin", name=_("ciprofloxacin"), abbreviation="CPFX",
        drug_class="antibacterial", routes=BOTH, units=DAILY),
    Drug(code="linezolid", name=_("linezolid"), abbreviation="LZD",
        drug_class="antibacterial", routes=BOTH, units=DAILY),
    Drug(code="daptomycin", name=_("daptomycin"), abbreviation="DAP",
        drug_class="antibacterial", routes=IV, units=("mg/day", "mg/kg/day")),
    # antituberculous, which harm the liver, specification 13 (95)
    Drug(code="isoniazid", name=_("isoniazid"), abbreviation="INH",
        drug_class="antibacterial", routes=BOTH, units=DAILY),
    Drug(code="pyrazinamide", name=_("pyrazinamide"), abbreviation="PZA",
        drug_class="antibacterial", routes=ORAL, units=("mg/day", "g/day")),
    Drug(code="ethambutol", name=_("ethambutol"), drug_class="antibacterial", routes=ORAL, units=DAILY),
    # hold glucan, specification 13 (96)
    Drug(code="albumin", name=_("albumin (infusion)"),
        drug_class="blood_product", routes=IV, units=("g/day", "g", "mL/day")),
    Drug(code="plasma", name=_("fresh frozen plasma"), abbreviation="FFP",
        drug_class="blood_product", routes=IV, units=("mL/day",)),
    # what meets calcineurin inhibitors in muscle, kidney and potassium, specification 13 (105), (122)
    Drug(code="atorvastatin", name=_("atorvastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="fluvastatin", name=_("fluvastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="lovastatin", name=_("lovastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="pitavastatin", name=_("pitavastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="pravastatin", name=_("pravastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="rosuvastatin", name=_("rosuvastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="simvastatin", name=_("simvastatin"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="fibrate", name=_("fibrate"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="pemafibrate", name=_("pemafibrate"), drug_class="lipids", routes=ORAL, units=DAILY),
    Drug(code="ace_inhibitor", name=_("ACE inhibitor"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="arb", name=_("angiotensin II receptor blocker"), abbreviation="ARB",
        drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="aliskiren", name=_("aliskiren"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="spironolactone", name=_("spironolactone"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="canrenoate", name=_("canrenoate"), drug_class="pressure", routes=IV, units=DAILY),
    Drug(code="triamterene", name=_("triamterene"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="eplerenone", name=_("eplerenone"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="esaxerenone", name=_("esaxerenone"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="finerenone", name=_("finerenone"), drug_class="pressure", routes=ORAL, units=DAILY),
    Drug(code="potassium_supplement", name=_("potassium (as a drug)"),
        drug_class="pressure", routes=("oral", "iv"), units=("mg/day", "g/day")),
    Drug(code="allopurinol", name=_("allopurinol"), drug_class="gout", routes=ORAL, units=DAILY),
    Drug(code="febuxostat", name=_("febuxostat"), drug_class="gout", routes=ORAL, units=DAILY),
    Drug(code="colchicine", name=_("colchicine"), drug_class="gout", routes=ORAL, units=DAILY),
    Drug(code="nsaid", name=_("NSAID"), drug_class="supportive",
        routes=("oral", "iv", "topical"), units=("mg/day", "mg")),
    Drug(code="heparin", name=_("heparin"), drug_class="supportive", routes=("iv", "sc"), units=DAILY),
    Drug(code="nafamostat", name=_("nafamostat"),
        drug_class="supportive", routes=("iv", "extracorporeal"), units=DAILY),
    Drug(code="contrast_medium", name=_("contrast medium"), drug_class="supportive", routes=IV, units=("mL/day",)),
    Drug(code="live_vaccine", name=_("live vaccine"), drug_class="supportive", routes=("sc", "im"), units=("mL/day",)),
    # kept by its name, shown, read by no rule: specification 12 (51)
    Drug(code="other", name=_("other drug"), drug_class="other",
        routes=("oral", "iv", "sc", "im", "inhaled", "topical", "extracorporeal"), units=DOSE_UNITS),
)
# fmt: on

DRUGS: dict[str, Drug] = {drug.code: drug for drug in _DRUGS}
ROUTES = by_code(
    (
        Entry("iv", _("intravenous")),
        Entry("oral", _("oral")),
        Entry("sc", _("subcutaneous")),
        Entry("im", _("intramuscular")),
        Entry("inhaled", _("inhaled")),
        Entry("topical", _("topical")),
        Entry("extracorporeal", _("extracorporeal")),
    )
)
LEVEL_ROUTES = {code: ROUTES[code] for code in ("iv", "oral")}  # by which a drug whose level is measured is given
TIMINGS = by_code(
    (
        Entry("pre_dose", _("before the dose")),
        Entry("trough", _("trough")),
        Entry("c2", _("2 h after the dose (C2)")),
        Entry("continuous", _("during a continuous infusion (24 h)")),
        Entry("during_infusion", _("during the infusion")),
    )
)
INDICATIONS = by_code(
    (
        Entry("ild", _("interstitial lung disease"), _("ILD")),
        Entry("myositis", _("myositis")),
        Entry("other", _("another disease")),
    )
)


def of_class(*classes: str) -> frozenset[str]:
    """Codes of the drugs of these classes."""
    return frozenset(drug.code for drug in DRUGS.values() if drug.drug_class in classes)
