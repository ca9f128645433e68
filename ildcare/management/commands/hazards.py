"""`manage.py hazards`: writes the hazard log, `docs/hazards.md`, from `docs/hazards.toml`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ildcare.operations.hazards import PAGE, faults, hazards_in, page_of


class Command(BaseCommand):
    """The page, unless the log is wrong."""

    help = __doc__
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """CommandError with everything that is wrong."""
        hazards = hazards_in(settings.BASE_DIR)
        if wrong := list(faults(hazards, settings.BASE_DIR)):
            raise CommandError("\n".join(wrong))
        (settings.BASE_DIR / PAGE).write_text(page_of(hazards), encoding="utf-8")
        self.stdout.write(f"{PAGE}: {len(hazards)} hazards")
