"""Which profiles a resource that goes out keeps to, said only where it does. Pure.

US Core asks of a Patient an identifier with its system, a name and a gender; of a laboratory result the category, a
code (LOINC where there is one), the patient, a day, a value or why there is none, and units of UCUM. A result without a
LOINC code is not said to keep to it: whether there is one was not read. Nothing is said of JP Core: its profiles of
results ask for categories of its own, those of orders for codes that this product does not give.

Source: HL7 US Core (StructureDefinition us-core-patient, us-core-observation-lab).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patients.exports.elements import Json
from patients.exports.record import Person
from patients.imports import fhir_systems as systems

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
PATIENT, LABORATORY_RESULT = f"{US_CORE}us-core-patient", f"{US_CORE}us-core-observation-lab"
LABORATORY = "laboratory"
CONTENT = ("valueQuantity", "valueCodeableConcept", "valueString", "dataAbsentReason")


def profile_of_a_person(person: Person) -> Json:
    """The part of `meta` that names the profile; nothing where the resource does not keep to it."""
    return {"profile": [PATIENT]} if _is_kept_by(person) else {}


def profile_of_a_result(made: Mapping[str, Any], person: Person) -> Json:
    """The same of a result, by what was made of it."""
    codes = {x.get("system") for x in made["code"].get("coding", ())}
    categories = {y["code"] for x in made["category"] for y in x["coding"]}
    number = made.get("valueQuantity")
    kept = (
        _is_kept_by(person)
        and LABORATORY in categories
        and systems.LOINC in codes
        and any(made.get(x) for x in CONTENT)
        and (number is None or number.get("system") == systems.UCUM)
    )
    return {"profile": [LABORATORY_RESULT]} if kept else {}


def _is_kept_by(person: Person) -> bool:
    return bool(person.mrn and person.sex and (person.family_name or person.given_name))
