"""Stores case files: `manage.py import_case FILE...`. Each whole or not at all; the same file twice changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.actions import StoredCase, store_case
from patients.deeds import Refused
from patients.imports.case_file import Case, CaseFaults, parse
from patients.queries import site_zone


class Command(BaseCommand):
    """One line per file; exit status 1 if any was refused."""

    help = "Store case files (ildcare-case/1)."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE..."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Stores each file by itself."""
        refused = sum(not self._store(path) for path in options["files"])
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files refused")

    def _store(self, path: Path) -> bool:
        try:
            case = parse(path.read_bytes(), zone=str(site_zone()), now=timezone.now())
            stored = store_case(case, by=None)
        except OSError as error:
            return self._refuse(path, [error.strerror or str(error)])
        except CaseFaults as error:
            return self._refuse(path, [str(fault) for fault in error.faults])
        except Refused as error:
            return self._refuse(path, list(error.faults))
        self._tell(path, case, stored)
        return True

    def _refuse(self, path: Path, faults: list[str]) -> bool:
        self.stderr.write(f"{path}: refused, nothing stored")
        for fault in faults:
            self.stderr.write(f"  {fault}")
        return False

    def _tell(self, path: Path, case: Case, stored: StoredCase) -> None:
        done = stored.recorded
        who = "new patient" if stored.registered else "known patient"
        self.stdout.write(
            f"{path}: {case.patient.mrn}, {who}; {done.new} new, {done.corrected} corrected, "
            f"{done.cancelled} cancelled, {done.unchanged} known already"
        )
        for warning in case.warnings:
            self.stdout.write(f"  note: {warning}")
