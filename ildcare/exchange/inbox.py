"""The watched folder: `INBOX/SOURCE/file` is taken when nobody writes to it any more, and moved to `done` or `refused`
beside it, with a text that says what came of it.

What is taken is committed before the file moves, and the same file again changes nothing: a process that is killed
anywhere leaves a file that is looked at once more. Two at once find that the other one moved it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext as _

from ildcare.exchange.intake import Intake, take_path
from ildcare.exchange.table_rejects import reject_file
from patients.models import Source

log = structlog.get_logger(__name__)
DONE, REFUSED = "done", "refused"
QUIET = 10.0  # seconds for which nobody wrote to a file that is complete
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")  # of programs that copy and rename at the end


def take_files(inbox: Path, *, quiet: float = QUIET) -> list[tuple[Path, Intake]]:
    """Take every file that is complete; what came of each."""
    found = []
    for path in list(complete_files(inbox, quiet)):
        try:
            intake = _taken(path)
            if intake.unfinished:
                continue  # for the next look
            _put_away(path, intake)
        except FileNotFoundError:
            continue  # another process moved it
        except (DatabaseError, OSError) as error:
            log.error("inbox_file_waits", source=path.parent.name, error=type(error).__name__)
            continue  # it stays where it is, for the next look
        found.append((path, intake))
    return found


def complete_files(inbox: Path, quiet: float) -> Iterator[Path]:
    """Files in the folders of sources to which nobody has written for a while; links are left alone."""
    with contextlib.suppress(FileNotFoundError):
        for folder in sorted(x for x in inbox.iterdir() if x.is_dir() and not x.is_symlink()):
            yield from (x for x in sorted(folder.iterdir()) if _is_named_for_good(x.name) and _rests(x, quiet))


def _is_named_for_good(name: str) -> bool:
    return not name.startswith(".") and not name.casefold().endswith(UNFINISHED)


def _rests(path: Path, quiet: float) -> bool:
    """Is it a file that rests? The time of its change is looked at too: a copy may carry the old one of its writing."""
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and abs(time.time() - max(found.st_mtime, found.st_ctime)) >= quiet
    return False


def _taken(path: Path) -> Intake:
    source = Source.objects.filter(name=path.parent.name).first()
    if source is None:
        why = _("No source is called like this folder: an administrator has to name it first.")
        return Intake((why,), refused=True)
    return take_path(path, source=source)


def _put_away(path: Path, intake: Intake) -> None:
    """Words first, then the file: what is found without words is looked at again."""
    folder = path.parent / (REFUSED if intake.refused else DONE)
    folder.mkdir(exist_ok=True)
    place = _free(folder, path.name)
    _written(place.with_name(f"{place.name}.txt"), "\n".join((*intake.words, "")).encode())
    if intake.table is not None and intake.table.refused:
        rejects = reject_file(intake.table)
        beside = path.parent / REFUSED
        beside.mkdir(exist_ok=True)
        _written(beside / Path(rejects.name).name, rejects.body)
    path.rename(place)
    for changed in (folder, path.parent):
        _synced(changed)


def _free(folder: Path, name: str) -> Path:
    """A place that no other file has."""
    place, number = folder / name, 1
    while place.exists():
        number += 1
        place = folder / f"{number}-{name}"
    return place


def _written(path: Path, body: bytes) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
