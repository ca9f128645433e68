"""Thrombotic microangiopathy: platelets and haemoglobin fall together, LDH or creatinine rises. Pure.

Source and numbers: specification 13 (116) (b); `monitoring.rules.cni_neuro_tma`, which rests on this file, tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from monitoring.readings import in_one_unit, of_days
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.quantities import Quantity, minus
from patients.clinical.reasons import _
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES

# [J]
WINDOW = site_count("CNI_NEURO_TMA.window", _("TMA: all of it within"), 14, DAYS_UNIT, (5, 28))
PLATELETS_BELOW = site_value("CNI_NEURO_TMA.platelets", _("TMA: platelets below"), "150", "×10³/µL", ("75", "200"))
PLATELETS_FALL = site_value(
    "CNI_NEURO_TMA.platelets_fall", _("TMA: fall of platelets, at least"), "30", "%", ("20", "60")
)
HAEMOGLOBIN_FALL = site_value(
    "CNI_NEURO_TMA.hb_fall", _("TMA: fall of haemoglobin, at least"), "1.5", "g/dL", ("1", "4")
)
LDH_RISE = site_value("CNI_NEURO_TMA.ldh", _("TMA: rise of LDH, at least"), "20", "%", ("10", "100"))
CREATININE_RISE = site_value(
    "CNI_NEURO_TMA.creatinine", _("TMA: rise of creatinine, at least"), "25", "%", ("10", "100")
)
VALUES = (WINDOW, PLATELETS_BELOW, PLATELETS_FALL, HAEMOGLOBIN_FALL, LDH_RISE, CREATININE_RISE)
RISES = ("ldh", "creatinine")
CODES = ("platelets", "haemoglobin", *RISES)
ZERO = Decimal(0)


class _Numbers(NamedTuple):
    """The numbers of the site, read once; `factors`: what a value is held against, as a share of the earlier one."""

    window: timedelta
    platelets_below: Decimal
    haemoglobin_fall: Decimal
    factors: dict[str, Decimal]


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
    below = PLATELETS_BELOW.of(snapshot)
    low = [x for x in snapshot.series("platelets") if x.quantity.below(below) is YES]
    if not low or not courses:
        return []
    numbers = _numbers(snapshot)
    found: list[Microangiopathy] = []
    held: datetime | None = None
    moments = {x.on: x.day for code in CODES for x in snapshot.series(code) if x.day >= low[0].day}
    for on, day in sorted(moments.items()):
        seen = _at(snapshot, on, day, numbers) if any(_ran(x, day) for x in courses) else None
        if seen is None:
            continue
        if held is None or on - held > numbers.window:
            found.append(seen)
        held = on
    return found


def _numbers(snapshot: Snapshot) -> _Numbers:
    factors = {"platelets": PLATELETS_FALL.fallen(snapshot)}
    factors |= {"ldh": LDH_RISE.risen(snapshot), "creatinine": CREATININE_RISE.risen(snapshot)}
    window = timedelta(days=WINDOW.days(snapshot))
    return _Numbers(window, PLATELETS_BELOW.of(snapshot), HAEMOGLOBIN_FALL.of(snapshot), factors)


def _ran(course: Treatment, day: date) -> bool:
    return course.day <= day and (course.stop is None or day <= course.stop)


def _at(snapshot: Snapshot, on: datetime, day: date, numbers: _Numbers) -> Microangiopathy | None:
    """Is it so at a moment, of the values up to then?"""
    platelets = _change(snapshot, "platelets", on, day, numbers)
    haemoglobin = _change(snapshot, "haemoglobin", on, day, numbers) if platelets is not None else None
    if platelets is None or haemoglobin is None:
        return None
    rises = tuple(x for code in RISES if (x := _change(snapshot, code, on, day, numbers)) is not None)
    return Microangiopathy(on, day, platelets, haemoglobin, rises) if rises else None


def _change(snapshot: Snapshot, code: str, on: datetime, day: date, numbers: _Numbers) -> Change | None:
    """The last value of the 14 days up to a moment against the earlier ones of them, if it went far enough."""
    window = [x for x in of_days(snapshot.series(code), day, -numbers.window.days, 0) if x.on <= on]
    later = window[-1] if window else None
    if later is None or (code == "platelets" and later.quantity.below(numbers.platelets_below) is not YES):
        return None
    went = [x for x in window[:-1] if _went(x, later, code, numbers)]
    if not went:
        return None
    far = min if code in RISES else max
    return Change(far(went, key=lambda x: x.quantity.value), later)


def _went(earlier: Measurement, later: Measurement, code: str, numbers: _Numbers) -> bool:
    if code == "haemoglobin":
        return minus(earlier.quantity, later.quantity).at_least(numbers.haemoglobin_fall) is YES
    before, after = in_one_unit(earlier, later)
    if code == "platelets":
        return minus(_times(before, numbers.factors[code]), after).at_least(ZERO) is YES
    return minus(after, _times(before, numbers.factors[code])).at_least(ZERO) is YES


def _times(quantity: Quantity, factor: Decimal) -> Quantity:
    return Quantity(quantity.value * factor, quantity.comparator)
