"""The catalogue of drugs: those of the chart, of prophylaxis and later evidence, and those that interact with them.

Source: [S] treatments of Kurasawa and Arai 2014; specification 1 and 8 (`INTERACTION`: azoles, macrolides, calcium
channel blockers, rifamycins, enzyme-inducing anticonvulsants and St John's wort change calcineurin inhibitor levels).
One more drug is one more entry here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
}

DOSE_UNITS = (
    "mg/day", "mg", "mg/m2", "mg/kg", "mg/kg/day", "mg/dose", "mg/week", "g", "g/day", "g/kg", "g/kg/day", "mL/day",
    "tablets/day", "sessions", "session", "L",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug: generic name (message id), abbreviation, class, routes and units of its dose, the usual one first.

    `basis`: "S" if the paper has it, "L" later literature, "" if it is here for its interactions only.
    """

    code: str
    name: str
    abbreviation: str
    drug_class: str
    routes: tuple[str, ...]
    units: tuple[str, ...]
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

# fmt: off
_DRUGS = (
    Drug("gc", _("glucocorticoid (as prednisolone)"), "GC", "gc", ("oral", "iv"), ("mg/day", "mg/kg/day"), "S"),
    Drug("gc_pulse", _("glucocorticoid pulse (methylprednisolone)"), _("GC pulse"), "gc", IV, PULSE, "S"),
    Drug("csa", _("cyclosporine"), "CsA", "cni", BOTH, ("mg/day", "mg/kg/day"), "S"),
    Drug("tac", _("tacrolimus"), "TAC", "cni", ("oral", "iv"), ("mg/day", "mg/kg/day"), "S"),
    Drug("ivcy", _("intravenous cyclophosphamide"), "IVCY", "cyclophosphamide", IV, ("mg", "mg/m2", "mg/kg"), "S"),
    Drug("cy_oral", _("oral cyclophosphamide"), _("oral CY"), "cyclophosphamide", ORAL, DAILY, "S"),
    Drug("aza", _("azathioprine"), "AZA", "antimetabolite", ORAL, DAILY, "S"),
    Drug("mmf", _("mycophenolate mofetil"), "MMF", "antimetabolite", ORAL, ("mg/day", "g/day"), "S"),
    Drug("ivig", _("intravenous immunoglobulin"), "IVIG", "immunoglobulin", IV, ("g/day", "g/kg", "mg/kg/day"), "S"),
    Drug("rtx", _("rituximab"), "RTX", "anti_cd20", IV, ("mg", "mg/m2"), "S"),
    Drug("pmx_dhp", _("direct haemoperfusion with polymyxin B"), "PMX-DHP", "apheresis", EXTRA, ("sessions",), "S"),
    Drug("plasma_exchange", _("plasma exchange"), "PE", "apheresis", EXTRA, ("sessions", "L"), "L"),
    Drug("tofacitinib", _("tofacitinib"), "TOF", "jak_inhibitor", ORAL, DAILY, "L"),
    Drug("nintedanib", _("nintedanib"), "", "antifibrotic", ORAL, DAILY, "L"),
    Drug("tmp_smx", _("trimethoprim-sulfamethoxazole"), "TMP-SMX", "prophylaxis", BOTH, TABLETS, "S"),
    Drug("atovaquone", _("atovaquone"), "", "prophylaxis", ORAL, ("mg/day", "mL/day"), "L"),
    Drug("pentamidine", _("pentamidine"), "", "prophylaxis", ("inhaled", "iv"), ("mg",), "L"),
    Drug("dapsone", _("dapsone"), "", "prophylaxis", ORAL, DAILY, "L"),
    # raise the level of cyclosporine and tacrolimus
    Drug("fluconazole", _("fluconazole"), "FLCZ", "raises_cni", BOTH, DAILY),
    Drug("itraconazole", _("itraconazole"), "ITCZ", "raises_cni", BOTH, DAILY),
    Drug("voriconazole", _("voriconazole"), "VRCZ", "raises_cni", BOTH, DAILY),
    Drug("posaconazole", _("posaconazole"), "PSCZ", "raises_cni", BOTH, DAILY),
    Drug("isavuconazole", _("isavuconazole"), "ISCZ", "raises_cni", BOTH, DAILY),
    Drug("ketoconazole", _("ketoconazole"), "", "raises_cni", ORAL, DAILY),
    Drug("miconazole", _("miconazole"), "MCZ", "raises_cni", ("oral", "topical", "iv"), DAILY),
    Drug("clotrimazole", _("clotrimazole"), "", "raises_cni", ("oral", "topical"), DAILY),
    Drug("clarithromycin", _("clarithromycin"), "CAM", "raises_cni", ORAL, DAILY),
    Drug("erythromycin", _("erythromycin"), "EM", "raises_cni", BOTH, DAILY),
    Drug("josamycin", _("josamycin"), "", "raises_cni", ORAL, DAILY),
    Drug("azithromycin", _("azithromycin"), "AZM", "raises_cni", BOTH, DAILY),
    Drug("diltiazem", _("diltiazem"), "", "raises_cni", BOTH, DAILY),
    Drug("verapamil", _("verapamil"), "", "raises_cni", BOTH, DAILY),
    Drug("nicardipine", _("nicardipine"), "", "raises_cni", BOTH, DAILY),
    Drug("amiodarone", _("amiodarone"), "", "raises_cni", BOTH, DAILY),
    Drug("ritonavir", _("ritonavir"), "", "raises_cni", ORAL, DAILY),
    Drug("nirmatrelvir_ritonavir", _("nirmatrelvir with ritonavir"), "", "raises_cni", ORAL, DAILY),
    Drug("cobicistat", _("cobicistat"), "", "raises_cni", ORAL, DAILY),
    Drug("letermovir", _("letermovir"), "", "raises_cni", BOTH, DAILY),
    # lower it
    Drug("rifampicin", _("rifampicin"), "RFP", "lowers_cni", BOTH, DAILY),
    Drug("rifabutin", _("rifabutin"), "RBT", "lowers_cni", ORAL, DAILY),
    Drug("phenytoin", _("phenytoin"), "PHT", "lowers_cni", BOTH, DAILY),
    Drug("fosphenytoin", _("fosphenytoin"), "", "lowers_cni", IV, DAILY),
    Drug("carbamazepine", _("carbamazepine"), "CBZ", "lowers_cni", ORAL, DAILY),
    Drug("phenobarbital", _("phenobarbital"), "PB", "lowers_cni", BOTH, DAILY),
    Drug("st_johns_wort", _("St John's wort"), "", "lowers_cni", ORAL, DAILY),
    Drug("bosentan", _("bosentan"), "", "lowers_cni", ORAL, DAILY),
)
# fmt: on

DRUGS: dict[str, Drug] = {drug.code: drug for drug in _DRUGS}
ROUTES = {
    "iv": _("intravenous"),
    "oral": _("oral"),
    "sc": _("subcutaneous"),
    "im": _("intramuscular"),
    "inhaled": _("inhaled"),
    "topical": _("topical"),
    "extracorporeal": _("extracorporeal"),
}
TIMINGS = {
    "pre_dose": _("before the dose"),
    "trough": _("trough"),
    "c2": _("2 h after the dose (C2)"),
}


def of_class(*classes: str) -> frozenset[str]:
    """Codes of the drugs of these classes."""
    return frozenset(drug.code for drug in DRUGS.values() if drug.drug_class in classes)


def drugs_for_choice() -> Iterator[tuple[str, Iterable[Drug]]]:
    """Class code and its drugs, in the order of a form's list."""
    for drug_class in DRUG_CLASSES:
        yield drug_class, [drug for drug in DRUGS.values() if drug.drug_class == drug_class]
