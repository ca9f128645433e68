"""Making a backup: everything in the database as of one moment, encrypted on its way to the disk.

Two files: `ildcare-<time>.dump.age` (PostgreSQL's custom format, age), and beside it `.json` with what it holds in
numbers, which says nothing of a patient. Only who has the secret key can read the first; this machine needs the public
one alone. A file that is not whole is never left under its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyrage

from ildcare.backup_state import ENDING, STAMP, manifest_of
from ildcare.operations.backup.contents import Contents, contents_from, contents_of
from ildcare.operations.backup.programs import BackupError, address_for, finished, program

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup on the disk. at: the moment it is of; digest: SHA-256 of the encrypted file; bytes: its size."""

    path: Path
    at: datetime
    digest: str
    bytes: int
    contents: Contents

    @property
    def manifest(self) -> Path:
        """The file beside it."""
        return manifest_of(self.path)


def recipients_of(text: str) -> list[pyrage.x25519.Recipient]:
    """The public keys in a text, one a line or separated by commas. Raises BackupError for what is none."""
    words = [x.strip() for x in text.replace(",", "\n").splitlines() if x.strip() and not x.strip().startswith("#")]
    if not words:
        raise BackupError(
            "Nobody could read the backup: name a public key (age1...) with --to or in ILDCARE_BACKUP_TO. "
            "`manage.py backup --new-key FILE` makes a pair."
        )
    try:
        return [pyrage.x25519.Recipient.from_str(x) for x in words]
    except pyrage.RecipientError as error:
        raise BackupError(f"This is no public key of age: {error}.") from None


def new_key(path: Path) -> str:
    """Make a pair of keys: the secret one is written to a file that is readable by its user only; returns the public
    one. Raises BackupError for a file that is there already."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {public}\n{identity}\n")
    except FileExistsError:
        raise BackupError(f"{path} is there already: a key is never overwritten.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    return public


def make_backup(url: str, folder: Path, recipients: Sequence[pyrage.x25519.Recipient], now: datetime) -> Backup:
    """Back up the database at a URL, as its owner, into a folder. Raises BackupError; nothing half is left then."""
    name = f"ildcare-{now.astimezone(UTC).strftime(STAMP)}"
    path, unfinished = folder / f"{name}{ENDING}", folder / f"{name}.unfinished"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with psycopg.connect(url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            _dump(url, snapshot, unfinished, recipients)
            contents = contents_of(connection)
        if not contents.tables:
            raise BackupError("The database holds no table yet: there is nothing to back up.")
        digest = digest_of(unfinished)
        backup = Backup(path=path, at=now, digest=digest, bytes=unfinished.stat().st_size, contents=contents)
        _write(backup.manifest, json.dumps(_manifest(backup), indent=1))
        unfinished.rename(path)
    except psycopg.Error as error:
        raise BackupError(f"The database cannot be read: {str(error).strip().splitlines()[0]}.") from None
    except OSError as error:
        raise BackupError(f"{error.filename or folder}: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return backup


def _dump(url: str, snapshot: str, path: Path, recipients: Sequence[pyrage.x25519.Recipient]) -> None:
    address, environment = address_for(url)
    command = [program("pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--dbname={address}"]
    with path.open("xb") as file:
        path.chmod(0o600)
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                pyrage.encrypt_io(process.stdout, file, list(recipients))
            finally:
                finished(process, "pg_dump")
        file.flush()
        os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _manifest(backup: Backup) -> dict[str, Any]:
    told = {"at": backup.at.astimezone(UTC).isoformat(), "sha256": backup.digest, "bytes": backup.bytes}
    return {"format": "ildcare-backup/1", **told, **backup.contents.as_json()}


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def backup_at(path: Path) -> Backup:
    """A backup that was made, with what its manifest says. Raises BackupError where file and manifest do not agree."""
    manifest = manifest_of(path)
    try:
        told = json.loads(manifest.read_text(encoding="utf-8"))
        backup = Backup(
            path=path,
            at=datetime.fromisoformat(told["at"]),
            digest=told["sha256"],
            bytes=told["bytes"],
            contents=contents_from(told),
        )
        found = digest_of(path)
    except OSError as error:
        raise BackupError(f"{error.filename}: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{manifest} is no manifest of a backup.") from None
    if found != backup.digest:
        raise BackupError(f"{path} is not the file that its manifest tells of: it was cut or changed.")
    return backup
