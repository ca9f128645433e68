"""Which entry forms a user is offered for a patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from patients.access import may
from patients.clinical.measurements import PANELS
from patients.forms import FORMS, EntryForm
from patients.wording import translated


@dataclass(frozen=True, slots=True)
class Entry:
    """One form in the menu."""

    kind: str
    title: Any


def entry_menu(user: Any) -> tuple[Entry, ...]:
    """The forms that the user may send for a patient whose record is open, in the order in which a round needs them."""
    rights = {right: may(user, right) for right in {form.right for form in FORMS.values()}}
    return tuple(Entry(kind, form.short or form.title) for kind, form in FORMS.items() if rights[form.right])


def panel_choices() -> tuple[tuple[str, str], ...]:
    """Panels of measurements, in the reader's language."""
    return tuple((code, translated(name)) for code, name in PANELS.items())


def form_class(kind: str) -> type[EntryForm] | None:
    """The form of a kind, None if there is no such form."""
    return FORMS.get(kind)
