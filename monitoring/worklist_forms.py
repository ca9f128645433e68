"""Who has a card, and what became of a test that is due: the forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils.translation import gettext_lazy as _

from monitoring.models import Mark
from patients.access import RIGHTS
from patients.context import ContextForm
from patients.forms.base import day_field
from patients.forms.layouts import beside
from patients.models import Patient, User
from patients.requests import AuthenticatedHttpRequest

NOBODY = "nobody"


def people_of(patient: Patient) -> list[User]:
    """Who may have a card of this patient: who may acknowledge, of the ward where the patient lies or lay last, and
    who is responsible."""
    roles = [str(x) for x in RIGHTS["acknowledge_alerts"]]
    stay = patient.admissions.order_by("-discharged_at").first() if patient.admission is None else patient.admission
    people = User.objects.filter(is_active=True, role__in=roles)
    near = people.filter(memberships__ward=stay.ward_id) if stay else people.none()
    answers = people.filter(responsibilities__patient=patient, responsibilities__until=None)
    return list((near | answers).distinct().order_by("last_name", "first_name", "username"))


def target_of_card(group: str) -> str:
    """What the form of a card's owner is made for."""
    return f"owner:{group}"


class CardOwnerForm(ContextForm):
    """Whose a card is from now on. Its `version` is the row that its author saw."""

    owner = forms.ChoiceField(label=_("For"), choices=())

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(x.pk), str(x)) for x in people]
        self.fields["owner"].choices = [*named, (NOBODY, _("nobody: release it"))]  # type: ignore[attr-defined]

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("owner", button=_("Give"))


def target_of_test(code: str, due: str) -> str:
    """What the form of a test that is due is made for."""
    return f"test:{code}:{due}"


class DueTestForm(ContextForm):
    """What became of a test that was due on a day, named in the address of the page that showed it."""

    what = forms.ChoiceField(label=_("What became of it"), choices=Mark.choices)
    note = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    moved_to = day_field(_("Moved to"), planned=True, required=False)

    def __init__(
        self, *args: Any, request: AuthenticatedHttpRequest, patient: Patient, code: str, due: str, **kwargs: Any
    ) -> None:
        target = target_of_test(code, due)
        super().__init__(*args, request=request, patient=patient, target=target, **kwargs)
        self.code, self.due = code, due

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("what", Field("note", wrapper_class="grow"), "moved_to", button=_("Save"))
