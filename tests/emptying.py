"""Empties the database after a test that committed.

Django empties every table and then makes content types and permissions anew, with eighty queries; no test changes
these, so here they stay as the migrations made them.
"""

from __future__ import annotations

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

ATTEMPTS = 10  # a page of a browser may still be asking for something as its test ends, and holds tables meanwhile
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def is_test_database() -> bool:
    """Is the connection on a database that the tests made?"""
    return str(connection.settings_dict["NAME"]).startswith("test_")


def empty() -> None:
    """Empty all tables but those that describe the product itself, in one statement; never those of an installation."""
    if not is_test_database():
        raise RuntimeError(f"{connection.settings_dict['NAME']} is no database of the tests: nothing is emptied")
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    statement = f"TRUNCATE {', '.join(connection.ops.quote_name(x) for x in sorted(tables))}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected) or attempt == ATTEMPTS:
                raise
        else:
            return
