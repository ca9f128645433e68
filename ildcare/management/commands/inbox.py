"""Takes what lies in the watched folder, once: `manage.py inbox [FOLDER]`. The worker does it every 15 seconds where
ILDCARE_INBOX names a folder; this is for a machine without a worker, and for looking at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ildcare.exchange.inbox import QUIET, take_files


class Command(BaseCommand):
    """One line a file that was taken or refused."""

    help = "Take the files in the watched folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and for how long nobody wrote to a file that is complete."""
        parser.add_argument("folder", nargs="?", type=Path, help="the folder (ILDCARE_INBOX)")
        parser.add_argument("--quiet-for", type=float, default=QUIET, help=f"seconds without a change ({QUIET:.0f})")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One look."""
        folder = options["folder"] or settings.INBOX
        if folder is None:
            raise CommandError("no folder is watched: set ILDCARE_INBOX, or name one")
        for path, intake in take_files(folder, quiet=options["quiet_for"]):
            self.stdout.write(f"{path}: {'refused: ' if intake.refused else ''}{' '.join(intake.words)}")
