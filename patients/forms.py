"""Entry forms: each makes facts of what a clinician typed. Times are the site's; every form carries its context.

A form answers `facts(known)` with what is to be stored; `StopForm` and the corrections are deeds of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.drugs import DOSE_UNITS, DRUGS
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.units import Unacceptable, convert
from patients.clinical.versions import Version
from patients.context import ContextForm
from patients.models import choices
from patients.queries import site_zone
from patients.rows import Arrival, fresh_identity
from patients.wording import code_name, render, translated

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


def when(label: str) -> forms.DateTimeField:
    """A day and clock at the site, now by default."""
    return forms.DateTimeField(label=label, widget=DateTimeInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def day_field(label: str, *, required: bool = True) -> forms.DateField:
    """A calendar day at the site."""
    return forms.DateField(label=label, widget=DateInput(), required=required)


def coded(label: str, options: list[tuple[str, Any]], *, required: bool = False) -> forms.ChoiceField:
    """A choice; what is not stated stays unknown."""
    return forms.ChoiceField(label=label, choices=[] if required and not options else options, required=required)


def truth_of(answer: str) -> bool | None:
    """yes, no or not stated."""
    return {"yes": True, "no": False}.get(answer)


class EntryForm(ContextForm):
    """Base of the entry forms. `kind` names the form in addresses; `right` is what it takes to use it."""

    title: Any = ""
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

    def arrival(self, fact: f.Fact, **details: Any) -> Arrival:
        """A new fact under an identity of its own."""
        return Arrival(Version(identity=fresh_identity(self.source), fact=fact), details)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        """The facts themselves."""
        raise NotImplementedError


class OnsetForm(EntryForm):
    """Day of respiratory onset."""

    title = _("Respiratory onset")
    right = "record_reports"
    day = day_field(_("Day of the first respiratory symptom"))

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.RespiratoryOnset(**self.common(known))


class DiagnosisForm(EntryForm):
    """Diagnosis of myositis."""

    title = _("Diagnosis")
    right = "record_reports"
    day = day_field(_("Day of the diagnosis"))
    myositis = coded(_("Diagnosis"), [("", "—"), *choices.Myositis.choices], required=True)
    provisional = forms.BooleanField(label=_("provisional"), required=False)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Diagnosis(**self.common(known), myositis=given["myositis"], provisional=given["provisional"])


class AntibodyForm(EntryForm):
    """Result of an antibody test."""

    title = _("Antibody")
    right = "record_reports"
    day = day_field(_("Day of the sample"))
    code = coded(_("Antibody"), [], required=True)
    result = coded(_("Result"), [("", "—"), *choices.AntibodyAnswer.choices], required=True)

    def prepare(self) -> None:
        self.fields["code"].choices = [(code, code_name(code)) for code in ANTIBODIES]  # type: ignore[attr-defined]

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Antibody(**self.common(known), code=self.cleaned_data["code"], result=self.cleaned_data["result"])


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


class HrctForm(EntryForm):
    """An HRCT report."""

    title = _("HRCT report")
    right = "record_reports"
    day = day_field(_("Day of the scan"))
    change = coded(_("Abnormalities against the scan before"), [UNKNOWN, *choices.HrctChange.choices])
    compared_with = day_field(_("Day of the scan before"), required=False)
    ggo = coded(_("Ground-glass opacity"), YES_NO)
    consolidation = coded(_("Consolidation"), [UNKNOWN, *choices.Consolidation.choices])
    reticular = coded(_("Reticular opacities"), YES_NO)
    intralobular_reticular = coded(_("Intralobular reticular opacities"), YES_NO)
    honeycombing = coded(_("Honeycombing"), YES_NO)
    micronodules = coded(_("Micronodules"), YES_NO)
    pattern = coded(_("Pattern"), [UNKNOWN, *choices.HrctPattern.choices])

    def clean(self) -> dict[str, Any]:
        """A scan is compared with an earlier one."""
        given = super().clean() or {}
        if given.get("compared_with") and given.get("day") and given["compared_with"] >= given["day"]:
            self.add_error("compared_with", _("The scan before must be earlier."))
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        signs = ("ggo", "reticular", "intralobular_reticular", "honeycombing", "micronodules")
        yield f.Hrct(
            **self.common(known),
            **{sign: truth_of(given[sign]) for sign in signs},
            consolidation=given["consolidation"] or None,
            pattern=given["pattern"] or None,
            change=given["change"] or None,
            compared_with=given["compared_with"],
        )


class TreatmentForm(EntryForm):
    """Start of a drug, or a new dose of it (the old dose is stopped the day before)."""

    title = _("Treatment")
    right = "record_treatment"
    on = when(_("First dose"))
    drug = coded(_("Drug"), [], required=True)
    route = coded(_("Route"), [UNKNOWN, *choices.Route.choices])
    dose = forms.DecimalField(
        label=_("Dose"), required=False, min_value=Decimal("0.001"), max_digits=12, decimal_places=3
    )
    unit = coded(_("Unit of the dose"), [("", "—"), *((x, x) for x in DOSE_UNITS)])
    stop = day_field(_("Last day given (empty while it goes on)"), required=False)

    def prepare(self) -> None:
        self.fields["drug"].choices = [("", "—"), *((code, code_name(code)) for code in DRUGS)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A dose has a unit; the last day is not before the first, nor in the future."""
        given = super().clean() or {}
        if given.get("dose") is not None and not given.get("unit"):
            self.add_error("unit", _("A dose needs its unit."))
        stop, on = given.get("stop"), given.get("on")
        if stop and on and stop < timezone.localtime(on).date():
            self.add_error("stop", _("The last day given is before the first."))
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


class HistologyForm(EntryForm):
    """Histology of a lung biopsy."""

    title = _("Histology")
    right = "record_reports"
    day = day_field(_("Day of the biopsy"))
    pattern = coded(_("Pattern"), [("", "—"), *choices.HistologyPattern.choices], required=True)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Histology(**self.common(known), pattern=self.cleaned_data["pattern"])


class SupportForm(EntryForm):
    """Respiratory support."""

    title = _("Respiratory support")
    right = "record_results"
    on = when(_("Since"))
    level = coded(_("Support"), [("", "—"), *choices.SupportLevel.choices], required=True)
    fio2 = forms.DecimalField(
        label=_("FiO2 (0.21-1.0)"), required=False, min_value=Decimal("0.21"), max_value=Decimal(1)
    )

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Support(**self.common(known), level=self.cleaned_data["level"], fio2=self.cleaned_data["fio2"])


class JudgementForm(EntryForm):
    """The clinician's judgement of improvement."""

    title = _("Judgement of improvement")
    right = "judge"
    on = when(_("Judged on"))
    improvement = coded(
        _("Symptoms, oxygenation and HRCT together"), [("", "—"), *choices.Improvement.choices], required=True
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Judgement(**self.common(known), improvement=given["improvement"], note=given["note"])


class DecisionForm(EntryForm):
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
        )


class MeasurementsForm(EntryForm):
    """Results of one sample: a panel, or every test. A value that looks doubtful is asked about before it is stored."""

    title = _("Results")
    right = "record_results"
    on = when(_("Sample taken"))
    preliminary = forms.BooleanField(label=_("preliminary"), required=False)
    confirmed = forms.BooleanField(label=_("I have checked the values asked about"), required=False)

    def __init__(self, *args: Any, panel: str = "activity", **kwargs: Any) -> None:
        self.panel = panel if panel in PANELS else "activity"
        self.doubts: list[str] = []
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """Value and unit of every test of the panel, and what its values need to be judged."""
        for code in self.codes:
            self._add_test(code)
        if "pao2" in self.codes:
            self.fields["fio2"] = forms.DecimalField(
                label=_("FiO2 of the blood gas and SpO2 (room air 0.21)"),
                required=False,
                min_value=Decimal("0.21"),
                max_value=Decimal(1),
            )
        if "csa" in self.codes:
            self.fields["route"] = coded(_("Route of the drug"), [UNKNOWN, *choices.Route.choices])
            self.fields["timing"] = coded(_("Time of the level"), [UNKNOWN, *choices.Timing.choices])
            self.fields["hours_since_dose"] = forms.DecimalField(
                label=_("Hours since the dose"), required=False, min_value=Decimal(0), max_value=Decimal(48)
            )
        if any("kit" in MEASUREMENTS[code].takes for code in self.codes):
            self.fields["kit"] = forms.CharField(label=_("Kit, if known"), required=False, max_length=60)

    @property
    def codes(self) -> list[str]:
        """Tests of the panel."""
        return [code for code, kind in MEASUREMENTS.items() if kind.panel == self.panel]

    def _add_test(self, code: str) -> None:
        kind = MEASUREMENTS[code]
        self.fields[f"value_{code}"] = forms.CharField(
            label=translated(kind.abbreviation),
            required=False,
            max_length=30,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        units = [(unit.code, translated(unit.symbol or unit.code)) for unit in kind.units]
        self.fields[f"unit_{code}"] = forms.ChoiceField(label=_("Unit"), choices=units, required=False)

    def tests(self) -> Iterator[tuple[str, forms.BoundField, forms.BoundField]]:
        """Name, value field and unit field of each test, for the page."""
        for code in self.codes:
            yield code_name(code), self[f"value_{code}"], self[f"unit_{code}"]

    def extras(self) -> Iterator[forms.BoundField]:
        """Fields that qualify the values."""
        for name in ("fio2", "route", "timing", "hours_since_dose", "kit"):
            if name in self.fields:
                yield self[name]

    def clean(self) -> dict[str, Any]:
        """Convert every value; ask about doubtful ones; say what a value needs to be judged."""
        given = super().clean() or {}
        self.readings = {}
        for code in self.codes:
            text = (given.get(f"value_{code}") or "").strip()
            if text:
                self._read(code, text, given)
        if not self.readings and not self.errors:
            raise forms.ValidationError(_("No value was entered."))
        if self.doubts and not given.get("confirmed"):
            self.add_error("confirmed", gettext("Please check: %(doubts)s") % {"doubts": " ".join(self.doubts)})
        return given

    def _read(self, code: str, text: str, given: dict[str, Any]) -> None:
        kind = MEASUREMENTS[code]
        for need in kind.needs:
            if not given.get(need):
                self.add_error(need if need in self.fields else None, self._needed(code, need))
        try:
            reading = convert(code, text, given.get(f"unit_{code}") or "", timing=given.get("timing") or None)
        except Unacceptable as refused:
            self.add_error(f"value_{code}", render(refused.reason))
            return
        self.readings[code] = reading
        self.doubts += [f"{code_name(code)}: {render(why)}" for why in reading.warnings]

    def _needed(self, code: str, need: str) -> str:
        words = {
            "fio2": gettext("%(test)s needs the FiO2 (0.21 on room air)."),
            "route": gettext("%(test)s needs the route of the drug."),
            "timing": gettext("%(test)s needs the time of the level."),
        }
        return words[need] % {"test": code_name(code)}

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        for code, reading in self.readings.items():
            takes = (*MEASUREMENTS[code].takes, *MEASUREMENTS[code].needs)
            own = {name: given.get(name) or None for name in ("fio2", "route", "timing", "hours_since_dose", "kit")}
            yield f.Measurement(
                **self.common(known),
                code=code,
                quantity=reading.quantity,
                status="preliminary" if given["preliminary"] else "final",
                typed=reading.typed,
                **{name: value for name, value in own.items() if name in takes},
            )


FORMS: dict[str, type[EntryForm]] = {
    "results": MeasurementsForm,
    "finding": FindingForm,
    "hrct": HrctForm,
    "treatment": TreatmentForm,
    "judgement": JudgementForm,
    "decision": DecisionForm,
    "antibody": AntibodyForm,
    "diagnosis": DiagnosisForm,
    "onset": OnsetForm,
    "support": SupportForm,
    "histology": HistologyForm,
}
