"""Which sheets of a record were printed, and what was recorded since: a print does not know that it was overtaken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from patients.forms.since_shown import news_since
from patients.merged import merges_into
from patients.models import Patient, SheetPrint, User
from patients.models.fact import Status
from patients.queries import recorded_after

MOST_PRINTS = 20
MOST_NEWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A sheet that was printed. arrived: entries recorded after its data; corrected: those of them that change or
    cancel what was on it."""

    title: str
    at: datetime
    printed_at: datetime
    by: User
    arrived: int
    corrected: int

    @property
    def overtaken(self) -> bool:
        """Does the record know more, or something else?"""
        return self.arrived > 0


def prints_of(patient: Patient, until: datetime, most: int = MOST_PRINTS) -> list[Printed]:
    """The newest prints until a moment of a record and of those merged into it, the last first; what was recorded since
    each until then. A constant number of queries."""
    people = [patient.pk, *(x.absorbed_id for x in merges_into(patient.pk))]
    prints = list(
        SheetPrint.objects.filter(patient__in=people, printed_at__lte=until)
        .select_related("by")
        .order_by("-printed_at", "-pk")[:most]
    )
    recorded = _recorded_between(patient, min(x.at for x in prints), until) if prints else ()
    return [_printed(x, recorded) for x in prints]


def _recorded_between(patient: Patient, moment: datetime, until: datetime) -> list[tuple[datetime, bool]]:
    """When each entry after a moment was recorded, and whether it changes or cancels one from before."""
    return [
        (at, status == Status.CANCELLED or version > 1)
        for rows in recorded_after(patient, moment, until)
        for at, status, version in rows.values_list("recorded_at", "status", "version")
    ]


def _printed(x: SheetPrint, recorded: Sequence[tuple[datetime, bool]]) -> Printed:
    later = [changes for at, changes in recorded if at > x.at]
    return Printed(
        title=x.get_kind_display(),
        at=x.at,
        printed_at=x.printed_at,
        by=x.by,
        arrived=len(later),
        corrected=sum(later),
    )


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What a sheet does not know whose code was typed: one sentence each. `moment`: that of its data."""

    moment: datetime
    news: tuple[str, ...]

    @property
    def left(self) -> int:
        """How many are not shown."""
        return max(0, len(self.news) - MOST_NEWS)


def sheet_in_address(request: HttpRequest, patient: Patient, at: datetime | None) -> Overtaken | None:
    """The sheet whose code led here (`?sheet=1`, with its moment)."""
    return overtaken(patient, at) if at is not None and request.GET.get("sheet") else None


def overtaken(patient: Patient, moment: datetime) -> Overtaken:
    """What was recorded, and what chart and alerts say otherwise, since the data of a sheet.

    moment: as the code tells it, in whole seconds; what was recorded within that second was on the sheet, or is told
    once too often.
    """
    return Overtaken(moment, news_since(patient, moment))
