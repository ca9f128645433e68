"""The drugs of an invented patient: begun by the chart, renewed every week, tapered, adjusted by level. Pure.

Doses are those of the paper (specification 6) and of its limits (13 (91)); times and shares [J].
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from benchmarks.year import rates
from benchmarks.year.people import DIES, Person
from benchmarks.year.record import Record, day_of
from benchmarks.year.troubles import Running

RENEWED, AT_HOME = 7, 28  # days of an order
TARGETS = {("csa", "iv"): 225.0, ("csa", "oral"): 190.0, ("tac", "oral"): 7.5}
DAILY = ("gc", "csa", "tac", "tmp_smx")


class Order:
    """A drug that runs: its dose, its route, and the last day of the order that is written."""

    def __init__(self, drug: str, dose: float, unit: str, route: str | None) -> None:
        self.drug, self.dose, self.unit, self.route = drug, dose, unit, route
        self.until = -9999
        self.changed = True


class Orders:
    """What one patient is given. `cni`: the calcineurin inhibitor that the step has, "" without one."""

    def __init__(self, person: Person, record: Record, d0: int) -> None:
        self.p, self.record, self.r, self.d0 = person, record, record.r, d0
        self.step = "T3" if person.poor_risk else "T2" if person.subtype == "A/S-2" else "T1"
        extra = person.subtype in ("C-1", "C-2") and self.r.random() < 0.4
        wants = self.step in ("T2", "T3") or extra
        self.cni = ("csa" if self.r.random() < 0.4 else "tac") if wants else ""
        self.route = "iv" if self.cni == "csa" and self.step == "T3" and self.r.random() < 0.6 else "oral"
        self.first_dose = self._first_gc()
        self.running: dict[str, Order] = {}
        self.antibody_known = d0 + 3
        self.steps_up_on: int | None = None
        self.cni_from: int | None = d0 if self.step != "T1" or extra else None
        self.level_days: set[int] = set()
        self.lapses: tuple[int, int] | None = None
        self.interaction: int | None = None
        self.forgotten = False
        self.ivcy_days = [d0 + self.r.randint(1, 4) + 21 * n for n in range(6)] if self.step == "T3" else []
        self.home_since: int | None = None
        self._pneumocystis_until = -9999

    def _first_gc(self) -> float:
        per_kg = 1.0 if self.p.subtype in ("A/S-1", "A/S-2") else 0.8 if self.p.acute else 0.5
        return max(20.0, min(60.0, round(self.p.weight * per_kg / 5) * 5))

    def troubles(self, running: Sequence[Running], *, forgotten: bool) -> None:
        """What troubles do to orders: one that lapses, one of another department, one that was forgotten."""
        self.forgotten = forgotten
        for x in running:
            if x.kind.code == "gc lapse":
                self.lapses = (int(x.begins), int(x.begins) + 5)
            if x.kind.code == "interaction":
                self.interaction = int(x.begins)

    def nadirs(self, r: random.Random) -> Iterator[int]:
        """The days of doses after which the counts fall too far."""
        yield from (day for day in self.ivcy_days if r.random() < rates.CYTOPENIA_AFTER_IVCY)

    def gc_on(self, day: int) -> float:
        """mg of prednisolone ordered for a day: full for four weeks, then a tenth less every week, later every two."""
        t = day - self.d0
        if t < 28:
            return self.first_dose
        weeks = (t - 28) // 7 + 1
        share = 0.9 ** min(weeks, 8) * 0.94 ** max(0, (weeks - 8) // 2)
        return max(5.0, round(self.first_dose * share / 2.5) * 2.5)

    def share_of_dose(self, day: float) -> float:
        """The prednisolone of a day against the first dose; 0 before it."""
        return self.gc_on(int(day)) / self.first_dose if day >= self.d0 else 0.0

    # -- a day

    def day(self, day: int, *, at_home: bool = False) -> None:
        """Write what is ordered for this day, and renew what ends."""
        t = day - self.d0
        if t < 0:
            return
        if self.lapses and day == self.lapses[0]:
            self.running.pop("gc", None)
        lapsed = self.lapses is not None and self.lapses[0] <= day < self.lapses[1]
        if not lapsed:
            self._keep("gc", self.gc_on(day), "mg/day", "oral", day, at_home)
        if (self.p.goes == DIES and t == 0) or (self.step == "T3" and t == 0 and self.r.random() < 0.6):
            self._once("gc_pulse", 1000, "mg/day", day, last=day + 2)
        if self.cni and self.cni_from is not None and day >= self.cni_from:
            if self.cni not in self.running:
                self.level_days |= {day + 3, day + 6}
            dose = self.running[self.cni].dose if self.cni in self.running else self._first_cni()
            self._keep(self.cni, dose, "mg/day", self.route, day, at_home)
        wanted = self.p.acute and t >= (1 if self.step == "T3" else 2) and (not self.forgotten or t >= 22)
        if wanted and day >= self._pneumocystis_until:
            self._keep("tmp_smx", 1, "tablets/day", "oral", day, at_home)
        if day in self.ivcy_days and not at_home:
            self._once("ivcy", round(self.p.weight * 11 / 50) * 50, "mg", day, route="iv")
        if self.interaction == day:
            drug, dose = self.r.choice((("clarithromycin", 400), ("fluconazole", 100)))
            self._once(drug, dose, "mg/day", day, last=day + 6, route="oral")

    def _first_cni(self) -> float:
        if self.cni == "tac":
            return max(2.0, round(self.p.weight * 0.06 * 2) / 2)
        return 200.0 if self.route == "iv" else max(100.0, round(self.p.weight * 3 / 25) * 25)

    def _keep(self, drug: str, dose: float, unit: str, route: str, day: int, at_home: bool) -> None:
        order = self.running.get(drug)
        if order is None:
            order = self.running[drug] = Order(drug, dose, unit, route)
        elif order.dose == dose and order.route == route and day <= order.until:
            return
        elif day <= order.until:
            self._stop_before(order, day)
        order.dose, order.route = dose, route
        order.until = day + (AT_HOME + 7 if at_home else RENEWED) - 1
        self._write(order, day)

    def _write(self, order: Order, day: int) -> None:
        first = day == self.d0 or order.changed
        order.changed = False
        self.record.add(
            "treatment",
            day,
            "14:00" if first else "",
            drug=order.drug,
            dose=_number(order.dose),
            unit=order.unit,
            route=order.route,
            stop=f"{day_of(order.until)}",
            id=f"O{order.drug}{day}",
        )

    def _stop_before(self, order: Order, day: int) -> None:
        """The order that runs ends on the day before: its record is written again with that day."""
        for event in reversed(self.record.events):
            if event["kind"] == "treatment" and event.get("drug") == order.drug and event["on"][:10] < f"{day_of(day)}":
                event["stop"] = f"{day_of(day - 1)}"
                return

    def _once(self, drug: str, dose: float, unit: str, day: int, *, last: int | None = None, route: str = "iv") -> None:
        stop = f"{day_of(day if last is None else last)}"
        self.record.add("treatment", day, "15:00", drug=drug, dose=_number(dose), unit=unit, route=route, stop=stop)

    # -- levels

    def level(self, day: int, last: int, *, visit: bool = False) -> tuple[str, float, str, str] | None:
        """The level that is drawn on a day: drug, value before the noise, route, timing; None on days without one."""
        order = self.running.get(self.cni) if self.cni else None
        if order is None or self.cni_from is None or (not visit and day > last):
            return None
        since = day - self.cni_from
        weekday = day_of(day).weekday()
        routine = (weekday in (0, 3) and 3 <= since <= 21) or (weekday == 0 and since > 21)
        if not (visit or day in self.level_days or routine) or since < 2:
            return None
        if not visit and day not in self.level_days and self.r.random() < rates.MISSED_ROUTINE:
            return None
        value = self._expected(order) * self.p.sensitive * (1.9 if self._boosted(day) else 1.0)
        value *= max(0.4, self.r.gauss(1, rates.LEVEL_NOISE))
        route = str(order.route)
        return self.cni, value, route, "pre_dose" if route == "iv" else "trough"

    def _boosted(self, day: int) -> bool:
        return self.interaction is not None and self.interaction + 1 <= day <= self.interaction + 10

    def _expected(self, order: Order) -> float:
        if self.cni == "tac":
            return order.dose / (self.p.weight * 0.06) * 6.5
        return order.dose if order.route == "iv" else order.dose / (self.p.weight * 3) * 150

    def adjust(self, day: int, value: float) -> None:
        """A level out of its band has the dose changed for the next day, and a level three days later."""
        order = self.running[self.cni]
        target = TARGETS[self.cni, str(order.route)]
        if 0.86 <= value / target <= 1.22:
            if order.route == "iv" and day - self.d0 > 18 and self.home_since is None:
                self.route = "oral"
                order.dose = round(min(300.0, self.p.weight * 3 * 190 / 150 / self.p.sensitive) / 25) * 25
                self._change(order, day + 1)
            return
        step = 0.5 if self.cni == "tac" else 25
        wanted = order.dose * min(1.6, max(0.6, target / value))
        dose = max(step, round(wanted / step) * step)
        highest = {"tac": self.p.weight * 0.25, "csa": min(300.0, self.p.weight * 6)}[self.cni]
        dose = min(dose, highest)
        if dose != order.dose:
            order.dose = dose
            self._change(order, day + 1)

    def _change(self, order: Order, day: int) -> None:
        if day <= order.until:
            self._stop_before(order, day)
        order.route = self.route
        order.until = day + RENEWED - 1
        self._write(order, day)
        self.level_days.add(day + 3)

    # -- steps

    def step_up(self, day: int, *, salvage: bool) -> None:
        """The next step of the chart from a day on."""
        self.steps_up_on = day
        following = {"T1": "T2", "T2": "T3", "T3": "T4", "T4": "T4"}[self.step]
        self.step = following
        if following in ("T2", "T3") and not self.cni:
            self.cni, self.route, self.cni_from = "tac", "oral", day
        if following == "T3":
            self.ivcy_days = [day + 21 * n for n in range(4)]
        if following == "T4" or salvage:
            self._once("ivig", 20, "g/day", day, last=day + 4)
        self._once("gc_pulse", 1000, "mg/day", day, last=day + 2)

    def treat_pneumocystis(self, day: int) -> None:
        """TMP-SMX at the dose of treatment for three weeks."""
        order = self.running.pop("tmp_smx", None)
        if order is not None and day <= order.until:
            self._stop_before(order, day)
        self._pneumocystis_until = day + 21
        self._once("tmp_smx", 9, "tablets/day", day, last=day + 20, route="oral")

    def go_home(self, day: int) -> None:
        """Everything is prescribed for four weeks from the day of discharge on."""
        self.home_since = day
        for order in self.running.values():
            if order.drug in DAILY:
                self._extend(order, day)

    def _extend(self, order: Order, day: int) -> None:
        if day <= order.until:
            self._stop_before(order, day)
        order.until = day + AT_HOME
        self._write(order, day)


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
