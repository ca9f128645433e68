"""Tries the canary of every rule now: `manage.py canaries [--silent]`. The worker does it once a day."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ildcare.evaluation.canaries import try_all


class Command(BaseCommand):
    """One line a rule; exit status 1 if one is silent or could not be tried."""

    help = "Try whether every active rule raises the alert of its invented course. Nothing of it stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether lines of rules that speak are left out."""
        parser.add_argument("--silent", action="store_true", help="name only the rules that are silent")

    def handle(self, *_args: Any, silent: bool, **_options: Any) -> None:
        """Try all of them."""
        tried = try_all()
        for run in tried.silent if silent else tried.runs:
            self.stdout.write(f"{run.rule} version {run.rule_version}: {run.error or 'fired'}, {run.seconds} s")
        for code in tried.not_run:
            self.stdout.write(f"{code}: not run, the database was lost")
        wrong = len(tried.silent) + len(tried.not_run)
        if wrong:
            raise CommandError(f"{wrong} of {len(tried.runs) + len(tried.not_run)} rules could not be shown to speak")
