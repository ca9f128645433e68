"""Treatments as MedicationRequest (a dose by the day or week) or MedicationAdministration (single doses). Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from patients.clinical import facts as f
from patients.clinical.drugs import DRUGS, ROUTES
from patients.exports.elements import Json, Say, coding, concept, day, known, quantity, reference, resource
from patients.exports.record import OutgoingFact, Record
from patients.imports import fhir_systems as systems

EVERY = {"/day": "d", "/week": "wk"}  # how a unit ends of what is given again and again
UCUM = {"mg": "mg", "g": "g", "mL": "mL", "L": "L", "mg/m2": "mg/m2", "mg/kg": "mg/kg", "g/kg": "g/kg"}


def medication_of(told: OutgoingFact, fact: f.Treatment, record: Record, say: Say, today: date) -> Json:
    """The resource of a treatment."""
    period = _repeated(fact.unit)
    kind = "MedicationAdministration" if fact.unit and not period else "MedicationRequest"
    over = fact.stop is not None and fact.stop <= today
    status = "entered-in-error" if told.withdrawn else "completed" if over else None
    common: Json = {
        "meta": {"versionId": str(told.versions)},
        "identifier": [{"system": systems.ROW, "value": told.name}],
        "medicationCodeableConcept": concept(
            coding(systems.DRUG, fact.drug), text=fact.name or say(DRUGS[fact.drug].name)
        ),
        "subject": reference("Patient", record.person.key),
    }
    span = known({"start": fact.day.isoformat(), "end": day(fact.stop)})
    if kind == "MedicationAdministration":
        dosage = known({"route": _route(fact, say), "dose": _dose(fact.dose, fact.unit)})
        status = status or "in-progress"
        return resource(kind, told.name, **common, status=status, effectivePeriod=span, dosage=dosage)
    return resource(
        kind,
        told.name,
        **common,
        status=status or "active",
        intent="order",
        authoredOn=fact.day.isoformat(),
        reportedBoolean=True,
        dosageInstruction=[_instruction(fact, period, span, say)],
    )


def _instruction(fact: f.Treatment, period: str, span: Json, say: Say) -> Json:
    often = {"frequency": 1, "period": Decimal(1), "periodUnit": period} if period else {}
    unit = (fact.unit or "").rpartition("/")[0]
    dose = [{"doseQuantity": _dose(fact.dose, unit)}] if fact.dose is not None else []
    return known(
        {"timing": {"repeat": {"boundsPeriod": span, **often}}, "route": _route(fact, say), "doseAndRate": dose}
    )


def _route(fact: f.Treatment, say: Say) -> Json | None:
    if fact.route is None:
        return None
    return concept(coding(f"{systems.DRUG}:route", fact.route), text=say(ROUTES[fact.route].name))


def _dose(dose: Decimal | None, unit: str | None) -> Json | None:
    return None if dose is None else quantity(dose, unit or "", ucum=UCUM.get(unit or "", ""))


def _repeated(unit: str | None) -> str:
    return next((period for ending, period in EVERY.items() if (unit or "").endswith(ending)), "")
