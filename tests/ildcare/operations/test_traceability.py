"""The table of what proves what: a rule, a node or a reading without a test is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from ildcare.operations.traceability import APPS, DEMANDS, trace, unnamed, untested
from monitoring.rules import RULES

ROOT = Path(settings.BASE_DIR)


def house(root: Path, tests: str, code: str = "") -> Path:
    """A tree with one module and one file of tests."""
    for app in APPS:
        (root / app).mkdir()
    (root / APPS[0] / "some.py").write_text(code, encoding="utf-8")
    (root / "tests").mkdir()
    (root / "tests" / "test_some.py").write_text(tests, encoding="utf-8")
    return root


def test_every_rule_node_and_reading_has_a_test() -> None:
    assert untested(ROOT, [x.code for x in RULES]) == []


@pytest.mark.parametrize("reading", [40, 99, 100, 125])
def test_a_reading_that_loses_its_last_test_is_told(tmp_path: Path, reading: int) -> None:
    named = {n: f"def test_{n}_holds() -> None: ..." for n in DEMANDS}
    assert untested(house(tmp_path, "\n".join(named.values())), []) == []
    (tmp_path / "tests" / "test_some.py").write_text(
        f'"""Readings ({reading})."""\n' + "\n".join(x for n, x in named.items() if n != reading), encoding="utf-8"
    )
    assert untested(tmp_path, []) == [f"({reading})"]


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("test_57_91_an_unusual_dose", {57, 91}),
        ("test_100_prophylaxis", {100}),
        ("test_126_of_no_reading", set()),
        ("test_a_57_in_the_middle", set()),
    ],
)
def test_a_test_is_named_after_the_readings_that_its_name_begins_with(
    tmp_path: Path, name: str, readings: set[int]
) -> None:
    found = trace(house(tmp_path, f"def {name}() -> None: ..."), [])["readings"]
    assert set(DEMANDS) - set(unnamed(found)) == readings


def test_docstrings_tell_of_readings_of_all_three_sections(tmp_path: Path) -> None:
    code = '"""Source: 11 (5), 12 (57), 13 (100), (102)-(104), (126)."""'
    found = trace(house(tmp_path, "", code), [])["readings"]
    assert sorted(found) == ["005", "057", "100", "102", "103", "104"]
    assert {x for one in found.values() for x in one.code} == {"patients/some.py"}
