"""Forms of the roof: what a physician signs at the bedside, and tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.context import ContextForm
from patients.forms.base import coded, day_field
from patients.forms.stale import AsksWhenStale
from patients.models import Outcome, choices
from patients.queries import site_zone
from patients.rows import Arrival, fresh_identity

LONGEST = 4000  # characters of a note or plan
ACCEPT, OVERRIDE = "accept", "override"


def words(label: Any, rows: int) -> forms.CharField:
    """A field for free text."""
    area = forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=LONGEST, widget=area)


class RoundForm(AsksWhenStale):
    """What is signed with "seen": a decision on the step that was shown, a judgement, a note, a plan."""

    step = forms.ChoiceField(choices=[("", ""), *choices.Step.choices], required=False, widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=_("The step that the chart indicates is"),
        choices=[("", _("not decided now")), (ACCEPT, _("accepted")), (OVERRIDE, _("not followed"))],
        required=False,
        widget=forms.RadioSelect,
    )
    code = coded(_("Why it is not followed"), [("", "—"), *choices.OverrideReason.choices])
    reason = forms.CharField(label=_("In words"), required=False, max_length=2000)
    improvement = forms.ChoiceField(
        label=_("Symptoms, oxygenation and HRCT together"),
        choices=[("", _("not judged now")), *choices.Improvement.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    judged_by = forms.CharField(label=_("What it rests on"), required=False, max_length=2000)
    note = words(_("Note"), 3)
    plan = words(_("Plan"), 3)

    def clean(self) -> dict[str, Any]:
        """What departs from the chart says why; a decision is about a step that was shown."""
        given = super().clean() or {}
        if given.get("decision") and not given.get("step"):
            self.add_error("decision", _("The page showed no step that could be decided."))
        if given.get("decision") == OVERRIDE:
            if not given.get("code"):
                self.add_error("code", _("Choose the kind of reason."))
            if not given.get("reason", "").strip():
                self.add_error("reason", _("Give the reason."))
        return given

    @property
    def judges(self) -> bool:
        """Something in it takes the right to judge, and the chart looks at it."""
        return bool(self.cleaned_data["decision"] or self.cleaned_data["improvement"])

    def facts(self, now: datetime) -> list[Arrival]:
        """Decision and judgement as facts; note and plan stay with the visit."""
        return [Arrival(Version(identity=fresh_identity("round"), fact=fact)) for fact in self._made(now)]

    def _made(self, now: datetime) -> Iterator[f.Fact]:
        given, day = self.cleaned_data, now.astimezone(site_zone()).date()
        common: dict[str, Any] = {
            "id": "", "on": now, "known": now, "day": day, "known_day": day, "first_known": now,
        }  # fmt: skip
        if given["improvement"]:
            yield f.Judgement(**common, improvement=given["improvement"], note=given["judged_by"].strip())
        if given["decision"]:
            accepted = given["decision"] == ACCEPT
            yield f.Decision(
                **common,
                step=given["step"],
                accepted=accepted,
                reason=given["reason"].strip(),
                code=None if accepted else given["code"],
            )


class TaskForm(ContextForm):
    """Something to be done for the patient until a day."""

    text = forms.CharField(label=_("Task"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    due = day_field(_("Due"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].initial = timezone.localdate() + timedelta(days=1)


class OwnerForm(ContextForm):
    """Who is to judge improvement on a day of the treatment clock."""

    owner = forms.ChoiceField(label=_("To be judged by"), choices=())

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "—"), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]


class TaskEndForm(ContextForm):
    """How a task ended."""

    outcome = coded(_("Outcome"), list(Outcome.choices), required=True)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        """What was not done says why, or to whom it went."""
        given = super().clean() or {}
        unsaid = given.get("outcome") in (Outcome.CANNOT, Outcome.TRANSFERRED) and not given.get("note", "").strip()
        if unsaid:
            self.add_error("note", _("Say why, or to whom it went."))
        return given
