"""Doses beyond their limits are asked about: 13 (91), at the limit and beside it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from patients.clinical import facts as f
from patients.clinical.body import surface, weight_on
from patients.clinical.dose_limits import LIMITS, doubts, unusual_doses
from patients.clinical.drugs import DRUGS
from patients.clinical.reasons import say
from tests.story import Story, moment

DAY = date(2024, 3, 4)


def asked(drug: str, dose: str, unit: str, route: str | None = None, weight: str | None = None) -> bool:
    kilos = Decimal(weight) if weight else None
    return bool(list(doubts(drug, DAY, route=route, dose=Decimal(dose), unit=unit, weight=kilos)))


@pytest.mark.parametrize(
    ("drug", "unit", "route", "low", "high"),
    [
        ("gc", "mg/day", "oral", "1", "120"),
        ("gc_pulse", "mg/day", "iv", "250", "1000"),
        ("csa", "mg/day", "iv", "50", "300"),
        ("csa", "mg/day", "oral", "50", "500"),
        ("csa", "mg/day", None, "50", "500"),
        ("tac", "mg/day", "oral", "0.5", "20"),
        ("ivcy", "mg", "iv", "200", "1500"),
        ("cy_oral", "mg/day", "oral", "25", "150"),
        ("mmf", "mg/day", "oral", "250", "3000"),
        ("mmf", "g/day", "oral", "0.25", "3"),
        ("gc_pulse", "g", "iv", "0.25", "1"),
        ("rtx", "mg/dose", "iv", "500", "1000"),
        ("aza", "mg/day", "oral", "25", "150"),
        ("ivig", "g/kg", "iv", "0.1", "1"),
        ("ivig", "mg/kg/day", "iv", "100", "1000"),
        ("rtx", "mg", "iv", "500", "1000"),
        ("rtx", "mg/m2", "iv", "375", "375"),
        ("tofacitinib", "mg/day", "oral", "5", "20"),
        ("baricitinib", "mg/day", "oral", "1", "4"),
    ],
)
def test_91_both_limits_are_usual_and_what_lies_beyond_is_asked_about(drug, unit, route, low, high) -> None:
    little = Decimal("0.001")
    assert not asked(drug, low, unit, route)
    assert not asked(drug, high, unit, route)
    assert asked(drug, str(Decimal(low) - little), unit, route)
    assert asked(drug, str(Decimal(high) + little), unit, route)


@pytest.mark.parametrize(
    ("drug", "unit", "high"),
    [
        ("gc", "mg/kg/day", "2"),
        ("csa", "mg/kg/day", "7"),
        ("tac", "mg/kg/day", "0.3"),
        ("ivcy", "mg/m2", "1000"),
        ("ivcy", "mg/kg", "30"),
        ("methotrexate", "mg/week", "16"),
        ("tmp_smx", "tablets/day", "2"),
    ],
)
def test_91_upper_limits(drug, unit, high) -> None:
    assert not asked(drug, high, unit)
    assert asked(drug, f"{high}.01" if "." not in high else f"{high}1", unit)


@pytest.mark.parametrize(("dose", "answer"), [("100", False), ("100.1", True)])
def test_91_by_weight_where_the_weight_is_known(dose, answer) -> None:
    assert asked("gc", dose, "mg/day", "oral", "50") is answer
    assert not asked("gc", dose, "mg/day", "oral")


@pytest.mark.parametrize(("dose", "answer"), [("1.5", False), ("1.51", True)])
def test_91_a_dose_by_weight_is_held_against_the_limit_of_the_day_too(dose, answer) -> None:
    assert asked("gc", dose, "mg/kg/day", "oral", "80") is answer
    assert not asked("gc", dose, "mg/kg/day", "oral")


def test_91_unknown_units_and_drugs_without_limits_are_not_asked_about() -> None:
    assert not asked("gc", "9999", "tablets/day", "oral")
    assert not asked("voriconazole", "9999", "mg/day", "oral")
    assert not asked("csa", "300", "mg/day", "iv")
    assert asked("csa", "301", "mg/day", "iv")
    assert not asked("csa", "301", "mg/day", "oral")


def test_91_grams_of_ivig_need_the_weight() -> None:
    assert not asked("ivig", "60", "g/day", "iv", "60")
    assert asked("ivig", "61", "g/day", "iv", "60")
    assert not asked("ivig", "61", "g/day", "iv")


@pytest.mark.parametrize(("unit", "answer"), [("mg/day", True), ("mg/week", False), ("mg", False)])
def test_91_methotrexate_by_the_day_is_asked_about(unit, answer) -> None:
    assert asked("methotrexate", "8", unit) is answer


@pytest.mark.parametrize(("days", "answer"), [(0, False), (1, True), (9, True), (10, False), (-9, True), (-10, False)])
def test_91_two_doses_of_ivcy_less_than_ten_days_apart(days, answer) -> None:
    (other,) = Story().drug(3 + days, "ivcy").snapshot(40).treatments
    assert bool(list(doubts("ivcy", DAY, route="iv", dose=None, unit=None, given=[other]))) is answer
    assert not list(doubts("csa", DAY, route="iv", dose=None, unit=None, given=[other]))


@pytest.mark.parametrize(("age", "known"), [(0, True), (90, True), (91, False), (-1, False)])
def test_69_the_weight_is_the_last_of_90_days(age, known) -> None:
    at = moment(3) - timedelta(days=age)
    weight = f.Measurement(
        id="1",
        on=at,
        known=at,
        day=at.date(),
        known_day=at.date(),
        first_known=at,
        code="weight",
        quantity=f.Quantity(Decimal(48)),
    )
    assert weight_on(DAY, [weight]) == (Decimal(48) if known else None)


def test_91_the_sentence_has_only_the_bounds_that_there_are() -> None:
    (why,) = doubts("methotrexate", DAY, route="oral", dose=Decimal("16.5"), unit="mg/week")
    assert say(why) == "MTX 16.5 mg/week is an unusual dose (usual: up to 16)"
    assert None not in [part for _name, part in why.parts]
    (why,) = doubts("rtx", DAY, route="iv", dose=Decimal(400), unit="mg/m2")
    assert say(why) == "RTX 400 mg/m2 is an unusual dose (usual: 375)"


@pytest.mark.parametrize(("dose", "shown"), [("150.126", "150.13"), ("150.125", "150.12"), ("150", "150")])
def test_91_the_dose_is_told_with_two_decimals_at_most(dose: str, shown: str) -> None:
    (why,) = doubts("gc", DAY, route="oral", dose=Decimal(dose), unit="mg/day")
    assert say(why).startswith(f"GC {shown} mg")


def test_limits_are_of_drugs_of_the_catalogue() -> None:
    assert set(LIMITS) <= set(DRUGS)


def test_91_what_cannot_be_told_by_weight_is_not_asked_about() -> None:
    assert not asked("gc", "9", "tablets/day", "oral", "50")
    assert not asked("ivcy", "900", "mg/week", "iv", "50")


@pytest.mark.parametrize(
    ("drug", "dose", "unit", "said"),
    [
        ("ivcy", "1200", "mg", ""),  # 1.2 m2
        ("ivcy", "1201", "mg", "IVCY 1,000.83 mg/m2 is an unusual dose (usual: up to 1,000)"),
        ("ivcy", "1000", "mg/m2", ""),
        ("ivcy", "160", "mg/m2", "IVCY 192 mg is an unusual dose (usual: 200 to 1,500)"),
        ("ivcy", "31", "mg/kg", "IVCY 31 mg/kg is an unusual dose (usual: up to 30)"),
        ("rtx", "1000", "mg", ""),  # its mg/m2 are another way to dose it
        ("rtx", "375", "mg/m2", ""),
    ],
)
def test_91_a_dose_is_compared_over_the_body_surface_where_height_and_weight_are_known(
    drug: str, dose: str, unit: str, said: str
) -> None:
    tall = {"height": Decimal("108"), "weight": Decimal("48")}
    assert surface(**tall) == Decimal("1.2")
    found = [say(x) for x in doubts(drug, DAY, route="iv", dose=Decimal(dose), unit=unit, **tall)]
    assert said in found if said else not found
    without = [say(x) for x in doubts(drug, DAY, route="iv", dose=Decimal(dose), unit=unit, weight=Decimal(48))]
    assert not any("mg/m2" in x for x in without)


@pytest.mark.parametrize(("mg", "marked"), [("1200", False), ("1201", True)])
@pytest.mark.parametrize(("age", "known"), [(90, True), (91, False)])
def test_57_what_is_stored_is_marked_by_weight_and_height_of_90_days(
    mg: str, marked: bool, age: int, known: bool
) -> None:
    story = Story().test(3 - age, "weight", "48").test(3 - age, "height", "108")
    snapshot = story.drug(3, "ivcy", route="iv", dose=Decimal(mg), unit="mg", stop=3).snapshot(9)
    assert set(unusual_doses(snapshot)) == ({"3"} if marked and known else set())


def test_57_of_two_doses_too_near_each_other_both_are_marked_and_a_usual_one_is_not() -> None:
    story = Story().drug(0, "ivcy", stop=0).drug(9, "ivcy", stop=9).drug(19, "ivcy", stop=19)
    story.drug(0, "gc", dose=Decimal(120), unit="mg/day").drug(1, "gc", dose=Decimal("120.1"), unit="mg/day")
    assert set(unusual_doses(story.snapshot(30))) == {"1", "2", "5"}


@pytest.mark.parametrize(("value", "known"), [("48", 48), ("<50", None)])
def test_69_a_weight_that_is_only_a_bound_is_none(value: str, known: int | None) -> None:
    snapshot = Story().test(0, "weight", "60").test(1, "weight", value).snapshot(3)
    assert weight_on(DAY, snapshot.series("weight")) == known
