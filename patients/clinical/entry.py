"""A coded word of a catalogue: its code and its English name, which is a message id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`short` is a column head or a badge; equal to the name where there is no shorter form."""

    code: str
    name: str
    abbreviation: str = ""

    @property
    def short(self) -> str:
        """Abbreviation, or the name."""
        return self.abbreviation or self.name


def by_code(entries: Iterable[Entry]) -> dict[str, Entry]:
    """A catalogue from its entries, in their order."""
    return {entry.code: entry for entry in entries}
