"""Canonical JSON: the facts that an evaluation read, and everything it said, so that it can be replayed byte for byte.

Decimals are text, times are UTC, keys are sorted; nothing in a record depends on locale or on the machine. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.courses import GC
from patients.clinical.escalation import ADDED
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import FIELD_OF, Settings, Snapshot, in_order

Json = Any

# what an evaluation reads; a new CRP changes nothing here and is not part of a record
MEASUREMENTS_READ = frozenset(
    {
        "ferritin",
        "pao2",
        "spo2",
        "vc",
        "fvc",
        "fvc_pp",
        "dlco_pp",
        "ck",
        "kl6",
        "mda5_titre",
        "temperature",
        "weight",
    }
)
CHART_SETTINGS = tuple(x.name for x in fields(Settings) if x.name != "rules")  # those are read by the monitoring alone
DRUGS_READ = GC | ADDED
DERIVED = ("day", "known_day")  # from the times and the zone
TIMES = ("on", "known", "first_known")
DECIMALS = ("fio2", "flow", "dose", "hours_since_dose", "target_low", "target_high")


WRITTEN = {kind: tuple(x.name for x in fields(kind) if x.name not in DERIVED) for kind in f.KIND_OF}


# -- inputs -----------------------------------------------------------------------------------------------------------


def is_read(fact: f.Fact) -> bool:
    """Does an evaluation look at this fact?"""
    if isinstance(fact, f.Measurement):
        return fact.code in MEASUREMENTS_READ
    return fact.drug in DRUGS_READ if isinstance(fact, f.Treatment) else True


def what_was_read(snapshot: Snapshot) -> list[Json]:
    """Names what an answer rests on: the person, and the versions of the facts read (a course with its end)."""
    facts = [[x.id, plain(getattr(x, "stop", None))] for x in snapshot.all_facts if is_read(x)]
    return [list(_person(snapshot).values()), facts]


def inputs_of(snapshot: Snapshot) -> dict[str, Json]:
    """The facts read, with their version ids, and what else the answer depends on."""
    return {
        "as_of": plain(snapshot.as_of),
        "known_at": plain(snapshot.known_at),
        **_person(snapshot),
        "facts": [_fact_out(fact) for fact in snapshot.all_facts if is_read(fact)],
        **({"unreadable": [_left_out(x) for x in snapshot.unreadable]} if snapshot.unreadable else {}),
    }


def _person(snapshot: Snapshot) -> dict[str, Json]:
    return {
        "zone": snapshot.zone,
        "sex": snapshot.sex,
        "birth_date": plain(snapshot.birth_date),
        "settings": {name: getattr(snapshot.settings, name) for name in CHART_SETTINGS},
    }


def _left_out(entry: f.Unreadable) -> dict[str, Json]:
    """An entry that was left out because it cannot be read: its id and what it was stored as."""
    return {"kind": entry.kind, "id": entry.id, **{name: plain(getattr(entry, name)) for name in TIMES}}


def _fact_out(fact: f.Fact) -> dict[str, Json]:
    written = {"kind": f.KIND_OF[type(fact)]}
    for name in WRITTEN[type(fact)]:
        value = getattr(fact, name)
        if value is not None:
            written[name] = plain(value)
    return written


def plain(value: object) -> Json:
    """A value as JSON writes it: quantities and decimals as text, times in UTC."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Quantity):
        return f"{value.comparator}{value.value}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def settings_of(inputs: Mapping[str, Json]) -> Settings:
    """The choices of the site in a record; one of an older program lacks those that did not exist then."""
    return Settings(**inputs["settings"])


def snapshot_from(inputs: Mapping[str, Json]) -> Snapshot:
    """The Snapshot that `inputs_of` wrote down."""
    zone = ZoneInfo(inputs["zone"])
    born = inputs["birth_date"]
    kept: dict[str, list[f.Fact]] = {}
    for fact in (_fact_in(x, zone) for x in inputs["facts"]):
        kept.setdefault(FIELD_OF[type(fact)], []).append(fact)
    by_field: dict[str, Any] = {name: tuple(sorted(facts, key=in_order)) for name, facts in kept.items()}
    snapshot = Snapshot(
        as_of=datetime.fromisoformat(inputs["as_of"]),
        known_at=datetime.fromisoformat(inputs["known_at"]),
        zone=inputs["zone"],
        sex=inputs["sex"],
        birth_date=date.fromisoformat(born) if born else None,
        settings=settings_of(inputs),
    )
    by_field["unreadable"] = tuple(_left_out_in(x, zone) for x in inputs.get("unreadable", ()))
    return replace(snapshot, **by_field)


def _left_out_in(stored: Mapping[str, Json], zone: ZoneInfo) -> f.Unreadable:
    on, known, first_known = (datetime.fromisoformat(stored[name]) for name in TIMES)
    return f.Unreadable(
        id=stored["id"],
        kind=stored["kind"],
        on=on,
        known=known,
        first_known=first_known,
        day=on.astimezone(zone).date(),
        known_day=known.astimezone(zone).date(),
    )


def _fact_in(stored: Mapping[str, Json], zone: ZoneInfo) -> f.Fact:
    cls = f.CLASS_OF[stored["kind"]]
    values = {name: _read(name, value) for name, value in stored.items() if name != "kind"}
    values |= {"day": values["on"].astimezone(zone).date(), "known_day": values["known"].astimezone(zone).date()}
    return cls(**values)


def _read(name: str, value: Json) -> Any:
    if name in (*TIMES, "shown"):
        return datetime.fromisoformat(value)
    if name in ("stop", "compared_with"):
        return date.fromisoformat(value)
    if name == "quantity":
        return quantity_from(value)
    return Decimal(value) if name in DECIMALS else value


def quantity_from(text: str) -> Quantity:
    """A quantity as a record writes it: "<5", "1679"."""
    number = text.lstrip("<>=")
    return Quantity(Decimal(number), text.removesuffix(number))
