"""Things that are tried in one test: none hides another, and none at all is no success."""

from __future__ import annotations

import pytest

from tests.together import each


def small(number: int) -> None:
    assert 10 // number > 3


def test_each_that_fails_is_named_and_none_hides_another() -> None:
    with pytest.raises(AssertionError) as failed:
        each([2, 0, 1, 5, 9], small, lambda x: f"number {x}")
    said = str(failed.value)
    assert [x for x in range(10) if f"number {x}: " in said] == [0, 5, 9]
    assert "number 0: ZeroDivisionError" in said
    assert "assert (10 // 5) > 3" in said
    each([2, 1], small)


def test_nothing_to_try_is_no_success() -> None:
    with pytest.raises(AssertionError, match="there was nothing to try"):
        each([], small)
