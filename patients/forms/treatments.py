"""The form of a treatment: drug by list or by name, dose with limits, purpose and target of the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.body import height_on, weight_on
from patients.clinical.drug_levels import is_level
from patients.clinical.drug_naming import OTHER, CannotBeConverted, Kept, drug_named, kept
from patients.clinical.drugs import DOSE_UNITS, DRUGS, INDICATIONS, ROUTES, TIMINGS
from patients.forms.base import UNKNOWN, EntryForm, SeenInput, ask_about, coded, day_field, truth_of, when
from patients.forms.dose_questions import questions, running_now
from patients.forms.numbers import NumberField
from patients.models import MedicationCourse, Patient
from patients.models.choices import choices_of
from patients.wording import dose_text, name_of


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a form orders, as it is kept: the drug, a name beside its code, the dose. `said`: what was made of it."""

    drug: str
    name: str | None
    dose: Decimal | None
    unit: str | None
    said: tuple[str, ...] = ()


class TreatmentForm(EntryForm):
    """Start of a drug, or a new dose of it: the course of the same drug that runs is ended the day before."""

    title = _("Treatment")
    right = "record_treatment"
    repeats = f.Treatment
    on = when(_("First dose"))
    drug = coded(_("Drug"), [("", "—"), *((code, _(drug.name)) for code, drug in DRUGS.items())], required=True)
    name = forms.CharField(
        label=_("Name of another drug"),
        required=False,
        max_length=100,
        help_text=_('For "other drug": generic or brand name. One that the list has is taken for it.'),
    )
    route = coded(_("Route"), [UNKNOWN, *choices_of(ROUTES)])
    dose = NumberField(label=_("Dose"), required=False, min_value=Decimal("0.001"), max_digits=12, decimal_places=3)
    unit = coded(_("Unit of the dose"), [("", "—"), *((x, _(x)) for x in DOSE_UNITS)])
    stop = day_field(_("Last day given (empty while it goes on)"), required=False)
    replaces = forms.BooleanField(
        label=_("ends the dose of the same drug that runs now"),
        required=False,
        initial=True,
        help_text=_("Its last day is then the day before this first dose."),
    )
    indication = coded(_("Given for"), [UNKNOWN, *choices_of(INDICATIONS)])
    planned = coded(_("A pulse is given"), [UNKNOWN, ("yes", _("as planned")), ("no", _("for worsening"))])
    target_timing = coded(_("Target of the order: time of the level"), [UNKNOWN, *choices_of(TIMINGS)])
    target_low = NumberField(label=_("Target level from (ng/mL)"), required=False, min_value=Decimal(0))
    target_high = NumberField(label=_("Target level up to (ng/mL)"), required=False, min_value=Decimal(0))
    confirmed = forms.CharField(label=_("I have checked the values asked about"), widget=SeenInput(), required=False)
    listed_before: tuple[f.Treatment, ...] = ()  # told in the same sending: asked about together

    def prepare(self) -> None:
        running = running_now(self._given, timezone.localdate())
        if running:
            self.fields["drug"].help_text = gettext("Going on: %(running)s") % {"running": running}

    @cached_property
    def _known(self) -> tuple[tuple[f.Treatment, ...], tuple[f.Measurement, ...]]:
        """What is recorded as given, and weights and heights."""
        if not self.patient:
            return (), ()
        return self.recorded.treatments, (*self.recorded.series("weight"), *self.recorded.series("height"))

    @property
    def _given(self) -> tuple[f.Treatment, ...]:
        return (*self._known[0], *self.listed_before)

    def clean(self) -> dict[str, Any]:
        """A dose has a unit; the last day is not before the first, nor in the future; what looks unusual is asked."""
        data = super().clean() or {}
        self._check_name(data)
        if data.get("dose") is not None and not data.get("unit"):
            self.add_error("unit", _("A dose needs its unit."))
        stop, on = data.get("stop"), data.get("on")
        if stop and on and stop < timezone.localtime(on).date():
            self.add_error("stop", _("The last day given is before the first."))
        if data.get("drug") and not self.errors:
            self.ordered = self._ordered(data)
            self._check_target(data)
        if on and data.get("drug") and not self.errors:
            self._ask(data, timezone.localdate(on))
        return data

    def _check_name(self, data: dict[str, Any]) -> None:
        """Another drug has a name; a drug of the list needs none."""
        if data.get("drug") == OTHER and not data.get("name"):
            self.add_error("name", _("Give the name of the drug."))
        if data.get("drug") not in ("", None, OTHER) and data.get("name"):
            self.add_error("name", _('Choose "other drug" for a drug by its name, or leave the name empty.'))

    def _ordered(self, data: dict[str, Any]) -> Ordered:
        """The drug and dose as they are kept: a name that the catalogue knows is its drug."""
        dose, unit = data.get("dose"), data.get("unit") or ""
        if data["drug"] != OTHER:
            return Ordered(data["drug"], None, dose, unit)
        named = drug_named(data["name"])
        if named is None or named.code == OTHER:
            return Ordered(OTHER, data["name"], dose, unit)
        try:
            as_kept = kept(named, dose, unit, data.get("route") or None)
        except CannotBeConverted:
            self.add_error("unit", _("A dose in this unit cannot be converted to prednisolone."))
            return Ordered("gc", named.steroid, dose, unit)
        said = self._said(data["name"], as_kept, dose, unit)
        return Ordered(as_kept.drug, as_kept.name, as_kept.dose, as_kept.unit, said)

    def _said(self, name: str, as_kept: Kept, dose: Decimal | None, unit: str) -> tuple[str, ...]:
        """What was made of an order by name."""
        if not as_kept.as_if or dose is None or as_kept.dose is None:
            return (gettext("%(name)s is taken for %(drug)s.") % {"name": name, "drug": name_of("drug", as_kept.drug)},)
        kept_name = gettext(as_kept.name) if as_kept.name else name
        words = {"name": kept_name, "as_if": gettext(as_kept.as_if)}
        words |= {"dose": dose_text(dose, unit), "equal": dose_text(as_kept.dose, as_kept.unit or "")}
        return (gettext("%(name)s %(dose)s is kept as %(equal)s of %(as_if)s.") % words,)

    def _check_target(self, data: dict[str, Any]) -> None:
        """A target has its time, its lowest and its highest level, and a drug whose level is measured."""
        low, high, timing = data.get("target_low"), data.get("target_high"), data.get("target_timing")
        if low is None and high is None and not timing:
            return
        if not is_level(self.ordered.drug):
            self.add_error("target_timing", _("This drug has no level that a target could be for."))
        elif low is None or high is None or not timing:
            self.add_error("target_timing", _("A target needs its time, its lowest and its highest level."))
        elif low >= high:
            self.add_error("target_low", _("The lowest level of a target must be less than the highest."))

    def _ask(self, data: dict[str, Any], day: date) -> None:
        ordered = self.ordered
        to_confirm = list(ordered.said)
        if ordered.drug == "gc_pulse" and not data.get("planned"):  # specification 13 (70)
            to_confirm.append(gettext("Is the pulse given as planned, or for worsening?"))
        if ordered.drug != OTHER:
            to_confirm += questions(
                ordered.drug,
                day,
                self._given,
                route=data["route"],
                unit=ordered.unit or "",
                dose=ordered.dose,
                weight=weight_on(day, self._known[1]),
                height=height_on(day, self._known[1]),
            )
        ask_about(self, [ordered.drug, *to_confirm] if to_confirm else [], to_confirm)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data, ordered = self.cleaned_data, self.ordered
        target = data["target_low"] is not None
        yield f.Treatment(
            **self.common(known),
            drug=ordered.drug,
            route=data["route"] or None,
            dose=ordered.dose,
            unit=(ordered.unit or None) if ordered.dose is not None else None,
            stop=data["stop"],
            name=ordered.name,
            indication=data["indication"] or None,
            planned=truth_of(data["planned"]),
            target_timing=data["target_timing"] or None if target else None,
            target_low=data["target_low"],
            target_high=data["target_high"],
        )

    def filled_from(self, fact: f.Fact) -> dict[str, Any]:
        """A drug of the list stands there; only one outside it is named."""
        fields = super().filled_from(fact)
        return fields if fields.get("drug") == OTHER else {key: x for key, x in fields.items() if key != "name"}

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        """Running courses of the same drug that this dose replaces, with the last day of each."""
        data, ordered = self.cleaned_data, self.ordered
        return ended_by(self.patient, ordered, data["on"]) if data["replaces"] else []


def ended_by(patient: Patient | None, ordered: Ordered, on: datetime) -> list[tuple[MedicationCourse, date]]:
    """Running courses of the same drug that end the day before a dose of `on`, with the last day of each."""
    first = timezone.localtime(on).date()
    running = MedicationCourse.objects.filter(patient=patient, drug=ordered.drug, stop=None).standing()
    if ordered.drug == OTHER:
        running = running.filter(name=ordered.name)
    begun = [(x, timezone.localtime(x.on).date()) for x in running if x.on <= on]
    return [(course, max(start, first - timedelta(days=1))) for course, start in begun]
