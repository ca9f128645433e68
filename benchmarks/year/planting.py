"""Which troubles come to an invented patient, and when: shares of stays out of `rates`, days [J]. Pure."""

from __future__ import annotations

import random
from datetime import datetime

from benchmarks.year import rates
from benchmarks.year.body import SUPPORTS, Body
from benchmarks.year.people import DIES, RESPONDS, Person
from benchmarks.year.record import day_of
from benchmarks.year.troubles import ACTIVITY, BREATHING, CHART, KINDS, Running, Trouble

HIGH_FLOW = SUPPORTS[5][0]


def clock(day: int, hour: float) -> datetime:
    """A naive moment of the site's clock."""
    return datetime.combine(day_of(day), datetime.min.time()).replace(hour=int(hour), minute=int(hour % 1 * 60))


class Planting:
    """The troubles of one stay, from `begin` to `end` (days of the year)."""

    def __init__(self, body: Body, begin: int, end: int, r: random.Random) -> None:
        self.body, self.begin, self.end, self.r = body, begin, end, r
        self.p: Person = body.p
        self.troubles: list[Trouble] = []

    def plant(self) -> None:
        """Which troubles come, and when: a share of stays each, inside the stay."""
        p, r, d0, orders = self.p, self.r, self.body.d0, self.body.orders
        triple = p.poor_risk
        cni = orders.cni
        if p.goes != RESPONDS:
            self._plant_disease()
        seen = rates.CMV_SEEN_T3 if triple else rates.CMV_SEEN_ELSE
        if p.acute and r.random() < seen:
            disease = r.random() < rates.CMV_DISEASE_OF_SEEN
            self._begin("cmv disease" if disease else "cmv seen", d0 + r.randint(18, 38))
        forgotten = p.acute and r.random() < rates.PROPHYLAXIS_FORGOTTEN
        if r.random() < (rates.PCP_WITHOUT if forgotten else rates.PCP_WITH if p.acute else 0):
            self._begin("pcp", d0 + r.randint(25, 60))
        if r.random() < (rates.BACTERIAL_T3 if triple else rates.BACTERIAL_ELSE):
            self._begin("sepsis", d0 + r.randint(5, 55))
        if triple and r.random() < rates.FUNGAL_T3:
            self._begin("fungus", d0 + r.randint(15, 55))
        if cni:
            for kind, share in (("cni kidney", rates.NEPHROTOXIC), ("tma", rates.TMA), ("pres", rates.PRES)):
                if r.random() < share:
                    self._begin(kind, d0 + r.randint(6, 45))
            if r.random() < rates.INTERACTION:
                self._begin("interaction", d0 + r.randint(8, 40))
        for kind, share in (("potassium", rates.HYPERKALAEMIA), ("low potassium", rates.HYPOKALAEMIA)):
            if r.random() < share and not (kind == "low potassium" and self._has("cni kidney")):
                self._begin(kind, d0 + r.randint(4, 35))
                p.usual["potassium"] = min(p.usual["potassium"], 4.1)
                break
        if p.acute and r.random() < rates.LIVER_INJURY:
            self._begin("liver", d0 + r.randint(6, 40))
        if p.mda5 and r.random() < rates.PNEUMOMEDIASTINUM:
            self._begin("pneumomediastinum", d0 + r.randint(3, 35))
        draw = r.random()
        if draw < rates.DIABETES:
            self._begin("sugar", d0 + r.randint(3, 14))
        elif draw < rates.HYPERGLYCAEMIA:
            self._begin("sugar seen", d0 + r.randint(3, 14))
        if draw < rates.DIABETES and r.random() < rates.HYPOGLYCAEMIA / rates.DIABETES:
            self._begin("low sugar", d0 + r.randint(28, 40))
        if p.carrier and p.acute and r.random() < rates.HBV_REACTIVATES:
            self._begin("hbv", d0 + r.randint(20, 60))
        if p.subtype == "A/S-1" and r.random() < rates.HLH:
            self._begin("hlh", d0 + r.randint(2, 25))
        if p.acute and r.random() < rates.GC_LAPSES:
            self._begin("gc lapse", d0 + r.randint(30, 40))
        orders.troubles(self.body.running, forgotten=forgotten)
        for day in orders.nadirs(r):
            self._begin("nadir", day)
        if forgotten:
            self._begin("prophylaxis", d0 + (0 if triple else 3))

    def _has(self, code: str) -> bool:
        return any(x.kind.code == code for x in self.body.running)

    def _plant_disease(self) -> None:
        p = self.p
        turn = self.body.d0 + p.turn
        if p.goes == DIES:
            turn = next(day for day in range(self.body.d0, turn + 1) if self.body.air(day) < HIGH_FLOW or day == turn)
        self.troubles.append(
            Trouble(
                kind=f"lung disease that {p.goes}",
                patient=p.number,
                begins=self.body.d0,
                ends=max(self.body.d0 + p.turn + 14, self.end),
                told_by=BREATHING + ACTIVITY,
                besides=CHART,
                escalation=clock(turn, 11),
                noticed="high-flow oxygen" if p.goes == DIES else "the round steps up by itself",
            )
        )

    def _begin(self, code: str, day: int) -> None:
        """Plant one, if it comes inside the stay; one of a kind."""
        kind = KINDS[code]
        if not self.begin + 2 <= day < self.end - 3 or any(
            x.kind.code == code and code != "nadir" for x in self.body.running
        ):
            return
        self.body.running.append(Running(kind, float(day)))
        noticed = None if kind.escalates is None else clock(day + int(kind.escalates), 24 * (kind.escalates % 1))
        self.troubles.append(
            Trouble(
                kind=code,
                patient=self.p.number,
                begins=day,
                ends=day + round(kind.lasts),
                told_by=kind.told_by,
                besides=kind.besides,
                escalation=noticed if noticed is None or noticed.date() <= day_of(self.end) else None,
                noticed=kind.noticed,
            )
        )
