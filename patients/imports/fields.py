"""One object of a document, read key by key: typed values out, a fault for each that is not what it must be.

A key that is absent or null is unknown (None). Keys that nobody asked for are told at the end as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.reasons import Part, Reason, _, reason
from patients.imports.document import Number, Object
from patients.imports.faults import Fault
from patients.imports.moments import Moment, NotAMoment, moment_of

FULL_WIDTH = str.maketrans({chr(0xFF10 + n): str(n) for n in range(10)} | {"\uff0e": "."})
LONGEST_TEXT = 10_000  # a note; nothing that a clinician writes about one fact is longer
LONGEST_SHOWN = 40
PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
ROOM_AIR, PURE_OXYGEN = Decimal("0.21"), Decimal(1)


def shown(text: str) -> str:
    """A text of the document as a sentence may repeat it: one line, not endless."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."


class Fields:
    """A reader of one JSON object. `event` is its number among the events, None for the document and the patient."""

    def __init__(self, given: Object, event: int | None, zone: ZoneInfo, now: datetime) -> None:
        self.given, self.event, self.zone, self.now = given, event, zone, now
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self._asked: set[str] = set()
        for name in given.repeated:
            self.fault(_('"%(key)s" is given more than once'), key=shown(name))

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
        value = self.given.get(key)
        if value is None and required:
            self.fault(_('"%(key)s" is missing'), key=key)
        return value

    def part(self, key: str) -> Any:
        """The value of a key as the document has it, for an object or a list."""
        return self._value(key, required=False)

    def text(self, key: str, *, required: bool = False, longest: int = LONGEST_TEXT) -> str | None:
        """A text without surrounding space; required ones are not empty."""
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
        elif any(not c.isprintable() and c not in "\n\r\t\u3000\u00a0" for c in value):
            self.fault(_('"%(key)s" holds characters that cannot be shown'), key=key)
        else:
            return value
        return None

    def choice(self, key: str, choices: Collection[str], *, required: bool = False) -> str | None:
        """One of the choices, spelt exactly."""
        value = self.text(key, required=required)
        if value is None or value in choices:
            return value
        self.fault(
            _('"%(key)s" is "%(value)s"; it must be one of: %(choices)s'),
            key=key,
            value=shown(value),
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
        value = self._value(key, required=False)
        if value is None:
            return None
        plain = value.translate(FULL_WIDTH).strip() if isinstance(value, str) else ""
        if not PLAIN_NUMBER.fullmatch(plain):
            self.fault(_('"%(key)s" must be a plain number'), key=key)
            return None
        return Decimal(plain)

    def fio2(self) -> Decimal | None:
        """The fraction of inspired oxygen."""
        fraction = self.number("fio2")
        if fraction is not None and not ROOM_AIR <= fraction <= PURE_OXYGEN:
            self.fault(_("FiO2 %(value)s is not a fraction between 0.21 and 1"), value=fraction)
            return None
        return fraction

    def moment(self, key: str, *, required: bool = False) -> Moment | None:
        """A date or time that is not in the future."""
        text = self.text(key, required=required)
        try:
            moment = moment_of(text, self.zone) if text is not None else None
        except NotAMoment as error:
            self.blame(error.reason)
            return None
        if moment is not None and moment.at > self.now:
            self.fault(_('"%(key)s" is in the future: %(text)s'), key=key, text=text or "")
            return None
        return moment

    def day(self, key: str) -> date | None:
        """A calendar day that is not in the future; of a date-time, its day at the site."""
        text = self.text(key)
        try:
            day = moment_of(text, self.zone).day if text is not None else None
        except NotAMoment as error:
            self.blame(error.reason)
            return None
        if day is not None and day > self.now.astimezone(self.zone).date():
            self.fault(_('"%(key)s" is in the future: %(text)s'), key=key, text=text or "")
            return None
        return day

    def finish(self) -> None:
        """Warns of keys that nothing was made of."""
        unknown = sorted(set(self.given) - self._asked)
        if unknown:
            names = ", ".join(shown(name) for name in unknown[:10])
            self.warn(reason(_("not used, because the format does not have it: %(keys)s"), keys=names))
