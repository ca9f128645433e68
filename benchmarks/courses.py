"""Invented courses of the background: one patient's facts in time, drawn from `distributions`. Pure.

An acute course begins with its onset, is treated by a step of the chart two weeks later and followed since; a chronic
one begins with the decision that it is chronic, and is stable. Visits are missed, results are rejected, corrected,
cancelled and censored. The same number draws the same course.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks import distributions as d

LONGEST, SHORTEST = 700, 12  # days since the onset
DELAY = 14  # days from onset to treatment
ACUTE_VISITS = (0, 7, 14, 21, 28)  # days since treatment; later ones at random
IVCY_DOSES, IVCY_EVERY = 6, 28
TAPER = ((1.0, 28), (0.8, 28), (0.6, 28), (0.4, 56), (0.2, 0))  # share of the first dose, days; 0: until now
CALIBRATED_TO = 1650  # ng/mL of ferritin: an analyser that does not dilute says ">1650"
STABLE = 4.0  # mmHg about the usual PaO2 of a chronic course


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A version of a result. `value` None: rejected, with its reason as text."""

    code: str
    day: float
    value: str | None
    comparator: str = ""
    fio2: str = ""
    status: str = "final"
    version: int = 1
    text: str = ""


@dataclass(slots=True, kw_only=True)
class Drawn:
    """One patient: days are counted from today (negative). `facts`: kind, day, content."""

    acute: bool
    in_hospital: bool
    age: int
    female: bool
    facts: list[tuple[str, float, dict[str, Any]]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


def drawn(number: int, results: int) -> Drawn:
    """The patient of this number with about so many results."""
    return _Drawing(number, results).patient


def moment(day: float, midnight: datetime) -> datetime:
    """The time of a day, today's midnight given."""
    return midnight + timedelta(days=day)


class _Drawing:
    def __init__(self, number: int, results: int) -> None:
        self.r = r = random.Random(number)  # noqa: S311 - invented people
        age = min(90, max(18, round(d.AGE.drawn(r))))
        self.patient = Drawn(
            acute=r.random() < d.ACUTE,
            in_hospital=r.random() < d.IN_HOSPITAL,
            age=age,
            female=r.random() < d.FEMALE,
        )
        self.begin = -float(r.randint(SHORTEST + DELAY, LONGEST))
        self.treated = self.begin + DELAY if self.patient.acute else self.begin
        self.until = 0.0 if r.random() < d.UNDER_TREATMENT else max(self.treated, -float(r.randint(1, 200)))
        self.csa = False
        self._story()
        self._drugs()
        self._results(results)

    def _fact(self, kind: str, day: float, **content: Any) -> None:
        self.patient.facts.append((kind, day, content))

    # -- the course ---------------------------------------------------------------------------------------------------

    def _story(self) -> None:
        mda5 = self.r.random() < d.ANTI_MDA5
        self._fact("diagnosis", self.treated, myositis="DM" if mda5 else self.r.choice(("DM", "PM", "ASyS")))
        self._fact("antibody", self.treated, code="anti_mda5", result="positive" if mda5 else "negative")
        if not mda5:
            self._fact("antibody", self.treated, code="anti_ars", result="positive")
        if self.patient.acute:
            self._fact("respiratory_onset", self.begin)
            self._fact("finding", self.treated, code="dyspnoea_on_exertion", present=True, change="worse")
            self._fact("hrct", self.treated, ggo=True, consolidation=self.r.choice(("lower", "random", "none")))
            if self.treated + 15 < -1 and self.r.random() < 0.7:
                self._fact("hrct", self.treated + 15, ggo=True, change=self.r.choice(("decreased", "unchanged")))
        else:
            self._fact("decision", self.begin, course="C", reason="stable")
            self._fact("hrct", self.begin + 1, ggo=False, consolidation="none", change="unchanged")

    def _drugs(self) -> None:
        """By step of the chart; every drug is given as one run, so that its first day is the day 0 of its step."""
        r, dose = self.r, round(d.PREDNISOLONE.drawn(self.r))
        if not self.patient.acute:
            if r.random() < 0.5:
                self._given("gc", self.begin, min(15, max(2, dose // 5)))
                if r.random() < 0.4:
                    self._given("aza", self.begin, 100)
            return
        self._taper(min(80, max(10, dose)))
        step = r.choices(list(d.TREATMENTS), list(d.TREATMENTS.values()))[0]
        if step in ("T2", "T3"):
            self.csa = True
            change = self.treated + 14
            if change < self.until:
                self._given("csa", self.treated, 150, end=change - 1, route="oral")
                self._given("csa", change, 175, route="oral")
            else:
                self._given("csa", self.treated, 150, route="oral")
        if step == "T3":
            days = (self.treated + 1 + n * IVCY_EVERY for n in range(IVCY_DOSES))
            for day in (x for x in days if x <= self.until - 1):
                self._given("ivcy", day, 500, end=day, unit="mg")

    def _taper(self, dose: int) -> None:
        day = self.treated
        for share, days in TAPER:
            last = not days or day + days > self.until
            self._given("gc", day, max(2, round(dose * share)), end=None if last else day + days - 1)
            if last:
                return
            day += days

    def _given(
        self, drug: str, day: float, dose: int, end: float | None = None, unit: str = "mg/day", route: str = ""
    ) -> None:
        stop = self.until if end is None and self.until < 0 else end
        self._fact("treatment", day, drug=drug, dose=dose, unit=unit, route=route, stop=stop)

    # -- results ------------------------------------------------------------------------------------------------------

    def _results(self, wanted: int) -> None:
        usual = self._usual()
        kept = self.patient.results
        days = self._visits(wanted)
        for day in days:
            for code in self._panel():
                if len(kept) >= wanted:
                    return
                kept.extend(self._result(code, day, usual))

    def _visits(self, wanted: int) -> list[float]:
        """The newest, then those of the first weeks, then the others; each at seven in the morning."""
        r, begin = self.r, self.treated
        first = [begin + x for x in ACUTE_VISITS if self.patient.acute]
        span = int(-1 - begin - 29)
        more = max(0, wanted // 14 - len(first)) + 1
        later = [begin + 29 + x for x in r.sample(range(span), min(span, more))] if span > 0 else []
        kept = sorted(x for x in {*first, *later} if x <= -1 and r.random() >= d.MISSED_VISIT) or [begin]
        order = sorted(kept, key=lambda x: (x != kept[-1], x not in first, -x))
        return [x + 7 / 24 + r.random() / 24 for x in order]

    def _panel(self) -> list[str]:
        codes = ["ferritin", "kl6", "ldh", "crp", "spo2", "wbc", "haemoglobin", "platelets", "creatinine", "alt", "ast"]
        codes += ["potassium", "glucose", "spd"]
        codes += [code for code, share in OFTEN.items() if self.r.random() < share]
        return [*codes, "csa"] if self.csa else codes

    def _usual(self) -> dict[str, float]:
        r = self.r
        usual = {code: interval.drawn(r) for code, interval in d.ROUTINE.items()}
        usual |= {"ferritin": d.FERRITIN.drawn(r), "kl6": d.KL6.drawn(r), "spd": d.SPD.drawn(r), "ldh": d.LDH.drawn(r)}
        usual |= {"crp": d.CRP.drawn(r), "ck": d.CK.drawn(r), "pao2": 100 - d.AADO2.drawn(r)}
        self.drift = r.uniform(*d.KL6_DRIFT) if self.patient.acute else 0.0
        usual |= {"vc": 3.2 * d.FVC_PP.drawn(r) / 100, "csa": d.CSA_TROUGH, "bdg": 6.0, "cmv_pp65": 0.0}
        return usual

    def _result(self, code: str, day: float, usual: dict[str, float]) -> Iterator[Result]:
        """One result: as it first came, and what became of it."""
        r = self.r
        if code != "pao2" and r.random() < d.REJECTED:
            yield Result(code=code, day=day, value=None, text="haemolysed")
            return
        first = self._value(code, day, usual)
        yield first
        chance = r.random()
        if chance < d.CORRECTED:
            yield _next(self._value(code, day, usual), "corrected")
        elif chance < d.CORRECTED + d.CANCELLED:
            yield _next(first, "cancelled")

    def _value(self, code: str, day: float, usual: dict[str, float]) -> Result:
        r, low, high, decimals = self.r, *LIMITS[code]
        if code == "spo2":
            return Result(code=code, day=day, value=str(r.randint(92, 99)), fio2="0.21")
        if code == "pao2":
            return self._gas(day, usual["pao2"])
        if code == "bdg" and r.random() < 0.8:
            return Result(code=code, day=day, value="6", comparator="<")  # below what the test counts
        spread = d.CSA_SPREAD if code == "csa" else 0.03 if code == "vc" else d.OVER_TIME
        value = usual[code] * (1 + max(-0.6, min(2.0, r.gauss(0, spread))))
        if code == "kl6":
            value *= 1 + self.drift * max(0.0, min(1.0, (day - self.treated) / 28))
        if code == "ferritin" and value > CALIBRATED_TO and r.random() < 0.5:
            return Result(code=code, day=day, value=str(CALIBRATED_TO), comparator=">")
        if code == "crp" and value < 0.02:
            return Result(code=code, day=day, value="0.02", comparator="<")
        if code == "csa" and value < 50:
            return Result(code=code, day=day, value="50", comparator="<")
        return Result(code=code, day=day, value=f"{min(high, max(low, value)):.{decimals}f}")

    def _gas(self, day: float, usual: float) -> Result:
        if not self.patient.acute:  # stable, on air: no fall of more than 10 mmHg
            value = min(95, max(62, usual)) + self.r.uniform(-STABLE, STABLE)
            return Result(code="pao2", day=day, value=f"{value:.1f}", fio2="0.21")
        value = min(105, max(38, self.r.gauss(usual, 6)))
        fio2 = "0.21" if value > 60 or self.r.random() < 0.3 else self.r.choice(("0.3", "0.4", "0.5"))
        return Result(code="pao2", day=day, value=f"{value:.1f}", fio2=fio2)


def _next(result: Result, status: str) -> Result:
    return Result(
        code=result.code,
        day=result.day,
        value=result.value,
        comparator=result.comparator,
        fio2=result.fio2,
        status=status,
        version=2,
    )


OFTEN = {"pao2": 0.4, "ck": 0.5, "bdg": 0.3, "cmv_pp65": 0.2, "vc": 0.2, "hba1c": 0.2}  # of visits
# of each test the ends of what is usual in the catalogue, within which values are drawn, and decimals
LIMITS: dict[str, tuple[float, float, int]] = {
    "ferritin": (6, 19000, 0), "kl6": (110, 9500, 0), "spd": (6, 1400, 1), "ldh": (85, 2400, 0), "crp": (0, 39, 2),
    "ck": (11, 19000, 0), "pao2": (38, 105, 1), "spo2": (70, 100, 0), "vc": (0.6, 6.0, 2), "csa": (26, 790, 0),
    "bdg": (6, 500, 1), "cmv_pp65": (0, 400, 0), "wbc": (600, 45000, 0), "haemoglobin": (5.5, 19, 1),
    "platelets": (25, 900, 0), "creatinine": (0.25, 4.5, 2), "ast": (4, 900, 0), "alt": (4, 900, 0),
    "potassium": (2.6, 6.5, 1), "glucose": (55, 450, 0), "hba1c": (4.1, 14, 1),
}  # fmt: skip
