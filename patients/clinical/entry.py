"""A coded word of a catalogue: its code and its English name, which is a message id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`short` is a column head or a badge, `label` what a list to choose from says: the name, unless given."""

    code: str
    name: str
    abbreviation: str = ""
    choice: str = ""

    @property
    def short(self) -> str:
        """Abbreviation, or the name."""
        return self.abbreviation or self.name

    @property
    def label(self) -> str:
        """The words of a list to choose from, or the name."""
        return self.choice or self.name


def by_code(entries: Iterable[Entry]) -> dict[str, Entry]:
    """A catalogue from its entries, in their order."""
    return {entry.code: entry for entry in entries}
