"""The drill: is a backup restored, into a database of its own, and does it hold everything? With the time it took."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from ildcare import places
from ildcare.backup_state import STAMP
from ildcare.operations.backup.making import Backup
from ildcare.operations.backup.restoring import restore
from ildcare.operations.embedded import Embedded


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What came out. seconds: from the encrypted file to a database that answers and was compared; differs: what does,
    in words, nothing where the drill was passed."""

    at: str
    backup: str
    rows: int
    tables: int
    bytes: int
    seconds: float
    passed: bool
    differs: tuple[str, ...]


def drill(backup: Backup, identities: Sequence[pyrage.x25519.Identity], now: datetime) -> Drill:
    """Restore a backup into a second server that is thrown away, and compare every row. Raises BackupError."""
    begun = time.monotonic()
    with _server() as url:
        differs = restore(backup, identities, url)
    return Drill(
        at=now.astimezone(UTC).isoformat(),
        backup=backup.path.name,
        rows=backup.contents.rows,
        tables=len(backup.contents.tables),
        bytes=backup.bytes,
        seconds=round(time.monotonic() - begun, 1),
        passed=not differs,
        differs=tuple(differs),
    )


@contextmanager
def _server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="ildcare-drill-"))
    folder.chmod(0o755)  # the server may run as nobody
    try:
        with Embedded(folder):
            yield superuser_url(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def superuser_url(var: Path) -> str:
    """The bundled database of a folder as its superuser, who gives every object its owner."""
    return places.database_url(var, "postgres")


def note_drill(found: Drill, folder: Path) -> Path:
    """Keep what came out beside the backups."""
    stamp = datetime.fromisoformat(found.at).strftime(STAMP)
    path = folder / f"drill-{stamp}.json"
    path.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    return path
