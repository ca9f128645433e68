"""The fever of a patient: what shows it, and the episode that stands. One answer for every rule that asks. Pure.

Source: specification 13 (97), (118): from 38.0 °C, or the finding fever; over 72 hours below 37.5 °C [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.episodes import Run, open_run
from patients.clinical.facts import Fact, Measurement
from patients.clinical.snapshot import Snapshot, in_order, once
from patients.clinical.truth import Truth, truth

FEVER, CALM_BELOW = Decimal("38.0"), Decimal("37.5")  # degrees Celsius, at least; less than [J]
CALM_FOR = timedelta(hours=72)  # [J]


@once
def temperatures(snapshot: Snapshot) -> Sequence[Fact]:
    """Every temperature, and every finding that says whether fever is there, oldest first."""
    stated: list[Fact] = [x for x in snapshot.findings_of("fever") if x.present is not None]
    told: Sequence[Fact] = snapshot.series("temperature")
    return sorted([*told, *stated], key=in_order) if stated else told


@once
def fever_run(snapshot: Snapshot) -> Run[Fact] | None:
    """The episode of fever that stands."""
    run = open_run(temperatures(snapshot), febrile, calm, lasting=CALM_FOR)
    return None if run is None or run.possible else run


def febrile(x: Fact) -> Truth:
    """Does it show fever?"""
    if isinstance(x, Measurement):
        return x.quantity.at_least(FEVER)
    return truth(bool(getattr(x, "present", None)))


def calm(x: Fact) -> Truth:
    """Does it count towards the end of a fever?"""
    if isinstance(x, Measurement):
        return x.quantity.below(CALM_BELOW)
    return ~febrile(x)
