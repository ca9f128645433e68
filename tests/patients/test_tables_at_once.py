"""A new installation makes its tables at once, an older one goes on step by step: both end with the same database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.effort import THIS_RUN

# the last steps of the first version that was given away
FIRST_VERSION = (("patients", "0009_judgement_owner_audit"), ("monitoring", "0002_history_and_audit"))
AS_THEN = f"""
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
executor = MigrationExecutor(connection)
executor.loader = MigrationLoader(connection, replace_migrations=False)
executor.migrate({list(FIRST_VERSION)!r})
"""

# everything that a database says of itself, apart from numbers of its own and the name that a unique column's index got
SAYS = {
    "columns": """SELECT table_schema, table_name, ordinal_position, column_name, data_type, is_nullable,
        column_default, character_maximum_length, is_identity FROM information_schema.columns WHERE {schema}""",
    "constraints": """SELECT conrelid::regclass::text, nullif(conname, {own}), convalidated, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, 'audit'::regnamespace)""",
    "indexes": """SELECT nullif(indexname, {own}), replace(indexdef, {own}, 'own')
        FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname WHERE schemaname IN ('public', 'audit')""",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """SELECT pg_get_functiondef(oid), proowner::regrole::text, proacl::text FROM pg_proc
        WHERE pronamespace IN ('public'::regnamespace, 'audit'::regnamespace)""",
    "rights": """SELECT oid::regclass::text, relowner::regrole::text, relacl::text FROM pg_class
        WHERE relkind <> 'i' AND relnamespace IN ('public'::regnamespace, 'audit'::regnamespace)""",
    "schemas": """SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace
        WHERE nspname IN ('public', 'audit')""",
    "rights to come": "SELECT defaclobjtype, defaclacl::text FROM pg_default_acl",
}


@pytest.fixture
def databases() -> Iterator[dict[str, str]]:
    """Addresses of two empty databases of the server that the tests use."""
    address = urlsplit(os.environ["DATABASE_URL"])
    names = ("tables_at_once", "tables_step_by_step")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            server.execute(f"CREATE DATABASE {name}".encode())
        yield {name: urlunsplit(address._replace(path=f"/{name}")) for name in names}
        for name in names:
            server.execute(f"DROP DATABASE {name}".encode())


def run(address: str, *arguments: str) -> None:
    environment = {**os.environ, "DATABASE_URL": address, "ILDCARE_NO_BOOTSTRAP": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "ildcare.settings"
    subprocess.run([sys.executable, *arguments], cwd=settings.BASE_DIR, env=environment, check=True)


def what_it_says(address: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(address) as connection:
        schema = "table_schema IN ('public', 'audit')"
        own = "CASE WHEN contype = 'u' AND array_length(conkey, 1) = 1 THEN conname ELSE '' END"
        return {
            name: sorted(connection.execute(query.format(schema=schema, own=own).encode()).fetchall(), key=repr)
            for name, query in SAYS.items()
        }


@pytest.mark.skipif(not THIS_RUN.full, reason="a minute: with --full")
def test_tables_made_at_once_are_those_made_step_by_step(databases: dict[str, str]) -> None:
    at_once, step_by_step = databases.values()
    run(at_once, "manage.py", "migrate", "--verbosity", "0")
    run(step_by_step, "-c", AS_THEN)
    run(step_by_step, "manage.py", "migrate", "--verbosity", "0")
    new, old = what_it_says(at_once), what_it_says(step_by_step)
    for name in SAYS:
        assert new[name] == old[name], name
        assert new[name], name
    for app in ("monitoring", "algorithm", "patients"):
        run(at_once, "manage.py", "migrate", "--verbosity", "0", app, "zero")
    with psycopg.connect(at_once) as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relname ~ '^(patients|monitoring|algorithm)_'")
        assert left.fetchall() == []
