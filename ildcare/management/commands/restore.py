"""`manage.py restore BACKUP --key FILE (--var DIR | --database URL)`: restores a backup into an empty database.

`--var DIR`: a new folder of bundled services, which `ILDCARE_VAR=DIR manage.py up` then runs from. `--database URL`: an
own PostgreSQL, empty, with the roles of `ildcare/sql/roles.sql`, as its superuser.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ildcare.operations.backup.drilling import superuser_url
from ildcare.operations.backup.making import Backup, backup_at
from ildcare.operations.backup.programs import BackupError
from ildcare.operations.backup.restoring import identities_in, restore
from ildcare.operations.embedded import CannotStart, Embedded


class Command(BaseCommand):
    """Restored, compared with the backup in every row, and said so."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, with which key, and where to."""
        parser.add_argument("backup", type=Path, help="a backup (ildcare-....dump.age)")
        parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="file with the secret key")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--var", type=Path, metavar="DIR", help="a new folder of bundled services")
        where.add_argument("--database", metavar="URL", help="an empty database, as its superuser")

    def handle(
        self, *_args: Any, backup: Path, key: Path, var: Path | None, database: str | None, **_options: Any
    ) -> None:
        """CommandError in one sentence where it cannot be done, or where something differs."""
        try:
            found, identities = backup_at(backup), identities_in(key)
            if var is None:
                differs = restore(found, identities, database or "")
            else:
                if var.exists() and any(var.iterdir()):
                    raise BackupError(f"{var} is not empty: name a new folder.")
                var.mkdir(parents=True, exist_ok=True)
                with Embedded(var):
                    differs = restore(found, identities, superuser_url(var))
        except (BackupError, CannotStart) as problem:
            raise CommandError(str(problem)) from None
        self._say(found, differs, var)

    def _say(self, found: Backup, differs: list[str], var: Path | None) -> None:
        if differs:
            raise CommandError("\n".join(["Restored, and NOT as it was backed up:", *differs]))
        self.stdout.write(f"{found.contents.rows} rows of {len(found.contents.tables)} tables, each the same.")
        if var:
            self.stdout.write(f"Start it: ILDCARE_VAR={var.absolute()} python3 manage.py up")
