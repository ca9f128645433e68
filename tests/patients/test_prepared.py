"""Statements that are planned once: the same answers, and nothing else of the connection is prepared."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from patients.prepared import prepared_cursor

pytestmark = pytest.mark.django_db

STATEMENT = "SELECT sum(x) FROM unnest(%(numbers)s::int[]) AS x WHERE x < %(limit)s"


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [x for (x,) in cursor if "unnest" in x]


def asked(numbers: list[int], limit: int) -> int:
    with prepared_cursor() as cursor:
        cursor.execute(STATEMENT, {"numbers": numbers, "limit": limit})
        return cursor.fetchone()[0]


def test_it_answers_for_its_parameters_and_is_prepared_once() -> None:
    assert [asked([1, 2, 3], limit) for limit in (2, 3, 4, 10, 1, 9, 9)] == [1, 3, 6, 6, None, 6, 6]
    assert len(prepared()) == 1


def test_another_cursor_of_the_connection_prepares_nothing() -> None:
    before = connection.connection.prepare_threshold
    asked([1], 2)
    with connection.cursor() as cursor:
        for _ in range(8):
            cursor.execute("SELECT %s, 'unnest'", [1])
    assert (len(prepared()), connection.connection.prepare_threshold) == (1, before)


def test_after_a_failure_the_connection_is_as_before() -> None:
    before = connection.connection.prepare_threshold
    with pytest.raises(DatabaseError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT 1 / %s::int", [0])
    assert connection.connection.prepare_threshold == before
    assert asked([1, 2], 9) == 3


def test_the_log_of_queries_has_its_text() -> None:
    with CaptureQueriesContext(connection) as caught:
        asked([1], 2)
        asked([1], 2)
    assert ["unnest" in x["sql"] for x in caught] == [True, True]
