"""The form of results: one sample, a panel of tests, each value converted, doubted or refused before it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.drug_levels import LEVELLED, running_on
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.units import Reading, Unacceptable, convert
from patients.dose_words import running_text
from patients.forms.base import UNKNOWN, EntryForm, ask_about, coded, confirmation, when
from patients.forms.level_questions import questions
from patients.forms.numbers import NumberField
from patients.models import choices
from patients.queries import LatestValue, latest_values, take_snapshot
from patients.wording import code_name, measured_text, render, short_moment, translated

QUALIFIERS = ("fio2", "route", "timing", "hours_since_dose", "kit")


@dataclass(frozen=True, slots=True)
class Line:
    """One test on the form: value and unit field, the value before with its time, and the dose that runs."""

    name: str
    value: forms.BoundField
    unit: forms.BoundField
    before: str
    running: str


class MeasurementsForm(EntryForm):
    """Results of one sample: a panel, or every test. A value that looks doubtful is asked about before it is stored."""

    title = _("Results")
    right = "record_results"
    on = when(_("Sample taken"))
    preliminary = forms.BooleanField(label=_("preliminary"), required=False)
    confirmed = confirmation(_("I have checked the values asked about"))

    def __init__(self, *args: Any, panel: str = "activity", **kwargs: Any) -> None:
        self.panel = panel if panel in PANELS else "activity"
        self.doubts: dict[str, str] = {}
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """Value and unit of every test of the panel, and what its values need to be judged."""
        for code in self.codes:
            self._add_test(code)
        if "pao2" in self.codes:
            self.fields["fio2"] = NumberField(
                label=_("FiO2 of the blood gas and SpO2 (room air 0.21)"),
                required=False,
                min_value=Decimal("0.21"),
                max_value=Decimal(1),
            )
        if "csa" in self.codes:
            self._add_level_fields()
        if any("kit" in MEASUREMENTS[code].takes for code in self.codes):
            self.fields["kit"] = forms.CharField(label=_("Kit, if known"), required=False, max_length=60)

    def _add_level_fields(self) -> None:
        """What a level is tied to; the route of the course that runs is suggested."""
        self.fields["route"] = coded(_("Route of the drug"), [UNKNOWN, *choices.Route.choices])
        self.fields["timing"] = coded(_("Time of the level"), [UNKNOWN, *choices.Timing.choices])
        self.fields["hours_since_dose"] = NumberField(
            label=_("Hours since the dose"), required=False, min_value=Decimal(0), max_value=Decimal(48)
        )
        today = timezone.localdate()
        routes = {x.route for drug in LEVELLED if (x := running_on(drug, today, self._treatments)) is not None}
        if len(routes) == 1:
            self.fields["route"].initial = routes.pop()

    @cached_property
    def _treatments(self) -> tuple[f.Treatment, ...]:
        """What is recorded as given."""
        now = timezone.now()
        return take_snapshot(self.patient, now, now).treatments if self.patient else ()

    @cached_property
    def _before(self) -> Mapping[str, LatestValue]:
        """The last value of each test of the panel."""
        return latest_values([self.patient.pk], self.codes).get(self.patient.pk, {}) if self.patient else {}

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

    def tests(self) -> Iterator[Line]:
        """The tests, for the page."""
        for code in self.codes:
            value, unit = self[f"value_{code}"], self[f"unit_{code}"]
            yield Line(code_name(code), value, unit, self._before_text(code), self._running_text(code))

    def _before_text(self, code: str) -> str:
        last = self._before.get(code)
        if last is None:
            return ""
        return f"{measured_text(code, last.quantity)}, {short_moment(last.on)}"

    def _running_text(self, code: str) -> str:
        if code not in LEVELLED:
            return ""
        today = timezone.localdate()
        course = running_on(code, today, self._treatments)
        said = running_text(course, code, today)
        return said if course is None else gettext("running: %(dose)s") % {"dose": said}

    def extras(self) -> Iterator[forms.BoundField]:
        """Fields that qualify the values."""
        for name in QUALIFIERS:
            if name in self.fields:
                yield self[name]

    def clean(self) -> dict[str, Any]:
        """Convert every value; ask about doubtful ones; say what a value needs to be judged."""
        given = super().clean() or {}
        self.readings: dict[str, Reading] = {}
        for code in self.codes:
            text = (given.get(f"value_{code}") or "").strip()
            if text:
                self._read(code, text, given)
        if not self.readings and not self.errors:
            raise forms.ValidationError(_("No value was entered."))
        ask_about(self, list(self.doubts), list(self.doubts.values()))
        return given

    def _read(self, code: str, text: str, given: dict[str, Any]) -> None:
        kind = MEASUREMENTS[code]
        for need in kind.needs:
            if not given.get(need):
                self.add_error(need if need in self.fields else None, self._needed(code, need))
        try:
            reading = convert(
                code, text, given.get(f"unit_{code}") or "", timing=given.get("timing") or None, fio2=given.get("fio2")
            )
        except Unacceptable as refused:
            self.add_error(f"value_{code}", render(refused.reason))
            return
        self.readings[code] = reading
        if reading.warnings:
            self.doubts[f"{code} {reading.typed}"] = " ".join(f"{render(x)}." for x in reading.warnings)
        if code in LEVELLED and given.get("on") and not self.errors:
            self._doubt_level(code, given)

    def _doubt_level(self, code: str, given: dict[str, Any]) -> None:
        """Ask where a level does not fit the dose that ran."""
        asked = questions(
            code,
            timezone.localdate(given["on"]),
            self._treatments,
            route=given.get("route"),
            timing=given.get("timing"),
            hours=given.get("hours_since_dose"),
        )
        self.doubts.update({f"{code} {x}": x for x in asked})

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
            takes = {*MEASUREMENTS[code].takes, *MEASUREMENTS[code].needs}
            own: dict[str, Any] = {name: None if given.get(name) == "" else given.get(name) for name in takes}
            yield f.Measurement(
                **self.common(known),
                code=code,
                quantity=reading.quantity,
                status="preliminary" if given["preliminary"] else "final",
                typed=reading.typed,
                **own,
            )
