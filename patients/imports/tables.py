"""Tables of results, by a map of their columns: what a line says of whom, or why nobody may read it. Pure.

A cell is text; an empty one says nothing, and a day without a time stays a day. A line that cannot be read (no record
number, no day, cells that do not fit the heads) is refused and can be mended; what a value means is not decided here.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from patients.clinical.reasons import Reason, _, reason
from patients.clinical.versions import FINAL
from patients.imports.case import CaseFaults
from patients.imports.code_map import CATALOGUE, Coding
from patients.imports.fields import Number
from patients.imports.observation import Observation, Report, SentPerson
from patients.imports.sent_times import SentTime, day_text, table_time
from patients.imports.spellings import evened
from patients.imports.table_heads import columns_of
from patients.imports.table_map import LEFT_OUT, RESULT, Column, TableMap, TestCode, folded
from patients.imports.table_text import table_in

SEXES = {"女": "female", "女性": "female", "f": "female", "female": "female", "男": "male", "男性": "male", "m": "male",
    "male": "male"}  # fmt: skip
# how tables write what a value was taken at, as the catalogue calls it
TAKEN_AT_WORDS = {
    "route": {"経口": "oral", "内服": "oral", "po": "oral", "p.o.": "oral", "静注": "iv", "点滴": "iv", "持続点滴":
        "iv", "i.v.": "iv", "div": "iv"},
    "timing": {"トラフ": "trough", "投与前": "pre_dose", "c0": "trough", "pre-dose": "pre_dose", "predose": "pre_dose",
        "2時間後": "c2", "2時間値": "c2", "c2": "c2", "持続": "continuous"},
    "device": {"鼻カニューレ": "nasal_cannula", "カニューレ": "nasal_cannula", "カヌラ": "nasal_cannula",
        "nasal cannula": "nasal_cannula", "マスク": "mask", "酸素マスク": "mask"},
}  # fmt: skip
ROOM_AIR = ("room air", "ra", "室内気", "air", "大気")
PER_CENT = re.compile(r"([<>]?=?\s*\d+(?:\.\d+)?)\s*[%％]")
NUMBERS = re.compile(r"\d[\d.,]*\d|\d")
POINTS_OF_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")
COLUMNS = 1000  # numbers of results of a wide table: line x COLUMNS + column


class Cells:
    """The cells of one line, by what they hold."""

    def __init__(self, cells: Sequence[str], places: Mapping[int, Column]) -> None:
        self.cells, self.places = cells, places
        self._by_role = {x.role: place for place, x in reversed(list(places.items())) if x.role}

    def __getitem__(self, role: str) -> str:
        place = self._by_role.get(role)
        return self.at(place) if place is not None else ""

    def at(self, place: int) -> str:
        """The text of a column."""
        return self.cells[place].strip() if place < len(self.cells) else ""

    def every(self, role: str) -> tuple[str, ...]:
        """The texts of all columns of a role that say something."""
        return tuple(text for place, x in self.places.items() if x.role == role and (text := self.at(place)))

    def of_head(self, head: str) -> str:
        """The text of the column with a head."""
        return next((self.at(place) for place, x in self.places.items() if x.head == head), "")

    @property
    def results(self) -> Iterator[tuple[int, Column, str]]:
        """The columns of one test each that hold something."""
        for place, column in self.places.items():
            if column.role == RESULT and (text := self.at(place)):
                yield place, column, text


def is_table(document: bytes) -> bool:
    """Does a document begin with the usual heads of a table with a line a result?"""
    try:
        table = table_in(document[:4000].rpartition(b"\n")[0] or document[:4000])
    except (CaseFaults, csv.Error):
        return False
    return bool(table.lines) and columns_of(table.lines[0][1]) is not None


def reports_of(lines: Iterable[tuple[int, Sequence[str]]], of: TableMap, *, zone: ZoneInfo) -> Iterator[Report]:
    """By patient, in the order in which they first stand in the table. The first line holds the heads."""
    found: dict[SentPerson, list[Observation]] = {}
    rows = iter(lines)
    places = of.places(next(rows, (0, ()))[1])
    for number, (_line, row) in enumerate(rows, start=1):
        cells = Cells(row, places)
        found.setdefault(person_of(cells, of), []).extend(observations_of(number, cells, of, zone))
    for person, observations in found.items():
        yield Report(source=of.source, kind="table", person=person, observations=tuple(observations))


def person_of(cells: Cells, of: TableMap) -> SentPerson:
    """Who a line is about."""
    family, given = _parted(cells["name"])
    family_kana, given_kana = _parted(unicodedata.normalize("NFKC", cells["kana"]))
    return SentPerson(
        numbers=(cells["mrn"],) if cells["mrn"] else (),
        family_name=cells["family"] or family,
        given_name=cells["given"] or given,
        family_kana=family_kana,
        given_kana=given_kana,
        sex=SEXES.get(folded(cells["sex"]), "") or "unknown",
        birth_date=_born(cells["born"], of.date_order),
    )


def _born(text: str, order: str) -> str:
    """A day, whatever time stands behind it."""
    return day_text(text, order) or day_text(text.partition(" ")[0], order) or ""


def _parted(name: str) -> tuple[str, str]:
    family, _blank, given = " ".join(name.split()).partition(" ")
    return family, given


def observations_of(number: int, cells: Cells, of: TableMap, zone: ZoneInfo) -> Iterator[Observation]:
    """What a line tells: one result by its columns of code and value, and one of each column of a test."""
    test = of.test_of(cells["code"], cells["test"])
    if (cells["value"] or cells["code"] or cells["test"]) and (test is None or test.target != LEFT_OUT):
        yield _named(number, cells, of, zone, test)
    for place, column, text in cells.results:
        yield _of_column(number * COLUMNS + place, column, text, cells, of, zone, group=str(number))


def _named(number: int, cells: Cells, of: TableMap, zone: ZoneInfo, test: TestCode | None) -> Observation:
    time = table_time(cells["day"], cells["clock"], zone, order=of.date_order)
    sent = (Coding(of.source, cells["code"], cells["test"]), Coding("", "", cells["test"]))
    said = (Coding(CATALOGUE, test.target, cells["test"]),) if test else ()  # last: a code may say the timing too
    codings = (*sent, *said)
    text, unit = _per_cent(cells["value"], cells["unit"])
    unit = unit or (test.unit if test else "")
    return Observation(
        number=number,
        codings=tuple(x for x in codings if x.code or x.name),
        time=time,
        status=FINAL,
        text=text,
        unit=unit,
        order=cells["order"],
        group=str(time.moment.at) if time.moment else "",
        material=cells["material"],
        method=cells["comment"],
        interval="-".join((cells["low"], cells["high"])) if cells["low"] or cells["high"] else "",
        flag=cells["flag"],
        comments=cells.every("comment"),
        taken_at=_taken_at(cells),
    )


def _of_column(
    number: int, column: Column, text: str, cells: Cells, of: TableMap, zone: ZoneInfo, *, group: str
) -> Observation:
    text, unit = _per_cent(text, "")
    return Observation(
        number=number,
        codings=(Coding(CATALOGUE, column.target, column.head.strip()),),
        time=time_of(column, cells, of, zone),
        status=FINAL,
        text=text,
        unit=unit or column.unit,
        order=cells["order"],
        group=group,
        comments=cells.every("comment"),
        taken_at={**_taken_at(cells), **column.taken_at},
    )


def time_of(column: Column, cells: Cells, of: TableMap, zone: ZoneInfo) -> SentTime:
    """When the value of a column was taken: on the day of its own column, or of the line."""
    if column.day:
        return table_time(cells.of_head(column.day), "", zone, order=of.date_order)
    return table_time(cells["day"], cells["clock"], zone, order=of.date_order)


def _per_cent(text: str, unit: str) -> tuple[str, str]:
    """95 % in a cell is 95 in the unit %."""
    if (found := PER_CENT.fullmatch(evened(text))) is not None and unit in ("", "%", "％"):
        return found[1], "%"
    return text, unit


def _taken_at(cells: Cells) -> dict[str, str]:
    """What the columns beside a value say that it was taken at, as keys of an event."""
    told = {key: _called(key, cells[key]) for key in ("route", "timing", "device", "flow") if cells[key]}
    if cells["fio2"]:
        told["fio2"] = _fraction(cells["fio2"])
    return told


def _called(key: str, text: str) -> str:
    return TAKEN_AT_WORDS.get(key, {}).get(folded(text), folded(text))


def _fraction(text: str) -> str:
    """An FiO2 as a fraction; what is told in another way is refused where it is read."""
    plain = evened(text)
    if plain.casefold() in ROOM_AIR:
        return "0.21"
    whole = re.fullmatch(r"(\d{2,3})(?:\.0)?\s*%", plain)
    return f"{Decimal(whole[1]) / 100:f}" if whole else plain


# -- how the cells of a column are written ----------------------------------------------------------------------------


def cell_as_read(text: str, column: Column, of: TableMap) -> str | Reason:
    """A cell of values as every table writes it (point for decimals, words for codes), or why that cannot be said."""
    if column.values:
        return _by_its_choices(text, column)
    if not of.decimal_comma or isinstance(text, Number):
        return text
    return _with_points(text)


def _by_its_choices(text: str, column: Column) -> str | Reason:
    plain = folded(text)
    for code, meaning in column.values.items():
        if plain in (folded(code), folded(meaning)):
            return meaning
    return reason(
        _("%(head)s: %(text)s is none of the choices that the mapping knows"), head=column.head[:40], text=text[:40]
    )


def _with_points(text: str) -> str | Reason:
    plain = evened(text)
    for number in NUMBERS.findall(plain):
        if "," not in number and POINTS_OF_THOUSANDS.fullmatch(number):
            why = _('"%(text)s": is the point one of thousands? Decimals have a comma here, by the mapping')
            return reason(why, text=text[:40])
        if number.count(",") > 1 or ("," in number and not _is_grouped(number)):
            return reason(_('"%(text)s" is no number with a decimal comma'), text=text[:40])
    return NUMBERS.sub(lambda x: x[0].replace(".", "").replace(",", ".") if "," in x[0] else x[0], plain)


def _is_grouped(number: str) -> bool:
    """1.234,5 or 1234,5."""
    whole, _comma, decimals = number.partition(",")
    return "." not in decimals and ("." not in whole or POINTS_OF_THOUSANDS.fullmatch(whole) is not None)
