"""The rows of a table out of its bytes: encoding, what parts the cells, line numbers, limits. Pure.

Nothing is guessed in silence: a table says how its text was read and whether another reading is possible, and a person
who knows better says so in the mapping.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import Reason, _
from patients.imports.case import CaseFaults, Fault

UTF_8, UTF_8_SIG, UTF_16, CP932, EUC_JP, LATIN = "utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "cp1252"
ENCODINGS = by_code(
    (
        Entry(UTF_8, "UTF-8"),
        Entry(UTF_8_SIG, _("UTF-8 with its mark")),
        Entry(CP932, _("Shift_JIS (CP932)")),
        Entry(EUC_JP, "EUC-JP"),
        Entry(UTF_16, "UTF-16"),
        Entry(LATIN, _("Western European (CP1252)")),
    )
)
DELIMITERS = ",\t;"
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
KEPT_AS_TEXT = re.compile(r'="([^"]*)"')  # how exports keep the zeros of a number in a spreadsheet
JUDGED_BY = 200_000  # characters by which an encoding is judged
MOST_TABLE_BYTES = 20_000_000
MOST_LINES = 100_000
MOST_COLUMNS = 500
MOST_CELLS = 3_000_000
LONGEST_CELL = 4_000

Place = tuple[int, int]  # line of the file, column from 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """Lines of cells as text, each with its number in the file; lines without anything are left out.

    `sure`: can the text be read otherwise? `faults`: cells that have no value to be read, and why. `sheet` and
    `sheets`: of a workbook, the one that was read and all of them.
    """

    lines: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str = ""
    sure: bool = True
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    faults: Mapping[Place, Reason] = field(default_factory=dict)

    def heads(self, header: int) -> tuple[str, ...]:
        """The cells of the line of the heads; none if there is no such line."""
        return next((cells for number, cells in self.lines if number == header), ())

    def below(self, header: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The lines below the heads."""
        return ((number, cells) for number, cells in self.lines if number > header)


def guarded(text: str) -> str:
    """A cell of a text that no program of spreadsheets takes for a formula; numbers stay what they are."""
    if not text.startswith(STARTS_FORMULA) or PLAIN_NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def _unguarded(text: str) -> str:
    """The cell before it was guarded: what was sent out and comes back says the same, and ="007" is 007."""
    if (kept := KEPT_AS_TEXT.fullmatch(text)) is not None:
        return kept[1]
    return text[1:] if text[:1] == "'" and text[1:].startswith(STARTS_FORMULA) else text


def refused(message: str, **parts: str | int) -> CaseFaults:
    """A document of which nothing is read."""
    return CaseFaults([Fault(None, Reason(message, tuple(sorted(parts.items()))))])


def table_in(document: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """The table in a text file. Raises CaseFaults for one that is too large, or cannot be read."""
    refuse_table_size(len(document))
    used, text, sure = _decoded(document, encoding)
    parted_by = delimiter or _delimiter(text)
    return Table(
        lines=tuple(_numbered(text, parted_by)), encoding=used, sure=sure or bool(encoding), delimiter=parted_by
    )


def refuse_table_size(size: int) -> None:
    """Raises CaseFaults for more bytes than are read."""
    if size > MOST_TABLE_BYTES:
        raise refused(
            _("the file has %(size)s bytes and at most %(most)s are read: divide it"),
            size=f"{size:,}",
            most=f"{MOST_TABLE_BYTES:,}",
        )


def bounded(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Lines that say something. Raises CaseFaults where there are too many lines, columns or cells."""
    cells = kept = 0
    for number, row in rows:
        if len(row) > MOST_COLUMNS:
            raise refused(_("line %(line)s has more than %(most)s columns"), line=number, most=MOST_COLUMNS)
        if any(len(x) > LONGEST_CELL for x in row):
            raise refused(
                _("line %(line)s has a cell of more than %(most)s characters"), line=number, most=LONGEST_CELL
            )
        cells += len(row)
        if any(x.strip() for x in row):
            kept += 1
            yield number, tuple(row)
        if kept > MOST_LINES or cells > MOST_CELLS:
            raise refused(
                _("the table has more than %(lines)s lines or %(cells)s cells: divide it"),
                lines=f"{MOST_LINES:,}",
                cells=f"{MOST_CELLS:,}",
            )


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    if "\x00" in text:
        raise refused(_("the text has NUL characters: it is no table"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        before = 0
        for row in reader:  # a cell may go over several lines: a row is called by its first
            yield before + 1, [_unguarded(x) for x in row]
            before = reader.line_num

    try:
        yield from bounded(rows())
    except csv.Error:
        raise refused(_("the rows of the table cannot be told apart")) from None


def _delimiter(text: str) -> str:
    """What the first line that says something is parted by, quoted cells apart."""
    head = next((x for x in text.splitlines() if x.strip()), "")
    return max(DELIMITERS, key=lambda x: len(next(csv.reader([head], delimiter=x), [])))


# -- encodings --------------------------------------------------------------------------------------------------------


def _decoded(document: bytes, encoding: str) -> tuple[str, str, bool]:
    """Encoding, text, and whether no other encoding is possible."""
    if encoding:
        text = _read(document, encoding)
        if text is None:
            raise refused(_("the text is not %(encoding)s"), encoding=ENCODINGS[encoding].name)
        return encoding, text, True
    for mark, codec in ((b"\xef\xbb\xbf", UTF_8_SIG), (b"\xff\xfe", UTF_16), (b"\xfe\xff", UTF_16)):
        if document.startswith(mark) and (text := _read(document, codec)) is not None:
            return codec, text, True
    if (text := _read(document, UTF_8)) is not None:
        return UTF_8, text, True
    return _most_likely(document)


def _most_likely(document: bytes) -> tuple[str, str, bool]:
    """Of the encodings that know no mark the one that gives the most usual text; sure if no other gives any."""
    found = [(codec, text) for codec in (CP932, EUC_JP, LATIN) if (text := _read(document, codec)) is not None]
    if not found:
        raise refused(_("the text is neither UTF-8 nor Shift_JIS"))
    strange = {codec: _strange(text[:JUDGED_BY]) for codec, text in found}
    codec, text = min(found, key=lambda x: strange[x[0]])
    others = [n for name, n in strange.items() if name != codec]
    return codec, text, strange[codec] == 0 and all(n > 0 for n in others)


def _read(document: bytes, codec: str) -> str | None:
    try:
        return document.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None


def _strange(text: str) -> int:
    """How many characters are not what a table of a laboratory is written with, in its encoding."""
    odd = [x for x in text if ord(x) > 0x7F]
    western = sum(ord(x) < 0x250 and unicodedata.category(x) not in ("Ll", "Lu") and x not in "µ°±²³×÷·" for x in odd)
    private = sum(0xE000 <= ord(x) < 0xF900 or unicodedata.category(x) == "Cc" for x in odd)
    return western + private + _lone_kana(text) + _kanji_before_letter(text)


def _lone_kana(text: str) -> int:
    """Small and marked half-width kana that stand where no word begins: what EUC-JP and Western text turn into."""
    begins = [x for before, x in zip(" " + text, text, strict=False) if not _is_half_width(before)]
    return sum(x in "ｧｨｩｪｫｬｭｮｯｰﾞﾟ｡｢｣､･" for x in begins)


def _is_half_width(x: str) -> bool:
    return "\uff61" <= x <= "\uff9f"


def _kanji_before_letter(text: str) -> int:
    """A rare kanji with Latin letters on both sides: a Western letter with a mark, read as half of a kanji."""
    between = zip(text, text[1:], text[2:], strict=False)
    return sum(
        a.isascii() and a.isalpha() and "\u4e00" <= x <= "\u9fff" and c.isascii() and c.isalpha() for a, x, c in between
    )
