"""Titres of anti-MDA5 that may be compared: of one kit, and not after what changes them from outside. Pure.

Source: specification 13 (80) [J]: ">= 150" and "> 150" are where the usual undiluted method ends: two such give no
ratio. Within 7 days after plasma exchange and 28 days after immunoglobulin a titre is no measure of the disease.
"""

from __future__ import annotations

from patients.clinical.facts import Measurement
from patients.clinical.mda5 import TITRE
from patients.clinical.snapshot import Snapshot

AFTER_DAYS = {"plasma_exchange": 7, "ivig": 28}


def last_two(snapshot: Snapshot, code: str = TITRE) -> tuple[Measurement, Measurement] | None:
    """The two newest samples of different moments, the older first; of one moment the last told; None without two."""
    by_moment = {x.on: x for x in snapshot.series(code)}
    samples = list(by_moment.values())[-2:]
    return (samples[0], samples[1]) if len(samples) == 2 else None


def comparable_titres(snapshot: Snapshot) -> tuple[Measurement, Measurement] | None:
    """The two newest titres, if they may be compared."""
    two = last_two(snapshot)
    if two is None or (two[0].kit and two[1].kit and two[0].kit != two[1].kit):
        return None
    return None if any(disturbed(snapshot, x) for x in two) or both_beyond(*two) else two


def both_beyond(earlier: Measurement, later: Measurement) -> bool:
    """Both only told to be above what the method measures?"""
    return all(x.quantity.comparator in (">", ">=") for x in (earlier, later))


def disturbed(snapshot: Snapshot, titre: Measurement) -> bool:
    """Taken so soon after plasma exchange or immunoglobulin that it says nothing?"""
    for x in snapshot.treatments:
        days = AFTER_DAYS.get(x.drug)
        if days is not None and x.on <= titre.on and (titre.day - (x.stop or titre.day)).days <= days:
            return True
    return False
