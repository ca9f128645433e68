"""The order of the ward list: each key alone decides between two patients who differ in nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ildcare.drawing.sparkline import EDGE, HEIGHT, WIDTH, Value, spark
from ildcare.ward.ranking import (
    BANDS,
    LEVELS_OUTSIDE,
    OF_THE_COURSE,
    ORDER,
    RULES,
    TO_BE_DONE,
    WAITS_FOR_SOMEBODY,
    AlertFinding,
    Band,
    Danger,
    Fall,
    Gas,
    Step,
    bed_key,
    falling,
)
from monitoring.engine import Severity
from monitoring.rules import BY_CODE, group_of
from patients.clinical.quantities import Quantity

TODAY = date(2024, 3, 20)
NOW = datetime(2024, 3, 20, 7, tzinfo=UTC)


def gas(
    day: int, value: str, fio2: str | None = "0.21", code: str = "pao2", comparator: str = "", hour: int = 0
) -> Gas:
    known, ago = Decimal(fio2) if fio2 else None, timedelta(days=day)
    quantity = Quantity(Decimal(value), comparator)
    at = NOW - ago + timedelta(hours=hour)
    return Gas(code=code, at=at, day=TODAY - ago, quantity=quantity, fio2=known)


WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def found(rule: str, severity: Severity = WARNING, risen: int = 9) -> AlertFinding:
    return AlertFinding(
        rule=rule, group=group_of(rule), severity=severity, risen=risen, event=rule in BY_CODE and BY_CODE[rule].event
    )


STANDING = (found("LYMPHOPENIA"),)
EQUAL = Danger(fell=5, support=1, course="A/S", step=Step.JUDGE, findings=STANDING, bed="702")


@pytest.mark.parametrize(
    ("key", "graver", "milder"),
    [
        ("fell", 1, 2),
        ("fell", 7, None),
        ("support", 2, 1),
        ("support", 3, 2),
        ("findings", (*STANDING, found("SPO2_LOW", CRITICAL)), (*STANDING, found("SPO2_LOW"))),
        ("step", Step.SALVAGE, Step.NEW),
        ("step", Step.NEW, Step.OWED),
        ("step", Step.OWED, Step.OPEN),
        ("step", Step.OPEN, Step.JUDGE),
        ("step", Step.JUDGE, Step.SETTLED),
        ("course", "A/S", ""),
        ("course", "", "C"),
        ("findings", (found("LYMPHOPENIA", CRITICAL),), STANDING),
        ("findings", (found("LYMPHOPENIA", risen=4),), STANDING),
        ("findings", (*STANDING, found("HRCT_WORSE", risen=1)), STANDING),
        ("findings", (*STANDING, found("PAO2_LOW", risen=9)), STANDING),
        ("bed", "702", "711"),
        ("bed", "702", ""),
    ],
)
def test_patients_who_differ_in_one_key_only_are_ordered_by_it(key, graver, milder) -> None:
    assert replace(EQUAL, **{key: graver}).key < replace(EQUAL, **{key: milder}).key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # breathing before the step, the step before the finding, the finding before the bed
        (Danger(fell=3), Danger(step=Step.OWED, findings=(found("FERRITIN_HIGH", CRITICAL),))),
        (Danger(support=2, step=Step.JUDGE), Danger(step=Step.OWED)),
        (Danger(step=Step.OWED, course="C"), Danger(step=Step.OPEN, course="A/S")),
        (Danger(step=Step.OPEN, bed="9"), Danger(step=Step.JUDGE, findings=(found("AKI", risen=2),), bed="1")),
        (Danger(findings=(found("AKI", risen=1),), bed="9"), Danger(findings=(found("AKI", risen=2),), bed="1")),
    ],
)
def test_a_key_counts_before_all_that_follow_it(first: Danger, second: Danger) -> None:
    assert first.band == second.band
    assert first.key < second.key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # high flow or more, or a value below its limit, before a fall that leaves reserve
        (Danger(support=2, fell=2, step=Step.NEW), Danger(support=0, fell=0, step=Step.SALVAGE)),
        (Danger(support=2, step=Step.NEW), Danger(support=1, fell=0, step=Step.SALVAGE)),
        (Danger(findings=(found("PAO2_LOW", CRITICAL),), step=Step.NEW), Danger(fell=0, step=Step.SALVAGE)),
        (Danger(fell=0), Danger(support=1, step=Step.SALVAGE)),
        (Danger(fell=0), Danger(findings=(found("SPO2_LOW", WARNING, 0),), step=Step.SALVAGE)),
        # of two on high flow who falls; more oxygen since yesterday is a fall, the day before it is not
        (Danger(support=2, fell=1), Danger(support=3, step=Step.NEW)),
        (
            Danger(support=1, findings=(found("OXYGEN_NEED", CRITICAL, 1),)),
            Danger(support=1, fell=2, step=Step.SALVAGE),
        ),
        (
            Danger(support=1, fell=2, step=Step.NEW),
            Danger(support=1, findings=(found("OXYGEN_NEED", CRITICAL, 2),), step=Step.NEW),
        ),
    ],
)
def test_no_reserve_stands_before_a_fall(first: Danger, second: Danger) -> None:
    assert first.band == second.band
    assert first.key < second.key


@pytest.mark.parametrize(
    ("danger", "band"),
    [
        (Danger(), Band.STEADY),
        (Danger(course="A/S", support=2), Band.STEADY),
        (Danger(fell=1), Band.HOUR),
        (Danger(fell=2), Band.TODAY),
        (Danger(step=Step.SALVAGE), Band.HOUR),
        (Danger(step=Step.NEW), Band.HOUR),
        (Danger(step=Step.OWED), Band.TODAY),
        (Danger(step=Step.JUDGE), Band.TODAY),
        (Danger(findings=(found("CSA_HIGH", CRITICAL),)), Band.HOUR),  # a dangerous level, for as long as it stands
        (Danger(findings=(found("CSA_HIGH", WARNING),)), Band.TODAY),
        (Danger(findings=(found("BDG_WITH_KL6", CRITICAL),)), Band.HOUR),
        (Danger(findings=(found("PROPHYLAXIS_MISSING", CRITICAL),)), Band.TODAY),
        (Danger(findings=(found("FERRITIN_HIGH", CRITICAL, 1),)), Band.HOUR),
        (Danger(findings=(found("FERRITIN_HIGH", CRITICAL, 2),)), Band.TODAY),  # known facts of the course
        (Danger(findings=(found("AS_ENTRY", CRITICAL, 0),)), Band.TODAY),  # the step speaks for it
        (Danger(findings=(found("OXYGEN_NEED", CRITICAL, 1),)), Band.HOUR),
        (Danger(findings=(found("OXYGEN_NEED", CRITICAL, 2),)), Band.TODAY),
        (Danger(findings=(found("LYMPHOPENIA", WARNING, 3),)), Band.TODAY),
        (Danger(findings=(found("LYMPHOPENIA", WARNING, 4),)), Band.STEADY),
        (Danger(findings=(found("OVERDUE", WARNING, 9),)), Band.TODAY),
        (Danger(findings=(found("FERRITIN_HIGH", Severity.INFO, 0),)), Band.STEADY),  # possible
        (Danger(findings=(found("HRCT_WORSE", CRITICAL, 3),)), Band.TODAY),
        (Danger(findings=(found("HRCT_WORSE", CRITICAL, 4),)), Band.STEADY),  # it happened, and is over
    ],
)
def test_bands(danger: Danger, band: Band) -> None:
    assert danger.band == band


def test_the_order_is_told_key_by_key() -> None:
    assert len(ORDER) == len(EQUAL.key)
    assert set(BANDS) == set(RULES) == set(Band)


def test_rules_of_the_order_are_rules() -> None:
    assert BY_CODE.keys() >= TO_BE_DONE | OF_THE_COURSE | WAITS_FOR_SOMEBODY | LEVELS_OUTSIDE


@pytest.mark.parametrize(
    ("before", "last", "marked"),
    [
        (gas(3, "80"), gas(0, "75"), True),
        (gas(3, "80"), gas(0, "75.1"), False),
        (gas(3, "80"), gas(0, "79.9", "0.4"), True),
        (gas(3, "96", code="spo2"), gas(0, "94", code="spo2"), True),
        (gas(3, "96", code="spo2"), gas(0, "95", code="spo2"), False),
    ],
)
def test_a_marked_fall_is_more_than_two_measurements_differ_by(before: Gas, last: Gas, marked: bool) -> None:
    assert Fall(before.code, before, last).marked is marked


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
