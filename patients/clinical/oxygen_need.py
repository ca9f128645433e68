"""When a patient came to need oxygen, or more of it, and since when he is back where he was. Pure.

Source: specification 13 (111): oxygen for the first time; within 72 hours 2 L/min more through the same device, FiO2
0.10 more, or a device of higher rank by (64). It is over when the support is that before, or less, for 24 hours. [J]
Read from records of support and from the oxygen told with SpO2 and PaO2 at rest.

Readings, all [J]: oxygen again after it was done without for 24 hours counts as the first time does. A value on air
among those on oxygen (a trial, a gas on air) is no end of the need. A higher rank counts whatever the FiO2. Oxygen
through a device that nobody names may be a reservoir mask, so that only what ranks above one is more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.facts import Measurement, Support
from patients.clinical.oxygen_compared import LESS, RANK, ROOM_AIR, SAME, on_air, oxygen_against
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.site_numbers import SiteNumber
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.vocabulary import Kind, term, word

WITHIN = SiteNumber("OXYGEN_NEED.within", Decimal(72))  # hours [J]
BACK_FOR = SiteNumber("OXYGEN_NEED.back_for", Decimal(24))  # hours [J]
FLOW_UP = SiteNumber("OXYGEN_NEED.flow", Decimal(2))  # L/min, at least [J]
FIO2_UP = SiteNumber("OXYGEN_NEED.fio2", Decimal("0.10"))  # at least [J]
NO_DEVICE = "oxygen"  # given, and nobody says through what
AIR = "room_air"
DEVICE_OF = {"high_flow": "high_flow", "niv": "niv", "ventilation": "ventilator", "ecmo": "ecmo"}
FIRST, AGAIN, RANK_UP, MORE_FIO2, MORE_FLOW = "first", "again", "rank", "fio2", "flow"
TESTS = ("spo2", "pao2")  # at rest; what is needed while walking is not judged


class OxygenRecord(NamedTuple):
    """What a record tells of the oxygen given: FiO2 (a fraction), or flow (L/min) and device."""

    fact: Support | Measurement
    fio2: Decimal | None
    flow: Decimal | None
    device: str | None

    @property
    def on(self) -> datetime:
        """The time it is about."""
        return self.fact.on

    @property
    def is_air(self) -> bool:
        """On room air."""
        return self.device == AIR

    @property
    def setting(self) -> tuple[Decimal | None, Decimal | None, str | None]:
        """What is told, without when."""
        return self.fio2, self.flow, self.device


class Rise(NamedTuple):
    """A record that tells of a new need; `before`: the one it is held against, None where nothing was told before."""

    oxygen: OxygenRecord
    before: OxygenRecord | None
    how: str

    @property
    def day(self) -> date:
        """The day it is about."""
        return self.oxygen.fact.day


@dataclass(slots=True)
class Need:
    """A need of oxygen that is not over: its rises, oldest first, and since when the support is that before."""

    rises: list[Rise] = field(default_factory=list)
    back: OxygenRecord | None = None

    @property
    def untold(self) -> bool:
        """Nothing but that he is on oxygen, and nothing told of the time before."""
        return len(self.rises) == 1 and self.rises[0].before is None


class Course(NamedTuple):
    """The need that is not over, and every rise of the record, oldest first."""

    need: Need | None
    rises: tuple[Rise, ...]


@once
def oxygen_course(snapshot: Snapshot) -> Course:
    """What was needed in the course of a record; nothing where nobody was ever on oxygen."""
    records = oxygen_records(snapshot)
    if not any(not x.is_air for x in records):
        return Course(None, ())
    fold = _Fold(_Numbers.of(snapshot))
    for x in records:
        fold.take(x)
    return Course(fold.need, tuple(fold.rises))


@once
def oxygen_records(snapshot: Snapshot) -> tuple[OxygenRecord, ...]:
    """Every record that tells on how much oxygen the patient was, oldest first."""
    records = [*map(oxygen_record_of, snapshot.supports)]
    for code in TESTS:
        records += snapshot.grown.over(("oxygen told", code), snapshot.series(code), _OxygenTests).records
    return tuple(sorted(records, key=lambda x: (x.fact.on, x.fact.known, x.fact.id)))


class _OxygenTests:
    """The oxygen told with the values of a test, one after the other."""

    def __init__(self) -> None:
        self.records: list[OxygenRecord] = []

    def take(self, values: Sequence[Measurement]) -> None:
        """The next ones in time."""
        self.records += [oxygen_record_of(x) for x in values if x.fio2 is not None or x.flow is not None or x.device]


def oxygen_record_of(x: Support | Measurement) -> OxygenRecord:
    """What a record of support, or a value with which its oxygen is told, says of the oxygen given."""
    if isinstance(x, Measurement):
        return (
            OxygenRecord(x, ROOM_AIR, None, AIR)
            if on_air(x)
            else OxygenRecord(x, x.fio2, x.flow, x.device or NO_DEVICE)
        )
    if x.level == AIR:
        return OxygenRecord(x, ROOM_AIR, None, AIR)
    return OxygenRecord(x, x.fio2, x.flow, DEVICE_OF.get(x.level) or x.device or NO_DEVICE)


class _Numbers(NamedTuple):
    """The numbers of the site, read once."""

    within: timedelta
    back_for: timedelta
    flow_up: Decimal
    fio2_up: Decimal

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Numbers:
        """Those of the site of a snapshot."""
        hours = WITHIN.hours(snapshot), BACK_FOR.hours(snapshot)
        return cls(*hours, FLOW_UP.of(snapshot), FIO2_UP.of(snapshot))


class _Fold:
    """The records one after the other."""

    def __init__(self, numbers: _Numbers) -> None:
        self._numbers = numbers
        self.need: Need | None = None
        self.rises: list[Rise] = []
        self._recent: dict[object, OxygenRecord] = {}  # the last record of each way to give oxygen
        self._last: OxygenRecord | None = None
        self._air_since: OxygenRecord | None = None
        self._without = True  # no oxygen so far, or done without for 24 hours
        self._ever = False

    def take(self, x: OxygenRecord) -> None:
        """The next record in time."""
        rise = self._rise(x)
        if rise is not None:
            self.rises.append(rise)
            self.need = self.need or Need()
            self.need.rises.append(rise)
            self.need.back = None
        elif self.need is not None:
            self._perhaps_over(self.need, x)
        self._note(x)

    def _rise(self, x: OxygenRecord) -> Rise | None:
        if x.is_air:
            return None
        if self._without:
            return Rise(x, self._last, AGAIN if self._ever else FIRST)
        if self._last is not None and self._last.setting == x.setting:
            return None  # what there was to say was said of the record before
        earlier = [
            y for y in self._recent.values() if not y.is_air and timedelta() < x.on - y.on <= self._numbers.within
        ]
        for before in sorted(earlier, key=lambda y: y.on, reverse=True):
            how = _more(x, before, self._numbers)
            if how is not None:
                return Rise(x, before, how)
        return None

    def _perhaps_over(self, need: Need, x: OxygenRecord) -> None:
        """Over when the support is that before, or less, for 24 hours."""
        before = need.rises[0].before
        back = x.is_air if before is None else x.is_air or oxygen_against(x, before) in (SAME, LESS)
        need.back = (need.back or x) if back else None
        if need.back is not None and x.on - need.back.on >= self._numbers.back_for:
            self.need = None

    def _note(self, x: OxygenRecord) -> None:
        self._recent[x.setting] = self._last = x
        if x.is_air:
            self._air_since = self._air_since or x
            self._without = self._without or x.on - self._air_since.on >= self._numbers.back_for
        else:
            self._air_since, self._without, self._ever = None, False, True


def _more(x: OxygenRecord, before: OxygenRecord, numbers: _Numbers) -> str | None:
    """How a record tells of more than one of the 72 hours before."""
    if _rank(x, unnamed=1) > _rank(before, unnamed=RANK["reservoir_mask"]):
        return RANK_UP
    if x.fio2 is not None and before.fio2 is not None:
        return MORE_FIO2 if x.fio2 - before.fio2 >= numbers.fio2_up else None
    if x.device == before.device and x.flow is not None and before.flow is not None:
        return MORE_FLOW if x.flow - before.flow >= numbers.flow_up else None
    return None


def _rank(x: OxygenRecord, *, unnamed: int) -> int:
    return RANK.get(x.device or "", unnamed)


# -- in words ---------------------------------------------------------------------------------------------------------

# by how it is given: with flow, with FiO2, or with neither
FIRST_SAYS = {
    "flow": _("on oxygen for the first time on %(day)s: %(flow)s L/min (%(device)s)"),
    "fio2": _("on oxygen for the first time on %(day)s: FiO2 %(fio2)s (%(device)s)"),
    "": _("on oxygen for the first time on %(day)s: %(device)s"),
}
AGAIN_SAYS = {
    "flow": _("on oxygen again on %(day)s: %(flow)s L/min (%(device)s)"),
    "fio2": _("on oxygen again on %(day)s: FiO2 %(fio2)s (%(device)s)"),
    "": _("on oxygen again on %(day)s: %(device)s"),
}
RANK_SAYS = _("more support: %(before)s on %(day_before)s, %(device)s on %(day)s")
FIO2_SAYS = _("more oxygen: FiO2 %(before)s on %(day_before)s, %(fio2)s on %(day)s (%(device)s)")
FLOW_SAYS = _("more oxygen: %(before)s L/min on %(day_before)s, %(flow)s L/min on %(day)s (%(device)s)")


def rise_reason(rise: Rise) -> Reason:
    """A rise in a sentence, with what is given now and, where it was oxygen too, before."""
    now, before = rise.oxygen, rise.before
    parts: dict[str, Part] = {"day": rise.day, "device": device_term(now)}
    if rise.how in (FIRST, AGAIN) or before is None:
        kind = "flow" if now.flow is not None else "fio2" if now.fio2 is not None else ""
        parts |= {kind: now.flow if kind == "flow" else now.fio2} if kind else {}  # type: ignore[dict-item]
        says = FIRST_SAYS if rise.how == FIRST else AGAIN_SAYS
        return reason(says[kind], facts=(now.fact.id,), basis="J", **parts)
    facts = (now.fact.id, before.fact.id)
    parts["day_before"] = before.fact.day
    if rise.how == RANK_UP:
        return reason(RANK_SAYS, facts=facts, basis="J", **parts, before=device_term(before))
    if rise.how == MORE_FIO2:
        assert now.fio2 is not None
        assert before.fio2 is not None
        return reason(FIO2_SAYS, facts=facts, basis="J", **parts, fio2=now.fio2, before=before.fio2)
    assert now.flow is not None
    assert before.flow is not None
    return reason(FLOW_SAYS, facts=facts, basis="J", **parts, flow=now.flow, before=before.flow)


def device_term(given: OxygenRecord) -> Term:
    """What oxygen is given through, or the support that it is."""
    kind: Kind = "device" if word("device", given.device or "") else "support"
    return term(kind, given.device or NO_DEVICE)
