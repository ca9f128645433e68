"""Stays in FHIR R4 (Encounter) as movements, which are followed as those of ADT messages are. Pure.

A stay that goes on says where somebody lies; one that has ended says that he left. Nothing else is made of it: what is
planned, an out-patient visit, a leave, a stay of which it is not told how it stands. A ward is known by its code here;
where the place is told in words alone, these are what is asked about.

Source: HL7 FHIR R4 (4.0.1) Encounter, Location; v3 ActCode; location-physical-type; discharge-disposition.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from patients.imports.fhir_elements import codings_of, object_of, objects, reference_of, text_of
from patients.imports.fields import Object
from patients.imports.observation import Movement
from patients.imports.sent_times import iso_time

ENCOUNTER = "Encounter"
IN_PATIENT = ("IMP", "ACUTE", "NONAC")
LIES, LEFT, WAS_NONE = "A01", "A03", "A11"
EVENTS = {"in-progress": LIES, "finished": LEFT, "entered-in-error": WAS_NONE}
# where somebody goes, as table 0112 says it to the reader of movements
DISPOSITIONS = {"home": "01", "other-hcf": "02", "long": "03", "rehab": "03", "snf": "03", "exp": "20"}
BED, WARD = "bd", "wa"
MOST_PLACES = 6  # a bed in a room on a ward in a wing in a house

Resolve = Callable[[str, Object], Object | None]


def movement_of(resource: Object, found: Resolve, zone: ZoneInfo) -> Movement | None:
    """What a stay says that happened; None for one that says nothing of the kind."""
    event = EVENTS.get(text_of(resource, "status"))
    if event is None or text_of(resource.get("class"), "code") not in IN_PATIENT:
        return None
    period, place = object_of(resource, "period"), _place(resource)
    begun, ended = iso_time(text_of(period, "start"), zone), iso_time(text_of(period, "end"), zone)
    there = iso_time(text_of(object_of(place, "period"), "start"), zone)
    ward, bed = _ward_and_bed(place, resource, found)
    disposition = object_of(resource, "hospitalization").get("dischargeDisposition")
    return Movement(
        event=event,
        time=ended if event == LEFT else there if there.moment else begun,
        ward=ward,
        bed=bed,
        to=next((DISPOSITIONS[x.code] for x in codings_of(disposition) if x.code in DISPOSITIONS), ""),
        visit=next((x for y in objects(resource, "identifier") if (x := text_of(y, "value"))), text_of(resource, "id")),
        since=begun,
    )


def _place(resource: Object) -> Object:
    """Where somebody is now, of several places the last one that has not ended."""
    places = objects(resource, "location")
    now = [x for x in places if text_of(x, "status") == "active"]
    now = now or [x for x in places if not text_of(object_of(x, "period"), "end")]
    return now[-1] if now else Object()


def _ward_and_bed(place: Object, within: Object, found: Resolve) -> tuple[str, str]:
    """The code or name of the ward, and the bed; what a place is called in words, where no resource says more."""
    told = object_of(place, "location")
    location, ward, bed = found(reference_of(told), within), "", ""
    for _step in range(MOST_PLACES):
        if location is None:
            break
        kind = next((x.code for x in codings_of(location.get("physicalType"))), "")
        if kind == BED and not bed:
            bed = text_of(location, "name") or _code(location)
        if kind == WARD or (not ward and not kind):
            ward = _code(location) or text_of(location, "name")
        if kind == WARD:
            break
        location = found(reference_of(object_of(location, "partOf")), within)
    return ward or text_of(told, "display"), bed


def _code(location: Object) -> str:
    return next((x for y in objects(location, "identifier") if (x := text_of(y, "value"))), "")
