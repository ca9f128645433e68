"""`manage.py backup [--to KEY ...] [--into DIR] [--loop HOURS]`: backs up the database, encrypted for who restores it.

`--new-key FILE` makes the keys; `--list` says which backups are here. Runs as the owner of the tables.
"""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ildcare.backup_state import backups_in
from ildcare.operations.backup.making import Backup, backup_at, make_backup, new_key, recipients_of
from ildcare.operations.backup.placing import address, prune
from ildcare.operations.backup.programs import BackupError


class Command(BaseCommand):
    """One backup, or one every so many hours; those that are not kept any more go when a new one is whole."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For whom, where, how often."""
        parser.add_argument("--to", action="append", default=[], metavar="KEY", help="public key (ILDCARE_BACKUP_TO)")
        parser.add_argument("--into", type=Path, metavar="DIR", help="folder (ILDCARE_BACKUP_DIR)")
        parser.add_argument("--loop", type=float, metavar="HOURS", help="again and again, until stopped")
        parser.add_argument("--new-key", type=Path, metavar="FILE", help="make a pair of keys and end")
        parser.add_argument(
            "--list", action="store_true", help="say which backups are here, and whether they are whole"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """CommandError in one sentence for what cannot be done."""
        folder = options["into"] or settings.BACKUP_DIR
        try:
            if options["new_key"]:
                self._new_key(options["new_key"])
            elif options["list"]:
                self._list(folder)
            elif options["loop"]:
                self._loop(folder, options["to"], options["loop"])
            else:
                self._once(folder, options["to"])
        except BackupError as problem:
            raise CommandError(str(problem)) from None

    def _new_key(self, path: Path) -> None:
        public = new_key(path)
        self.stdout.write(f"Public key, for ILDCARE_BACKUP_TO: {public}")
        self.stdout.write(
            f"The secret key is in {path}: keep it where the backups are not. Without it nobody can restore."
        )

    def _list(self, folder: Path) -> None:
        for path in backups_in(folder):
            try:
                said = _said(backup_at(path))
            except BackupError as problem:
                said = str(problem)
            self.stdout.write(f"{path.name}: {said}")

    def _once(self, folder: Path, to: list[str]) -> None:
        recipients = recipients_of("\n".join(to) or settings.BACKUP_TO)
        backup = make_backup(address(), folder, recipients, timezone.now())
        gone = prune(folder)
        self.stdout.write(f"{backup.path}: {_said(backup)}")
        if gone:
            self.stdout.write(f"{len(gone)} older ones are not kept any more.")

    def _loop(self, folder: Path, to: list[str], hours: float) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            try:
                self._once(folder, to)
            except BackupError as problem:  # the next one may be possible
                self.stderr.write(str(problem))
            stopped.wait(hours * 3600)


def _said(backup: Backup) -> str:
    held = f"{backup.contents.rows} rows of {len(backup.contents.tables)} tables"
    return f"{held}, {backup.bytes / 1e6:.1f} MB, {backup.at.isoformat(' ', 'minutes')}"
