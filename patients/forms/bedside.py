"""Forms of the bedside: findings, respiratory support, treatments, judgements and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.findings import (
    FINDING_CHANGES,
    FINDINGS,
    IMPROVEMENTS,
    OVERRIDE_REASONS,
    PROPHYLAXIS_INSTEAD,
    STEPS,
    SUPPORT_LEVELS,
)
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.forms.base import UNKNOWN, YES_NO, EntryForm, SeenInput, ask_about, coded, truth_of, when
from patients.forms.later_evidence import check_source, followed_source, source_followed
from patients.forms.oxygen import NAMES as OXYGEN
from patients.forms.oxygen import check_oxygen, in_percent, oxygen_fields, oxygen_values
from patients.forms.since_shown import AsksWhenStale
from patients.models.choices import choices_of


class FindingForm(EntryForm):
    """A clinical finding."""

    title = _("Finding")
    right = "record_results"
    repeats = f.Finding
    says = ("present", "change")
    on = when(_("Seen on"))
    code = coded(_("Finding"), choices_of(FINDINGS), required=True)
    present = coded(_("Present"), YES_NO)
    change = coded(_("Change"), [UNKNOWN, *choices_of(FINDING_CHANGES)])

    def clean(self) -> dict[str, Any]:
        """Something must be said, and not two things that exclude each other."""
        data = super().clean() or {}
        if not data.get("present") and not data.get("change"):
            self.add_error("present", _("State whether it is present, or how it changed."))
        if data.get("present") == "no" and data.get("change") == "worse":
            self.add_error("change", _("Absent and worse exclude each other."))
        return data

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        yield f.Finding(
            **self.common(known),
            code=data["code"],
            present=truth_of(data["present"]),
            change=data["change"] or None,
        )


class SupportForm(EntryForm):
    """Respiratory support."""

    title = _("Respiratory support")
    short = _("Support")
    right = "record_results"
    repeats = f.Support
    on = when(_("Since"))
    level = coded(_("Support"), [("", "—"), *choices_of(SUPPORT_LEVELS)], required=True)
    confirmed = forms.CharField(label=_("I have checked the values asked about"), widget=SeenInput(), required=False)
    field_order = ("on", "level", *OXYGEN, "confirmed")

    def prepare(self) -> None:
        self.fields.update(oxygen_fields(_("FiO2 (0.21-1.0)")))
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Room air is without oxygen; a flow has its device; a percentage is said to be one."""
        data = super().clean() or {}
        check_oxygen(self, data)
        if data.get("level") == "room_air" and (data.get("flow") or (data.get("fio2") or ROOM_AIR) > ROOM_AIR):
            self.add_error("level", _("Room air is without oxygen: choose what the FiO2 or flow goes through."))
        percent = in_percent(self, data)
        ask_about(self, [percent] if percent else [], [percent])
        return data

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Support(**self.common(known), level=self.cleaned_data["level"], **oxygen_values(self.cleaned_data))


class JudgementForm(AsksWhenStale, EntryForm):
    """The clinician's judgement of improvement."""

    title = _("Judgement of improvement")
    short = _("Judgement")
    right = "judge"
    on = when(_("Judged on"))
    improvement = coded(
        _("Symptoms, oxygenation and HRCT together"), [("", "—"), *choices_of(IMPROVEMENTS)], required=True
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        yield f.Judgement(
            **self.common(known), improvement=data["improvement"], note=data["note"], shown=self.read_at(known)
        )


class DecisionForm(AsksWhenStale, EntryForm):
    """A decision about a step, or that the course is chronic. Only who accepts the chart's step gives no reason.

    undecided: the chart indicates no step; then a decision about any of the possible ones gives its reason."""

    title = _("Decision")
    undecided = False
    right = "judge"
    on = when(_("Decided on"))
    about = coded(
        _("Decision about"),
        [("", "—"), *choices_of(STEPS), ("C", _("the course: it is chronic now"))],
        required=True,
    )
    accepted = coded(_("The step is"), [("", "—"), ("yes", _("accepted")), ("no", _("not followed"))])
    code = coded(_("If not followed: why"), [("", "—"), *choices_of(OVERRIDE_REASONS)])
    follows = source_followed()
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """A step is accepted or not; what departs from the chart says why."""
        data = super().clean() or {}
        about = data.get("about")
        if about and about != "C" and not data.get("accepted"):
            self.add_error("accepted", _("State whether the step is accepted."))
        owes_reason = about == "C" or data.get("accepted") == "no" or self.undecided
        if about and owes_reason and not data.get("reason", "").strip():
            self.add_error("reason", _("Give the reason."))
        if about and about != "C" and data.get("accepted") == "no" and not data.get("code"):
            self.add_error("code", _("Choose the kind of reason."))
        if data.get("accepted") == "no" and about != "C":
            check_source(self, data)
        return data

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        chronic = data["about"] == "C"
        yield f.Decision(
            **self.common(known),
            step=None if chronic else data["about"],
            accepted=None if chronic else data["accepted"] == "yes",
            course="C" if chronic else None,
            reason=data["reason"],
            code=data["code"] or None if data["accepted"] == "no" and not chronic else None,
            follows=followed_source(data) if data["accepted"] == "no" and not chronic else None,
            shown=self.read_at(known),
        )


class NoProphylaxisForm(AsksWhenStale, EntryForm):
    """The decision that pneumocystis prophylaxis is not given: why, and what stands in its place, 13 (100)."""

    title = _("PCP prophylaxis not given")
    right = "judge"
    on = when(_("Decided on"))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("For example sulfa allergy."))
    prophylaxis_instead = coded(_("Instead"), [("", "—"), *choices_of(PROPHYLAXIS_INSTEAD)], required=True)

    def prepare(self) -> None:
        self.fields["prophylaxis_instead"].help_text = gettext(
            "A drug is recorded as a treatment as well: without it the alert opens again."
        )

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        yield f.Decision(
            **self.common(known),
            reason=data["reason"],
            prophylaxis_instead=data["prophylaxis_instead"],
            shown=self.read_at(known),
        )
