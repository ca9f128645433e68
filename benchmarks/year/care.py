"""What a ward does for a patient, day by day: orders, samples, findings, oxygen, judgements. Pure.

It follows the chart with the delays of a ward and knows nothing of alerts: it acts on what it sees by itself. Numbers
without a source are a judgement of this simulation [J].
"""

from __future__ import annotations

import random
from math import ceil
from typing import Any

from benchmarks.year import rates
from benchmarks.year.body import SUPPORTS, Body
from benchmarks.year.orders import Orders
from benchmarks.year.people import DIES, RESPONDS, SALVAGED, Person, activity, along, lung
from benchmarks.year.planting import Planting
from benchmarks.year.record import Record, day_of

LEVELS = {"nasal_cannula": "oxygen", "reservoir_mask": "oxygen", "high_flow": "high_flow", "ventilator": "ventilation"}
CHEMISTRY = ("creatinine", "potassium", "ast", "alt", "ldh", "crp", "ck")
COUNT = ("wbc", "neutrophils", "lymphocytes", "haemoglobin", "platelets")
MONDAY, THURSDAY, SATURDAY = 0, 3, 5


class Stay:
    """One stay of a patient from `begin` on, and after it the visits until `until` (days of the year)."""

    def __init__(self, person: Person, record: Record, begin: int, until: int, *, relapse: bool = False) -> None:
        self.p, self.record, self.r = person, record, record.r
        self.begin, self.until, self.relapse = begin, until, relapse
        self.d0 = begin + rates.DAYS_BEFORE_D0[person.subtype]
        self.orders = Orders(person, record, self.d0)
        self.body = Body(person, self.orders, self.d0)
        self.end = begin + max(8, round(rates.DAYS[person.subtype].drawn(self.r)))
        if person.goes != RESPONDS:
            self.end = max(self.end, self.d0 + person.turn + 24)
        if person.goes == DIES:
            self.end = self.d0 + person.turn
        self.died = person.goes == DIES
        self.support, self.less_since = -1, begin
        self.improved_on: int | None = None
        self.repeat_on: set[int] = set()
        planting = Planting(self.body, begin, self.end, self.r)
        planting.plant()
        self.troubles, self.running = planting.troubles, self.body.running

    # -- the stay

    def tell(self) -> None:
        """The whole stay and what follows, into the record."""
        self._arrive()
        for day in range(self.begin, self.end + 1):
            if day == self.end and self.died:
                cause = "respiratory_failure" if self.r.random() < 0.8 else "infection"
                self.record.add("outcome", day, "03:20", what="death", cause=cause)
                return
            self._day(day)
        self.record.add("discharge", self.end, "14:30", to="home")
        self.orders.go_home(self.end)
        self._visits()

    def _arrive(self) -> None:
        p, record, day = self.p, self.record, self.begin
        before = self.r.randint(12, 60) if p.acute else self.r.randint(200, 900)
        if not (self.relapse and not p.acute):
            record.add("respiratory_onset", day - before, known=f"{day_of(day)}T10:30")
        record.add("admission", day, "10:00")
        record.reading(day, "10:20", "weight", p.weight)
        record.reading(day, "10:20", "height", 156 if p.female else 168)
        self._ask_antibodies()
        record.add("diagnosis", day, "10:30", myositis=p.myositis)
        change = "worse" if p.acute or self.relapse else "unchanged"
        record.finding(day, "dyspnoea_on_exertion", change=change)
        record.finding(day, "cough", present=self.r.random() < 0.7)
        if p.subtype == "A/S-1":
            record.finding(day, "palmar_papules", present=self.r.random() < 0.6)
            record.finding(day, "skin_ulcer", present=self.r.random() < 0.4)
        self._scan(day, "first" if not self.relapse else "increased")
        if self.r.random() < 0.8 and p.first["pao2"] > 62:
            record.result(day + 1, "vc", p.first["vc"])
        self._screen()

    def _ask_antibodies(self) -> None:
        if self.relapse:
            return
        p, record, day = self.p, self.record, self.begin
        known = day + self.r.randint(3, 7)  # [J] days until an antibody is known
        for code, positive in (("anti_mda5", p.mda5), ("anti_ars", p.ars)):
            name = f"A{day}{code}"
            record.add("antibody", day, "10:40", code=code, result="pending", id=name, status="preliminary")
            answer = "positive" if positive else "negative"
            if code == "anti_mda5" and positive and self.r.random() < rates.MDA5_WEAK:
                record.add(
                    "antibody", day, "10:40", known=f"{day_of(known)}T14:00", code=code, result="weak_positive", id=name
                )
                known, name = known + 5, f"B{day}{code}"
            record.add("antibody", day, "10:40", known=f"{day_of(known)}T14:00", code=code, result=answer, id=name)
        if p.mda5:
            record.result(known - 1, "mda5_titre", p.first["titre"], kit="MESACUP")
        self.orders.antibody_known = known

    def _screen(self) -> None:
        """HBV, HCV, IGRA, IgG; one of them late in a quarter."""
        record, day = self.record, self.begin
        if self.relapse:
            return
        late = self.r.random() < rates.SCREENING_PART
        tests = [
            ("hbsag", 0.1),
            ("anti_hbc", 6.0 if self.p.carrier else 0.2),
            ("anti_hbs", 40.0 if self.p.carrier else 2.0),
        ]
        tests += [("anti_hcv", 0.1), ("igra", 0.1), ("igg", self.r.uniform(800, 1600))]
        missing = self.r.choice(tests)[0] if late else ""
        for code, value in tests:
            sampled = day + (self.r.randint(5, 12) if code == missing else 0)
            record.result(sampled, code, value)
        if self.p.female and self.p.age < 55:
            record.finding(day, "pregnancy", present=False)
        if self.p.carrier:
            record.result(day + 2, "hbv_dna", 0)

    def _day(self, day: int) -> None:
        self._vitals(day)
        self._oxygen(day)
        self._samples(day)
        self._events(day)
        self._round(day)
        self.orders.day(day)
        level = self.orders.level(day, self.end)
        if level is not None:
            drug, value, route, timing = level
            self.record.result(day, drug, value, route=route, timing=timing)
            self.orders.adjust(day, value)
        t = day - self.d0
        if self.p.acute and t in (13, 27, 55) and day < self.end:
            self._scan(day, self._scan_change(t))
        if t == 28 and day < self.end and self.body.air(day) > 65:
            self.record.result(day, "vc", self._vital_capacity(day))

    def _vital_capacity(self, day: float) -> float:
        return self.p.first["vc"] * (1 + 0.006 * (along(lung(self.p), day - self.d0)))

    def _scan_change(self, t: int) -> str:
        if self.p.goes == RESPONDS:
            return "unchanged" if t < 20 and self.r.random() < 0.6 else "decreased"
        worse = t < self.p.turn + 8 or self.p.goes == DIES
        return "increased" if worse else self.r.choice(("unchanged", "decreased"))

    def _scan(self, day: int, change: str) -> None:
        p = self.p
        content = {"ggo": True, "consolidation": p.consolidation, "reticular": not p.subtype.startswith("A/S-1")}
        self.record.add("hrct", day, "15:00", known=f"{day_of(day)}T17:10", change=change, **content)

    def _reads_saturation(self, day: float) -> float:
        told = self.body.saturation(day, self.support)
        return min(99.0, max(70.0, round(told + self.r.gauss(0, rates.SPO2_SPREAD))))

    def _told_oxygen(self) -> dict[str, Any]:
        if self.support < 0:
            return {"fio2": 0.21}
        _, device, flow, fio2 = SUPPORTS[self.support]
        return {"fio2": fio2} if fio2 is not None else {"flow": flow, "device": device}

    def _vitals(self, day: int) -> None:
        r, record = self.r, self.record
        for clock, at in (("06:10", 0.25), ("18:00", 0.75)):
            if day == self.begin and at < 0.4:
                continue
            if r.random() >= rates.MISSED_VITAL:
                record.reading(day, clock, "spo2", self._reads_saturation(day + at), **self._told_oxygen())
            febrile = (
                0.9 * max(0.0, along(activity(self.p), day - self.d0) - 0.4) if self.p.mda5 and day < self.d0 + 3 else 0
            )
            heat = 36.4 + 0.2 * (at > 0.5) + febrile + self.body.plus("temperature", day + at)
            if r.random() >= rates.MISSED_VITAL:
                record.reading(day, clock, "temperature", r.gauss(heat, rates.TEMPERATURE_SPREAD))
        if day > self.begin and r.random() >= rates.MISSED_VITAL:
            under = 6 if self.orders.cni and day > self.d0 + 5 else 0
            upper = self.p.usual["systolic_bp"] + under + self.body.plus("systolic_bp", day)
            lower = upper * 0.6 + self.body.plus("diastolic_bp", day)
            record.reading(day, "06:10", "systolic_bp", upper * r.gauss(1, rates.NOISE["systolic_bp"]))
            record.reading(day, "06:10", "diastolic_bp", lower * r.gauss(1, rates.NOISE["diastolic_bp"]))
        t = day - self.d0
        sugar = self.body.plus("glucose", day)
        if t > 0 and (t <= 10 or abs(sugar) > 15) and r.random() >= rates.MISSED_VITAL:
            base = 118 + 22 * self.orders.share_of_dose(day) + sugar
            record.reading(day, "18:00", "glucose", max(30, base * r.gauss(1, 0.10)))

    def _oxygen(self, day: int) -> None:
        """The support is raised at once when it does not do, and lowered a step a day when it would for two days."""
        need = self.body.needed(day + 0.5)
        clock = "10:30"
        if need > self.support:
            self.support, self.less_since = need, day
        elif need < self.support and self.body.needed(day - 1) < self.support and day - self.less_since >= 2:
            self.support, self.less_since = self.support - 1, day
        else:
            if day == self.begin:
                self.record.add("support", day, clock, level="room_air")
            return
        if self.support < 0:
            self.record.add("support", day, clock, level="room_air")
        else:
            device = SUPPORTS[self.support][1]
            told = {k: v for k, v in self._told_oxygen().items() if k != "device"}
            told |= {"device": device} if "flow" in told else {}
            self.record.add("support", day, clock, level=LEVELS[device], **told)

    def _samples(self, day: int) -> None:
        """Twice a week in the first four weeks, then weekly; a sample is missed now and then; none at weekends."""
        r, weekday, t = self.r, day_of(day).weekday(), day - self.d0
        early = self.p.acute and t <= 28
        ill = any(x.kind.escalates is not None and 0 <= day - x.begins <= 10 for x in self.running)
        first = day == self.begin
        panel = first or weekday == MONDAY or (weekday == THURSDAY and (early or ill))
        if ill and not panel and self.body.plus("temperature", day - 1) > 0.8 and weekday < SATURDAY:
            panel = True  # a fever has blood drawn
        again = day in self.repeat_on
        if again or (panel and (first or r.random() >= rates.MISSED_ROUTINE)):
            codes = [*CHEMISTRY, *COUNT, "ferritin", "bilirubin"]
            codes += ["kl6", "spd"] if first or weekday == MONDAY else []
            codes += ["ggt", "glucose"] if first or weekday == MONDAY else []
            codes += ["magnesium"] if weekday == MONDAY and self.orders.cni else []
            for code in codes:
                self.record.result(day, code, self.body.value(code, day + 0.3))
            if self.body.wants_repeat(day):
                self.repeat_on.add(day + 1)
            if first:
                self.record.result(day, "hba1c", self.p.usual["hba1c"])
        fever = self.body.plus("temperature", day - 1) > 0.8 and weekday < SATURDAY
        every_second = weekday == MONDAY and t > 0 and (ceil(t / 7) % 2 == 0 or self._cmv_known(day))
        if first or fever or (every_second and r.random() >= rates.MISSED_ROUTINE):
            self.record.result(day, "bdg", max(2.5, self.body.value("bdg", day) + 3.5), kit="turbidimetric")
            cells = self.body.value("cmv_pp65", day)
            self.record.result(day, "cmv_pp65", r.gauss(cells, cells**0.5) if cells > 0.3 else 0)
        planned = (weekday in (MONDAY, THURSDAY) and early) or self._hypoxic(day, weekday)
        if self.p.acute and (first or (planned and r.random() >= rates.MISSED_ROUTINE)):
            self._gas(day)
        if self.p.carrier and t > 0 and t % 28 == 0:
            self.record.result(day, "hbv_dna", self.body.value("hbv_dna", day))

    def _cmv_known(self, day: int) -> bool:
        return any(x.kind.code.startswith("cmv") and 8 <= day - x.begins <= 36 for x in self.running)

    def _hypoxic(self, day: int, weekday: int) -> bool:
        return self.support >= 2 and weekday < SATURDAY and day % 2 == 0

    def _gas(self, day: int) -> None:
        clock, told = "08:30", self._told_oxygen()
        lacks = self.body.needed(day + 0.3) - self.support
        value = self.body.air(day + 0.3) if self.support < 0 else 74 - 5 * max(0, lacks)
        if self.support < 0 and lacks > 0:
            value = min(value, 59.5)
        value *= self.r.gauss(1, rates.NOISE["pao2"])
        self.record.reading(day, clock, "pao2", value, **told)
        self.record.reading(day, clock, "paco2", self.p.first["paco2"] * self.r.gauss(1, 0.04), **told)

    def _events(self, day: int) -> None:
        """Findings of troubles that are found by looking."""
        for x in self.running:
            since = day - x.begins
            if x.kind.code == "pneumomediastinum" and since == 0:
                self.record.finding(day, "pneumomediastinum", clock="16:20")
            if x.kind.code == "pres" and since == 0:
                self.record.finding(day, "seizure", clock="07:40")
            if x.kind.code in ("pcp", "sepsis", "fungus") and since == round(x.kind.escalates or 0) + 1:
                self.record.finding(day, "infection", clock="16:30")
            if x.kind.code in ("pcp", "sepsis", "fungus") and since == round(x.kind.lasts):
                self.record.finding(day, "infection", present=False, clock="16:30")
            if x.kind.code == "pcp" and since == 3:
                self.record.finding(day, "dyspnoea_on_exertion", change="worse", clock="10:30")
            if x.kind.code == "pcp" and since == 6:
                self.orders.treat_pneumocystis(day)

    def _round(self, day: int) -> None:
        """Once a week: dyspnoea, and what the ward says of improvement; it steps up by itself on its own day."""
        p, t = self.p, day - self.d0
        if t <= 0:
            return
        if p.goes != RESPONDS and t == p.turn and p.goes != DIES:
            self._judge(day, "worse")
            self.record.finding(day, "dyspnoea_on_exertion", change="worse")
            self.orders.step_up(day + 1, salvage=p.goes == SALVAGED)
            return
        if p.goes == DIES and t == round(p.turn * 0.5):
            self._judge(day, "worse")
            self.record.finding(day, "dyspnoea_on_exertion", change="worse")
            self.orders.step_up(day + 1, salvage=True)
            return
        if t % 7 or self.r.random() >= rates.JUDGES_WEEKLY:
            return
        better = self._is_better(t)
        falling = along(lung(p), t) < along(lung(p), t - 7) - 3
        self.record.finding(
            day, "dyspnoea_on_exertion", change="worse" if falling else "improved" if better else "unchanged"
        )
        if self.improved_on is not None and day - self.improved_on < 28 and not falling:
            return
        self._judge(day, "worse" if falling and t > 7 else "improved" if better else "unchanged")

    def _is_better(self, t: int) -> bool:
        p = self.p
        if p.goes == RESPONDS:
            return t >= 14 and (t >= 21 or self.r.random() < 0.85)
        return p.goes != DIES and t > p.turn + 14

    def _judge(self, day: int, improvement: str) -> None:
        self.record.add("judgement", day, "16:30", improvement=improvement)
        if improvement == "improved":
            self.improved_on = day
        elif self.orders.step != "T4" and not (improvement == "worse" and self.orders.steps_up_on == day + 1):
            wait = day - self.d0 >= (14 if self.orders.step != "T1" else 28) or improvement == "worse"
            if wait and self.r.random() < 0.8:  # it stays with what runs, and says why
                following = {"T1": "T2", "T2": "T3", "T3": "T4"}[self.orders.step]
                reason = "slow improvement expected on what runs"
                self.record.add("decision", day, "17:00", step=following, accepted=False, code="milder", reason=reason)

    # -- after discharge

    def _visits(self) -> None:
        """Every two weeks for twelve, then every four; one in ten is missed."""
        day = self.end + 14
        while day < self.until:
            self.orders.day(day, at_home=True)
            if self.r.random() >= 0.1:
                self._visit(day)
            day += 14 if day - self.d0 < 84 + 14 else 28

    def _visit(self, day: int) -> None:
        record, t = self.record, day - self.d0
        record.reading(day, "09:00", "spo2", self._reads_saturation(day), **self._told_oxygen())
        record.reading(day, "09:00", "systolic_bp", self.p.usual["systolic_bp"] * self.r.gauss(1, 0.06))
        record.reading(day, "09:00", "diastolic_bp", self.p.usual["systolic_bp"] * 0.6 * self.r.gauss(1, 0.06))
        codes = [*CHEMISTRY, *COUNT, "ferritin", "bilirubin", "kl6"]
        codes += ["magnesium"] if self.orders.cni else []
        codes += ["hba1c"] if t % 84 < 14 else []
        for code in codes:
            record.result(day, code, self.body.value(code, day))
        if t % 28 < 14:
            record.result(day, "bdg", max(2.5, self.body.value("bdg", day) + 3.5), kit="turbidimetric")
            record.result(day, "cmv_pp65", 0)
        level = self.orders.level(day, day, visit=True)
        if level is not None:
            drug, value, route, timing = level
            record.result(day, drug, value, route=route, timing=timing)
        record.finding(day, "dyspnoea_on_exertion", change="unchanged", clock="10:00")
        if self.improved_on is None or day - self.improved_on >= 28:
            self._judge(day, "improved")


def chances(seed: int, number: int) -> random.Random:
    """The chances of one patient of a year."""
    return random.Random(f"{seed}-{number}")  # noqa: S311 - invented people
