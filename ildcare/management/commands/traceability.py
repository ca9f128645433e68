"""`traceability [--check]`: writes docs/traceability.md from the code, or says that it is out of date."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ildcare.traceability import document, untested
from monitoring.rules import RULES


class Command(BaseCommand):
    """Makes the traceability table."""

    help = "Write docs/traceability.md from names and docstrings of code and tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--check` only compares."""
        parser.add_argument("--check", action="store_true", help="fail if the file is out of date")

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        """Write or compare; rules and nodes without a test fail either way."""
        root, rules = settings.BASE_DIR, [rule.code for rule in RULES]
        path = root / "docs" / "traceability.md"
        text = document(root, rules) + "\n"
        if bare := untested(root, rules):
            raise CommandError(f"without a test: {', '.join(bare)}")
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            raise CommandError("docs/traceability.md is out of date: run `python manage.py traceability`.")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{path.name} written.")
