"""The flow sheet as its table shows it: days, tests and values in words and signs. The template formats nothing.

Made once of a sheet, and kept with it: whether a value leads to its entry is the reader's right, and is the page's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ildcare.record.flow_sheet import Row, Sheet, TextResult, Value
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.dose_words import note_text
from patients.result_words import oxygen_of, short_name_of_test, unit_text, without_value_text
from patients.wording import render, short_day, translated, value_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """One result. `text` leads to its entry, where the reader may correct it; "" of a cancelled one, which `notes` say.

    `at`: its time, where the day has several; `signs` stand on its line, `notes` below it; `after`: what parts it from
    the next where it is copied.
    """

    id: str
    text: str
    out: bool = False
    at: str = ""
    signs: str = ""
    notes: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One test: its results by column."""

    name: str
    unit: str
    cells: tuple[tuple[TableResult, ...], ...]


@dataclass(frozen=True, slots=True)
class TablePanel:
    """The rows of a panel."""

    name: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The table. `columns`: how many it has, with those of names and units."""

    days: tuple[str, ...]
    panels: tuple[TablePanel, ...]

    @property
    def columns(self) -> int:
        """Of the table."""
        return len(self.days) + 2


def sheet_table(sheet: Sheet) -> SheetTable:
    """The sheet in the active language, its times at the site."""
    days = tuple(short_day(x) for x in sheet.days)
    return SheetTable(days, tuple(TablePanel(translated(x.name), tuple(map(_row, x.rows))) for x in sheet.panels))


def _row(row: Row) -> TableRow:
    cells = tuple(tuple(_results(values, texts)) for values, texts in row.columns)
    return TableRow(short_name_of_test(row.code, row.name), unit_text(row.code, row.typed), cells)


def _results(values: Sequence[Value], texts: Sequence[TextResult]) -> Iterator[TableResult]:
    several = len(values) > 1
    count = len(values) + len(texts)
    for number, value in enumerate(values, 1):
        x = value.newest
        yield TableResult(
            id=x.id,
            text=value_text(x.code, x.quantity) if value.standing else "",
            out=value.marked,
            at=f"{timezone.localtime(x.on):%H:%M}" if several else "",
            signs=_joined(_signs(value)) if value.standing else "",
            notes=_joined(_notes(value)),
            after="; " if number < count else "",
        )
    for number, text in enumerate(texts, len(values) + 1):
        yield TableResult(id=text.id, text=without_value_text(text.text), after="; " if number < count else "")


def _joined(pieces: Iterator[SafeString]) -> SafeString:
    return SafeString("".join(pieces))


def _signs(value: Value) -> Iterator[SafeString]:
    """H, L, and beyond a limit of the chart."""
    if value.position == "high":
        yield format_html(' <span class="hl high">{}</span>', "H")
    if value.position == "low":
        yield format_html(' <span class="hl low">{}</span>', "L")
    if value.beyond:
        yield format_html(' <span class="hl high">{}</span>', "▲")


def _notes(value: Value) -> Iterator[SafeString]:
    """What happened to a value, what is doubtful about it, and what it must not be read without."""
    x = value.newest
    if not value.standing:
        yield _replaced(_("cancelled, was"), x)
    elif x.status == "preliminary":
        yield format_html(' <span class="mark">{}</span>', _("preliminary"))
    if value.standing and value.before:
        yield format_html(" {}", _replaced(_("corrected, was"), value.before))
    for doubt in value.doubts if value.standing else ():
        yield format_html(' <span class="mark doubt">{}</span>', render(doubt))
    if oxygen := oxygen_of(x):
        yield format_html(' <span class="qualifier">{}</span>', oxygen)
    if is_level(x.code) and (note := note_text(x)):
        yield format_html(' <span class="qualifier note">{}</span>', note)
    if x.kit:
        other = f"≠ {_('other kit:')} " if value.kit_break else ""
        yield format_html(' <span class="qualifier">{}{}</span>', other, translated(x.kit))


def _replaced(how: str, x: Measurement) -> SafeString:
    return format_html('<span class="mark">{} <del>{}</del></span>', how, value_text(x.code, x.quantity))
