"""Forms of tasks and of the treatment clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.context import ContextForm
from patients.forms.base import coded, day_field
from patients.forms.layouts import beside
from patients.models import Outcome


class TaskForm(ContextForm):
    """Something to be done for the patient until a day."""

    text = forms.CharField(
        label=_("New task"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-key": "t", "data-key-label": _("New task")}),
    )
    due = day_field(_("Due"), planned=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].initial = timezone.localdate() + timedelta(days=1)

    @property
    def helper(self) -> FormHelper:
        """One line below the open tasks."""
        return beside(Field("text", wrapper_class="grow"), "due", button=_("Add"))


class OwnerForm(ContextForm):
    """Who is to judge improvement on a day of the treatment clock."""

    owner = forms.ChoiceField(label=_("To be judged by"), choices=())

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "—"), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]

    @property
    def helper(self) -> FormHelper:
        """One line below the day it is about."""
        return beside("owner", button=_("Assign"))


class TaskEndForm(ContextForm):
    """How a task ended."""

    outcome = coded(_("Outcome"), list(Outcome.choices), required=True)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    @property
    def helper(self) -> FormHelper:
        """One line below the task."""
        return beside("outcome", Field("note", wrapper_class="grow"), button=_("Save"))

    def clean(self) -> dict[str, Any]:
        """What was not done says why, or to whom it went."""
        data = super().clean() or {}
        unsaid = data.get("outcome") in (Outcome.CANNOT, Outcome.TRANSFERRED) and not data.get("note", "").strip()
        if unsaid:
            self.add_error("note", _("Say why, or to whom it went."))
        return data
