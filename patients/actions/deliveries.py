"""Changes that machines make: a message is taken as a whole, once; what it cannot be read as waits for a person.

Nothing is put on a record on a guess: the number decides, and a person who differs in name, sex or birth date is
another one. A message that is sent again changes nothing. What waits for a number is taken when that number is
registered, what waits for a meaning when somebody says it: the message is read again as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.asking import ask, overtake
from patients.actions.facts import finish
from patients.actions.identity import update_patient
from patients.actions.movements import TAKEN_BACK, follow
from patients.actions.sorting_out import key_of, sort_out, word_of
from patients.changes import Refused, change_to, record_change, repeated_on_deadlock
from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.reasons import Reason
from patients.clinical.versions import Version
from patients.clinical.written import reason_as_json, reasons_as_json
from patients.code_maps import map_of
from patients.folding import number_core
from patients.imports.case import CaseFaults
from patients.imports.case_file import named_identity
from patients.imports.code_map import TITRE_OF
from patients.imports.delivery import Delivery, Taken, deliveries
from patients.imports.documents import MESSAGE_FORMATS
from patients.imports.observation import Movement, Report
from patients.imports.record_numbers import why_none
from patients.imports.same_result import result_words
from patients.imports.understanding import Event, Held
from patients.merged import kept_of
from patients.models import (
    FACT_TABLES,
    MACHINE,
    DeliveredFact,
    Fact,
    IdentityChange,
    Message,
    MessagePart,
    PartState,
    Patient,
    Source,
    User,
    WaitingResult,
)
from patients.persons import PICKED, Owner
from patients.queries import site_clock, site_zone
from patients.recording import append
from patients.sent_persons import case_patient_of, whose


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. `repeated`: it was here before, and nothing was changed."""

    message: Message
    parts: tuple[MessagePart, ...] = ()
    repeated: bool = False

    @property
    def refused(self) -> bool:
        """Could nothing of it be read?"""
        return self.message.refused is not None

    @property
    def waiting(self) -> int:
        """How many of its results wait for a person."""
        return WaitingResult.objects.open().filter(part__message=self.message).count()


@repeated_on_deadlock
def take_message(*, source: Source, document: bytes, form: str, control_id: str = "") -> Receipt:
    """Take a message of a format (a name of MESSAGE_FORMATS): its facts, and what waits. Once for the same bytes.

    Raises Refused for a source that may not send. A message that cannot be read is kept, with why.
    """
    if not source.active:
        raise Refused(_("%(source)s may not send.") % {"source": source.title})
    digest = sha256(document).hexdigest()
    try:
        with transaction.atomic(), site_clock():
            known = Message.objects.filter(source=source, digest=digest).first()
            if known is not None and _came_too_late(known):
                known.body, known.pruned_at = document, None
                known.save(update_fields=["body", "pruned_at"])
                return Receipt(known, _taken(known, source, document))
            if known is not None:
                return Receipt(known, tuple(known.parts.all()), repeated=True)
            kept = Message(source=source, digest=digest, format=form, body=document, control_id=control_id[:100])
            kept.save(force_insert=True)
            return Receipt(kept, _taken(kept, source, document, fresh=True))
    except IntegrityError as error:  # the same bytes at the same moment: what the other one stored is the answer
        known = Message.objects.filter(source=source, digest=digest).first()
        if known is None:
            raise error
        return Receipt(known, tuple(known.parts.all()), repeated=True)


def _came_too_late(message: Message) -> bool:
    """Was it for a number that nobody here had, and is it not kept any more? Sent again it may be taken now."""
    return message.body is None and message.parts.filter(state=PartState.UNKNOWN).exists()


@repeated_on_deadlock
def take_again(*, message: Message, by: User | None = None) -> Receipt:
    """Read a message again as it came: what was understood changes nothing, what waited is taken where it can be now.

    `by`: who said what it lacked.
    """
    with transaction.atomic():
        kept = Message.objects.select_for_update().select_related("source").get(pk=message.pk)
        if kept.body is None:
            raise Refused(_("The message itself is not kept any more."))
        return Receipt(kept, _taken(kept, kept.source, bytes(kept.body), by))


def take_what_waits_for(patient: Patient) -> int:
    """Take what came for a number before it was registered, or almost the same one, or while another name, sex or
    birth date stood there; of how many messages that was."""
    before = IdentityChange.objects.filter(patient=patient).values_list("before__mrn", flat=True)
    cores = {patient.number_core, *(number_core(x or "") for x in before)}
    waiting = MessagePart.objects.of_nobody_yet().filter(number_core__in=cores)
    messages = list(Message.objects.filter(parts__in=waiting, body__isnull=False).distinct().order_by("pk"))
    for message in messages:
        take_again(message=message)
    return len(messages)


def take_registered() -> int:
    """Take what waited for numbers that are registered by now, or whose identity was corrected, however that happened;
    of how many patients that was."""
    waiting = MessagePart.objects.of_nobody_yet().filter(number_core=OuterRef("number_core"))
    registered = waiting.filter(state=PartState.UNKNOWN, looked_at__lt=OuterRef("registered_at"))
    last = IdentityChange.objects.filter(patient=OuterRef("pk")).order_by("-at").values("at")[:1]
    corrected = waiting.filter(looked_at__lt=OuterRef("corrected_at"))
    found = Patient.objects.annotate(corrected_at=Subquery(last)).filter(Exists(registered) | Exists(corrected))
    patients = list(found.order_by("pk"))
    for patient in patients:
        take_what_waits_for(patient)
    return len(patients)


# -- a message, part by part ------------------------------------------------------------------------------------------


def _taken(
    message: Message, source: Source, document: bytes, by: User | None = None, *, fresh: bool = False
) -> tuple[MessagePart, ...]:
    """`fresh`: it has just come, and nobody has said anything of it."""
    zone, now = site_zone(), timezone.now()
    try:
        reports = MESSAGE_FORMATS[message.format].reports(document, source.name, zone)
    except CaseFaults as faults:
        message.refused = reason_as_json(faults.faults[0].reason)
        message.save(update_fields=["refused"])
        return ()
    own = [(_of_its_machine(x, source), thousands) for x, thousands in reports]
    grouped = [(x, thousands or source.groups_thousands) for x, thousands in own]
    answers = {} if fresh else _answers(message)
    codes = map_of(source)
    _note_header(message, reports[0][0] if reports else None, codes.version)
    found = deliveries(grouped, codes, zone=zone, now=now, answers=answers, authorities=source.authorities)
    return tuple(
        _Part(message, source, place, x, now=now, zone=zone, by=by, fresh=fresh).take()
        for place, x in enumerate(found, start=1)
    )


def _note_header(message: Message, report: Report | None, map_version: str) -> None:
    """What a message says of itself, its number and when it was sent; and by which map it was read."""
    before = (message.control_id, message.sent_at, message.map_version)
    if report is not None:
        message.control_id = message.control_id or report.control_id[:100]
        message.sent_at = report.sent.moment.at if report.sent.moment is not None else None
    message.map_version = map_version
    if before != (message.control_id, message.sent_at, message.map_version):
        message.save(update_fields=["control_id", "sent_at", "map_version"])


def _of_its_machine(report: Report, source: Source) -> Report:
    """A report of a machine that names itself in its messages is its own, by whatever door it comes: the same result
    by HL7 and by FHIR is one."""
    return replace(report, source=source.name) if source.sender and report.source == source.sender else report


def _answers(message: Message) -> Mapping[tuple[int, int], Mapping[str, str]]:
    """What people said of results that waited, by the place of the part and the number of the result."""
    rows = WaitingResult.objects.filter(part__message=message).exclude(answers={}).select_related("part")
    return {(x.part.place, x.number): x.answers for x in rows}


class _Part:
    """What a message says of one person."""

    def __init__(
        self,
        message: Message,
        source: Source,
        place: int,
        delivery: Delivery,
        *,
        now: datetime,
        zone: ZoneInfo,
        by: User | None,
        fresh: bool,
    ) -> None:
        self.source, self.delivery, self.now, self.zone, self.by = source, delivery, now, zone, by
        person = delivery.report.person
        known = None if fresh else MessagePart.objects.filter(message=message, place=place).first()
        self.fresh = known is None
        self.row = known or MessagePart(
            message=message,
            place=place,
            results=len(delivery.report.observations) + len(delivery.report.events),
        )
        if self.fresh and (movement := delivery.report.movement) is not None:
            moment = movement.time.moment
            self.row.event, self.row.moved_at = movement.event[:10], moment.at if moment is not None else None
        if self.row.state != PartState.TAKEN:  # whose numbers count may have been said since
            self.row.person, self.row.number_core = asdict(person), number_core(person.mrn)[:80]

    def take(self) -> MessagePart:
        """Its facts go to the record of the person, the rest waits; or all of it, where nobody may say whose it is."""
        if self.row.state == PartState.DONE:
            return self.row
        movement = self.delivery.report.movement
        if movement is not None:
            return self._follow(movement)
        match = whose(self.delivery.report.person, self.row.answer)
        if self.row.state == PartState.TAKEN and self.row.patient != match.patient and not self._is_kept(match.patient):
            return self.row  # its facts are on a record already: what is read otherwise by now moves none of them
        self.row.grave = self._values() if match.state == PartState.DOUBTFUL else []
        self._say(match.state, match.why, match.patient)
        if match.state == PartState.DOUBTFUL:
            self._tell_those_alike()
        if match.owner is not None and match.patient is not None:
            self._store(match.owner, match.patient)
        return self.row

    def _say(self, state: str, why: Iterable[Reason], patient: Patient | None) -> None:
        self.row.state, self.row.patient, self.row.looked_at = state, patient, self.now
        self.row.why = reasons_as_json(why)
        if self.row._state.adding:
            self.row.save(force_insert=True)
        else:
            self.row.save(update_fields=["state", "why", "patient", "looked_at", "person", "number_core", "grave"])

    def _values(self) -> list[list[str]]:
        """What the results of somebody who may be a patient here may be: test, value and unit as sent, time."""
        events = [x.event for x in self.delivery.taken if not x.withdraws]
        results = [
            *((x.observation, x.target) for x in events),
            *((x.observation, x.target) for x in self.delivery.held),
        ]
        return [
            [target, x.text[:40], x.unit[:20], x.time.moment.at.isoformat() if x.time.moment else ""]
            for x, target in results
            if target and x.text
        ]

    def _tell_those_alike(self) -> None:
        """Have those evaluated whose number it almost is: a grave value may be theirs."""
        for patient in Patient.objects.filter(number_core=self.row.number_core).order_by("pk"):
            with change_to(kept_of(patient), by=None):
                record_change(kept_of(patient))

    def _is_kept(self, patient: Patient | None) -> bool:
        """Is it the record into which the one was merged that the part is on?"""
        return patient is not None and self.row.patient is not None and kept_of(self.row.patient) == patient

    def _follow(self, movement: Movement) -> MessagePart:
        """A movement is followed once."""
        if self.row.state != PartState.TAKEN:
            person = self.delivery.report.person
            kana = person.family_kana, person.given_kana
            told = case_patient_of(person)
            if (why := why_none(person)) and not self.row.answer.startswith(PICKED):
                several = PartState.SEVERAL if person.numbers else PartState.NO_NUMBER
                self._say(several, why, None)
                return self.row
            done = follow(
                movement,
                told,
                kana,
                source=f"{MACHINE}:{self.source.name}",
                answer=self.row.answer,
                before=self._told_before(),
            )
            self._say(done.state, done.why, done.patient)
            if done.state == PartState.TAKEN and done.patient is not None:
                take_what_waits_for(done.patient)
        return self.row

    def _told_before(self) -> list[tuple[str, datetime]]:
        """Which movements of the same number its sender told in messages that came before, and when each happened. What
        takes a step back counts only where it was not sent before this message was."""
        if not self.row.number_core:
            return []
        rows = MessagePart.objects.filter(number_core=self.row.number_core, message__source=self.source)
        rows_before = rows.exclude(event="").exclude(pk=self.row.pk).exclude(moved_at=None)
        sent = self.row.message.sent_at
        return [
            (event, when)
            for event, when, other in rows_before.values_list("event", "moved_at", "message__sent_at")
            if when is not None and (event not in TAKEN_BACK or sent is None or other is None or other >= sent)
        ]

    def _store(self, owner: Owner, patient: Patient) -> None:
        source = f"{MACHINE}:{self.source.name}"
        with change_to(patient, by=None):
            if owner.added:
                update_patient(patient, patient.version, by=None, source=source, **owner.added)
            new = [x for x in self.delivery.taken if self._is_new(x.event)]
            sorted_out = sort_out(self.row, patient, new, said=self._said, fresh=self.fresh)
            taken = sorted_out.taken
            arriving = [self._arriving(x.version, again=key_of(x) in sorted_out.again) for x in taken]
            recorded = append(patient, arriving, by=self.by, source=source, via=owner.via)
            self._note_delivered(taken, recorded.rows)
            for x in sorted_out.withdrawn:
                sorted_out.withdrawals.withdraw(x.event, in_any_case=True)
            finished = {x.observation.number: self._finish(patient, x) for x in self.delivery.held if x.finishes}
            held = [x for x in self.delivery.held if finished.get(x.observation.number, False) is False]
            unsaid = [x for x in self.delivery.unsaid if self._is_new(x) and not self._is_told_after(x)]
            withdrawals = [*sorted_out.taking_back, *unsaid]
            withdrawn = {word_of(x): sorted_out.withdrawals.withdraw(x) for x in withdrawals}
            waits_otherwise = ask(
                self.row,
                [*held, *sorted_out.held, *(x for x in withdrawn.values() if x is not None)],
                fresh=self.fresh,
            )
            overtaken = overtake(self.row, [(x.event.observation, x.event.target, x.version.status) for x in taken])
            overtaken |= sorted_out.close()
            done = [*(word_of(x.event) for x in taken), *(word for word, held in withdrawn.items() if held is None)]
            self._understand([*done, *(word_of(x) for x in self.delivery.said_before)])
            if (
                owner.added
                or recorded.rows
                or waits_otherwise
                or overtaken
                or None in withdrawn.values()
                or True in finished.values()
            ):
                record_change(patient)

    def _note_delivered(self, taken: Sequence[Taken], rows: Sequence[Fact]) -> None:
        by_key = {key_of(x): x.event.observation for x in taken}
        delivered = []
        for x in rows:
            sent = by_key.get((x.KIND, x.identity))
            delivered.append(DeliveredFact(part=self.row, kind=x.KIND, row=x.pk))
            if sent is not None:
                system = sent.codings[0].system[:100] if sent.codings else ""
                delivered[-1].sub, delivered[-1].system, delivered[-1].code = sent.sub, system, sent.code[:100]
        DeliveredFact.objects.bulk_create(delivered, ignore_conflicts=True)

    def _is_told_after(self, withdrawal: Event) -> bool:
        """Does the message tell the result again behind its withdrawal? Then that one holds (84)."""
        x, told = withdrawal.observation, self.delivery.taken
        words = result_words(x, withdrawal.target)
        later = (y.event for y in told if y.event.observation.number > x.number and not y.withdraws)
        return bool(words) and any(result_words(y.observation, y.target) == words for y in later)

    @cached_property
    def _said(self) -> Mapping[int, Mapping[str, str]]:
        """What people said of results of this part that waited."""
        if self.fresh:
            return {}
        rows = self.row.waiting.exclude(answers={})
        return {x.number: x.answers for x in rows}

    def _is_new(self, event: Event) -> bool:
        """Was it neither understood before nor refused by a person? What came since is not to be undone by a message
        that is read once more."""
        return word_of(event) not in self.row.understood and event.observation.number not in self._refused

    @cached_property
    def _refused(self) -> frozenset[int]:
        return frozenset(() if self.fresh else self.row.waiting.filter(taken=False).values_list("number", flat=True))

    def _understand(self, words: Sequence[str]) -> None:
        self.row.understood = sorted({*self.row.understood, *words})
        self.row.save(update_fields=["understood"])

    def _finish(self, patient: Patient, held: Held) -> bool | None:
        """Make final what an earlier message told as preliminary under the same number, test and time."""
        x, source = held.observation, f"{MACHINE}:{self.source.name}"
        if not x.order or x.time.moment is None:
            return False
        name = f"{self.delivery.report.source}/{x.order}"
        kinds = [("antibody", held.target)] if held.target in ANTIBODIES else [("measurement", held.target)]
        kinds += [("measurement", titre)] if (titre := TITRE_OF.get(held.target)) else []
        done = [
            finish(
                patient,
                FACT_TABLES[kind],
                named_identity(kind, code, name, x.time.moment.at),
                source=source,
                text=x.text if kind == "measurement" and len(kinds) == 1 else "",
            )
            for kind, code in kinds
        ]
        return True if True in done else None if None in done else False

    def _arriving(self, version: Version, *, again: bool) -> Version:
        """A version as a machine tells it: known from now, whenever the sample was taken. `again`: its sender sent it
        again after it took it back, so that its place is behind that."""
        fact = version.fact
        known = max(self.now, fact.on)
        day = known.astimezone(self.zone).date()
        return replace(version, fact=replace(fact, known=known, known_day=day, first_known=known), dated=again)
