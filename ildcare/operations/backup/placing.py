"""The database as its owner, and which backups stay."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from ildcare import places
from ildcare.backup_state import backups_in, manifest_of, moment_of
from ildcare.operations.backup.keeping import Keeping, kept


def address() -> str:
    """The database as its owner, for PostgreSQL's programs."""
    if settings.USES_EMBEDDED:
        return places.database_url(settings.VAR, places.OWNER)
    if settings.OWNER_URL_SET:
        return os.environ["ILDCARE_OWNER_DATABASE_URL"]
    named = connection.get_connection_params()
    return make_conninfo(**{key: str(value) for key, value in named.items() if isinstance(value, str | int)})


def prune(folder: Path, keeping: Keeping = Keeping()) -> list[Path]:  # noqa: B008 - a tuple of numbers
    """Remove the backups that are not kept any more; which."""
    found = {moment: path for path in backups_in(folder) if (moment := moment_of(path)) is not None}
    stays = kept(list(found), keeping)
    gone = [path for moment, path in found.items() if moment not in stays]
    for path in gone:
        path.unlink(missing_ok=True)
        manifest_of(path).unlink(missing_ok=True)
    return gone
