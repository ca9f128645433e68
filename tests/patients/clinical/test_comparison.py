"""Which way a value went, and when two values must not be compared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.comparison import direction, movement
from tests.story import Story, quantity


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        ("100", "99", "down"),
        ("3.6", "3.1", "down"),
        ("3.1", "3.6", "up"),
        ("100", "100", "same"),
        ("100", "100.0", "same"),
        ("<5", "6", "up"),
        ("5", "<5", "down"),
        (">3000", "2000", "down"),
        (">3000", ">3000", "unclear"),
        ("<5", "4", "unclear"),
    ],
)
def test_movement(before: str, after: str, answer: str) -> None:
    assert movement(quantity(after), quantity(before)) == answer


@pytest.mark.parametrize(
    ("code", "before", "after", "answer"),
    [
        ("ferritin", {}, {}, "up"),
        ("kl6", {"kit": "A"}, {"kit": "A"}, "up"),
        ("kl6", {"kit": "A"}, {"kit": "B"}, "apart"),
        ("kl6", {}, {"kit": "B"}, "apart"),
        ("pao2", {"fio2": Decimal("0.21")}, {"fio2": Decimal("0.210")}, "up"),
        ("pao2", {"fio2": Decimal("0.21")}, {"fio2": Decimal("0.4")}, "apart"),
        ("pao2", {}, {}, "apart"),
        ("spo2", {}, {}, "apart"),
        ("paco2", {}, {}, "up"),
        ("csa", {"route": "oral", "timing": "trough"}, {"route": "oral", "timing": "trough"}, "up"),
        ("csa", {"route": "oral", "timing": "trough"}, {"route": "oral", "timing": "c2"}, "apart"),
        ("tac", {"route": "oral"}, {"route": "oral"}, "apart"),
        ("tac", {}, {}, "apart"),
    ],
)
def test_values_taken_otherwise_or_nobody_knows_how_are_not_compared(
    code: str, before: dict, after: dict, answer: str
) -> None:
    story = Story().test(0, code, "50", **before).test(1, code, "60", **after)
    earlier, later = story.snapshot(2).series(code)
    assert direction(later, earlier) == answer
