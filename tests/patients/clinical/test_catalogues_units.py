"""Conversion into the catalogue's unit: exact, or refused with a sentence; never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import say
from patients.clinical.units import Unacceptable, convert, missing_needs, read_number, refuse_on_air


def value(code: str, text: str, unit: str) -> Decimal:
    return convert(code, text, unit).quantity.value


def refusal(code: str, text: str, unit: str) -> str:
    with pytest.raises(Unacceptable) as refused:
        convert(code, text, unit)
    return str(refused.value)


@pytest.mark.parametrize(
    ("code", "text", "unit", "expected"),
    [
        ("ferritin", "1679", "ug/L", "1679"),
        ("kl6", "1040", "kU/L", "1040"),
        ("spd", "110.5", "ug/L", "110.5"),
        ("ck", "2.5", "ukat/L", "150"),
        ("crp", "12.5", "mg/L", "1.25"),
        ("creatinine", "88.4", "umol/L", "1"),
        ("creatinine", "70.72", "umol/L", "0.8"),
        ("bilirubin", "17.1", "umol/L", "1"),
        ("potassium", "4.5", "mEq/L", "4.5"),
        ("magnesium", "1", "mmol/L", "2.43"),
        ("glucose", "10", "mmol/L", "180.2"),
        ("wbc", "5.4", "10*9/L", "5400"),
        ("neutrophils", "1.5", "10*9/L", "1500"),
        ("lymphocytes", "0.95", "10^9/L", "950"),
        ("haemoglobin", "120", "g/L", "12"),
        ("vc", "2200", "mL", "2.2"),
        ("wbc", "5.4", "10*3/uL", "5400"),
        ("wbc", "54", "10*2/uL", "5400"),
        ("platelets", "14.8", "10*4/uL", "148"),
        ("platelets", "148000", "/uL", "148"),
        ("fibrinogen", "1.5", "g/L", "150"),
        ("igg", "4.9", "g/L", "490"),
        ("platelets", "148", "10*9/L", "148"),
        ("weight", "48500", "g", "48.5"),
        ("height", "1.62", "m", "162"),
        ("bdg", "15.5", "ng/L", "15.5"),
        ("csa", "100", "nmol/L", "120.26"),
        ("tac", "10", "nmol/L", "8.04"),
        ("pao2", "8", "kPa", "60.0048"),
        ("pao2", "7.99", "kPa", "59.929794"),
        ("paco2", "5", "kPa", "37.503"),
    ],
)
def test_factor_of_the_specification_is_exact(code, text, unit, expected):
    assert str(value(code, text, unit)) == expected


def test_quotient_without_end_is_rounded_far_beyond_what_is_reported():
    assert abs(value("creatinine", "80", "umol/L") * Decimal("88.4") - 80) < Decimal("0.0001")


@pytest.mark.parametrize("spelling", ["µmol/L", "μmol/l", "umol/L", "\uff55mol/L"])
def test_spellings_of_one_unit_are_the_same(spelling):
    assert value("creatinine", "88.4", spelling) == 1


@pytest.mark.parametrize(("code", "unit"), [(code, unit.code) for code, x in MEASUREMENTS.items() for unit in x.units])
def test_every_accepted_unit_can_carry_the_usual_values(code, unit):
    """A factor the wrong way round would put the middle of the usual range beyond what is possible."""
    entry = MEASUREMENTS[code]
    used = next(x for x in entry.units if x.code == unit)
    usual = entry.warn or entry.refuse
    middle = (usual.low + usual.high) / 2
    text = f"{(middle * used.divisor / used.factor).quantize(Decimal('0.0001')):f}"
    assert usual.holds(value(code, text, unit))


def test_value_in_the_own_unit_stays_as_reported():
    found = convert("pao2", "58.10", "mmHg")
    assert str(found.quantity.value) == "58.10"
    assert found.typed == "58.10 mmHg"


@pytest.mark.parametrize(("text", "comparator"), [("<5", "<"), ("< 5", "<"), ("> 5", ">"), ("\uff1c5", "<")])
def test_censored_value_keeps_its_comparator(text, comparator):
    assert convert("ferritin", text, "ng/mL").quantity == Quantity(Decimal(5), comparator)


@pytest.mark.parametrize(
    "text",
    ["", " ", "NaN", "inf", "-inf", "1e9", "1_000", "0x10", "abc", "5.", ".5", "+5", "5 6", "--5", "<>5", "=<5", "5<",
     "1,679", "1.000.000", "٥", "10²", "½", "①", "5\n6", "9" * 31],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(text):
    assert refusal("ferritin", text, "ng/mL")


@given(st.text(max_size=12))
def test_any_text_is_a_number_within_limits_or_refused(text):
    try:
        found = convert("ferritin", text, "ng/mL").quantity
    except Unacceptable:
        return
    assert MEASUREMENTS["ferritin"].refuse.holds(found.value)


@given(st.decimals(Decimal(1), Decimal(9999), places=2))
def test_what_is_typed_is_what_is_stored(number):
    assert value("ferritin", str(number), "ng/mL") == number


def test_full_width_digits_mean_what_they_show():
    assert value("ferritin", "\uff11\uff16\uff17\uff19\uff0e\uff15", "ng/mL") == Decimal("1679.5")


def test_comma_is_refused_and_named():
    assert "comma" in refusal("kl6", "1,040", "U/mL")


@pytest.mark.parametrize(("code", "unit"), [("ferritin", "ng/mL"), ("kl6", "U/mL")])
def test_three_decimals_ask_about_thousands(code, unit):
    assert "1679" in refusal(code, "1.679", unit)
    assert "thousands" in refusal(code, "<1.679", unit)


def test_three_decimals_elsewhere_do_not_ask():
    assert value("crp", "0.123", "mg/dL") == Decimal("0.123")


def test_ferritin_in_ng_per_dl_is_refused():
    assert "ng/mL" in refusal("ferritin", "167900", "ng/dL")


@pytest.mark.parametrize("unit", ["", "  "])
def test_there_is_never_a_default_unit(unit):
    message = refusal("crp", "1.2", unit)
    assert "mg/dL" in message
    assert "mg/L" in message


@pytest.mark.parametrize("code", MEASUREMENTS)
def test_limits_are_inside_and_beyond_is_refused(code):
    entry = MEASUREMENTS[code]
    step = Decimal("0.1")
    for inside, outside in ((entry.refuse.low, entry.refuse.low - step), (entry.refuse.high, entry.refuse.high + step)):
        assert value(code, str(inside), entry.unit) == inside
        assert "out of limits" in refusal(code, str(outside), entry.unit)


def test_unusual_value_is_asked_about_and_taken():
    assert "unusual" in str(convert("ferritin", "20001", "ng/mL").warnings[0].message)
    assert convert("ferritin", "20000", "ng/mL").warnings == ()


def test_peak_level_of_cyclosporine_is_not_unusual_as_peak():
    assert convert("csa", "1200", "ng/mL", timing="trough").warnings
    assert not convert("csa", "1200", "ng/mL", timing="c2").warnings


def test_pao2_above_150_is_refused_on_room_air_only():
    high, limit = Quantity(Decimal("150.1")), Quantity(Decimal(150))
    with pytest.raises(Unacceptable):
        refuse_on_air("pao2", high, Decimal("0.21"))
    refuse_on_air("pao2", limit, Decimal("0.21"))
    refuse_on_air("pao2", high, Decimal("0.4"))


@pytest.mark.parametrize(("text", "fio2", "asked"), [("34.9", "0.21", 1), ("35", "0.21", 0), ("110.1", "0.21", 1),
                                                    ("110", "0.21", 0), ("140", "0.4", 0)])  # fmt: skip
def test_pao2_is_unusual_outside_35_to_110_on_room_air_only(text, fio2, asked):
    assert len(convert("pao2", text, "mmHg", fio2=Decimal(fio2)).warnings) == asked


def test_conversion_with_its_fio2_refuses_what_room_air_cannot_give():
    with pytest.raises(Unacceptable, match="room air"):
        convert("pao2", "151", "mmHg", fio2=Decimal("0.210"))


def test_what_is_needed_is_named():
    assert len(missing_needs("csa", fio2=None, route=None, timing=None)) == 2
    assert len(missing_needs("csa", fio2=None, route="iv", timing=None)) == 1
    assert len(missing_needs("pao2", fio2=None, route=None, timing=None)) == 1
    assert missing_needs("pao2", fio2=Decimal("0.21"), route=None, timing=None) == ()
    assert missing_needs("ferritin", fio2=None, route=None, timing=None) == ()


def test_less_than_nothing_is_no_result() -> None:
    assert "out of limits" in refusal("crp", "<0", "mg/dL")
    assert convert("crp", "<0.1", "mg/dL").quantity.censored


def test_a_text_of_30_characters_is_a_number_and_a_longer_one_is_not():
    kind = MEASUREMENTS["crp"]
    assert read_number(kind, "1." + "0" * 28) == ("", 1)
    with pytest.raises(Unacceptable):
        read_number(kind, "1." + "0" * 29)


def test_of_a_long_text_only_its_beginning_is_repeated():
    assert f'"{"x" * 30}"' in refusal("crp", "x" * 31, "mg/dL")
    assert f'"{"y" * 40}"' in refusal("crp", "1", "y" * 41)


def test_a_quotient_has_six_decimals():
    assert str(value("creatinine", "100", "umol/L")) == "1.131222"


def test_a_number_that_is_usual_in_another_unit_names_that_unit():
    (why,) = convert("crp", "41", "mg/dL").warnings
    assert say(why).endswith("mg/L?")
    assert "umol/L" not in refusal("creatinine", "9000", "mg/dL")
    assert refusal("creatinine", "65", "mg/dL").endswith("µmol/L?")


@pytest.mark.parametrize(
    ("flow", "device", "asked"), [("3", "nasal_cannula", 0), (None, "nasal_cannula", 1), ("3", None, 1)]
)
def test_50_a_flow_with_its_device_stands_for_the_fio2(flow, device, asked):
    told = {"flow": flow and Decimal(flow), "device": device}
    assert len(missing_needs("pao2", fio2=None, route=None, timing=None, **told)) == asked
    assert missing_needs("pao2", fio2=Decimal("0.4"), route=None, timing=None, **told) == ()


@pytest.mark.parametrize(
    ("code", "value", "unit", "becomes"),
    [
        ("hba1c", "48", "mmol/mol", "6.54304"),  # the master equation of IFCC and NGSP, with its offset
        ("hba1c", "<20", "mmol/mol", "<3.9816"),
        ("hba1c", "6.5", "%", "6.5"),
        ("glucose", "1.2", "g/L", "120"),
        ("glucose", "120", "mg/dL", "120"),
        ("glucose", "10", "mmol/L", "180.2"),
        ("magnesium", "2", "mEq/L", "2.43"),
        ("magnesium", "2", "meq/L", "2.43"),
        ("magnesium", "1", "mmol/L", "2.43"),
        ("wbc", "0.62", "10*4/uL", "6200"),
        ("wbc", "0.62", "×10^4/μL", "6200"),
        ("neutrophils", "0.4", "x10^4/uL", "4000"),
        ("lymphocytes", "0.1", "10*4/uL", "1000"),
        ("platelets", "22", "10*4/uL", "220"),
    ],
)
def test_a_value_in_the_unit_of_another_laboratory(code: str, value: str, unit: str, becomes: str) -> None:
    found = convert(code, value, unit).quantity
    assert f"{found.comparator}{found.value:f}" == becomes


@pytest.mark.parametrize(
    ("code", "unit"), [("wbc", "万"), ("platelets", "万"), ("hba1c", "mmol"), ("magnesium", "mEq")]
)
def test_a_unit_that_can_be_several_is_refused(code: str, unit: str) -> None:
    with pytest.raises(Unacceptable):
        convert(code, "5", unit)


def test_per_cent_of_hba1c_that_are_meant_as_mmol_per_mol_are_asked_about() -> None:
    with pytest.raises(Unacceptable, match="mmol/mol"):
        convert("hba1c", "48", "%")
