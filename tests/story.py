"""Courses written as sentences, for tests of pure code: `Story().onset(0).ferritin(3, "1679").snapshot(day=4)`.

Days count from 2024-03-01 at the site; a day can carry a time: "3T07:30".
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Settings, Snapshot, freeze
from patients.clinical.versions import Version, standing

DAY_0 = date(2024, 3, 1)
Day = int | str


def moment(day: Day, zone: str = "Asia/Tokyo") -> datetime:
    """Day number (with a time after "T") to an aware time at the site."""
    number, _, clock = str(day).partition("T")
    at = time.fromisoformat(clock) if clock else time()
    return datetime.combine(DAY_0 + timedelta(days=int(number)), at, ZoneInfo(zone))


def quantity(text: str) -> Quantity:
    """ "<5", ">=150" or "1679" to a Quantity."""
    number = text.lstrip("<>=")
    return Quantity(Decimal(number), text.removesuffix(number))


class Story:
    """A growing list of versions of facts."""

    def __init__(self, zone: str = "Asia/Tokyo") -> None:
        self.versions: list[Version] = []
        self.zone = zone

    def add(
        self,
        kind: type,
        day: Day,
        /,
        *,
        known: Day | None = None,
        id: str = "",
        cancelled: bool = False,
        **content: Any,
    ) -> Story:
        """One fact about `day`, known on that day unless said otherwise; the same `id` again is a correction."""
        on, learned = moment(day, self.zone), moment(day if known is None else known, self.zone)
        number = len(self.versions) + 1
        fact = kind(
            id=f"{number}",
            on=on,
            known=learned,
            day=on.date(),
            known_day=learned.date(),
            first_known=learned,
            **content,
        )
        self.versions.append(Version(identity=id or f"fact {number}", fact=fact, cancelled=cancelled, sequence=number))
        return self

    def onset(self, day: Day, **more: Any) -> Story:
        return self.add(f.RespiratoryOnset, day, **more)

    def diagnosis(self, day: Day, myositis: str, **more: Any) -> Story:
        return self.add(f.Diagnosis, day, myositis=myositis, **more)

    def antibody(self, day: Day, code: str, result: str, **more: Any) -> Story:
        return self.add(f.Antibody, day, code=code, result=result, **more)

    def mda5(self, day: Day, result: str, **more: Any) -> Story:
        return self.antibody(day, "anti_mda5", result, **more)

    def test(self, day: Day, code: str, value: str, **more: Any) -> Story:
        return self.add(f.Measurement, day, code=code, quantity=quantity(value), **more)

    def ferritin(self, day: Day, value: str, **more: Any) -> Story:
        return self.test(day, "ferritin", value, **more)

    def pao2(self, day: Day, value: str, fio2: str | None = "0.21", **more: Any) -> Story:
        return self.test(day, "pao2", value, fio2=Decimal(fio2) if fio2 else None, **more)

    def gas(self, day: Day, value: str, device: str, flow: str | None = None, **more: Any) -> Story:
        """A PaO2 on oxygen through a device, with a flow or a FiO2."""
        told = {} if flow is None else {"flow": Decimal(flow)}
        return self.test(day, "pao2", value, device=device, **told, **more)

    def titre(self, day: Day, value: str, kit: str | None = None, **more: Any) -> Story:
        return self.test(day, "mda5_titre", value, kit=kit, **more)

    def finding(
        self, day: Day, code: str, present: bool | None = None, change: str | None = None, **more: Any
    ) -> Story:
        return self.add(f.Finding, day, code=code, present=present, change=change, **more)

    def dyspnoea(self, day: Day, present: bool | None = None, change: str | None = None, **more: Any) -> Story:
        return self.finding(day, "dyspnoea_on_exertion", present, change, **more)

    def hrct(self, day: Day, **content: Any) -> Story:
        return self.add(f.Hrct, day, **content)

    def drug(self, day: Day, drug: str, *, stop: int | None = None, **more: Any) -> Story:
        last = None if stop is None else moment(stop).date()
        return self.add(f.Treatment, day, drug=drug, stop=last, **more)

    def judged(self, day: Day, improvement: str, **more: Any) -> Story:
        return self.add(f.Judgement, day, improvement=improvement, **more)

    def chronic(self, day: Day, **more: Any) -> Story:
        return self.add(f.Decision, day, course="C", reason="stable for a year", **more)

    def without_prophylaxis(self, day: Day, instead: str, reason: str = "sulfa allergy", **more: Any) -> Story:
        return self.add(f.Decision, day, prophylaxis_instead=instead, reason=reason, **more)

    def quiet(self, day: Day) -> Story:
        """All three criteria of N1 looked at on `day` and not found."""
        return self.dyspnoea(day, present=False).hrct(day, change="unchanged").test(day, "vc", "2.2")

    def snapshot(self, day: Day, *, known: Day | None = None, settings: Settings | None = None) -> Snapshot:
        """What was known at the end of `day` (or at its time, if it has one)."""
        as_of = self._end(day)
        known_at = as_of if known is None else self._end(known)
        return freeze(
            standing(self.versions, known_at), as_of=as_of, known_at=known_at, zone=self.zone, settings=settings
        )

    def _end(self, day: Day) -> datetime:
        return moment(day, self.zone) if "T" in str(day) else moment(f"{day}T23:59", self.zone)
