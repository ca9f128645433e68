"""Restoring a backup into a database that is empty, and comparing the two.

Never into one that holds something: who restores makes a new database, looks at it, and then lets the product use it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import pyrage

from ildcare.operations.backup.contents import contents_of, differences
from ildcare.operations.backup.making import Backup
from ildcare.operations.backup.programs import BackupError, address_for, finished, program

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'audit')"


def identities_in(path: Path) -> list[pyrage.x25519.Identity]:
    """The secret keys in a file. Raises BackupError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        keys = [x.strip() for x in lines if x.strip() and not x.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(x) for x in keys]
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}.") from None
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise BackupError(f"{path} holds something that is no secret key of age.") from None
    if not found:
        raise BackupError(f"{path} holds no secret key of age.")
    return found


def restore(backup: Backup, identities: Sequence[pyrage.x25519.Identity], url: str) -> list[str]:
    """Restore into the empty database at a URL, as one who may create its roles' objects, and compare. Returns what
    differs from the backup, in words: nothing, where all is there. Raises BackupError."""
    try:
        with psycopg.connect(url) as connection:
            (tables,) = connection.execute(TABLES).fetchone() or (0,)
        if tables:
            raise BackupError("The database is not empty: a backup is restored into a new one only.")
        _load(backup, identities, url)
        with psycopg.connect(url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return differences(backup.contents, contents_of(connection))
    except psycopg.Error as error:
        raise BackupError(f"The database cannot be used: {str(error).strip().splitlines()[0]}.") from None


def _load(backup: Backup, identities: Sequence[pyrage.x25519.Identity], url: str) -> None:
    """All of it or nothing: one transaction."""
    address, environment = address_for(url)
    command = [program("pg_restore"), "--single-transaction", "--exit-on-error", f"--dbname={address}"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            with backup.path.open("rb") as file:
                pyrage.decrypt_io(file, process.stdin, list(identities))
            process.stdin.close()
        except pyrage.DecryptError:
            process.kill()
            raise BackupError("The key does not open this backup.") from None
        except OSError:  # it ended before it had read everything, and says why
            with suppress(OSError):
                process.stdin.close()
        finished(process, "pg_restore")
