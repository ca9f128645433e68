"""Parsers of what senders deliver, one file per format: to facts, or to a list of every fault. Pure.

A new format is one file with its `FORMAT`, and one line in `FORMATS`: page and commands follow.
"""

from __future__ import annotations

from datetime import datetime

from patients.imports import case_file
from patients.imports.case import Case, CaseFaults, Fault, Format
from patients.imports.limits import too_many_bytes

# by the name of its file, under which the facts of its documents are stored
FORMATS: dict[str, Format] = {"case_file": case_file.FORMAT}


def format_of(document: bytes) -> Format:
    """The format that recognises a document; where none does, the first one, whose faults say what is missing."""
    formats = list(FORMATS.values())
    return next((x for x in formats if x.recognises(document)), formats[0])


def refuse_size(size: int) -> None:
    """Raises CaseFaults for a document of more bytes than are read; a door asks before it reads the file."""
    why = too_many_bytes(size)
    if why is not None:
        raise CaseFaults([Fault(None, why)])


def read_case(document: bytes, *, zone: str, now: datetime) -> Case:
    """The case in a document of any format, read at `now` by a site in `zone`. Raises CaseFaults with every fault.

    One that is larger than `limits` allow is refused before it is looked at.
    """
    refuse_size(len(document))
    return format_of(document).parse(document, zone=zone, now=now)
