"""What is wrong with a delivery, told completely: every fault of the document, each with the event it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patients.clinical.reasons import Reason, say


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault (or warning). `event` counts from 1; None concerns the document as a whole."""

    event: int | None
    reason: Reason

    @property
    def message(self) -> str:
        """The sentence in English."""
        return say(self.reason)

    def __str__(self) -> str:
        return self.message if self.event is None else f"event {self.event}: {self.message}"


class CaseFaults(Exception):  # noqa: N818 - it carries the faults, not an error of the program
    """The document is refused as a whole; `faults` lists everything that is wrong with it, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
