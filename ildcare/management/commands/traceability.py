"""`traceability`: writes docs/traceability.md from the code; a rule, node or reading without a test is an error."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ildcare.operations.traceability import document, untested
from monitoring.rules import RULES


class Command(BaseCommand):
    """Makes the traceability table; it is never committed, so that it never is behind the code."""

    help = "Write docs/traceability.md from names and docstrings of code and tests."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the table; fail for what no test names."""
        root, rules = settings.BASE_DIR, [rule.code for rule in RULES]
        path = root / "docs" / "traceability.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(document(root, rules) + "\n", encoding="utf-8")
        if bare := untested(root, rules):
            raise CommandError(f"without a test: {', '.join(bare)}")
        self.stdout.write(f"{path.name} written.")
