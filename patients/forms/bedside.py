"""Forms of the bedside: findings, respiratory support, treatments, judgements and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.drugs import DOSE_UNITS, DRUGS
from patients.clinical.findings import FINDINGS
from patients.forms.base import UNKNOWN, YES_NO, EntryForm, ask_about, coded, day_field, truth_of, when
from patients.forms.dose_questions import questions, running_now
from patients.forms.numbers import NumberField
from patients.forms.stale import AsksWhenStale, SeenInput
from patients.models import MedicationCourse, choices
from patients.queries import take_snapshot
from patients.wording import code_name, translated


class FindingForm(EntryForm):
    """A clinical finding."""

    title = _("Finding")
    right = "record_results"
    on = when(_("Seen on"))
    code = coded(_("Finding"), [], required=True)
    present = coded(_("Present"), YES_NO)
    change = coded(_("Change"), [UNKNOWN, *choices.FindingChange.choices])

    def prepare(self) -> None:
        self.fields["code"].choices = [(code, code_name(code)) for code in FINDINGS]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something must be said, and not two things that exclude each other."""
        given = super().clean() or {}
        if not given.get("present") and not given.get("change"):
            self.add_error("present", _("State whether it is present, or how it changed."))
        if given.get("present") == "no" and given.get("change") == "worse":
            self.add_error("change", _("Absent and worse exclude each other."))
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Finding(
            **self.common(known),
            code=given["code"],
            present=truth_of(given["present"]),
            change=given["change"] or None,
        )


class SupportForm(EntryForm):
    """Respiratory support."""

    title = _("Respiratory support")
    short = _("Support")
    right = "record_results"
    on = when(_("Since"))
    level = coded(_("Support"), [("", "—"), *choices.SupportLevel.choices], required=True)
    fio2 = forms.DecimalField(
        label=_("FiO2 (0.21-1.0)"), required=False, min_value=Decimal("0.21"), max_value=Decimal(1)
    )

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Support(**self.common(known), level=self.cleaned_data["level"], fio2=self.cleaned_data["fio2"])


class TreatmentForm(EntryForm):
    """Start of a drug, or a new dose of it: the course of the same drug that runs is ended the day before."""

    title = _("Treatment")
    right = "record_treatment"
    on = when(_("First dose"))
    drug = coded(_("Drug"), [], required=True)
    route = coded(_("Route"), [UNKNOWN, *choices.Route.choices])
    dose = NumberField(label=_("Dose"), required=False, min_value=Decimal("0.001"), max_digits=12, decimal_places=3)
    unit = coded(_("Unit of the dose"), [("", "—"), *((x, _(x)) for x in DOSE_UNITS)])
    stop = day_field(_("Last day given (empty while it goes on)"), required=False)
    replaces = forms.BooleanField(
        label=_("ends the dose of the same drug that runs now"),
        required=False,
        initial=True,
        help_text=_("Its last day is then the day before this first dose."),
    )
    confirmed = forms.CharField(label=_("I have checked the values asked about"), widget=SeenInput(), required=False)

    def prepare(self) -> None:
        self.fields["drug"].choices = [("", "—"), *((code, translated(drug.name)) for code, drug in DRUGS.items())]  # type: ignore[attr-defined]
        running = running_now(self._given, timezone.localdate())
        if running:
            self.fields["drug"].help_text = gettext("Going on: %(running)s") % {"running": running}

    @cached_property
    def _given(self) -> tuple[f.Treatment, ...]:
        """What is recorded as given."""
        now = timezone.now()
        return take_snapshot(self.patient, now, now).treatments if self.patient else ()

    def clean(self) -> dict[str, Any]:
        """A dose has a unit; the last day is not before the first, nor in the future."""
        given = super().clean() or {}
        if given.get("dose") is not None and not given.get("unit"):
            self.add_error("unit", _("A dose needs its unit."))
        stop, on = given.get("stop"), given.get("on")
        if stop and on and stop < timezone.localtime(on).date():
            self.add_error("stop", _("The last day given is before the first."))
        if stop and stop > timezone.localdate():
            self.add_error("stop", _("This day lies in the future."))
        if on and given.get("drug") and not self.errors:
            day = timezone.localdate(on)
            asked = list(questions(given["drug"], day, self._given, route=given["route"], unit=given["unit"]))
            ask_about(self, [given["drug"], *asked] if asked else [], asked)
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Treatment(
            **self.common(known),
            drug=given["drug"],
            route=given["route"] or None,
            dose=given["dose"],
            unit=(given["unit"] or None) if given["dose"] is not None else None,
            stop=given["stop"],
        )

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        """Running courses of the same drug that this dose replaces, with the last day of each."""
        given = self.cleaned_data
        if not given["replaces"]:
            return []
        first = timezone.localtime(given["on"]).date()
        running = MedicationCourse.objects.filter(patient=self.patient, drug=given["drug"], stop=None).standing()
        begun = [(x, timezone.localtime(x.on).date()) for x in running if x.on <= given["on"]]
        return [(course, max(start, first - timedelta(days=1))) for course, start in begun]


class JudgementForm(AsksWhenStale, EntryForm):
    """The clinician's judgement of improvement."""

    title = _("Judgement of improvement")
    short = _("Judgement")
    right = "judge"
    on = when(_("Judged on"))
    improvement = coded(
        _("Symptoms, oxygenation and HRCT together"), [("", "—"), *choices.Improvement.choices], required=True
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Judgement(**self.common(known), improvement=given["improvement"], note=given["note"])


class DecisionForm(AsksWhenStale, EntryForm):
    """A decision about the indicated step, or that the course is chronic. A reason is asked for unless accepted."""

    title = _("Decision")
    right = "judge"
    on = when(_("Decided on"))
    about = coded(
        _("Decision about"),
        [("", "—"), *choices.Step.choices, ("C", _("the course: it is chronic now"))],
        required=True,
    )
    accepted = coded(_("The step is"), [("", "—"), ("yes", _("accepted")), ("no", _("not followed"))])
    code = coded(_("If not followed: why"), [("", "—"), *choices.OverrideReason.choices])
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """A step is accepted or not; what departs from the chart says why."""
        given = super().clean() or {}
        about = given.get("about")
        if about and about != "C" and not given.get("accepted"):
            self.add_error("accepted", _("State whether the step is accepted."))
        if about and (about == "C" or given.get("accepted") == "no") and not given.get("reason", "").strip():
            self.add_error("reason", _("Give the reason."))
        if about and about != "C" and given.get("accepted") == "no" and not given.get("code"):
            self.add_error("code", _("Choose the kind of reason."))
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        chronic = given["about"] == "C"
        yield f.Decision(
            **self.common(known),
            step=None if chronic else given["about"],
            accepted=None if chronic else given["accepted"] == "yes",
            course="C" if chronic else None,
            reason=given["reason"],
            code=given["code"] or None if given["accepted"] == "no" and not chronic else None,
        )
