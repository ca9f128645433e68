"""What lies in the folder of backups: which there are, how old the last one and the last drill are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ENDING = ".dump.age"
STAMP = "%Y%m%dT%H%M%SZ"
DRILLS = "drill-*.json"


@dataclass(frozen=True, slots=True)
class BackupState:
    """The last backup and the last drill: when, None where there was none; whether that drill was passed."""

    last: datetime | None
    drilled: datetime | None
    drill_passed: bool = False


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, the oldest first."""
    return sorted(folder.glob(f"ildcare-*{ENDING}"))


def manifest_of(path: Path) -> Path:
    """The file that says what a backup holds."""
    return path.with_name(path.name.removesuffix(ENDING) + ".json")


def moment_of(path: Path) -> datetime | None:
    """The moment in a backup's name."""
    try:
        return datetime.strptime(path.name.removeprefix("ildcare-").removesuffix(ENDING), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def state_of(folder: Path) -> BackupState:
    """The last backup that has its manifest, and the last drill whose report can be read."""
    whole = [x for x in backups_in(folder) if manifest_of(x).exists()]
    try:
        told = json.loads(sorted(folder.glob(DRILLS))[-1].read_text(encoding="utf-8"))
        drilled, passed = datetime.fromisoformat(told["at"]), bool(told["passed"])
    except (IndexError, OSError, ValueError, KeyError):
        drilled, passed = None, False
    return BackupState(moment_of(whole[-1]) if whole else None, drilled, passed)
