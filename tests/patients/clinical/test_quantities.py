"""Censored values and exact comparison."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.clinical.quantities import Quantity, minus, ratio_at_least, ratio_exceeds
from patients.clinical.truth import Truth
from tests.story import quantity

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("text", "limit", "above", "at_least"),
    [
        ("1000", "1000", N, Y),
        ("1000.1", "1000", Y, Y),
        (">3000", "1000", Y, Y),
        (">1000", "1000", Y, Y),
        (">800", "1000", U, U),
        ("<5", "1000", N, N),
        ("<1000", "1000", N, N),
        ("<1200", "1000", U, U),
    ],
)
def test_censored_value_against_a_threshold(text, limit, above, at_least):
    assert quantity(text).interval.above(Decimal(limit)) is above
    assert quantity(text).interval.at_least(Decimal(limit)) is at_least


@pytest.mark.parametrize(
    ("later", "baseline", "answer"),
    [
        ("1700", "1000", N),
        ("1701", "1000", Y),
        ("340", "<200", Y),
        ("300", "<200", U),
        (">1701", "1000", Y),
        ("<100", "<200", U),
    ],
)
def test_kl6_ratio_1_70_and_1_701(later, baseline, answer):
    assert ratio_exceeds(quantity(later), quantity(baseline), Decimal("1.70")) is answer


def test_ratio_at_least_includes_the_limit():
    assert ratio_at_least(quantity("120"), quantity("100"), Decimal("1.2")) is Y


exact = st.decimals(min_value=0, max_value=5000, places=1)


@given(a=exact, b=exact, limit=exact, ca=st.sampled_from(["", "<", ">"]), cb=st.sampled_from(["", "<", ">"]))
def test_a_known_difference_holds_for_every_value_inside(a, b, limit, ca, cb):
    answer = minus(Quantity(a, ca), Quantity(b, cb)).above(limit)
    step = Decimal("0.01")
    inside_a = {"": a, "<": max(a - step, Decimal(0)), ">": a + step}[ca]
    inside_b = {"": b, "<": max(b - step, Decimal(0)), ">": b + step}[cb]
    if answer is not U and not (ca == "<" and a == 0) and not (cb == "<" and b == 0):
        assert (inside_a - inside_b > limit) is (answer is Y)


def test_as_written():
    assert str(quantity(">3000")) == ">3,000"
    assert str(quantity("58.10")) == "58.10"


@pytest.mark.parametrize(
    ("a", "b", "low", "high", "open_at"),
    [
        ("10", "4", "6", "6", ""),
        (">=10", "4", "6", None, ""),
        (">10", "4", "6", None, "low"),
        ("<10", "4", "-4", "6", "high"),
        ("<=10", "4", "-4", "6", ""),
        ("10", "<4", "6", "10", "low"),
        ("10", ">4", None, "6", "high"),
        ("10", "<=4", "6", "10", ""),
        (">10", "<4", "6", None, "low"),
        ("<10", ">4", None, "6", "high"),
        ("<10", ">=4", None, "6", "high"),
        (">10", ">4", None, None, "low high"),
    ],
)  # fmt: skip
def test_a_difference_is_an_interval_whose_ends_belong_to_it_or_not(a, b, low, high, open_at):
    found = minus(quantity(a), quantity(b))
    assert (found.low, found.high) == tuple(None if x is None else Decimal(x) for x in (low, high))
    assert (found.low_open, found.high_open) == ("low" in open_at, "high" in open_at)


@pytest.mark.parametrize(
    ("text", "above", "at_least", "below", "at_most"),
    [
        ("99.9", N, N, Y, Y),
        ("100", N, Y, N, Y),
        ("100.1", Y, Y, N, N),
        ("<100", N, N, Y, Y),
        ("<=100", N, U, U, Y),
        (">100", Y, Y, N, N),
        (">=100", U, Y, N, U),
        ("<100.1", U, U, U, U),
        (">99.9", U, U, U, U),
    ],
)
def test_each_side_of_a_limit_of_100(text, above, at_least, below, at_most):
    limit, value = Decimal(100), quantity(text)
    assert (value.above(limit), value.at_least(limit), value.below(limit)) == (above, at_least, below)
    found = value.interval
    assert (found.above(limit), found.at_least(limit), found.below(limit), found.at_most(limit)) == (
        above, at_least, below, at_most,
    )  # fmt: skip


def test_a_quantity_is_at_least_nothing():
    assert quantity("<5").interval.at_least(Decimal(0)) is Y
    assert quantity("<5").interval.low == 0
