"""Reports, findings and diagnoses in the product's own codes, as another installation sends them, to events. Pure.

All of them for a judgement in memory; into a record go those that `fhir_reports` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from patients.imports import fhir_systems as systems
from patients.imports.fhir_elements import codings_of, object_of, objects, text_of
from patients.imports.fields import Object

OBSERVATION = "Observation"
ABOUT = {"finding": "code"}  # what a code says besides the kind
STANDS = ("final", "corrected", "amended", "preliminary")


def fact_events(resources: Iterable[Object]) -> Iterator[Object]:
    """An event of a case file for each such Observation that stands. Of resources that mean what they say."""
    for resource in resources:
        code = own_code_of(resource)
        if code and text_of(resource, "status") in STANDS:
            yield event_of(resource, code)


def own_code_of(resource: Object) -> str:
    """Which kind of fact an Observation tells in the product's own codes ("hrct", "finding:cough"); "" for any other
    resource."""
    if resource.get("resourceType") != OBSERVATION:
        return ""
    return next((x.code for x in codings_of(resource.get("code")) if x.system == systems.FACT), "")


def event_of(resource: Object, code: str) -> Object:
    """What an Observation of this kind says, as an event of a case file."""
    kind, _colon, about = code.partition(":")
    event: dict[str, Any] = {"kind": kind, "on": text_of(resource, "effectiveDateTime")}
    if about and kind in ABOUT:
        event[ABOUT[kind]] = about
    for part in objects(resource, "component"):
        column = next((x.code for x in codings_of(part.get("code")) if x.system == systems.PART), "")
        owner, _dot, name = column.partition(".")
        if owner == kind and name:
            event[name] = _value(part)
    return Object({name: x for name, x in event.items() if x is not None})


def _value(part: Object) -> Any:
    if isinstance(part.get("valueBoolean"), bool):
        return part["valueBoolean"]
    quantity = part.get("valueQuantity")
    if isinstance(quantity, Object):
        return quantity.get("value")
    coded = next((x.code for x in codings_of(object_of(part, "valueCodeableConcept")) if x.code), "")
    return coded or text_of(part, "valueString") or text_of(part, "valueDateTime") or None
