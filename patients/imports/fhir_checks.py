"""What stands against a resource of FHIR R4 before anything is made of it, and what of it is not read. Pure.

The library that knows the shapes (`fhir.resources`) leaves the required value sets open; they are here, with what turns
a meaning around: `modifierExtension`, `implicitRules`, an order not to give a drug, a person that is another one.

Source: HL7 FHIR R4 (4.0.1), the required bindings of the resources that are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from patients.clinical.reasons import Reason, _, reason
from patients.imports.fields import Number, Object

ERROR, INFORMATION = "error", "information"
OBSERVATION_STATUS = (
    *("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"),
)
UNITS_OF_TIME = ("s", "min", "h", "d", "wk", "mo", "a")
# what a coded element must hold, by its path; "*." stands for anywhere
VALUE_SETS: dict[str, tuple[str, ...]] = {
    "Observation.status": OBSERVATION_STATUS,
    "DiagnosticReport.status": (*OBSERVATION_STATUS, "partial", "appended"),
    "Encounter.status": (
        *("planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled"),
        *("entered-in-error", "unknown"),
    ),
    "MedicationRequest.status": (
        *("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"),
    ),
    "MedicationRequest.intent": (
        *("proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option"),
    ),
    "MedicationAdministration.status": (
        *("in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown"),
    ),
    "Patient.gender": ("male", "female", "other", "unknown"),
    "Patient.identifier.use": ("usual", "official", "temp", "secondary", "old"),
    "Patient.name.use": ("usual", "official", "temp", "nickname", "anonymous", "old", "maiden"),
    "Patient.link.type": ("replaced-by", "replaces", "refer", "seealso"),
    "*.comparator": ("<", "<=", ">=", ">"),
    "*.periodUnit": UNITS_OF_TIME,
    "*.durationUnit": UNITS_OF_TIME,
}
# what is read of a resource, or says nothing about its meaning
EVERYWHERE = (
    *("resourceType", "id", "meta", "language", "text", "contained", "extension", "identifier", "fullUrl"),
    *("modifierExtension", "implicitRules"),
)
READ: dict[str, tuple[str, ...]] = {
    "Patient": ("name", "gender", "birthDate", "active", "link"),
    "Observation": (
        *("status", "category", "code", "subject", "effectiveDateTime", "effectivePeriod", "effectiveInstant"),
        *("issued", "valueQuantity", "valueCodeableConcept", "valueString", "valueInteger", "dataAbsentReason"),
        *("interpretation", "note", "method", "specimen", "referenceRange", "component", "hasMember"),
    ),
    "DiagnosticReport": (
        *("status", "category", "code", "subject", "effectiveDateTime", "effectivePeriod", "result", "issued"),
        *("conclusion", "conclusionCode"),
    ),
    "Specimen": ("type", "subject"),
    "Encounter": ("status", "class", "subject", "period", "location", "hospitalization"),
    "Location": ("name", "physicalType", "partOf", "status"),
    "Condition": (
        "clinicalStatus",
        "verificationStatus",
        "category",
        "code",
        "subject",
        "onsetDateTime",
        "recordedDate",
    ),
    "Medication": ("code", "status", "form", "ingredient", "manufacturer", "batch"),
    "MedicationRequest": (
        *(
            "status",
            "intent",
            "medicationCodeableConcept",
            "medicationReference",
            "subject",
            "authoredOn",
            "dosageInstruction",
        ),
        *("doNotPerform", "reportedBoolean"),
    ),
    "MedicationAdministration": (
        *(
            "status",
            "medicationCodeableConcept",
            "medicationReference",
            "subject",
            "effectiveDateTime",
            "effectivePeriod",
            "dosage",
        ),
    ),
}
METHODS = ("POST", "PUT")
BUNDLES = ("transaction", "batch", "collection")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is to be said of a resource: how bad, the code of the kind (issue-type), where, and in words."""

    severity: str
    code: str
    where: str
    why: Reason

    @property
    def refuses(self) -> bool:
        """Is nothing made of the resource?"""
        return self.severity == ERROR


def complaints(resource: Object) -> tuple[Complaint, ...]:
    """What stands against a resource, and what of it is not read."""
    kind = str(resource.get("resourceType") or "")
    found = [*_walked(resource, kind, kind), *_turned(resource, kind)]
    return (*found, *_not_read(resource, kind))


def entry_complaints(entry: Object, place: str) -> Iterator[Complaint]:
    """What stands against an entry of a Bundle before its resource is looked at."""
    request = entry.get("request")
    method = request.get("method") if isinstance(request, Object) else None
    if method is not None and method not in METHODS:
        why = reason(_("an entry can be stored (POST, PUT); %(method)s is not done"), method=str(method)[:20])
        yield Complaint(ERROR, "not-supported", f"{place}.request.method", why)
    if not isinstance(entry.get("resource"), Object):
        yield Complaint(ERROR, "required", f"{place}.resource", reason(_("the entry has no resource")))


def _walked(value: Any, where: str, path: str) -> Iterator[Complaint]:
    """Value sets, numbers in quotes, elements that are told twice, and modifiers, in every part."""
    if isinstance(value, list):
        for place, x in enumerate(value):
            yield from _walked(x, f"{where}[{place}]", path)
    if not isinstance(value, Object):
        return
    for name in value.repeated:
        yield Complaint(ERROR, "structure", f"{where}.{name}", reason(_("the element is told more than once")))
    for name in ("modifierExtension", "implicitRules"):
        if value.get(name):
            why = reason(_("it says that it is to be read in a way that is not known here"))
            yield Complaint(ERROR, "extension", f"{where}.{name}", why)
    for name, x in value.items():
        if name != "contained":
            yield from _element(name, x, f"{where}.{name}", f"{path}.{name}")
        else:
            for place, inner in enumerate(x if isinstance(x, list) else []):
                kind = str(inner.get("resourceType") or "") if isinstance(inner, Object) else ""
                yield from _walked(inner, f"{where}.contained[{place}]", kind)


def _element(name: str, value: Any, where: str, path: str) -> Iterator[Complaint]:
    allowed = VALUE_SETS.get(path) or VALUE_SETS.get(f"*.{name}")
    if allowed is not None and not isinstance(value, Object | list) and value not in allowed:
        why = reason(_('"%(value)s" is not one of: %(allowed)s'), value=str(value)[:40], allowed=", ".join(allowed))
        yield Complaint(ERROR, "code-invalid", where, why)
    if name.endswith("Quantity") and isinstance(value, Object) and not isinstance(value.get("value", Number()), Number):
        yield Complaint(ERROR, "structure", f"{where}.value", reason(_("a number must stand without quotes")))
    yield from _walked(value, where, path)


def _turned(resource: Object, kind: str) -> Iterator[Complaint]:
    """Elements that turn the meaning of a resource around."""
    if kind == "Patient" and resource.get("active") is False:
        yield Complaint(ERROR, "business-rule", "Patient.active", reason(_("the record of the person is not in use")))
    links = resource.get("link") if kind == "Patient" else None
    for place, x in enumerate(links if isinstance(links, list) else []):
        if isinstance(x, Object) and x.get("type") in ("replaced-by", "replaces"):
            why = reason(_("two records of one person are merged by people, not by a machine"))
            yield Complaint(ERROR, "business-rule", f"Patient.link[{place}]", why)
    if resource.get("doNotPerform") is True:
        yield Complaint(ERROR, "business-rule", f"{kind}.doNotPerform", reason(_("an order not to give a drug")))


def _not_read(resource: Object, kind: str) -> Iterator[Complaint]:
    if kind not in READ:
        yield Complaint(INFORMATION, "not-supported", kind, reason(_("resources of this type are not read")))
    else:
        unread = [x for x in resource if x not in (*EVERYWHERE, *READ[kind]) and not x.startswith("_")]
        if unread:
            why = reason(_("not read: %(elements)s"), elements=", ".join(x[:40] for x in sorted(unread)[:20]))
            yield Complaint(INFORMATION, "informational", kind, why)
