"""What a reviewer sends from the page of a case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.bootstrap import InlineRadios, StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field
from django import forms
from django.utils.translation import gettext_lazy as _

from patients.actions import Verdict
from patients.context import ContextForm
from patients.forms.base import UNKNOWN, coded
from patients.forms.layouts import beside, helper_of
from patients.models import Audience, ChartVerdict, DelayVerdict, Lesson

LONGEST = 2000  # signs of a text
LONGEST_DOUBT = 200  # of what is asked of the ward: the rest of a task names the entry


def _words(label: Any, *, required: bool = True, most: int = LONGEST) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )


def _answers(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)


class VerdictForm(ContextForm):
    """Both answers, what the case teaches, for whom, and in words."""

    chart = _answers(_("Was the chart’s answer right?"), ChartVerdict.choices)
    delay = _answers(_("Was the delay avoidable?"), DelayVerdict.choices)
    lesson = coded(_("What it teaches"), [("", "—"), *Lesson.choices], required=True)
    audience = coded(_("For whom"), [("", "—"), *Audience.choices], required=True)
    text = _words(_("In words"), required=False)

    @property
    def verdict(self) -> Verdict:
        """What was filled in."""
        names = ("chart", "delay", "lesson", "audience", "text")
        return Verdict(**{x: self.cleaned_data[x] for x in names})

    @property
    def helper(self) -> FormHelper:
        """The answers beside each other, then the rest."""
        return helper_of(
            Div(InlineRadios("chart"), InlineRadios("delay"), "lesson", "audience", css_class="verdict-answers"),
            "text",
            Div(
                HTML('<span class="soft small grow">{{ signing_note }}</span>'),
                StrictButton(_("Sign verdict"), type="submit", css_class="btn-primary"),
                css_class="beside",
            ),
        )


class TakeForm(ContextForm):
    """The case is taken, or released: nothing to fill in."""

    label = _("Take this case")

    @property
    def helper(self) -> FormHelper:
        """The button."""
        return helper_of(StrictButton(self.label, type="submit", css_class="btn-outline-primary"))


class ReleaseForm(TakeForm):
    """The same, the other way."""

    label = _("Release this case")


class CommentForm(ContextForm):
    """Something beside the verdicts."""

    text = _words(_("Comment"))

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside(Field("text", wrapper_class="grow"), button=_("Add"))


class ReopenForm(ContextForm):
    """Why a closed case is opened again."""

    text = _words(_("Why it is opened again"))

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside(Field("text", wrapper_class="grow"), button=_("Open again"))


class CorrectionForm(ContextForm):
    """Which entry of the record is doubted, and what about it: a task of the ward."""

    fact = coded(_("Entry in doubt"), [UNKNOWN])
    text = _words(_("What is doubted, or missing"), most=LONGEST_DOUBT)

    def __init__(self, *args: Any, facts: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact"].choices = [("", _("none: something is missing")), *facts]  # type: ignore[attr-defined]

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("fact", Field("text", wrapper_class="grow"), button=_("Ask the ward"))
