"""JSON as senders write it, so that nothing is lost: numbers stay the text they were, repeated keys are seen.

One object of a document is read key by key: typed values out, a fault for each that is not what it must be.

A key that is absent or null is unknown (None). Keys that nobody asked for are told at the end as a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.bounds import Bounds, Outside
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.clinical.reasons import Part, Reason, _, reason
from patients.imports.case import CaseFaults, Fault
from patients.imports.moments import Moment, NotAMoment, moment_of

BOM = "\ufeff"
MOST_LEVELS = 50  # objects and lists in each other; a Bundle of FHIR with its extensions has about twenty


class Number(str):
    """A number as it stood in the document, e.g. "0.21"; exact, unlike a float."""

    __slots__ = ()


class Object(dict[str, Any]):
    """A JSON object that remembers which keys were given twice."""

    repeated: tuple[str, ...] = ()


def read(document: str | bytes) -> Object:
    """The object that a document holds. Raises CaseFaults when it is not UTF-8, not JSON or not an object."""
    text = _decoded(document) if isinstance(document, bytes) else document
    try:
        found = json.loads(
            text.removeprefix(BOM),
            object_pairs_hook=_object,
            parse_float=Number,
            parse_int=Number,
            parse_constant=Number,
        )
    except json.JSONDecodeError as error:
        raise _refused(
            reason(_("not JSON: line %(line)s, column %(column)s"), line=error.lineno, column=error.colno)
        ) from None
    except RecursionError:
        raise _refused(reason(_("nested too deeply"))) from None
    if not isinstance(found, Object):
        raise _refused(reason(_("the document must be one JSON object")))
    if _is_deep(found):
        raise _refused(reason(_("nested too deeply")))
    return found


def _is_deep(found: Object) -> bool:
    """Does anything stand deeper than any document needs? Whoever goes through it part by part goes that deep."""
    level: list[Any] = [found]
    for _depth in range(MOST_LEVELS):
        inner = [x.values() if isinstance(x, dict) else x for x in level]
        level = [x for values in inner for x in values if isinstance(x, dict | list)]
        if not level:
            return False
    return True


def _decoded(document: bytes) -> str:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(reason(_("not UTF-8 text (byte %(place)s)"), place=error.start + 1)) from None


def _refused(why: Reason) -> CaseFaults:
    return CaseFaults([Fault(None, why)])


def _object(pairs: list[tuple[str, Any]]) -> Object:
    found = Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        found.repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return found


FULL_WIDTH = str.maketrans({chr(0xFF10 + n): str(n) for n in range(10)} | {"\uff0e": "."})
LONGEST_TEXT = 10_000  # a note; nothing that a clinician writes about one fact is longer
LONGEST_QUOTE = 40
PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
PURE_OXYGEN = Decimal(1)

SAID_OF = {
    Outside.BEFORE_1900: _('"%(key)s" lies before 1900: %(text)s'),
    Outside.BEFORE_BIRTH: _('"%(key)s" lies before the birth date: %(text)s'),
    Outside.IN_FUTURE: _('"%(key)s" is in the future: %(text)s'),
}


def one_line(text: str) -> str:
    """A text of the document as a sentence may repeat it: one line, not endless."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}..."


class Fields:
    """A reader of one JSON object. `event` is its number among the events, None for the document and the patient.

    `born`: no day of it lies before this one."""

    def __init__(
        self, given: Object, event: int | None, zone: ZoneInfo, now: datetime, born: date | None = None
    ) -> None:
        self.raw, self.event, self.zone, self.now = given, event, zone, now
        self.bounds = Bounds(now=now, zone=zone, born=born)
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self._asked: set[str] = set()
        for name in given.repeated:
            self.fault(_('"%(key)s" is given more than once'), key=one_line(name))

    def fault(self, message: str, **parts: Part) -> None:
        """Notes a fault."""
        self.blame(Reason(message, tuple(sorted(parts.items()))))

    def blame(self, why: Reason) -> None:
        """Notes a fault that has its sentence already."""
        self.faults.append(Fault(self.event, why))

    def warn(self, why: Reason) -> None:
        """Notes what is accepted but should be looked at."""
        self.warnings.append(Fault(self.event, why))

    def _value(self, key: str, *, required: bool) -> Any:
        self._asked.add(key)
        value = self.raw.get(key)
        if value is None and required:
            self.fault(_('"%(key)s" is missing'), key=key)
        return value

    def part(self, key: str) -> Any:
        """The value of a key as the document has it, for an object or a list."""
        return self._value(key, required=False)

    def text(self, key: str, *, required: bool = False, longest: int = LONGEST_TEXT) -> str | None:
        """A text without surrounding space; required ones are not empty."""
        if not required and key not in self.raw:
            return None
        value = self._value(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str) or isinstance(value, Number):
            self.fault(_('"%(key)s" must be text in quotes'), key=key)
            return None
        if required and not value.strip():
            self.fault(_('"%(key)s" is empty'), key=key)
            return None
        return self._storable(key, value.strip(), longest)

    def _storable(self, key: str, value: str, longest: int) -> str | None:
        if len(value) > longest:
            self.fault(_('"%(key)s" is longer than %(longest)s characters'), key=key, longest=longest)
        elif not value.isprintable() and any(not c.isprintable() and c not in "\n\r\t\u3000\u00a0" for c in value):
            self.fault(_('"%(key)s" holds characters that cannot be shown'), key=key)
        else:
            return value
        return None

    def choice(self, key: str, choices: Collection[str], *, required: bool = False) -> str | None:
        """One of the choices, spelt exactly."""
        if not required and key not in self.raw:
            return None
        value = self.text(key, required=required)
        if value is None or value in choices:
            return value
        self.fault(
            _('"%(key)s" is "%(value)s"; it must be one of: %(choices)s'),
            key=key,
            value=one_line(value),
            choices=", ".join(choices),
        )
        return None

    def flag(self, key: str) -> bool | None:
        """true or false."""
        value = self._value(key, required=False)
        if value is None or isinstance(value, bool):
            return value
        self.fault(_('"%(key)s" must be true or false, without quotes'), key=key)
        return None

    def number(self, key: str) -> Decimal | None:
        """A number, as such or in quotes, exact; not negative."""
        if key not in self.raw:
            return None
        value = self._value(key, required=False)
        if value is None:
            return None
        plain = value.translate(FULL_WIDTH).strip() if isinstance(value, str) else ""
        if not PLAIN_NUMBER.fullmatch(plain):
            self.fault(_('"%(key)s" must be a plain number'), key=key)
            return None
        return Decimal(plain)

    def fio2(self) -> Decimal | None:
        """The fraction of inspired oxygen; from 21 on it is taken as per cent, with a word."""
        fraction = self.number("fio2")
        if fraction is not None and ROOM_AIR * 100 <= fraction <= PURE_OXYGEN * 100:
            self.warn(reason(_("FiO2 %(value)s is taken as %(value)s %%"), basis="J", value=fraction))
            return fraction / 100
        if fraction is not None and not ROOM_AIR <= fraction <= PURE_OXYGEN:
            self.fault(_("FiO2 %(value)s is not a fraction between 0.21 and 1"), value=fraction)
            return None
        return fraction

    def moment(self, key: str, *, required: bool = False) -> Moment | None:
        """A date or time within the bounds of the patient: not before the birth date, not in the future."""
        text = self.text(key, required=required)
        moment = self._moment(text)
        if moment is None or text is None or not self._within(key, text, self.bounds.of_moment(moment.at)):
            return None
        return moment

    def day(self, key: str) -> date | None:
        """A calendar day within the bounds of the patient; of a date-time, its day at the site."""
        text = self.text(key)
        moment = self._moment(text)
        if moment is None or text is None or not self._within(key, text, self.bounds.of_day(moment.day)):
            return None
        return moment.day

    def _moment(self, text: str | None) -> Moment | None:
        try:
            return moment_of(text, self.zone) if text is not None else None
        except NotAMoment as error:
            self.blame(error.reason)
            return None

    def _within(self, key: str, text: str, outside: Outside | None) -> bool:
        """Is the day possible? Otherwise the fault names the key."""
        if outside is not None:
            self.fault(SAID_OF[outside], key=key, text=text)
        return outside is None

    def finish(self) -> None:
        """Warns of keys that nothing was made of."""
        unknown = sorted(set(self.raw) - self._asked)
        if unknown:
            names = ", ".join(one_line(name) for name in unknown[:10])
            self.warn(reason(_("not used, because the format does not have it: %(keys)s"), keys=names))
