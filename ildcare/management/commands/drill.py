"""`manage.py drill --key FILE [BACKUP]`: restores the last backup into a second server and compares every row."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ildcare.backup_state import backups_in
from ildcare.operations.backup.drilling import drill, note_drill
from ildcare.operations.backup.making import backup_at
from ildcare.operations.backup.programs import BackupError
from ildcare.operations.backup.restoring import identities_in


class Command(BaseCommand):
    """Passed or not, with the time it took; kept beside the backups."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which backup, and the key that opens it."""
        parser.add_argument("backup", nargs="?", type=Path, help="a backup; default: the last one")
        parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="file with the secret key")
        parser.add_argument("--from", dest="folder", type=Path, metavar="DIR", help="folder (ILDCARE_BACKUP_DIR)")

    def handle(self, *_args: Any, backup: Path | None, key: Path, folder: Path | None, **_options: Any) -> None:
        """CommandError where it was not passed."""
        place = folder or settings.BACKUP_DIR
        try:
            path = backup or next(reversed(backups_in(place)), None)
            if path is None:
                raise BackupError(f"There is no backup in {place}.")
            found = drill(backup_at(path), identities_in(key), timezone.now())
        except BackupError as problem:
            raise CommandError(str(problem)) from None
        report = note_drill(found, place)
        told = f"{found.rows} rows of {found.tables} tables, {found.bytes / 1e6:.1f} MB, {found.seconds} s"
        if not found.passed:
            raise CommandError("\n".join([f"{found.backup}: NOT as it was backed up ({told}):", *found.differs]))
        self.stdout.write(f"{found.backup}: restored and the same in every row ({told}). {report}")
