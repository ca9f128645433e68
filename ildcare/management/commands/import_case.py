"""Stores case files: `manage.py import_case [--dry-run] FILE...`. Each whole or not at all; twice changes nothing.

A file whose record number differs from a known one only by leading zeros or punctuation is refused with that sentence;
`--same-person` and `--another-person` answer it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ildcare.exchange.files import document_in
from patients.actions import StoredCase, store_case, try_case
from patients.changes import Refused
from patients.imports import read_case
from patients.imports.case import Case, CaseFaults
from patients.persons import ANOTHER, Doubt
from patients.queries import site_zone


class Command(BaseCommand):
    """One line per file; exit status 1 if any was refused."""

    help = "Store case files (ildcare-case/1)."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE..., what a person knows of them, and whether anything is to be stored."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="say what would be stored, store nothing")
        person = parser.add_mutually_exclusive_group()
        person.add_argument("--same-person", action="store_true", help="almost the same number is the same person")
        person.add_argument("--another-person", action="store_true", help="almost the same number is another person")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Store each file by itself; CommandError if one was refused."""
        self.dry_run, self.same, self.another = (options[x] for x in ("dry_run", "same_person", "another_person"))
        refused = sum(not self._store(path) for path in options["files"])
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files refused")

    def _store(self, path: Path) -> bool:
        try:
            case = read_case(document_in(path), zone=str(site_zone()), now=timezone.now())
            stored = self._stored(case)
        except OSError as error:
            return self._refuse(path, [error.strerror or str(error)])
        except CaseFaults as error:
            return self._refuse(path, [str(fault) for fault in error.faults])
        except Refused as error:
            return self._refuse(path, list(error.faults))
        self._report(path, case, stored)
        return True

    def _stored(self, case: Case) -> StoredCase:
        """Stored, or tried; under almost the number of a known patient only if it was said whose record it is."""
        change = try_case if self.dry_run else store_case
        try:
            return change(case, by=None)
        except Doubt as doubt:
            answer = ANOTHER if self.another else str(doubt.known[0].pk) if self.same and len(doubt.known) == 1 else ""
            if not answer:
                raise
        return change(case, by=None, answer=answer)

    def _refuse(self, path: Path, faults: list[str]) -> bool:
        self.stderr.write(f"{path}: refused, nothing stored")
        for fault in faults:
            self.stderr.write(f"  {fault}")
        return False

    def _report(self, path: Path, case: Case, stored: StoredCase) -> None:
        would = "would be stored: " if self.dry_run else ""
        self.stdout.write(f"{path}: {would}{' '.join(stored.sentences)}")
        for warning in case.warnings:
            self.stdout.write(f"  note: {warning}")
