"""Canonical JSON: the facts that an evaluation read, and everything it said, so that it can be replayed byte for byte.

Decimals are text, times are UTC, keys are sorted; nothing in a record depends on locale or on the machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.regimen import CALCINEURIN_INHIBITORS, CHRONIC_PARTNERS, CYCLOPHOSPHAMIDE, GC, SALVAGE
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
    }
)
DRUGS_READ = GC | CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | SALVAGE | CHRONIC_PARTNERS
DERIVED = ("day", "known_day")  # from the times and the zone
TIMES = ("on", "known", "first_known")


def canonical(value: Json) -> str:
    """The one way to write a record down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: Json) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


WRITTEN = {kind: tuple(x.name for x in fields(kind) if x.name not in DERIVED) for kind in f.KIND_OF}


# -- inputs -----------------------------------------------------------------------------------------------------------


def is_read(fact: f.Fact) -> bool:
    """Does an evaluation look at this fact?"""
    if isinstance(fact, f.Measurement):
        return fact.code in MEASUREMENTS_READ
    return fact.drug in DRUGS_READ if isinstance(fact, f.Treatment) else True


def inputs_of(snapshot: Snapshot) -> dict[str, Json]:
    """The facts read, with their version ids, and what else the answer depends on."""
    return {
        "as_of": plain(snapshot.as_of),
        "known_at": plain(snapshot.known_at),
        "zone": snapshot.zone,
        "sex": snapshot.sex,
        "birth_date": plain(snapshot.birth_date),
        "settings": {x.name: getattr(snapshot.settings, x.name) for x in fields(Settings)},
        "facts": [_fact_out(fact) for fact in snapshot.all_facts if is_read(fact)],
    }


def _fact_out(fact: f.Fact) -> dict[str, Json]:
    values = ((name, getattr(fact, name)) for name in WRITTEN[type(fact)])
    return {"kind": f.KIND_OF[type(fact)], **{name: plain(value) for name, value in values if value is not None}}


def plain(value: object) -> Json:
    """A value as JSON writes it: quantities and decimals as text, times in UTC."""
    if isinstance(value, Quantity):
        return f"{value.comparator}{value.value}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def snapshot_from(inputs: Mapping[str, Json]) -> Snapshot:
    """The Snapshot that `inputs_of` wrote down."""
    zone = ZoneInfo(inputs["zone"])
    born = inputs["birth_date"]
    kept: dict[str, list[f.Fact]] = {}
    for fact in (_fact_in(x, zone) for x in inputs["facts"]):
        kept.setdefault(FIELD_OF[type(fact)], []).append(fact)
    by_field: dict[str, Any] = {name: tuple(sorted(facts, key=in_order)) for name, facts in kept.items()}
    snapshot = Snapshot(
        datetime.fromisoformat(inputs["as_of"]),
        datetime.fromisoformat(inputs["known_at"]),
        inputs["zone"],
        inputs["sex"],
        date.fromisoformat(born) if born else None,
        Settings(**inputs["settings"]),
    )
    return replace(snapshot, **by_field)


def _fact_in(stored: Mapping[str, Json], zone: ZoneInfo) -> f.Fact:
    cls = f.CLASS_OF[stored["kind"]]
    values = {name: _read(name, value) for name, value in stored.items() if name != "kind"}
    values |= {"day": values["on"].astimezone(zone).date(), "known_day": values["known"].astimezone(zone).date()}
    return cls(**values)


def _read(name: str, value: Json) -> Any:
    if name in TIMES:
        return datetime.fromisoformat(value)
    if name in ("stop", "compared_with"):
        return date.fromisoformat(value)
    if name == "quantity":
        return quantity_from(value)
    return Decimal(value) if name in ("fio2", "dose", "hours_since_dose") else value


def quantity_from(text: str) -> Quantity:
    """A quantity as a record writes it: "<5", "1679"."""
    comparator = text[0] if text[0] in "<>" else ""
    return Quantity(Decimal(text.removeprefix(comparator)), comparator)
