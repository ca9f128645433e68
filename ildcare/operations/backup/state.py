"""Where backups are, which of them stay, and how old the last one and the last drill are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from ildcare import places
from ildcare.operations.backup.keeping import Keeping, kept
from ildcare.operations.backup.making import ENDING, STAMP, backups_in, manifest_of

DRILLS = "drill-*.json"


@dataclass(frozen=True, slots=True)
class BackupState:
    """The last backup and the last drill in a folder: when, None where there was none; whether that drill went well."""

    last: datetime | None
    drilled: datetime | None
    drill_passed: bool = False


def address() -> str:
    """The database as its owner, for PostgreSQL's programs."""
    if settings.USES_EMBEDDED:
        return places.database_url(settings.VAR, places.OWNER)
    named = connection.get_connection_params()
    return make_conninfo(**{key: value for key, value in named.items() if isinstance(value, str | int)})


def moment_of(path: Path) -> datetime | None:
    """The moment in a backup's name."""
    try:
        return datetime.strptime(path.name.removeprefix("ildcare-").removesuffix(ENDING), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def prune(folder: Path, keeping: Keeping = Keeping()) -> list[Path]:  # noqa: B008 - a tuple of numbers
    """Remove the backups that are not kept any more; which."""
    found = {moment: path for path in backups_in(folder) if (moment := moment_of(path)) is not None}
    stays = kept(list(found), keeping)
    gone = [path for moment, path in found.items() if moment not in stays]
    for path in gone:
        path.unlink(missing_ok=True)
        manifest_of(path).unlink(missing_ok=True)
    return gone


def state_of(folder: Path) -> BackupState:
    """The last backup that has its manifest, and the last drill."""
    whole = [x for x in backups_in(folder) if manifest_of(x).exists()]
    drills = sorted(folder.glob(DRILLS))
    told: dict[str, Any] = json.loads(drills[-1].read_text(encoding="utf-8")) if drills else {}
    return BackupState(
        moment_of(whole[-1]) if whole else None,
        datetime.fromisoformat(told["at"]) if told else None,
        told.get("passed", False),
    )
