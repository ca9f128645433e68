"""A prefetch of CDS Hooks as one Snapshot: what another system tells of its patient, read and judged in memory.

Nothing is stored, no record of this installation is looked at. What is about somebody else is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from patients.clinical.snapshot import Settings, Snapshot, freeze
from patients.clinical.versions import Version, standing
from patients.imports.case_file import EventReading
from patients.imports.code_map import CodeMap
from patients.imports.delivery import Delivery, born_on, deliveries
from patients.imports.fhir import entries_of, entry_of, meant_otherwise, person_of, reports_of, resources_of
from patients.imports.fhir_checks import READ
from patients.imports.fhir_elements import object_of, objects, text_of
from patients.imports.fhir_facts import fact_events
from patients.imports.fields import Object
from patients.imports.observation import SentPerson
from patients.imports.understanding import Held

PATIENT, OBSERVATIONS, MEDICATIONS = "patient", "observations", "medications"
BUNDLES = (OBSERVATIONS, MEDICATIONS)
SOURCE = "prefetch"
OWN_FACTS_FROM = 500_000  # numbers of events behind those of results


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a prefetch says. held: results of the patient that nobody may guess; others: how many results are about
    somebody else, or nobody; unread: types that are not read, with how many; partial: what of it is not all that there
    is, or was not sent."""

    snapshot: Snapshot
    held: tuple[Held, ...] = ()
    others: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    partial: tuple[str, ...] = ()


def lacking(prefetch: Object) -> tuple[str, ...]:
    """What a prefetch must have and has not."""
    wanted = {PATIENT: "Patient", OBSERVATIONS: "Bundle"}
    return tuple(name for name, kind in wanted.items() if object_of(prefetch, name).get("resourceType") != kind)


def read_prefetch(prefetch: Object, codes: CodeMap, settings: Settings, *, zone: ZoneInfo, now: datetime) -> Read:
    """The patient of a prefetch as known now."""
    patient = object_of(prefetch, PATIENT)
    resources = [x for name in BUNDLES for x in resources_of(object_of(prefetch, name))]
    document = Object(
        resourceType="Bundle", type="collection", entry=[Object(resource=x) for x in (patient, *resources)]
    )
    person = person_of(patient)
    reports = [(x, False) for x in reports_of(document, source=SOURCE, zone=zone)]
    found = list(deliveries(reports, codes, zone=zone, now=now))
    own = [x for x in found if x.report.person == person]
    told = {entry_of(y) for x in own for y in x.report.observations}
    beside = [x for place, x in entries_of(document) if place in told and not meant_otherwise(x)]
    versions = [*(y for x in own for y in x.versions), *_own_facts(beside, person, zone, now)]
    return Read(
        snapshot=freeze(
            standing(versions, now),
            as_of=now,
            known_at=now,
            zone=zone.key,
            sex=person.sex,
            birth_date=born_on(person),
            settings=settings,
        ),
        held=tuple(y for x in own for y in x.held),
        others=sum(_size(x) for x in found if x not in own),
        unread=Counter(kind for x in resources if (kind := text_of(x, "resourceType")) not in READ),
        partial=tuple(name for name in BUNDLES if _is_partial(object_of(prefetch, name))),
    )


def _is_partial(bundle: Object) -> bool:
    """Is it no Bundle, or the first page of one?"""
    return bundle.get("resourceType") != "Bundle" or any(
        text_of(x, "relation") == "next" for x in objects(bundle, "link")
    )


def _own_facts(resources: Sequence[Object], person: SentPerson, zone: ZoneInfo, now: datetime) -> list[Version]:
    reading = EventReading(zone, now, born_on(person))
    for number, event in enumerate(fact_events(resources), start=OWN_FACTS_FROM):
        reading.take(number, event)
    return [x.version for x in reading.events]


def _size(delivery: Delivery) -> int:
    return len(delivery.report.observations) + len(delivery.report.events)
