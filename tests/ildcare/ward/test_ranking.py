"""The order of the ward list: each key alone decides between two patients who differ in nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ildcare.drawing.sparkline import EDGE, HEIGHT, WIDTH, Value, spark
from ildcare.ward.ranking import ORDER, Danger, Fall, Gas, bed_key, falling, why_here
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import say

TODAY = date(2024, 3, 20)
NOW = datetime(2024, 3, 20, 7, tzinfo=UTC)


def gas(
    day: int, value: str, fio2: str | None = "0.21", code: str = "pao2", comparator: str = "", hour: int = 0
) -> Gas:
    known, ago = Decimal(fio2) if fio2 else None, timedelta(days=day)
    quantity = Quantity(Decimal(value), comparator)
    at = NOW - ago + timedelta(hours=hour)
    return Gas(code=code, at=at, day=TODAY - ago, quantity=quantity, fio2=known)


FELL = Fall("pao2", gas(3, "80"), gas(0, "71"))
EQUAL = Danger(critical=1, course="A/S", fall=FELL, news=3, warnings=2, critical_seen=1, warnings_seen=1, bed="702")


@pytest.mark.parametrize(
    ("key", "graver", "milder"),
    [
        ("critical", 2, 1),
        ("critical", 1, 0),
        ("course", "A/S", ""),
        ("course", "", "C"),
        ("fall", FELL, None),
        ("news", 1, 0),
        ("warnings", 3, 2),
        ("critical_seen", 2, 1),
        ("warnings_seen", 2, 1),
        ("bed", "702", "711"),
        ("bed", "702", ""),
    ],
)
def test_patients_who_differ_in_one_key_only_are_ordered_by_it(key, graver, milder) -> None:
    assert replace(EQUAL, **{key: graver}).key < replace(EQUAL, **{key: milder}).key


KEYS = ("critical", "course", "fall", "news", "warnings", "critical_seen", "warnings_seen", "bed")
WORST = {"critical": 1, "course": "A/S", "fall": FELL, "news": 1, "warnings": 9, "critical_seen": 9}
WORST |= {"warnings_seen": 9, "bed": "1"}
BEST = {"critical": 0, "course": "C", "fall": None, "news": 0, "warnings": 0, "critical_seen": 0, "warnings_seen": 0}
BEST |= {"bed": "999"}


@pytest.mark.parametrize("place", range(len(KEYS)))
def test_a_key_counts_before_all_that_follow_it(place) -> None:
    """Graver in one key and best in all later ones comes before best in it and worst in all later ones."""
    equal = {name: BEST[name] for name in KEYS[:place]}
    here, later = KEYS[place], KEYS[place + 1 :]
    first = Danger(**equal, **{here: WORST[here]}, **{name: BEST[name] for name in later})
    second = Danger(**equal, **{here: BEST[here]}, **{name: WORST[name] for name in later})
    assert first.key < second.key


def test_how_many_new_results_there_are_does_not_outrank_a_warning() -> None:
    many, few = replace(EQUAL, news=9, warnings=0), replace(EQUAL, news=1, warnings=1)
    assert few.key < many.key


def test_the_order_is_told_key_by_key() -> None:
    assert len(ORDER) == len(EQUAL.key) - 1  # acknowledged critical alerts and warnings share a sentence


def test_why_here_names_every_key_that_counts() -> None:
    told = [say(x) for x in why_here(EQUAL)]
    assert told == [
        "1 critical alert",
        "A/S course",
        "PaO2 falling 80 → 71",
        "new results",
        "2 warnings",
        "2 acknowledged",
    ]
    assert {x.basis for x in why_here(EQUAL)} == {"J"}


def test_why_here_says_nothing_of_a_quiet_chronic_patient() -> None:
    assert why_here(Danger(course="C", bed="1")) == []


def test_a_course_that_is_not_known_is_said() -> None:
    assert [say(x) for x in why_here(Danger())] == ["course not known"]


def test_beds_are_ordered_as_people_count_them() -> None:
    assert sorted(["A10", "711", "A2", "702", "", "702-2"], key=bed_key) == ["702", "702-2", "711", "A2", "A10", ""]


# -- oxygenation ------------------------------------------------------------------------------------------------------


def test_a_lower_value_at_the_same_fio2_is_falling() -> None:
    found = falling([gas(3, "80"), gas(0, "71")], TODAY)
    assert found is not None
    assert (found.before.quantity.value, found.last.quantity.value) == (80, 71)


@pytest.mark.parametrize(("before", "last"), [("0.21", "0.4"), ("0.4", "0.5")])
def test_64_a_lower_value_on_more_oxygen_is_falling(before: str, last: str) -> None:
    assert falling([gas(3, "80", before), gas(0, "79", last)], TODAY) is not None
    assert falling([gas(3, "80", before), gas(0, "80", last)], TODAY) is None


def test_64_a_lower_value_on_a_higher_flow_is_falling() -> None:
    def flowing(day: int, value: str, flow: int) -> Gas:
        return replace(gas(day, value, None), flow=Decimal(flow), device="nasal_cannula")

    assert falling([flowing(3, "80", 2), flowing(0, "79", 3)], TODAY) is not None
    assert falling([flowing(3, "80", 3), flowing(0, "79", 2)], TODAY) is None


@pytest.mark.parametrize("turned", [False, True])
def test_two_values_of_one_moment_are_no_fall(turned: bool) -> None:
    two = [gas(0, "71"), gas(0, "68")]
    assert falling(two[::-1] if turned else two, TODAY) is None


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_values_of_the_last_moment_either_may_be_the_true_one(turned: bool) -> None:
    two = [gas(0, "80"), gas(0, "68")]
    found = falling([gas(3, "75"), *(two[::-1] if turned else two)], TODAY)
    assert found is not None
    assert (found.before.quantity.value, found.last.quantity.value) == (75, 68)


def test_two_values_of_one_day_are_a_course() -> None:
    assert falling([gas(0, "68", hour=-2), gas(0, "71")], TODAY) is None
    assert falling([gas(0, "71", hour=-2), gas(0, "68")], TODAY) is not None


def test_the_value_before_is_the_newest_at_the_same_fio2() -> None:
    found = falling([gas(9, "75"), gas(5, "80"), gas(3, "120", "0.4"), gas(0, "78")], TODAY)
    assert found is not None
    assert found.before.quantity.value == 80


@pytest.mark.parametrize(
    "gases",
    [
        [],
        [gas(0, "71")],
        [gas(3, "71"), gas(0, "71")],
        [gas(3, "71"), gas(0, "80")],
        [gas(3, "90", "0.4"), gas(0, "71", "0.21")],
        [gas(3, "90", None), gas(0, "71", None)],
        [gas(3, "80", comparator=">"), gas(0, "85")],
        [gas(3, "80", comparator="<"), gas(0, "70", comparator="<")],
        [gas(20, "80"), gas(8, "71")],
        [gas(99, "80"), gas(0, "71")],
    ],
    ids=[
        "none",
        "one",
        "same",
        "rising",
        "other FiO2",
        "unknown FiO2",
        "open above",
        "both open below",
        "old",
        "far apart",
    ],
)
def test_what_cannot_be_compared_is_not_falling(gases) -> None:
    assert falling(gases, TODAY) is None


def test_a_censored_value_that_is_certainly_lower_is_falling() -> None:
    assert falling([gas(3, "80"), gas(0, "70", comparator="<")], TODAY) is not None


def test_spo2_speaks_where_pao2_does_not_fall() -> None:
    spo2 = [gas(2, "97", code="spo2"), gas(0, "93", code="spo2")]
    found = falling([gas(3, "71"), gas(1, "80"), *spo2], TODAY)
    assert found is not None
    assert found.code == "spo2"
    both = falling([gas(3, "80"), gas(1, "71"), *spo2], TODAY)
    assert both is not None
    assert both.code == "pao2"


# -- sparklines -------------------------------------------------------------------------------------------------------


def value(days: float, number: str, censored: bool = False, conditions: str = "") -> Value:
    return Value(NOW - timedelta(days=days), Decimal(number), censored, conditions)


def test_x_is_real_time_and_y_the_value() -> None:
    drawn = spark([value(10, "100"), value(9, "200"), value(0, "300")], NOW)
    assert drawn is not None
    (x0, y0), (x1, y1), (x2, y2) = (*drawn.dots, drawn.last)
    assert (x0, x2) == (EDGE, WIDTH - EDGE)
    assert x1 - x0 == pytest.approx((WIDTH - 2 * EDGE) / 10, abs=0.1)
    assert (y0, y2) == (HEIGHT - EDGE, EDGE)
    assert y1 == pytest.approx(HEIGHT / 2)


def test_now_is_the_right_edge_so_that_an_old_series_ends_early() -> None:
    drawn = spark([value(60, "1"), value(30, "2")], NOW)
    assert drawn is not None
    assert drawn.last[0] == pytest.approx(WIDTH / 2, abs=0.1)


def test_only_comparable_values_are_joined() -> None:
    apart = spark(
        [value(3, "1", conditions="air"), value(2, "2", conditions="O2"), value(1, "3", conditions="O2")], NOW
    )
    assert apart is not None
    assert apart.path.count("M") == 1
    assert apart.path.count("L") == 1


def test_a_run_goes_on_and_a_gap_starts_another() -> None:
    values = [value(5, "1"), value(4, "2"), value(3, "3"), value(2, "9", censored=True), value(1, "4"), value(0, "5")]
    drawn = spark(values, NOW)
    assert drawn is not None
    assert [part.count("L") for part in drawn.path.split("M")[1:]] == [2, 1]


def test_censored_values_are_hollow_and_not_joined() -> None:
    drawn = spark([value(3, "1"), value(2, "2", censored=True), value(1, "3", censored=True)], NOW)
    assert drawn is not None
    assert drawn.path == ""
    assert (len(drawn.dots), len(drawn.hollow), drawn.last_hollow) == (1, 1, True)


def test_equal_values_lie_in_the_middle() -> None:
    drawn = spark([value(3, "5"), value(1, "5")], NOW)
    assert drawn is not None
    assert drawn.last[1] == HEIGHT / 2


@pytest.mark.parametrize(
    "values", [[], [value(1, "5")], [value(99, "5"), value(1, "5")], [value(1, "5"), value(-1, "6")]]
)
def test_fewer_than_two_values_within_the_days_are_no_trend(values) -> None:
    assert spark(values, NOW) is None
