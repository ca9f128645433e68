"""Values of a ward as its list reads them, and its lines read anew."""

from __future__ import annotations

from collections.abc import Sequence

from ildcare.ward import kept
from ildcare.ward.series import SERIES, Series
from ildcare.ward.sources import read_sources


def ward_series(patient_ids: Sequence[int], codes: Sequence[str], points: int) -> dict[int, dict[str, Series]]:
    """The newest values of each code by patient id: at most `points` each."""
    nothing_else = {"since": [None] * len(patient_ids), "unseen": [None] * len(patient_ids)}
    params = {"patients": list(patient_ids), **nothing_else, "codes": list(codes), "points": points}
    return read_sources([SERIES], params).of(SERIES)


def forget_lines() -> None:
    """No line of the list is kept any more."""
    kept._kept.clear()
