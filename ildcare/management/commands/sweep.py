"""`manage.py sweep [--loop]`: the sweep without broker and worker, once or until stopped."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from ildcare.evaluation.canaries import try_due
from ildcare.evaluation.sweep import request_everybody_once, sweep

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Evaluate every patient whose evaluation is due."""

    help = __doc__
    requires_system_checks = []  # a page that cannot be imported must not stop the monitoring

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="again and again, every 15 seconds, until stopped")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if not loop:
            self._sweep()
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            self._sweep_or_log()
            stopped.wait(settings.SWEEP_SECONDS)

    def _sweep(self) -> None:
        run = sweep()
        self.stdout.write(f"{run.evaluated} evaluated, {run.failed} failed, {run.waiting} waiting")

    def _sweep_or_log(self) -> None:
        """Sweep, and show that it works (canaries); a database that is away now may be back at the next turn."""
        try:
            request_everybody_once()
            self._sweep()
            try_due()
        except DatabaseError as error:
            log.error("sweep_failed", error=type(error).__name__)
            connection.close()
