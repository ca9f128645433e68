"""`test [pytest arguments]`: every test, with the bundled PostgreSQL and Valkey, in a browser too."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ildcare.browser import install_browser


class Command(BaseCommand):
    """Hands its arguments to pytest; `tests.services` starts the servers. The whole suite runs on all cores."""

    help = "Run the tests (arguments are pytest's)."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Arguments are pytest's own: Django must not read them."""
        self.handle(*argv[2:])

    def handle(self, *arguments: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Become pytest."""
        whole = all(str(argument).startswith("-") for argument in arguments)
        if whole and (missing := install_browser()):
            print(missing, flush=True)
        # a module stays on one core: its fixtures are made once, and no two `up` race each other
        cores = [] if not whole or _chooses_processes(arguments) else ["-n", "auto", "--dist", "loadscope"]
        os.chdir(settings.BASE_DIR)
        command = [sys.executable, "-m", "pytest", "-rfEs", *cores, *map(str, arguments)]
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


def _chooses_processes(arguments: tuple[Any, ...]) -> bool:
    return any(str(argument).startswith(("-n", "--numprocesses", "--pdb", "--collect-only")) for argument in arguments)
