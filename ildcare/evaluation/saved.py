"""What the reader entered a moment ago, what the chart answers since, and how it is undone: for each page after it.

Of one patient it is the last entry; of a sheet of a whole ward it is the row of each patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from algorithm.charts import chart_for
from algorithm.walk.engine import Pathway, walk
from ildcare.evaluation.shown import pathway_at
from patients.clinical.snapshot import Snapshot
from patients.context import ContextForm
from patients.entries import UNDONE_WITHIN, StoredEntry, last_entry, last_rows
from patients.fact_words import summary_of
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.wording import short_name_of


@dataclass(frozen=True, slots=True)
class Saved:
    """What the reader entered a moment ago. `form` takes it back; None where it was taken back already."""

    entry: StoredEntry
    lines: tuple[str, ...]
    answer: str
    form: ContextForm | None


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A row of a sheet of a ward, as it was saved a moment ago; `form` takes it back."""

    patient: Patient
    number: int
    lines: tuple[str, ...]
    form: ContextForm


def saved_just_now(
    request: AuthenticatedHttpRequest, patient: Patient, snapshot: Snapshot | None = None
) -> Saved | None:
    """The last entry of the reader, for as long as it can be undone. `snapshot`: of now, where the page has read it."""
    entry = last_entry(patient, request.user, UNDONE_WITHIN)
    if entry is None:
        return None
    ended = (_("ended: %(task)s") % {"task": x.text} for x, _version in entry.ended_tasks if not entry.undone)
    lines = (*(summary_of(x) for x in entry.rows), *(x.text for x in entry.tasks), *ended)
    form = None if entry.undone else _undo_form(request, patient, entry.number)
    pathway = walk(chart_for(snapshot), snapshot) if snapshot is not None else pathway_at(patient, timezone.now())
    return Saved(entry, lines, answer_text(entry.before, open_steps(pathway)), form)


def rows_just_now(request: AuthenticatedHttpRequest) -> list[SavedRow]:
    """The rows of a ward's sheet that the reader saved a moment ago and has entered nothing since. One query where
    there is none."""
    return [
        SavedRow(patient, number, tuple(summary_of(x) for x in rows), _undo_form(request, patient, number))
        for number, patient, rows in last_rows(request.user, UNDONE_WITHIN)
    ]


def _undo_form(request: AuthenticatedHttpRequest, patient: Patient, number: int) -> ContextForm:
    return ContextForm(request=request, patient=patient, target=f"undo:{number}")


# -- the chart's answer -----------------------------------------------------------------------------------------------


def open_steps(pathway: Pathway) -> tuple[str, ...]:
    """The step that the chart indicates, or all that are possible."""
    return (pathway.step,) if pathway.step else tuple(pathway.steps_possible)


def answer_text(before: Sequence[str], now: Sequence[str]) -> str:
    """ "chart: T3 (before: T2 or T3)", or that it is unchanged."""
    if tuple(before) == tuple(now):
        return _("chart unchanged: %(steps)s") % {"steps": one_of(now)}
    return _("chart: %(steps)s (before: %(before)s)") % {"steps": one_of(now), "before": one_of(before)}


def one_of(steps: Iterable[str]) -> str:
    """ "T2 or T3"."""
    return f" {_('or')} ".join(short_name_of("step", x) for x in steps)
