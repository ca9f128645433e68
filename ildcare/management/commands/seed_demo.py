"""`manage.py seed_demo`: the demonstration, once: wards of invented patients, published cases, people to sign in."""

from __future__ import annotations

import os
import stat
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from ildcare.demo.seed import fresh_password, seed

LOGINS = "demo-login"  # under var/, readable by its user only: lines of user name and password


class Command(BaseCommand):
    """Store what is missing of the demonstration and write who can sign in."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", help="of the demonstration's users; by default one is made")
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default=_language(), help="of what was noted")

    def handle(self, *_args: Any, password: str | None, language: str, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is a production system: the demonstration is not for it.")
        path = Path(settings.VAR) / LOGINS
        kept = _kept_password(path)
        password = password or kept or fresh_password()
        with translation.override(language):
            seeded = seed(now=timezone.now(), password=password, renew=password != kept)
        _write_private(path, [f"{name} {password}" for name in seeded.logins])
        self.stdout.write(f"{seeded.patients} patients with {seeded.facts} facts stored; who can sign in: {path}")


def _language() -> str:
    """The reader's, as the machine has it (LANG), else that of the site."""
    spoken = os.environ.get("LANG", "")[:2]
    return spoken if spoken in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _kept_password(path: Path) -> str | None:
    """The password of an earlier start, if there was one."""
    words = path.read_text().split() if path.exists() else []
    return words[1] if len(words) > 1 else None


def _write_private(path: Path, lines: list[str]) -> None:
    """Write lines into a file that its user only can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
