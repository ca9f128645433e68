"""`manage.py downtime [--loop]`: writes the downtime sheets of all wards, once or again and again."""

from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from ildcare.paper.downtime import write_sheets

POLITENESS = 10  # of the process: pages and monitoring come first

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Handover list and round sheets as PDF files in a folder that can be read while no server answers."""

    help = __doc__
    requires_system_checks = []  # a page that cannot be imported must not cost the ward its paper

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Once, or as `up` and production run it."""
        parser.add_argument("--loop", action="store_true", help="every ILDCARE_DOWNTIME_MINUTES, until stopped")
        parser.add_argument("--folder", type=Path, help="where to (ILDCARE_DOWNTIME_DIR)")

    def handle(self, *args: Any, loop: bool, folder: Path | None, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Write the sheets once or until stopped; CommandError if sheets of a ward could not be made."""
        target = folder or settings.DOWNTIME_DIR
        if not loop:
            self._once(target)
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        os.nice(POLITENESS)
        while not stopped.is_set():
            _write_or_log(target)
            # nothing to do where the sheets are switched off, but a supervisor would start an ended process again
            stopped.wait(settings.DOWNTIME_MINUTES * 60 or None)

    def _once(self, target: Path) -> None:
        try:
            written = write_sheets(target)
        except OSError as error:
            raise CommandError(f"{target} cannot be written ({error.strerror}).") from error
        failed = [x.name for x in written if x.failed]
        self.stdout.write(f"{len(written) - len(failed)} wards written into {target}")
        if failed:
            raise CommandError(f"No new sheets of: {', '.join(failed)}. The log says why; older ones were kept.")


def _write_or_log(target: Path) -> None:
    """Write the sheets; a database or a disk that is away now may be back at the next turn."""
    if not settings.DOWNTIME_MINUTES:
        return
    try:
        write_sheets(target)
    except (DatabaseError, OSError) as error:
        log.error("downtime_sheets_failed", error=type(error).__name__)
    finally:
        connection.close()
