"""The catalogue of drugs: generic name, class, routes, unit of the dose, and what it does to calcineurin inhibitors.

Sources: treatments of the paper [S]; tofacitinib, plasma exchange, nintedanib later evidence [L]; interactions with
cyclosporine and tacrolimus are those of their labels [L]: `raises` the level, `lowers` it, or `harms` the kidney.
"""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _

GLUCOCORTICOID = _("glucocorticoid")
CALCINEURIN_INHIBITOR = _("calcineurin inhibitor")
ALKYLATOR = _("alkylating agent")
ANTIMETABOLITE = _("antimetabolite")
SALVAGE = _("salvage treatment")
BIOLOGIC = _("B-cell depletion")
JAK_INHIBITOR = _("JAK inhibitor")
ANTIFIBROTIC = _("antifibrotic")
PROPHYLAXIS = _("pneumocystis prophylaxis")
AZOLE = _("azole antifungal")
MACROLIDE = _("macrolide")
CALCIUM_BLOCKER = _("calcium channel blocker")
RIFAMYCIN = _("rifamycin")
ANTICONVULSANT = _("anticonvulsant")
ANTIVIRAL = _("antiviral")
NEPHROTOXIC = _("nephrotoxic antimicrobial")
HERBAL = _("herbal medicine")
OTHER = _("other interacting drug")

ROUTES: dict[str, str] = {
    "iv": _("intravenous"),
    "oral": _("by mouth"),
    "sc": _("subcutaneous"),
    "im": _("intramuscular"),
    "inhaled": _("inhaled"),
    "extracorporeal": _("extracorporeal"),
}
DOSE_UNITS = (
    "mg/day", "mg", "g/day", "g", "ug/day", "mg/kg", "mg/kg/day", "g/kg", "g/kg/day", "mg/m2", "mg/m2/day", "mg/week",
    "mg/month", "mL/day", "U/day", "tablets/day", "sessions",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """One drug. `name` and `drug_class` are message ids; `unit` is the usual unit of the dose.

    `effect`: on the level of a calcineurin inhibitor ("raises", "lowers") or beside it ("harms" the kidney); "" none.
    """

    code: str
    name: str
    abbreviation: str = ""
    drug_class: str
    routes: tuple[str, ...] = ("oral",)
    unit: str = "mg/day"
    effect: str = ""

    @property
    def label(self) -> str:
        """Message id of the short form: the abbreviation, else the name."""
        return self.abbreviation or self.name


def _interacting(code: str, name: str, drug_class: str, effect: str, routes: tuple[str, ...] = ("oral",)) -> Drug:
    return Drug(code=code, name=name, drug_class=drug_class, routes=routes, effect=effect)


IV_ORAL = ("iv", "oral")

_ENTRIES = (
    Drug(code="gc", name=_("glucocorticoid (prednisolone equivalent)"), abbreviation="GC", drug_class=GLUCOCORTICOID,
         routes=("oral", "iv")),
    Drug(code="gc_pulse", name=_("methylprednisolone pulse"), abbreviation="mPSL pulse", drug_class=GLUCOCORTICOID,
         routes=("iv",)),
    Drug(code="csa", name=_("cyclosporine"), abbreviation="CsA", drug_class=CALCINEURIN_INHIBITOR, routes=IV_ORAL),
    Drug(code="tac", name=_("tacrolimus"), abbreviation="TAC", drug_class=CALCINEURIN_INHIBITOR,
         routes=("oral", "iv")),
    Drug(code="ivcy", name=_("cyclophosphamide, intravenous"), abbreviation="IVCY", drug_class=ALKYLATOR,
         routes=("iv",), unit="mg"),
    Drug(code="cy_oral", name=_("cyclophosphamide, oral"), abbreviation="CY", drug_class=ALKYLATOR),
    Drug(code="aza", name=_("azathioprine"), abbreviation="AZA", drug_class=ANTIMETABOLITE),
    Drug(code="mmf", name=_("mycophenolate mofetil"), abbreviation="MMF", drug_class=ANTIMETABOLITE),
    Drug(code="ivig", name=_("intravenous immunoglobulin"), abbreviation="IVIG", drug_class=SALVAGE, routes=("iv",),
         unit="mg/kg/day"),
    Drug(code="rtx", name=_("rituximab"), abbreviation="RTX", drug_class=BIOLOGIC, routes=("iv",), unit="mg"),
    Drug(code="pmx_dhp", name=_("polymyxin B direct haemoperfusion"), abbreviation="PMX-DHP", drug_class=SALVAGE,
         routes=("extracorporeal",), unit="sessions"),
    Drug(code="plasma_exchange", name=_("plasma exchange"), abbreviation="PE", drug_class=SALVAGE,
         routes=("extracorporeal",), unit="sessions"),
    Drug(code="tofacitinib", name=_("tofacitinib"), abbreviation="TOF", drug_class=JAK_INHIBITOR),
    Drug(code="nintedanib", name=_("nintedanib"), drug_class=ANTIFIBROTIC),
    Drug(code="tmp_smx", name=_("trimethoprim-sulfamethoxazole"), abbreviation="TMP-SMX", drug_class=PROPHYLAXIS,
         routes=("oral", "iv"), unit="tablets/day"),
    Drug(code="atovaquone", name=_("atovaquone"), drug_class=PROPHYLAXIS),
    Drug(code="pentamidine", name=_("pentamidine"), drug_class=PROPHYLAXIS, routes=("inhaled", "iv"),
         unit="mg/month"),
    Drug(code="dapsone", name=_("dapsone"), drug_class=PROPHYLAXIS),
    _interacting("fluconazole", _("fluconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("itraconazole", _("itraconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("voriconazole", _("voriconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("posaconazole", _("posaconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("isavuconazole", _("isavuconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("ketoconazole", _("ketoconazole"), AZOLE, "raises"),
    _interacting("miconazole", _("miconazole"), AZOLE, "raises", IV_ORAL),
    _interacting("clarithromycin", _("clarithromycin"), MACROLIDE, "raises"),
    _interacting("erythromycin", _("erythromycin"), MACROLIDE, "raises", IV_ORAL),
    _interacting("josamycin", _("josamycin"), MACROLIDE, "raises"),
    _interacting("diltiazem", _("diltiazem"), CALCIUM_BLOCKER, "raises", IV_ORAL),
    _interacting("verapamil", _("verapamil"), CALCIUM_BLOCKER, "raises", IV_ORAL),
    _interacting("nicardipine", _("nicardipine"), CALCIUM_BLOCKER, "raises", IV_ORAL),
    _interacting("amiodarone", _("amiodarone"), OTHER, "raises", IV_ORAL),
    _interacting("metoclopramide", _("metoclopramide"), OTHER, "raises", IV_ORAL),
    _interacting("danazol", _("danazol"), OTHER, "raises"),
    _interacting("ritonavir", _("ritonavir"), ANTIVIRAL, "raises"),
    _interacting("nirmatrelvir_ritonavir", _("nirmatrelvir with ritonavir"), ANTIVIRAL, "raises"),
    _interacting("letermovir", _("letermovir"), ANTIVIRAL, "raises", IV_ORAL),
    _interacting("grapefruit", _("grapefruit juice"), HERBAL, "raises"),
    _interacting("rifampicin", _("rifampicin"), RIFAMYCIN, "lowers", IV_ORAL),
    _interacting("rifabutin", _("rifabutin"), RIFAMYCIN, "lowers"),
    _interacting("phenytoin", _("phenytoin"), ANTICONVULSANT, "lowers", IV_ORAL),
    _interacting("fosphenytoin", _("fosphenytoin"), ANTICONVULSANT, "lowers", ("iv",)),
    _interacting("carbamazepine", _("carbamazepine"), ANTICONVULSANT, "lowers"),
    _interacting("phenobarbital", _("phenobarbital"), ANTICONVULSANT, "lowers", IV_ORAL),
    _interacting("st_johns_wort", _("St John's wort"), HERBAL, "lowers"),
    _interacting("bosentan", _("bosentan"), OTHER, "lowers"),
    _interacting("amphotericin_b", _("amphotericin B"), NEPHROTOXIC, "harms", ("iv",)),
    _interacting("gentamicin", _("gentamicin"), NEPHROTOXIC, "harms", ("iv",)),
    _interacting("amikacin", _("amikacin"), NEPHROTOXIC, "harms", ("iv",)),
    _interacting("vancomycin", _("vancomycin"), NEPHROTOXIC, "harms", IV_ORAL),
    _interacting("foscarnet", _("foscarnet"), ANTIVIRAL, "harms", ("iv",)),
    _interacting("ganciclovir", _("ganciclovir"), ANTIVIRAL, "harms", ("iv",)),
)  # fmt: skip

DRUGS: dict[str, Drug] = {entry.code: entry for entry in _ENTRIES}


def interacting_with_calcineurin_inhibitors() -> frozenset[str]:
    """Codes of drugs that change the level of cyclosporine or tacrolimus."""
    return frozenset(entry.code for entry in _ENTRIES if entry.effect in ("raises", "lowers"))


SPELLINGS = {"st john's wort": "st_johns_wort", "st. john's wort": "st_johns_wort", "grapefruit juice": "grapefruit"}


def drug_code(text: str) -> str | None:
    """The code of a drug named by code or by generic name, in any case; None when the catalogue does not have it."""
    plain = " ".join(text.lower().split())
    for candidate in (text, plain, plain.replace(" ", "_").replace("-", "_"), SPELLINGS.get(plain, "")):
        if candidate in DRUGS:
            return candidate
    return None
