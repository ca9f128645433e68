"""`push_key`: makes the key with which this site signs messages to browsers, and says how it is set."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ildcare.notifying.push import new_key


class Command(BaseCommand):
    """Prints a new key; stores nothing. With another key every browser has to be switched on again."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One line for the environment."""
        self.stdout.write(f"ILDCARE_PUSH_KEY={new_key()}")
