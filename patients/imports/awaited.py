"""What a result that waits may be: its value in the unit that was sent, or in every unit that it may be in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from patients.clinical.awaiting import Awaiting
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.units import Unacceptable, convert, unit_of
from patients.imports.spellings import spelled


def awaited(code: str, text: str, unit: str, *, on: datetime | None, since: datetime) -> Awaiting:
    """A result that waits, as far as it can be read; `unit` as sent, "" for none."""
    said = spelled(text)
    return Awaiting(
        code=code,
        text=f"{text} {unit}".strip(),
        on=on,
        since=since,
        answer=said.answer,
        amounts=tuple(dict.fromkeys(_amounts(code, said.value, unit))),
    )


def _amounts(code: str, value: str, unit: str) -> Iterator[Quantity]:
    kind = MEASUREMENTS.get(code)
    if kind is None or not value:
        return
    try:
        units = [unit_of(kind, unit).code]
    except Unacceptable:
        units = [x.code for x in kind.units]
    for meant in units:
        try:
            yield convert(code, value, meant).quantity
        except Unacceptable:
            continue  # not possible in this unit
