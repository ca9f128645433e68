"""Brings the database to the migrations of this version: as the owner of the tables, in a process of its own.

The process that asks keeps the runtime role, as web, worker and beat have it: it owns nothing and cannot touch the
audit log.
"""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from ildcare import places
from ildcare.operations.embedded import CannotStart


def migrations_due() -> bool:
    """Does the database lack something of this version? Raises CannotStart where it cannot be asked."""
    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        if settings.USES_EMBEDDED:
            return True  # a new database: the runtime role sees nothing yet
        raise CannotStart(
            f"The database of DATABASE_URL cannot be used: {str(error).strip().splitlines()[0]}"
        ) from error


def make_tables() -> None:
    """Run the migrations as the owner. Raises CannotStart with the last line of what went wrong."""
    if not settings.USES_EMBEDDED and not settings.OWNER_URL_SET:
        raise CannotStart(
            "The database lacks the current tables: set ILDCARE_OWNER_DATABASE_URL to the same database as its "
            "owner (ildcare/sql/roles.sql makes the roles) and start again."
        )
    connection.close()  # a migration must not wait for this process
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"],
        env={**os.environ, **_owner_environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"The tables could not be made: {(done.stderr.strip() or 'no message').splitlines()[-1]}")


def _owner_environment() -> dict[str, str]:
    """The bundled servers run already: the address keeps the child from looking for them."""
    owner = {"ILDCARE_AS_OWNER": "1"}
    if not settings.USES_EMBEDDED:
        return owner
    return {**owner, "DATABASE_URL": places.database_url(settings.VAR, places.OWNER)}
