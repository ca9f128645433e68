"""The hazard log: each control has a test that is there, and the page says what the source says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ildcare.operations.hazards import PAGE, faults, hazards_in, page_of

ROOT = Path(__file__).resolve().parents[3]
HAZARDS = hazards_in(ROOT)


def test_every_hazard_has_a_control_with_a_test_that_is_there() -> None:
    assert list(faults(HAZARDS, ROOT)) == []
    assert len(HAZARDS) >= 60


def test_the_page_is_that_of_the_source() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page_of(HAZARDS), "write it anew: manage.py hazards"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evidence": ("tests/ildcare/operations/test_hazards.py::test_nobody_wrote",)}, "there is no test"),
        ({"evidence": ("tests/nowhere.py::*",)}, "there is no test"),
        ({"evidence": ("tests/conftest.py::*",)}, "there is no test"),
        ({"evidence": ()}, "no evidence"),
        ({"severity": 5}, "out of the scale"),
        ({"after": 0}, "out of the scale"),
        ({"before": 1, "after": 2}, "likelier"),
    ],
)
def test_what_is_wrong_is_found(changes: dict, said: str) -> None:
    (found,) = faults([replace(HAZARDS[0], **changes)], ROOT)
    assert said in found


def test_an_id_stands_once() -> None:
    assert list(faults([HAZARDS[0], HAZARDS[0]], ROOT)) == [f"{HAZARDS[0].id}: twice"]
