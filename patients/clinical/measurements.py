"""The catalogue of measurements: one entry each. Forms, flow sheets, charts, imports and exports read it.

Units are UCUM; an accepted other unit carries its exact factor (value x `times` / `per` is in the catalogue's unit).
Reference intervals are those of Japanese laboratories where the specification gives one; None is "by laboratory".
Beyond `warn` an entry is questioned, beyond `refuse` it is refused; limits themselves are inside. `needs` are the
qualifiers without which a value says nothing. Limits that the specification leaves open are judgements [J].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True)
class Limits:
    """An interval in the catalogue's unit; None is without bound. `high_open`: the upper bound itself is outside."""

    low: Decimal | None
    high: Decimal | None
    high_open: bool = False

    def holds(self, value: Decimal) -> bool:
        """Is the value inside?"""
        if self.low is not None and value < self.low:
            return False
        return self.high is None or (value < self.high if self.high_open else value <= self.high)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in which a value may arrive: value x times / per is in the catalogue's unit."""

    name: str
    times: Decimal = Decimal(1)
    per: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementType:
    """One measurement. `name` and `panel` are message ids; `reference` is by sex ("any", "male", "female").

    `warn` holds limits by timing ("" for all others); `kits` reference limits by assay; `thousands`: a value with
    exactly three decimals asks whether the point separates thousands.
    """

    code: str
    name: str
    abbreviation: str
    unit: str
    panel: str
    refuse: Limits
    warn: dict[str, Limits] = field(default_factory=dict)
    others: tuple[Unit, ...] = ()
    reference: dict[str, Limits] = field(default_factory=dict)
    kits: dict[str, Limits] = field(default_factory=dict)
    loinc: str = ""
    jlac10: str = ""
    decimals: int = 0
    needs: tuple[str, ...] = ()
    kit_matters: bool = False
    censorable: bool = True
    thousands: bool = False

    @property
    def units(self) -> tuple[Unit, ...]:
        """Every accepted unit, the catalogue's own first."""
        return (Unit(self.unit), *self.others)

    def reference_for(self, sex: str) -> Limits | None:
        """The reference interval for a sex; None where it has none or depends on an unknown sex."""
        return self.reference.get(sex, self.reference.get("any"))


def _between(low: str | None, high: str | None, *, high_open: bool = False) -> Limits:
    return Limits(Decimal(low) if low else None, Decimal(high) if high else None, high_open)


def _warn(low: str, high: str, **by_timing: Limits) -> dict[str, Limits]:
    return {"": _between(low, high), **by_timing}


def _any(low: str | None, high: str | None, *, high_open: bool = False) -> dict[str, Limits]:
    return {"any": _between(low, high, high_open=high_open)}


def _by_sex(male: tuple[str, str], female: tuple[str, str]) -> dict[str, Limits]:
    return {"male": _between(*male), "female": _between(*female)}


def _same(*names: str) -> tuple[Unit, ...]:
    return tuple(Unit(name) for name in names)


def _times(name: str, factor: str) -> Unit:
    return Unit(name, times=Decimal(factor))


def _per(name: str, divisor: str) -> Unit:
    return Unit(name, per=Decimal(divisor))


ACTIVITY = _("disease activity")
MUSCLE = _("muscle and liver")
KIDNEY = _("kidney and electrolytes")
BLOOD = _("blood count")
INFECTION = _("infection")
LEVELS = _("drug levels")
GASES = _("blood gases and oxygen")
LUNG = _("lung function")
BEDSIDE = _("bedside")
PANELS = (ACTIVITY, GASES, LUNG, LEVELS, MUSCLE, KIDNEY, BLOOD, INFECTION, BEDSIDE)

M = MeasurementType
CELL_UNITS = (_times("10*9/L", "1000"), _times("10*3/uL", "1000"), *_same("/mm3"))
COUNT = _between("0", "500000")
HUNDRED_PERCENT = _between("1", "250")

_ENTRIES = (
    M(code="ferritin", name=_("ferritin"), abbreviation="Fer", unit="ng/mL", others=_same("ug/L"), panel=ACTIVITY,
      warn=_warn("5", "20000"), refuse=_between("0.5", "200000"), loinc="2276-4", jlac10="5C095", thousands=True),
    M(code="kl6", name=_("KL-6"), abbreviation="KL-6", unit="U/mL", others=_same("kU/L"), panel=ACTIVITY,
      reference=_any(None, "500", high_open=True), warn=_warn("100", "10000"), refuse=_between("50", "50000"),
      jlac10="5C210", kit_matters=True, thousands=True),
    M(code="spd", name=_("surfactant protein D"), abbreviation="SP-D", unit="ng/mL", others=_same("ug/L"),
      panel=ACTIVITY, reference=_any(None, "110", high_open=True), warn=_warn("5", "1500"),
      refuse=_between("0.5", "10000"), loinc="74541-4", decimals=1, kit_matters=True),
    M(code="ldh", name=_("lactate dehydrogenase"), abbreviation="LDH", unit="U/L", others=_same("IU/L"),
      panel=ACTIVITY, reference=_any("124", "222"), warn=_warn("80", "2500"), refuse=_between("20", "20000"),
      loinc="2532-0"),
    M(code="crp", name=_("C-reactive protein"), abbreviation="CRP", unit="mg/dL", others=(_per("mg/L", "10"),),
      panel=ACTIVITY, reference=_any(None, "0.14"), warn=_warn("0", "40"), refuse=_between("0", "100"),
      loinc="1988-5", decimals=2),
    M(code="mda5_titre", name=_("anti-MDA5 titre"), abbreviation="MDA5", unit="index", panel=ACTIVITY,
      reference=_any(None, "32", high_open=True), warn=_warn("0", "10000"), refuse=_between("0", "100000"),
      kit_matters=True),
    M(code="ck", name=_("creatine kinase"), abbreviation="CK", unit="U/L",
      others=(_times("ukat/L", "60"), *_same("IU/L")), panel=MUSCLE, reference=_by_sex(("60", "270"), ("40", "150")),
      warn=_warn("10", "20000"), refuse=_between("1", "500000"), loinc="2157-6", jlac10="3B010"),
    M(code="ast", name=_("aspartate aminotransferase"), abbreviation="AST", unit="U/L", others=_same("IU/L"),
      panel=MUSCLE, reference=_any("13", "30"), warn=_warn("3", "1000"), refuse=_between("1", "20000"),
      loinc="1920-8"),
    M(code="alt", name=_("alanine aminotransferase"), abbreviation="ALT", unit="U/L", others=_same("IU/L"),
      panel=MUSCLE, reference=_by_sex(("10", "42"), ("7", "23")), warn=_warn("3", "1000"),
      refuse=_between("1", "20000"), loinc="1742-6"),
    M(code="bilirubin", name=_("total bilirubin"), abbreviation="T-Bil", unit="mg/dL",
      others=(_per("umol/L", "17.1"),), panel=MUSCLE, warn=_warn("0.1", "20"), refuse=_between("0", "60"),
      loinc="1975-2", decimals=1),
    M(code="ggt", name=_("gamma-glutamyl transferase"), abbreviation="γ-GT", unit="U/L", others=_same("IU/L"),
      panel=MUSCLE, warn=_warn("3", "2000"), refuse=_between("1", "20000"), loinc="2324-2"),
    M(code="creatinine", name=_("creatinine"), abbreviation="Cr", unit="mg/dL", others=(_per("umol/L", "88.4"),),
      panel=KIDNEY, reference=_by_sex(("0.65", "1.07"), ("0.46", "0.79")), warn=_warn("0.2", "5"),
      refuse=_between("0.1", "25"), loinc="2160-0", decimals=2),
    M(code="potassium", name=_("potassium"), abbreviation="K", unit="mmol/L", others=_same("mEq/L"), panel=KIDNEY,
      warn=_warn("2.5", "7"), refuse=_between("1", "15"), loinc="2823-3", decimals=1),
    M(code="magnesium", name=_("magnesium"), abbreviation="Mg", unit="mg/dL", others=(_times("mmol/L", "2.43"),),
      panel=KIDNEY, warn=_warn("1", "5"), refuse=_between("0.2", "25"), loinc="19123-9", decimals=1),
    M(code="glucose", name=_("glucose"), abbreviation="Glu", unit="mg/dL", others=(_times("mmol/L", "18.02"),),
      panel=KIDNEY, warn=_warn("40", "600"), refuse=_between("5", "3000"), loinc="2345-7"),
    M(code="hba1c", name=_("haemoglobin A1c (NGSP)"), abbreviation="HbA1c", unit="%", panel=KIDNEY,
      warn=_warn("4", "15"), refuse=_between("2", "25"), loinc="4548-4", decimals=1),
    M(code="wbc", name=_("white blood cells"), abbreviation="WBC", unit="/uL", others=CELL_UNITS, panel=BLOOD,
      reference=_any("3300", "8600"), warn=_warn("500", "50000"), refuse=COUNT, loinc="6690-2"),
    M(code="neutrophils", name=_("neutrophils"), abbreviation="Neut", unit="/uL", others=CELL_UNITS, panel=BLOOD,
      warn=_warn("200", "40000"), refuse=COUNT, loinc="751-8"),
    M(code="lymphocytes", name=_("lymphocytes"), abbreviation="Lym", unit="/uL", others=CELL_UNITS, panel=BLOOD,
      warn=_warn("50", "20000"), refuse=COUNT, loinc="731-0"),
    M(code="platelets", name=_("platelets"), abbreviation="Plt", unit="10*3/uL",
      others=(*_same("10*9/L"), _times("10*4/uL", "10"), _per("/uL", "1000")), panel=BLOOD,
      warn=_warn("10", "1000"), refuse=_between("0", "5000"), loinc="777-3"),
    M(code="haemoglobin", name=_("haemoglobin"), abbreviation="Hb", unit="g/dL", others=(_per("g/L", "10"),),
      panel=BLOOD, warn=_warn("5", "20"), refuse=_between("1", "30"), loinc="718-7", decimals=1),
    M(code="bdg", name=_("beta-D-glucan"), abbreviation="BDG", unit="pg/mL", others=_same("ng/L"), panel=INFECTION,
      kits={"turbidimetric": _between(None, "11"), "colorimetric": _between(None, "20"),
            "Fungitell": _between(None, "80", high_open=True)},
      warn=_warn("0", "600"), refuse=_between("0", "10000"), loinc="42176-8", jlac10="5E151", decimals=1,
      kit_matters=True),
    M(code="cmv_pp65", name=_("CMV pp65 antigenaemia, sum of two slides"), abbreviation="CMV", unit="cells",
      panel=INFECTION, reference=_any("0", "0"), warn=_warn("0", "500"), refuse=_between("0", "10000"),
      jlac10="5F194", kit_matters=True),
    M(code="csa", name=_("cyclosporine level"), abbreviation="CsA", unit="ng/mL",
      others=(_times("nmol/L", "1.2026"), *_same("ug/L")), panel=LEVELS,
      warn=_warn("25", "800", c2=_between("200", "3000")), refuse=_between("1", "5000"), loinc="3520-4",
      jlac10="3M805", needs=("route", "timing")),
    M(code="tac", name=_("tacrolimus level"), abbreviation="TAC", unit="ng/mL",
      others=(_times("nmol/L", "0.804"), *_same("ug/L")), panel=LEVELS, warn=_warn("1", "30"),
      refuse=_between("0.3", "100"), loinc="11253-2", jlac10="3M810", decimals=1),
    M(code="pao2", name=_("arterial oxygen pressure"), abbreviation="PaO2", unit="mmHg",
      others=(_times("kPa", "7.5006"), *_same("mm[Hg]", "Torr")), panel=GASES, warn=_warn("35", "110"),
      refuse=_between("15", "700"), loinc="2703-7", decimals=1, needs=("fio2",)),
    M(code="paco2", name=_("arterial carbon dioxide pressure"), abbreviation="PaCO2", unit="mmHg",
      others=(_times("kPa", "7.5006"), *_same("mm[Hg]", "Torr")), panel=GASES, warn=_warn("20", "80"),
      refuse=_between("5", "200"), loinc="2019-8", decimals=1),
    M(code="spo2", name=_("oxygen saturation (pulse oximetry)"), abbreviation="SpO2", unit="%", panel=GASES,
      warn=_warn("70", "100"), refuse=_between("30", "100"), loinc="59408-5"),
    M(code="vc", name=_("vital capacity"), abbreviation="VC", unit="L", others=(_per("mL", "1000"),), panel=LUNG,
      warn=_warn("0.5", "6.5"), refuse=_between("0.2", "10"), decimals=2),
    M(code="fvc", name=_("forced vital capacity"), abbreviation="FVC", unit="L", others=(_per("mL", "1000"),),
      panel=LUNG, warn=_warn("0.5", "6.5"), refuse=_between("0.2", "10"), loinc="19868-9", decimals=2),
    M(code="fvc_pp", name=_("forced vital capacity, % of predicted"), abbreviation="%FVC", unit="%", panel=LUNG,
      reference=_any("80", None), warn=_warn("20", "150"), refuse=HUNDRED_PERCENT, decimals=1),
    M(code="dlco_pp", name=_("diffusing capacity, % of predicted"), abbreviation="%DLCO", unit="%", panel=LUNG,
      reference=_any("80", None), warn=_warn("10", "150"), refuse=HUNDRED_PERCENT, decimals=1),
    M(code="weight", name=_("body weight"), abbreviation="BW", unit="kg", others=(_per("g", "1000"),), panel=BEDSIDE,
      warn=_warn("25", "150"), refuse=_between("1", "400"), loinc="29463-7", decimals=1, censorable=False),
    M(code="height", name=_("body height"), abbreviation="Ht", unit="cm", others=(_times("m", "100"),),
      panel=BEDSIDE, warn=_warn("120", "200"), refuse=_between("30", "250"), loinc="8302-2", decimals=1,
      censorable=False),
    M(code="temperature", name=_("body temperature"), abbreviation="BT", unit="Cel", others=_same("°C", "degC"),
      panel=BEDSIDE, warn=_warn("34", "41.5"), refuse=_between("25", "45"), loinc="8310-5", decimals=1),
    M(code="respiratory_rate", name=_("respiratory rate"), abbreviation="RR", unit="/min", panel=BEDSIDE,
      warn=_warn("8", "50"), refuse=_between("1", "120"), loinc="9279-1"),
    M(code="systolic_bp", name=_("systolic blood pressure"), abbreviation="SBP", unit="mmHg",
      others=_same("mm[Hg]"), panel=BEDSIDE, warn=_warn("70", "220"), refuse=_between("20", "320"), loinc="8480-6"),
    M(code="diastolic_bp", name=_("diastolic blood pressure"), abbreviation="DBP", unit="mmHg",
      others=_same("mm[Hg]"), panel=BEDSIDE, warn=_warn("35", "130"), refuse=_between("10", "220"), loinc="8462-4"),
)  # fmt: skip

MEASUREMENTS: dict[str, MeasurementType] = {entry.code: entry for entry in _ENTRIES}
