"""A file of any format that is known, taken as a whole: a case, a message, a resource, a table; and what came of it.

The same file again changes nothing. For the command and the watched folder, where nobody looks: what needs a person is
refused, or waits under Arrivals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ildcare.exchange.mllp import header_of
from ildcare.exchange.table_files import outcome_of
from ildcare.exchange.table_job import take_file
from ildcare.exchange.table_reading import suggestion_for
from patients.actions import Receipt, begin_table, send_table, store_case, take_message
from patients.changes import Refused
from patients.clinical.written import reason_from_json
from patients.imports import FORMATS, read_case, refuse_size
from patients.imports.case import CaseFaults
from patients.imports.documents import message_format_of
from patients.imports.hl7v2 import Unreadable, kind_if_foreign, messages_of
from patients.imports.table_map import map_as_json
from patients.imports.table_text import refuse_table_size
from patients.models import DeliveredFact, FileState, Source, TableFile, TableMapping, standing_mappings
from patients.queries import site_zone
from patients.wording import listed, render
from patients.workbooks import is_workbook

TABLE_ENDINGS = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls")
NOT_TAKEN = (FileState.STOPPED, FileState.CANCELLED)
BY_THEMSELVES = ("hl7v2", "fhir")  # formats of messages that need no mapping


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of a file, in words. `table`: the table that it was, whose refused lines can be had back."""

    words: tuple[str, ...]
    refused: bool = False
    table: TableFile | None = None

    @property
    def unfinished(self) -> bool:
        """Is it a table that is not at its end: another process is at it, or the database was away?"""
        return self.table is not None and self.table.state == FileState.TAKING


def take_path(path: Path, *, source: Source | None = None, mapping: TableMapping | None = None) -> Intake:
    """Take a file on disk. Never raises for what is in it, or where it cannot be read."""
    try:
        refuse_table_size(path.stat().st_size)
        return take_document(path.read_bytes(), name=path.name, source=source, mapping=mapping)
    except OSError as error:
        return Intake((error.strerror or str(error),), refused=True)
    except CaseFaults as faults:
        return _refusal(faults)


def take_document(
    document: bytes, *, name: str, source: Source | None = None, mapping: TableMapping | None = None
) -> Intake:
    """Take a document. Never raises for what is in it."""
    try:
        if mapping is None and any(x.recognises(document) for x in FORMATS.values()):
            return _case(document)
        form = None if mapping else message_format_of(document)
        if form in BY_THEMSELVES:
            return _message(document, form, source)
        if mapping or is_workbook(document) or form or name.casefold().endswith(TABLE_ENDINGS):
            return _table(document, name, source, mapping)
    except CaseFaults as faults:
        return _refusal(faults)
    except Unreadable as unreadable:
        return Intake((render(unreadable.reason),), refused=True)
    except Refused as refused:
        return Intake(tuple(refused.faults), refused=True)
    return Intake((_("No format that is read here: HL7 v2, FHIR, a case file or a table."),), refused=True)


def _refusal(faults: CaseFaults) -> Intake:
    numbered = ((x.event, render(x.reason)) for x in faults.faults)
    words = tuple(y if n is None else _("event %(n)s: %(why)s") % {"n": n, "why": y} for n, y in numbered)
    return Intake(words, refused=True)


def _case(document: bytes) -> Intake:
    refuse_size(len(document))
    stored = store_case(read_case(document, zone=str(site_zone()), now=timezone.now()), by=None)
    return Intake(tuple(stored.sentences))


def _message(document: bytes, form: str, source: Source | None) -> Intake:
    refuse_size(len(document))
    messages = messages_of(document) if form == "hl7v2" else [document]
    if len(messages) > 1 or (form == "hl7v2" and kind_if_foreign(document)):
        return _batch(messages, form, source)
    return _one(document, form, source)


def _one(document: bytes, form: str, source: Source | None) -> Intake:
    receipt = take_message(source=source or _sender(document, form), document=document, form=form)
    if receipt.message.refused is not None:
        return Intake((render(reason_from_json(receipt.message.refused)),), refused=True)
    return Intake(tuple(_told(receipt)))


def _batch(messages: Sequence[bytes], form: str, source: Source | None) -> Intake:
    """Each message of a file by itself: what one of them lacks keeps no other back. Other systems' are left out."""
    words, refused, foreign = list[str](), False, list[str]()
    for number, message in enumerate(messages, start=1):
        if kind := kind_if_foreign(message):
            foreign.append(kind)
            continue
        try:
            came = _one(message, form, source)
        except Unreadable as unreadable:
            came = Intake((render(unreadable.reason),), refused=True)
        except Refused as why:
            came = Intake(tuple(why.faults), refused=True)
        words += [_("message %(n)s: %(what)s") % {"n": number, "what": x} for x in came.words]
        refused |= came.refused
    if foreign:
        told = {"n": len(foreign), "kinds": listed(dict.fromkeys(foreign))}
        left_out = ngettext(
            "%(n)s message of another kind was left out: %(kinds)s.",
            "%(n)s messages of other kinds were left out: %(kinds)s.",
            len(foreign),
        )
        words.append(left_out % told)
    return Intake(tuple(words), refused=refused)


def _sender(document: bytes, form: str) -> Source:
    """Who sends, by what the message calls itself."""
    name = header_of(document).source if form == "hl7v2" else ""
    source = Source.objects.filter(sender=name).first() if name else None
    if source is None:
        raise Refused(_("Say the source: the file names none that is known here."))
    return source


def _told(receipt: Receipt) -> Iterator[str]:
    if receipt.repeated:
        yield _("It was here before, and changed nothing.")
    facts = DeliveredFact.objects.filter(part__message=receipt.message).count()
    yield ngettext("%(n)s fact.", "%(n)s facts.", facts) % {"n": facts}
    if receipt.waiting:
        yield _waiting(receipt.waiting)
    for part in receipt.parts:
        if part.state not in ("taken", "done"):
            yield f"{part.get_state_display()}."


def _waiting(number: int) -> str:
    return ngettext("%(n)s result waits.", "%(n)s results wait.", number) % {"n": number}


# -- tables -----------------------------------------------------------------------------------------------------------


def _table(document: bytes, name: str, source: Source | None, mapping: TableMapping | None) -> Intake:
    if source is None:
        raise Refused(_("Say the source: the file names none that is known here."))
    mapping = mapping or _mapping_of(source)
    content = mapping.content if mapping else _unasked(document, source)
    file = _known(document, source, content) or send_table(
        source=source, name=name, body=document, mapping=mapping, content=content, by=None
    )
    if file.state == FileState.MAPPED:
        begin_table(file=file, by=None)
    take_file(file.pk)
    file.refresh_from_db()
    return Intake(tuple(_became(file)), refused=file.state in NOT_TAKEN, table=file)


def _mapping_of(source: Source) -> TableMapping | None:
    """The mapping that is called like the source."""
    return standing_mappings().filter(name__in=(source.name, source.title)).first()


def _unasked(document: bytes, source: Source) -> dict[str, Any]:
    """A mapping that leaves nothing to be asked. Raises Refused with what would have to be."""
    suggestion = suggestion_for(document, source=source.name).without_guesses()
    if suggestion.questions:
        asked = (f"{x.head}: {render(x.why)}" if x.head else render(x.why) for x in suggestion.questions)
        raise Refused(_("The table needs a mapping: make one on the page of tables, and name it."), *asked)
    return map_as_json(suggestion.of)


def _known(document: bytes, source: Source, content: dict[str, Any]) -> TableFile | None:
    """The same file by the same mapping, where it was begun before and not stopped: it goes on, or is done."""
    same = TableFile.objects.filter(source=source, digest=sha256(document).hexdigest(), content=content, by=None)
    return same.filter(state__in=(FileState.MAPPED, FileState.TAKING, FileState.DONE)).order_by("-id").first()


def _became(file: TableFile) -> Iterator[str]:
    if file.why:
        yield file.why
    outcome = outcome_of(file)
    yield _("%(done)s of %(total)s persons.") % {"done": file.done, "total": file.total}
    yield ngettext("%(n)s fact.", "%(n)s facts.", outcome.facts) % {"n": outcome.facts}
    if outcome.waiting:
        yield _waiting(outcome.waiting)
    if outcome.strangers:
        told = _("%(n)s results of numbers that are not registered: kept, and taken when they are.")
        yield told % {"n": outcome.strangers}
    if outcome.asking:
        yield _("%(n)s persons have to be looked at under Arrivals.") % {"n": outcome.asking}
    if file.refused:
        yield ngettext("%(n)s line was refused.", "%(n)s lines were refused.", file.refused) % {"n": file.refused}
