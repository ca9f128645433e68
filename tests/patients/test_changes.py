"""R06-R10: once only, never over another's, again after a deadlock."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, DiskFull

from patients.changes import Conflict, StaleVersion, once, repeated_on_deadlock, update_with_version
from patients.models import NonceUse, Ward, WardMembership
from tests.patients.conftest import make_patient, make_user

pytestmark = pytest.mark.django_db


def test_R07_a_form_sent_twice_is_done_once_and_answered_the_same(patient, physician) -> None:
    done: list[int] = []

    def change() -> dict[str, int]:
        done.append(1)
        return {"row": len(done)}

    assert once("n-1", by=physician, patient=patient, change=change) == ({"row": 1}, False)
    assert once("n-1", by=physician, patient=patient, change=change) == ({"row": 1}, True)
    assert done == [1]


def test_R07_a_deed_that_fails_leaves_the_form_usable(patient, physician) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once("n-1", by=physician, patient=patient, change=fails)
    assert not NonceUse.objects.exists()
    assert once("n-1", by=physician, patient=patient, change=lambda: "done") == ("done", False)


def test_R07_a_nonce_of_another_user_or_patient_is_a_conflict(patient, physician, ward) -> None:
    once("n-1", by=physician, patient=patient, change=lambda: None)
    with pytest.raises(Conflict):
        once("n-1", by=make_user("other", "physician", ward), patient=patient, change=lambda: None)
    with pytest.raises(Conflict):
        once("n-1", by=physician, patient=make_patient("P-2", physician), change=lambda: None)


@pytest.mark.django_db(transaction=True)
def test_R07_two_clicks_at_once_make_one_row() -> None:
    """The second waits for the first transaction and gets its result."""
    user = make_user("clicker")
    results: list[Any] = []
    inside = threading.Event()

    def click(code: str) -> None:
        def change() -> str:
            inside.set()
            Ward.objects.create(code=code, name=code)
            return code

        results.append(once("n-1", by=user, patient=None, change=change))
        connection.close()

    with transaction.atomic():
        NonceUse.objects.select_for_update().filter(nonce="n-1").first()
        clicks = [threading.Thread(target=click, args=(code,)) for code in ("one", "two")]
        for thread in clicks:
            thread.start()
        assert inside.wait(60)
    for thread in clicks:
        thread.join(60)
    assert Ward.objects.count() == 1
    assert sorted(repeated for _, repeated in results) == [False, True]
    assert len({result for result, _ in results}) == 1


def test_R06_the_first_writer_wins_and_the_version_moves(patient) -> None:
    update_with_version(patient, 1, source="first")
    assert (patient.source, patient.version) == ("first", 2)


def test_R06_the_loser_sees_every_field_that_differs(patient) -> None:
    update_with_version(patient, 1, source="first", sex="male")
    with pytest.raises(StaleVersion) as refusal:
        update_with_version(patient, 1, source="second", sex="male")
    assert [(x.field, x.label, x.yours, x.theirs) for x in refusal.value.differences] == [
        ("source", "source or note", "second", "first")
    ]
    patient.refresh_from_db()
    assert patient.source == "first"


def failing(times: int, cause: type[Exception]) -> tuple[list[int], Any]:
    tried: list[int] = []

    @repeated_on_deadlock
    def change() -> str:
        tried.append(1)
        if len(tried) <= times:
            raise OperationalError from cause()
        return "done"

    return tried, change


@pytest.mark.django_db(transaction=True)
def test_R09_a_deadlock_is_tried_again_twice_at_most() -> None:
    tried, change = failing(2, DeadlockDetected)
    assert change() == "done"
    assert len(tried) == 3
    tried, change = failing(3, DeadlockDetected)
    with pytest.raises(OperationalError):
        change()
    assert len(tried) == 3


@pytest.mark.django_db(transaction=True)
def test_R09_another_error_is_not_tried_again() -> None:
    tried, change = failing(1, DiskFull)
    with pytest.raises(OperationalError):
        change()
    assert len(tried) == 1


def test_R09_inside_a_transaction_nothing_is_tried_again() -> None:
    tried, change = failing(1, DeadlockDetected)
    with pytest.raises(OperationalError), transaction.atomic():
        change()
    assert len(tried) == 1


@pytest.mark.django_db(transaction=True)
def test_R09_a_real_deadlock_ends_with_both_deeds_done() -> None:
    """Two changes take two rows crosswise; PostgreSQL breaks one of them, which then runs again."""
    wards = [Ward.objects.create(code=code, name=code) for code in ("a", "b")]
    both_hold_one = threading.Barrier(2)
    first_try = threading.local()
    errors: list[BaseException] = []

    def run(order: list[Ward], mark: str) -> None:
        @repeated_on_deadlock
        def change() -> None:
            with transaction.atomic():
                Ward.objects.filter(pk=order[0].pk).update(name=mark)
                if not getattr(first_try, "done", False):
                    first_try.done = True
                    both_hold_one.wait(60)
                Ward.objects.filter(pk=order[1].pk).update(name=mark)

        try:
            change()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=args) for args in ((wards, "x"), (wards[::-1], "y"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(set(Ward.objects.values_list("name", flat=True))) == 1
    assert not WardMembership.objects.exists()
