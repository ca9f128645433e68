"""How much oxygen a value was taken on, and on which of two there was more: the one answer for chart, rules and pages.

Readings [J], specification 13 (63), (64): devices rank; where both values carry a measured FiO2 it decides; else within
a device the flow, across ranks the rank; another device of the same rank without FiO2 says nothing. Pure.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol, TypeVar

ROOM_AIR = Decimal("0.21")  # FiO2
MOST_FLOW = Decimal(80)  # L/min; no device gives more
RANK = {
    "room_air": 0,
    "nasal_cannula": 1,
    "simple_mask": 1,
    "venturi": 1,
    "reservoir_mask": 2,
    "high_flow": 3,
    "niv": 4,
    "ventilator": 5,
    "ecmo": 6,
}
SUPPORTING = RANK["high_flow"]  # from here on a device is support, whatever its FiO2

MORE, SAME, LESS = "more", "same", "less"
NOT_KNOWN = "not known"

Ordered = TypeVar("Ordered", int, Decimal)


class Taken(Protocol):
    """What is told of the oxygen on which a value was taken: FiO2 (a fraction), or flow (L/min) with its device."""

    @property
    def fio2(self) -> Decimal | None:
        """Measured FiO2, 0.21 to 1."""

    @property
    def flow(self) -> Decimal | None:
        """Oxygen flow in L/min."""

    @property
    def device(self) -> str | None:
        """A code of `findings.DEVICES`."""


def on_air(taken: Taken) -> bool:
    """On room air: FiO2 0.21 or no flow, and no support. False too where nothing is told."""
    if taken.flow or _rank_of_device(taken) >= SUPPORTING:
        return False
    return taken.fio2 == ROOM_AIR if taken.fio2 is not None else taken.flow is not None


def on_oxygen(taken: Taken) -> bool:
    """On added oxygen or support: FiO2 above 0.21, a flow, or a device. False too where nothing is told."""
    told = taken.fio2 is not None or taken.flow is not None or bool(taken.device)
    return told and not on_air(taken)


def oxygen_against(later: Taken, earlier: Taken) -> str:
    """Was the later value taken on more, the same or less oxygen than the earlier one, or is it not known?"""
    if later.fio2 is not None and _told(later) == _told(earlier):
        return SAME
    fio2_later, fio2_earlier = _fio2(later), _fio2(earlier)
    if fio2_later is not None and fio2_earlier is not None:
        return _order(fio2_later, fio2_earlier)
    if later.device and later.device == earlier.device:
        known = later.flow is not None and earlier.flow is not None
        return _order(later.flow, earlier.flow) if known else NOT_KNOWN  # type: ignore[type-var]
    if on_air(later) or on_air(earlier):
        added = on_oxygen(later), on_oxygen(earlier)
        return _order(*map(int, added)) if any(added) else NOT_KNOWN
    rank_later, rank_earlier = _rank_of_device(later), _rank_of_device(earlier)
    if not (rank_later and rank_earlier) or rank_later == rank_earlier:
        return NOT_KNOWN
    return _order(rank_later, rank_earlier)


def _told(taken: Taken) -> tuple[Decimal | None, Decimal | None, str | None]:
    return taken.fio2, taken.flow, taken.device


def _fio2(taken: Taken) -> Decimal | None:
    return ROOM_AIR if on_air(taken) else taken.fio2


def _rank_of_device(taken: Taken) -> int:
    return RANK.get(taken.device or "", 0)


def _order(later: Ordered, earlier: Ordered) -> str:
    if later == earlier:
        return SAME
    return MORE if later > earlier else LESS
