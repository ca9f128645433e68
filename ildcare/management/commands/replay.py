"""Evaluates case files without storing them: `manage.py replay FILE... [--as-of DATETIME] [--chart CHART] [--json]`.

Needs no database. One file: its evaluation, as sentences or as one JSON object. Several: each after its name, or with
`--json` one object a line with the key `file`. A file that cannot be read does not stop the others: its faults stand in
its place, and the exit status is 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from algorithm.charts import CHARTS
from ildcare.evaluation.replay import Replay, after_last_event, as_json, as_of_text, replay
from ildcare.evaluation.replay_text import as_text
from ildcare.exchange.files import document_in
from patients.clinical.snapshot import Settings
from patients.imports import read_case
from patients.imports.case import Case, CaseFaults
from patients.imports.moments import NotAMoment


class Command(BaseCommand):
    """Where cases stand on the chart, and every alert up to that moment."""

    help = "Evaluate case files without storing them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE..., --as-of, --chart and --json."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a case file (ildcare-case/1)")
        parser.add_argument("--as-of", help="date (its end) or time; default: after the last event")
        parser.add_argument("--chart", choices=list(CHARTS), help="name and version; default: the last published one")
        parser.add_argument("--json", action="store_true", help="print JSON; of several files one object a line")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Reads, evaluates, prints."""
        paths, as_json_text, asked = options["files"], options["json"], (options["as_of"], options["chart"] or "")
        if len(paths) > 1:
            self._several(paths, asked, as_json_text)
            return
        try:
            case, result = evaluate(paths[0], *asked)
        except CaseFaults as refused:
            lines = "\n".join(f"  {fault}" for fault in refused.faults)
            raise CommandError(f"{paths[0]}: refused\n{lines}") from None
        except OSError as error:
            raise CommandError(f"{paths[0]}: {error.strerror}") from None
        if as_json_text:
            self.stdout.write(json.dumps(as_json(result), ensure_ascii=False, indent=1))
        else:
            self._print(case, result)

    def _several(self, paths: list[Path], asked: tuple[str | None, str], as_json_text: bool) -> None:
        refused = 0
        for path in paths:
            try:
                case, result = evaluate(path, *asked)
            except (CaseFaults, OSError) as error:
                refused += 1
                self._refuse(path, faults_of(error), as_json_text)
                continue
            if as_json_text:
                self._line({"file": str(path), **as_json(result)})
            else:
                self.stdout.write(f"== {path}")
                self._print(case, result)
        if refused:
            raise CommandError(f"{refused} of {len(paths)} files refused")

    def _print(self, case: Case, result: Replay) -> None:
        for warning in case.warnings:
            self.stderr.write(f"note: {warning}")
        self.stdout.write(as_text(case, result))

    def _refuse(self, path: Path, faults: list[str], as_json_text: bool) -> None:
        if as_json_text:
            self._line({"file": str(path), "faults": faults})
        else:
            self.stderr.write("\n".join((f"{path}: refused", *(f"  {fault}" for fault in faults))))

    def _line(self, answer: dict[str, Any]) -> None:
        """One object on one line; whoever reads along gets it at once."""
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        self.stdout.flush()


def evaluate(path: Path, as_of: str | None, chart: str = "") -> tuple[Case, Replay]:
    """The case in a file and its evaluation as of a typed moment (None: after its last event), on a chart by its name
    and version ("": the last published one).

    Raises OSError or CaseFaults for the file, CommandError for the moment.
    """
    case = read_case(document_in(path), zone=settings.TIME_ZONE, now=timezone.now())
    try:
        moment = as_of_text(as_of, case.zone) if as_of else after_last_event(case)
    except NotAMoment as error:
        raise CommandError(f"--as-of: {error}") from None
    return case, replay(case, moment or timezone.now(), Settings(chart=chart))


def faults_of(error: CaseFaults | OSError) -> list[str]:
    """Why a file could not be evaluated, one sentence each."""
    if isinstance(error, CaseFaults):
        return [str(fault) for fault in error.faults]
    return [error.strerror or str(error)]
