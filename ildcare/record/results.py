"""The results of one patient as a flow sheet, with those that are no numbers. A constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from ildcare.moment.record_state import fingerprint
from ildcare.moment.state_cache import StateCache
from ildcare.record.flow_sheet import Sheet, TextResult, flow_sheet
from ildcare.record.sheet_cells import SheetTable, sheet_table
from monitoring.limits import beyond, place_of
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.clinical.versions import Version, left_out
from patients.models import Measurement as MeasurementRow
from patients.models import Patient
from patients.queries import site_settings, site_zone, text_results
from patients.reading import versions_of

_kept: StateCache[tuple[Sheet, SheetTable]] = StateCache(64)


def sheet_of(
    patient: Patient, known_at: datetime, versions: Sequence[Version] | None = None, **params: Any
) -> tuple[Sheet, SheetTable]:
    """The sheet as known at a moment, and its table, kept for what they are made of; `versions`: those known then, of a
    page that has read them; `params`: which part of it `flow_sheet` draws."""
    zone = site_zone()
    if versions is None:
        versions = versions_of([patient.pk], known_at, zone).get(patient.pk, [])
    texts = tuple(as_text_results(text_results(patient, known_at)))
    shown = (get_language(), timezone.localdate(), zone.key, *sorted(params.items()))
    choices = site_settings().rule_choices
    key = (patient.pk, patient.sex, fingerprint(versions), texts, shown, choices)
    sheet, table = _kept.get(
        key, lambda: _drawn(flow_sheet(versions, patient.sex, choices=choices, texts=texts, **params))
    )
    return replace(sheet, unreadable=left_out(versions, known_at)), table


def _drawn(sheet: Sheet) -> tuple[Sheet, SheetTable]:
    return sheet, sheet_table(sheet)


def as_text_results(rows: Iterable[MeasurementRow]) -> list[TextResult]:
    """Stored results without a number, as the flow sheet takes them."""
    zone = site_zone()
    known = (x for x in rows if x.code in MEASUREMENTS)
    return [
        TextResult(
            id=x.reference,
            code=x.code,
            on=x.on,
            day=x.on.astimezone(zone).date(),
            text=x.typed_value,
            name=x.name or None,
        )
        for x in known
    ]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest result of a test and the one before, whatever their age; a result without a number is one too.

    `position` and `beyond` (see `flow_sheet.Value`) are those of the newest if it is a number.
    """

    code: str
    newest: Measurement | TextResult
    before: Measurement | TextResult | None
    position: str
    beyond: bool

    @property
    def name(self) -> str | None:
        """Of a test outside the catalogue its name."""
        return self.newest.name

    @property
    def typed(self) -> str:
        """A value with its unit as it was reported; "" where the newest result is no number."""
        return next((x.typed for x in (self.newest, self.before) if isinstance(x, Measurement)), "")


def latest_results(snapshot: Snapshot, results_in_words: Iterable[TextResult], sex: str) -> list[Latest]:
    """Every test that was ever made, in the order of the panels."""
    results: dict[tuple[str, str], list[Measurement | TextResult]] = {}
    every: list[Measurement | TextResult] = [*snapshot.measurements, *results_in_words]
    for result in every:
        if result.code in MEASUREMENTS:
            results.setdefault((result.code, result.name or ""), []).append(result)
    panels, order = list(PANELS), {code: number for number, code in enumerate(MEASUREMENTS)}
    tests = sorted(results, key=lambda x: (panels.index(MEASUREMENTS[x[0]].panel), order[x[0]], x[1]))
    return [_latest(code, results[code, name], sex, snapshot) for code, name in tests]


def _latest(code: str, results: list[Measurement | TextResult], sex: str, snapshot: Snapshot) -> Latest:
    newest, *before = sorted(results, key=lambda x: (x.on, x.id), reverse=True)
    number = newest if isinstance(newest, Measurement) else None
    place = place_of(number, sex, snapshot.treatments, snapshot.series(code), snapshot.settings.rules) if number else ""
    return Latest(
        code, newest, before[0] if before else None, place, number is not None and beyond(number) is Truth.YES
    )
