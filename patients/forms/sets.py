"""Several entry forms sent at once: each keeps its questions and rules; stored are all that say something, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.forms.base import ConfirmationInput, EntryForm
from patients.forms.results import MeasurementsForm
from patients.models import CareTask, MedicationCourse

QUESTIONS = ("confirmed", "at_once", "again")  # asked once there is something to ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One form of a set. `first`: the fields that are always seen, the others are folded away.

    `known`: what is recorded of it already, in words.
    """

    name: str
    title: str
    form: EntryForm
    first: tuple[str, ...] = ()
    known: str = ""

    @property
    def is_panel(self) -> bool:
        """Drawn as a panel of results."""
        return isinstance(self.form, MeasurementsForm)

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """The fields that are always seen."""
        return [self.form[name] for name in self.first if name in self.form.fields]

    @property
    def folded(self) -> list[forms.BoundField]:
        """The other fields; none of a panel, whose fields stand with its tests."""
        if self.is_panel:
            return []
        return [x for x in self.form.visible_fields() if x.name not in (*self.first, *QUESTIONS)]

    @property
    def is_open(self) -> bool:
        """Something that is folded away needs a look."""
        return any(x.errors for x in self.folded)

    @property
    def hidden(self) -> list[forms.BoundField]:
        """Fields that the place of the part answers."""
        return [x for x in self.form.hidden_fields() if x.name not in (*QUESTIONS, "context_token")]

    @property
    def questions(self) -> list[forms.BoundField]:
        """What is asked about before anything is stored."""
        return [self.form[x] for x in QUESTIONS if x in self.form.fields and self._is_asked(x)]

    def _is_asked(self, name: str) -> bool:
        if name == "at_once":
            return bool(getattr(self.form, "contradictions", ()))
        widget = self.form.fields[name].widget
        return isinstance(widget, ConfirmationInput) and bool(widget.question)


class SetForm(EntryForm):
    """Base of the sets. The parts share the token of the set, so that all of it counts once."""

    layout = "parts"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["again"]  # each part asks for itself
        self.parts = list(self.made_of())

    def made_of(self) -> Iterator[Part]:
        """The parts."""
        raise NotImplementedError

    def part(self, form: type[EntryForm], name: str, **more: Any) -> EntryForm:
        """A form inside this one: what it says nothing in is left out."""
        kept = {key.removeprefix(f"{name}-"): x for key, x in self.initial.items() if key.startswith(f"{name}-")}
        made = form(
            self.data if self.is_bound else None,
            request=self.request,
            patient=self.patient,
            target=self.target,
            prefix=name,
            empty_permitted=True,
            use_required_attribute=False,
            **more,
        )
        made.initial.update(kept)
        return made

    @property
    def stated(self) -> list[EntryForm]:
        """The parts that say something."""
        return [x.form for x in self.parts if x.form.is_stated]

    def full_clean(self) -> None:
        """The token first, then every part; at least one says something."""
        super(EntryForm, self).full_clean()
        if not self.is_bound:
            return
        for part in self.parts:
            part.form.become_part_of(self)
        self.clean_parts()
        if not self.stated and not self.errors:
            self.add_error(None, _("Nothing was entered."))

    def clean_parts(self) -> None:
        """Every part by its own rules."""
        for part in self.parts:
            part.form.full_clean()

    def is_valid(self) -> bool:
        """All of it holds, or nothing is stored."""
        return super().is_valid() and all(x.form.is_valid() for x in self.parts)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        for form in self.stated:
            yield from form.made(known)

    def facts(self, known: datetime) -> list[Version]:
        return [version for form in self.stated for version in form.facts(known)]

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        return [course for form in self.stated for course in form.ended()]

    def ended_tasks(self) -> list[CareTask]:
        return [task for form in self.stated for task in form.ended_tasks()]
