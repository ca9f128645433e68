"""`manage.py downtime [--loop]`: writes the downtime sheets of all wards, once or again and again.

The loop itself only looks whether a ward's sheets no longer say what is stored. Then a child process writes those, and
ends: typesetter, fonts and pages take half a gigabyte, which is not kept for ten idle minutes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from ildcare.paper.downtime_state import check_sheets

POLITENESS = 10  # of the process: pages and monitoring come first

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Handover list and round sheets as PDF files in a folder that can be read while no server answers."""

    help = __doc__
    requires_system_checks = []  # a page that cannot be imported must not cost the ward its paper

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Once, or as `up` and production run it."""
        parser.add_argument("--loop", action="store_true", help="every ILDCARE_DOWNTIME_MINUTES, until stopped")
        parser.add_argument("--changed", action="store_true", help="only of wards where something changed")
        parser.add_argument("--folder", type=Path, help="where to (ILDCARE_DOWNTIME_DIR)")

    def handle(self, *args: Any, loop: bool, changed: bool, folder: Path | None, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Write the sheets once or until stopped; CommandError if sheets of a ward could not be made."""
        target = folder or settings.DOWNTIME_DIR
        if not loop:
            self._once(target, changed=changed)
            return
        writer = _Writer(target)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: writer.stop())
        os.nice(POLITENESS)
        while not writer.stopped.is_set():
            writer.work()
            # nothing to do where the sheets are switched off, but a supervisor would start an ended process again
            writer.stopped.wait(settings.DOWNTIME_MINUTES * 60 or None)

    def _once(self, target: Path, *, changed: bool) -> None:
        from ildcare.paper.downtime import write_sheets  # the loop does without it

        try:
            written = write_sheets(target, unchanged_too=not changed)
        except OSError as error:
            raise CommandError(f"{target} cannot be written ({error.strerror}).") from error
        failed = [x.name for x in written if x.failed]
        self.stdout.write(f"{len(written) - len(failed)} wards written into {target}")
        if failed:
            raise CommandError(f"No new sheets of: {', '.join(failed)}. The log says why; older ones were kept.")


class _Writer:
    """Looks after a folder; a database or a disk that is away now may be back at the next turn."""

    def __init__(self, target: Path) -> None:
        self.stopped = threading.Event()
        self._target = target
        self._child: subprocess.Popen[bytes] | None = None

    def work(self) -> None:
        """Have the sheets of changed wards written, unless all of them still say what is stored."""
        if not settings.DOWNTIME_MINUTES:
            return
        try:
            if not check_sheets(self._target):
                self._write()
        except (DatabaseError, OSError) as error:
            log.error("downtime_sheets_failed", error=type(error).__name__)
        finally:
            connection.close()

    def _write(self) -> None:
        command = [sys.executable, "-m", "django", "downtime", "--changed", "--folder", str(self._target)]
        with subprocess.Popen([*command, "--settings", "ildcare.settings"], stdout=subprocess.DEVNULL) as child:
            self._child = child
            if self.stopped.is_set():  # asked while it started
                child.terminate()
            if child.wait() and not self.stopped.is_set():
                log.error("downtime_sheets_failed", error="the writer ended", code=child.returncode)
            self._child = None

    def stop(self) -> None:
        """End, and the child too; what it had begun takes no sheet's place."""
        self.stopped.set()
        if self._child:
            self._child.terminate()
