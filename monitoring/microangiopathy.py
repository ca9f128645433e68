"""Thrombotic microangiopathy: platelets and haemoglobin fall together, LDH or creatinine rises. Pure.

Source and numbers: specification 13 (116) (b); `monitoring.rules.cni_neuro_tma`, which rests on this file, tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from monitoring.readings import of_days
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.quantities import Quantity, minus
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES

WINDOW = timedelta(days=14)  # [J]
PLATELETS_BELOW = Decimal(150)  # x10^3/uL
PLATELETS_LEFT = Decimal("0.70")  # down by 30 % or more
HAEMOGLOBIN_FALL = Decimal("1.5")  # g/dL, at least
RISES = {"ldh": Decimal("1.20"), "creatinine": Decimal("1.25")}  # times the lowest of the window, at least
CODES = ("platelets", "haemoglobin", *RISES)
ZERO = Decimal(0)


class Change(NamedTuple):
    """A value and the one of the 14 days before from which it went."""

    earlier: Measurement
    later: Measurement


class Microangiopathy(NamedTuple):
    """All of it within 14 days; `on` is when it was first so."""

    on: datetime
    day: date
    platelets: Change
    haemoglobin: Change
    rises: tuple[Change, ...]

    @property
    def facts(self) -> tuple[Measurement, ...]:
        """What it rests on, the count of platelets first."""
        changes = (self.platelets, self.haemoglobin, *self.rises)
        return tuple(x for change in changes for x in (change.later, change.earlier))


def microangiopathies(snapshot: Snapshot, courses: Sequence[Treatment]) -> list[Microangiopathy]:
    """Each time that it began while one of these courses ran; it begins anew where it was gone for 14 days."""
    low = [x for x in snapshot.series("platelets") if x.quantity.below(PLATELETS_BELOW) is YES]
    if not low or not courses:
        return []
    found: list[Microangiopathy] = []
    held: datetime | None = None
    moments = {x.on: x.day for code in CODES for x in snapshot.series(code) if x.day >= low[0].day}
    for on, day in sorted(moments.items()):
        seen = _at(snapshot, on, day) if any(_ran(x, day) for x in courses) else None
        if seen is None:
            continue
        if held is None or on - held > WINDOW:
            found.append(seen)
        held = on
    return found


def _ran(course: Treatment, day: date) -> bool:
    return course.day <= day and (course.stop is None or day <= course.stop)


def _at(snapshot: Snapshot, on: datetime, day: date) -> Microangiopathy | None:
    """Is it so at a moment, of the values up to then?"""
    platelets = _change(snapshot, "platelets", on, day)
    haemoglobin = _change(snapshot, "haemoglobin", on, day) if platelets is not None else None
    if platelets is None or haemoglobin is None:
        return None
    rises = tuple(x for code in RISES if (x := _change(snapshot, code, on, day)) is not None)
    return Microangiopathy(on, day, platelets, haemoglobin, rises) if rises else None


def _change(snapshot: Snapshot, code: str, on: datetime, day: date) -> Change | None:
    """The last value of the 14 days up to a moment against the earlier ones of them, if it went far enough."""
    window = [x for x in of_days(snapshot.series(code), day, -WINDOW.days, 0) if x.on <= on]
    later = window[-1] if window else None
    if later is None or (code == "platelets" and later.quantity.below(PLATELETS_BELOW) is not YES):
        return None
    went = [x for x in window[:-1] if _went(x.quantity, later.quantity, code)]
    if not went:
        return None
    far = min if code in RISES else max
    return Change(far(went, key=lambda x: x.quantity.value), later)


def _went(earlier: Quantity, later: Quantity, code: str) -> bool:
    if code == "platelets":
        return minus(_times(earlier, PLATELETS_LEFT), later).at_least(ZERO) is YES
    if code == "haemoglobin":
        return minus(earlier, later).at_least(HAEMOGLOBIN_FALL) is YES
    return minus(later, _times(earlier, RISES[code])).at_least(ZERO) is YES


def _times(quantity: Quantity, factor: Decimal) -> Quantity:
    return Quantity(quantity.value * factor, quantity.comparator)
