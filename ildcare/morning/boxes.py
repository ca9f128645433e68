"""The boxes of a sheet of values: which there are, what is typed in them, what stands ready.

What is typed is a dictionary of strings by the name of the box, the same for what was sent, for a draft, and for what
stands ready; an empty box is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.utils import timezone

from patients.clinical.drug_levels import is_level, running_on
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.snapshot import Snapshot

Boxes = dict[str, str]

# panels as they stand on the sheet, and the clock of their own that some have
ORDER = (
    *("respiration", "activity", "blood_count", "kidney_liver", "metabolic", "infection", "drug_levels"),
    *("vital_signs", "screening"),
)
NOT_ON_THE_SHEET = {"other", "scores"}  # tests outside the catalogue, and what is no result of a morning
OWN_CLOCK = ("respiration", "drug_levels")
# tests that stand open for every patient [J]; others where the patient had them REPEATED times in RECENT days
USUAL = frozenset(
    (
        *("spo2", "pao2", "paco2", "ferritin", "kl6", "spd", "ldh", "crp", "ck", "wbc", "neutrophils", "lymphocytes"),
        *("haemoglobin", "platelets", "creatinine", "ast", "alt", "bilirubin", "ggt", "potassium", "magnesium"),
        *("glucose", "bdg", "cmv_pp65", "temperature", "respiratory_rate", "systolic_bp", "heart_rate", "weight"),
    )
)
RECENT, REPEATED = 30, 2
FIRST = {"respiration": ("spo2", "pao2", "paco2")}  # of a panel, before its others
PAIRED = {"systolic_bp": "diastolic_bp"}  # typed in one box, as "142/84"
ONCE = ("on", "device", "fio2", "flow", "preliminary")
AIR = "air"  # of the choice "oxygen through": FiO2 0.21 without a device
LEVEL = ("route", "timing", "hours")
WARD = ("temperature", "respiratory_rate", "systolic_bp", "heart_rate", "spo2", "weight")
LONGEST = 60  # characters of a box


def takes_kit(code: str) -> bool:
    """Is a value of this test told with its kit?"""
    return "kit" in MEASUREMENTS[code].takes


@cache
def names() -> frozenset[str]:
    """The name of every box of a sheet."""
    found = {*ONCE, *(f"clock_{panel}" for panel in OWN_CLOCK)}
    for code, kind in MEASUREMENTS.items():
        if not kind.named:
            found |= {f"value_{code}", f"unit_{code}", f"answer_{code}"}
            found |= {f"kit_{code}"} if takes_kit(code) else set()
            found |= {f"kitname_{code}"} if kind.kits else set()
            found |= {f"{x}_{code}" for x in LEVEL} if kind.level else set()
    return frozenset(found)


def boxes_of(data: Mapping[str, str], prefix: str = "") -> Boxes:
    """What is typed in a form that was sent."""
    typed = {name: (data.get(prefix + name) or "")[:LONGEST] for name in names()}
    return {name: text for name, text in typed.items() if text.strip()}


def values_in(typed: Mapping[str, str]) -> tuple[str, ...]:
    """The tests that have something in their box, in the order of the catalogue."""
    return tuple(code for code in MEASUREMENTS if typed.get(f"value_{code}", "").strip())


def says_something(typed: Mapping[str, str]) -> bool:
    """Is there anything to keep? Not what stood ready: time, kits, the route of the drug that runs."""
    return bool(values_in(typed) or any(typed.get(x) for x in ("fio2", "flow", "device")))


def without(typed: Mapping[str, str], codes: Iterable[str]) -> Boxes:
    """What stays when the values of these tests are stored."""
    gone = {f"{what}_{code}" for code in codes for what in ("value", "answer", "unit")}
    return {name: text for name, text in typed.items() if name not in gone}


def ready(snapshot: Snapshot) -> Boxes:
    """What stands ready in an empty sheet: now; the kit of the value before; route and time of the drug that runs.

    Never what the patient breathes: that is looked at each time.
    """
    boxes = {"on": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}
    for code, kind in MEASUREMENTS.items():
        series = snapshot.series(code)
        if takes_kit(code) and series and series[-1].kit:
            boxes[f"kit_{code}"] = series[-1].kit
        if kind.level:
            boxes |= _level_ready(code, snapshot)
    return boxes


def _level_ready(code: str, snapshot: Snapshot) -> Boxes:
    course = running_on(code, snapshot.today, snapshot.treatments)
    if course is None or not course.route:
        return {}
    before = [x.timing for x in snapshot.series(code) if x.route == course.route and x.timing]
    timing = course.target_timing or (before[-1] if before else "")
    return {f"route_{code}": course.route} | ({f"timing_{code}": timing} if timing else {})


@dataclass(frozen=True, slots=True)
class PanelRows:
    """A panel of the sheet: the tests that stand open, and those that are folded."""

    code: str
    open: tuple[str, ...]
    folded: tuple[str, ...]


def panels_for(snapshot: Snapshot, typed: Mapping[str, str]) -> list[PanelRows]:
    """Every panel with its tests; what the patient has had of late, or what is typed, stands open."""
    rows = []
    for panel in ORDER:
        codes = [x for x, kind in MEASUREMENTS.items() if kind.panel == panel and x not in PAIRED.values()]
        first = FIRST.get(panel, ())
        codes = [*first, *(x for x in codes if x not in first)]
        shown = tuple(x for x in codes if _is_open(x, snapshot, typed))
        rows.append(PanelRows(panel, shown, tuple(x for x in codes if x not in shown)))
    assert {x.code for x in rows} == {*PANELS} - NOT_ON_THE_SHEET
    return rows


def _is_open(code: str, snapshot: Snapshot, typed: Mapping[str, str]) -> bool:
    if code in USUAL or typed.get(f"value_{code}"):
        return True
    if is_level(code) and running_on(code, snapshot.today, snapshot.treatments) is not None:
        return True
    return len(snapshot.within(snapshot.series(code), RECENT)) >= REPEATED
