"""`test [--fast | --full] [--seed N] [pytest arguments]`: the tests, with the bundled PostgreSQL and Valkey.

Without a path all of them, in a browser too, on all cores. `--fast` leaves out whatever needs a database, a browser or
a process and takes seconds; `--full` tries all random cases, not a quarter, and walks through the guide in any case.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ildcare.operations.browser import install_browser

FAST_WITHOUT = ("playwright", "schemathesis")  # plugins that each process would load for nothing


class Command(BaseCommand):
    """Hands its arguments to pytest; `tests.services` reads those of this product and starts the servers."""

    help = "Run the tests (arguments are pytest's)."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Arguments are pytest's own: Django must not read them."""
        self.handle(*argv[2:])

    def handle(self, *arguments: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Become pytest."""
        whole = _names_no_path(arguments)
        if whole and "--fast" not in arguments and (missing := install_browser()):
            print(missing, flush=True)
        # a module stays on one core: its fixtures are made once, and no two `up` race each other
        cores = [] if not whole or _chooses_processes(arguments) else ["-n", "auto", "--dist", "loadscope"]
        os.chdir(settings.BASE_DIR)
        unused = [f"-pno:{name}" for name in FAST_WITHOUT if "--fast" in arguments]
        command = [sys.executable, "-m", "pytest", "-rfEs", *cores, *unused, *map(str, arguments)]
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


def _names_no_path(arguments: tuple[Any, ...]) -> bool:
    words = [str(argument) for argument in arguments]
    values = {number + 1 for number, word in enumerate(words) if word == "--seed"}
    return all(word.startswith("-") or number in values for number, word in enumerate(words))


def _chooses_processes(arguments: tuple[Any, ...]) -> bool:
    return any(str(argument).startswith(("-n", "--numprocesses", "--pdb", "--collect-only")) for argument in arguments)
