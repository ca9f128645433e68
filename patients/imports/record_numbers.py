"""Which of the numbers that a message tells of a person is the record number here; never the first of several. Pure.

A hospital says of each source whose numbers are its own (assigning authorities of HL7 v2, systems of FHIR). Where it
says nothing, a number without an authority counts, or the only one. What is left over is for a person to say.

Sources: HL7 v2.5.1 2.A.14 (CX) and table 0203; FHIR R4 Identifier.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from patients.clinical.reasons import Reason, _, reason
from patients.imports.observation import Movement, SentNumber, SentPerson

MEDICAL_RECORD = "MR"
OF_PATIENTS = (MEDICAL_RECORD, "PI", "")  # of table 0203; accounts, visits and insurances are none
OID = "urn:oid:"
SEVERAL = _("its record numbers: %(numbers)s")
NONE_HERE = _("none of its numbers is a record number of this hospital: %(numbers)s")


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose numbers count (none: nobody has said), and on which day (None: no number is looked at for its end)."""

    authorities: tuple[str, ...] = ()
    today: date | None = None


def with_numbers(person: SentPerson, rule: Rule) -> SentPerson:
    """A person with the record numbers that it may be: one, several, none. A table tells one, and it stays."""
    return replace(person, numbers=candidates(person.sent_numbers, rule)) if person.sent_numbers else person


def with_merged(movement: Movement, rule: Rule) -> Movement:
    """A movement with the number that goes, where it is one."""
    if not movement.merged_numbers:
        return movement
    found = candidates(movement.merged_numbers, rule)
    return replace(movement, merged=found[0] if len(found) == 1 else "", unclear=len(found) != 1)


def candidates(sent: Iterable[SentNumber], rule: Rule) -> tuple[str, ...]:
    """The numbers that may be the record number."""
    valid = [x for x in sent if x.value and x.kind in OF_PATIENTS and _holds(x, rule.today)]
    wanted = frozenset(map(_plain_authority, rule.authorities))
    unnamed = [x for x in valid if not x.authorities]
    own = [x for x in valid if wanted & _names(x)] if wanted else unnamed or valid
    if len({frozenset(_names(x)) for x in own}) == 1:  # of one authority its medical record number is meant
        own = [x for x in own if x.kind == MEDICAL_RECORD] or own
    return tuple({_plain(x.value): x.value for x in reversed(own)}.values())[::-1]


def why_none(person: SentPerson) -> tuple[Reason, ...]:
    """Why a person has not exactly one record number, with what was sent."""
    if not person.sent_numbers or len(person.numbers) == 1:
        return ()
    sentence = SEVERAL if person.numbers else NONE_HERE
    return (reason(sentence, numbers=" / ".join(map(_said, _told(person)))[:200]),)


def _told(person: SentPerson) -> Sequence[SentNumber]:
    may_be = [x for x in person.sent_numbers if x.value in person.numbers]
    return may_be or person.sent_numbers


def _said(x: SentNumber) -> str:
    beside = " ".join(y for y in (*x.authorities[:1], x.kind) if y)
    return f"{x.value} ({beside})" if beside else x.value


def _holds(x: SentNumber, today: date | None) -> bool:
    """Is a number in use on a day? Its last day is told, or the first."""
    if x.old:
        return False
    if today is None:
        return True
    day = f"{today:%Y%m%d}"
    begins, ends = _digits(x.begins), _digits(x.ends)
    return not (ends and ends < day[: len(ends)]) and not (begins and begins > day[: len(begins)])


def _digits(text: str) -> str:
    """The day of a time as HL7 (20260304...) or FHIR (2026-03-04T...) writes it; less where it tells less."""
    return "".join(x for x in text.partition("T")[0] if x.isdigit())[:8]


def _names(x: SentNumber) -> frozenset[str]:
    return frozenset(map(_plain_authority, x.authorities))


def _plain_authority(name: str) -> str:
    return name.strip().casefold().removeprefix(OID)


def _plain(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).casefold().split())
