"""Published cases, stored and read back: the database knows at every moment what the file tells of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from patients import actions
from patients.clinical.snapshot import FIELD_OF, freeze
from patients.clinical.versions import standing
from patients.imports.case import Case
from patients.imports.case_file import parse
from patients.queries import take_snapshot
from tests.patients.conftest import plain

PUBLISHED = Path(__file__).parents[2] / "ildcare" / "demo" / "cases"
FROM_THE_FIELD = Path(__file__).parent / "imports" / "field_cases"
CASES = [*sorted(PUBLISHED.glob("*.json")), *sorted(FROM_THE_FIELD.glob("*.json"))]

pytestmark = pytest.mark.django_db


def read(path: Path) -> Case:
    return parse(path.read_bytes(), now=timezone.now())


def test_there_are_cases() -> None:
    assert len(CASES) >= 6


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_stored_case_is_known_as_the_file_tells_it(path) -> None:
    case = read(path)
    patient = actions.store_case(case, by=None).patient
    first = min(version.fact.on for version in case.versions)
    for days in (0, 1, 3, 7, 14, 28, 60, 90, 180, 400):
        moment = first + timedelta(days=days)
        stored = take_snapshot(patient, moment, moment)
        pure = freeze(standing(case.versions, moment), as_of=moment, known_at=moment)
        for name in FIELD_OF.values():
            assert [plain(x) for x in getattr(stored, name)] == [plain(x) for x in getattr(pure, name)]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_imported_twice_changes_nothing(path) -> None:
    first = actions.store_case(read(path), by=None)
    again = actions.store_case(read(path), by=None)
    assert len(first.recorded.rows) == len(read(path).events)
    assert (again.registered, again.recorded.rows) == (False, ())
