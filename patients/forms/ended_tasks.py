"""The question what becomes of the open tasks of a plan that is changed, stopped or cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.models import CareTask, Patient
from patients.plans import planned_tasks, tasks_in_words

NAME = "plan_tasks"
END, KEEP = "end", "keep"


def ask_about_plan(form: forms.Form, patient: Patient | None, drug: str) -> list[CareTask]:
    """Adds the question, if a plan of the drug has open tasks; which they are. It has to be answered: nobody knows
    whether a plan goes on but who changes it."""
    tasks = planned_tasks(patient, drug) if patient is not None else []
    if tasks:
        form.fields[NAME] = forms.ChoiceField(
            label=_("Open tasks of the plan so far"),
            choices=[("", "—"), (END, _("end them: not needed any more")), (KEEP, _("leave them open"))],
            help_text=tasks_in_words(tasks),
        )
    return tasks


def ended_tasks(form: forms.Form, tasks: Sequence[CareTask]) -> list[CareTask]:
    """The tasks that end, by the answer."""
    return list(tasks) if form.cleaned_data.get(NAME) == END else []
