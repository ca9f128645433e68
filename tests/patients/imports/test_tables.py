"""Tables of laboratories, wards and registries: the same facts whatever they are written in, and nothing guessed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time

import pytest
from openpyxl import Workbook

from patients.clinical.reasons import say
from patients.code_maps import bundled_map
from patients.imports.case import CaseFaults
from patients.imports.delivery import deliveries
from patients.imports.table_map import Column, TableMap, map_as_json, map_in
from patients.imports.table_parts import PartedTable, documents_of, parted, report_in
from patients.imports.table_suggestion import Suggestion, suggested
from patients.imports.table_text import MOST_COLUMNS, Table, table_in
from patients.workbooks import table_in_workbook, workbook_of
from tests.patients.imports.sending import TOKYO, sent

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LONG = [
    ["患者番号", "カナ氏名", "採取日", "採取時刻", "項目名", "結果値", "単位"],
    ["0007001234", "ﾄﾘｲ ｶｵﾘ", "R08/03/04", "0745", "フェリチン", "1,679", "ng/mL"],
    ["0007001234", "ﾄﾘｲ ｶｵﾘ", "Ｒ８.３.４", "7:45", "KL-6", "3000以上", "U/mL"],
    ["0007001234", "ﾄﾘｲ ｶｵﾘ", "令和8年3月4日", "7時45分", "SP-D", "17.2>", "ng/mL"],
    ["0007001234", "ﾄﾘｲ ｶｵﾘ", "2026/3/4 07:45", "", "抗MDA5抗体", "陽性(+) 3040", "index"],
    ["0007001234", "ﾄﾘｲ ｶｵﾘ", "20260304", "0745", "CRP", "１．２５", "mg/dL"],
]
WIDE = [
    ["Patient ID", "Name", "Sex", "Date", "Ferritin (ng/mL)", "CRP [mg/dL]", "KL-6 U/mL", "anti-MDA5", "remarks"],
    ["7001234", "Torii Kaori", "F", "2026-03-04", "1679", "0.5", "<200", "positive", "-"],
    ["7001234", "Torii Kaori", "F", "2026-03-05", "1480", "", "", "", "-"],
    ["7005678", "Mori Ken", "M", "2026-03-04", "88", "12.25", "", "(-)", "-"],
]


def text_of(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode(encoding)


def book_of(rows: list[list[object]], **formats: str) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, form in formats.items():
        book.active[place].number_format = form
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def guess(table: Table, source: str = "lab") -> Suggestion:
    return suggested(table, bundled_map(), source=source, called={"フェリチン": "ferritin"})


def part(table: Table, of: TableMap | None = None) -> PartedTable:
    return parted(table, of or guess(table).of, zone=TOKYO)


def facts(found: PartedTable) -> list[tuple[str, ...]]:
    """Number, test, day, value of every fact of the messages that are stored; questions with "?"."""
    told = []
    for person, document in documents_of(found):
        (delivery,) = deliveries([report_in(document, zone=TOKYO)], bundled_map(), zone=TOKYO, now=NOW)
        for x in delivery.taken:
            fact = x.version.fact
            value = x.event.content.get("value") or x.event.content.get("result")
            told.append((person.person.mrn, x.event.target, f"{fact.on.astimezone(TOKYO):%Y-%m-%d %H:%M}", str(value)))
        told += [(person.person.mrn, x.target or x.observation.name, "?", say(x.why)) for x in delivery.held]
    return told


EXPECTED = [
    ("0007001234", "ferritin", "2026-03-04 07:45", "1679"),
    ("0007001234", "kl6", "2026-03-04 07:45", ">=3000"),
    ("0007001234", "spd", "2026-03-04 07:45", "<17.2"),
    ("0007001234", "anti_mda5", "2026-03-04 07:45", "positive"),
    ("0007001234", "mda5_titre", "2026-03-04 07:45", "3040"),
    ("0007001234", "crp", "2026-03-04 07:45", "1.25"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_long_table_gives_the_same_facts_in_every_encoding(encoding: str, delimiter: str) -> None:
    table = table_in(text_of(LONG, delimiter, encoding))
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert facts(part(table)) == EXPECTED


def test_a_workbook_gives_the_same_facts_as_the_text() -> None:
    assert facts(part(table_in_workbook(book_of(LONG)))) == EXPECTED
    wide: list[list[object]] = [list(x) for x in WIDE]
    wide[1] = ["7001234", "Torii Kaori", "F", date(2026, 3, 4), 1679, 0.5, "<200", "positive", "-"]
    wide[2] = [7001234, "Torii Kaori", "F", datetime(2026, 3, 5, tzinfo=None), 1480.0, None, None, None, "-"]
    assert facts(part(table_in_workbook(book_of(wide)))) == facts(part(table_in(text_of(WIDE))))


def test_a_wide_table_is_known_by_its_heads() -> None:
    found = guess(table_in(text_of(WIDE)))
    assert found.questions == ()
    columns = {x.head: (x.role, x.target, x.unit) for x in found.of.columns}
    assert columns["Ferritin (ng/mL)"] == ("result", "ferritin", "ng/mL")
    assert columns["KL-6 U/mL"] == ("result", "kl6", "U/mL")
    assert columns["anti-MDA5"] == ("result", "anti_mda5", "")
    assert columns["remarks"] == ("", "", "")
    told = facts(part(table_in(text_of(WIDE))))
    assert ("7001234", "kl6", "2026-03-04 00:00", "<200") in told
    assert ("7005678", "anti_mda5", "2026-03-04 00:00", "negative") in told
    assert len(told) == 8


def test_a_map_is_the_same_after_it_was_stored() -> None:
    column = Column(
        head="x", role="result", target="csa", unit="ng/mL", values={"1": "positive"}, taken_at={"route": "iv"}
    )
    of = TableMap(columns=(column, Column(head="n", role="mrn")), date_order="dmy", decimal_comma=True, header=3)
    assert map_in(map_as_json(of)) == of


def test_the_sample_laboratory_of_the_examples_is_read_as_before() -> None:
    table = table_in(sent("laboratory-shift-jis.csv"))
    told = facts(part(table, guess(table, "local").of))
    assert ("0007001234", "platelets", "2026-03-04 07:45", "21.4") in told
    assert ("0007001234", "wbc", "2026-03-04 00:00", "64") in told
    assert [x for x in told if x[2] == "?"] == [
        ("0007001234", "アルドラーゼ", "?", 'nobody has said what "F999 アルドラーゼ" means')
    ]


# -- what is asked, and what is refused --------------------------------------------------------------------------------


def asked(rows: list[list[str]]) -> list[str]:
    return [say(x.why) for x in guess(table_in(text_of(rows))).questions]


def dated(*days: str) -> list[list[str]]:
    return [["ID", "Date", "CRP (mg/dL)"], *([str(n), x, "1.5"] for n, x in enumerate(days, start=1))]


def test_the_order_of_day_and_month_is_said_by_the_dates_or_asked() -> None:
    assert any("does the day or the month stand first" in x for x in asked(dated("3/4/2026", "5/6/2026")))
    assert guess(table_in(text_of(dated("3/4/2026", "25/3/2026")))).of.date_order == "dmy"
    assert guess(table_in(text_of(dated("3/4/2026", "3/25/2026")))).of.date_order == "mdy"
    assert any("does the day or the month" in x for x in asked(dated("25/3/2026", "3/25/2026")))


def test_a_date_of_unknown_order_is_refused() -> None:
    found = part(table_in(text_of(dated("3/4/2026", "5/6/2026"))))
    assert [say(y) for x in found.refused for y in x.why] == [
        '"3/4/2026": the day or the month first? The mapping has to say it',
        '"5/6/2026": the day or the month first? The mapping has to say it',
    ]
    assert found.people == ()


def commas(*values: str) -> list[list[str]]:
    return [["ID", "Date", "Ferritin (ng/mL)"], *([str(n), "2026-03-04", x] for n, x in enumerate(values, start=1))]


def test_decimal_commas_are_read_and_a_point_between_is_refused() -> None:
    table = table_in(text_of(commas("12,5", "1.679,25", "<5,5", "1.679", "1,2,3"), ";"))
    found = part(table)
    assert guess(table).of.decimal_comma
    assert [x[3] for x in facts(found)] == ["12.5", "1679.25", "<5.5"]
    assert [(x.line.number, x.whole) for x in found.refused] == [(5, False), (6, False)]
    assert "is the point one of thousands?" in say(found.refused[0].why[0])


def test_a_number_of_a_workbook_has_no_comma_to_be_doubted() -> None:
    of = TableMap(columns=tuple(guess(table_in(text_of(commas("1")))).of.columns), decimal_comma=True)
    found = part(table_in_workbook(book_of([["ID", "Date", "Ferritin (ng/mL)"], ["1", "2026-03-04", 167.9]])), of)
    assert [x[3] for x in facts(found)] == ["167.9"]


def test_a_comma_of_both_kinds_is_asked() -> None:
    assert any("does it part thousands" in x for x in asked(commas("1,679")))
    assert facts(part(table_in(text_of(commas("1,679")))))[0][2] == "?"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["", "2026-03-04", "1"], "no record number"),
        (["1", "", "1"], "the time of the sample is not told"),
        (["1", "2026-02-30", "1"], '"2026-02-30" is not a date'),
        (["1", "45355", "1"], '"45355" is not a date'),
        (["1", "2026-03-04", "1", "5"], "the line has more cells than the table has heads"),
    ],
)
def test_a_line_that_nobody_may_read_is_refused_and_the_others_are_taken(row: list[str], why: str) -> None:
    found = part(table_in(text_of([*dated("2026-03-03"), row])))
    (line,) = found.refused
    assert line.whole
    assert say(line.why[0]).startswith(why)
    assert len(facts(found)) == 1


def test_another_person_under_the_same_number_is_refused() -> None:
    rows = [["ID", "Name", "DOB", "Date", "CRP (mg/dL)"], ["1", "A B", "1962-09-14", "2026-03-03", "1"]]
    rows += [["1", "", "", "2026-03-04", "2"], ["1", "A C", "1962-09-14", "2026-03-05", "3"]]
    found = part(table_in(text_of(rows)))
    assert [x.line.number for x in found.refused] == [4]
    assert [x[3] for x in facts(found)] == ["1", "2"]


def test_lines_of_one_moment_stay_together_where_one_is_refused() -> None:
    """So that what is sent again is counted in the same order."""
    rows = [*commas("1,5"), ["1", "2026-03-04", "1.679"], ["1", "2026-03-05", "2,5"]]
    found = part(table_in(text_of(rows, ";")))
    assert ([x.line.number for x in found.refused], [x.number for x in found.beside]) == ([3], [2])


def test_what_a_value_was_taken_at_is_told_by_columns() -> None:
    rows = [["ID", "Date", "Test", "Value", "Unit", "FiO2", "Route", "Timing"]]
    rows += [["1", "2026-03-04 8:00", "PaO2", "58.1", "mmHg", "40%", "", ""]]
    rows += [["1", "2026-03-04 8:00", "ferritin", "100", "ng/mL", "40%", "", ""]]
    rows += [["1", "2026-03-04 8:00", "csa", "182", "ng/mL", "", "経口", "トラフ"]]
    table = table_in(text_of(rows))
    ((_person, document),) = documents_of(part(table))
    (delivery,) = deliveries([report_in(document, zone=TOKYO)], bundled_map(), zone=TOKYO, now=NOW)
    by = {x.event.target: x.version.fact for x in delivery.taken}
    assert str(by["pao2"].fio2) == "0.4"
    assert by["ferritin"].fio2 is None
    assert (by["csa"].route, by["csa"].timing) == ("oral", "trough")


def test_a_text_in_an_encoding_that_is_not_certain_says_so() -> None:
    assert table_in(text_of(LONG, encoding="cp932")).encoding == "cp932"
    western = table_in(
        text_of([["ID", "Name", "Date", "CRP (mg/dL)"], ["1", "Müller Jörg", "2026-03-04", "1"]], encoding="cp1252")
    )
    assert western.encoding == "cp1252" or not western.sure
    with pytest.raises(CaseFaults, match="not UTF-8"):
        table_in(text_of(LONG, encoding="cp932"), encoding="utf-8")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"a,b\n1,\x00", "NUL"),
        (b",".join([b"x"] * (MOST_COLUMNS + 1)), "more than 500 columns"),
        (b"a\n" + b"x" * 5000, "more than 4000 characters"),
        (b"x" * 20_000_001, "bytes and at most"),
    ],
)
def test_a_table_without_bounds_is_refused(document: bytes, why: str) -> None:
    with pytest.raises(CaseFaults, match=why):
        table_in(document)


def test_a_map_that_does_not_fit_the_table_is_refused_with_every_reason() -> None:
    of = TableMap(columns=(Column(head="ID", role="mrn"), Column(head="Ferritin", role="result", target="ferritin")))
    with pytest.raises(CaseFaults) as refused:
        part(table_in(text_of(dated("2026-03-04"))), of)
    words = str(refused.value)
    assert "no column holds the day" in words
    assert "column Ferritin: in which unit" in words
    assert "the table has no column Ferritin" in words


# -- workbooks ---------------------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_are_what_a_reader_sees() -> None:
    rows: list[list[object]] = [["ID", "Date", "Time", "FiO2", "SpO2 (%)", "CRP (mg/dL)"]]
    rows += [["1", date(2026, 3, 4), time(7, 45), 0.4, 0.95, 0.1 + 0.2]]
    table = table_in_workbook(book_of(rows, B2="[$-411]ge.m.d", D2="0%", E2="0%"))
    assert table.lines[1][1] == ("1", "2026-03-04", "07:45", "40%", "95%", "0.3")
    assert ("1", "crp", "2026-03-04 07:45", "0.3") in facts(part(table))


def test_zeros_before_a_record_number_are_kept() -> None:
    rows: list[list[object]] = [["ID", "Date", "CRP (mg/dL)"], [7001234, date(2026, 3, 4), 1.5]]
    assert facts(part(table_in_workbook(book_of(rows, A2="0000000000"))))[0][0] == "0007001234"
    text = b'ID,Date,CRP (mg/dL)\n="0007001234",2026-03-04,1.5\n'
    assert facts(part(table_in(text)))[0][0] == "0007001234"


def test_a_formula_is_its_last_value_or_a_refusal() -> None:
    document = book_of([["ID", "Date", "CRP (mg/dL)"], ["1", "2026-03-04", "=1+1"], ["2", "2026-03-04", "1"]])
    found = part(table_in_workbook(document))
    (line,) = found.refused
    assert say(line.why[0]) == "the cell holds a formula without a value: compute and save it first"
    assert [x[0] for x in facts(found)] == ["2"]


def test_a_workbook_that_is_none_or_too_large_is_refused() -> None:
    with pytest.raises(CaseFaults, match="older workbook"):
        table_in_workbook(b"\xd0\xcf\x11\xe0" + b"x" * 100)
    with pytest.raises(CaseFaults, match="damaged"):
        table_in_workbook(b"PK\x03\x04" + b"x" * 100)
    packed = io.BytesIO()
    import zipfile

    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for n in range(5):
            file.writestr(f"xl/worksheets/sheet{n}.xml", b"<c/>" * 11_000_000)
    with pytest.raises(CaseFaults, match="unpacks to more"):
        table_in_workbook(packed.getvalue())


def test_entities_of_a_workbook_are_not_expanded() -> None:
    import zipfile

    evil = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    good = io.BytesIO(book_of([["ID"], ["1"]]))
    made = io.BytesIO()
    with zipfile.ZipFile(good) as before, zipfile.ZipFile(made, "w") as after:
        for x in before.infolist():
            after.writestr(x, evil if x.filename.endswith("sheet1.xml") else before.read(x))
    with pytest.raises(CaseFaults):
        table_in_workbook(made.getvalue())


def test_what_is_written_as_a_workbook_is_read_again_and_holds_no_formula() -> None:
    rows = [["ID", "x"], ["=1+1", -5], ["@a", "+b"]]
    assert [list(x[1]) for x in table_in_workbook(workbook_of("a/b", rows)).lines] == [
        ["ID", "x"],
        ["=1+1", "-5"],
        ["@a", "+b"],
    ]
