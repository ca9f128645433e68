"""What people say of that which waits: what a code means, what a result lacks, whose a message is, why nothing of it is
taken. What was said is kept, with who and when, and the message is read again as it came.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.deliveries import Receipt, take_again
from patients.changes import Refused, attributed_to, change_to, record_change
from patients.clinical.reasons import _ as _msg
from patients.clinical.reasons import reason
from patients.clinical.written import reason_from_json
from patients.folding import number_key
from patients.imports.code_map import system_of
from patients.imports.observation import SentPerson
from patients.merged import kept_of
from patients.models import (
    ASKING,
    TO_BE_PICKED,
    CodeMeaning,
    Message,
    MessagePart,
    PartState,
    Patient,
    SamePerson,
    UnitMeaning,
    User,
    WaitingResult,
)
from patients.persons import PICKED, differences
from patients.sent_persons import KANA_TOGETHER, case_patient_of, kana_differs


def say_meaning(
    *, system: str, code: str, target: str, by: User, called: str = "", unit: str = "", reason: str = ""
) -> tuple[CodeMeaning, int]:
    """Say what a code means here; everything of this code that waits is taken. Returns how many messages that were."""
    with transaction.atomic():
        meaning = CodeMeaning.objects.create(
            system=system, code=code, called=called, target=target, unit=unit, reason=reason, by=by
        )
        rows = WaitingResult.objects.open().filter(code=code).values_list("pk", "system")
        waiting = [pk for pk, of in rows if system_of(of) == system_of(system)]  # "LN" and LOINC are one table
        messages = list(
            Message.objects.filter(parts__waiting__in=waiting, body__isnull=False).distinct().order_by("pk")
        )
        for message in messages:
            take_again(message=message)
    return meaning, len(messages)


def replace_meaning(*, meaning: CodeMeaning, target: str, reason: str, by: User) -> CodeMeaning:
    """Say that a code means something else than was said; what was said stays, and what was taken under it is corrected
    by hand. Raises Refused without a reason, or where nothing is changed."""
    if not reason.strip():
        raise Refused(_("A correction needs a reason."))
    if target == meaning.target:
        raise Refused(_("Nothing was changed."))
    with attributed_to(by):
        said, _messages = say_meaning(
            system=meaning.system, code=meaning.code, called=meaning.called, target=target, by=by, reason=reason.strip()
        )
    return said


def say_unit(*, waiting: WaitingResult, unit: str, reason: str, by: User) -> int:
    """Say in which unit a source sends values of a code, where it writes none or one that nobody may take for one;
    everything of the kind that waits is taken. Returns how many messages that were.

    Raises Refused if this result still cannot be taken; nothing was said then.
    """
    if not reason.strip():
        raise Refused(_("Say how you know the unit."))
    with transaction.atomic(), attributed_to(by):
        row = _open(waiting)
        source = row.part.message.source
        of_the_kind = {"system": row.system, "code": row.code, "target": row.target}
        UnitMeaning.objects.create(
            source=source, **of_the_kind, called=row.called, sent=row.unit, unit=unit, reason=reason.strip(), by=by
        )
        rows = WaitingResult.objects.open().filter(**of_the_kind, unit=row.unit, part__message__source=source)
        messages = list(Message.objects.filter(parts__waiting__in=rows, body__isnull=False).distinct().order_by("pk"))
        for message in messages:
            take_again(message=message, by=by)
        row.refresh_from_db()
        if row.settled_at is None:
            raise Refused(reason_from_json(row.why))
    return len(messages)


def answer_question(*, waiting: WaitingResult, answers: dict[str, str], by: User) -> Receipt:
    """Say what a result lacked (route, timing, FiO2, day): the message is read again with it.

    Raises Refused if the result still cannot be taken; nothing was changed then.
    """
    with transaction.atomic():
        row = _open(waiting)
        row.answers = {**row.answers, **answers}
        row.save(update_fields=["answers"])
        receipt = take_again(message=row.part.message, by=by)
        row.refresh_from_db()
        if row.settled_at is None:
            raise Refused(reason_from_json(row.why))
        row.settled_by = by
        row.save(update_fields=["settled_by"])
    return receipt


def refuse_result(*, waiting: WaitingResult, reason: str, by: User) -> None:
    """Settle a result that is not to be taken, with the reason."""
    if not reason.strip():
        raise Refused(_("A refusal needs a reason."))
    with transaction.atomic():
        row = _open(waiting)
        row.settled_at, row.settled_by, row.taken, row.reason = timezone.now(), by, False, reason
        row.save(update_fields=["settled_at", "settled_by", "taken", "reason"])
        if row.part.patient is not None:  # nothing of it waits any more: its alert closes
            with change_to(kept_of(row.part.patient), by=by):
                record_change(kept_of(row.part.patient))


def say_whose(*, part: MessagePart, patient: Patient, by: User) -> Receipt:
    """Say that a part whose number is almost a patient's is about this patient; the message is read again.

    Raises Refused if it cannot be this patient; nothing was changed then.
    """
    with transaction.atomic():
        row = _asking(part)
        row.answer, row.settled_at, row.settled_by = str(patient.pk), timezone.now(), by
        row.save(update_fields=["answer", "settled_at", "settled_by"])
        receipt = take_again(message=row.message)
        row.refresh_from_db()
        if row.state in ASKING:
            raise Refused(*([reason_from_json(x) for x in row.why] or [reason(_msg("It is not about this patient."))]))
    return receipt


def say_same_person(*, part: MessagePart, reason: str, by: User) -> Receipt:
    """Say that somebody whom a message tells of with another name, sex or birth date is the patient of that number; the
    message is read again, and what differs in the same way is not asked about again.

    Raises Refused where the number is nobody's any more; nothing was changed then.
    """
    if not reason.strip():
        raise Refused(_("Say why it is the same person."))
    with transaction.atomic(), attributed_to(by):
        row = _asking(part, PartState.OTHER_PERSON)
        person = sent_person(row)
        patient = Patient.objects.filter(number_key=number_key(person.mrn)).first() if person.mrn else None
        if patient is None:
            raise Refused(_("Nobody here has this number any more."))
        differs = differences(patient, case_patient_of(person))
        if kana := kana_differs(kept_of(patient), person):
            differs[KANA_TOGETHER] = kana
        SamePerson.objects.create(patient=patient, differs=differs, reason=reason.strip(), by=by)
        row.settled_at, row.settled_by, row.reason = timezone.now(), by, reason.strip()
        row.save(update_fields=["settled_at", "settled_by", "reason"])
        receipt = take_again(message=row.message)
        for other in _others_like(row):
            take_again(message=other)
        row.refresh_from_db()
        if row.state == PartState.OTHER_PERSON:
            raise Refused(_("It is not about this patient."))
    return receipt


def pick_patient(*, part: MessagePart, patient: Patient, reason: str, by: User) -> int:
    """Say whose it is that names no number, several, or one that nobody here has; the same person's of the same source
    with the same number goes there too, as far as it waits. Returns of how many parts that was.

    Raises Refused where nothing of it can be read any more; nothing was changed then.
    """
    if not reason.strip():
        raise Refused(_("Say why it is this patient."))
    with transaction.atomic(), attributed_to(by):
        row = _asking(part, *TO_BE_PICKED)
        rows = [row, *_same_told(row)]
        for x in rows:
            x.answer, x.settled_at, x.settled_by, x.reason = f"{PICKED}{patient.pk}", timezone.now(), by, reason.strip()
            x.save(update_fields=["answer", "settled_at", "settled_by", "reason"])
            take_again(message=x.message)
            x.refresh_from_db()
            if x.state in TO_BE_PICKED:
                raise Refused(_("It is not about this patient."))
    return len(rows)


def settle_part(*, part: MessagePart, reason: str, by: User) -> None:
    """Say that somebody has looked at what no machine may do, and what came of it; of a number that nobody here has
    everything that waits."""
    if not reason.strip():
        raise Refused(_("Say what was done, or why nothing."))
    with transaction.atomic(), attributed_to(by):
        row = _asking(part)
        for x in [row, *(_same_told(row) if row.state == PartState.UNKNOWN else ())]:
            x.state, x.settled_at, x.settled_by, x.reason = PartState.DONE, timezone.now(), by, reason
            x.save(update_fields=["state", "settled_at", "settled_by", "reason"])
        if row.grave:  # nothing of it waits any more: its alert closes
            tell_those_alike(row)


def tell_those_alike(part: MessagePart) -> None:
    """Have those evaluated whose number a part almost has: of what it says nothing waits any more."""
    for patient in Patient.objects.filter(number_core=part.number_core).order_by("pk"):
        with change_to(kept_of(patient), by=None):
            record_change(kept_of(patient))


def sent_person(part: MessagePart) -> SentPerson:
    """Who a part is about, as it was stored."""
    fields = {name: x for name, x in part.person.items() if name not in ("numbers", "sent_numbers")}
    return SentPerson(**fields, numbers=tuple(part.person.get("numbers") or ()))


def _same_told(part: MessagePart) -> list[MessagePart]:
    """Other parts of the same source that wait for the same number, and tell the same person."""
    if not part.number_core:
        return []
    rows = MessagePart.objects.select_for_update(of=("self",)).select_related("message")
    rows = rows.filter(state=part.state, number_core=part.number_core, person=part.person)
    rows = rows.filter(message__source=part.message.source, message__body__isnull=False)
    return list(rows.exclude(pk=part.pk).order_by("pk"))


def _others_like(part: MessagePart) -> list[Message]:
    """Messages that wait for the same number, of another person by what they tell."""
    rows = MessagePart.objects.filter(state=PartState.OTHER_PERSON, number_core=part.number_core)
    return list(Message.objects.filter(parts__in=rows, body__isnull=False).distinct().order_by("pk"))


def _asking(part: MessagePart, *states: PartState) -> MessagePart:
    """A part that waits for a person, in one of these states."""
    row = MessagePart.objects.select_for_update(of=("self",)).select_related("message").get(pk=part.pk)
    if row.state not in (states or (*ASKING, PartState.UNKNOWN)):
        raise Refused(_("Somebody has settled this meanwhile."))
    return row


def _open(waiting: WaitingResult) -> WaitingResult:
    row = WaitingResult.objects.select_for_update().select_related("part__message").get(pk=waiting.pk)
    if row.settled_at is not None:
        raise Refused(_("Somebody has settled this result meanwhile."))
    return row
