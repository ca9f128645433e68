"""What the columns of a table seem to hold, and what a person is asked before anything is read by it. Pure.

Heads are known by the usual ones and by the map of codes; what can be read in two ways is asked, never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.units import Unacceptable, unit_of
from patients.imports.code_map import CONTEXT, LOINC, TITRE_OF, CodeMap, Coding, is_known
from patients.imports.fields import Number
from patients.imports.sent_times import YEAR_LAST
from patients.imports.spellings import evened
from patients.imports.table_heads import NAMED, is_japanese, roles_of
from patients.imports.table_map import (
    DMY,
    LEFT_OUT,
    MDY,
    RESULT,
    Column,
    TableMap,
    TestCode,
    folded,
    needs_unit,
    test_key,
)
from patients.imports.table_text import Table
from patients.imports.tables import Cells

LOOKED_AT = 2000  # lines that say how numbers and dates are written
MOST_TESTS = 300  # codes of a long table that a person looks at at once
HEADS_WITHIN = 20  # lines in which the heads stand
WITH_UNIT = re.compile(r"(.+?)\s*[(\[（［【]\s*([^()\[\]（）［］【】]+?)\s*[)\]）］】]\s*")
LAST_WORD = re.compile(r"(.+?)[\s_/]+(\S+)")
DECIMAL_COMMA = re.compile(r"[<>]?=?\s*\d+,(\d{1,2}|\d{4,})")
GROUPED_COMMA = re.compile(r"[<>]?=?\s*\d{1,3}(,\d{3})+(\.\d+)?")
LOINC_CODE = re.compile(r"\d{1,5}-\d")


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """What a person has to look at: the column ("" for the table), and why."""

    head: str
    why: Reason


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A map as it seems to be, and what is asked."""

    of: TableMap
    questions: tuple[ColumnQuestion, ...] = ()

    def without_guesses(self) -> Suggestion:
        """The same where nobody looks: what codes mean is asked of the map when they are read, or of a person."""
        guessed = {x.called or x.code for x in self.of.tests}
        return Suggestion(replace(self.of, tests=()), tuple(x for x in self.questions if x.head not in guessed))


def suggested(
    table: Table,
    codes: CodeMap,
    *,
    source: str = "local",
    called: Mapping[str, str] | None = None,
    header: int = 0,
) -> Suggestion:
    """A map of a table by its heads and the way in which its cells are written.

    `called`: what tests are called besides, folded: a name in a line that only this knows is asked, not taken;
    `header`: the line of the heads, where somebody said it.
    """
    names = Names(codes, {**CALLED, **(called or {})})
    header = header or header_of(table, names)
    heads = table.heads(header)
    columns = [_column(x, names) for x in _with_roles(heads)]
    of = TableMap(
        columns=tuple(x.column for x in columns),
        source=source,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header=header,
    )
    asked = [ColumnQuestion(x.column.head, why) for x in columns for why in x.why]
    tests = list(_tests(table, of, names))
    of = replace(of, tests=tuple(x for x, _why in tests))
    asked += [ColumnQuestion(x.called or x.code, why) for x, why in tests if why is not None]
    return with_writing(table, of, asked)


def overlaid(of: TableMap, said: TableMap | None) -> TableMap:
    """A suggestion with what a map says of the same columns and codes; the map decides how cells are written."""
    if said is None:
        return of
    columns = {folded(x.head): x for x in said.columns}
    tests = {test_key(x.code, x.called): x for x in said.tests}
    return replace(
        of,
        columns=tuple(replace(columns.get(folded(x.head), x), head=x.head) for x in of.columns),
        tests=tuple(tests.get(test_key(x.code, x.called), x) for x in of.tests),
        date_order=said.date_order,
        thousands=said.thousands,
        decimal_comma=said.decimal_comma,
    )


def with_writing(table: Table, of: TableMap, asked: Sequence[ColumnQuestion] = ()) -> Suggestion:
    """The suggestion with how dates and numbers are written, by the cells of its columns."""
    order, of_dates = _date_order(table, of)
    thousands, comma, of_commas = _commas(table, of)
    of = replace(of, date_order=of.date_order or order, thousands=thousands, decimal_comma=of.decimal_comma or comma)
    unsure = (
        [] if table.sure else [reason(_("the text can be read in more than one encoding: look at the words below"))]
    )
    several = (
        [reason(_("the workbook has more than one sheet: %(sheet)s is read"), sheet=table.sheet[:60])]
        if len(table.sheets) > 1
        else []
    )
    more = [ColumnQuestion("", x) for x in (*unsure, *several, *of_dates, *of_commas)]
    return Suggestion(of, (*more, *asked, *(ColumnQuestion("", x) for x in of.lacks())))


def _of_the_file(table: Table) -> Iterator[Reason]:
    if not table.sure:
        yield reason(_("the text can be read in more than one encoding: look at the words below"))
    if len(table.sheets) > 1:
        yield reason(_("the workbook has more than one sheet: %(sheet)s is read"), sheet=table.sheet[:60])


@dataclass(frozen=True, slots=True)
class Names:
    """What tests are called: by the map of codes, and by names that only suggest."""

    codes: CodeMap
    called: Mapping[str, str]


def _tests(table: Table, of: TableMap, names: Names) -> Iterator[tuple[TestCode, Reason | None]]:
    """The codes and names that the lines of a long table hold, each once, with what they seem to mean."""
    if of.first("value") is None:
        return
    places = of.places(table.heads(of.header))
    found: dict[tuple[str, str], Cells] = {}
    for _number, row in table.below(of.header):
        cells = Cells(row, places)
        if cells["code"] or cells["test"]:
            found.setdefault(test_key(cells["code"], cells["test"]), cells)
        if len(found) >= MOST_TESTS:
            break
    for cells in found.values():
        yield _test(cells, of, names)


def _test(cells: Cells, of: TableMap, names: Names) -> tuple[TestCode, Reason | None]:
    """One of them; what the map of codes knows needs no word here."""
    code, called = cells["code"], cells["test"]
    match = names.codes.find((Coding(of.source, code, called), Coding("", "", called)), cells["material"])
    if match.why is not None:
        return TestCode(code, called), match.why
    if match.row is not None:
        known = not match.never and is_known(match.row.target)
        return TestCode(code, called, match.row.target if known else LEFT_OUT), None
    target = names.called.get(folded(called), "") or names.called.get(folded(code), "")
    if target in CONTEXT:
        target = ""
    why = reason(_("its name alone says what it is: look"), basis="J") if target else None
    return TestCode(code, called, target), why


def header_of(table: Table, names: Names) -> int:
    """The number of the line that has the most heads that are known; of equal ones the first."""
    rated = [(len(_known(cells, names)), -number) for number, cells in table.lines[:HEADS_WITHIN]]
    return -max(rated)[1] if rated else 1


def _known(cells: Sequence[str], names: Names) -> set[str]:
    return {*roles_of(cells), *(x for x in cells if x.strip() and test_of(x, names)[0])}


@dataclass(frozen=True, slots=True)
class _Head:
    head: str
    role: str
    is_long: bool


@dataclass(frozen=True, slots=True)
class _Meaning:
    column: Column
    why: tuple[Reason, ...] = ()


def _with_roles(heads: Sequence[str]) -> Iterator[_Head]:
    roles = {head: role for role, head in roles_of(heads).items()}
    has = set(roles.values())
    is_long = "value" in has and bool(NAMED & has)
    for head in heads:
        if head.strip():
            role = roles.pop(head, "")
            yield _Head(head, role if is_long or role not in ("value", "code", "test") else "", is_long)


def _column(of: _Head, names: Names) -> _Meaning:
    if of.role or of.is_long:
        return _Meaning(Column(head=of.head, role=of.role))
    return column_of_test(of.head, names)


def column_of_test(head: str, names: Names, *, label: str = "", unit: str = "") -> _Meaning:
    """The column of a test, or one that is not read. `label`, `unit`: what a dictionary says of it besides its head."""
    told_as = [x for x in (test_of(y, names) for y in (head, label) if y) if x[0]]
    if not told_as:
        return _Meaning(Column(head=head))
    target, _sent, why = told_as[0]
    sent = next((x[1] for x in told_as if x[0] == target and x[1]), unit)
    told, asked = _unit(target, sent, names.codes)
    return _Meaning(
        Column(head=head, role=RESULT, target=target, unit=told), tuple(x for x in (why, asked) if x is not None)
    )


def test_of(head: str, names: Names) -> tuple[str, str, Reason | None]:
    """The test that a head names, the unit that stands in it, and why a person has to look; "" for no test."""
    for name, unit in _readings(head):
        match = names.codes.find((Coding(LOINC, name, name) if LOINC_CODE.fullmatch(name) else Coding("", "", name),))
        if match.row is not None:
            known = not match.never and is_known(match.row.target)
            return (match.row.target, unit, match.why) if known else ("", "", None)
        if (target := names.called.get(folded(name))) is not None:
            return target, unit, None
    return "", "", None


def _readings(head: str) -> Iterator[tuple[str, str]]:
    """Name and unit: "Ferritin (ng/mL)", "Ferritin ng/mL", "ferritin"."""
    head = " ".join(head.split())
    yield head, ""
    if (bracketed := WITH_UNIT.fullmatch(head)) is not None:
        yield bracketed[1], bracketed[2]
    if (parted := LAST_WORD.fullmatch(head)) is not None:
        yield parted[1].replace("_", " ").strip(), parted[2]
    if "_" in head:
        name, _blank, unit = head.partition("_")
        yield name, unit.replace("_", "/")


def _unit(target: str, sent: str, codes: CodeMap) -> tuple[str, Reason | None]:
    """The unit as the catalogue has it, or why it is asked."""
    if not needs_unit(target):  # a titre beside an answer is told in a unit all the same
        return (sent if target in (*CONTEXT, *TITRE_OF) else ""), None
    kind = MEASUREMENTS[target]
    meant = codes.unit_of(target, sent) if sent else None
    if meant is None:
        return "", None  # what the map lacks is asked of the map
    try:
        return unit_of(kind, meant).code, None
    except Unacceptable as error:
        return "", error.reason


def _names() -> Iterator[tuple[str, str]]:
    named = [(code, x.name, x.abbreviation) for code, x in MEASUREMENTS.items() if not x.named]
    named += [(code, x.name, x.abbreviation) for code, x in ANTIBODIES.items()]
    for code, *names in named:
        yield from ((folded(x), code) for x in (code, code.replace("_", " "), *names) if x)
    yield from ((x, "fio2") for x in ("fio2", "fi o2"))
    yield from ((x, "o2_flow") for x in ("o2 flow", "o2_flow", "酸素流量"))


CALLED = dict(_names())


# -- how dates and numbers are written ---------------------------------------------------------------------------------


def _date_order(table: Table, of: TableMap) -> tuple[str, list[Reason]]:
    """The order of dates that end with the year: said by the days after the twelfth, or asked."""
    days = [YEAR_LAST.match(x) for x in _cells(table, of, ("day", "born"))]
    numbers = [(int(x[1]), int(x[2])) for x in days if x is not None]
    if not numbers:
        return "", []
    first, second = any(a > 12 for a, _b in numbers), any(b > 12 for _a, b in numbers)
    if first != second:
        return (DMY if first else MDY), []
    return "", [reason(_("the dates end with the year: does the day or the month stand first?"))]


def _commas(table: Table, of: TableMap) -> tuple[bool, bool, list[Reason]]:
    """thousands, decimal_comma, and what is asked."""
    texts = [evened(x) for x in _cells(table, of, ("value", RESULT)) if "," in x and not isinstance(x, Number)]
    decimals = any(DECIMAL_COMMA.fullmatch(x) for x in texts)
    grouped = any(GROUPED_COMMA.fullmatch(x) for x in texts)
    if decimals and not grouped:
        return False, True, []
    if grouped and not decimals and is_japanese(table.heads(of.header)):
        return True, False, []
    if grouped or decimals:
        return False, False, [reason(_("numbers have a comma: does it part thousands (1,679) or decimals (1,5)?"))]
    return False, False, []


def _cells(table: Table, of: TableMap, roles: Sequence[str]) -> Iterator[str]:
    places = [place for place, x in of.places(table.heads(of.header)).items() if x.role in roles]
    for n, (_number, row) in enumerate(table.below(of.header)):
        if n >= LOOKED_AT:
            return
        yield from (row[x] if isinstance(row[x], Number) else row[x].strip() for x in places if x < len(row))
