"""The drugs that a patient takes, as a list: a row is a treatment that goes on; empty rows are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical.wall_clock import start_of_day
from patients.forms.base import day_field
from patients.forms.sets import Part, SetForm
from patients.forms.treatments import TreatmentForm
from patients.queries import site_zone
from patients.wording import short_day

ROWS, MORE_ROWS, MOST_ROWS = 6, 4, 30


class CurrentDrugForm(TreatmentForm):
    """One drug that goes on since a day. A course of the same drug that runs ends the day before."""

    on = None  # type: ignore[assignment]  # not asked: "since" and "goes on" tell it
    replaces = None  # type: ignore[assignment]  # the same
    stop = None  # type: ignore[assignment]  # the same
    day = day_field(_("Since"))
    says = ("drug", "name", "route", "dose", "unit", "indication", "planned", "target_low", "target_high")

    def prepare(self) -> None:
        self.fields["day"].initial = None  # nobody takes everything since today

    def clean(self) -> dict[str, Any]:
        """As any treatment that goes on; not since before the day that is recorded."""
        self.cleaned_data |= {"replaces": True, "stop": None}
        if self.cleaned_data.get("day"):
            self.cleaned_data["on"] = start_of_day(self.cleaned_data["day"], site_zone())
        given = super().clean()
        if not self.errors:
            self._refuse_doubled()
        return given

    def _refuse_doubled(self) -> None:
        """The same drug may not run twice: not in the list, nor beside a course that began later."""
        ordered, day = self.ordered, self.cleaned_data["day"]
        same = [x for x in self._given if (x.drug, x.name) == (ordered.drug, ordered.name) and x.stop is None]
        if any(x in self.listed_before for x in same):
            self.add_error("drug", _("This drug stands in the list twice."))
        elif later := next((x for x in same if x.day >= day and not self.was_stored), None):
            since = {"day": short_day(later.day, timezone.localdate())}
            message = gettext(
                "Recorded as going on since %(day)s already: correct that entry, or leave this row empty."
            )
            self.add_error("drug", message % since)


class MedicationForm(SetForm):
    """Current drugs: drug, dose, unit, route, since when, what for."""

    title = _("Current drugs")
    right = "record_treatment"
    layout = "rows"
    rows = forms.CharField(widget=forms.HiddenInput, required=False)

    def made_of(self) -> Iterator[Part]:
        first = ("drug", "dose", "unit", "route", "day", "indication")
        self.fields["rows"].initial = count = self._count()
        for number in range(1, count + 1):
            name = f"drug{number}"
            title = gettext("Drug %(n)s") % {"n": number}
            yield Part(name=name, title=title, form=self.part(CurrentDrugForm, name), first=first)

    def _count(self) -> int:
        """As many rows as the page had."""
        asked = str((self.data if self.is_bound else self.initial).get("rows", ""))
        return min(int(asked), MOST_ROWS) if asked.isdecimal() and len(asked) < 3 and int(asked) else ROWS

    def clean_parts(self) -> None:
        """Row after row: a drug is asked about beside those above it."""
        listed: list[Any] = []
        for part in self.parts:
            form = part.form
            assert isinstance(form, CurrentDrugForm)
            form.listed_before = tuple(listed)
            form.full_clean()
            if form.is_stated and not form.errors:
                listed += form.made(timezone.now())

    @classmethod
    def with_more_rows(cls, typed: dict[str, Any], **made_for: Any) -> MedicationForm:
        """What was typed so far, and rows below it."""
        rows = str(typed.get("rows", ""))
        count = (int(rows) if rows.isdecimal() and len(rows) < 3 else ROWS) + MORE_ROWS
        kept = {name: x for name, x in typed.items() if not name.endswith("context_token")}
        return cls(initial={**kept, "rows": min(count, MOST_ROWS)}, **made_for)
