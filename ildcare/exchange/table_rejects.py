"""The lines of a table that were refused, as a file to be mended and sent again: the same columns, and why.

What was taken of a line is not taken twice when it comes again. Lines of the same person and moment go with a refused
one, so that results without a number of their own are counted in the same order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ildcare.exchange.table_reading import body_of, parted_file
from patients.imports.table_parts import PartedTable
from patients.imports.table_text import UTF_8, UTF_8_SIG, UTF_16, guarded
from patients.models import TableFile
from patients.wording import render_all
from patients.workbooks import is_workbook, workbook_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNICODE = (UTF_8, UTF_8_SIG, UTF_16)


@dataclass(frozen=True, slots=True)
class RejectFile:
    """A file to be sent back: its name, type and bytes."""

    name: str
    media_type: str
    body: bytes


def reject_file(file: TableFile) -> RejectFile:
    """The refused lines of a file, in the form in which it came. Raises CaseFaults."""
    table, stem = parted_file(file), file.name.rpartition(".")[0] or file.name
    rows = list(_rows(table))
    if is_workbook(body_of(file)):
        return RejectFile(f"{stem}-refused.xlsx", XLSX, workbook_of(_("Refused lines"), rows))
    encoding = table.of.encoding or UTF_8
    return RejectFile(
        f"{stem}-refused.csv",
        "text/csv",
        _csv(rows, encoding, table.of.delimiter or ","),
    )


def _rows(table: PartedTable) -> Iterator[Sequence[str]]:
    why = {x.line.number: render_all(x.why) for x in table.refused}
    lines = {x.number: x for x in (*(x.line for x in table.refused), *table.beside)}
    width = len(table.heads)
    yield (*table.heads, _("why it was refused"))
    for number in sorted(lines):
        cells = lines[number].cells
        beside = _("not refused: stays with the line of the same moment")
        yield (*cells[:width], *[""] * (width - len(cells)), why.get(number, beside), *cells[width:])


def _csv(rows: Sequence[Sequence[str]], encoding: str, delimiter: str) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([guarded(x) for x in row] for row in rows)
    errors = "strict" if encoding in UNICODE else "replace"
    return written.getvalue().encode(encoding, errors)
