"""What files of machines would give: `manage.py read FILE... [--map FILE] [--json]`. Needs no database, stores nothing.

Any format that the product takes: HL7 v2, FHIR, a table. Of each person: facts, what would wait for somebody and why,
results without a value, what is withdrawn. With `--json` one object a person; of several files or persons one a line,
with the key `file`. A file that cannot be read does not stop the others; the exit status is then 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ildcare.exchange.files import document_in
from ildcare.exchange.telling import as_json
from patients.clinical.reasons import _, reason
from patients.code_maps import bundled_map, rows_in
from patients.imports.case import CaseFaults, Fault
from patients.imports.code_map import CodeMap
from patients.imports.delivery import Delivery, deliveries
from patients.imports.documents import MESSAGE_FORMATS, message_format_of
from patients.imports.table_parts import documents_of, parted, report_in
from patients.imports.table_suggestion import suggested
from patients.imports.table_text import table_in
from patients.workbooks import is_workbook, table_in_workbook

TABLES = (".csv", ".tsv", ".xlsx")


class Command(BaseCommand):
    """What a document of a machine says, before anything of it is stored."""

    help = "Say what files of machines would give."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE..., --map and --json."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a message, resource or table")
        parser.add_argument(
            "--map", type=Path, help="a file of codes (CSV as in patients/codes) behind the bundled ones"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Reads and prints."""
        paths, as_lines = options["files"], options["json"]
        codes = _codes(options["map"])
        refused = 0
        for path in paths:
            try:
                found = read_document(path, codes)
            except (CaseFaults, OSError) as error:
                refused += 1
                self._refuse(path, error, as_lines)
                continue
            several = len(paths) > 1 or len(found) > 1
            for delivery in found:
                self._print(path, as_json(delivery, _zone()), as_lines, several)
        if refused:
            raise CommandError(f"{refused} of {len(paths)} files refused")

    def _print(self, path: Path, told: dict[str, Any], as_lines: bool, several: bool) -> None:
        if as_lines and several:
            self.stdout.write(json.dumps({"file": str(path), **told}, ensure_ascii=False))
        else:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))

    def _refuse(self, path: Path, error: CaseFaults | OSError, as_lines: bool) -> None:
        faults = [str(x) for x in error.faults] if isinstance(error, CaseFaults) else [error.strerror or str(error)]
        if as_lines:
            self.stdout.write(json.dumps({"file": str(path), "faults": faults}, ensure_ascii=False))
        else:
            self.stderr.write("\n".join((f"{path}: refused", *(f"  {x}" for x in faults))))


def read_document(path: Path, codes: CodeMap) -> list[Delivery]:
    """What a file delivers, by person. Raises OSError or CaseFaults."""
    document = document_in(path)
    name = message_format_of(document)
    if name is None and path.suffix.casefold() in TABLES:
        return _in_table(document, codes)
    if name is None:
        raise CaseFaults(
            [Fault(None, reason(_("no format that is read here: HL7 v2, FHIR, or a table with usual heads")))]
        )
    reports = MESSAGE_FORMATS[name].reports(document, path.stem, _zone())
    return list(deliveries(reports, codes, zone=_zone(), now=timezone.now()))


def _in_table(document: bytes, codes: CodeMap) -> list[Delivery]:
    """What a table delivers whose columns leave nothing to be asked. Raises CaseFaults with what would be, and with
    every line that would be refused."""
    table = table_in_workbook(document) if is_workbook(document) else table_in(document)
    found = suggested(table, codes).without_guesses()
    if found.questions:
        raise CaseFaults([Fault(None, x.why) for x in found.questions])
    parts = parted(table, found.of, zone=_zone())
    if parts.refused:
        raise CaseFaults([Fault(x.line.number, why) for x in parts.refused for why in x.why])
    reports = [report_in(x, zone=_zone()) for _part, x in documents_of(parts)]
    return list(deliveries(reports, codes, zone=_zone(), now=timezone.now()))


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _codes(path: Path | None) -> CodeMap:
    try:
        return bundled_map().with_rows(rows_in(path)) if path else bundled_map()
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: no map of codes ({error})") from None
