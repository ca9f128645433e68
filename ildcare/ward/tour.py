"""The first minute of who looks at the demonstration: three beds that show what this is for. It can be put away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from ildcare.ward.line import Line
from patients.clinical.reasons import _
from patients.wording import translated

COOKIE, AWAY = "tour", "no"
LOGINS = "demo-login"  # what `seed_demo` leaves behind: how its users sign in
# numbers of invented patients, and what is to be seen there
BEDS = {
    "90070123": _("looks like a step up, and may be an infection: read that card first"),
    "90070121": _("an antibiotic has doubled the cyclosporine level, and creatinine rises"),
    "90070111": _("anti-MDA5 came back positive: the chart asks for three drugs, nothing runs"),
}


class Stop(NamedTuple):
    """A bed of the tour: whose, and what is to be seen there."""

    line: Line
    text: str


def _is_demo() -> bool:
    """Were invented people seeded into this installation? Asked anew: the first start seeds after it has begun."""
    return (settings.VAR / LOGINS).exists()


def tour_of(request: HttpRequest, lines: Iterable[Line]) -> list[Stop]:
    """The beds that a list of the demonstration points at; none elsewhere, or once it was put away."""
    if not _is_demo() or request.COOKIES.get(COOKIE) == AWAY:
        return []
    found = {x.patient.mrn: x for x in lines}
    return [Stop(found[number], translated(text)) for number, text in BEDS.items() if number in found]
