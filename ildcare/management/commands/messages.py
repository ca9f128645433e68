"""`messages update | compile | check`: the translation catalogues, without any program besides Python."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ildcare.operations import catalogues


class Command(BaseCommand):
    """Keeps `locale/` in step with code and templates."""

    help = "Translation catalogues: update (from the code), compile, check (complete and up to date)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The one argument: what to do."""
        parser.add_argument("action", choices=["update", "compile", "check"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Do it for every language; CommandError if a catalogue is incomplete."""
        if action == "compile":
            catalogues.compile_catalogues()
            return
        for language in catalogues.languages():
            getattr(self, f"_{action}")(language)

    def _update(self, language: str) -> None:
        catalogue = catalogues.update_catalogue(language)
        empty = sum(1 for message in catalogue if message.id and not message.string)
        self.stdout.write(f"{language}: {len(catalogue)} sentences, {empty} to translate")

    def _check(self, language: str) -> None:
        if faults := catalogues.faults(language):
            first = "\n".join(f"  {fault}" for fault in faults[:50])
            raise CommandError(f"{language}: {len(faults)} faults (`messages update` brings new sentences):\n{first}")
