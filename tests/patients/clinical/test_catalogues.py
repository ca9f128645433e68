"""The catalogues hold what the specification lists: codes, units, reference intervals, limits, interacting drugs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.limits import position
from patients.clinical import antibodies, diagnoses, drugs, findings, hrct_terms, poor_risk, regimen
from patients.clinical.measurement_type import Limits, MeasurementType, Reference, Unit
from patients.clinical.measurements import MEASUREMENTS, PANELS
from tests.story import Story

MEASUREMENT_CODES = (
    "ferritin kl6 spd ck ldh crp creatinine ast alt bilirubin ggt potassium magnesium glucose hba1c wbc neutrophils "
    "lymphocytes platelets haemoglobin bdg cmv_pp65 csa tac mda5_titre pao2 paco2 spo2 vc fvc fvc_pp dlco_pp weight "
    "height temperature respiratory_rate systolic_bp diastolic_bp"
)
FINDING_CODES = (
    "dyspnoea_on_exertion dyspnoea_at_rest cough fever skin_ulcer palmar_papules rash raynaud arthritis "
    "mechanics_hands muscle_weakness cardiac_involvement pneumomediastinum infection"
)
DRUG_CODES = (
    "gc gc_pulse csa tac ivcy cy_oral aza mmf ivig rtx pmx_dhp tmp_smx atovaquone pentamidine dapsone tofacitinib "
    "plasma_exchange nintedanib"
)
ANTIBODY_CODES = "anti_mda5 anti_ars anti_jo1 anti_pl7 anti_pl12 anti_ej anti_oj anti_ks anti_zo anti_ha"


def place(value: Decimal, reference: Reference) -> str:
    """Where a value lies; of which measurement does not matter."""
    (measurement,) = Story().test(0, "weight", str(value)).snapshot(0).series("weight")
    return position(measurement, reference)


# code: unit, warn outside, refuse outside, LOINC, JLAC10
TABLE = {
    "ferritin": ("ng/mL", ("5", "20000"), ("0.5", "200000"), "2276-4", "5C095"),
    "kl6": ("U/mL", ("100", "10000"), ("50", "50000"), "", "5C210"),
    "spd": ("ng/mL", ("5", "1500"), ("0.5", "10000"), "74541-4", None),
    "ck": ("U/L", ("10", "20000"), ("1", "500000"), "2157-6", "3B010"),
    "ldh": ("U/L", ("80", "2500"), ("20", "20000"), "2532-0", None),
    "crp": ("mg/dL", ("0", "40"), ("0", "100"), "1988-5", None),
    "creatinine": ("mg/dL", ("0.2", "5"), ("0.1", "25"), "2160-0", None),
    "ast": ("U/L", ("3", "1000"), ("1", "20000"), "1920-8", None),
    "alt": ("U/L", ("3", "1000"), ("1", "20000"), "1742-6", None),
    "wbc": ("/uL", None, ("0", "500000"), "6690-2", None),
    "neutrophils": ("/uL", None, ("0", "500000"), "751-8", None),
    "lymphocytes": ("/uL", None, ("0", "500000"), "731-0", None),
    "bdg": ("pg/mL", ("0", "600"), ("0", "10000"), "42176-8", "5E151"),
    "cmv_pp65": ("cells", ("0", "500"), ("0", "10000"), None, "5F194"),
    "csa": ("ng/mL", ("25", "800"), ("1", "5000"), "3520-4", "3M805"),
    "tac": ("ng/mL", ("1", "30"), ("0.3", "100"), "11253-2", "3M810"),
    "mda5_titre": ("index", ("0", "10000"), ("0", "100000"), None, None),
    "pao2": ("mmHg", None, ("15", "700"), "2703-7", None),
    "spo2": ("%", ("70", "100"), ("30", "100"), "59408-5", None),
    "vc": ("L", ("0.5", "6.5"), ("0.2", "10"), None, None),
    "fvc": ("L", ("0.5", "6.5"), ("0.2", "10"), "19868-9", None),
}


def bounds(limits):
    return None if limits is None else (limits.low, limits.high)


@pytest.mark.parametrize(
    ("catalogue", "codes"),
    [
        (MEASUREMENTS, MEASUREMENT_CODES),
        (findings.FINDINGS, FINDING_CODES),
        (drugs.DRUGS, DRUG_CODES),
        (antibodies.ANTIBODIES, ANTIBODY_CODES),
        (antibodies.ANSWERS, "positive negative pending"),
        (diagnoses.DIAGNOSES, "DM PM ADM hypomyopathic_DM CADM"),
        (hrct_terms.CONSOLIDATIONS, "lower random other none"),
        (hrct_terms.HRCT_PATTERNS, "NSIP OP UIP DAD"),
        (hrct_terms.HISTOLOGY_PATTERNS, "NSIP OP UIP DAD"),
        (hrct_terms.HRCT_CHANGES, "increased unchanged decreased first"),
        (findings.SUPPORT_LEVELS, "room_air oxygen high_flow niv ventilation ecmo"),
        (findings.FINDING_CHANGES, "worse unchanged improved"),
        (findings.IMPROVEMENTS, "improved unchanged worse"),
    ],
)
def test_every_code_of_the_case_file_has_its_entry(catalogue, codes):
    assert set(codes.split()) <= set(catalogue)
    assert all(entry.code == code for code, entry in catalogue.items())
    assert all(entry.name for entry in catalogue.values())


@pytest.mark.parametrize("code", TABLE)
def test_entry_is_that_of_the_specification(code):
    unit, warn, refuse, loinc, jlac10 = TABLE[code]
    entry = MEASUREMENTS[code]
    assert entry.unit == unit
    assert bounds(entry.refuse) == tuple(map(Decimal, refuse))
    assert warn is None or bounds(entry.warn) == tuple(map(Decimal, warn))
    assert loinc in (None, entry.loinc)
    assert jlac10 in (None, entry.jlac10)


def test_peak_level_of_cyclosporine_warns_at_limits_of_its_own():
    assert bounds(MEASUREMENTS["csa"].warn_by_timing["c2"]) == (Decimal(200), Decimal(3000))


def test_pao2_warns_on_room_air():
    assert bounds(MEASUREMENTS["pao2"].warn_on_air) == (Decimal(35), Decimal(110))


@pytest.mark.parametrize(
    ("code", "sex", "low", "high"),
    [
        ("ck", "male", "60", "270"),
        ("ck", "female", "40", "150"),
        ("creatinine", "male", "0.65", "1.07"),
        ("creatinine", "female", "0.46", "0.79"),
        ("alt", "male", "10", "42"),
        ("alt", "female", "7", "23"),
        ("ast", "unknown", "13", "30"),
        ("ldh", "female", "124", "222"),
        ("wbc", "male", "3300", "8600"),
    ],
)
def test_reference_interval_includes_its_bounds_and_nothing_beyond(code, sex, low, high):
    interval = MEASUREMENTS[code].reference_for(sex)
    step = Decimal("0.01")
    assert place(Decimal(low), interval) == place(Decimal(high), interval) == "within"
    assert place(Decimal(low) - step, interval) == "low"
    assert place(Decimal(high) + step, interval) == "high"


def test_reference_interval_by_sex_is_none_for_an_unknown_sex():
    assert MEASUREMENTS["creatinine"].reference_for("unknown") is None


@pytest.mark.parametrize(("code", "limit"), [("kl6", "500"), ("spd", "110"), ("mda5_titre", "32")])
def test_strict_upper_limit_is_itself_high(code, limit):
    assert place(Decimal(limit), MEASUREMENTS[code].reference_for("female")) == "high"
    assert place(Decimal(limit) - 1, MEASUREMENTS[code].reference_for("female")) == "within"


@pytest.mark.parametrize(
    ("kit", "negative", "positive"),
    [("turbidimetric", "11", "11.1"), ("colorimetric", "20", "20.1"), ("Fungitell", "79.9", "80")],
)
def test_beta_d_glucan_is_judged_by_its_kit(kit, negative, positive):
    kits = {name.casefold(): limits for name, limits in MEASUREMENTS["bdg"].kits.items()}
    assert place(Decimal(negative), kits[kit.casefold()]) == "within"
    assert place(Decimal(positive), kits[kit.casefold()]) == "high"


def test_what_a_value_needs():
    needs = {code: set(entry.needs) for code, entry in MEASUREMENTS.items() if entry.needs}
    assert needs == {"pao2": {"fio2"}, "csa": {"route", "timing"}}


def test_only_ferritin_and_kl6_ask_about_thousands():
    assert {code for code, entry in MEASUREMENTS.items() if entry.asks_thousands} == {"ferritin", "kl6"}


# how many decimals are shown, where it is not none
DECIMALS = {
    2: "crp vc fvc creatinine hbsag anti_hbc anti_hcv igra",
    1: "spd pao2 paco2 vc_pp fvc_pp dlco_pp tac bdg galactomannan anti_hbs haemoglobin bilirubin potassium magnesium "
    "hba1c temperature weight height",
}


def test_decimals_are_those_of_the_specification():
    told = {code: number for number, codes in DECIMALS.items() for code in codes.split()}
    assert {code: entry.decimals for code, entry in MEASUREMENTS.items() if entry.decimals} == told


def test_122_the_value_from_which_a_test_is_positive():
    told = {code: entry.positive_from for code, entry in MEASUREMENTS.items() if entry.positive_from is not None}
    assert told == {"hbsag": 1, "anti_hbc": 1, "anti_hcv": 1, "igra": 1, "anti_hbs": 10}


@pytest.mark.parametrize("code", ["vc_pp", "fvc_pp", "dlco_pp"])
def test_7_a_percent_of_predicted_is_low_below_80(code):
    interval = MEASUREMENTS[code].reference_for("male")
    assert (interval.low, interval.high) == (80, None)


def test_only_drug_levels_are_levels_and_only_other_tests_bear_a_name():
    assert {code for code, entry in MEASUREMENTS.items() if entry.level} == {"csa", "tac"}
    assert {code for code, entry in MEASUREMENTS.items() if entry.named} == {"other"}


@pytest.mark.parametrize("code", MEASUREMENTS)
def test_entry_is_consistent(code):
    entry = MEASUREMENTS[code]
    assert entry.panel in PANELS
    assert entry.abbreviation
    assert (entry.units[0].factor, entry.units[0].divisor) == (1, 1)
    assert entry.refuse.low < entry.refuse.high
    for usual in (x for x in (entry.warn, entry.warn_on_air, *entry.warn_by_timing.values()) if x is not None):
        assert entry.refuse.low <= usual.low < usual.high <= entry.refuse.high


@pytest.mark.parametrize(
    "drug",
    ["fluconazole", "itraconazole", "voriconazole", "posaconazole", "clarithromycin", "erythromycin", "diltiazem"],
)
def test_drug_raises_calcineurin_inhibitors(drug):
    assert drug in drugs.of_class("raises_cni")


@pytest.mark.parametrize("drug", ["rifampicin", "phenytoin", "st_johns_wort"])
def test_drug_lowers_calcineurin_inhibitors(drug):
    assert drug in drugs.of_class("lowers_cni")


def test_the_drugs_of_the_chart_are_in_the_catalogue():
    chart = regimen.GC | regimen.CALCINEURIN_INHIBITORS | regimen.CYCLOPHOSPHAMIDE | regimen.SALVAGE
    assert chart | regimen.CHRONIC_PARTNERS <= set(drugs.DRUGS)
    assert drugs.of_class("cni") == regimen.CALCINEURIN_INHIBITORS
    assert drugs.of_class("gc") == regimen.GC


@pytest.mark.parametrize("code", drugs.DRUGS)
def test_drug_has_a_class_routes_and_units_that_forms_offer(code):
    drug = drugs.DRUGS[code]
    assert drug.drug_class in drugs.DRUG_CLASSES
    assert drug.routes
    assert set(drug.routes) <= set(drugs.ROUTES)
    assert drug.units
    assert set(drug.units) <= set(drugs.DOSE_UNITS)


def test_every_diagnosis_has_the_name_that_factor_one_uses():
    assert set(poor_risk.DIAGNOSIS_NAMES) == set(diagnoses.DIAGNOSES)


def test_the_eight_named_anti_ars_antibodies():
    assert set(antibodies.ANTI_ARS) == set(ANTIBODY_CODES.split()) - {"anti_mda5", "anti_ars"}


def test_the_steps_are_those_of_the_regimen():
    assert set(findings.STEPS) == set(regimen.STEPS)


def test_a_measurement_is_no_level_asks_nothing_and_has_no_decimals_unless_it_is_told() -> None:
    kg = Unit(code="kg")
    entry = MeasurementType(
        code="x", name="X", abbreviation="x", units=(kg,), refuse=Limits(Decimal(0), Decimal(9)), panel="other"
    )
    assert (entry.level, entry.named, entry.asks_thousands, entry.decimals) == (False, False, False, 0)
    assert (kg.factor, kg.divisor, entry.unit, entry.ucum, entry.symbol, entry.short) == (1, 1, "kg", "kg", "kg", "x")
    assert not Reference().strict_high


@pytest.mark.parametrize(
    ("code", "kit", "judged"),
    [
        ("bdg", "Fungitell", True),
        ("bdg", "fungi tell", True),
        ("bdg", "another", False),
        ("bdg", None, True),
        ("crp", "any", True),
    ],
)
def test_12_43_a_kit_without_limits_in_the_catalogue_is_not_judged(code: str, kit: str | None, judged: bool) -> None:
    assert MEASUREMENTS[code].judges(kit) is judged
    if kit and not judged:
        assert MEASUREMENTS[code].reference_for("male", kit) is None


@pytest.mark.parametrize(("value", "holds"), [("4.9", False), ("5", True), ("20000", True), ("20000.1", False)])
def test_limits_include_both_their_ends(value: str, holds: bool) -> None:
    assert MEASUREMENTS["ferritin"].warn.holds(Decimal(value)) is holds
