"""Forms that amend a stored fact: correct a result, stop a treatment, cancel anything. Each makes a new version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from patients.actions import cancel_fact, confirm_value, correct_fact, end_planned, stop_treatment
from patients.clinical.absence import absence_of, without_value
from patients.clinical.bounds import storable_day, storable_moment
from patients.clinical.doubtful import doubts, may_be_doubted, without
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement as Result
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.clinical.units import Reading, Unacceptable, convert
from patients.context import ContextForm
from patients.fact_words import fact_of
from patients.forms.base import (
    ask_about,
    confirmation,
    day_field,
    recorded_already,
    recorded_already_text,
    when,
)
from patients.forms.ended_tasks import ask_about_plan, ended_tasks
from patients.forms.level_questions import level_fields, questions
from patients.forms.oxygen import NAMES as OXYGEN
from patients.forms.oxygen import check_oxygen, in_percent, oxygen_fields
from patients.forms.value_questions import contradictions, is_doubtful, needed_text, tenfold_question
from patients.models import Fact, Measurement, MedicationCourse, Status, User
from patients.queries import take_snapshot
from patients.wording import render, translated

HOW_TAKEN = (*OXYGEN, "route", "timing", "hours_since_dose", "kit")


def how_taken_fields(kind: MeasurementType) -> dict[str, forms.Field]:
    """The fields that say how a value of this test was taken; none for what the test does not take."""
    takes = {*kind.takes, *kind.needs}
    found: dict[str, forms.Field] = oxygen_fields(_("FiO2 (0.21-1.0)")) if "fio2" in takes else {}
    if "route" in takes:
        found |= level_fields()
    if "kit" in takes:
        found["kit"] = forms.CharField(label=_("Kit, if known"), required=False, max_length=60)
    return found


def _as_sent(value: Any) -> str:
    """A value as a form sends it."""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


class AmendmentForm(ContextForm):
    """Base: the version its author saw stands in the token; whoever comes second gets a conflict."""

    title: Any = ""
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, row: Fact, **kwargs: Any) -> None:
        self.row = row
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Initial values from the row."""

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """What the page shows."""
        return self.visible_fields()

    @classmethod
    def fits(cls, row: Fact) -> bool:
        """Whether this amendment makes sense for the fact as it stands."""
        return row.status != Status.CANCELLED

    def amend(self, row: Fact, *, by: User) -> Fact:
        """Do it."""
        raise NotImplementedError


class CorrectForm(AmendmentForm):
    """Another value for a result, or another time, oxygen, route, time to the dose or kit; the rest is carried on."""

    title = _("Correct the value")
    value = forms.CharField(label=_("Value"), max_length=30)
    unit = forms.ChoiceField(label=_("Unit"))
    on = when(_("Sample taken"))
    confirmed = confirmation(_("I have checked the value asked about"))
    field_order = ("value", "unit", "on", *HOW_TAKEN, "reason", "confirmed")
    asks = doubtful = False

    @classmethod
    def fits(cls, row: Fact) -> bool:
        readable_time = storable_moment(row.on)
        return super().fits(row) and isinstance(row, Measurement) and row.code in MEASUREMENTS and readable_time

    def prepare(self) -> None:
        assert isinstance(self.row, Measurement)
        kind = MEASUREMENTS[self.row.code]
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [(x.code, translated(x.symbol or x.code)) for x in kind.units]
        if kind.named:
            unit.choices = [(self.row.typed_unit, self.row.typed_unit)]
        self.fields["value"].initial = self.row.typed_value
        unit.initial = self.row.typed_unit
        self.fields["on"].initial = self.row.on.replace(second=0, microsecond=0)  # to the minute, as it is typed
        for name, field in how_taken_fields(kind).items():
            field.initial = getattr(self.row, name)
            self.fields[name] = field
        self.order_fields(self.field_order)
        self._carry_on()

    def _carry_on(self) -> None:
        """What a form does not speak of stays as it is."""
        if not self.is_bound:
            return
        sent = cast(QueryDict, self.data).copy()
        for name in ("on", *HOW_TAKEN):
            if name in self.fields:
                sent.setdefault(self.add_prefix(name), _as_sent(self.fields[name].initial))
        self.data = sent

    @property
    def changed_conditions(self) -> dict[str, Any]:
        """What is said otherwise than before of time, oxygen, route, time to the dose and kit, by column."""
        names = [x for x in ("on", *HOW_TAKEN) if x in self.fields and x in self.changed_data]
        return {x: self.cleaned_data.get(x) for x in names}

    def _taken(self) -> dict[str, Any]:
        """How the result was taken, as the form says it."""
        taken = {x: self.cleaned_data.get(x) for x in HOW_TAKEN if x in self.fields}
        return {name: None if said == "" else said for name, said in taken.items()}

    def clean(self) -> dict[str, Any]:
        """Convert as at first entry."""
        data = super().clean() or {}
        assert isinstance(self.row, Measurement)
        self.absent = absence_of(MEASUREMENTS[self.row.code], data.get("value") or "")
        self._check_conditions(data)
        if self.errors:
            return data
        if data.get("value") and self.absent is None:
            try:
                self.reading = self._read(data["value"], data.get("unit", ""))
            except Unacceptable as refused:
                self.add_error("value", render(refused.reason))
            else:
                self._ask()
        return data

    def _check_conditions(self, data: dict[str, Any]) -> None:
        """A flow has its device; what the value needs and was told, is not taken away."""
        assert isinstance(self.row, Measurement)
        if "flow" in self.fields:
            check_oxygen(self, data)
        for need in MEASUREMENTS[self.row.code].needs:
            told_before = getattr(self.row, need) or (need == "fio2" and self.row.flow is not None)
            through = need == "fio2" and data.get("flow") is not None and data.get("device")
            if told_before and not data.get(need) and not through and need not in self.errors:
                self.add_error(need, needed_text(self.row.code, need))

    def _read(self, text: str, unit: str) -> Reading:
        assert isinstance(self.row, Measurement)
        taken = self._taken()
        return convert(self.row.code, text, unit, timing=taken.get("timing"), fio2=taken.get("fio2"))

    def _ask(self) -> None:
        """A doubtful value is asked about once; its author confirms it then."""
        to_confirm, fact = [render(x) for x in self.reading.warnings], fact_of(self.row)
        if isinstance(fact, Result):  # a result that had no value says too little to be compared
            value = self._corrected(fact)
            others = without(self._snapshot, self.row.reference)
            to_confirm += [x for x in [tenfold_question(others, value)] if x]
            self.doubtful = is_doubtful(others, value)
            if self.changed_conditions:
                to_confirm += self._asked_about_conditions(value, others)
        self.asks = bool(to_confirm)
        ask_about(self, [self.reading.typed, *to_confirm] if self.asks else [], to_confirm)

    def _corrected(self, fact: Result) -> Result:
        """The result as the form says it."""
        on = self.cleaned_data["on"] if "on" in self.changed_data else fact.on
        return replace(
            fact,
            quantity=self.reading.quantity,
            typed=self.reading.typed,
            confirmed=None,
            on=on,
            day=timezone.localtime(on).date(),
            **self._taken(),
        )

    def _asked_about_conditions(self, value: Result, others: Snapshot) -> Iterator[str]:
        """At another time or taken otherwise: does a level fit its dose, does another value stand there already?"""
        if "fio2" in self.fields:
            percent = in_percent(self, self.cleaned_data)
            yield from [percent] if percent else []
        if is_level(value.code):
            yield from questions(
                value.code,
                value.day,
                others.treatments,
                route=value.route,
                timing=value.timing,
                hours=value.hours_since_dose,
            )
        twice = recorded_already(others.series(value.code), [value])
        if twice:
            yield recorded_already_text(twice)
        yield from (x.words for x in contradictions(others, [value]))

    @cached_property
    def _snapshot(self) -> Snapshot:
        now = timezone.now()
        return take_snapshot(self.row.patient, now, now)

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """The question is shown once there is one."""
        return [x for x in super().shown_fields if x.name != "confirmed" or self.asks]

    def amend(self, row: Fact, *, by: User) -> Fact:
        if self.absent is not None:
            changes = without_value(self.absent, self.cleaned_data["unit"])
        else:
            quantity = self.reading.quantity
            word = self.reading.typed in ("positive", "negative")
            changes = {
                "value": quantity.value,
                "comparator": quantity.comparator,
                "typed_value": self.reading.typed if word else self.cleaned_data["value"],
                "typed_unit": "" if word else self.cleaned_data["unit"],
                "confirmed": True if self.doubtful else None,
            }
        changes |= self.changed_conditions
        reason = self.cleaned_data["reason"]
        return correct_fact(row=row, changes=changes, by=by, reason=reason, expected_version=self.context.version)


class TimeForm(AmendmentForm):
    """The time of an entry whose stored time cannot be read."""

    title = _("Correct the time")
    on = when(_("Time"))
    field_order = ("on", "reason")

    @classmethod
    def fits(cls, row: Fact) -> bool:
        return super().fits(row) and not storable_moment(row.on)

    def amend(self, row: Fact, *, by: User) -> Fact:
        changes, reason = {"on": self.cleaned_data["on"]}, self.cleaned_data["reason"]
        return correct_fact(row=row, changes=changes, by=by, reason=reason, expected_version=self.context.version)


class ConfirmForm(AmendmentForm):
    """A person's word that a doubtful value is right: from then on it counts like any other (47)."""

    title = _("Confirm the value")

    @classmethod
    def fits(cls, row: Fact) -> bool:
        """Only a value that is in doubt."""
        if not super().fits(row) or not isinstance(row, Measurement) or not may_be_doubted(row.code):
            return False
        now = timezone.now()
        return row.reference in doubts(take_snapshot(row.patient, now, now))

    def prepare(self) -> None:
        self.fields["reason"].required = False

    def amend(self, row: Fact, *, by: User) -> Fact:
        reason = self.cleaned_data["reason"]
        return confirm_value(row=row, by=by, reason=reason, expected_version=self.context.version)


class EndsPlan(AmendmentForm):
    """Base: what is stopped or cancelled may be of a plan, whose open tasks then end or stay."""

    def prepare(self) -> None:
        drug = self.row.drug if isinstance(self.row, MedicationCourse) else ""
        self.earlier = ask_about_plan(self, self.row.patient, drug) if drug else []

    def end_tasks(self, by: User) -> None:
        """Those that are given up end, inside the change."""
        for task in ended_tasks(self, self.earlier):
            end_planned(task=task, by=by)


class StopForm(EndsPlan):
    """The last day a drug was given."""

    title = _("Stop the treatment")
    stop = day_field(_("Last day given"))
    field_order = ("stop", "reason")

    @classmethod
    def fits(cls, row: Fact) -> bool:
        if not (super().fits(row) and isinstance(row, MedicationCourse) and storable_moment(row.on)):
            return False
        return row.stop is None or not storable_day(row.stop)

    def prepare(self) -> None:
        super().prepare()
        self.fields["reason"].required = False
        self.fields["stop"].initial = timezone.localdate()

    def amend(self, row: Fact, *, by: User) -> Fact:
        assert isinstance(row, MedicationCourse)
        data = self.cleaned_data
        version = self.context.version
        self.end_tasks(by)
        return stop_treatment(row=row, stop=data["stop"], by=by, expected_version=version, reason=data["reason"])


class CancelForm(EndsPlan):
    """Withdraw a fact that should never have been recorded for this patient."""

    title = _("Cancel the entry")

    def amend(self, row: Fact, *, by: User) -> Fact:
        self.end_tasks(by)
        return cancel_fact(row=row, by=by, reason=self.cleaned_data["reason"], expected_version=self.context.version)


AMENDMENTS: dict[str, type[AmendmentForm]] = {
    "confirm": ConfirmForm,
    "correct": CorrectForm,
    "time": TimeForm,
    "stop": StopForm,
    "cancel": CancelForm,
}
