"""The catalogue of measurements. One more measurement is one more entry here, and nothing else.

Source: specification 7 (units, factors, reference intervals, codes, limits); where it says "usual", the limits are a
judgement of this product [J]. Reference intervals are those of adults in Japan; a laboratory's own replace them.
"""

from __future__ import annotations

from decimal import Decimal

from patients.clinical.measurement_type import ONE, Limits, MeasurementType, Reference, Unit
from patients.clinical.reasons import _

# panel -> name, in the order in which a flow sheet shows them
PANELS = {
    "activity": _("Disease activity"),
    "respiration": _("Respiration"),
    "drug_levels": _("Drug levels"),
    "infection": _("Infection"),
    "screening": _("Screening and immunity"),
    "blood_count": _("Blood count"),
    "kidney_liver": _("Kidney and liver"),
    "metabolic": _("Metabolism"),
    "vital_signs": _("Vital signs"),
    "scores": _("For scores"),
    "other": _("Other tests"),
}

NG_ML = (Unit(code="ng/mL"), Unit(code="ug/L", symbol="µg/L"))
U_L = (Unit(code="U/L", spellings=("IU/L",)), Unit(code="ukat/L", factor=Decimal(60), symbol="µkat/L"))
PERCENT = (Unit(code="%"),)
MMHG = (Unit(code="mmHg", spellings=("mm[Hg]", "Torr"), ucum="mm[Hg]"),)
MMHG_KPA = (*MMHG, Unit(code="kPa", factor=Decimal("7.5006")))
IU_ML = (Unit(code="IU/mL", spellings=("[IU]/mL",)),)
LITRE = (Unit(code="L"), Unit(code="mL", factor=Decimal("0.001")))
CELLS = (
    Unit(code="/uL", spellings=("cells/uL", "/mm3"), symbol="/µL"),
    Unit(code="10*9/L", factor=Decimal(1000), spellings=("G/L",), symbol="×10⁹/L"),
    Unit(code="10*3/uL", factor=Decimal(1000), spellings=("K/uL",), symbol="×10³/µL"),
    Unit(code="10*2/uL", factor=Decimal(100), symbol="×10²/µL"),
    Unit(code="10*4/uL", factor=Decimal(10000), symbol="×10⁴/µL"),
)
PLATELETS = (
    Unit(code="10*3/uL", spellings=("K/uL",), symbol="×10³/µL"),
    Unit(code="10*9/L", spellings=("G/L",), symbol="×10⁹/L"),
    Unit(code="10*4/uL", factor=Decimal(10), spellings=("万/uL",), symbol="×10⁴/µL"),
    Unit(code="/uL", divisor=Decimal(1000), symbol="/µL"),
)
INDEX = (Unit(code="index", spellings=("C.O.I.", "COI", "S/CO", "S/N", "{index}"), ucum="{index}"),)
# of two slides together; of one of them it is doubled, 13 (98)
CMV_CELLS = (
    Unit(code="cells", spellings=("cell",), ucum="{cells}", symbol=_("cells")),
    Unit(
        code="cells/slide",
        factor=Decimal(2),
        spellings=("cell/slide", "/slide", "個/スライド", "/スライド", "個/枚", "/枚"),
        ucum="{cells}/{slide}",
        symbol=_("cells, one slide"),
    ),
)
OXYGEN = ("fio2", "flow", "device")
LEVEL = ("route", "timing", "hours_since_dose", "kit")


def _limits(low: str, high: str) -> Limits:
    return Limits(Decimal(low), Decimal(high))


def _below(high: str) -> dict[str, Reference]:
    return {"": Reference(high=Decimal(high), strict_high=True)}


def _up_to(high: str) -> dict[str, Reference]:
    return {"": Reference(high=Decimal(high))}


def _between(low: str, high: str) -> dict[str, Reference]:
    return {"": Reference(Decimal(low), Decimal(high))}


def _by_sex(male: tuple[str, str], female: tuple[str, str]) -> dict[str, Reference]:
    return {
        "male": Reference(Decimal(male[0]), Decimal(male[1])),
        "female": Reference(Decimal(female[0]), Decimal(female[1])),
    }


PREDICTED = {"": Reference(low=Decimal(80))}
BDG_KITS = {
    _("turbidimetric"): Reference(high=Decimal(11)),
    _("colorimetric"): Reference(high=Decimal(20)),
    "Fungitell": Reference(high=Decimal(80), strict_high=True),
}
MDA5_KITS = {"MESACUP": Reference(high=Decimal(32), strict_high=True)}  # 13 (79); no kit named: the first of them

# A table, kept to a few lines an entry.
# fmt: off
_ENTRIES = (
    # -- disease activity
    MeasurementType(code="ferritin", name=_("Ferritin"), abbreviation=_("Ferritin"), units=NG_ML, panel="activity",
        loinc="2276-4", jlac10="5C095", warn=_limits("5", "20000"), refuse=_limits("0.5", "200000"), takes=("kit",),
        asks_thousands=True),
    MeasurementType(code="kl6", name=_("KL-6"), abbreviation="KL-6", units=(Unit(code="U/mL"), Unit(code="kU/L")),
        panel="activity", jlac10="5C210", reference=_below("500"), warn=_limits("100", "10000"),
        refuse=_limits("50", "50000"), takes=("kit",), asks_thousands=True),
    MeasurementType(code="spd", name=_("Surfactant protein D (SP-D)"), abbreviation="SP-D", units=NG_ML, decimals=1,
        panel="activity", loinc="74541-4", reference=_below("110"), warn=_limits("5", "1500"),
        refuse=_limits("0.5", "10000"), takes=("kit",)),
    MeasurementType(code="mda5_titre", name=_("Anti-MDA5 antibody titre"), abbreviation=_("MDA5 titre"),
        units=(Unit(code="index", ucum="{index}"),), panel="activity", reference=_below("32"), kits=MDA5_KITS,
        warn=_limits("0", "10000"), refuse=_limits("0", "100000"), takes=("kit",)),
    MeasurementType(code="ldh", name=_("Lactate dehydrogenase (LDH)"), abbreviation="LDH", units=U_L, panel="activity",
        loinc="2532-0", jlac10="3B050", reference=_between("124", "222"), warn=_limits("80", "2500"),
        refuse=_limits("20", "20000")),
    MeasurementType(code="crp", name=_("C-reactive protein (CRP)"), abbreviation="CRP", panel="activity", decimals=2,
        units=(Unit(code="mg/dL"), Unit(code="mg/L", divisor=Decimal(10))), loinc="1988-5", jlac10="5C070",
        reference=_up_to("0.14"), warn=_limits("0", "40"), refuse=_limits("0", "100")),
    MeasurementType(code="ck", name=_("Creatine kinase (CK)"), abbreviation="CK", units=U_L, panel="activity",
        loinc="2157-6", jlac10="3B010", reference=_by_sex(("60", "270"), ("40", "150")), warn=_limits("10", "20000"),
        refuse=_limits("1", "500000")),
    # -- respiration
    MeasurementType(code="pao2", name=_("Arterial oxygen pressure (PaO2)"), abbreviation="PaO2", units=MMHG_KPA,
        panel="respiration", decimals=1, loinc="2703-7", refuse=_limits("15", "700"), needs=("fio2",), takes=OXYGEN,
        warn_on_air=_limits("35", "110")),
    MeasurementType(code="paco2", name=_("Arterial carbon dioxide pressure (PaCO2)"), abbreviation="PaCO2",
        units=MMHG_KPA, panel="respiration", decimals=1, loinc="2019-8", reference=_between("35", "45"),
        warn=_limits("20", "80"), refuse=_limits("5", "200"), takes=OXYGEN),
    MeasurementType(code="spo2", name=_("Oxygen saturation (SpO2)"), abbreviation="SpO2", units=PERCENT,
        panel="respiration", loinc="59408-5", warn=_limits("70", "100"), refuse=_limits("30", "100"), takes=OXYGEN),
    MeasurementType(code="spo2_walk", name=_("Lowest oxygen saturation while walking"), abbreviation=_("SpO2 walking"),
        units=PERCENT, panel="respiration", warn=_limits("50", "100"), refuse=_limits("30", "100"), takes=OXYGEN),
    MeasurementType(code="vc", name=_("Vital capacity (VC)"), abbreviation="VC", units=LITRE, panel="respiration",
        decimals=2, warn=_limits("0.5", "6.5"), refuse=_limits("0.2", "10")),
    MeasurementType(code="fvc", name=_("Forced vital capacity (FVC)"), abbreviation="FVC", units=LITRE,
        panel="respiration", decimals=2, loinc="19868-9", warn=_limits("0.5", "6.5"), refuse=_limits("0.2", "10")),
    MeasurementType(code="vc_pp", name=_("VC, % of predicted"), abbreviation=_("%VC"), units=PERCENT, decimals=1,
        panel="respiration", reference=PREDICTED, warn=_limits("20", "150"), refuse=_limits("5", "250")),
    MeasurementType(code="fvc_pp", name=_("FVC, % of predicted"), abbreviation=_("%FVC"), units=PERCENT, decimals=1,
        panel="respiration", reference=PREDICTED, warn=_limits("20", "150"), refuse=_limits("5", "250")),
    MeasurementType(code="dlco_pp", name=_("DLCO, % of predicted"), abbreviation=_("%DLCO"), units=PERCENT, decimals=1,
        panel="respiration", reference=PREDICTED, warn=_limits("15", "150"), refuse=_limits("3", "250")),
    # -- drug levels; the reference is the target of the order
    MeasurementType(code="csa", name=_("Cyclosporine level"), abbreviation="CsA",
        units=(*NG_ML, Unit(code="nmol/L", factor=Decimal("1.2026"))), panel="drug_levels", loinc="3520-4",
        jlac10="3M805", warn=_limits("25", "800"), warn_by_timing={"c2": _limits("200", "3000")},
        refuse=_limits("1", "5000"), needs=("route", "timing"), takes=LEVEL, level=True),
    MeasurementType(code="tac", name=_("Tacrolimus level"), abbreviation="TAC", decimals=1,
        units=(*NG_ML, Unit(code="nmol/L", factor=Decimal("0.804"))), panel="drug_levels", loinc="11253-2",
        jlac10="3M810", warn=_limits("1", "30"), refuse=_limits("0.3", "100"), takes=LEVEL, level=True),
    # -- infection
    MeasurementType(code="bdg", name=_("Beta-D-glucan"), abbreviation="BDG",
        units=(Unit(code="pg/mL"), Unit(code="ng/L")), panel="infection", decimals=1, loinc="42176-8", jlac10="5E151",
        kits=BDG_KITS, warn=_limits("0", "600"), refuse=_limits("0", "10000"), takes=("kit",)),
    MeasurementType(code="cmv_pp65", name=_("CMV pp65 antigenaemia (sum of two slides)"), abbreviation="CMV pp65",
        units=CMV_CELLS, panel="infection",
        jlac10="5F194", reference=_up_to("0"), warn=_limits("0", "500"), refuse=_limits("0", "10000"), takes=("kit",)),
    # another method and another count: never compared with the sum of two slides, 13 (98)
    MeasurementType(code="cmv_c7hrp", name=_("CMV pp65 antigenaemia (C7-HRP)"), abbreviation="CMV C7-HRP",
        units=(Unit(code="cells/50000", spellings=("/50000WBC", "/5万", "/50000"), ucum="{cells}/50000",
        symbol=_("cells/50,000")),), panel="infection", reference=_up_to("0"), warn=_limits("0", "500"),
        refuse=_limits("0", "10000"), takes=("kit",)),
    MeasurementType(code="cmv_dna", name=_("CMV DNA"), abbreviation="CMV DNA", units=IU_ML, panel="infection",
        warn=_limits("0", "1000000"), refuse=_limits("0", "1000000000"), takes=("kit",)),
    MeasurementType(code="galactomannan", name=_("Aspergillus galactomannan"), abbreviation=_("Galactomannan"),
        units=INDEX, panel="infection", decimals=1, warn=_limits("0", "10"), refuse=_limits("0", "50"), takes=("kit",)),
    # -- screening before and during immunosuppression; positive or negative, specification 13 (115), (122). A cut-off
    # index is 1 at the cut-off of its kit; anti-HBs is positive from 10 mIU/mL [J]
    MeasurementType(code="hbsag", name=_("Hepatitis B surface antigen (HBsAg)"), abbreviation="HBsAg", units=INDEX,
        panel="screening", decimals=2, refuse=_limits("0", "1000000"), takes=("kit",), positive_from=ONE),
    MeasurementType(code="anti_hbc", name=_("Hepatitis B core antibody (anti-HBc)"), abbreviation=_("anti-HBc"),
        units=INDEX, panel="screening", decimals=2, refuse=_limits("0", "1000000"), takes=("kit",), positive_from=ONE),
    MeasurementType(code="anti_hbs", name=_("Hepatitis B surface antibody (anti-HBs)"), abbreviation=_("anti-HBs"),
        units=(Unit(code="mIU/mL", spellings=("IU/L",)),), panel="screening", decimals=1,
        refuse=_limits("0", "1000000"), takes=("kit",), positive_from=Decimal(10)),
    MeasurementType(code="hbv_dna", name=_("HBV DNA"), abbreviation="HBV DNA", units=IU_ML, panel="screening",
        warn=_limits("0", "1000000"), refuse=_limits("0", "100000000000"), takes=("kit",)),
    MeasurementType(code="anti_hcv", name=_("Hepatitis C antibody (anti-HCV)"), abbreviation=_("anti-HCV"),
        units=INDEX, panel="screening", decimals=2, refuse=_limits("0", "1000000"), takes=("kit",), positive_from=ONE),
    MeasurementType(code="igra", name=_("Interferon-gamma release assay (IGRA)"), abbreviation="IGRA", units=INDEX,
        panel="screening", decimals=2, refuse=_limits("0", "1000000"), takes=("kit",), positive_from=ONE),
    MeasurementType(code="igg", name=_("Immunoglobulin G (IgG)"), abbreviation="IgG", panel="screening",
        units=(Unit(code="mg/dL"), Unit(code="g/L", factor=Decimal(100))), warn=_limits("200", "4000"),
        refuse=_limits("5", "20000")),
    # -- blood count
    MeasurementType(code="wbc", name=_("White blood cells"), abbreviation="WBC", units=CELLS, panel="blood_count",
        loinc="6690-2", jlac10="2A010", reference=_between("3300", "8600"), warn=_limits("500", "50000"),
        refuse=_limits("0", "500000")),
    MeasurementType(code="neutrophils", name=_("Neutrophils"), abbreviation=_("Neut"), units=CELLS, loinc="751-8",
        panel="blood_count", warn=_limits("200", "40000"), refuse=_limits("0", "500000")),
    MeasurementType(code="lymphocytes", name=_("Lymphocytes"), abbreviation=_("Lymph"), units=CELLS, loinc="731-0",
        panel="blood_count", warn=_limits("50", "10000"), refuse=_limits("0", "500000")),
    MeasurementType(code="haemoglobin", name=_("Haemoglobin"), abbreviation="Hb", loinc="718-7", jlac10="2A030",
        units=(Unit(code="g/dL"), Unit(code="g/L", divisor=Decimal(10))), panel="blood_count", decimals=1,
        reference=_by_sex(("13.7", "16.8"), ("11.6", "14.8")), warn=_limits("5", "20"), refuse=_limits("1", "30")),
    MeasurementType(code="platelets", name=_("Platelets"), abbreviation="Plt", units=PLATELETS, panel="blood_count",
        loinc="777-3", jlac10="2A050", reference=_between("158", "348"), warn=_limits("20", "1000"),
        refuse=_limits("0", "5000")),
    MeasurementType(code="fibrinogen", name=_("Fibrinogen"), abbreviation=_("Fibrinogen"), panel="blood_count",
        units=(Unit(code="mg/dL"), Unit(code="g/L", factor=Decimal(100))), warn=_limits("50", "1000"),
        refuse=_limits("5", "3000")),
    # -- kidney and liver
    MeasurementType(code="creatinine", name=_("Creatinine"), abbreviation="Cr", loinc="2160-0", jlac10="3C015",
        units=(Unit(code="mg/dL"), Unit(code="umol/L", divisor=Decimal("88.4"), symbol="µmol/L")), decimals=2,
        panel="kidney_liver", reference=_by_sex(("0.65", "1.07"), ("0.46", "0.79")), warn=_limits("0.2", "5"),
        refuse=_limits("0.1", "25")),
    MeasurementType(code="ast", name=_("AST"), abbreviation="AST", units=U_L, panel="kidney_liver", loinc="1920-8",
        jlac10="3B035", reference=_between("13", "30"), warn=_limits("3", "1000"), refuse=_limits("1", "20000")),
    MeasurementType(code="alt", name=_("ALT"), abbreviation="ALT", units=U_L, panel="kidney_liver", loinc="1742-6",
        jlac10="3B045", reference=_by_sex(("10", "42"), ("7", "23")), warn=_limits("3", "1000"),
        refuse=_limits("1", "20000")),
    MeasurementType(code="bilirubin", name=_("Total bilirubin"), abbreviation="T-Bil", loinc="1975-2", jlac10="3J010",
        units=(Unit(code="mg/dL"), Unit(code="umol/L", divisor=Decimal("17.1"), symbol="µmol/L")), decimals=1,
        panel="kidney_liver", reference=_between("0.4", "1.5"), warn=_limits("0.1", "20"), refuse=_limits("0", "60")),
    MeasurementType(code="ggt", name=_("Gamma-GT"), abbreviation="γ-GT", units=U_L, panel="kidney_liver",
        loinc="2324-2", jlac10="3B090", reference=_by_sex(("13", "64"), ("9", "32")), warn=_limits("3", "1500"),
        refuse=_limits("1", "20000")),
    MeasurementType(code="potassium", name=_("Potassium"), abbreviation="K", panel="kidney_liver", decimals=1,
        units=(Unit(code="mmol/L", spellings=("mEq/L",)),), loinc="2823-3", jlac10="3H015",
        reference=_between("3.6", "4.8"), warn=_limits("2.5", "7"), refuse=_limits("1", "12")),
    MeasurementType(code="magnesium", name=_("Magnesium"), abbreviation="Mg", panel="kidney_liver", decimals=1,
        units=(Unit(code="mg/dL"), Unit(code="mmol/L", factor=Decimal("2.43")),
        Unit(code="mEq/L", factor=Decimal("1.215"), ucum="meq/L")), loinc="19123-9",
        warn=_limits("1", "4"), refuse=_limits("0.2", "20")),
    # -- metabolism
    MeasurementType(code="glucose", name=_("Glucose"), abbreviation=_("Glucose"), panel="metabolic",
        units=(Unit(code="mg/dL"), Unit(code="mmol/L", factor=Decimal("18.02")), Unit(code="g/L", factor=Decimal(100))),
        loinc="2345-7", jlac10="3D010",
        warn=_limits("50", "500"), refuse=_limits("5", "2500")),
    MeasurementType(code="hba1c", name=_("HbA1c (NGSP)"), abbreviation="HbA1c", panel="metabolic",
        units=(*PERCENT, Unit(code="mmol/mol", factor=Decimal("0.09148"), offset=Decimal("2.152"))),
        decimals=1, loinc="4548-4", jlac10="3D046", reference=_between("4.9", "6.0"), warn=_limits("4", "15"),
        refuse=_limits("2", "25")),
    # -- vital signs
    MeasurementType(code="temperature", name=_("Body temperature"), abbreviation=_("Temp"), panel="vital_signs",
        units=(Unit(code="Cel", spellings=("°C", "degC", "C"), symbol="°C"),), decimals=1, loinc="8310-5",
        warn=_limits("35", "41"), refuse=_limits("25", "45")),
    MeasurementType(code="respiratory_rate", name=_("Respiratory rate"), abbreviation=_("Resp rate"), loinc="9279-1",
        units=(Unit(code="/min", spellings=("breaths/min",)),), panel="vital_signs", reference=_between("12", "20"),
        warn=_limits("8", "50"), refuse=_limits("0", "120")),
    MeasurementType(code="systolic_bp", name=_("Systolic blood pressure"), abbreviation=_("Systolic BP"), units=MMHG,
        panel="vital_signs", loinc="8480-6", warn=_limits("70", "220"), refuse=_limits("20", "350")),
    MeasurementType(code="diastolic_bp", name=_("Diastolic blood pressure"), abbreviation=_("Diastolic BP"), units=MMHG,
        panel="vital_signs", loinc="8462-4", warn=_limits("35", "130"), refuse=_limits("5", "250")),
    # limits of the pulse are a judgement [J]: no source gives any
    MeasurementType(code="heart_rate", name=_("Pulse"), abbreviation=_("Pulse"), panel="vital_signs", loinc="8867-4",
        units=(Unit(code="/min", spellings=("bpm", "beats/min")),), warn=_limits("40", "150"),
        refuse=_limits("10", "300")),
    MeasurementType(code="weight", name=_("Body weight"), abbreviation=_("Weight"), panel="vital_signs", decimals=1,
        units=(Unit(code="kg"), Unit(code="g", divisor=Decimal(1000))), loinc="29463-7", warn=_limits("30", "150"),
        refuse=_limits("2", "400")),
    MeasurementType(code="height", name=_("Body height"), abbreviation=_("Height"), panel="vital_signs", decimals=1,
        units=(Unit(code="cm"), Unit(code="m", factor=Decimal(100))), loinc="8302-2",
        warn=_limits("130", "200"), refuse=_limits("40", "260")),
    # -- for scores of later literature (algorithm/scores), entered by hand; read by no rule. Limits: [J]
    MeasurementType(code="mda5_blot", name=_("Anti-MDA5 immunoblot, grade (0 negative, 1 +, 2 ++, 3 +++)"),
        abbreviation=_("MDA5 blot, 0-3"), units=(Unit(code="grade", ucum="{grade}", symbol=_("grade")),),
        panel="scores", refuse=_limits("0", "3")),
    MeasurementType(code="hrct_score", name=_("HRCT score of FLAIR"), abbreviation=_("CT score"),
        units=(Unit(code="points", ucum="{score}", symbol=_("points")),), panel="scores", refuse=_limits("0", "1000")),
    MeasurementType(code="onset_age", name=_("Age at the first symptom of myositis"), abbreviation=_("Onset age"),
        units=(Unit(code="years", spellings=("a",), ucum="a", symbol=_("years")),), panel="scores",
        refuse=_limits("0", "120")),
    # -- outside the catalogue: kept by name with any unit, shown, read by no rule, specification 12 (51), 13 (122)
    MeasurementType(code="other", name=_("Other test"), abbreviation=_("Other test"), units=(Unit(code=""),),
        panel="other", refuse=_limits("0", "1000000000000"), takes=("kit",), named=True),
)
# fmt: on

MEASUREMENTS: dict[str, MeasurementType] = {entry.code: entry for entry in _ENTRIES}
