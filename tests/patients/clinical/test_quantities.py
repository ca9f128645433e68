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
