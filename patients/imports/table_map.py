"""Which column of a table is what, and how its cells are written: said once by a person, kept by name. Pure.

A table is long (a line a result: columns of code, value and unit) or wide (a line a sample: each test its own column),
or both. Nothing stands for what a map does not say: whether day or month comes first, or a comma parts decimals.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from patients.clinical.entry import Entry, by_code
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, Term, _, reason
from patients.imports.code_map import is_known

LEFT_OUT = "-"  # known, and nothing that is kept here
RESULT, IGNORED = "result", ""  # a column of one test; one that is not read
ROLES = by_code(
    (
        Entry("mrn", _("record number")),
        Entry("link", _("number that links lines of one person")),
        Entry("name", _("full name")),
        Entry("family", _("family name")),
        Entry("given", _("given name")),
        Entry("kana", _("name in kana")),
        Entry("sex", _("sex")),
        Entry("born", _("birth date")),
        Entry("day", _("day of the sample (and time)")),
        Entry("clock", _("time of the sample")),
        Entry("code", _("code of the test")),
        Entry("test", _("name of the test")),
        Entry("value", _("value")),
        Entry("unit", _("unit")),
        Entry("flag", _("high or low")),
        Entry("low", _("lower limit of the reference")),
        Entry("high", _("upper limit of the reference")),
        Entry("comment", _("comment")),
        Entry("order", _("order or sample number")),
        Entry("material", _("material")),
        Entry("fio2", _("FiO2")),
        Entry("flow", _("oxygen flow (L/min)")),
        Entry("device", _("device of the oxygen")),
        Entry("route", _("route of the drug")),
        Entry("timing", _("timing of the level")),
    )
)
TAKEN_AT = ("fio2", "flow", "device", "route", "timing", "kit")  # keys of an event that a column of a test may fix
MANY_TIMES = ("comment", "day")  # more than one column may hold it; of days the first is that of the line
YMD, DMY, MDY = "ymd", "dmy", "mdy"
DATE_ORDERS = by_code(
    (
        Entry(YMD, _("year, month, day (2026/3/4, also R8.3.4)")),
        Entry(DMY, _("day, month, year (4/3/2026)")),
        Entry(MDY, _("month, day, year (3/4/2026)")),
    )
)
LONGEST_MAP_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `head`: as the table writes it; `role`: of ROLES, RESULT or IGNORED.

    Of a test: `target` is its code in the catalogue, `unit` that of values that stand without one, `day` the head of
    the column with its day where that is not the day of the line, `taken_at` what holds for all of them (route, timing
    ...). `values`: what a code of the table means ("1" is "positive"), "" nothing.
    """

    head: str
    role: str = IGNORED
    target: str = ""
    unit: str = ""
    day: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    taken_at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestCode:
    """What a code or name in the lines of a long table means: a code of the catalogue, LEFT_OUT, or "" for nothing said
    yet. `unit`: of its values that stand without one."""

    code: str
    called: str
    target: str = ""
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """How a table is read. `encoding`, `delimiter`, `sheet`: "" as found; `header`: the line of the heads, from 1.

    `source`: the table that its local codes belong to; `thousands`: is 1,679 written for 1679?; `decimal_comma`: 1,5
    for 1.5? `date_order`: "" where nobody has said it, and no date needs it.
    """

    columns: tuple[Column, ...]
    tests: tuple[TestCode, ...] = ()
    source: str = "local"
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header: int = 1
    date_order: str = ""
    thousands: bool = False
    decimal_comma: bool = False

    @cached_property
    def _tests(self) -> Mapping[tuple[str, str], TestCode]:
        return {test_key(x.code, x.called): x for x in self.tests if x.target}

    def test_of(self, code: str, called: str) -> TestCode | None:
        """What a line's code and name mean, where the map says it."""
        return self._tests.get(test_key(code, called)) if self.tests else None

    def first(self, role: str) -> Column | None:
        """The column of a role."""
        return next((x for x in self.columns if x.role == role), None)

    @property
    def results(self) -> tuple[Column, ...]:
        """The columns of a test each."""
        return tuple(x for x in self.columns if x.role == RESULT)

    def lacks(self) -> Iterator[Reason]:
        """Why nothing can be read by it."""
        roles = [x.role for x in self.columns]
        if not {"mrn", "link"} & set(roles):
            yield reason(_("no column holds the record number: patients are known by it alone"))
        if "day" not in roles:
            yield reason(_("no column holds the day of the sample"))
        if not self.results and ("value" not in roles or not {"code", "test"} & set(roles)):
            yield reason(_("no column holds a test, and none the value of a test that another one names"))
        if self.thousands and self.decimal_comma:
            yield reason(_("a comma parts thousands or decimals, not both"))
        for test in self.tests:
            if test.target not in ("", LEFT_OUT) and not is_known(test.target):
                yield reason(_("%(head)s: which test is it?"), head=(test.called or test.code)[:40])
        for role in dict.fromkeys(roles):
            if role in ROLES and role not in MANY_TIMES and roles.count(role) > 1:
                yield reason(_("more than one column is said to hold the same: %(what)s"), what=Term(ROLES[role].label))
        for column in self.results:
            if not is_known(column.target):
                yield reason(_("column %(head)s: which test does it hold?"), head=column.head[:40])
            elif not column.unit and needs_unit(column.target):
                yield reason(_("column %(head)s: in which unit are its values?"), head=column.head[:40])

    def places(self, heads: Sequence[str]) -> dict[int, Column]:
        """Where its columns stand in a table with these heads, by number of column from 0."""
        waiting: dict[str, list[Column]] = {}
        for column in self.columns:
            waiting.setdefault(folded(column.head), []).append(column)
        found = {}
        for place, head in enumerate(heads):
            if (same := waiting.get(folded(head))) is not None:
                found[place] = same.pop(0) if len(same) > 1 else same[0]
        return found

    def absent_from(self, heads: Sequence[str]) -> Iterator[Reason]:
        """The columns that it reads and that a table with these heads lacks."""
        there = {folded(x) for x in heads}
        for column in self.columns:
            if column.role != IGNORED and folded(column.head) not in there:
                yield reason(_("the table has no column %(head)s, which the mapping reads"), head=column.head[:40])


def test_key(code: str, called: str) -> tuple[str, str]:
    """A code and a name for comparison."""
    return folded(code), folded(called)


def needs_unit(target: str) -> bool:
    """Does a value of this test say nothing without its unit?"""
    kind = MEASUREMENTS.get(target)
    return kind is not None and kind.positive_from is None


@lru_cache(maxsize=4096)  # a table repeats the same few texts thousands of times
def folded(text: str) -> str:
    """A head for comparison: width, case and blanks evened out."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def map_as_json(of: TableMap) -> dict[str, Any]:
    """A map as it is stored and sent along with lines."""
    names = ("source", "encoding", "delimiter", "sheet", "header", "date_order", "thousands", "decimal_comma")
    tests = [[x.code, x.called, x.target, x.unit] for x in of.tests]
    return {"columns": [_column_as_json(x) for x in of.columns], "tests": tests, **{x: getattr(of, x) for x in names}}


def _column_as_json(column: Column) -> dict[str, Any]:
    told = {"head": column.head, "role": column.role, "target": column.target, "unit": column.unit, "day": column.day}
    more = {"values": dict(column.values), "taken_at": dict(column.taken_at)}
    return {name: x for name, x in {**told, **more}.items() if x or name == "head"}


def map_in(stored: Mapping[str, Any]) -> TableMap:
    """The map that `map_as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    columns = tuple(
        Column(
            head=str(x["head"]),
            role=str(x.get("role", IGNORED)),
            target=str(x.get("target", "")),
            unit=str(x.get("unit", "")),
            day=str(x.get("day", "")),
            values={str(k): str(v) for k, v in x.get("values", {}).items()},
            taken_at={str(k): str(v) for k, v in x.get("taken_at", {}).items() if k in TAKEN_AT},
        )
        for x in stored["columns"]
    )
    return TableMap(
        columns=columns,
        tests=tuple(TestCode(*(str(y) for y in x)) for x in stored.get("tests", ())),
        source=str(stored.get("source", "local")),
        header=int(str(stored.get("header", 1))),
        encoding=str(stored.get("encoding", "")),
        delimiter=str(stored.get("delimiter", "")),
        sheet=str(stored.get("sheet", "")),
        date_order=str(stored.get("date_order", "")),
        thousands=stored.get("thousands") is True,
        decimal_comma=stored.get("decimal_comma") is True,
    )
