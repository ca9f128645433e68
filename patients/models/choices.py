"""What a coded column may hold: a vocabulary of `patients.clinical` as choices of columns and forms.

Codes of measurements, drugs, antibodies and findings are no choices of a column, so that a new one needs no migration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from patients.clinical.entry import Entry


def choice(entry: Entry) -> tuple[str, Any]:
    """Code and words of one entry, these in the language of the reader."""
    return entry.code, gettext_lazy(entry.label)


def choices_of(vocabulary: Mapping[str, Entry]) -> list[tuple[str, Any]]:
    """Every code of a vocabulary with its words, in its order."""
    return [choice(entry) for entry in vocabulary.values()]
