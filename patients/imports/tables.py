"""Tables as laboratories and wards export them (CSV, rows of a spreadsheet): one result a row. Pure.

Which column is which is told by a `Columns`: a site's own, or found by the heads that are usual. A cell is text; an
empty one says nothing, and a day without a time stays a day.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from patients.clinical.reasons import _, reason
from patients.clinical.versions import FINAL
from patients.imports.case import CaseFaults, Fault
from patients.imports.code_map import Coding
from patients.imports.observation import Observation, Report, SentPerson
from patients.imports.sent_times import day_text, table_time

# heads by what the column holds, folded; the first that a table has is taken
HEADS: Mapping[str, tuple[str, ...]] = {
    "mrn": ("患者番号", "患者id", "id", "カルテ番号", "mrn", "patient id", "patient number", "record number",
        "patient_id", "record_id"),
    "name": ("患者氏名", "漢字氏名", "氏名", "patient name", "name"),
    "kana": ("カナ氏名", "氏名カナ", "カナ", "kana"),
    "sex": ("性別", "sex", "gender"),
    "born": ("生年月日", "birth date", "date of birth", "dob"),
    "day": ("採取日", "採血日", "検体採取日", "検査日", "collected", "sampled", "sample date",
        "collection date", "date"),
    "clock": ("採取時刻", "採血時刻", "採取時間", "sample time", "collection time", "time"),
    "code": ("項目コード", "検査コード", "検査項目コード", "test code", "code"),
    "test": ("項目名", "検査項目名", "検査名", "検査項目", "test", "test name", "analyte", "item"),
    "value": ("結果値", "結果", "検査結果", "値", "result", "value"),
    "unit": ("単位", "unit", "units"),
    "flag": ("h/l", "hl", "異常", "判定", "flag"),
    "low": ("下限", "基準値下限", "low", "lower"),
    "high": ("上限", "基準値上限", "high", "upper"),
    "comment": ("コメント", "備考", "comment", "comments", "note"),
    "order": ("伝票番号", "依頼番号", "検体番号", "受付番号", "order", "order number", "specimen", "accession"),
    "fio2": ("fio2", "吸入酸素濃度"),
    "material": ("材料", "検体材料", "材料コード", "material"),
}  # fmt: skip
NEEDED = ("mrn", "day", "value")
NAMED = {"code", "test"}
DELIMITERS = ",\t;"
JAPANESE = (
    "結果値",
    "項目コード",
    "採取日",
    "患者番号",
)  # heads of an export that writes 1,679 for 1679
SEXES = {"女": "female", "f": "female", "female": "female", "男": "male", "m": "male", "male": "male"}
LOCAL = "local"  # the system of codes of a table that names none
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which head of a table is what, and how its cells are written. `source`: the table that its local codes belong to;
    `thousands`: is 1,679 written for 1679?; `decimal_comma`: 1,5 for 1.5."""

    heads: Mapping[str, str] = field(default_factory=dict)
    source: str = LOCAL
    thousands: bool = False
    decimal_comma: bool = False


def text_of(document: bytes) -> str:
    """The text of a table: UTF-8, UTF-16 with its mark, or the Japanese one of spreadsheets. Raises CaseFaults."""
    for codec in ("utf-16",) if document[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932"):
        try:
            return document.decode(codec)
        except UnicodeDecodeError:
            continue
    raise CaseFaults([Fault(None, reason(_("the text is neither UTF-8 nor Shift_JIS")))])


def rows_of(text: str) -> list[list[str]]:
    """The rows of a table as text, parted by what its first line is parted by. Raises CaseFaults."""
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        return [x for x in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(c.strip() for c in x)]
    except csv.Error:
        raise CaseFaults([Fault(None, reason(_("the rows of the table cannot be told apart")))]) from None


def columns_of(heads: Sequence[str]) -> Columns | None:
    """The columns that a table's first row names in a usual way; None where what is needed is not among them."""
    folded = {_folded(x): x for x in reversed(heads)}
    found = {what: folded[head] for what, usual in HEADS.items() if (head := _first(usual, folded)) is not None}
    if not all(x in found for x in NEEDED) or not NAMED & set(found):
        return None
    return Columns(heads=found, thousands=any(x in folded for x in JAPANESE))


def is_table(document: bytes) -> bool:
    """Does a document begin with the heads of a table of results?"""
    try:
        head = text_of(document[:4000].rpartition(b"\n")[0] or document[:4000]).partition("\n")[0]
    except CaseFaults:
        return False
    return columns_of(next(csv.reader([head], delimiter=max(DELIMITERS, key=head.count)), [])) is not None


def reports_of(rows: Sequence[Sequence[str]], columns: Columns, *, zone: ZoneInfo) -> Iterator[Report]:
    """By patient, in the order in which they first stand in the table. The first row holds the heads."""
    heads = [_folded(x) for x in rows[0]] if rows else []
    places = {what: heads.index(_folded(x)) for what, x in columns.heads.items() if _folded(x) in heads}
    found: dict[SentPerson, list[Observation]] = {}
    for number, row in enumerate(rows[1:], start=1):
        cell = _Row(row, places)
        found.setdefault(_person(cell), []).append(replace(_observation(cell, columns, zone), number=number))
    for person, observations in found.items():
        yield Report(source=columns.source, kind="table", person=person, observations=tuple(observations))


class _Row:
    def __init__(self, cells: Sequence[str], places: Mapping[str, int]) -> None:
        self.cells, self.places = cells, places

    def __getitem__(self, what: str) -> str:
        place = self.places.get(what)
        return self.cells[place].strip() if place is not None and place < len(self.cells) else ""


def _person(cell: _Row) -> SentPerson:
    family, given = _parted(cell["name"])
    family_kana, given_kana = _parted(unicodedata.normalize("NFKC", cell["kana"]))
    return SentPerson(
        numbers=(cell["mrn"],) if cell["mrn"] else (),
        family_name=family,
        given_name=given,
        family_kana=family_kana,
        given_kana=given_kana,
        sex=SEXES.get(_folded(cell["sex"]), "") or "unknown",
        birth_date=day_text(cell["born"]) or "",
    )


def _parted(name: str) -> tuple[str, str]:
    family, _blank, given = " ".join(name.split()).partition(" ")
    return family, given


def _observation(cell: _Row, columns: Columns, zone: ZoneInfo) -> Observation:
    time = table_time(cell["day"], cell["clock"], zone)
    codings = (Coding(columns.source, cell["code"], cell["test"]), Coding("", "", cell["test"]))
    comments = tuple(x for x in (cell["comment"],) if x)
    return Observation(
        number=0,
        codings=tuple(x for x in codings if x.code or x.name),
        time=time,
        status=FINAL,
        text=cell["value"].replace(",", ".") if columns.decimal_comma else cell["value"],
        unit=cell["unit"],
        order=cell["order"],
        group=str(time.moment.at) if time.moment else "",
        material=cell["material"],
        method=cell["comment"],
        interval="-".join((cell["low"], cell["high"])) if cell["low"] or cell["high"] else "",
        flag=cell["flag"],
        comments=comments,
    )


def _first(usual: Sequence[str], folded: Mapping[str, str]) -> str | None:
    return next((x for x in usual if x in folded), None)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
