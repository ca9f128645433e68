"""Values of one test, tried in one go by the workers of a whole run.

A parameter apiece costs a worker and the process that hears of it some milliseconds, ten times what a pure test does,
and people and wards made anew, which is half of what a test of a page does. So a worker runs all values of a test that
has neither fixture nor mark as one test; and of a test marked `shared`, on the same fixtures, with everything rolled
back after each value. Each that fails is told by its name, with its traceback. A run without workers (one that names a
path) has a test for each value, to be named alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from inspect import Signature, signature
from itertools import groupby
from typing import Any

import pytest
from django.db import connection, transaction

Failure = (Exception, pytest.fail.Exception)  # of which the second is no exception of Python's kind
Value = tuple[str, Callable[..., None], dict[str, Any]]  # its name, the test, its arguments
OF_PURE = {"parametrize"}
OF_SHARED = {"parametrize", "shared", "django_db", "within"}
NOT_ROLLED_BACK = {"monkeypatch", "settings", "caplog", "capsys", "tmp_path", "request", "told"}


def in_one_go(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests, the values of each one together that allows it."""
    needs: dict[Any, Any] = {}
    return [x for _, group in groupby(items, _test_of) for x in _together(list(group), needs)]


def _test_of(item: pytest.Item) -> object:
    return item.nodeid.partition("[")[0] if has_values_alone(item) or shares(item) else item.nodeid


def has_values_alone(item: pytest.Item) -> bool:
    """No fixture, no mark (database, browser, time), no values that come by a fixture; hypothesis draws its own."""
    return _has_values(item, OF_PURE) and set(_arguments(item)) == set(values_of(item))


def shares(item: pytest.Item) -> bool:
    """Is it marked so, and has it no fixture that a rollback leaves as it is?"""
    if item.get_closest_marker("shared") is None or not _has_values(item, OF_SHARED):
        return False
    database = item.get_closest_marker("django_db")
    return bool(database and not database.kwargs) and NOT_ROLLED_BACK.isdisjoint(_arguments(item))


def _has_values(item: pytest.Item, marks: set[str]) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    if any(x.name not in marks or "indirect" in x.kwargs for x in item.iter_markers()):
        return False
    return values_of(item).keys() <= {*_arguments(item)} and not hasattr(item.function, "is_hypothesis_test")


def values_of(item: Any) -> dict[str, Any]:
    """Its arguments by name; which browser it is, is no value of the test's: there is one."""
    return {name: x for name, x in item.callspec.params.items() if name != "browser_name"}


def _arguments(item: pytest.Item) -> list[str]:
    assert isinstance(item, pytest.Function)
    code = item.function.__code__
    return [x for x in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if x != "self"]


def _together(group: list[pytest.Item], needs: dict[Any, Any]) -> Iterator[pytest.Item]:
    """One test for all of a group. `needs`: which fixtures tests of a module with these arguments have, asked once."""
    first = group[0]
    if len(group) == 1 or not isinstance(first, pytest.Function):
        yield from group
        return
    call = each_value([(x.callspec.id, x.obj, values_of(x)) for x in group], rolled_back=shares(first))
    key = (first.parent, *signature(call).parameters)
    of_test = {"name": first.originalname, "callobj": call, "fixtureinfo": needs.get(key)}
    one = pytest.Function.from_parent(first.parent, **of_test)
    needs[key] = one._fixtureinfo
    yield one


def each_value(values: list[Value], *, rolled_back: bool = False) -> Callable[..., None]:
    """A test of all these, on the fixtures that they ask for: raises what failed, under the name of the value."""
    _name, of_first, arguments_of_first = values[0]

    @wraps(of_first)  # where it stands and what it says of itself
    def test(**fixtures: Any) -> None:
        failed: list[BaseException] = []
        skipped: list[BaseException] = []
        for name, function, arguments in values:
            try:
                with _rolled_back() if rolled_back else nullcontext():
                    function(**fixtures, **arguments)
            except Failure as error:
                error.add_note(f"with the value [{name}]")
                failed.append(error)
            except pytest.skip.Exception as reason:  # the others are tried all the same
                skipped.append(reason)
        if len(skipped) == len(values):
            raise skipped[0]
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise BaseExceptionGroup(f"{len(failed)} of {len(values)} values", failed)

    asked = signature(of_first).parameters.values()
    test.__signature__ = Signature([x for x in asked if x.name not in arguments_of_first])
    return test


@contextmanager
def _rolled_back() -> Iterator[None]:
    """As between two tests: what is only checked at the end is checked, and nothing stays."""
    with transaction.atomic():
        yield
        if not connection.needs_rollback:
            connection.check_constraints()
        transaction.set_rollback(True)
