"""A record as resources of FHIR R4: Patient, Encounter, Observation, MedicationRequest, MedicationAdministration. Pure.

Sources: HL7 FHIR R4 (4.0.1); JP Core 1.1 and US Core (laboratory result Observation): status, category, code, subject,
effective time, value or the reason for having none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from patients.clinical import facts as f
from patients.exports.codes import LoincCodes
from patients.exports.elements import Json, Say, coding, day, in_english, instant, known, reference, resource
from patients.exports.other_facts import observation_of
from patients.exports.profiles import profile_of_a_person
from patients.exports.record import Person, Record, Stay
from patients.exports.results import Results
from patients.exports.treatments import medication_of
from patients.imports import fhir_systems as systems

REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
IDEOGRAPHIC, SYLLABIC, ALPHABETIC = "IDE", "SYL", "ABC"


def resources_of(record: Record, loinc: LoincCodes, *, today: date, say: Say = in_english) -> Iterator[Json]:
    """Everything of a record, the patient first."""
    yield patient_of(record.person)
    yield from (encounter_of(x, record) for x in record.stays)
    results = Results(record, loinc, say)
    for told in record.facts:
        found = results.observation(told)
        if found is not None:
            yield found
        elif isinstance(told.fact, f.Treatment):
            yield medication_of(told, told.fact, record, say, today)
        else:
            yield observation_of(told, record, say)


def patient_of(person: Person) -> Json:
    """The person, by the record number."""
    family, given = person.family_name, person.given_name
    names = [_name(family, given, IDEOGRAPHIC if _is_ideographic(family + given) else ALPHABETIC)]
    if person.family_kana or person.given_kana:
        names.append(_name(person.family_kana, person.given_kana, SYLLABIC))
    return resource(
        "Patient",
        person.key,
        meta=profile_of_a_person(person),
        identifier=[{"use": "usual", "system": systems.MRN, "value": person.mrn}],
        name=names,
        gender=person.sex,
        birthDate=day(person.birth_date),
    )


def encounter_of(stay: Stay, record: Record) -> Json:
    """A stay on a ward."""
    ended = stay.discharged_at
    return resource(
        "Encounter",
        f"stay-{stay.key}",
        status="finished" if ended else "in-progress",
        **{"class": coding(ACT, "IMP", "inpatient encounter")},
        subject=reference("Patient", record.person.key),
        period=known(
            {
                "start": instant(stay.admitted_at, record.zone),
                "end": instant(ended, record.zone) if ended else None,
            }
        ),
        location=[{"location": {"display": " ".join(x for x in (stay.ward, stay.bed) if x)}}],
    )


def _name(family: str, given: str, representation: str) -> Json:
    said = {"url": REPRESENTATION, "valueCode": representation}
    return {"extension": [said], **known({"family": family, "given": [given] if given else []})}


def _is_ideographic(name: str) -> bool:
    return any("\u3400" <= c <= "\u9fff" for c in name)
