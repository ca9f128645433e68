"""What a worker tries in one go is what single tests try: every value, and each that fails is told by its name."""

from __future__ import annotations

import pytest

from patients.models import Ward
from tests.patients.conftest import ward as ward
from tests.values import each_value, has_values_alone, in_one_go, shares


def small(number: int) -> None:
    assert 10 // number > 3


def refused(number: int) -> None:
    pytest.fail(f"{number} is refused")


def test_each_value_is_tried_and_each_that_fails_is_named() -> None:
    tried: list[int] = []
    values = [(str(x), small, {"number": x}) for x in (2, 0, 5)]
    with pytest.raises(ExceptionGroup) as failed:
        each_value([*values, ("seven", tried.append, {})])()
    assert [type(x).__name__ for x in failed.value.exceptions] == ["ZeroDivisionError", "AssertionError", "TypeError"]
    assert [x.__notes__ for x in failed.value.exceptions] == [[f"with the value [{x}]"] for x in ("0", "5", "seven")]
    each_value(values[:1])()


def test_one_that_fails_is_told_as_it_would_be_alone() -> None:
    with pytest.raises(AssertionError, match=r"10 // 5") as failed:
        each_value([(str(x), small, {"number": x}) for x in (1, 5)])()
    assert failed.value.__notes__ == ["with the value [5]"]


def test_what_a_test_calls_failed_does_not_end_the_others() -> None:
    with pytest.raises(BaseExceptionGroup, match="2 of 2 values"):
        each_value([(str(x), refused, {"number": x}) for x in (1, 2)])()


@pytest.mark.parametrize("value", [1, 2])
def test_values_alone_go_together(value: int, request: pytest.FixtureRequest) -> None:
    """This one asks for a fixture besides, and goes alone."""
    assert not has_values_alone(request.node)
    others = [x for x in request.session.items if x.nodeid.startswith("tests/test_values.py")]
    assert in_one_go(others)
    assert [x for x in in_one_go(others) if x is request.node] == [request.node]


@pytest.mark.parametrize("other", ["a", "b"])
@pytest.mark.parametrize("value", [1, 2])
def test_of_two_kinds_of_values(value: int, other: str) -> None:
    assert value in (1, 2)
    assert other in ("a", "b")


def test_single_tests_stand_for_all_their_values(request: pytest.FixtureRequest) -> None:
    named = "tests/test_values.py::test_of_two_kinds_of_values"
    session = request.session
    collected = list(session.genitems(request.node.parent))
    found = [x for x in collected if x.nodeid.startswith(named)]
    assert len(found) == 4
    assert all(map(has_values_alone, found))
    (one,) = [x for x in in_one_go(collected) if x.nodeid.startswith(named)]
    assert one.nodeid == named
    assert one.location == (*found[0].location[:2], "test_of_two_kinds_of_values")
    one.obj()


@pytest.mark.shared
@pytest.mark.django_db
@pytest.mark.parametrize("code", ["one", "two"])
def test_what_a_value_stores_is_gone_before_the_next(ward, code: str) -> None:
    assert list(Ward.objects.values_list("pk", flat=True)) == [ward.pk]
    Ward.objects.create(code=code, name=code)


@pytest.mark.django_db
def test_values_that_share_have_one_set_of_fixtures(request: pytest.FixtureRequest, ward: Ward) -> None:
    named = "tests/test_values.py::test_what_a_value_stores_is_gone_before_the_next"
    collected = list(request.session.genitems(request.node.parent))
    found = [x for x in collected if x.nodeid.startswith(named)]
    assert [shares(x) for x in found] == [True, True]
    (one,) = [x for x in in_one_go(collected) if x.nodeid.startswith(named)]
    assert set(one.fixturenames) >= {"ward"}
    assert not {"code"} & set(one.fixturenames)
    one.obj(ward=ward)
    assert Ward.objects.get() == ward


@pytest.mark.parametrize("code", ["one", "two"])
def test_what_no_mark_allows_is_not_shared(code: str, request: pytest.FixtureRequest) -> None:
    assert not shares(request.node)


def test_a_value_that_is_skipped_hides_no_other() -> None:
    seen: list[int] = []

    def of(n: int) -> None:
        seen.append(n)
        if n == 1:
            pytest.skip("not here")
        assert n != 3

    values = [(str(n), of, {"n": n}) for n in range(4)]
    with pytest.raises(AssertionError):
        each_value(values)()
    assert seen == [0, 1, 2, 3]
    with pytest.raises(pytest.skip.Exception):
        each_value(values[1:2])()
