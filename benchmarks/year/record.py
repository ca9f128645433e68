"""The record of one invented patient as a case file, as a laboratory and a ward write it: late, corrected, cancelled.

Days count from the first day of the year that is told; a time is a clock on it. Pure.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.year import rates
from patients.clinical.measurements import MEASUREMENTS

FIRST_DAY = date(2023, 4, 1)  # of the year; a Saturday
WARM_UP = 60  # days before it, in which the beds are filled
SLOW = {"kl6": "14:00", "spd": "14:00", "bdg": "14:00", "cmv_pp65": "14:00", "mda5_titre": "14:00"}  # the next day
REPORTED, LEVELS_REPORTED = "09:40", "14:00"
SAMPLED = "06:30"


def day_of(number: int) -> date:
    """The date of a day of the year."""
    return FIRST_DAY + timedelta(days=number)


def moment(day: int, clock: str) -> str:
    """A day and a clock, as a case file writes them."""
    return f"{day_of(day)}T{clock}" if clock else f"{day_of(day)}"


class Record:
    """Events of one patient in the order in which they are added. `r`: the chances of this patient."""

    def __init__(self, number: int, *, female: bool, age: int, r: random.Random) -> None:
        self.number, self.r = number, r
        self.events: list[dict[str, Any]] = []
        self._patient = {
            "mrn": f"Y{number}",
            "family_name": f"Invented {number}",
            "given_name": "Year",
            "sex": "female" if female else "male",
            "birth_date": f"{FIRST_DAY - timedelta(days=round(age * 365.25))}",
        }

    def add(self, kind: str, day: int, clock: str = "", *, known: str = "", **content: Any) -> None:
        """One event; what is None is left out."""
        event = {"on": moment(day, clock), "kind": kind, **{k: v for k, v in content.items() if v is not None}}
        if known:
            event["known"] = known
        self.events.append(event)

    def finding(
        self, day: int, code: str, *, present: bool | None = True, change: str | None = None, clock: str = "10:30"
    ) -> None:
        """A clinical finding of the round."""
        self.add("finding", day, clock, code=code, present=present, change=change)

    def reading(self, day: int, clock: str, code: str, value: float, **more: Any) -> None:
        """Something read at the bed: known at once."""
        self.add("measurement", day, clock, code=code, **self._written(code, value), **more)

    def result(self, day: int, code: str, value: float, **more: Any) -> None:
        """A result of the laboratory: noise, lateness, and the faults that laboratories and files have."""
        r = self.r
        value *= max(0.4, r.gauss(1, rates.NOISE.get(code, 0.0)))
        known_day, known_clock = self._known(day, code)
        known = moment(known_day, known_clock)
        told = {"code": code, **more}
        draw = r.random()
        if draw < rates.REJECTED:
            unit = MEASUREMENTS[code].unit
            self.add("measurement", day, SAMPLED, known=known, unit=unit, absent="haemolysed", **told)
            return
        number = f"L{len(self.events)}"
        written = self._written(code, value)
        if draw < rates.REJECTED + rates.CORRECTED:
            wrong = self._written(code, value * r.choice((0.8, 0.9, 1.1, 1.25)))
            self._versions(
                day, number, told, (known, wrong, "final"), (moment(known_day, "15:10"), written, "corrected")
            )
        elif draw < rates.REJECTED + rates.CORRECTED + rates.CANCELLED:
            later = moment(known_day, "16:20")
            self._versions(day, number, told, (known, written, "final"), (later, written, "cancelled"))
        elif draw < rates.REJECTED + rates.CORRECTED + rates.CANCELLED + rates.TENFOLD:
            wrong, later = self._written(code, value * 10), moment(known_day + 1, "09:15")
            self._versions(day, number, told, (known, wrong, "final"), (later, written, "corrected"))
        elif draw < rates.REJECTED + rates.CORRECTED + rates.CANCELLED + rates.TENFOLD + rates.WITHOUT_UNIT:
            self.add("measurement", day, SAMPLED, known=moment(known_day, "17:30"), **written, **told)
        else:
            self.add("measurement", day, SAMPLED, known=known, **written, **told)

    def _versions(
        self, day: int, number: str, told: dict[str, Any], *versions: tuple[str, dict[str, str], str]
    ) -> None:
        for known, written, status in versions:
            self.add("measurement", day, SAMPLED, known=known, id=number, status=status, **written, **told)

    def _known(self, day: int, code: str) -> tuple[int, str]:
        late = self.r.random() < rates.LATE_RESULT
        if code in SLOW:
            return day + (2 if late else 1), SLOW[code]
        return day + late, LEVELS_REPORTED if code in ("csa", "tac") else REPORTED

    def _written(self, code: str, value: float) -> dict[str, str]:
        kind = MEASUREMENTS[code]
        value = min(float(kind.refuse.high), max(float(kind.refuse.low), value))
        return {"value": f"{value:.{kind.decimals}f}", "unit": kind.unit}

    def as_case_file(self) -> dict[str, Any]:
        """The case file, its events in the order in which they became known."""
        events = sorted(self.events, key=lambda x: _at(x.get("known") or x["on"]))
        return {
            "format": "ildcare-case/1",
            "source": "Invented: the simulated year of a ward",
            "patient": self._patient,
            "events": events,
        }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
