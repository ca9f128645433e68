"""A drawn course as the product reads it: facts in a Snapshot, and the case file that tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.courses import Drawn, Result, moment
from patients.clinical import facts as f
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import Version, standing

ZONE = ZoneInfo("Asia/Tokyo")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZONE)  # of "today", where nothing is stored
NOW = MIDNIGHT + timedelta(hours=12)


def snapshot_of(person: Drawn) -> Snapshot:
    """What is known of the person today; frozen anew each time, with nothing worked out yet."""
    return freeze(standing(versions_of(person), NOW), as_of=NOW, known_at=NOW, zone=ZONE.key, sex="female")


def versions_of(person: Drawn) -> list[Version]:
    """Every version of every fact."""
    told = [_told(n, kind, day, content) for n, (kind, day, content) in enumerate(person.facts)]
    named = 0
    for n, result in enumerate(person.results, len(told)):
        named += result.version == 1
        told.append(_measured(n, named, result))
    return told


def _times(number: int, on: datetime, known: datetime) -> dict[str, Any]:
    days = {"day": on.date(), "known_day": known.date(), "first_known": known}
    return {"id": f"{number:05d}", "on": on, "known": known, **days}


def _told(number: int, kind: str, day: float, content: dict[str, Any]) -> Version:
    on = moment(day, MIDNIGHT)
    told = {name: value for name, value in content.items() if value not in ("", None)}
    if "stop" in told:
        told["stop"] = moment(told["stop"], MIDNIGHT).date()
    if "dose" in told:
        told["dose"] = Decimal(told["dose"])
    return Version(identity=f"{kind}/{number}", fact=f.CLASS_OF[kind](**_times(number, on, on), **told))


def _measured(number: int, named: int, result: Result) -> Version:
    on = moment(result.day, MIDNIGHT)
    times = _times(number, on, on + timedelta(hours=2 if result.version == 1 else 20))
    identity, cancelled = f"measurement/{named}", result.status == "cancelled"
    if result.value is None:
        silent = {"value": None, "typed_value": result.text}
        return Version(identity=identity, fact=f.Fact(**times), cancelled=True, sequence=result.version, details=silent)
    level: dict[str, Any] = {"route": "oral", "timing": "trough"} if result.code == "csa" else {}
    fact = f.Measurement(
        **times,
        code=result.code,
        quantity=Quantity(Decimal(result.value), result.comparator),
        fio2=Decimal(result.fio2) if result.fio2 else None,
        status="corrected" if result.status == "corrected" else "final",
        **level,
    )
    return Version(identity=identity, fact=fact, cancelled=cancelled, sequence=result.version)


# -- as a case file ---------------------------------------------------------------------------------------------------


def case_file(person: Drawn, number: str) -> bytes:
    """The same course as a sender would write it; of a result the last version, and no rejected one."""
    events = [_event(kind, moment(day, MIDNIGHT), content) for kind, day, content in person.facts]
    events += [_measurement(x) for x in last_versions(person)]
    told = {"mrn": number, "family_name": "Background", "given_name": number, "birth_date": "1960-01-01"}
    document = {"format": "ildcare-case/1", "source": "benchmark", "patient": told, "events": events}
    return json.dumps(document).encode()


def last_versions(person: Drawn) -> Iterator[Result]:
    """Of every result what stands."""
    for result, following in zip(person.results, [*person.results[1:], None], strict=True):
        replaced = following is not None and following.version == 2
        if result.value is not None and not replaced and result.status != "cancelled":
            yield result


def _event(kind: str, on: datetime, content: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in content.items() if value not in ("", None)}
    if "stop" in told:
        told["stop"] = moment(told["stop"], MIDNIGHT).date().isoformat()
    return {"kind": kind, "on": on.date().isoformat(), **told}


def _measurement(result: Result) -> dict[str, Any]:
    on = moment(result.day, MIDNIGHT).isoformat(timespec="seconds")
    told = {"kind": "measurement", "on": on, "code": result.code, "unit": MEASUREMENTS[result.code].units[0].code}
    level = {"route": "oral", "timing": "trough"} if result.code == "csa" else {}
    oxygen = {"fio2": result.fio2} if result.fio2 else {}
    return {**told, "value": f"{result.comparator}{result.value}", **level, **oxygen}
