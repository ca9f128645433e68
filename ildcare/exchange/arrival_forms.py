"""Forms of what waits: what a code means, what a result lacks, whose a number is, and why something is not taken."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils.translation import gettext_lazy as _

from patients.actions.withdrawing import NOT_HERE, OF_SEVERAL, SENT_AGAIN, WITHDRAWN_BEFORE
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.drugs import DRUGS, LEVEL_ROUTES, TIMINGS
from patients.clinical.findings import DEVICES
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.units import Unacceptable, read_number, unit_of
from patients.clinical.written import reason_from_json
from patients.context import ContextForm
from patients.forms.days import DayField, MomentField
from patients.forms.layouts import beside, helper_of
from patients.imports.code_map import HOLDS
from patients.imports.delivery import TWO_RESULTS
from patients.imports.fhir_treatments import ANSWERED_ORDERS
from patients.imports.spellings import spelled
from patients.models import Question, WaitingResult
from patients.wording import translated

NOTHING = "-"
STATUS = (
    ("final", _("final")),
    ("preliminary", _("preliminary")),
    ("corrected", _("corrected")),
    ("cancelled", _("it is withdrawn")),
)
STANDS = (("final", _("it holds")), ("cancelled", _("it is withdrawn")))
NEEDED = {  # by what a test needs: the fields that say it
    "fio2": ("fio2", "flow", "device"),
    "route": ("route",),
    "timing": ("timing",),
}


class MeaningForm(ContextForm):
    """What a code means here: a test, an antibody, or nothing that is kept."""

    system = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    code = forms.CharField(widget=forms.HiddenInput, max_length=100)
    called = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    means = forms.ChoiceField(label=_("means"), choices=())

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, with_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_reason:
            del self.fields["reason"]
        tests = [(x.code, translated(x.name)) for x in MEASUREMENTS.values() if not x.named]
        antibodies = [(x.code, translated(x.label)) for x in ANTIBODIES.values()]
        self.fields["means"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            (NOTHING, _("nothing that is kept here")),
            (_("Tests"), sorted(tests, key=lambda x: x[1])),
            (_("Antibodies"), antibodies),
        ]

    @property
    def helper(self) -> FormHelper:
        """One line beside the code."""
        reason = (Field("reason", wrapper_class="grow"),) if "reason" in self.fields else ()
        return beside("system", "code", "called", "means", *reason, button=_("Say so"))


class AnswerForm(ContextForm):
    """What a result lacks: as many fields as its question has."""

    on = MomentField(label=_("Sampled"), required=False)
    route = forms.ChoiceField(label=_("Route"), required=False, choices=())
    timing = forms.ChoiceField(label=_("Time of the sample"), required=False, choices=())
    fio2 = forms.CharField(label=_("FiO2"), required=False, max_length=10)
    flow = forms.CharField(label=_("Flow (L/min)"), required=False, max_length=10)
    device = forms.ChoiceField(label=_("Device"), required=False, choices=())
    hours_since_dose = forms.CharField(label=_("Hours since the dose"), required=False, max_length=10)
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=())
    value = forms.CharField(label=_("Value"), required=False, max_length=30)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=())
    means = forms.ChoiceField(label=_("Which is it?"), required=False, choices=())
    status = forms.ChoiceField(label=_("Status"), required=False, choices=())
    beside = forms.CharField(required=False, initial="yes", widget=forms.HiddenInput)
    confirmed = forms.CharField(required=False, initial="yes", widget=forms.HiddenInput)
    drug = forms.ChoiceField(label=_("Drug"), required=False, choices=())
    dose = forms.CharField(label=_("Dose"), required=False, max_length=20)
    dose_unit = forms.ChoiceField(label=_("Unit"), required=False, choices=())
    start = DayField(label=_("Since"), required=False)
    stop = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, waiting: WaitingResult, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting
        kind = MEASUREMENTS.get(waiting.target)
        for name, entries in (("route", LEVEL_ROUTES), ("timing", TIMINGS), ("device", DEVICES)):
            options = [(x.code, translated(x.label)) for x in entries.values()]
            self.fields[name].choices = [("", "—"), *options]  # type: ignore[attr-defined]
        units = [(x.code, x.symbol or x.code) for x in kind.units] if kind else []
        self.fields["unit"].choices = [("", "—"), *units]  # type: ignore[attr-defined]
        self._say_choices()
        self.fields["value"].initial = waiting.text.strip("-‐‑–—―−ー*. ")  # a dash says that there is none
        self.fields["unit"].initial = self._unit_as_sent()
        for name in set(self.fields) - {"context_token", *self.needed}:
            del self.fields[name]

    def _say_choices(self) -> None:
        """The choices of what is asked of few questions."""
        doses = dict.fromkeys(y for x in DRUGS.values() for y in x.units)
        choices: dict[str, list[tuple[str, Any]]] = {
            "result": [(x.code, translated(x.label)) for x in ANSWERS.values() if x.code != "pending"],
            "means": [(x, target_in_words(x)) for x in self._targets],
            "status": list(STANDS if self._is_of_a_withdrawal else STATUS),
            "drug": sorted(((x.code, translated(x.name)) for x in DRUGS.values()), key=lambda x: x[1]),
            "dose_unit": [(x, x) for x in doses],
        }
        for name, options in choices.items():
            self.fields[name].choices = [("", "—"), *options]  # type: ignore[attr-defined]

    @property
    def _targets(self) -> list[str]:
        """The tests that the codes of a result name, where they name several."""
        told = reason_from_json(self.waiting.why)
        if self.waiting.question != Question.CODES or self.waiting.target:
            return []
        return [x for x in str(dict(told.parts).get("codes", "")).split(" / ") if x not in ("", "-")]

    @property
    def _is_of_a_withdrawal(self) -> bool:
        """Is it asked whether a result holds that its sender took back?"""
        return self.waiting.why.get("message") in (SENT_AGAIN, WITHDRAWN_BEFORE)

    def _unit_as_sent(self) -> str:
        kind = MEASUREMENTS.get(self.waiting.target)
        try:
            return unit_of(kind, self.waiting.unit).code if kind is not None else ""
        except Unacceptable:
            return ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields that its question needs."""
        said = self.waiting.why.get("message")
        if self.waiting.question == Question.TIME:
            return ("on",)
        if said == TWO_RESULTS:
            return ("beside",)
        if said in ANSWERED_ORDERS:
            return ("confirmed", "drug", "dose", "dose_unit", "start", "stop")
        if self._targets:
            return ("means",)
        if self.waiting.question == Question.STATUS:
            return ("status",) if said not in (NOT_HERE, OF_SEVERAL) else ()
        if self.waiting.target in ANTIBODIES:
            return ("result",)
        kind = MEASUREMENTS.get(self.waiting.target)
        if kind is None:
            return ()
        if self.waiting.question == Question.CODES:
            hours = ("hours_since_dose",) if said == HOLDS["hours"] else ()
            return ("confirmed", *hours, *self._lacking(kind))
        return self._lacking(kind)

    def _lacking(self, kind: MeasurementType) -> tuple[str, ...]:
        """What a value of a test lacks."""
        needed = tuple(y for x in kind.needs for y in NEEDED[x])
        unreadable = (
            *(("value",) if not self._number_was_sent(kind) else ()),
            *(() if self._unit_as_sent() else ("unit",)),
        )
        return (*needed, *unreadable)

    def _number_was_sent(self, kind: MeasurementType) -> bool:
        """Can the value be read? Then it stays as the laboratory sent it, and is not typed over."""
        try:
            read_number(kind, spelled(self.waiting.text).value)
        except Unacceptable:
            return False
        return True

    @property
    def answers(self) -> dict[str, str]:
        """What was said, as keys of an event."""
        said = {name: self.cleaned_data.get(name) for name in self.needed}
        return {name: _said(x) for name, x in said.items() if x not in (None, "")}

    @property
    def helper(self) -> FormHelper:
        """One line beside the result."""
        words = _("Both hold") if self.needed == ("beside",) else _("Take the result")
        if self._is_of_a_withdrawal:
            words = _("Say so")
        return beside(*self.needed, button=words)


def target_in_words(target: str) -> str:
    """A test or antibody in words; nothing that is kept for none."""
    if not target:
        return str(_("nothing that is kept here"))
    if target in MEASUREMENTS:
        return translated(MEASUREMENTS[target].name)
    return translated(ANTIBODIES[target].label) if target in ANTIBODIES else target


def _said(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class UnitForm(ContextForm):
    """In which unit a source sends all values of a code that it sends like this one."""

    unit = forms.ChoiceField(label=_("Always in"), choices=())
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, waiting: WaitingResult, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = MEASUREMENTS.get(waiting.target)
        units = [(x.code, x.symbol or x.code) for x in kind.units] if kind else []
        self.fields["unit"].choices = [("", "—"), *units]  # type: ignore[attr-defined]

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("unit", Field("reason", wrapper_class="grow"), button=_("Say it for all of them"))


class SameForm(ContextForm):
    """Why somebody with another name, sex or birth date is the same person."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside(Field("reason", wrapper_class="grow"), button=_("It is the same person"))


class PickForm(SameForm):
    """Why somebody without a clear number is the patient who was picked: one reason above the choice."""

    @property
    def helper(self) -> FormHelper:
        """The reason alone: each patient of the choice has the button."""
        return helper_of(Field("reason", wrapper_class="grow"))


class ReasonForm(ContextForm):
    """Why a result is not taken, or what was done about a message."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside(Field("reason", wrapper_class="grow"), button=_("Settle without taking it"))
