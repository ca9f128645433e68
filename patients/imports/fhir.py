"""FHIR R4 resources of a hospital (shape of JP Core and US Core): what they report, by patient. Pure.

A document is read as exact text: numbers stay the digits they were. That a resource is well formed is the door's to ask
(`fhir.resources`); what a resource leaves out here is "not told", and never an error.

Sources: HL7 FHIR R4 (4.0.1) Observation, DiagnosticReport, Patient, Specimen; JP Core 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.imports import fhir_systems as systems
from patients.imports.fhir_elements import (
    codings_of,
    contained_in,
    listed,
    object_of,
    objects,
    reference_of,
    text_of,
    texts,
    words_of,
)
from patients.imports.fhir_reports import sent_event
from patients.imports.fhir_stays import ENCOUNTER, movement_of
from patients.imports.fhir_treatments import KINDS, treatment_of
from patients.imports.fields import Object
from patients.imports.observation import (
    NO_VALUE,
    TO_COME,
    UNREADABLE_STATUS,
    Observation,
    Report,
    SentEvent,
    SentNumber,
    SentPerson,
)
from patients.imports.record_numbers import MEDICAL_RECORD, OF_PATIENTS, Rule, candidates
from patients.imports.sent_times import NOT_SENT, SentTime, iso_time
from patients.imports.spellings import ANSWER_CODES

STATUSES = {
    "registered": TO_COME, "preliminary": PRELIMINARY, "final": FINAL, "amended": CORRECTED, "corrected": CORRECTED,
    "cancelled": NO_VALUE, "entered-in-error": CANCELLED, "unknown": UNREADABLE_STATUS,
}  # fmt: skip
SEXES = ("female", "male")
WITHOUT_VALUE = ("entered-in-error", "cancelled", "unknown")  # a report of which nothing is to be taken
UNSAID = (NO_VALUE, UNREADABLE_STATUS)  # beside which stands why
REPRESENTATION = "iso21090-EN-representation"  # of a name: IDE ideographic, SYL syllabic (kana), ABC alphabetic
MEASURED, REPORT, MEDICATION = "Observation", "DiagnosticReport", "Medication"
DRUG = "medicationCodeableConcept"
UCUM = ("", systems.UCUM)  # of the code of a unit


SAYS_SO = re.compile(rb'"resourceType"\s*:\s*"[A-Z]')


def is_resource(document: bytes) -> bool:
    """Does a document say that it is a resource?"""
    return SAYS_SO.search(document[:100_000]) is not None


def resources_of(document: Object) -> list[Object]:
    """The resources of a Bundle, or the one resource that the document is, each once."""
    return [x for _place, x in entries_of(document)]


def entries_of(document: Object) -> list[tuple[int, Object]]:
    """Each resource with its place among the entries of a Bundle, from 1. What is to be deleted is none."""
    if document.get("resourceType") != "Bundle":
        return [(1, document)]
    return [
        (place, _with_address(x["resource"], x))
        for place, x in enumerate(listed(document, "entry"), start=1)
        if isinstance(x, Object)
        and isinstance(x.get("resource"), Object)
        and text_of(x.get("request"), "method") != "DELETE"
    ]


def reports_of(document: Object, *, source: str, zone: ZoneInfo) -> Iterator[Report]:
    """Each stay, then by patient, in the order in which they are named: what a document reports."""
    entries, sent = entries_of(document), iso_time(text_of(document, "timestamp"), zone)
    reading = _Reading([x for _place, x in entries], zone)
    yield from _stays(entries, reading, source)  # first: who is admitted by them has a record for the rest
    found: dict[SentPerson, list[Observation | SentEvent]] = {}
    for place, resource in entries:
        said = sent_event(resource, source=source, zone=zone, otherwise=meant_otherwise(resource))
        if said is not None:
            shown = replace(said.observation, resource=f"{place}")
            found.setdefault(reading.person_of(resource, resource), []).append(replace(said, observation=shown))
        inner = [*([resource] if said is None else []), *contained_in(resource)]
        for measured in (x for x in inner if x.get("resourceType") == MEASURED):
            name = f"{place}" if measured is resource else f"{place}#{text_of(measured, 'id')}"
            observations = [replace(x, resource=name) for x in reading.observations(measured, within=resource)]
            found.setdefault(reading.person_of(resource, measured), []).extend(observations)
        if resource.get("resourceType") in KINDS:
            ordered, otherwise = reading.with_drug(resource)
            event = treatment_of(ordered, source=source, zone=zone, otherwise=otherwise)
            shown = replace(event.observation, resource=f"{place}")
            found.setdefault(reading.person_of(resource, resource), []).append(replace(event, observation=shown))
    number = 0
    for person, all_told in found.items():
        counted = [_numbered(x, number + place) for place, x in enumerate(all_told, start=1)]
        number += len(counted)
        yield Report(
            source=source,
            kind="FHIR",
            sent=sent,
            person=person,
            observations=tuple(x for x in counted if isinstance(x, Observation)),
            events=tuple(x for x in counted if isinstance(x, SentEvent)),
        )


def _stays(entries: list[tuple[int, Object]], reading: _Reading, source: str) -> Iterator[Report]:
    """A report of its own for each stay that says where somebody lies, or lay."""
    for place, resource in entries:
        if resource.get("resourceType") != ENCOUNTER or meant_otherwise(resource):
            continue
        movement = movement_of(resource, reading.resolve, reading.zone)
        if movement is not None:
            person = reading.person_of(resource, resource)
            yield Report(source=source, kind="FHIR", person=person, movement=replace(movement, resource=f"{place}"))


def _numbered(item: Observation | SentEvent, number: int) -> Observation | SentEvent:
    if isinstance(item, Observation):
        return replace(item, number=number)
    return replace(item, observation=replace(item.observation, number=number))


def entry_of(observation: Observation) -> int:
    """The place of the entry that an observation was sent in."""
    return int(observation.resource.partition("#")[0] or 0)


def person_of(resource: Object) -> SentPerson:
    """Who a Patient resource is; nobody, where it says that it means something else (`meant_otherwise`)."""
    if meant_otherwise(resource):
        return SentPerson()
    names = [(text_of(x, "family"), " ".join(texts(x, "given")), _representation(x)) for x in objects(resource, "name")]
    kana = next((x for x in names if x[2] == "SYL"), ("", "", ""))
    written = next((x for x in names if x[2] == "IDE"), next((x for x in names if x[2] != "SYL"), kana))
    sex, born = text_of(resource, "gender"), text_of(resource, "birthDate")
    numbers = tuple(x for y in objects(resource, "identifier") if (x := _number(y)).value)
    return SentPerson(
        numbers=candidates(numbers, Rule()),
        sent_numbers=numbers,
        family_name=written[0],
        given_name=written[1],
        family_kana=kana[0] if kana is not written else "",
        given_kana=kana[1] if kana is not written else "",
        sex=sex if sex in SEXES else "unknown",
        birth_date=born if len(born) == 10 else "",
        ref=text_of(resource, "id"),
    )


def _number(identifier: Object) -> SentNumber:
    """An identifier with its system, kind (that of everyday use is the record number), first and last day."""
    types = [x.code.upper() for x in codings_of(identifier.get("type")) if x.code]
    use, system, period = text_of(identifier, "use"), text_of(identifier, "system"), object_of(identifier, "period")
    usual = [x for x in OF_PATIENTS if x in types]
    kind = usual[0] if usual else types[0] if types else MEDICAL_RECORD if use == "usual" else ""
    return SentNumber(
        value=text_of(identifier, "value"),
        authorities=(system,) if system else (),
        kind=kind,
        begins=text_of(period, "start"),
        ends=text_of(period, "end"),
        old=use == "old",
    )


def meant_otherwise(resource: Any) -> bool:
    """Does a resource, or a part of it, say that it is to be read in a way that is not known here?

    `modifierExtension` and `implicitRules` may turn any meaning around: FHIR forbids to read over them.
    """
    if isinstance(resource, Object):
        if resource.get("modifierExtension") or resource.get("implicitRules"):
            return True
        return any(meant_otherwise(x) for name, x in resource.items() if name != "contained")
    return isinstance(resource, list) and any(map(meant_otherwise, resource))


class _Reading:
    def __init__(self, resources: list[Object], zone: ZoneInfo) -> None:
        self.zone = zone
        self.by_address: dict[str, Object | None] = {}
        for x in resources:
            for address in _addresses(x):
                first = self.by_address.setdefault(address, x)
                self.by_address[address] = first if _same(first, x) else None  # of two: nobody's
        reports = [x for x in resources if x.get("resourceType") == REPORT]
        self.report_of = {reference_of(y): x for x in reports for y in objects(x, "result")}

    def resolve(self, reference: str, within: Object) -> Object | None:
        """The resource that a reference leads to; "#..." to one that is contained in the same resource."""
        if reference.startswith("#"):
            return next((x for x in contained_in(within) if text_of(x, "id") == reference[1:]), None)
        return self.by_address.get(reference)

    def person_of(self, within: Object, measured: Object) -> SentPerson:
        """Who is meant; where the document holds no such Patient, the identifier that the reference names."""
        report = self._report(within, measured)
        reference = reference_of(measured.get("subject")) or (reference_of(report.get("subject")) if report else "")
        resource = self.resolve(reference, within)
        if resource is not None and resource.get("resourceType") == "Patient":
            return person_of(resource)
        named = next((x for x in (measured, report or Object()) if reference_of(x.get("subject")) == reference), None)
        identifier = object_of(named.get("subject") if named is not None else None, "identifier")
        if not reference or text_of(identifier, "value") != reference:
            return SentPerson()
        number = _number(identifier)
        return SentPerson(numbers=candidates((number,), Rule()), sent_numbers=(number,))

    def with_drug(self, resource: Object) -> tuple[Object, bool]:
        """An order or dose with its drug told as a concept, where it refers to a Medication of the document or within
        itself; and whether it is meant in a way that is not known. A drug that is not here is called as it is shown."""
        otherwise, reference = meant_otherwise(resource), object_of(resource, "medicationReference")
        if not reference or resource.get("medicationCodeableConcept"):
            return resource, otherwise
        drug = self.resolve(reference_of(reference), resource)
        if drug is None or drug.get("resourceType") != MEDICATION:
            shown = text_of(reference, "display")
            return Object({**resource, DRUG: Object(text=shown)} if shown else resource), otherwise
        several = len(listed(drug, "ingredient")) > 1  # a compound is none of the catalogue's drugs for certain
        wrong = text_of(drug, "status") == "entered-in-error"
        concept = drug.get("code") if isinstance(drug.get("code"), Object) and not several else Object()
        return Object({**resource, DRUG: concept}), otherwise or wrong or meant_otherwise(drug)

    def observations(self, resource: Object, *, within: Object) -> Iterator[Observation]:
        """Of one resource: its own value, and each of its components."""
        whole = self._observation(resource, resource, within)
        components = [self._observation(resource, x, within) for x in objects(resource, "component")]
        panel = bool(components) or bool(resource.get("hasMember"))  # its values are elsewhere
        if whole.text or not panel or resource.get("dataAbsentReason"):
            yield whole
        for place, x in enumerate(components, start=1):
            yield replace(x, ref=f"{whole.ref}.{place}", group=whole.group)

    def _observation(self, resource: Object, part: Object, within: Object) -> Observation:
        report = self._report(within, resource)
        status, doubt = self._status(resource, within, report)
        absent, ref = part.get("dataAbsentReason"), text_of(resource, "id")
        if isinstance(absent, Object) and status in (PRELIMINARY, FINAL, CORRECTED):
            status = NO_VALUE
        text, unit = _value(part)
        time = self._time(resource, report)
        specimen = self.resolve(reference_of(resource.get("specimen")), within)
        return Observation(
            number=0,
            codings=tuple(codings_of(part.get("code"))),
            time=time,
            status=status,
            text=text,
            unit=unit,
            ref=ref,
            order=next((x for y in objects(resource, "identifier") if (x := text_of(y, "value"))), ref),
            group=str(time.moment.at) if time.moment else ref,
            material=next((x.code for x in codings_of(specimen.get("type") if specimen else None)), ""),
            method=words_of(part.get("method") or resource.get("method")),
            interval=next((_interval(x) for x in objects(part, "referenceRange")), ""),
            flag=next((x.code for y in objects(part, "interpretation") for x in codings_of(y)), ""),
            why=doubt or words_of(absent) or text_of(resource, "status")
            if status in (NO_VALUE, UNREADABLE_STATUS)
            else "",
            comments=tuple(x for y in objects(resource, "note") if (x := text_of(y, "text"))),
            reported=iso_time(text_of(resource, "issued"), self.zone) if text_of(resource, "issued") else NOT_SENT,
        )

    def _report(self, within: Object, measured: Object) -> Object | None:
        """The report that a result belongs to: the one that holds it, or that names it."""
        if within.get("resourceType") == REPORT:
            return within
        return next((self.report_of[x] for x in _addresses(measured) if x in self.report_of), None)

    def _status(self, resource: Object, within: Object, report: Object | None) -> tuple[str, str]:
        """What the status of a result says to do; and what stands against it, where nobody may say."""
        if meant_otherwise(resource) or meant_otherwise(within) or meant_otherwise(report):
            return UNREADABLE_STATUS, "modifierExtension"
        status = STATUSES.get(text_of(resource, "status"), UNREADABLE_STATUS)
        if status != CANCELLED and report is not None and text_of(report, "status") in WITHOUT_VALUE:
            return UNREADABLE_STATUS, f"{REPORT}: {text_of(report, 'status')}"
        return status, ""

    def _time(self, resource: Object, report: Object | None) -> SentTime:
        for holder in (resource, report):
            for key in ("effectiveDateTime", "effectiveInstant"):
                if holder is not None and text_of(holder, key):
                    return iso_time(text_of(holder, key), self.zone)
            period = holder.get("effectivePeriod") if holder is not None else None
            if isinstance(period, Object) and text_of(period, "start"):
                return iso_time(text_of(period, "start"), self.zone)
        return iso_time("", self.zone)


def _value(part: Object) -> tuple[str, str]:
    """The value as one text, and its unit: the UCUM code where one is sent."""
    quantity = part.get("valueQuantity")
    if isinstance(quantity, Object):
        coded = text_of(quantity, "code") if text_of(quantity, "system") in UCUM else ""
        unit = coded or text_of(quantity, "unit")
        return text_of(quantity, "comparator") + text_of(quantity, "value"), unit
    concept = part.get("valueCodeableConcept")
    if isinstance(concept, Object):
        return _answer(concept), ""
    for key in ("valueString", "valueInteger"):
        if text_of(part, key):
            return text_of(part, key), ""
    others = [x for x in part if x.startswith("value") and not x.startswith("value_")]
    return (f"({others[0]})", "") if others else ("", "")


def _answer(concept: Object) -> str:
    codings = list(codings_of(concept))
    return next((x for y in codings if (x := ANSWER_CODES.get(y.code))), "") or words_of(concept)


def _interval(found: Object) -> str:
    if text_of(found, "text"):
        return text_of(found, "text")
    ends = [found.get(x) for x in ("low", "high")]
    low, high = (text_of(x, "value") if isinstance(x, Object) else "" for x in ends)
    return f"{low}-{high}" if low or high else ""


def _representation(name: Object) -> str:
    forms = [x for x in objects(name, "extension") if text_of(x, "url").endswith(REPRESENTATION)]
    return next((text_of(x, "valueCode") for x in forms), "")


def _same(a: Object | None, b: Object) -> bool:
    """Is it one resource, told twice?"""
    return a is not None and {**a, "fullUrl": ""} == {**b, "fullUrl": ""}


def _addresses(resource: Object) -> list[str]:
    kind, name = text_of(resource, "resourceType"), text_of(resource, "id")
    full = text_of(resource, "fullUrl")
    return [x for x in (f"{kind}/{name}" if name else "", full) if x]


def _with_address(resource: Object, entry: Object) -> Object:
    return Object({**resource, "fullUrl": entry["fullUrl"]}) if isinstance(entry.get("fullUrl"), str) else resource
