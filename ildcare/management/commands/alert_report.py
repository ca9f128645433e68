"""How much the alerts ask of the wards: `manage.py alert_report [--days N] [--ward CODE ...] [--json]`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ildcare.review.alert_load import load_of
from monitoring.engine import Severity
from monitoring.fatigue import Fatigue, RuleLine
from patients.models import Ward

DAYS = 30
HEADS = ("rule", "opened", "critical", "acknowledged", "minutes", "no action", "ended unseen", "repeated", "passed on")


class Command(BaseCommand):
    """A table for a reader, or JSON. Holds no patient data: numbers only."""

    help = "Cards a patient-day, and what became of the alerts of each rule."

    def add_arguments(self, parser: CommandParser) -> None:
        """Over how many days, of which wards, and how it is written."""
        parser.add_argument("--days", type=int, default=DAYS, help=f"days until now ({DAYS})")
        parser.add_argument("--ward", action="append", default=[], metavar="CODE", help="one ward; all without it")
        parser.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One report."""
        if options["days"] < 1:
            raise CommandError("--days counts whole days: 1 or more")
        wards = Ward.objects.filter(code__in=options["ward"]) if options["ward"] else Ward.objects.all()
        unknown = sorted({*options["ward"]} - {x.code for x in wards})
        if unknown:
            raise CommandError(f"no such ward: {' '.join(unknown)}")
        now = timezone.now()
        report = load_of(list(wards), now - timedelta(days=options["days"]), now)
        self.stdout.write(json.dumps(_as_json(report)) if options["json"] else _as_text(report, options["days"]))


def _as_json(report: Fatigue) -> dict[str, Any]:
    return {
        "patient_days": round(report.days, 3),
        "settled_patient_days": round(report.settled_days, 3),
        "cards": {x.label: report.cards[x] for x in reversed(Severity)},
        "cards_a_patient_day": _rounded(report.a_day),
        "settled_cards_a_patient_day": _rounded(report.settled_a_day),
        "rules": [_rule_as_json(x, report.days) for x in report.rules],
    }


def _rule_as_json(line: RuleLine, days: float) -> dict[str, Any]:
    counted = {x.label: line.cards.get(x, 0) for x in reversed(Severity)}
    a_day = {name: _rounded(number / days) if days else None for name, number in counted.items()}
    told = {"cards": counted, "cards_a_patient_day": a_day, "predictive_value": _rounded(line.predictive)}
    return asdict(line) | told | {"silent": line.silent, "louder": line.louder}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


def _as_text(report: Fatigue, days: int) -> str:
    def shown(number: float | None) -> str:
        return "-" if number is None else f"{number:.2f}"

    counts = " ".join(f"{x.label} {report.cards[x]}" for x in reversed(Severity))
    lines = [
        f"{days} days, {report.days:.1f} patient-days, {report.all_cards} cards ({counts})",
        f"{shown(report.a_day)} cards a patient-day; outside the first 48 hours {shown(report.settled_a_day)}",
        "",
        " ".join(f"{x:>13}" if n else f"{x:<28}" for n, x in enumerate(HEADS)),
    ]
    for x in report.rules:
        numbers = (x.opened, x.critical, x.acknowledged, x.minutes, x.without_action, x.ended_unseen, x.repeated)
        told = [f"{'-' if y is None else format(y, '.0f'):>13}" for y in (*numbers, x.escalated)]
        note = " silent: it spoke before" if x.silent else " much more often than before" if x.louder else ""
        lines.append(" ".join([f"{x.rule:<28}", *told]) + note)
    return "\n".join(lines)
