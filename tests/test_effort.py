"""How much a run tries: a quarter or all, the same for the same seed; what is fast has no database by construction."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from ildcare.management.commands.test import _names_no_path
from patients.models import Ward
from tests import effort, services
from tests.effort import Effort, cases, dice
from tests.emptying import empty
from tests.faults.processes import wait_for, waiting_for_lock

ROOT = Path(services.places.ROOT)


def test_a_gate_tries_a_quarter_a_full_run_everything_and_a_fast_one_a_sixteenth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effort, "THIS_RUN", Effort())
    assert [cases(x) for x in (400, 60, 3)] == [100, 15, 1]
    assert cases(400, gate=40) == 40
    monkeypatch.setattr(effort, "THIS_RUN", Effort(fast=True))
    assert [cases(x) for x in (400, 60, 3)] == [25, 3, 1]
    assert cases(400, gate=40) == 10
    monkeypatch.setattr(effort, "THIS_RUN", Effort(full=True))
    assert cases(400) == 400


def test_a_seed_says_all_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "THIS_RUN", Effort(seed=7))
    assert dice("a", 1).random() == dice("a", 1).random() != dice("a", 2).random()
    seven = dice("a", 1).random()
    monkeypatch.setattr(effort, "THIS_RUN", Effort(seed=8))
    assert dice("a", 1).random() != seven


def test_random_cases_go_on_until_what_is_seldom_was_met() -> None:
    seen: list[int] = []
    for n in effort.until(lambda: 7 in seen, 3):
        seen.append(n)
    assert seen == list(range(8))
    assert list(effort.until(lambda: True, 3)) == [0, 1, 2]
    with pytest.raises(AssertionError, match="60 random cases did not meet"):
        list(effort.until(lambda: False, 3))


def test_hypothesis_takes_the_seed_of_the_run(pytestconfig: pytest.Config) -> None:
    from hypothesis import core

    assert core.global_force_seed == pytestconfig.option.seed == effort.THIS_RUN.seed


def test_places_that_are_named_exist() -> None:
    """A folder that moves must not silently leave the fast run, nor a long module its place."""
    assert [
        x
        for x in (*services.FAST, *services.REAL_PROCESSES, *services.LONG, *services.LONG_AMONG_PURE)
        if not (ROOT / x).exists()
    ] == []


@pytest.mark.django_db
def test_what_has_the_database_is_not_fast(request: pytest.FixtureRequest) -> None:
    assert not services.is_fast(request.node)


def test_what_asks_for_the_database_without_saying_so_fails() -> None:
    """No test has it by accident, so none that has it is in the fast run."""
    from patients.models import Patient

    with pytest.raises(RuntimeError, match="Database access not allowed"):
        Patient.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [((), True), (("--full", "--seed", "5"), True), (("--seed=5",), True), (("tests/browser",), False)],
)
def test_a_run_without_a_path_is_of_everything(arguments: tuple[str, ...], whole: bool) -> None:
    assert _names_no_path(arguments) is whole


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_still_on_its_way_does_not_keep_the_tables_full() -> None:
    """It holds a table that is emptied late, and asks for one that is held already: one of the two is broken off."""
    Ward.objects.create(code="w", name="Ward")
    holds, ended = threading.Event(), threading.Event()

    def request() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM patients_ward")  # which stands behind the other in the order of names
                holds.set()
                wait_for(waiting_for_lock, "the tables to be emptied")
                cursor.execute("SELECT 1 FROM algorithm_assessment")
        except OperationalError:
            pass  # it was the one
        finally:
            ended.set()
            connections.close_all()

    thread = threading.Thread(target=request)
    thread.start()
    assert holds.wait(60)
    empty()
    thread.join(60)
    assert ended.is_set()
    assert not Ward.objects.exists()


def test_only_a_database_of_the_tests_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever points DATABASE_URL at an installation loses nothing."""
    monkeypatch.setitem(connection.settings_dict, "NAME", "ildcare")
    with pytest.raises(RuntimeError, match="no database of the tests"):
        empty()
