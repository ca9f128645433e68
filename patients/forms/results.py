"""The form of results: one sample, a panel of tests, each value converted, doubted or refused before it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.absence import absence_of, without_value
from patients.clinical.drug_levels import is_level, levelled_drugs, running_on
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.quantities import Quantity
from patients.clinical.units import Reading, Unacceptable, convert
from patients.clinical.versions import FINAL, PRELIMINARY, Version
from patients.dose_words import running_text
from patients.forms.base import EntryForm, ask_about, confirmation, when
from patients.forms.level_questions import level_fields, questions
from patients.forms.oxygen import NAMES as OXYGEN
from patients.forms.oxygen import check_oxygen, in_percent, oxygen_fields
from patients.forms.value_questions import (
    AtOnceField,
    Contradiction,
    contradictions,
    is_doubtful,
    needed_text,
    tenfold_question,
    versions_for,
)
from patients.queries import LatestValue, latest_values
from patients.rows import fresh_identity
from patients.wording import measured_text, name_of, render, short_moment, translated

QUALIFIERS = (*OXYGEN, "route", "timing", "hours_since_dose", "kit")


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
    at_once = AtOnceField()

    def __init__(self, *args: Any, panel: str = "activity", only: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.panel = panel if panel in PANELS and panel != "other" else "activity"
        self.only = only
        self.doubts: dict[str, str] = {}
        self.contradictions: list[Contradiction] = []
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """Value and unit of every test of the panel, and what its values need to be judged."""
        for code in self.codes:
            self._add_test(code)
        if "pao2" in self.codes:
            self.fields.update(oxygen_fields(_("FiO2 of the blood gas and SpO2 (room air 0.21)")))
        if any(is_level(code) for code in self.codes):
            self._add_level_fields()
        if any("kit" in MEASUREMENTS[code].takes for code in self.codes):
            self.fields["kit"] = forms.CharField(label=_("Kit, if known"), required=False, max_length=60)

    def _add_level_fields(self) -> None:
        """What a level is tied to; the route of the course that runs is suggested."""
        self.fields.update(level_fields())
        today = timezone.localdate()
        routes = {x.route for drug in levelled_drugs() if (x := running_on(drug, today, self._treatments)) is not None}
        if len(routes) == 1:
            self.fields["route"].initial = routes.pop()

    @cached_property
    def _treatments(self) -> tuple[f.Treatment, ...]:
        """What is recorded as given."""
        return self.recorded.treatments if self.patient else ()

    @cached_property
    def _before(self) -> Mapping[str, LatestValue]:
        """The last value of each test of the panel."""
        return latest_values([self.patient.pk], self.codes).get(self.patient.pk, {}) if self.patient else {}

    @property
    def codes(self) -> list[str]:
        """Tests of the panel, or the few of it that are asked for."""
        return [
            code for code, kind in MEASUREMENTS.items() if kind.panel == self.panel and code in (self.only or (code,))
        ]

    @property
    def says(self) -> tuple[str, ...]:  # type: ignore[override]  # which fields there are, the panel says
        """A value, or the oxygen that belongs to one."""
        return (*(f"value_{code}" for code in self.codes), "fio2", "flow")

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
            yield Line(name_of("test", code), value, unit, self._before_text(code), self._running_text(code))

    def _before_text(self, code: str) -> str:
        last = self._before.get(code)
        if last is None:
            return ""
        return f"{measured_text(code, last.quantity)}, {short_moment(last.on)}"

    def _running_text(self, code: str) -> str:
        if not is_level(code):
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
        data = super().clean() or {}
        self.readings: dict[str, Reading] = {}
        self.absent: dict[str, str] = {}
        self._check_oxygen(data)
        for code in self.codes:
            text = (data.get(f"value_{code}") or "").strip()
            if text:
                self._read(code, text, data)
        if not self.readings and not self.absent and not self.errors:
            raise forms.ValidationError(_("No value was entered."))
        if self.patient is not None and data.get("on") and not self.errors and not self.was_stored:
            self._doubt_values()
        ask_about(self, list(self.doubts), list(self.doubts.values()))
        return data

    def _check_oxygen(self, data: dict[str, Any]) -> None:
        """A flow has its device; a percentage is said to be one."""
        if "fio2" not in self.fields:
            return
        check_oxygen(self, data)
        percent = in_percent(self, data)
        if percent:
            self.doubts[percent] = percent

    def _read(self, code: str, text: str, data: dict[str, Any]) -> None:
        kind = MEASUREMENTS[code]
        why = absence_of(kind, text)
        if why is not None:
            self.absent[code] = why
            return
        for need in kind.needs:
            through = need == "fio2" and data.get("flow") is not None and data.get("device")
            if not data.get(need) and not through:
                self.add_error(need if need in self.fields else None, needed_text(code, need))
        try:
            reading = convert(
                code, text, data.get(f"unit_{code}") or "", timing=data.get("timing") or None, fio2=data.get("fio2")
            )
        except Unacceptable as refused:
            self.add_error(f"value_{code}", render(refused.reason))
            return
        self.readings[code] = reading
        if reading.warnings:
            self.doubts[f"{code} {reading.typed}"] = " ".join(f"{render(x)}." for x in reading.warnings)
        if is_level(code) and data.get("on") and not self.errors:
            self._doubt_level(code, data)

    def _doubt_values(self) -> None:
        """Ask where a value is tenfold the last one, or contradicts one of the same moment."""
        values = list(self._values(timezone.now()))
        for value in values:
            question = tenfold_question(self.recorded, value)
            if question:
                self.doubts[f"{value.code} {value.typed} tenfold"] = question
        self.contradictions = contradictions(self.recorded, values)
        if self.contradictions and self.patient is not None:
            self.at_once_field.ask(self.contradictions, by=self.request.user, patient=self.patient)
            if not self.chosen:
                self.add_error("at_once", " ".join(x.words for x in self.contradictions))

    @property
    def at_once_field(self) -> AtOnceField:
        """The field in which the choice is made."""
        field = self.fields["at_once"]
        assert isinstance(field, AtOnceField)
        return field

    @property
    def chosen(self) -> str:
        """What was chosen about two values of one moment."""
        return self.at_once_field.chosen(self.cleaned_data.get("at_once") or "")

    def _doubt_level(self, code: str, data: dict[str, Any]) -> None:
        """Ask where a level does not fit the dose that ran."""
        to_confirm = questions(
            code,
            timezone.localdate(data["on"]),
            self._treatments,
            route=data.get("route"),
            timing=data.get("timing"),
            hours=data.get("hours_since_dose"),
        )
        self.doubts.update({f"{code} {x}": x for x in to_confirm})

    def made(self, known: datetime) -> Iterator[f.Fact]:
        return self._values(known)

    def _values(self, known: datetime) -> Iterator[f.Measurement]:
        """The values; one that was asked about and is stored all the same, is confirmed by its author."""
        for value in self._read_values(known):
            doubtful = self.patient is not None and is_doubtful(self.recorded, value)
            yield replace(value, confirmed=True) if doubtful else value

    def _read_values(self, known: datetime) -> Iterator[f.Measurement]:
        for code, reading in self.readings.items():
            yield self._result(known, code, reading.quantity, reading.typed)

    def facts(self, known: datetime) -> list[Version]:
        """What has a value, of two values of one moment as it was chosen; and what has none with the reason."""
        silent = []
        for code, why in self.absent.items():
            unit = self.cleaned_data.get(f"unit_{code}") or ""
            fact = self._result(known, code, Quantity(Decimal(0)), f"{why} {unit}".strip())
            details = without_value(why, unit)
            silent.append(Version(identity=fresh_identity(self.source), fact=fact, details=details))
        if self.patient is None or not self.contradictions:
            return [*super().facts(known), *silent]
        fresh = partial(fresh_identity, self.source)
        chosen = versions_for(self._values(known), self.contradictions, self.chosen, self.patient, fresh)
        return [*chosen, *silent]

    def _result(self, known: datetime, code: str, quantity: Quantity, typed: str) -> f.Measurement:
        data = self.cleaned_data
        takes = {*MEASUREMENTS[code].takes, *MEASUREMENTS[code].needs}
        own: dict[str, Any] = {name: None if data.get(name) == "" else data.get(name) for name in takes}
        return f.Measurement(
            **self.common(known),
            code=code,
            quantity=quantity,
            status=PRELIMINARY if data["preliminary"] else FINAL,
            typed=typed,
            **own,
        )
