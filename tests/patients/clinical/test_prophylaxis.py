"""PROPHYLAXIS: what asks for it, each number on both sides of its boundary. Readings 13 (100)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.prophylaxis import Missing, prophylaxis_missing
from patients.clinical.reasons import say
from tests.patients.clinical.high_dose import high_dose_days
from tests.story import Story


def missing(story: Story, day: int) -> Missing | None:
    return prophylaxis_missing(story.snapshot(day))


def on_gc(mg: str, unit: str = "mg/day", *, stop: int | None = None, day: int = 0) -> Story:
    return Story().drug(day, "gc", dose=Decimal(mg), unit=unit, stop=stop)


def said(story: Story, day: int) -> str:
    found = missing(story, day)
    return say(found.why) if found else ""


# -- (a) triple therapy -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drugs", "asks"),
    [
        (("gc", "csa", "ivcy"), True),
        (("gc", "tac", "cy_oral"), True),
        (("gc_pulse", "csa", "ivcy"), True),
        (("gc", "csa"), False),
        (("gc", "ivcy"), False),
        (("csa", "ivcy"), False),
        (("csa",), False),
        (("ivcy",), False),
    ],
)
def test_100_all_three_together_ask_for_it_from_day_0_and_no_two(drugs: tuple[str, ...], asks: bool) -> None:
    story = Story()
    for drug in drugs:
        story.drug(0, drug)
    found = missing(story, 0)
    assert (found is not None) is asks
    assert not found or (found.why.basis, str(found.due), str(found.critical_from)) == ("J", "2024-03-01", "2024-03-08")


def test_100_triple_therapy_counts_from_the_drug_that_completed_it() -> None:
    story = Story().drug(-20, "gc").drug(-9, "csa").drug(0, "ivcy", stop=0)
    assert said(story, 3) == "no pneumocystis prophylaxis recorded: triple therapy since 1 Mar"
    assert missing(story, 36) is None or "triple" not in said(story, 36)  # IVCY covers 35 days


# -- (b) with another immunosuppressant -------------------------------------------------------------------------------


@pytest.mark.parametrize(("mg", "asks"), [("14.9", False), ("15", True)])
@pytest.mark.parametrize("drug", ["csa", "tac", "ivcy", "cy_oral", "rtx", "mmf", "tofacitinib", "baricitinib"])
def test_100_15_mg_with_another_immunosuppressant_asks_for_it_from_day_3(drug: str, mg: str, asks: bool) -> None:
    story = on_gc(mg).drug(0, drug)
    assert missing(story, 2) is None
    assert (missing(story, 3) is not None) is asks
    assert missing(on_gc("15").drug(0, "aza"), 3) is None
    found = missing(story, 3)
    assert not found or (found.critical_from, found.possible) == (None, False)


@pytest.mark.parametrize(("evening", "asks"), [("4.9", False), ("5", True)])
def test_69_100_two_orders_of_one_day_ask_for_it_like_one_of_their_sum(evening: str, asks: bool) -> None:
    split = on_gc("10").drug(0, "gc", dose=Decimal(evening), unit="mg/day").drug(0, "mmf")
    assert (missing(split, 3) is not None) is asks
    thirty_five = on_gc("20").drug(0, "gc", dose=Decimal(15), unit="mg/day")
    assert said(thirty_five, 13) == said(on_gc("35"), 13) != ""


def test_100_both_have_to_run_since_three_days() -> None:
    assert missing(on_gc("50").drug(4, "mmf"), 6) is None
    assert missing(on_gc("50").drug(4, "mmf"), 7) is not None
    assert missing(on_gc("10", stop=3).drug(4, "gc", dose=Decimal(15), unit="mg/day").drug(0, "mmf"), 6) is None
    assert missing(on_gc("50").drug(0, "mmf", stop=5), 6) is None


def test_100_a_dose_that_is_not_known_may_be_enough() -> None:
    found = missing(Story().drug(0, "gc").drug(0, "mmf"), 3)
    assert found
    assert found.possible
    assert said(Story().drug(0, "gc").drug(0, "mmf"), 3).endswith("glucocorticoid of unknown dose with MMF since 1 Mar")
    known = missing(Story().drug(0, "gc").drug(0, "csa").drug(0, "ivcy"), 3)
    assert known
    assert not known.possible  # triple therapy asks for it at any dose


# -- (c) with anti-MDA5 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mg", "asks"), [("14.9", False), ("15", True)])
def test_100_anti_mda5_and_15_mg_ask_for_it_from_day_3_and_critically_from_day_7(mg: str, asks: bool) -> None:
    story = on_gc(mg).mda5(-3, "positive")
    assert missing(story, 2) is None
    found = missing(story, 3)
    assert (found is not None) is asks
    assert not found or str(found.critical_from) == "2024-03-08"
    assert missing(on_gc(mg).mda5(-3, "negative"), 20) is None


def test_100_anti_mda5_that_becomes_known_later_counts_from_then() -> None:
    story = on_gc("20").mda5(4, "positive", known=6)
    assert missing(story, 8) is None
    assert missing(story, 9) is not None
    assert missing(Story().drug(0, "gc").mda5(0, "positive"), 3).possible


# -- (d) a high dose for 14 days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "asks"), [(12, False), (13, True)])
@pytest.mark.parametrize(("mg", "weight", "high"), [("30", None, True), ("29.9", None, False), ("30", "80", True)])
def test_100_30_mg_for_14_days_ask_for_it(mg: str, weight: str | None, high: bool, day: int, asks: bool) -> None:
    story = on_gc(mg) if weight is None else on_gc(mg).test(-1, "weight", weight)
    assert (missing(story, day) is not None) is (asks and high)


@pytest.mark.parametrize(("mg", "asks"), [("23.9", False), ("24", True)])
def test_100_0_6_mg_per_kg_where_that_is_less(mg: str, asks: bool) -> None:
    assert (missing(on_gc(mg).test(-1, "weight", "40"), 13) is not None) is asks


@pytest.mark.parametrize(("mg", "asks"), [("20", True), ("19.9", False)])
def test_100_after_a_high_dose_it_is_asked_for_while_20_mg_are_given(mg: str, asks: bool) -> None:
    story = on_gc("40", stop=13).drug(14, "gc", dose=Decimal(mg), unit="mg/day")
    assert (missing(story, 20) is not None) is asks
    assert missing(on_gc("40", stop=12).drug(13, "gc", dose=Decimal(20), unit="mg/day"), 20) is None  # 13 days


def test_100_a_pulse_is_a_high_dose_and_a_day_without_begins_the_count_again() -> None:
    pulse = Story().drug(0, "gc_pulse", stop=2).drug(3, "gc", dose=Decimal(40), unit="mg/day")
    assert missing(pulse, 12) is None
    assert missing(pulse, 13) is not None
    pause = on_gc("40", stop=8).drug(10, "gc", dose=Decimal(40), unit="mg/day")
    assert missing(pause, 22) is None
    assert missing(pause, 23) is not None


# -- (e) 20 mg for 28 days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mg", "asks"), [("19.9", False), ("20", True), ("20.1", True)])
def test_100_glucocorticoid_of_at_least_20_mg_asks_for_it(mg: str, asks: bool) -> None:
    assert (missing(on_gc(mg), 40) is not None) is asks


@pytest.mark.parametrize(("day", "asks"), [(26, False), (27, True)])
def test_100_for_at_least_28_days_of_which_today_is_one(day: int, asks: bool) -> None:
    assert (missing(on_gc("20"), day) is not None) is asks


def test_a_dose_that_is_not_told_by_the_day_does_not_count() -> None:
    assert high_dose_days(on_gc("1000", unit="mg").snapshot(30)) == 0
    assert high_dose_days(on_gc("20").snapshot(30)) == 31


@pytest.mark.parametrize(("resumed", "days"), [(10, 21), (11, 10)])
def test_a_day_without_it_begins_the_count_again(resumed: int, days: int) -> None:
    story = on_gc("20", stop=9).drug(resumed, "gc", dose=Decimal(20), unit="mg/day")
    assert high_dose_days(story.snapshot(20)) == days


# -- prophylaxis ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stop", "enough"), [(29, False), (30, True), (None, True)])
def test_prophylaxis_that_runs_today_is_enough(stop: int | None, enough: bool) -> None:
    assert (missing(on_gc("20").drug(0, "tmp_smx", stop=stop), 30) is None) is enough


@pytest.mark.parametrize(("drug", "dose"), [("tmp_smx", "0.5"), ("atovaquone", None), ("dapsone", None)])
def test_100_half_a_tablet_and_the_alternatives_are_prophylaxis(drug: str, dose: str | None) -> None:
    amount = {"dose": Decimal(dose), "unit": "tablets/day"} if dose else {}
    assert missing(Story().drug(0, "gc").drug(0, "csa").drug(0, "ivcy").drug(0, drug, **amount), 20) is None


@pytest.mark.parametrize(("day", "asks"), [(35, False), (36, True)])
def test_100_a_dose_of_pentamidine_protects_35_days(day: int, asks: bool) -> None:
    story = on_gc("50").drug(0, "mmf").drug(0, "pentamidine", stop=0)
    assert (missing(story, day) is not None) is asks


def test_100_prophylaxis_that_was_stopped_is_asked_for_from_the_next_day() -> None:
    found = missing(on_gc("50").drug(0, "mmf").drug(0, "tmp_smx", stop=9), 10)
    assert found
    assert str(found.due) == "2024-03-11"
    assert say(found.beside[0]) == "trimethoprim-sulfamethoxazole was stopped on 10 Mar"
    early = missing(on_gc("50", day=20).drug(20, "mmf").drug(0, "tmp_smx", stop=9), 23)
    assert early
    assert early.beside == ()


def test_without_glucocorticoid_nothing_asks_for_it() -> None:
    assert missing(Story(), 5) is None
    assert missing(on_gc("50", stop=20).drug(0, "mmf"), 21) is None
