"""HL7 v2 as laboratories send it: ORU^R01 of 2.3 to 2.5.1, OUL^R22 as SS-MIX2 stores it, ADT. Pure.

The text is decoded by MSH-18 before anything is parted: in ISO-2022-JP a byte of a character can look like a separator.
The library that parts it (python-hl7) raises what it likes on a damaged message; here that is one `Unreadable`.

Sources: HL7 v2.5.1 chapters 2, 3, 7 and tables 0085, 0123, 0125; SS-MIX2 1.20.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import hl7

from patients.clinical.reasons import Reason, _
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.imports.code_map import Coding
from patients.imports.observation import (
    NO_VALUE,
    NOW_FINAL,
    TO_COME,
    UNREADABLE_STATUS,
    Movement,
    Observation,
    Report,
    SentNumber,
    SentPerson,
)
from patients.imports.record_numbers import Rule, candidates
from patients.imports.sent_times import NOT_SENT, SentTime, hl7_time
from patients.imports.spellings import ANSWER_CODES

# MSH-18 (table 0211) by the codec that reads it; Japanese senders name several, the one with Kanji decides
CHARACTER_SETS = {
    "": "ascii",
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "8859/1": "latin-1",
    "ISO IR14": "iso2022_jp_ext",
    "ISO IR87": "iso2022_jp_ext",
    "ISO IR159": "iso2022_jp_ext",
    "ISO 2022-1994": "iso2022_jp_ext",
    "SHIFT_JIS": "cp932",
}
BOM = b"\xef\xbb\xbf"
ENVELOPES = (b"FHS", b"BHS", b"BTS", b"FTS")
START, END = b"\x0b", b"\x1c"  # of a frame of the lower layer protocol, if a file kept them
RESULTS = ("ORU", "OUL")
MOVEMENTS = ("A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13", "A40")
LONGEST = 2_000_000  # bytes of one message
# table 0085 (of a result) and 0123 (of an order)
STATUSES = {
    "P": PRELIMINARY, "R": PRELIMINARY, "S": PRELIMINARY, "A": PRELIMINARY,
    "F": FINAL, "B": FINAL, "V": FINAL,
    "C": CORRECTED,
    "D": CANCELLED, "W": CANCELLED,
    "X": NO_VALUE,
    "I": TO_COME, "N": TO_COME, "O": TO_COME, "Y": TO_COME, "Z": TO_COME,
    "U": NOW_FINAL,
}  # fmt: skip
SEXES = {"F": "female", "M": "male", "O": "other"}
IDEOGRAPHIC, PHONETIC = ("I",), ("P", "Y")


TIME_IN = {"OBX": 14, "SPM": 17}  # the field that says when a sample was taken
TO_THE_MINUTE, OFFSET = 12, 4  # digits of a time with its minute, of an offset
TIME_CUT = SentTime(why=Reason(_("the message ends in the time of the sample: it may have been cut off")))


class Unreadable(Exception):  # noqa: N818 - what the message is
    """A message that cannot be read as a whole; `reason` says why, without any word of its content."""

    def __init__(self, message: str, **parts: str | int) -> None:
        super().__init__(message)
        self.reason = Reason(message, tuple(sorted(parts.items())))


class Foreign(Unreadable):
    """A message of a kind that is not read here: another system's, and nothing is wrong with it."""


def is_message(document: bytes) -> bool:
    """Does a document begin as a message (or batch of messages) does?"""
    return document.removeprefix(BOM).lstrip(b"\r\n \t" + START)[:3] in (b"MSH", b"FHS", b"BHS")


def messages_of(document: bytes) -> list[bytes]:
    """The messages of a file, one after the other: each begins with MSH; frames and batch envelopes fall away.

    A message ends as its last segment did: one that was cut off ends without the mark.
    """
    text = document.replace(START, b"").replace(END, b"\r").replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    lines = text.removeprefix(BOM).split(b"\r")
    found: list[list[bytes]] = []
    for place, line in enumerate(lines):
        if line.startswith(b"MSH"):
            found.append([])
        if found and line.strip() and line[:3] not in ENVELOPES:
            found[-1].append(line if place == len(lines) - 1 else line + b"\r")
    return [b"".join(x) for x in found]


def decoded(message: bytes) -> str:
    """The text of a message, by MSH-18. Raises Unreadable."""
    if len(message) > LONGEST:
        raise Unreadable(_("the message has more than %(most)s bytes"), most=LONGEST)
    codec = _codec(message)
    try:
        return message.decode(codec)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(_("the text is not in the character set that MSH-18 names (%(codec)s)"), codec=codec) from None


def _codec(message: bytes) -> str:
    header = message.partition(b"\r")[0]
    fields = header.split(header[3:4]) if len(header) > 3 else []
    names = fields[17].decode("ascii", "replace").split("~") if len(fields) > 17 else []
    codecs = [CHARACTER_SETS.get(x.strip().upper(), "") for x in names]
    if any(names) and not all(codecs):
        unknown = next(x for x, codec in zip(names, codecs, strict=True) if not codec)
        raise Unreadable(_("the character set of MSH-18 is not known: %(name)s"), name=unknown[:20])
    return next((x for x in reversed(codecs) if x != "ascii"), "ascii" if any(names) else "utf-8")


def parted(message: bytes) -> Message:
    """A message in segments and fields. Raises Unreadable, whatever the library raises."""
    if message[:3] != b"MSH" or message[3:4].isalnum() or message[3:4].isspace():
        raise Unreadable(_("the message has no MSH segment"))
    text = decoded(message)
    if "\x00" in text:
        raise Unreadable(_("the message has bytes that no text has"))
    try:
        found = hl7.parse(text)
        return Message(found, [str(x[0]) for x in found])
    except Unreadable:
        raise
    except Exception as error:  # the library raises built-in exceptions of many kinds on a damaged message
        raise Unreadable(_("the message is damaged: its segments cannot be told apart")) from error


@dataclass(slots=True)
class Message:
    """A parted message; what a field lacks is "" and never an error."""

    segments: Any
    names: list[str]

    def first(self, name: str) -> Any:
        """The first segment of a name, None without one."""
        return next((x for x, found in zip(self.segments, self.names, strict=True) if found == name), None)

    def text(self, segment: Any, number: int, component: int = 1, repetition: int = 1, sub: int = 1) -> str:
        """One component of a field as text, its escape sequences undone."""
        return self._undone(self._part(segment, number, component, repetition, sub)) if segment is not None else ""

    def repetitions(self, segment: Any, number: int) -> int:
        """How often a field is repeated."""
        try:
            return len(segment[number])
        except (IndexError, TypeError):
            return 0

    def whole(self, segment: Any, number: int) -> str:
        """A field with all its repetitions and components as the words that a person reads."""
        count = self.repetitions(segment, number)
        return "\n".join(self._undone(self._repetition(segment, number, x)) for x in range(count))

    def _repetition(self, segment: Any, number: int, place: int) -> str:
        try:
            return str(segment[number][place])
        except (IndexError, TypeError):
            return ""

    def _part(self, segment: Any, number: int, component: int, repetition: int, sub: int) -> str:
        try:
            found = segment[number][repetition - 1]
            if isinstance(found, str):
                return found if component == 1 and sub == 1 else ""
            part = found[component - 1]
            if isinstance(part, str):
                return part if sub == 1 else ""
            return str(part[sub - 1])
        except (IndexError, TypeError):
            return ""

    def _undone(self, text: str) -> str:
        if "\\" not in text:
            return text.strip()
        try:
            return str(self.segments.unescape(text)).strip()
        except Exception:  # an escape sequence that is none stays as it was sent
            return text.strip()


@dataclass(frozen=True, slots=True)
class _Clock:
    """The clock of a message: days are the site's; `offset` is of times that name none."""

    zone: ZoneInfo
    offset: str

    def read(self, text: str) -> SentTime:
        return hl7_time(text, self.zone, offset=self.offset)


# -- reports ----------------------------------------------------------------------------------------------------------


def reports_of(document: bytes, *, zone: ZoneInfo) -> Iterator[Report]:
    """What each message of a document reports; of several those of foreign kinds are left out. Raises Unreadable at one
    that is damaged."""
    messages = messages_of(document)
    for message in messages:
        try:
            yield from [report_of(part, zone=zone) for part in about_each(message)]
        except Foreign:
            if len(messages) == 1:
                raise


def about_each(message: bytes) -> list[bytes]:
    """A message of results about several patients as one message about each: nobody gets what stands below another."""
    lines = [line + b"\r" for line in message.split(b"\r")]
    lines[-1] = lines[-1][:-1]  # what was cut off stays so
    begins = [place for place, line in enumerate(lines) if line[:3] == b"PID"]
    if len(begins) < 2:
        return [message]
    header = lines[: begins[0]]
    ends = [*begins[1:], len(lines)]
    return [b"".join((*header, *lines[begin:end])) for begin, end in zip(begins, ends, strict=True)]


def kind_if_foreign(message: bytes) -> str:
    """The kind of a message that is not read here, "" for any other and for a damaged one."""
    try:
        header = parted(message.partition(b"\r")[0] + b"\r")
    except Unreadable:
        return ""
    kind, event = (header.text(header.first("MSH"), 9, x) for x in (1, 2))
    return "" if not kind or kind in RESULTS or (kind == "ADT" and event in MOVEMENTS) else f"{kind}^{event}"[:20]


def report_of(message: bytes, *, zone: ZoneInfo) -> Report:
    """What a message reports. Raises Unreadable.

    The end of the last segment is marked, or the message was cut off: a result that lost its status with the rest of
    its segment may have lost digits too, and waits for a person; so does one whose time may have lost hour and minute.
    """
    parts = parted(message)
    header = parts.first("MSH")
    clock = _Clock(zone, _offset_of(parts, header, zone))
    kind, event = parts.text(header, 9, 1), parts.text(header, 9, 2)
    if kind not in RESULTS and not (kind == "ADT" and event in MOVEMENTS):
        raise Foreign(_("messages of the kind %(kind)s are not read"), kind=f"{kind}^{event}"[:20])
    if parts.first("PID") is None:
        raise Unreadable(_("the message names no patient (PID)"))
    if parts.names.count("PID") > 1:
        raise Unreadable(_("the message names more than one patient (PID)"))
    return Report(
        source="|".join(x for x in (parts.text(header, 3), parts.text(header, 4)) if x),
        control_id=parts.text(header, 10),
        kind=f"{kind}^{event}",
        sent=clock.read(parts.text(header, 7)),
        person=_person(parts),
        observations=_results(message, parts, clock) if kind in RESULTS else (),
        movement=_movement(parts, event, clock) if kind == "ADT" else None,
    )


def _results(message: bytes, parts: Message, clock: _Clock) -> tuple[Observation, ...]:
    found = _Reading(parts, clock, specimen_first=parts.text(parts.first("MSH"), 9) == "OUL").observations()
    if message.endswith(b"\r") or not found:
        return tuple(found)
    last, name = parts.segments[-1], parts.names[-1]
    if name == "OBX" and not parts.text(last, 11):
        found[-1] = replace(found[-1], status=UNREADABLE_STATUS, why="...")
    time = parts.text(last, TIME_IN[name]) if name in TIME_IN else ""
    if time and not _whole_time(time, beside=(parts.text(parts.first("MSH"), 7), parts.text(parts.first("OBR"), 7))):
        cut, group = clock.read(time), found[-1].group
        found = [replace(x, time=TIME_CUT) if (x.group, x.time) == (group, cut) else x for x in found]
    return tuple(found)


def _whole_time(time: str, *, beside: tuple[str, ...]) -> bool:
    """Has a time at the end of a message its minute, and the offset that the times `beside` it have?"""
    clock, sign, offset = time.replace("-", "+").partition("+")
    offsets = any("+" in x or "-" in x for x in beside)
    return len(clock) >= TO_THE_MINUTE and (len(offset) == OFFSET if sign or offsets else True)


def _offset_of(parts: Message, header: Any, zone: ZoneInfo) -> str:
    """The offset of times that name none: that of MSH-7, where its clock is not the site's."""
    text = parts.text(header, 7)
    sent = hl7_time(text, zone).moment
    if sent is None or sent.date_only or sent.at.utcoffset() == sent.at.astimezone(zone).utcoffset():
        return ""
    return text[-5:]


def _person(parts: Message) -> SentPerson:
    segment = parts.first("PID")
    names = [_name(parts, segment, x) for x in range(1, parts.repetitions(segment, 5) + 1)]
    numbers = _numbers(parts, segment, 3)
    kana = next((x for x in names if x[2] in PHONETIC), ("", "", ""))
    written = next((x for x in names if x[2] in IDEOGRAPHIC), next((x for x in names if x[2] not in PHONETIC), kana))
    return SentPerson(
        numbers=candidates(numbers, Rule()),
        sent_numbers=numbers,
        family_name=written[0],
        given_name=written[1],
        family_kana=kana[0] if kana is not written else "",
        given_kana=kana[1] if kana is not written else "",
        sex=SEXES.get(parts.text(segment, 8).upper(), "unknown"),
        birth_date=_birth_date(parts.text(segment, 7)),
    )


def _name(parts: Message, segment: Any, repetition: int) -> tuple[str, str, str]:
    return (
        parts.text(segment, 5, 1, repetition),
        parts.text(segment, 5, 2, repetition),
        parts.text(segment, 5, 8, repetition).upper(),
    )


def _numbers(parts: Message, segment: Any, field: int) -> tuple[SentNumber, ...]:
    """The numbers of a field of the type CX; where no authority gave one, its facility did."""
    numbers = []
    for x in range(1, parts.repetitions(segment, field) + 1):
        authority, facility = (
            tuple(y for sub in (1, 2) if (y := parts.text(segment, field, component, x, sub))) for component in (4, 6)
        )
        number = SentNumber(
            value=parts.text(segment, field, 1, x),
            authorities=authority or facility,
            kind=parts.text(segment, field, 5, x).upper(),
            begins=parts.text(segment, field, 7, x),
            ends=parts.text(segment, field, 8, x),
        )
        numbers.append(number)
    return tuple(x for x in numbers if x.value)


def _birth_date(text: str) -> str:
    day = text[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 and day.isdigit() else ""


def _movement(parts: Message, event: str, clock: _Clock) -> Movement:
    visit, evn, merge = parts.first("PV1"), parts.first("EVN"), parts.first("MRG")
    field_of_time = {"A03": 45, "A13": 45}.get(event, 44)
    time = parts.text(visit, field_of_time) if event not in ("A02", "A12", "A08", "A40") else ""
    going = _numbers(parts, merge, 1)
    when = time or parts.text(evn, 6) or parts.text(evn, 2) or parts.text(parts.first("MSH"), 7)
    return Movement(
        event=event,
        time=clock.read(when),
        ward=parts.text(visit, 3, 1),
        bed="-".join(x for x in (parts.text(visit, 3, 2), parts.text(visit, 3, 3)) if x),
        to=parts.text(visit, 36),
        visit=parts.text(visit, 19),
        merged=going[0].value if len(going) == 1 else "",
        merged_numbers=going,
    )


class _Reading:
    """One pass over the segments of a message of results."""

    def __init__(self, parts: Message, clock: _Clock, *, specimen_first: bool) -> None:
        self.parts, self.clock, self.specimen_first = parts, clock, specimen_first
        self.order: Any = None
        self.specimen: Any = None
        self.group = 0
        self.read: list[Observation] = []

    def observations(self) -> list[Observation]:
        """In the order of the message. A specimen stands before its orders (OUL) or behind their results (ORU)."""
        for segment, name in zip(self.parts.segments, self.parts.names, strict=True):
            if name == "SPM":
                self._take_specimen(segment)
            elif name == "OBR":
                self.order, self.group = segment, self.group + 1
                self.specimen = self.specimen if self.specimen_first else None
            elif name == "OBX":
                self.read.append(self._observation(segment))
            elif name == "NTE" and self.read:
                self._take_note(segment)
        return self.read

    def _take_specimen(self, segment: Any) -> None:
        self.specimen = segment
        if not self.specimen_first:
            material, group = self.parts.text(segment, 4), str(self.group)
            self.read = [replace(x, material=x.material or material) if x.group == group else x for x in self.read]

    def _take_note(self, segment: Any) -> None:
        words = self.parts.whole(segment, 3)
        if words and self.read[-1].group == str(self.group):
            self.read[-1] = replace(self.read[-1], comments=(*self.read[-1].comments, words))

    def _observation(self, segment: Any) -> Observation:
        text = self.parts.text
        status = (text(segment, 11) or text(self.order, 25) or "F").upper()
        said = STATUSES.get(status, UNREADABLE_STATUS)
        value = self._value(segment)
        codings = (
            Coding(text(segment, 3, 3), text(segment, 3, 1), text(segment, 3, 2)),
            Coding(text(segment, 3, 6), text(segment, 3, 4), text(segment, 3, 5)),
        )
        return Observation(
            number=len(self.read) + 1,
            codings=tuple(x for x in codings if x.code or x.name),
            time=self._time(segment),
            status=said,
            text="" if said == NO_VALUE else value,
            why=f"{value} (status {status})".strip() if said in (NO_VALUE, NOW_FINAL, UNREADABLE_STATUS) else "",
            unit=text(segment, 6, 1) or text(segment, 6, 2),
            order=text(self.order, 3) or text(self.order, 2),
            sub=text(segment, 4)[:20],
            group=str(self.group),
            material=text(self.specimen, 4) or text(self.order, 15),
            method=text(segment, 17, 2) or text(segment, 17, 1),
            interval=text(segment, 7),
            flag=text(segment, 8),
            reported=self.clock.read(text(self.order, 22)) if text(self.order, 22) else NOT_SENT,
        )

    def _time(self, segment: Any) -> SentTime:
        """Of the sample: of the result itself, of the order, of the specimen."""
        text = self.parts.text
        sampled = text(self.specimen, 17) if self.specimen_first else ""
        return self.clock.read(text(segment, 14) or sampled or text(self.order, 7) or text(self.specimen, 17))

    def _value(self, segment: Any) -> str:
        """The value as one text: what it is by its kind (OBX-2)."""
        kind, text = self.parts.text(segment, 2).upper(), self.parts.text
        if kind == "SN":
            return "".join(text(segment, 5, x) for x in range(1, 5))
        if kind in ("CE", "CWE", "CNE", "CF"):
            code, words = text(segment, 5, 1), text(segment, 5, 2)
            return ANSWER_CODES.get(code) or words or code
        return self.parts.whole(segment, 5)
