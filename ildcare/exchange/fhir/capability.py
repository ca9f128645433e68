"""The CapabilityStatement: what another system can send here and ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from patients.exports.elements import Json
from patients.imports.fhir_checks import READ

R4 = "4.0.1"
SEARCHED: dict[str, tuple[str, str]] = {  # by type: the parameter, and of which type it is
    "Patient": ("identifier", "token"),
    "Observation": ("patient", "reference"),
    "DetectedIssue": ("patient", "reference"),
    "RiskAssessment": ("patient", "reference"),
}
EVERYTHING = "http://hl7.org/fhir/OperationDefinition/Patient-everything"


def capability_statement(address: str, now: datetime) -> Json:
    """What the installation at an address can do."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "ildcare"},
        "implementation": {"description": "ildcare", "url": address},
        "fhirVersion": R4,
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Access token of a machine: Authorization: Bearer"},
                "resource": [_resource(x) for x in sorted({*READ, *SEARCHED, "Encounter"})],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(kind: str) -> Json:
    told: dict[str, Any] = {"type": kind}
    if kind in READ:
        told["documentation"] = "Taken as an entry of a Bundle that is posted to the base."
    if kind == "Patient":
        told |= {"interaction": [{"code": "read"}], "operation": [{"name": "everything", "definition": EVERYTHING}]}
    if kind in SEARCHED:
        name, of = SEARCHED[kind]
        told["interaction"] = [*told.get("interaction", []), {"code": "search-type"}]
        told["searchParam"] = [{"name": name, "type": of}]
    return told
