"""`manage.py read`: what a file of a machine would give, as the files beside it say; nothing is stored."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.patients.imports.sending import SENT, message, obx
from tests.patients.imports.test_tables import book_of, text_of

EXPECTED = {
    "oru-r01-sn-corrected.hl7": "oru-r01-sn-corrected",
    "ssmix2-oul-r22.hl7": "ssmix2-oul-r22",
    "fhir-jp-lab.json": "fhir-jp-lab",
    "laboratory-shift-jis.csv": "laboratory-shift-jis",
}
IN_WORDS = {"why", "then"}  # of the expected files: for readers


def read(*paths: Path | str, **options: Any) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("read", *map(str, paths), json=True, stdout=out, **options)
    try:
        return [json.loads(out.getvalue())]
    except json.JSONDecodeError:
        return [json.loads(line) for line in out.getvalue().splitlines()]


def has(told: Any, wanted: Any) -> bool:
    """Does what is told hold everything that is wanted of it? (`replaces` names the kind of number too.)"""
    if isinstance(wanted, str) or isinstance(told, str):
        return bool(told == wanted)
    return all(
        key in IN_WORDS or str(told.get(key, "")).startswith(str(value).removeprefix("filler "))
        for key, value in wanted.items()
    )


@pytest.mark.parametrize("name", list(EXPECTED))
def test_the_files_of_laboratories_give_what_stands_beside_them(name: str) -> None:
    (told,) = read(SENT / name)
    expected = json.loads((SENT / f"{EXPECTED[name]}.expected.json").read_text(encoding="utf-8"))
    for part in ("facts", "held", "no_value", "withdrawn"):
        wanted = expected.get(part, [])
        assert len(told[part]) == len(wanted), part
        assert all(has(x, y) for x, y in zip(told[part], wanted, strict=True)), part
    assert told.get("unmapped", []) == expected.get("unmapped", [])
    assert has(told["patient"], expected.get("patient", {}))


def test_several_files_are_one_object_a_line_and_a_bad_one_stops_no_other(tmp_path: Path) -> None:
    bad = tmp_path / "bad.hl7"
    bad.write_bytes(b"PID|1")
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 files refused"):
        call_command("read", str(bad), str(SENT / "ssmix2-oul-r22.hl7"), json=True, stdout=out)
    first, second = (json.loads(x) for x in out.getvalue().splitlines())
    assert first["file"] == str(bad)
    assert "no format" in first["faults"][0]
    assert len(second["facts"]) == 3


def test_a_map_of_a_site_stands_behind_the_bundled_one(tmp_path: Path) -> None:
    sent, codes = tmp_path / "one.hl7", tmp_path / "codes.csv"
    sent.write_bytes(message(obx("77^LDH here^99X", "301", "U/L")))
    assert read(sent)[0]["unmapped"] == ["77"]
    codes.write_text("target,system,code\nldh,99X,77\n", encoding="utf-8")
    (told,) = read(sent, map=codes)
    assert [(x["code"], x["value"]) for x in told["facts"]] == [("ldh", "301")]


def test_a_value_that_is_not_taken_keeps_back_itself_alone(tmp_path: Path) -> None:
    sent = tmp_path / "one.hl7"
    ferritin, crp = obx("2276-4^Ferritin^LN", "1679", "furlong"), obx("1988-5^CRP^LN", "3.1", "mg/dL")
    sent.write_bytes(message(ferritin, crp))
    (told,) = read(sent)
    assert [x["code"] for x in told["facts"]] == ["crp"]
    assert [(x["code"], "furlong" in x["why"]) for x in told["held"]] == [("ferritin", True)]


def test_a_number_with_a_comma_is_asked_about_where_its_source_does_not_say(tmp_path: Path) -> None:
    sent = tmp_path / "one.csv"
    sent.write_text(
        'mrn,date,test code,test,value,unit\n7,2026-03-04,F001,フェリチン,"1,679",ng/mL\n', encoding="utf-8"
    )
    (told,) = read(sent)
    assert told["facts"] == []
    assert "comma" in told["held"][0]["why"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_table_with_a_column_for_each_test_is_read_whatever_it_is_written_in(ending: str, tmp_path: Path) -> None:
    rows = [
        ["ID", "採血日", "Ferritin (ng/mL)", "anti-MDA5 (index)"],
        ["7001234", "R8.3.4", "３０００以上", "陽性(+) 3040"],
    ]
    path = tmp_path / f"x{ending}"
    path.write_bytes(book_of(rows) if ending == ".xlsx" else text_of(rows, encoding="cp932"))
    (told,) = read(path)
    found = {x.get("code") or x["antibody"]: x.get("value") or x["result"] for x in told["facts"]}
    assert found == {"ferritin": ">=3000", "anti_mda5": "positive", "mda5_titre": "3040"}
    path.write_bytes(text_of([["ID", "Date", "Ferritin"], ["1", "3/4/2026", "5"]]))
    with pytest.raises(CommandError):
        read(path)
