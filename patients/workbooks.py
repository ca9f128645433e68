"""Workbooks (XLSX): a sheet as a table of texts, and tables as workbooks. openpyxl does both; nothing is computed.

A formula is what was last computed of it; one that has no value, or an error, is a cell that nobody may read. A number
comes as Excel keeps it (15 digits), of a percentage with its sign; a day as a day, whatever the calendar of its format.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.writer.excel import save_workbook

from patients.clinical.reasons import Reason, _, reason
from patients.imports.case import CaseFaults
from patients.imports.fields import Number
from patients.imports.table_text import Place, Table, bounded, refuse_table_size, refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MOST_UNPACKED = 200_000_000
MOST_ENTRIES = 2_000
BROKEN = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, NotImplementedError, OSError, ParseError, DefusedXmlException, OverflowError)  # fmt: skip
ZEROS = re.compile(r"0{2,}")
FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no workbook holds these


def is_workbook(document: bytes) -> bool:
    """Does it look like a workbook, or like one that cannot be read (an older or a locked one)?"""
    return document.startswith((ZIP, OLE))


def table_in_workbook(document: bytes, *, sheet: str = "") -> Table:
    """The table on a sheet; on the first one that says something where none is named. Raises CaseFaults."""
    refuse_table_size(len(document))
    if document.startswith(OLE):
        raise refused(_("an older workbook (.xls), or one with a password: save it as .xlsx without one"))
    formulas = _checked(document)
    try:
        return _read(document, sheet, formulas)
    except CaseFaults:
        raise
    except BROKEN:
        raise refused(_("the workbook is damaged: open it and save it again")) from None


def _checked(document: bytes) -> bool:
    """Has it formulas? Raises CaseFaults for what is no workbook, or unpacks to more than is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as packed:
            entries = packed.infolist()
            if len(entries) > MOST_ENTRIES or sum(x.file_size for x in entries) > MOST_UNPACKED:
                raise refused(_("the workbook unpacks to more than is read: divide it"))
            if any(x.flag_bits & 1 for x in entries):
                raise refused(_("an older workbook (.xls), or one with a password: save it as .xlsx without one"))
            sheets = [x for x in entries if x.filename.startswith("xl/worksheets/")]
            if not sheets:
                raise refused(_("this is no workbook"))
            return any(_has_formula(packed, x) for x in sheets)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise refused(_("the workbook is damaged: open it and save it again")) from None


def _has_formula(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with packed.open(entry) as file:
        before = b""
        while piece := file.read(1 << 20):
            if FORMULA.search(before + piece):
                return True
            before = piece[-40:]
    return False


def _read(document: bytes, sheet: str, formulas: bool) -> Table:
    book = load_workbook(io.BytesIO(document), read_only=True, data_only=True, keep_links=False)
    names = tuple(x.title for x in book.worksheets)
    if sheet and sheet not in names:
        raise refused(_("the workbook has no sheet %(sheet)s"), sheet=sheet[:60])
    faults: dict[Place, Reason] = {}
    for name in [sheet] if sheet else names:
        lines = tuple(bounded(_lines(book[name], faults)))
        if lines or sheet:
            break
    else:
        raise refused(_("the workbook has no sheet with anything on it"))
    book.close()
    if formulas:
        faults |= _without_value(document, name, lines)
    return Table(lines=lines, sheet=name, sheets=names, faults=faults)


def _lines(sheet: Any, faults: dict[Place, Reason]) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what a file says of its size is not believed
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = []
        for place, cell in enumerate(row):
            text = _text(cell)
            if cell.value is not None and cell.data_type == "e":
                faults[number, place] = reason(_("the cell holds an error of the workbook: %(text)s"), text=text)
            cells.append(text)
        yield number, cells


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(value)


def _number(value: int | float, shown_as: str) -> str:
    """A percentage with its sign; a record number with the zeros that its format shows."""
    percent = "%" in shown_as
    exact = Decimal(format(value, ".15g")) * (100 if percent else 1)
    text = f"{exact.normalize():f}"
    if ZEROS.fullmatch(shown_as) and text.isdecimal():
        return text.zfill(len(shown_as))
    return f"{text}%" if percent else Number(text)


def _moment(value: datetime) -> str:
    if value.time() == time(0):
        return value.date().isoformat()
    return (value + timedelta(milliseconds=500)).isoformat(" ", "seconds").removesuffix(":00")


def _without_value(document: bytes, name: str, lines: Sequence[tuple[int, Sequence[str]]]) -> dict[Place, Reason]:
    """Formulas that nothing was computed of: their cells are empty, and that is no answer."""
    book = load_workbook(io.BytesIO(document), read_only=True, data_only=False, keep_links=False)
    sheet: Any = book[name]
    sheet.reset_dimensions()
    known = dict(lines)
    found = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        for place, cell in enumerate(row):
            if cell.data_type != "f":
                continue
            cells = known.get(number, ())
            if place >= len(cells) or not cells[place].strip():
                found[number, place] = reason(_("the cell holds a formula without a value: compute and save it first"))
    book.close()
    return found


# -- writing ----------------------------------------------------------------------------------------------------------


def workbook_of(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet. Texts are texts, whatever they begin with; numbers and days are themselves."""
    return workbook_of_sheets([(title, rows)])


def workbook_of_sheets(sheets: Iterable[tuple[str, Iterable[Sequence[Any]]]]) -> bytes:
    """A workbook of sheets, each with its title."""
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet: Any = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31] or "1")
        for row in rows:
            sheet.append([_cell(sheet, x) for x in row])
    written = io.BytesIO()
    save_workbook(book, written)
    return written.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell: Any = WriteOnlyCell(sheet, value=CONTROL.sub("", value)[:32_767])
    cell.data_type = "s"  # never a formula
    return cell
