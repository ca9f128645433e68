"""Bundles as other systems send them, written in a line."""

from __future__ import annotations

import json
from typing import Any

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def patient(number: str = "7001234", **more: Any) -> dict[str, Any]:
    names = [{"family": "Torii", "given": ["Kaori"]}]
    told = {"identifier": [{"value": number}], "name": names, "gender": "female", "birthDate": "1962-09-14"}
    return {"resourceType": "Patient", "id": "p", **told, **more}


def ferritin(name: str = "o1", value: Any = 1679, unit: str = "ng/mL", **more: Any) -> dict[str, Any]:
    return observation(
        name, "2276-4", valueQuantity={"value": value, "unit": unit, "system": UCUM, "code": unit}, **more
    )


def observation(name: str, loinc: str, **more: Any) -> dict[str, Any]:
    told = {
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-03-04T07:45:00+09:00",
    }
    return {"resourceType": "Observation", "id": name, **told, **more}


def order(name: str = "m1", drug: str = "プレドニン錠5mg", **more: Any) -> dict[str, Any]:
    """Prednisolone, 10 mg three times a day since 4 March."""
    repeat = {"boundsPeriod": {"start": "2024-03-04"}, "frequency": 3, "period": 1, "periodUnit": "d"}
    dose = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]}
    told = {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": drug},
        "subject": {"reference": "Patient/p"},
        "dosageInstruction": [dose],
    }
    return {"resourceType": "MedicationRequest", "id": name, **told, **more}


def bundle(*resources: dict[str, Any], kind: str = "batch") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": x} for x in resources]}


def sent(*resources: dict[str, Any], kind: str = "batch") -> bytes:
    return json.dumps(bundle(*resources, kind=kind), ensure_ascii=False).encode()
