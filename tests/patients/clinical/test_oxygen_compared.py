"""Was a value taken on more, the same or less oxygen than another? Specification 13 (63), (64)."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from patients.clinical.facts import Measurement
from patients.clinical.findings import DEVICES
from patients.clinical.oxygen_compared import LESS, MORE, NOT_KNOWN, RANK, SAME, on_air, on_oxygen, oxygen_against
from tests.story import Story

OPPOSITE = {MORE: LESS, LESS: MORE, SAME: SAME, NOT_KNOWN: NOT_KNOWN}


def taken(text: str) -> Measurement:
    """ "0.4", "nasal_cannula 3", "niv", "niv 0.4" (a FiO2 below 1.01 after a device), "" for nothing told."""
    device, _, amount = text.rpartition(" ")
    if not device and text and not text[0].isdigit():
        device, amount = text, ""
    number = Decimal(amount) if amount else None
    fio2 = number is not None and (not device or Decimal("0.21") <= number < 1)
    how = {"fio2": number} if fio2 else {"flow": number}
    return Story().test(0, "pao2", "70", device=device or None, **how).snapshot(0).measurements[0]


@pytest.mark.parametrize(
    ("earlier", "later", "answer"),
    [
        # a measured FiO2 on both sides decides, whatever the device
        ("0.21", "0.21", SAME),
        ("0.21", "0.210", SAME),
        ("0.21", "0.22", MORE),
        ("0.5", "0.4", LESS),
        ("venturi 0.5", "high_flow 0.4", LESS),
        ("nasal_cannula 0.4", "ventilator 0.4", SAME),
        # within a device the flow
        ("nasal_cannula 2", "nasal_cannula 3", MORE),
        ("nasal_cannula 3", "nasal_cannula 3", SAME),
        ("reservoir_mask 15", "reservoir_mask 10", LESS),
        ("niv", "niv", NOT_KNOWN),
        # across ranks the rank
        ("0.21", "nasal_cannula 1", MORE),
        ("nasal_cannula 0", "nasal_cannula 1", MORE),
        ("nasal_cannula 0", "0.21", SAME),
        ("nasal_cannula 6", "reservoir_mask 6", MORE),
        ("simple_mask 8", "reservoir_mask 6", MORE),
        ("reservoir_mask 15", "high_flow 40", MORE),
        ("high_flow 60", "niv", MORE),
        ("niv 0.4", "ventilator", MORE),
        ("ventilator", "0.21", LESS),
        # another device of the same rank says nothing
        ("nasal_cannula 3", "simple_mask 5", NOT_KNOWN),
        ("venturi 4", "nasal_cannula 2", NOT_KNOWN),
        # nor does a FiO2 against a flow, or nothing at all
        ("0.4", "nasal_cannula 3", NOT_KNOWN),
        ("nasal_cannula 0.32", "nasal_cannula 3", NOT_KNOWN),
        ("", "0.21", NOT_KNOWN),
        ("", "nasal_cannula 3", NOT_KNOWN),
        ("", "", NOT_KNOWN),
    ],
)
def test_64_more_the_same_or_less_oxygen(earlier: str, later: str, answer: str) -> None:
    assert oxygen_against(taken(later), taken(earlier)) == answer
    assert oxygen_against(taken(earlier), taken(later)) == OPPOSITE[answer]


def test_64_every_device_of_the_catalogue_has_a_rank() -> None:
    assert set(DEVICES) == set(RANK) - {"room_air", "ecmo"}
    assert [
        RANK[x] for x in ("room_air", "venturi", "reservoir_mask", "high_flow", "niv", "ventilator", "ecmo")
    ] == list(range(7))


@pytest.mark.parametrize(
    ("a", "b"), list(product(["simple_mask 5", "reservoir_mask 5", "high_flow 5", "niv", "ventilator"], repeat=2))
)
def test_64_across_ranks_the_flow_says_nothing(a: str, b: str) -> None:
    order = RANK[taken(b).device or ""] - RANK[taken(a).device or ""]
    if order:
        assert oxygen_against(taken(b), taken(a)) == (MORE if order > 0 else LESS)


@pytest.mark.parametrize(
    ("text", "air", "oxygen"),
    [
        ("0.21", True, False),
        ("0.22", False, True),
        ("nasal_cannula 0", True, False),
        ("nasal_cannula 0.5", False, True),
        ("nasal_cannula 1", False, True),
        ("high_flow 0", False, True),
        ("ventilator 0.21", False, True),
        ("niv", False, True),
        ("", False, False),
    ],
)
def test_63_on_air_and_on_oxygen(text: str, air: bool, oxygen: bool) -> None:
    """A support above room air is oxygen whatever its FiO2; where nothing is told it is neither."""
    assert (on_air(taken(text)), on_oxygen(taken(text))) == (air, oxygen)
    assert (taken(text).on_air, taken(text).on_oxygen) == (air, oxygen)


@pytest.mark.parametrize("other", ["reservoir_mask", "ventilator", "simple_mask"])
def test_64_a_flow_through_a_device_that_nobody_told_is_not_ranked(other: str) -> None:
    assert oxygen_against(taken("3"), taken(other)) == NOT_KNOWN
    assert oxygen_against(taken(other), taken("3")) == NOT_KNOWN
