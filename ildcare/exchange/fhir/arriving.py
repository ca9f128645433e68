"""A Bundle that another system sends: each entry is looked at, taken where it can be, and answered.

What is refused is told and not kept; what is taken goes the way of every message (`patients.actions.deliveries`), as it
came. A transaction is taken as a whole or not at all. Of other patients nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ildcare.exchange.fhir.outcomes import WARNING, Issue, issue_of, outcome, refusal
from ildcare.exchange.fhir.settled import Settled, State, settled
from ildcare.exchange.fhir.shapes import said_of
from patients.actions.deliveries import take_message
from patients.exports.elements import Json
from patients.exports.exact_json import exact_json
from patients.imports.case import CaseFaults
from patients.imports.fhir import MEASURED, REPORT, reports_of
from patients.imports.fhir_checks import BUNDLES, ERROR, INFORMATION, entry_complaints
from patients.imports.fhir_elements import holds_no_text, objects, reference_of, text_of
from patients.imports.fields import Object, read
from patients.imports.limits import too_many_events
from patients.models import Source
from patients.queries import site_zone
from patients.wording import render

FORMAT = "fhir"
BUNDLE, TRANSACTION = "Bundle", "transaction"
STATUS = {
    State.REFUSED: "400 Bad Request",
    State.WAITS: "202 Accepted",
    State.CREATED: "201 Created",
    State.KNOWN: "200 OK",
    State.NOTHING: "200 OK",
}
GRAVEST = tuple(STATUS)  # of several results of an entry
SEVERITY = {State.WAITS: WARNING}
CODES = {State.WAITS: "incomplete", State.KNOWN: "duplicate"}


@dataclass(slots=True)
class Entry:
    """An entry of a Bundle and what is to be said of it."""

    place: int
    content: Object
    issues: list[Issue] = field(default_factory=list)
    states: set[State] = field(default_factory=set)

    @property
    def resource(self) -> Object:
        """Its resource, empty without one."""
        found = self.content.get("resource")
        return found if isinstance(found, Object) else Object()

    @property
    def refused(self) -> bool:
        """Does nothing of it count?"""
        return any(x.severity == ERROR for x in self.issues)

    @property
    def status(self) -> str:
        """As HTTP says it."""
        states = {State.REFUSED} if self.refused else self.states or {State.NOTHING}
        return STATUS[next(x for x in GRAVEST if x in states)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: the status of HTTP, and a resource."""

    status: int
    body: Json


def take_bundle(document: bytes, source: Source) -> Answer:
    """Take a Bundle from a source. Raises `patients.changes.Refused` for a source that may not send."""
    try:
        bundle = read(document)
    except CaseFaults as faults:
        return Answer(400, outcome(Issue(ERROR, "structure", render(x.reason)) for x in faults.faults))
    refused = _refused_as_a_whole(bundle)
    if refused is not None:
        return refused
    entries = [_looked_at(n, x) for n, x in enumerate(bundle["entry"], start=1)] if "entry" in bundle else []
    _refuse_what_leans_on_refused(entries)
    if bundle["type"] == TRANSACTION and any(x.refused for x in entries):
        return Answer(400, outcome(y for x in entries for y in x.issues))
    taken = document if not any(x.refused for x in entries) else _without_refused(bundle, entries)
    if any(reports_of(read(taken), source=source.name, zone=site_zone())):
        receipt = take_message(source=source, document=taken, form=FORMAT)
        _tell(entries, settled(receipt, taken, source))
    return Answer(200, _response(bundle, entries))


def _refused_as_a_whole(bundle: Object) -> Answer | None:
    if holds_no_text(bundle):
        return Answer(400, refusal("structure", _("the document holds characters that no text has")))
    if bundle.get("resourceType") != BUNDLE or bundle.get("type") not in BUNDLES:
        text = _("a Bundle of one of these types is taken: %(types)s") % {"types": ", ".join(BUNDLES)}
        return Answer(400, refusal("not-supported", text, "Bundle.type"))
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(x, Object) for x in entries):
        return Answer(400, refusal("structure", _("the entries must be a list of objects"), "Bundle.entry"))
    many = too_many_events(len(entries))
    if many is not None:
        return Answer(413, refusal("too-costly", render(many), "Bundle.entry"))
    found = [x for x in said_of(Object({key: x for key, x in bundle.items() if key != "entry"})) if x.refuses]
    return Answer(400, outcome(map(issue_of, found))) if found else None


def _looked_at(number: int, content: Object) -> Entry:
    place = f"Bundle.entry[{number - 1}]"
    entry = Entry(number, content, [issue_of(x) for x in entry_complaints(content, place)])
    if entry.resource:
        entry.issues += [issue_of(x, place) for x in said_of(entry.resource)]
    return entry


# -- entries that lean on each other ----------------------------------------------------------------------------------


def _refuse_what_leans_on_refused(entries: Sequence[Entry]) -> None:
    """Of a person, report or sample that is refused nothing else is taken either, nor the results of such a report."""
    while leaning := list(_leaning(entries)):
        for x in leaning:
            text = _("it belongs to an entry that is refused")
            x.issues.append(Issue(ERROR, "business-rule", text, f"Bundle.entry[{x.place - 1}]"))


def _leaning(entries: Sequence[Entry]) -> Iterator[Entry]:
    refused = [x for x in entries if x.refused]
    leant_on = {y for x in refused if x.resource.get("resourceType") != MEASURED for y in _addresses(x)}
    reports = [x.resource for x in refused if x.resource.get("resourceType") == REPORT]
    reported = {reference_of(y) for x in reports for y in objects(x, "result")}
    for x in entries:
        if not x.refused and ({*_references(x.resource)} & leant_on or {*_addresses(x)} & reported):
            yield x


def _addresses(entry: Entry) -> Iterator[str]:
    name, full = text_of(entry.resource, "id"), text_of(entry.content, "fullUrl")
    if name:
        yield f"{text_of(entry.resource, 'resourceType')}/{name}"
    if full:
        yield full


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Object):
        if isinstance(value.get("reference"), str):
            yield reference_of(value)
        for x in value.values():
            yield from _references(x)
    elif isinstance(value, list):
        for x in value:
            yield from _references(x)


def _without_refused(bundle: Object, entries: Iterable[Entry]) -> bytes:
    """The document as it came, an empty entry in the place of each that is refused."""
    kept = [Object() if x.refused else x.content for x in entries]
    return exact_json({**bundle, "entry": kept})


# -- what became of it ------------------------------------------------------------------------------------------------


def _tell(entries: Sequence[Entry], results: Iterable[Settled]) -> None:
    for x in results:
        entry = entries[x.entry - 1]
        entry.states.add(x.state)
        where = f"Bundle.entry[{x.entry - 1}]"
        severity = SEVERITY.get(x.state, INFORMATION)
        entry.issues.append(Issue(severity, CODES.get(x.state, "informational"), x.text, where))


def _response(bundle: Object, entries: Iterable[Entry]) -> Json:
    kind = "transaction-response" if bundle["type"] == TRANSACTION else "batch-response"
    told = [{"response": {"status": x.status, "outcome": outcome(x.issues)}} for x in entries]
    return {"resourceType": BUNDLE, "type": kind, **({"entry": told} if told else {})}
