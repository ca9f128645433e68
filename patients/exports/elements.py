"""Small parts of FHIR resources: codings, quantities, times, references. Pure.

A resource is a plain object of texts, lists and exact numbers, its keys as FHIR names them; what is not known is left
out. Words go through `say`, which a door gives: the reader's language, or English.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.imports import fhir_systems as systems

Json = dict[str, Any]
Say = Callable[[str], str]


def in_english(message: str) -> str:
    """The words as pure code has them."""
    return message


def resource(kind: str, name: str, /, **content: Any) -> Json:
    """A resource without what is not known."""
    return {"resourceType": kind, "id": name, **known(content)}


def known(content: Json) -> Json:
    """Without what is None or empty; zero and False say something."""
    return {key: x for key, x in content.items() if x is not None and x not in ("", [], {})}


def coding(system: str, code: str, display: str = "") -> Json:
    """A code of a system."""
    return known({"system": system, "code": code, "display": display})


def concept(*codings: Json, text: str = "") -> Json:
    """What is meant, by codes that say the same, and in words."""
    return known({"coding": list(codings), "text": text})


def quantity(value: Decimal, unit: str, *, ucum: str = "", comparator: str = "") -> Json:
    """A number with its unit, and its code where UCUM has one."""
    coded = {"system": systems.UCUM, "code": ucum} if ucum else {}
    return {"value": value, **known({"comparator": comparator, "unit": unit}), **coded}


def reference(kind: str, name: str) -> Json:
    """A reference to a resource of the same installation."""
    return {"reference": f"{kind}/{name}"}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A dateTime by the clock of the site; the start of a day stands for the day, as everywhere in the product."""
    local = at.astimezone(zone)
    return local.date().isoformat() if local.time() == time() else local.isoformat()


def instant(at: datetime, zone: ZoneInfo) -> str:
    """A moment with its clock, whatever it is."""
    return at.astimezone(zone).isoformat()


def day(on: date | None) -> str | None:
    """A date, if there is one."""
    return None if on is None else on.isoformat()
