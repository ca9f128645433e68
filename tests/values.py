"""Values of one pure test, tried in one go by the workers of a whole run.

A parameter apiece costs a worker and the process that hears of it some milliseconds: ten times what a pure test does.
So a worker runs all values of a test that has neither fixture nor mark as one test; each that fails is told by its
name, with its traceback. A run without workers (one that names a path) has a test for each, to be named alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Signature
from itertools import groupby
from typing import Any

import pytest

Failure = (Exception, pytest.fail.Exception)  # of which the second is no exception of Python's kind


def in_one_go(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests, the values of each pure one together."""
    needs: dict[Any, Any] = {}
    return [x for _, group in groupby(items, _test_of) for x in _together(list(group), needs)]


def _test_of(item: pytest.Item) -> object:
    return item.nodeid.partition("[")[0] if _has_values_alone(item) else item.nodeid


def _has_values_alone(item: pytest.Item) -> bool:
    """No fixture, no mark (database, browser, time), no values that come by a fixture; hypothesis draws its own."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    marks = list(item.iter_markers())
    if any(x.name != "parametrize" or "indirect" in x.kwargs for x in marks):
        return False
    code = item.function.__code__
    asked = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) - {"self"}
    return asked == set(item.callspec.params) and not hasattr(item.function, "is_hypothesis_test")


def _together(group: list[pytest.Item], needs: dict[Any, Any]) -> Iterator[pytest.Item]:
    """One test for all of a group. `needs`: what tests without arguments of a module need, worked out once."""
    first = group[0]
    if len(group) == 1 or not isinstance(first, pytest.Function):
        yield from group
        return
    call = each_value([(x.callspec.id, x.obj, x.callspec.params) for x in group])
    of_test = {"name": first.originalname, "callobj": call, "fixtureinfo": needs.get(first.parent)}
    one = pytest.Function.from_parent(first.parent, **of_test)
    needs[first.parent] = one._fixtureinfo
    yield one


def each_value(values: list[tuple[str, Callable[..., None], dict[str, Any]]]) -> Callable[[], None]:
    """A test of all these (name, function, arguments): raises what failed, under the name of the value."""

    @wraps(values[0][1])  # where it stands and what it says of itself
    def test() -> None:
        failed: list[BaseException] = []
        for name, function, arguments in values:
            try:
                function(**arguments)
            except Failure as error:
                error.add_note(f"with the value [{name}]")
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise BaseExceptionGroup(f"{len(failed)} of {len(values)} values", failed)

    test.__signature__ = Signature()  # no arguments, whatever it stands for
    return test
