"""An entry as a whole: what one form stores together, and how its author takes it back within five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.facts import give_way, record_facts, stop_treatment
from patients.actions.rounds import add_task, close_task, end_planned, reopen_task
from patients.changes import Refused, change_to, repeated_on_deadlock
from patients.clinical.planned import PlannedTask
from patients.clinical.versions import Version
from patients.entries import UNDONE_WITHIN, StoredEntry
from patients.fact_words import summary_of
from patients.models import CareTask, Fact, MedicationCourse, Outcome, Patient, User, standing_row
from patients.queries import history
from patients.wording import listed_apart


@repeated_on_deadlock
def record_entry(
    *,
    patient: Patient,
    by: User,
    facts: Sequence[Version],
    source: str,
    ended: Sequence[tuple[MedicationCourse, date]] = (),
    tasks: Sequence[PlannedTask] = (),
    ended_tasks: Sequence[CareTask] = (),
) -> tuple[list[Fact], list[CareTask]]:
    """Store what a form says: its facts, the treatments and the tasks that end with them, what it plans. All of it or
    nothing."""
    with change_to(patient, by=by):
        for task in ended_tasks:
            end_planned(task=task, by=by)
        stopped = [stop_treatment(row=row, stop=day, by=by, expected_version=row.version) for row, day in ended]
        recorded = record_facts(patient=patient, facts=facts, by=by, source=source)
        planned = [add_task(patient=patient, by=by, text=x.text, due=x.due, drug=x.drug, dose=x.dose) for x in tasks]
    return [*stopped, *recorded.rows], planned


@repeated_on_deadlock
def undo_entry(*, entry: StoredEntry, by: User) -> list[Fact]:
    """Take an entry back: what it stored is cancelled, what it changed is as before. Both stay in the history.

    Only by its author, for five minutes, and only while nobody has changed any of it: else refused as a whole.
    """
    if entry.user_id != by.pk:
        raise Refused(_("Only who made an entry undoes it."))
    if timezone.now() - entry.at > UNDONE_WITHIN:
        raise Refused(_("An entry can be undone for five minutes. Correct or cancel it instead."))
    with change_to(entry.patient, by=by):
        _refuse_changed(entry)
        for task in entry.tasks:
            close_task(task=task, by=by, outcome=Outcome.NOT_NEEDED, expected_version=task.version, note=_("undone"))
        for task, version in entry.ended_tasks:
            reopen_task(task=task, by=by, expected_version=version)
        return [give_way(row=row, by=by, reason=_("undone by its author at once")) for row in reversed(entry.rows)]


def _refuse_changed(entry: StoredEntry) -> None:
    changed = [summary_of(row) for row in entry.rows if standing_row(history(row)).pk != row.pk]
    changed += [task.text for task in entry.tasks if task.outcome]
    changed += [task.text for task, version in entry.ended_tasks if task.version != version]
    if changed:
        message = _("Not undone: this was changed, cancelled or done since: %(what)s.")
        raise Refused(message % {"what": listed_apart(changed)})


def result_of(
    kind: str,
    rows: Sequence[Fact],
    tasks: Sequence[CareTask],
    before: Sequence[str],
    ended_tasks: Sequence[CareTask] = (),
) -> dict[str, Any]:
    """What is kept of an entry with the form that made it, as `patients.entries` reads it."""
    return {
        "entry": kind,
        "rows": [row.reference for row in rows],
        "tasks": [task.pk for task in tasks],
        "before": list(before),
        "given_up": {str(task.pk): task.version for task in ended_tasks},
    }
