"""What the case format newly says: oxygen by flow, other drugs and tests, months, stays, doses with limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.truth import Truth
from patients.imports.case import Case, snapshot_of
from patients.imports.case_file import parse
from tests.patients.imports.writing import ABSENT, NOW, case, csa, event, ferritin, only_fault, pao2

FIELD_CASES = Path(__file__).parent / "field_cases"


def facts(told: Case) -> list[f.Fact]:
    return [x.version.fact for x in told.events]


def warnings(*events: object) -> list[str]:
    return [x.message for x in case(*events).warnings]


def drug(code: str, **more: object) -> f.Treatment:
    (fact,) = facts(case(event("treatment", drug=code, **more)))
    assert isinstance(fact, f.Treatment)
    return fact


def result(**content: object) -> f.Measurement:
    (fact,) = facts(case(event(**content)))
    assert isinstance(fact, f.Measurement)
    return fact


# -- files from the field ---------------------------------------------------------------------------------------------


def test_51_generic_names_are_taken_for_catalogue_drugs() -> None:
    told = parse((FIELD_CASES / "generic-names.json").read_bytes(), now=NOW)
    drugs = [x.drug for x in facts(told) if isinstance(x, f.Treatment)]
    assert drugs == ["gc", "tac", "csa", "ivcy", "rtx", "mmf", "tmp_smx"]


def test_what_could_not_be_said_is_said_and_kept() -> None:
    """Readings 44, 50 to 56, 63, 87."""
    told = facts(parse((FIELD_CASES / "cannot-be-said.json").read_bytes(), now=NOW))
    assert len(told) == 15
    assert [(x.code, x.result) for x in told if isinstance(x, f.Antibody)] == [
        ("anti_mda5", "weak_positive"),
        ("anti_ro52", "positive"),
    ]
    onsets = [x for x in told if isinstance(x, f.RespiratoryOnset)]
    assert [(x.day, x.month) for x in onsets] == [(date(2024, 3, 1), None), (date(2024, 2, 1), True)]
    gas, other = (x for x in told if isinstance(x, f.Measurement))
    assert (gas.flow, gas.device, gas.fio2, gas.on_air) == (Decimal(3), "nasal_cannula", None, False)
    assert (other.code, other.name, other.quantity, other.typed) == (
        "other",
        "aldolase",
        Quantity(Decimal("17.6")),
        "17.6 U/L",
    )
    assert [(x.drug, x.name) for x in told if isinstance(x, f.Treatment)] == [
        ("baricitinib", None),
        ("basiliximab", None),
        ("hydroxychloroquine", None),
        ("other", "daratumumab"),
        ("micafungin", None),
        ("ganciclovir", None),
    ]
    assert [(x.what, x.cause) for x in told if isinstance(x, f.Outcome)] == [
        ("lung_transplant", None),
        ("death", "unknown"),
    ]


# -- drugs ------------------------------------------------------------------------------------------------------------


def test_51_drug_outside_the_catalogue_is_kept_by_its_name() -> None:
    assert (drug("other", name="daratumumab").drug, drug("other", name="daratumumab").name) == ("other", "daratumumab")


def test_51_unknown_name_is_refused_with_the_advice_to_write_it_as_other() -> None:
    assert '"drug": "other", "name": "daratumumab"' in only_fault(event("treatment", drug="daratumumab"))


def test_51_other_drug_without_a_name_is_refused() -> None:
    assert only_fault(event("treatment", drug="other")) == '"name" is missing'


def test_85_name_that_the_catalogue_knows_is_its_drug_also_under_other() -> None:
    told = case(event("treatment", drug="other", name="プログラフカプセル1mg"))
    (fact,) = facts(told)
    assert (getattr(fact, "drug", ""), getattr(fact, "name", "")) == ("tac", None)
    assert "is taken for tacrolimus" in told.warnings[0].message


def test_a_member_of_a_class_keeps_its_own_name() -> None:
    assert (drug("enalapril maleate").drug, drug("enalapril maleate").name) == ("ace_inhibitor", "enalapril")


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ({"route": "oral", "dose": 50, "unit": "mg/day"}, "cy_oral"),
        ({"dose": 50, "unit": "mg/day"}, "cy_oral"),
        ({"route": "iv", "dose": 500, "unit": "mg"}, "ivcy"),
        ({}, "ivcy"),
    ],
)
def test_cyclophosphamide_is_told_apart_by_its_route(order, kept) -> None:
    assert drug("cyclophosphamide", **order).drug == kept


@pytest.mark.parametrize(
    ("name", "dose", "equal"),
    [
        ("methylprednisolone", 16, "20"),
        ("mPSL", "249", "311.25"),
        ("hydrocortisone", 100, "25"),
        ("dexamethasone", "6.6", "44"),
        ("リンデロン", "0.6", "5"),
        ("prednisolone", 50, "50"),
        ("prednisone", 50, "50"),
    ],
)
def test_69_other_glucocorticoids_are_never_taken_one_to_one(name, dose, equal) -> None:
    fact = drug(name, route="iv", dose=dose, unit="mg/day")
    assert (fact.drug, fact.dose) == ("gc", Decimal(equal))


def test_69_the_conversion_is_shown() -> None:
    told = case(event("treatment", drug="dexamethasone", route="oral", dose="6.6", unit="mg/day"))
    assert "dexamethasone 6.6 mg/day is kept as 44 mg/day of prednisolone" in told.warnings[0].message


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ({"route": "iv", "dose": 250, "unit": "mg/day"}, ("gc_pulse", "250")),
        ({"route": "iv", "dose": 1, "unit": "g/day"}, ("gc_pulse", "1000")),
        ({"route": "iv", "dose": "0.25", "unit": "g"}, ("gc_pulse", "250")),
        ({"route": "iv", "dose": "0.2499", "unit": "g/day"}, ("gc", "312.375")),
        ({"route": "iv", "dose": 300, "unit": "mg/kg/day"}, ("gc", "375")),
        ({"dose": 1000, "unit": "mg/day"}, ("gc_pulse", "1000")),
        ({"route": "oral", "dose": 400, "unit": "mg/day"}, ("gc", "500")),
        ({"route": "iv", "dose": "249.9", "unit": "mg/day"}, ("gc", "312.375")),
    ],
)
def test_69_methylprednisolone_is_a_pulse_from_250_mg_a_day_iv(order, kept) -> None:
    fact = drug("methylprednisolone", **order)
    assert (fact.drug, fact.dose) == (kept[0], Decimal(kept[1]))


def test_69_grams_are_kept_in_mg() -> None:
    assert drug("methylprednisolone", route="iv", dose=1, unit="g/day").unit == "mg/day"
    assert drug("methylprednisolone", route="oral", dose="0.016", unit="g/day").dose == 20


def test_69_as_much_of_another_glucocorticoid_is_a_pulse_too() -> None:
    fact = drug("dexamethasone", route="iv", dose="46.875", unit="mg/day")
    assert (fact.drug, fact.dose, fact.name) == ("gc_pulse", Decimal(250), "dexamethasone")
    assert drug("dexamethasone", route="iv", dose="46.8", unit="mg/day").drug == "gc"


def test_69_dose_that_cannot_be_converted_is_refused() -> None:
    assert "cannot be converted" in only_fault(
        event("treatment", drug="methylprednisolone", dose=2, unit="tablets/day")
    )


def test_69_glucocorticoid_without_a_dose_is_of_unknown_dose_and_says_so() -> None:
    told = case(event("treatment", drug="dexamethasone"))
    assert "unknown dose" in told.warnings[0].message
    (fact,) = facts(told)
    assert (getattr(fact, "drug", ""), getattr(fact, "dose", "")) == ("gc", None)


# -- what an order says -----------------------------------------------------------------------------------------------


TARGET = {"timing": "c2", "low": 800, "high": 1200}


def test_52_target_and_indication_of_an_order_are_kept() -> None:
    fact = drug("csa", route="oral", dose=150, unit="mg/day", target=TARGET, indication="ild")
    assert (fact.target_timing, fact.target_low, fact.target_high) == ("c2", Decimal(800), Decimal(1200))
    assert fact.indication == "ild"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({**TARGET, "low": 1200, "high": 800}, "upside down"),
        ({**TARGET, "low": 800, "high": 800}, "upside down"),
        ({"low": 800, "high": 1200}, '"timing" is missing'),
        ({"timing": "c2", "low": 800}, "needs its lowest and its highest"),
        ({**TARGET, "timing": "noon"}, '"timing" is "noon"'),
        ("800-1200", "must be an object"),
    ],
)
def test_52_target_that_makes_no_sense_is_refused(target, said) -> None:
    assert said in only_fault(event("treatment", drug="csa", target=target))


def test_52_target_of_a_drug_without_levels_is_refused() -> None:
    assert "no level" in only_fault(event("treatment", drug="aza", target=TARGET))


def test_70_a_pulse_can_be_planned() -> None:
    assert (drug("gc_pulse", planned=True).planned, drug("gc_pulse").planned) == (True, None)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"drug": "gc", "dose": 500, "unit": "mg/day"}, "GC 500 mg is an unusual dose (usual: 1 to 120)"),
        ({"drug": "csa", "route": "iv", "dose": 2000, "unit": "mg/day"}, "(usual: 50 to 300)"),
        ({"drug": "ivcy", "route": "iv", "dose": 5000, "unit": "mg"}, "(usual: 200 to 1,500)"),
        ({"drug": "mtx", "dose": 8, "unit": "mg/day"}, "once a week, not daily"),
    ],
)
def test_91_a_dose_beyond_its_limits_is_kept_and_marked(order, said) -> None:
    told = case(event("treatment", **order))
    assert said in told.warnings[0].message
    assert told.warnings[0].event == 1
    assert len(told.events) == 1


def test_91_a_dose_that_is_withdrawn_is_not_marked() -> None:
    order = event("treatment", drug="gc", dose=500, unit="mg/day", id="7")
    assert len(warnings(order)) == 1
    assert warnings({**order, "status": "cancelled"}) == []


def test_91_the_weight_of_the_file_counts() -> None:
    weight = event(on="2024-03-01", code="weight", value="40", unit="kg")
    order = event("treatment", drug="gc", dose=90, unit="mg/day")
    assert warnings(order) == []
    assert ["2.25 mg/kg" in x for x in warnings(weight, order)] == [True]


@pytest.mark.parametrize(("day", "asked"), [("2024-03-13", True), ("2024-03-14", False), ("2024-02-24", True)])
def test_91_two_doses_of_ivcy_less_than_ten_days_apart_are_marked(day, asked) -> None:
    doses = [event("treatment", on=x, drug="ivcy", dose=500, unit="mg") for x in ("2024-03-04", day)]
    assert len(warnings(*doses)) == (1 if asked else 0)


# -- oxygen -----------------------------------------------------------------------------------------------------------


def test_50_flow_and_device_stand_in_place_of_the_fio2_and_are_never_on_air() -> None:
    fact = result(code="pao2", value="58", unit="mmHg", flow=3, device="nasal_cannula")
    assert (fact.fio2, fact.flow, fact.device, fact.on_air) == (None, Decimal(3), "nasal_cannula", False)


def test_50_support_takes_flow_and_device() -> None:
    (fact,) = facts(case(event("support", level="oxygen", flow=2, device="nasal_cannula")))
    assert (getattr(fact, "flow", None), getattr(fact, "device", None)) == (Decimal(2), "nasal_cannula")


@pytest.mark.parametrize(
    ("oxygen", "said"),
    [
        ({"flow": 3}, "needs the device"),
        ({"device": "nasal_cannula"}, "needs the FiO2"),
        ({"flow": 3, "device": "tube"}, '"device" is "tube"'),
        ({"flow": 81, "device": "high_flow"}, "not possible"),
    ],
)
def test_50_pao2_without_its_oxygen_is_refused(oxygen, said) -> None:
    told = " ".join(message for _number, message in _faults(event(code="pao2", value="58", unit="mmHg", **oxygen)))
    assert said in told


def _faults(*events: object) -> list[tuple[int | None, str]]:
    from tests.patients.imports.writing import faults

    return faults(*events)


@pytest.mark.parametrize("oxygen", [{"flow": 2, "device": "nasal_cannula"}, {"fio2": 0.4}])
def test_room_air_with_oxygen_is_refused(oxygen) -> None:
    assert "room air is without oxygen" in only_fault(event("support", level="room_air", **oxygen))


@pytest.mark.parametrize(("typed", "kept"), [(21, "0.21"), (40, "0.4"), ("100", "1"), (0.21, "0.21"), (1, "1")])
def test_fio2_from_21_on_is_taken_as_per_cent(typed, kept) -> None:
    (fact,) = facts(case(pao2(fio2=typed)))
    assert getattr(fact, "fio2", None) == Decimal(kept)


def test_fio2_in_per_cent_is_said() -> None:
    assert "FiO2 21 is taken as 21 %" in warnings(pao2(fio2=21))[0]
    assert warnings(pao2(fio2=0.21)) == []


@pytest.mark.parametrize("fio2", [1.01, 2, 20.9, 101, 0.2, 0])
def test_fio2_that_is_neither_fraction_nor_percentage_is_refused(fio2) -> None:
    assert "FiO2" in only_fault(pao2(fio2=fio2))


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [(">=150", ">="), ("<=5", "<="), ("≥150", ">="), ("≤ 5", "<="), ("≧150", ">="), ("＞＝１５０", ">=")],
)
def test_53_at_least_and_at_most_are_values(text, kept) -> None:
    assert result(code="mda5_titre", value=text, unit="index").quantity.comparator == kept


@pytest.mark.parametrize("why", ["haemolysed", "insufficient", "not_done", "other"])
def test_53_absent_with_a_reason_is_kept_and_gives_no_value_to_any_rule(why) -> None:
    told = case(event(code="potassium", absent=why, unit="mmol/L"))
    (version,) = told.versions
    assert version.silent
    assert version.details["typed_value"] == why
    assert snapshot_of(told, NOW, NOW).all_facts == ()


def test_53_word_in_place_of_a_value_is_a_reason() -> None:
    (version,) = case(ferritin("溶血")).versions
    assert (version.silent, version.details["typed_value"]) == (True, "haemolysed")


def test_53_value_and_absent_exclude_each_other() -> None:
    assert "not both" in only_fault(ferritin("12", absent="haemolysed"))


def test_53_unknown_reason_is_refused() -> None:
    assert '"absent" is "lost"' in only_fault(ferritin(ABSENT, absent="lost"))


def test_53_result_that_comes_after_all_replaces_its_absence() -> None:
    absent = event(code="ferritin", absent="haemolysed", id="7")
    told = case(absent, ferritin("800", id="7", status="corrected", known="2024-03-05"))
    (fact,) = snapshot_of(told, NOW, NOW).all_facts
    assert getattr(fact, "quantity", None) == Quantity(Decimal(800))


def test_53_value_that_turns_out_haemolysed_counts_no_more() -> None:
    told = case(
        ferritin("800", id="7"), ferritin(ABSENT, absent="haemolysed", id="7", status="corrected", known="2024-03-05")
    )
    assert snapshot_of(told, NOW, NOW).all_facts == ()


@pytest.mark.parametrize(("word", "answer"), [("positive", Truth.YES), ("陽性", Truth.YES), ("(-)", Truth.NO)])
@pytest.mark.parametrize(("code", "limit"), [("hbsag", "1"), ("anti_hbs", "10"), ("igra", "1")])
def test_122_positive_and_negative_are_values_at_the_cut_off(word, answer, code, limit) -> None:
    assert result(code=code, value=word, unit="").quantity.interval.at_least(Decimal(limit)) is answer


def test_122_indeterminate_has_no_value() -> None:
    (version,) = case(event(code="igra", value="indeterminate", unit="index")).versions
    assert (version.silent, version.details["typed_value"]) == (True, "indeterminate")


def test_122_word_is_no_value_of_a_test_that_is_measured() -> None:
    assert "not a number" in only_fault(ferritin("positive"))


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("hbv_dna", "20", "IU/mL"),
        ("igg", "8.6", "g/L"),
        ("cmv_dna", "137", "IU/mL"),
        ("galactomannan", "0.5", "index"),
        ("fibrinogen", "149", "mg/dL"),
        ("spo2_walk", "86", "%"),
        ("anti_hcv", "0.1", "C.O.I."),
        ("anti_hbc", "12", "index"),
    ],
)
def test_122_new_measurements_are_read(code, value, unit) -> None:
    assert result(code=code, value=value, unit=unit).code == code


@pytest.mark.parametrize(
    "code", ["seizure", "visual_disturbance", "confusion", "headache", "haematuria", "drug_rash", "pregnancy"]
)
def test_122_new_findings_are_read(code) -> None:
    (fact,) = facts(case(event("finding", code=code, present=True)))
    assert getattr(fact, "code", "") == code


def test_122_timings_of_an_infusion_are_read() -> None:
    assert [getattr(x, "timing", "") for x in facts(case(csa(timing="continuous"), csa(timing="during_infusion")))] == [
        "continuous",
        "during_infusion",
    ]


@pytest.mark.parametrize(
    ("content", "said"), [({"unit": "U/L"}, '"name" is missing'), ({"name": "x"}, "needs the unit")]
)
def test_other_test_needs_name_and_unit(content, said) -> None:
    assert said in only_fault(event(code="other", value="5", **content))


def test_two_other_tests_of_one_moment_are_two_results() -> None:
    told = case(*(event(code="other", name=x, value="5", unit="U/L") for x in ("aldolase", "elastase")))
    assert len({x.identity for x in told.versions}) == 2


def test_creatinine_65_asks_for_the_unit() -> None:
    assert only_fault(event(code="creatinine", value="65", unit="mg/dL")).endswith("µmol/L?")


def test_pao2_8_9_asks_for_the_unit() -> None:
    assert only_fault(pao2("8.9")).endswith("kPa?")


def test_value_that_no_other_unit_explains_asks_for_none() -> None:
    assert only_fault(event(code="creatinine", value="26000", unit="mg/dL")).endswith("is possible")


def test_unusual_value_that_another_unit_explains_asks_for_it() -> None:
    (said,) = warnings(event(code="crp", value="45", unit="mg/dL"))
    assert said.endswith("mg/L?")


# -- months, stays, outcomes ------------------------------------------------------------------------------------------


def test_56_onset_and_diagnosis_may_be_known_to_the_month() -> None:
    onset, diagnosis = facts(
        case(event("respiratory_onset", on="2024-03"), event("diagnosis", on="2024-03", myositis="ASyS"))
    )
    assert isinstance(onset, f.RespiratoryOnset)
    assert isinstance(diagnosis, f.Diagnosis)
    assert (onset.day, onset.month, diagnosis.day, diagnosis.month) == (date(2024, 3, 1), True) * 2
    assert diagnosis.myositis == "ASyS"


@pytest.mark.parametrize("kind", [{"kind": "finding", "code": "cough", "present": True}, {"kind": "histology"}])
def test_56_nothing_else_may_be_a_month(kind) -> None:
    told = " ".join(message for _number, message in _faults(event(**{**kind, "on": "2024-03"})))
    assert "is not a date" in told


@pytest.mark.parametrize("month", ["2024-13", "2024-7", "2024-07"])
def test_56_month_that_is_none_or_lies_ahead_is_refused(month) -> None:
    assert only_fault(event("respiratory_onset", on=month))


def test_87_admission_discharge_and_outcome_are_kept() -> None:
    told = facts(
        case(
            event("admission"),
            event("discharge", on="2024-04-01", to="home"),
            event("outcome", on="2024-05-01", what="death", cause="infection"),
        )
    )
    assert [type(x) for x in told] == [f.HospitalAdmission, f.Discharge, f.Outcome]
    assert getattr(told[1], "to", "") == "home"


def test_87_only_a_death_has_a_cause() -> None:
    assert "cause of a death" in only_fault(event("outcome", what="lung_transplant", cause="infection"))


def test_87_unknown_place_is_refused() -> None:
    assert '"to" is "moon"' in only_fault(event("discharge", to="moon"))


def test_122_hrct_items_are_read() -> None:
    (fact,) = facts(case(event("hrct", traction_bronchiectasis=True, pneumomediastinum=False)))
    assert (getattr(fact, "traction_bronchiectasis", None), getattr(fact, "pneumomediastinum", None)) == (True, False)
