"""A course in days, as a case file: `Course(person, days=12)` ends today, on its day 12.

Day 0 is the day of the first treatment, or of admission. Laboratory series are drawn between named points, with a
small scatter that is the same at every start; the points themselves are exact, so that what they trigger is too. A
trend that names two ends only is a usual one: each person has it a little higher or lower than the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zlib import crc32

from ildcare.demo.people import Person
from patients.clinical.measurements import MEASUREMENTS

USUAL_SCATTER = 0.03
SCATTER = {
    "vc": 0.005,
    "pao2": 0.015,
    "temperature": 0.004,
    "respiratory_rate": 0.06,
    "heart_rate": 0.06,
    "systolic_bp": 0.05,
    "diastolic_bp": 0.05,
    "haemoglobin": 0.01,
    "potassium": 0.02,
}
# between persons
USUAL_OWN = 0.09
OWN_SCATTER = {
    "potassium": 0.16,
    "magnesium": 0.15,
    "ck": 0.2,
    "systolic_bp": 0.04,
    "haemoglobin": 0.06,
    "crp": 0.45,
    "ldh": 0.08,
    "alt": 0.2,
    "ast": 0.15,
    "bilirubin": 0.35,
    "ggt": 0.25,
    "creatinine": 0.16,
    "igg": 0.15,
    "paco2": 0.07,
    "spo2": 0.012,
    "height": 0.035,
    "fvc_pp": 0.06,
    "dlco_pp": 0.08,
}
USUAL_PACO2, PACO2_SCATTER = 36.0, 0.012
PROPORTIONAL = {"ferritin", "kl6", "ck", "ldh", "crp", "spd", "mda5_titre", "bdg"}  # rise and fall by factors
MORNING, REPORTED, ROUND, EVENING = "06:30", "09:10", "10:30", "18:00"

Point = tuple[int, float]
Trend = Sequence[Point] | tuple[float, float]


class Course:
    """Events of one invented patient; every method returns the course."""

    def __init__(self, person: Person, *, days: int, now: datetime) -> None:
        self.person, self.days, self.now = person, days, now
        self.events: list[dict[str, Any]] = []
        self._samples: set[tuple[object, ...]] = set()

    # -- time

    def at(self, day: int, clock: str = "") -> str:
        """The text of a day (and clock) of the course, as a case file writes it."""
        date = self.now.date() - timedelta(days=self.days - day)
        return f"{date}T{clock}" if clock else f"{date}"

    def _is_past(self, moment: str) -> bool:
        day, _, clock = moment.partition("T")
        wall = datetime.combine(datetime.fromisoformat(day), time.fromisoformat(clock or "00:00"))
        return wall <= self.now.replace(tzinfo=None)

    def add(self, kind: str, day: int, clock: str = "", *, known: str = "", **content: Any) -> Course:
        """One event; what would lie in the future (later today) is left out."""
        event = {"on": self.at(day, clock), "kind": kind, **content}
        if known:
            event["known"] = known
        if self._is_past(event["on"]) and (not known or self._is_past(known)):
            self.events.append({key: value for key, value in event.items() if value is not None})
        return self

    # -- facts

    def onset(self, day: int, *, known_on: int | None = None) -> Course:
        """Respiratory onset; `known_on`: the day on which the clinic learned of it, if another."""
        return self.add("respiratory_onset", day, known=self.at(known_on) if known_on is not None else "")

    def diagnosis(self, day: int, myositis: str, *, provisional: bool = False) -> Course:
        """Diagnosis of myositis."""
        return self.add("diagnosis", day, ROUND, myositis=myositis, provisional=provisional)

    def antibodies(self, day: int, **results: str) -> Course:
        """Antibody results by code, as reported on that day."""
        for code, result in results.items():
            self.add("antibody", day, "14:00", code=f"anti_{code}", result=result)
        return self

    def hrct(self, day: int, **content: Any) -> Course:
        """HRCT report."""
        return self.add("hrct", day, "15:20", **content)

    def finding(self, day: int, code: str, present: bool | None = True, change: str | None = None) -> Course:
        """Clinical finding."""
        return self.add("finding", day, ROUND, code=code, present=present, change=change)

    def dyspnoea(self, day: int, change: str | None = None, *, present: bool = True) -> Course:
        """Dyspnoea on exertion."""
        return self.finding(day, "dyspnoea_on_exertion", present, change)

    def drug(self, day: int, drug: str, dose: float, unit: str = "mg/day", **more: Any) -> Course:
        """A drug at one dose; `stop` is the last day given. One that goes on at a new dose does so from midnight."""
        clock = EVENING if more.pop("new", True) else ""
        if (stop := more.pop("stop", None)) is not None and stop < self.days:
            more["stop"] = self.at(stop)
        amount = int(dose) if dose == int(dose) else dose
        return self.add("treatment", day, clock, drug=drug, dose=amount, unit=unit, **more)

    def support(self, day: int, level: str, fio2: float | None = None) -> Course:
        """Respiratory support."""
        return self.add("support", day, "08:00", level=level, fio2=fio2)

    def judged(self, day: int, improvement: str, note: str = "") -> Course:
        """The clinicians' judgement of improvement."""
        return self.add("judgement", day, "16:30", improvement=improvement, note=note or None)

    def decided(self, day: int, reason: str, **content: Any) -> Course:
        """A decision with its reason."""
        return self.add("decision", day, "17:00", reason=reason, **content)

    # -- measurements

    def test(self, day: int, code: str, value: float | str, clock: str = MORNING, **more: Any) -> Course:
        """One result; a number is written with the decimals of its measurement."""
        kind = MEASUREMENTS[code]
        text = value if isinstance(value, str) else f"{value:.{kind.decimals}f}"
        sample = (self.at(day, clock), code, more.get("fio2"), more.get("id"), more.get("status"))
        if sample in self._samples:
            return self  # the sample of the work-up is the first of the watch
        self._samples.add(sample)
        return self.add("measurement", day, clock, code=code, value=text, unit=kind.unit, **more)

    def lab(self, day: int, code: str, value: float | str, **more: Any) -> Course:
        """One laboratory result of the morning, known when the laboratory reports it."""
        return self.test(day, code, value, known=self.at(day, REPORTED), **more)

    def labs(self, days: Iterable[int], **trends: Trend) -> Course:
        """Laboratory results on these days along trends: points (day, value), or values at the first and last day."""
        wanted = [day for day in days if day <= self.days]
        for code, trend in trends.items():
            points = _points(self.usual(code, trend), wanted)
            for day in sorted({*wanted, *(day for day, _ in points if day <= self.days)}):
                self.lab(day, code, self._drawn(code, day, points))
        return self

    def value(self, day: int, code: str, trend: Trend, days: Sequence[int]) -> float:
        """The value of a day along a trend, a named point exactly."""
        return self._drawn(code, day, _points(trend, days))

    def _drawn(self, code: str, day: int, points: Sequence[Point]) -> float:
        exact = dict(points).get(day)
        if exact is not None:
            return exact
        return self.scattered(day, code, between(points, day, proportional=code in PROPORTIONAL))

    def scattered(self, day: int, code: str, value: float) -> float:
        """A value as one measures it: a little beside the line, the same at every start."""
        noise = crc32(f"{self.person.mrn}{code}{day}".encode()) / 2**32 * 2 - 1
        return value * (1 + SCATTER.get(code, USUAL_SCATTER) * noise)

    def of_their_own(self, code: str, ends: tuple[float, float]) -> tuple[float, float]:
        """The usual course of a value as this person has it: a little higher or lower than another's all along."""
        noise = crc32(f"{self.person.mrn}{code}".encode()) / 2**32 * 2 - 1
        share = 1 + OWN_SCATTER.get(code, USUAL_OWN) * noise
        return ends[0] * share, ends[1] * share

    def usual(self, code: str, trend: Trend) -> Trend:
        """A trend of two ends as this person has it; one of named points as it is."""
        first, last = trend[0], trend[-1]
        return trend if isinstance(first, tuple) or isinstance(last, tuple) else self.of_their_own(code, (first, last))

    def own(self, code: str, value: float) -> float:
        """A usual value as this person has it."""
        return self.of_their_own(code, (value, value))[0]

    def gas(self, day: int, pao2: float, paco2: float | None = None, fio2: float = 0.21) -> Course:
        """An arterial blood gas; PaCO2 is the usual one of this person where none is named."""
        self.test(day, "pao2", pao2, "08:15", fio2=fio2)
        noise = crc32(f"{self.person.mrn}paco2{day}".encode()) / 2**32 * 2 - 1
        usual = self.own("paco2", USUAL_PACO2) * (1 + PACO2_SCATTER * noise)
        return self.test(day, "paco2", usual if paco2 is None else paco2, "08:15", fio2=fio2)

    def gases(self, days: Iterable[int], pao2: Trend, fio2: float = 0.21) -> Course:
        """Blood gases along a trend."""
        wanted = [day for day in days if day <= self.days]
        points = _points(pao2, wanted)
        for day in sorted({*wanted, *(day for day, _ in points if day <= self.days)}):
            self.gas(day, self._drawn("pao2", day, points), fio2=fio2)
        return self

    def saturations(self, days: Iterable[int], spo2: Trend, fio2: float = 0.21) -> Course:
        """SpO2 of the morning along a trend."""
        wanted = [day for day in days if day <= self.days]
        for day in wanted:
            value = between(_points(spo2, wanted), day, proportional=False)
            self.test(day, "spo2", min(99.0, value), "06:00", fio2=fio2)
        return self

    def level(self, day: int, value: float, route: str = "iv", timing: str = "pre_dose", drug: str = "csa") -> Course:
        """A drug level."""
        return self.lab(day, drug, value, route=route, timing=timing)

    def as_case_file(self) -> dict[str, Any]:
        """The case file."""
        person = self.person
        return {
            "format": "ildcare-case/1",
            "source": "Invented for demonstration",
            "patient": {
                "mrn": person.mrn,
                "family_name": person.family_name,
                "given_name": person.given_name,
                "sex": person.sex,
                "birth_date": f"{person.birth_date}",
            },
            "events": sorted(self.events, key=lambda event: (event["on"][:10], event["on"][10:])),
        }


def _points(trend: Trend, days: Sequence[int]) -> list[Point]:
    first, last = trend[0], trend[-1]
    if isinstance(first, tuple):
        return [point for point in trend if isinstance(point, tuple)]
    assert not isinstance(last, tuple)
    return [(days[-1], last), (days[0], first)] if days else []


def between(points: Sequence[Point], day: int, *, proportional: bool) -> float:
    """The value of a day on the line through the points: straight, or straight in logarithms."""
    before = max((p for p in points if p[0] <= day), default=points[0])
    after = min((p for p in points if p[0] >= day), default=points[-1])
    if before[0] == after[0]:
        return before[1]
    share = (day - before[0]) / (after[0] - before[0])
    if proportional and before[1] > 0 and after[1] > 0:
        return float(before[1] * (after[1] / before[1]) ** share)
    return before[1] + (after[1] - before[1]) * share
