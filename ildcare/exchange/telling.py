"""What a delivery holds, as JSON for `manage.py read` and for machines that ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import say
from patients.clinical.units import Unacceptable, unit_of
from patients.clinical.versions import CORRECTED
from patients.imports.delivery import Delivery, Taken
from patients.imports.observation import Observation, Report
from patients.imports.understanding import UNMAPPED, Held, first_codes

Json = dict[str, Any]
TREATED = ("name", "route", "dose", "unit", "stop")
TAKEN_AT = ("fio2", "flow", "device", "route", "timing", "kit")


def as_json(delivery: Delivery, zone: ZoneInfo) -> Json:
    """Person, facts, what is held and why, what has no value, what is withdrawn; codes without meaning apart.

    A result that its sender gives a name of its own (a FHIR id) is called by it, another by its code. Times are by the
    clock of `zone`.
    """
    facts = [_fact(x, zone) for x in delivery.taken if not x.silent and not x.withdraws]
    told: Json = {
        "patient": _person(delivery.report),
        "facts": facts,
        "held": [_held(x) for x in delivery.held if x.kind != UNMAPPED],
        "no_value": [_without_value(x) for x in delivery.taken if x.silent and not x.withdraws],
        "withdrawn": list(_withdrawn(delivery)),
    }
    unmapped = list(first_codes(delivery.held))
    warnings = [
        {**_named(x.event.observation, x.event.target), "why": say(y)} for x in delivery.taken for y in x.warnings
    ]
    more = {
        "unmapped": unmapped,
        "to_come": [_named(x, "") for x in delivery.to_come],
        "left_out": [_named(x, "") for x in delivery.left_out],
        "look": warnings,
    }
    return {**told, **{name: x for name, x in more.items() if x}}


def _person(report: Report) -> Json:
    person = report.person
    names = ("mrn", "family_name", "given_name", "family_kana", "given_kana", "sex", "birth_date")
    return {name: getattr(person, name) for name in names}


def _fact(taken: Taken, zone: ZoneInfo) -> Json:
    fact, sent = taken.version.fact, taken.event.content
    told: Json = {"on": _moment(taken, zone)}
    if isinstance(fact, f.Antibody):
        return {**told, "antibody": fact.code, "result": fact.result, "status": taken.version.status}
    if isinstance(fact, f.Treatment):
        named = {"treatment": fact.drug, "status": taken.version.status}
        more = {name: str(x) for name in TREATED if (x := getattr(fact, name)) is not None}
        return {**told, **named, **more}
    assert isinstance(fact, f.Measurement)
    unit = _unit(fact.code, sent.get("unit", ""))
    told |= {"code": fact.code, "value": sent.get("value", ""), "unit": unit, "status": taken.version.status}
    told["canonical"] = f"{fact.quantity.comparator}{fact.quantity.value:f} {MEASUREMENTS[fact.code].unit}"
    told |= {name: str(x) for name in TAKEN_AT if (x := getattr(fact, name)) is not None}
    observation = taken.event.observation
    beside = {
        "id": observation.ref or observation.order,
        "replaces": observation.order if taken.version.status == CORRECTED else "",
        "interval": observation.interval,
        "comment": "; ".join(observation.comments),
    }
    return {**told, **{name: x for name, x in beside.items() if x}}


def _unit(code: str, sent: str) -> str:
    """The unit as UCUM writes it."""
    try:
        unit = unit_of(MEASUREMENTS[code], sent)
    except Unacceptable:
        return sent
    return unit.ucum or unit.code


def _moment(taken: Taken, zone: ZoneInfo) -> str:
    """By the clock of the site; the day alone where no time was told."""
    sent = taken.event.observation.time.moment
    if sent is not None and sent.date_only:
        return sent.day.isoformat()
    return taken.version.fact.on.astimezone(zone).isoformat(timespec="minutes")


def _held(held: Held) -> Json:
    told = _named(held.observation, held.target)
    value = {"value": held.observation.text} if held.observation.text else {}
    return {**told, **value, "question": held.kind, "why": say(held.why)}


def _without_value(taken: Taken) -> Json | str:
    observation = taken.event.observation
    if observation.ref:
        return observation.ref
    return {"code": taken.event.target, "why": taken.event.content["absent"], "told": observation.why}


def _withdrawn(delivery: Delivery) -> Iterator[Json | str]:
    events = [*(x.event for x in delivery.taken if x.withdraws), *delivery.unsaid]
    for event in {x.observation.number: x for x in events}.values():
        observation = event.observation
        yield observation.ref or {"code": event.target, "id": observation.order}


def _named(observation: Observation, target: str) -> Json:
    name = {"id": observation.ref} if observation.ref else {}
    return {**name, "code": target or observation.code or observation.name}
