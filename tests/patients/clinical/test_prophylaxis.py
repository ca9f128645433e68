"""PROPHYLAXIS: what asks for it, each number on both sides of its boundary. Reading (23)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.prophylaxis import high_dose_days, prophylaxis_missing
from patients.clinical.reasons import Reason
from patients.clinical.regimen import regimen_of
from tests.story import Story


def missing(story: Story, day: int) -> Reason | None:
    snapshot = story.snapshot(day)
    return prophylaxis_missing(snapshot, regimen_of(snapshot))


def on_gc(mg: str, unit: str = "mg/day") -> Story:
    return Story().onset(0).drug(0, "gc", dose=Decimal(mg), unit=unit)


@pytest.mark.parametrize(("mg", "asks"), [("19.9", False), ("20", True), ("20.1", True)])
def test_glucocorticoid_of_at_least_20_mg_asks_for_it(mg: str, asks: bool) -> None:
    assert (missing(on_gc(mg), 40) is not None) is asks


@pytest.mark.parametrize(("day", "asks"), [(26, False), (27, True)])
def test_for_at_least_28_days_of_which_today_is_one(day: int, asks: bool) -> None:
    assert (missing(on_gc("20"), day) is not None) is asks


@pytest.mark.parametrize(
    ("drugs", "asks"),
    [
        (("gc", "csa", "ivcy"), True),
        (("gc", "tac", "cy_oral"), True),
        (("gc", "csa"), False),
        (("gc", "ivcy"), False),
        (("csa", "ivcy"), False),
        (("csa",), False),
        (("ivcy",), False),
    ],
)
def test_all_three_together_ask_for_it_from_day_0_and_no_two(drugs: tuple[str, ...], asks: bool) -> None:
    story = Story().onset(0)
    for drug in drugs:
        story.drug(0, drug)
    found = missing(story, 0)
    assert (found is not None) is asks
    assert not found or found.basis == "J"


@pytest.mark.parametrize(("stop", "enough"), [(29, False), (30, True), (None, True)])
def test_prophylaxis_that_runs_today_is_enough(stop: int | None, enough: bool) -> None:
    assert (missing(on_gc("20").drug(0, "tmp_smx", stop=stop), 30) is None) is enough


def test_a_dose_that_is_not_told_by_the_day_does_not_count() -> None:
    assert high_dose_days(on_gc("1000", unit="mg").snapshot(30)) == 0
    assert high_dose_days(on_gc("20").snapshot(30)) == 31


@pytest.mark.parametrize(("resumed", "days"), [(10, 21), (11, 10)])
def test_a_day_without_it_begins_the_count_again(resumed: int, days: int) -> None:
    story = Story().onset(0).drug(0, "gc", dose=Decimal(20), unit="mg/day", stop=9)
    story.drug(resumed, "gc", dose=Decimal(20), unit="mg/day")
    assert high_dose_days(story.snapshot(20)) == days
