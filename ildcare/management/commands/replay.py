"""Evaluates a case file without storing it: `manage.py replay FILE [--as-of DATETIME] [--json]`. Needs no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ildcare.replay import after_last_event, as_json, as_of_text, replay
from ildcare.replay_text import as_text
from patients.imports.case_file import Case, CaseFaults, parse
from patients.imports.moments import NotAMoment


class Command(BaseCommand):
    """Where a case stands on the chart, and every alert up to that moment."""

    help = "Evaluate a case file without storing it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, --as-of and --json."""
        parser.add_argument("file", type=Path, help="a case file (ildcare-case/1)")
        parser.add_argument("--as-of", help="date (its end) or time; default: after the last event")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Reads, evaluates, prints."""
        case = read_case(options["file"])
        try:
            given = as_of_text(options["as_of"], case.zone) if options["as_of"] else after_last_event(case)
        except NotAMoment as error:
            raise CommandError(f"--as-of: {error}") from None
        done = replay(case, given or timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(as_json(done), ensure_ascii=False, indent=1))
            return
        for warning in case.warnings:
            self.stderr.write(f"note: {warning}")
        self.stdout.write(as_text(case, done))


def read_case(path: Path) -> Case:
    """The case in a file. Raises CommandError with every fault."""
    try:
        return parse(path.read_bytes(), zone=settings.TIME_ZONE, now=timezone.now())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except CaseFaults as refused:
        lines = "\n".join(f"  {fault}" for fault in refused.faults)
        raise CommandError(f"{path}: refused\n{lines}") from None
