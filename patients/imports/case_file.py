"""The case file (`ildcare-case/1`): one patient's course as JSON, to facts or to the list of all its faults. Pure.

A result is recognised by the sender's `id` with its code and time (specification 12 (45)); without an `id` by its kind,
code, time and qualifiers and its place among the events of the file that share them, so that two results of one moment
are both kept. A correction or cancellation without an `id`, and a final result beside a preliminary one, is a version
of the last such event. What stands of its versions does not depend on their order in the file, nor on the file that
tells them (`patients.clinical.placing`). An event of an export says which fact it is a version of (`same`): that goes
before all of these.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.placing import MOVED_WITHIN, EarlierVersion, comes_back, place_of, tells_again
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import SEXES
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, SAMPLED_AT, STATUSES, Version, in_standing_order
from patients.imports.case import SITE_ZONE, Case, CaseEvent, CaseFaults, CasePatient, Fault, Format
from patients.imports.case_events import READERS, TAKE_MONTHS, Reader
from patients.imports.case_treatments import marked_doses
from patients.imports.fields import Fields, Object, read
from patients.imports.limits import too_many_events
from patients.imports.moments import Moment

NAME = "case_file"  # under which its facts are stored
VERSION = "ildcare-case/1"
SAYS_SO = re.compile(rb'"format"\s*:\s*"ildcare-case/')
MEASURED = "measurement"
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
RESULTS = (MEASURED, "antibody")  # what a laboratory sends: another sampling time is another result, (45)
LONGEST_MRN, LONGEST_NAME, LONGEST_ID, LONGEST_IDENTITY = 40, 100, 100, 200
MOST_VERSIONS = 100  # of one result in one file [J]: each is held against the others
# a cancellation that says of which result, and no value: it waits for its original
NO_VALUE = {"value": None, "comparator": "", "typed_value": CANCELLED, "typed_unit": ""}
BASE_FIELDS = frozenset(x.name for x in fields(f.Fact))


def parse(document: str | bytes, *, zone: str = SITE_ZONE, now: datetime) -> Case:
    """The case that a document tells, read at `now` by a site in `zone`. Raises CaseFaults with every fault."""
    return _Reading(read(document), ZoneInfo(zone), now).case()


FORMAT = Format(
    title=_("Case file (JSON)"),
    endings=(".json",),
    media_types=("application/json",),
    recognises=lambda document: SAYS_SO.search(document) is not None,
    parse=parse,
)


class EventReading:
    """Reads events one after the other: versions of facts, faults, and warnings. `born`: no day lies before it."""

    def __init__(self, zone: ZoneInfo, now: datetime, born: date | None = None) -> None:
        self.zone, self.now, self.born = zone, now, born
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.events: list[CaseEvent] = []
        self.results = _Results(now)

    def take(self, number: int, raw: Object) -> None:
        """One event, as an object of a case file has it; `number` from 1 is that of its faults and warnings."""
        event = Fields(raw, number, self.zone, self.now, self.born)
        kind = event.choice("kind", READERS, required=True)
        month = kind in TAKE_MONTHS and _to_the_month(event)
        on, known = _times(event)
        status = event.choice("status", STATUSES) or FINAL
        sender_id, same = event.text("id", longest=LONGEST_ID), event.text("same", longest=LONGEST_IDENTITY) or ""
        if kind and on and known and status == CANCELLED and self._withdraw(event, kind, on, known, sender_id):
            return
        content = READERS[kind].read(event, on.day if on else None) if kind else {}
        details = content.pop("details", {})
        if month:
            content["month"] = True
        if kind:
            event.finish()
        self.faults += event.faults
        self.warnings += event.warnings
        if kind and on and known and not event.faults:
            fact = _fact(READERS[kind], _name(event), on, known, content, status)
            self._place(event, kind, fact, status, sender_id, details, same)

    def _withdraw(self, event: Fields, kind: str, on: Moment, known: Moment, sender_id: str | None) -> bool:
        """A cancellation that does not repeat the content: it withdraws what the file told before. False if it does."""
        if not _tells_nothing(event, READERS[kind], kind):
            return False
        code = event.raw.get(READERS[kind].code)
        earlier = self.results.version_before(kind, code, sender_id, on)
        dated = event.raw.get("known") is not None
        if earlier is not None:
            fact = replace(earlier.fact, id=_name(event), known=known.at, known_day=known.day, first_known=known.at)
            self._keep(event, self.results.withdrawal(earlier, fact, dated=dated))
        elif kind == MEASURED and sender_id and isinstance(code, str) and code in MEASUREMENTS:
            nothing: dict[str, Any] = {"code": code, "quantity": Quantity(Decimal(0))}
            fact = _fact(READERS[kind], _name(event), on, known, nothing, CANCELLED)
            self._keep(event, self.results.version_of(kind, fact, CANCELLED, sender_id, dated=dated, details=NO_VALUE))
        else:
            return False
        self.faults += event.faults
        return True

    def _place(
        self,
        event: Fields,
        kind: str,
        fact: f.Fact,
        status: str,
        sender_id: str | None,
        details: dict[str, Any],
        same: str,
    ) -> None:
        dated = event.raw.get("known") is not None
        version = self.results.version_of(kind, fact, status, sender_id, dated=dated, details=details, same=same)
        if kind in RESULTS and sender_id and self.results.moves(kind, fact, status, sender_id):
            code = READERS[kind].code
            message = _("%(code)s was corrected under the same id with another time of sampling: both are kept, look")
            self.warnings.append(Fault(event.event, reason(message, code=str(getattr(fact, code)))))
        self._keep(event, version, same=bool(same))

    def _keep(self, event: Fields, version: Version | None, *, same: bool = False) -> None:
        if version is None:
            self.warnings.append(Fault(event.event, reason(_("says nothing new of its result"))))
        elif self.results.is_too_many(version):
            why = reason(_("more than %(most)s versions of one result in one file"), most=MOST_VERSIONS)
            self.faults.append(Fault(event.event, why))
        else:
            self.events.append(CaseEvent(event.event or 0, version, same))


class _Reading(EventReading):
    """One pass over a document."""

    def __init__(self, document: Object, zone: ZoneInfo, now: datetime) -> None:
        super().__init__(zone, now)
        self.document = document

    def case(self) -> Case:
        top = Fields(self.document, None, self.zone, self.now)
        self._check_format(top)
        source = top.text("source") or ""
        patient = self._patient(top)
        self._events(top)
        if self.faults:
            raise CaseFaults(self.faults)
        self.warnings += marked_doses(self.events)
        return Case(
            patient=patient,
            source=source,
            format=NAME,
            events=tuple(self.events),
            warnings=tuple(self.warnings),
            zone=str(self.zone),
        )

    def _close(self, raw: Fields) -> None:
        raw.finish()
        self.faults += raw.faults
        self.warnings += raw.warnings

    def _check_format(self, top: Fields) -> None:
        name = top.text("format", required=True)
        if name is not None and name != VERSION:
            top.fault(_('the format is "%(name)s"; only "%(format)s" is read'), name=name[:40], format=VERSION)

    def _patient(self, top: Fields) -> CasePatient:
        raw = top.part("patient")
        if not isinstance(raw, Object):
            top.fault(_('"patient" is missing') if raw is None else _('"patient" must be an object'))
            return CasePatient(mrn="")
        person = Fields(raw, None, self.zone, self.now)
        patient = CasePatient(
            mrn=person.text("mrn", required=True, longest=LONGEST_MRN) or "",
            family_name=person.text("family_name", longest=LONGEST_NAME) or "",
            given_name=person.text("given_name", longest=LONGEST_NAME) or "",
            family_kana=person.text("family_kana", longest=LONGEST_NAME) or "",
            given_kana=person.text("given_kana", longest=LONGEST_NAME) or "",
            sex=person.choice("sex", SEXES) or "unknown",
            birth_date=person.day("birth_date"),
        )
        self._close(person)
        self.born = patient.birth_date
        return patient

    def _events(self, top: Fields) -> None:
        raw = top.part("events")
        if not isinstance(raw, list):
            top.fault(_('"events" is missing') if raw is None else _('"events" must be a list'))
            raw = []
        self._close(top)
        many = too_many_events(len(raw))
        if many is not None:
            self.faults.append(Fault(None, many))
            return
        for number, event in enumerate(raw, start=1):
            if isinstance(event, Object):
                self.take(number, event)
            else:
                self.faults.append(Fault(number, reason(_("an event must be an object"))))


def _name(event: Fields) -> str:
    """The id of a version in a snapshot: the event it is from, so that facts of one moment keep the file's order."""
    return f"event:{event.event or 0:06d}"


def _to_the_month(event: Fields) -> bool:
    """Is `on` a month ("2024-03")? Then it is read as the first of it."""
    on = event.raw.get("on")
    if not isinstance(on, str) or not MONTH.fullmatch(on.strip()):
        return False
    event.raw = _with(event.raw, on=f"{on.strip()}-01")
    return True


def _with(raw: Object, **changed: Any) -> Object:
    changed_one = Object({**raw, **changed})
    changed_one.repeated = raw.repeated
    return changed_one


def _tells_nothing(event: Fields, reader: Reader, kind: str) -> bool:
    keys = {key for key, value in event.raw.items() if value is not None}
    return not keys - {"on", "known", "kind", "status", "id", reader.code} or (
        kind == MEASURED and not keys & {"value", "absent"}
    )


def _times(event: Fields) -> tuple[Moment | None, Moment | None]:
    """Time about and time known; a date alone for the latter, on the day of the former, is not before it."""
    on, known = event.moment("on", required=True), event.moment("known")
    if on is None or known is None:
        return on, on if event.raw.get("known") is None else None
    if known.date_only and known.day == on.day:
        return on, on
    if known.at < on.at:
        event.fault(_('"known" is before "on"'))
    return on, known


def _fact(reader: Reader, name: str, on: Moment, known: Moment, content: dict[str, Any], status: str) -> f.Fact:
    if reader.fact is f.Measurement:
        content = {**content, "status": "final" if status == CANCELLED else status}
    return reader.fact(
        id=name, on=on.at, known=known.at, day=on.day, known_day=known.day, first_known=known.at, **content
    )


# -- which events tell of the same result, and what stands of them ----------------------------------------------------


class _Results:
    """Which events tell of the same result: identities, and the versions of each in the order of the file."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.histories: dict[str, list[Version]] = {}
        self.occurrences: dict[str, int] = {}
        self.called: dict[tuple[str, str | datetime], list[str]] = {}  # identities by the sender's id, else by moment
        self.sampled: dict[tuple[str, str, str], list[tuple[datetime, str]]] = {}
        self.sequence = 0

    def version_of(
        self,
        kind: str,
        fact: f.Fact,
        status: str,
        sender_id: str | None,
        *,
        dated: bool,
        details: dict[str, Any] | None = None,
        same: str = "",
    ) -> Version | None:
        """The next version of its identity; None when it says nothing that was not told before.

        dated: does the file say when it became known? same: the identity that it has in the record it is from.
        """
        identity = same or self._identity(kind, fact, status, sender_id)
        version = Version(
            identity=identity,
            fact=fact,
            sequence=self.sequence + 1,
            cancelled=status == CANCELLED,
            details=details or {},
            status_sent=status,
            dated=dated and fact.known > fact.on,
        )
        if identity not in self.histories:
            self.called.setdefault((kind, sender_id or fact.on), []).append(identity)
        return None if _repeats(version, self.histories.get(identity, [])) else self._added(version)

    def is_too_many(self, version: Version) -> bool:
        """Does the file tell more versions of this result than one can have?"""
        return version.sequence == 0

    def _added(self, version: Version) -> Version:
        """The version in its place, behind the others of its identity; without a number where there are too many."""
        history = self.histories.setdefault(version.identity, [])
        if len(history) == MOST_VERSIONS:
            return replace(version, sequence=0)
        self.sequence = version.sequence
        if not version.says_when:
            values = [
                EarlierVersion(x.status, x.place, x.placed is not None, x.sequence, same=_says_the_same(x, version))
                for x in history
            ]
            place = place_of(values, version.status, on=version.fact.on, now=self.now)
            if place != version.fact.on:  # told after what was told before, so not known before it
                version = replace(version, fact=_known_not_before(version.fact, history), placed=place)
        history.append(version)
        return version

    def version_before(self, kind: str, code: object, sender_id: str | None, on: Moment) -> Version | None:
        """The last version that the file told of this result and did not withdraw: by its id, else by its moment."""
        found = None
        for identity in self.called.get((kind, sender_id or on.at), ()):
            version = in_standing_order(self.histories[identity])[-1]
            same_sample = kind not in RESULTS or not sender_id or version.fact.on == on.at
            if same_sample and not version.cancelled and (not code or identity.startswith(f"{kind}:{code}:")):
                found = version
        return found

    def withdrawal(self, earlier: Version, fact: f.Fact, *, dated: bool) -> Version:
        """The version that withdraws what was told before."""
        dated = dated and fact.known > fact.on
        version = Version(
            identity=earlier.identity,
            fact=fact,
            cancelled=True,
            sequence=self.sequence + 1,
            status_sent=CANCELLED,
            dated=dated,
        )
        return self._added(version)

    def moves(self, kind: str, fact: f.Fact, status: str, sender_id: str) -> bool:
        """Was the same id told with another time of sampling, at most a day apart, one of the two as corrected? (84)"""
        code = str(getattr(fact, READERS[kind].code))
        others = self.sampled.setdefault((kind, code, sender_id), [])
        near = [facts for on, facts in others if on != fact.on and abs(on - fact.on) <= MOVED_WITHIN]
        others.append((fact.on, status))
        return CORRECTED in near or (status == CORRECTED and bool(near))

    def _identity(self, kind: str, fact: f.Fact, status: str, sender_id: str | None) -> str:
        reader = READERS[kind]
        code = str(getattr(fact, reader.code) or "") if reader.code else ""
        if sender_id:
            return named_identity(kind, code, sender_id, fact.on)
        qualifiers = ",".join([_plain(getattr(fact, name)) for name in reader.qualifiers])
        key = f"{kind}:{code}:{_utc(fact.on)}:{qualifiers}"
        last = self.occurrences.get(key, 0)
        if not (last and self._joins(f"{key}:{last}", status)):
            last = self.occurrences[key] = last + 1
        return f"{key}:{last}"

    def _joins(self, identity: str, status: str) -> bool:
        """Is a result with this status a version of the last one of the same moment, rather than another beside it?"""
        statuses = {x.status for x in self.histories[identity]}
        return status in (CORRECTED, CANCELLED) or status not in statuses


def named_identity(kind: str, code: str, sender_id: str, on: datetime) -> str:
    """The identity of a fact that its sender names: of a result with its code and time, specification 12 (45)."""
    return f"{kind}:{code}:id:{sender_id}" + (f"{SAMPLED_AT}{_utc(on)}" if kind in RESULTS else "")


def _repeats(version: Version, history: list[Version]) -> bool:
    """Does a version say only what the file told before? Dated ones differ by their date."""
    same = [
        x for x in history if _says_the_same(x, version) and tells_again(version, known=x.fact.known, placed=x.placed)
    ]
    if not same:
        return False
    stands = in_standing_order(history)[-1]
    if version.says_when or _says_the_same(stands, version):
        return True
    return not comes_back(version.status, stands.status, told_since=stands.sequence > same[-1].sequence)


def _says_the_same(a: Version, b: Version) -> bool:
    """Of one identity: two cancellations do, whatever value they repeat."""
    return a.status == b.status and (a.cancelled or (_content(a.fact), a.details) == (_content(b.fact), b.details))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _plain(value: object) -> str:
    """A qualifier in an identity: 0.21 and 0.210 are the same."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _content(fact: f.Fact) -> tuple[object, ...]:
    own = (getattr(fact, x.name) for x in fields(fact) if x.name not in BASE_FIELDS)
    return (fact.on, *own)


def _known_not_before(fact: f.Fact, history: list[Version]) -> f.Fact:
    earlier = max((x.fact for x in history), key=lambda x: x.known, default=fact)
    if fact.known >= earlier.known:
        return fact
    return replace(fact, known=earlier.known, known_day=earlier.known_day, first_known=earlier.known)
