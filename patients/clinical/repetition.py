"""Does one fact say what another says: the same test, time and value, the same finding of the same time? Pure."""

from __future__ import annotations

from dataclasses import fields

from patients.clinical.doubtful import alike
from patients.clinical.facts import Fact, Measurement

HOW_IT_CAME = frozenset(x.name for x in fields(Fact)) | {"note"}  # not what it says


def says_the_same(a: Fact, b: Fact) -> bool:
    """Of one kind and one time, and of one content; of a measurement the same value, taken in the same way."""
    if type(a) is not type(b) or a.on != b.on:
        return False
    if isinstance(a, Measurement) and isinstance(b, Measurement):
        return alike(a, b) and a.quantity == b.quantity
    return all(getattr(a, x.name) == getattr(b, x.name) for x in fields(a) if x.name not in HOW_IT_CAME)
