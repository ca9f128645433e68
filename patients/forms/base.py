"""What every entry form has: the time it is about, choices that leave things unknown, facts under a fresh identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.planned import PlannedTask
from patients.clinical.repetition import says_the_same
from patients.clinical.snapshot import Snapshot
from patients.clinical.versions import Version
from patients.clinical.wall_clock import start_of_day
from patients.context import ContextForm
from patients.fact_words import line_of
from patients.forms.days import DayField, MomentField
from patients.models import CareTask, MedicationCourse, NonceUse
from patients.queries import RecordRead, read_record, site_zone
from patients.rows import fresh_identity
from patients.wording import listed, short_moment

UNKNOWN = ("", _("not stated"))
TIMES = ("on", "day", "stop", "compared_with")
YES_NO = [UNKNOWN, ("yes", _("yes")), ("no", _("no"))]


def when(label: Any) -> MomentField:
    """A day and clock at the site, now by default."""
    return MomentField(label=label)


def day_field(label: Any, *, required: bool = True, planned: bool = False) -> DayField:
    """A calendar day at the site; `planned`: of something yet to be done."""
    return DayField(label=label, required=required, planned=planned)


def coded(label: Any, options: list[tuple[str, Any]], *, required: bool = False) -> forms.ChoiceField:
    """A choice; what is not stated stays unknown."""
    return forms.ChoiceField(label=label, choices=[] if required and not options else options, required=required)


def truth_of(answer: str) -> bool | None:
    """yes, no or not stated."""
    return {"yes": True, "no": False}.get(answer)


def _as_typed(value: Any) -> Any:
    """What a field would hold for what a fact says."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ConfirmationInput(forms.CheckboxInput):
    """A tick that names the question it answers: it answers no other."""

    def __init__(self) -> None:
        super().__init__(check_test=self.answers)
        self.question = ""

    def ask(self, values: Iterable[str]) -> str:
        """Ask about these values; returns the name of the question."""
        self.question = sha256("\n".join(values).encode()).hexdigest()[:16]
        return self.question

    def answers(self, value: Any) -> bool:
        """Was this the question?"""
        return bool(self.question) and value == self.question

    def format_value(self, value: Any) -> str:  # noqa: ARG002 - the name is Django's
        """The box carries the name of its question."""
        return self.question

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002 - the names are Django's
        """What was ticked: the name of a question."""
        return data.get(name, "")


def confirmation(label: Any) -> forms.CharField:
    """A box for "I have checked", shown once something is asked."""
    return forms.CharField(label=label, widget=ConfirmationInput(), required=False)


def ask_about(form: forms.Form, values: Sequence[str], doubts: Sequence[str]) -> None:
    """Ask for a look at doubtful values, unless exactly these were asked about and ticked before."""
    widget = form.fields["confirmed"].widget
    assert isinstance(widget, ConfirmationInput)
    if values and form.cleaned_data.get("confirmed") != widget.ask(values):
        form.add_error("confirmed", gettext("Please check: %(doubts)s") % {"doubts": " ".join(doubts)})


def recorded_already(recorded: Iterable[f.Fact], made: Sequence[f.Fact]) -> list[f.Fact]:
    """Those of the recorded facts that say the same as one of the facts that are being entered."""
    return [fact for fact in recorded if any(says_the_same(fact, x) for x in made)]


def recorded_already_text(twice: Iterable[f.Fact]) -> str:
    """The sentence about facts that would be stored a second time."""
    told = listed(f"{line_of(x)} ({short_moment(x.on)})" for x in twice)
    return gettext("Recorded already: %(facts)s") % {"facts": told}


class SeenInput(ConfirmationInput):
    """A tick that is part of the form only once something is asked."""

    @property
    def is_hidden(self) -> bool:
        """Nothing to tick yet."""
        return not self.question


class EntryForm(ContextForm):
    """Base of the entry forms. `short` is the title in a menu; `right` is what it takes to use the form.

    An entry that says what is recorded already (two forms, or the page before and "Save" again) is asked about before
    it is stored; the very form that was stored before is not: it counts once.
    """

    title: Any = ""
    short: Any = ""
    right = ""
    source = "form"
    repeats: type[f.Fact] | None = None  # the kind of fact of which the last one is offered to start from
    says: tuple[str, ...] = ()  # of a part of a set: the fields that make it a statement once one is filled in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("on", "day"):
            if name in self.fields:
                now = timezone.localtime()
                self.fields[name].initial = now.strftime("%Y-%m-%dT%H:%M") if name == "on" else now.date()
        self.fields["again"] = forms.CharField(label=_("Store it a second time"), widget=SeenInput(), required=False)
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

    def full_clean(self) -> None:
        """The fields first; once they hold: does the entry say what is recorded already?"""
        super().full_clean()
        if not self.is_bound or self.errors or self.patient is None or self.was_stored:
            return
        if self.is_stated:
            self.ask_about_recorded(list(self.made(timezone.now())))

    @property
    def is_stated(self) -> bool:
        """Does the form say something? Only a part of a set may say nothing, and is left out then."""
        return not self.empty_permitted or self.has_changed()

    def has_changed(self) -> bool:
        """A part of a set says something once a field is filled in that does more than tell when."""
        if not self.empty_permitted:
            return super().has_changed()
        return any(self.data.get(self.add_prefix(name), "").strip() for name in self.says)

    @cached_property
    def was_stored(self) -> bool:
        """This very form was stored before, and is only sent again."""
        return NonceUse.objects.filter(nonce=self.context.nonce).exists()

    @cached_property
    def record(self) -> RecordRead:
        """The record as this form has read it."""
        assert self.patient is not None
        return read_record(self.patient, timezone.now())

    @property
    def recorded(self) -> Snapshot:
        """What stands in the record."""
        return self.record.snapshot

    def ask_about_recorded(self, made: Sequence[f.Fact]) -> None:
        """Ask before the same is stored a second time."""
        twice = recorded_already(self.recorded.all_facts, made)
        widget = self.fields["again"].widget
        assert isinstance(widget, SeenInput)
        if twice and self.cleaned_data.get("again") != widget.ask(x.id for x in twice):
            self.add_error("again", recorded_already_text(twice))

    def common(self, known: datetime, on: datetime | None = None) -> dict[str, Any]:
        """What every fact of this form carries: the time it is about (the form's, unless told) and that it is new."""
        zone = site_zone()
        on = on or self.cleaned_data.get("on") or self._midnight(zone)
        return {
            "id": "",
            "on": on,
            "known": max(known, on),
            "day": on.astimezone(zone).date(),
            "known_day": known.astimezone(zone).date(),
            "first_known": max(known, on),
        }

    def _midnight(self, zone: ZoneInfo) -> datetime:
        return start_of_day(self.cleaned_data["day"], zone)

    def facts(self, known: datetime) -> list[Version]:
        """What is to be stored."""
        return [Version(identity=fresh_identity(self.source), fact=fact) for fact in self.made(known)]

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        """Treatments that end with what this form says, and their last days."""
        return []

    def planned_tasks(self) -> list[PlannedTask]:
        """What the form plans beyond today. No fact: nothing of it has happened."""
        return []

    def ended_tasks(self) -> list[CareTask]:
        """Open tasks that end with what this form says: those of a plan whose place it takes."""
        return []

    def filled_from(self, fact: f.Fact) -> dict[str, Any]:
        """Fields as an earlier fact says them, to start from; its times are not taken over."""
        said = {name: getattr(fact, name, None) for name in self.fields if name not in TIMES}
        return {name: _as_typed(value) for name, value in said.items() if value not in (None, "")}

    def made(self, known: datetime) -> Iterator[f.Fact]:
        """The facts themselves."""
        raise NotImplementedError
