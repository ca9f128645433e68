"""The year of a unit: beds that are filled one patient after the other, and those who come back. Pure."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.year import rates
from benchmarks.year.care import Stay, chances
from benchmarks.year.people import RESPONDS, Person, drawn
from benchmarks.year.planting import clock
from benchmarks.year.record import FIRST_DAY, WARM_UP, Record, day_of
from benchmarks.year.troubles import ACTIVITY, BREATHING, CHART, Trouble
from patients.clinical.wall_clock import start_of_day

ZONE = "Asia/Tokyo"
BEDS, DAYS = 40, 365
FOLLOWED = 20  # days after discharge in which visits are told [J]: the figures are those of the ward
COMES_BACK = (70, 240)  # days after D0 on which a relapse begins [J], about a median of 11 months cut by the year


@dataclass(frozen=True, kw_only=True)
class Told:
    """One patient of the year: the case file, the stays (days of the year, from and until), what was planted."""

    person: Person
    case: dict[str, Any]
    stays: tuple[tuple[datetime, datetime], ...]
    troubles: tuple[Trouble, ...]

    @property
    def document(self) -> bytes:
        """The case file as it is read."""
        return json.dumps(self.case).encode()


class _Patient:
    """A patient who may come back."""

    def __init__(self, seed: int, number: int) -> None:
        r = chances(seed, number)
        self.person = drawn(number, r)
        self.record = Record(number, female=self.person.female, age=self.person.age, r=r)
        self.stays: list[Stay] = []
        relapses = r.random() < rates.RELAPSE * rates.RELAPSE_WITHIN_YEAR and self.person.goes == RESPONDS
        self.returns = r.randint(*COMES_BACK) if relapses else None

    def comes(self, day: int, last: int) -> Stay:
        """A stay from a day on."""
        stay = Stay(self.person, self.record, day, last, relapse=bool(self.stays))
        again = stay.d0 + self.returns if self.returns is not None and not self.stays and not stay.died else None
        stay.until = min(last, stay.end + FOLLOWED, again if again is not None else last)
        self.stays.append(stay)
        return stay


def year(seed: int, *, beds: int = BEDS, days: int = DAYS, warm_up: int = WARM_UP) -> list[Told]:
    """Everybody who lay in the unit; its beds are filled in the days of `warm_up`. A seed tells one year."""
    order = chances(seed, 0)
    people: list[_Patient] = []
    coming: list[tuple[int, int]] = []  # day of a relapse, place of the patient
    free = [(-warm_up + order.randint(0, warm_up * 2 // 3), bed) for bed in range(beds)]
    heapq.heapify(free)
    while free and free[0][0] < days:
        day, bed = heapq.heappop(free)
        if coming and coming[0][0] <= day:
            patient = people[heapq.heappop(coming)[1]]
            _relapsed(patient, day)
        else:
            patient = _Patient(seed, len(people) + 1)
            people.append(patient)
        stay = patient.comes(day, days)
        if patient.returns is not None and len(patient.stays) == 1 and not stay.died:
            heapq.heappush(coming, (max(stay.end + 10, stay.d0 + patient.returns), people.index(patient)))
        stay.tell()
        empty = round((stay.end - stay.begin) * (1 / rates.OCCUPIED - 1) * order.expovariate(1))
        heapq.heappush(free, (stay.end + 1 + empty, bed))
    return [_told(x, days) for x in people]


def _relapsed(patient: _Patient, day: int) -> None:
    """What brings them back: visits of the last three weeks told it."""
    first = patient.stays[0]
    begun = day - 16
    for before, change, kl6 in ((14, "worse", 1.5), (4, "worse", 1.9)):
        patient.record.finding(day - before, "dyspnoea_on_exertion", change=change, clock="10:00")
        patient.record.result(day - before, "kl6", patient.person.usual["kl6"] * kl6)
        patient.record.result(day - before, "ldh", 290)
        patient.record.reading(day - before, "09:00", "spo2", 94, fio2=0.21)
    content: dict[str, Any] = {"ggo": True, "consolidation": patient.person.consolidation, "change": "increased"}
    patient.record.add("hrct", day - 3, "15:00", **content)
    first.troubles.append(
        Trouble(
            kind="relapse",
            patient=patient.person.number,
            begins=begun,
            ends=day + 14,
            told_by=("AS_ENTRY", *BREATHING),
            besides=ACTIVITY + CHART,
            escalation=clock(day, 10),
            noticed="admitted again",
        )
    )
    patient.person.first |= {"pao2": max(62.0, patient.person.first["pao2"]), "kl6": patient.person.usual["kl6"] * 1.9}


def _told(patient: _Patient, days: int) -> Told:
    zone = ZoneInfo(ZONE)
    stays = []
    for stay in patient.stays:
        begun = start_of_day(day_of(stay.begin), zone) + timedelta(hours=10)
        gone = timedelta(hours=3, minutes=20) if stay.died else timedelta(hours=14, minutes=30)
        stays.append((begun, start_of_day(day_of(stay.end), zone) + gone))
    case = patient.record.as_case_file()
    last = f"{FIRST_DAY + timedelta(days=days)}"
    case["events"] = [x for x in case["events"] if (x.get("known") or x["on"]) < last and x["on"] < last]
    troubles = tuple(y for x in patient.stays for y in x.troubles)
    return Told(person=patient.person, case=case, stays=tuple(stays), troubles=troubles)
