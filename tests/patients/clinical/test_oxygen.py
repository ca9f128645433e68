"""P/F where the FiO2 is only estimated: a range, through a nasal cannula of 1 to 6 L/min, 12 (50), 13 (65)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from patients.clinical.comparison import comparable, conditions_of
from patients.clinical.facts import Measurement
from patients.clinical.oxygen import estimated_fio2, estimated_ratio
from tests.story import Story


def gas(value: str = "62", **oxygen: Any) -> Measurement:
    (found,) = Story().pao2(0, value, None, **oxygen).snapshot(1).series("pao2")
    return found


@pytest.mark.parametrize(
    ("flow", "lowest", "highest"), [("1", "0.21", "0.34"), ("3", "0.29", "0.42"), ("6", "0.41", "0.54")]
)
def test_65_fio2_of_a_nasal_cannula_is_a_range(flow, lowest, highest) -> None:
    assert estimated_fio2(Decimal(flow), "nasal_cannula") == (Decimal(lowest), Decimal(highest))


@pytest.mark.parametrize(
    ("flow", "device"),
    [("0.9", "nasal_cannula"), ("6.1", "nasal_cannula"), ("3", "simple_mask"), ("3", "high_flow"), ("3", None)],
)
def test_50_nothing_is_estimated_for_anything_else(flow, device) -> None:
    assert estimated_fio2(Decimal(flow), device) is None


def test_65_ratio_is_a_range_and_never_beside_a_measured_fio2() -> None:
    assert estimated_ratio(gas(flow=Decimal(3), device="nasal_cannula")) == (Decimal(148), Decimal(214))
    assert estimated_ratio(gas(flow=Decimal(3), device="nasal_cannula", kit=None)) is not None
    measured = Story().pao2(0, "62", "0.3", flow=Decimal(3), device="nasal_cannula").snapshot(1).series("pao2")[0]
    assert estimated_ratio(measured) is None


def test_65_censored_value_has_no_ratio() -> None:
    assert estimated_ratio(gas("<62", flow=Decimal(3), device="nasal_cannula")) is None


def test_50_values_are_compared_only_at_the_same_device_and_flow() -> None:
    three = conditions_of(gas(flow=Decimal(3), device="nasal_cannula"))
    assert comparable("pao2", three, three)
    assert not comparable("pao2", three, conditions_of(gas(flow=Decimal(4), device="nasal_cannula")))
    assert not comparable("pao2", three, conditions_of(gas(flow=Decimal(3), device="simple_mask")))
    assert not comparable("pao2", conditions_of(gas()), conditions_of(gas()))


def test_63_flow_is_never_on_air() -> None:
    assert not gas(flow=Decimal(3), device="nasal_cannula").on_air
    with_both = Story().pao2(0, "62", "0.21", flow=Decimal(40), device="high_flow").snapshot(1).series("pao2")[0]
    assert not with_both.on_air
