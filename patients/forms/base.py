"""What every entry form has: the time it is about, choices that leave things unknown, facts under a fresh identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.context import ContextForm
from patients.models import MedicationCourse
from patients.queries import site_zone
from patients.rows import Arrival, fresh_identity

UNKNOWN = ("", _("not stated"))
YES_NO = [UNKNOWN, ("yes", _("yes")), ("no", _("no"))]


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def when(label: Any) -> forms.DateTimeField:
    """A day and clock at the site, now by default."""
    return forms.DateTimeField(label=label, widget=DateTimeInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    """A calendar day at the site."""
    return forms.DateField(label=label, widget=DateInput(), required=required)


def coded(label: Any, options: list[tuple[str, Any]], *, required: bool = False) -> forms.ChoiceField:
    """A choice; what is not stated stays unknown."""
    return forms.ChoiceField(label=label, choices=[] if required and not options else options, required=required)


def truth_of(answer: str) -> bool | None:
    """yes, no or not stated."""
    return {"yes": True, "no": False}.get(answer)


class ConfirmationInput(forms.CheckboxInput):
    """A tick that names the question it answers: it answers no other."""

    def __init__(self) -> None:
        super().__init__(check_test=self.answers)
        self.question = ""

    def ask(self, values: Iterable[str]) -> str:
        """Ask about these values; returns the name of the question."""
        self.question = sha256("\n".join(values).encode()).hexdigest()[:16]
        return self.question

    def answers(self, value: Any) -> bool:
        """Was this the question?"""
        return bool(self.question) and value == self.question

    def format_value(self, value: Any) -> str:  # noqa: ARG002 - the name is Django's
        """The box carries the name of its question."""
        return self.question

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002 - the names are Django's
        """What was ticked: the name of a question."""
        return data.get(name, "")


def confirmation(label: Any) -> forms.CharField:
    """A box for "I have checked", shown once something is asked."""
    return forms.CharField(label=label, widget=ConfirmationInput(), required=False)


def ask_about(form: forms.Form, values: Sequence[str], doubts: Sequence[str]) -> None:
    """Ask for a look at doubtful values, unless exactly these were asked about and ticked before."""
    widget = form.fields["confirmed"].widget
    assert isinstance(widget, ConfirmationInput)
    if values and form.cleaned_data.get("confirmed") != widget.ask(values):
        form.add_error("confirmed", gettext("Please check: %(doubts)s") % {"doubts": " ".join(doubts)})


class EntryForm(ContextForm):
    """Base of the entry forms. `short` is the title in a menu; `right` is what it takes to use the form."""

    title: Any = ""
    short: Any = ""
    right = ""
    source = "form"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("on", "day"):
            if name in self.fields:
                now = timezone.localtime()
                self.fields[name].initial = now.strftime("%Y-%m-%dT%H:%M") if name == "on" else now.date()
        self.prepare()

    def prepare(self) -> None:
        """Choices that depend on the language or the record."""

    @property
    def helper(self) -> FormHelper:
        """Crispy draws the fields; the page draws the form element and the buttons."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    def clean_on(self) -> datetime:
        """Not in the future."""
        on: datetime = self.cleaned_data["on"]
        if on > timezone.now():
            raise forms.ValidationError(_("This time lies in the future."))
        return on

    def clean_day(self) -> date:
        """Not in the future."""
        given: date = self.cleaned_data["day"]
        if given > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return given

    def common(self, known: datetime) -> dict[str, Any]:
        """What every fact of this form carries: the time it is about and that it is known from now."""
        zone = site_zone()
        on = self.cleaned_data.get("on") or self._midnight(zone)
        return {
            "id": "",
            "on": on,
            "known": max(known, on),
            "day": on.astimezone(zone).date(),
            "known_day": known.astimezone(zone).date(),
            "first_known": max(known, on),
        }

    def _midnight(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.cleaned_data["day"], time(), zone)

    def facts(self, known: datetime) -> list[Arrival]:
        """What is to be stored."""
        return [self.arrival(fact) for fact in self.made(known)]

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        """Treatments that end with what this form says, and their last days."""
        return []

    def arrival(self, fact: f.Fact, **details: Any) -> Arrival:
        """A new fact under an identity of its own."""
        return Arrival(Version(identity=fresh_identity(self.source), fact=fact), details)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        """The facts themselves."""
        raise NotImplementedError
