"""The oxygen of a patient on the list: saturation, on what it was measured, PaO2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ildcare.ward.ranking import support_rank
from ildcare.ward.rows import Supported
from ildcare.ward.series import Series
from patients.clinical.comparison import OXYGENATION
from patients.clinical.oxygen_compared import on_air
from patients.clinical.reasons import _
from patients.wording import number_text, translated

LEVEL_OF = {  # the level of support that a device is
    **dict.fromkeys(("nasal_cannula", "simple_mask", "venturi", "reservoir_mask"), "oxygen"),
    "high_flow": "high_flow",
    "niv": "niv",
    "ventilator": "ventilation",
}
BRIEF = {  # by device or level
    "room_air": _("Room air"),
    "oxygen": _("O2"),
    "nasal_cannula": _("Nasal"),
    "simple_mask": _("Mask"),
    "venturi": _("Venturi"),
    "reservoir_mask": _("Reservoir"),
    "high_flow": _("HFNC"),
    "niv": _("NIV"),
    "ventilator": _("Ventilator"),
    "ventilation": _("Ventilator"),
    "ecmo": _("ECMO"),
}


@dataclass(frozen=True, slots=True)
class Breathed:
    """What is breathed: device or level with FiO2 or flow, in words; "" where nothing is told. `rank`: of support."""

    text: str
    rank: int


def breathed_at_last(series: Mapping[str, Series], support: Supported | None) -> Breathed:
    """By what the newest saturation or gas was taken on, else by the last entry of support; whichever is newer, and of
    a value that tells no device the entry does."""
    points = [series[code].points[0] for code in OXYGENATION if code in series]
    newest = max(points, key=lambda x: x.at, default=None)
    if newest is None or (support is not None and support.on > newest.at):
        return _told(support.level, support.device, support.fio2, support.flow) if support else Breathed("", 0)
    taken = newest.taken
    if on_air(taken):
        return Breathed(translated(BRIEF["room_air"]), 0)
    level = support.level if support is not None and support.level != "room_air" else ""
    if taken.device:
        return _told(LEVEL_OF.get(taken.device, level), taken.device, taken.fio2, taken.flow)
    if taken.fio2 is not None or taken.flow is not None:
        return _told(level or "oxygen", "", taken.fio2, taken.flow)
    return _told(support.level, support.device, support.fio2, support.flow) if support else Breathed("", 0)


def _told(level: str, device: str, fio2: Decimal | None, flow: Decimal | None) -> Breathed:
    name = translated(BRIEF.get(device) or BRIEF.get(level) or BRIEF["oxygen"])
    amount = f" {fio2:.2f}" if fio2 is not None else f" {number_text(flow)} L" if flow is not None else ""
    return Breathed(f"{name}{'' if level == 'room_air' else amount}", support_rank(level))
