"""Rows pasted from a spreadsheet: which test each is of, and the box it goes into. Nothing is stored here.

A row is a test, its value, its unit and perhaps its time, parted by tabs or commas. The test is found by the names
of the catalogue, in English and in Japanese, by its code, and by its LOINC or JLAC10 code.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import StringIO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from ildcare.morning.boxes import OWN_CLOCK, Boxes, boxes_of
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.units import FULL_WIDTH, Unacceptable, unit_of
from patients.wording import name_of, render, translated

MOST_LINES = 200
JLAC10 = re.compile(r"\d[a-z]\d{3}\w{4,12}", re.ASCII)
JLAC10_ANALYTE = 5  # the first characters of a JLAC10 code name what is measured
MOMENT = re.compile(r"(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+)?(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedLine:
    """One pasted row: what stood there, the test it is of, and why it goes into no box ("" if it does).

    `day` and `clock`: its time, as far as it was given.
    """

    number: int
    row: str
    code: str = ""
    value: str = ""
    unit: str = ""
    day: str = ""
    clock: str = ""
    refusal: str = ""

    @property
    def name(self) -> str:
        """The test, in the reader's language."""
        return name_of("test", self.code)

    @property
    def unit_text(self) -> str:
        """The unit as a page writes it."""
        return next((translated(x.symbol or x.code) for x in MEASUREMENTS[self.code].units if x.code == self.unit), "")


def plain(name: str) -> str:
    """A name for comparison: width, case, blanks, hyphens and dots evened out."""
    return re.sub(r"[\s\-_.‐()]", "", name.translate(FULL_WIDTH).casefold())


@cache
def catalogue_names() -> dict[str, str]:
    """The test that each name or code means; a name of two tests means none."""
    found: dict[str, set[str]] = {}
    for code, kind in MEASUREMENTS.items():
        if kind.named:
            continue
        names = {code, kind.loinc, kind.jlac10}
        for language, _name in settings.LANGUAGES:
            with override(language):
                names |= {translated(kind.name), translated(kind.abbreviation)}
                names |= {re.sub(r"[(（].*?[)）]", "", translated(kind.name))}
        for name in names - {""}:
            found.setdefault(plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def meant_by(name: str) -> str:
    """The code of the test that a name or code means; "" if none does."""
    known, wanted = catalogue_names(), plain(name)
    if wanted in known:
        return known[wanted]
    return known.get(wanted[:JLAC10_ANALYTE], "") if JLAC10.fullmatch(wanted) else ""


def lines_of(text: str) -> list[PastedLine]:
    """The rows of a pasted text, in their order. A first row without any digit beside its name is a head: left out."""
    rows = [x for x in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if x.strip()]
    lines = [_line(number, row) for number, row in enumerate(rows[:MOST_LINES], start=1)]
    if lines and not lines[0].code and not re.search(r"\d", "".join(_cells(rows[0])[1:])):
        lines = lines[1:]
    too_many = _("more lines than can be read at once")
    more = [PastedLine(number=n, row=row, refusal=too_many) for n, row in enumerate(rows[MOST_LINES:], MOST_LINES + 1)]
    return [*_of_one_time(_once_each(lines)), *more]


def _cells(row: str) -> list[str]:
    parted = "\t" if "\t" in row else ","
    return [x.strip() for x in next(csv.reader(StringIO(row), delimiter=parted))]


def _line(number: int, row: str) -> PastedLine:
    name, value, unit, time = [*_cells(row), "", "", "", ""][:4]
    line = PastedLine(number=number, row=row, code=meant_by(name))
    if not line.code:
        return replace(line, refusal=_("no test is called “%(name)s”") % {"name": name[:60]})
    if not value:
        return replace(line, refusal=_("no value"))
    try:
        used = unit_of(MEASUREMENTS[line.code], unit).code
    except Unacceptable as refused:
        return replace(line, refusal=render(refused.reason))
    said = MOMENT.fullmatch(time.translate(FULL_WIDTH).strip())
    if time and not said:
        return replace(line, refusal=_("“%(time)s” is no time: write 06:30 or 2026-11-30 06:30") % {"time": time[:40]})
    year, month, day, hour, minute = said.groups() if said else (None, None, None, "", "")
    return replace(
        line,
        value=value,
        unit=used,
        day=f"{year}-{int(month):02d}-{int(day):02d}" if year and month and day else "",
        clock=f"{int(hour):02d}:{minute}" if hour else "",
    )


def _once_each(lines: Sequence[PastedLine]) -> Iterator[PastedLine]:
    """A test has one box: of two rows of one test the second is refused."""
    seen: dict[str, int] = {}
    for line in lines:
        if line.refusal:
            yield line
        elif line.code in seen:
            yield replace(line, refusal=_("the same test as line %(line)s") % {"line": seen[line.code]})
        else:
            seen[line.code] = line.number
            yield line


def _of_one_time(lines: Iterator[PastedLine]) -> Iterator[PastedLine]:
    """A sheet has one time, and some of its panels one of their own: a row of another time is refused."""
    times: dict[str, tuple[int, str, str]] = {}
    for line in lines:
        if line.refusal or not line.clock:
            yield line
            continue
        number, day, clock = times.setdefault(_clock_box(line), (line.number, line.day, line.clock))
        if (line.day, line.clock) == (day, clock):
            yield line
        else:
            yield replace(line, refusal=_("another time than line %(line)s: paste it by itself") % {"line": number})


def _clock_box(line: PastedLine) -> str:
    panel = MEASUREMENTS[line.code].panel
    return f"clock_{panel}" if panel in OWN_CLOCK else "on"


def filled_in(typed: Mapping[str, str], pasted: Sequence[PastedLine]) -> Boxes:
    """The boxes with what was pasted in them; what stood there before gives way."""
    boxes = dict(typed)
    for line in pasted:
        if line.refusal:
            continue
        boxes |= {f"value_{line.code}": line.value, f"unit_{line.code}": line.unit}
        boxes.pop(f"answer_{line.code}", None)
        if not line.clock:
            continue
        box = _clock_box(line)
        before, _at, clock = boxes.get("on", "").partition("T")
        day = line.day or before
        boxes |= {"on": f"{day}T{line.clock if box == 'on' else clock or line.clock}"}
        boxes |= {box: line.clock} if box != "on" else {}
    return boxes_of(boxes)
