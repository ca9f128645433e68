"""What was sent of a patient and is not on the record yet, because a person has to say something about it. Pure.

It is beside the facts and never among them: nothing rests on it but that somebody has to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patients.clinical.quantities import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A result that waits. `text`: value and unit as sent; `amounts`: what it is, one for each unit that it may be in;
    `answer`: positive, negative, ...; `on`: when the sample was taken, None where nobody said; `since`: when it came.
    """

    code: str
    text: str
    since: datetime
    on: datetime | None = None
    amounts: tuple[Quantity, ...] = ()
    answer: str = ""
