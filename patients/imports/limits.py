"""How large a document may be, said before it is read. Pure.

A course of 20,000 events is ten results a day for more than five years; its document has some two million bytes.
"""

from __future__ import annotations

from patients.clinical.reasons import Reason, _, reason

MOST_BYTES = 2_000_000
MOST_EVENTS = 20_000


def too_many_bytes(size: int) -> Reason | None:
    """Why a document of this size (bytes) is not read; None if it is."""
    if size <= MOST_BYTES:
        return None
    return reason(
        _("the file has %(size)s bytes and at most %(most)s are read: divide it, each part with the patient"),
        size=f"{size:,}",
        most=f"{MOST_BYTES:,}",
    )


def too_many_events(number: int) -> Reason | None:
    """Why a document with so many events is not read; None if it is."""
    if number <= MOST_EVENTS:
        return None
    return reason(
        _("the file has %(number)s events and at most %(most)s are read: divide it, each part with the patient"),
        number=f"{number:,}",
        most=f"{MOST_EVENTS:,}",
    )
