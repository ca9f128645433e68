"""Takes files of any format that is known: `manage.py import PATH... [--source NAME] [--map NAME]`.

HL7 v2, FHIR, case files, tables (CSV, XLSX); of a folder (SS-MIX2 standard storage, for example) every file below it.
In words what came of each; a file that is refused does not stop the others, and the exit status is then 1. The same
file again changes nothing.
"""

# ruff: noqa: N999 - the command is called so

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ildcare.exchange.intake import take_path
from patients.models import Source, TableMapping, standing_mappings


class Command(BaseCommand):
    """One line a file, and what came of it."""

    help = "Take files: HL7 v2, FHIR, case files, tables; of a folder everything in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """PATH..., and what the files do not say themselves."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of files")
        parser.add_argument("--source", help="the name of the source that sent them")
        parser.add_argument("--map", help="the name of a saved mapping, for tables")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take each by itself; CommandError if one was refused."""
        source, mapping = _source(options["source"]), _mapping(options["map"])
        refused = number = 0
        for path in files_in(options["paths"]):
            number += 1
            if (deleted := _deleted(path)) is not None:
                self.stdout.write(f"{path}: {deleted}")
                continue
            intake = take_path(path, source=source, mapping=mapping)
            refused += intake.refused
            out = self.stderr if intake.refused else self.stdout
            out.write(f"{path}: {'refused: ' if intake.refused else ''}{' '.join(intake.words)}")
        if not number:
            raise CommandError("there is no file there")
        if refused:
            raise CommandError(f"{refused} of {number} files refused")


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Files, and of folders every file below, in the order of their names; what is hidden is left out."""
    for path in paths:
        if path.is_dir():
            below = (x for x in path.rglob("*") if x.is_file() and not x.name.startswith("."))
            yield from sorted(below)
        else:
            yield path


def _deleted(path: Path) -> str | None:
    """Of a file of SS-MIX2 whose condition, the last part of its name, says that it does not hold: that it is left."""
    parts = path.name.split("_")
    if len(parts) == 7 and parts[-1] == "0":
        return "left out: its name says that it was deleted"
    return None


def _source(name: str | None) -> Source | None:
    if name is None:
        return None
    source = Source.objects.filter(name=name).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"there is no source {name} (there are: {known})")
    return source


def _mapping(name: str | None) -> TableMapping | None:
    if name is None:
        return None
    mapping = standing_mappings().filter(name=name).first()
    if mapping is None:
        known = ", ".join(standing_mappings().values_list("name", flat=True)) or "none"
        raise CommandError(f"there is no mapping {name} (there are: {known})")
    return mapping
