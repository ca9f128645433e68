"""What is answered changes only where somebody has looked: `tests.field.whole_answers.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.field.whole_answers import FILES, approved, catalogue_lines, line_of, name_of_file
from tests.together import each


@pytest.mark.parametrize("path", FILES, ids=name_of_file)
def test_nothing_that_is_answered_changes_unawares(path: Path) -> None:
    assert json.loads(line_of(path)) == json.loads(approved()[name_of_file(path)])


def test_no_number_of_a_catalogue_changes_unawares() -> None:
    now = catalogue_lines()

    def holds(name: str) -> None:
        assert now[name] == approved()[name]

    each(now, holds)


def test_what_was_looked_at_is_there_still() -> None:
    assert set(approved()) == {*catalogue_lines(), *(name_of_file(x) for x in FILES)}
