"""The fever of a patient: what shows it, and the episode that stands. One answer for every rule that asks. Pure.

Source: specification 13 (97), (118): from 38.0 °C, or the finding fever; over 72 hours below 37.5 °C [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from monitoring.episodes import Run, open_run
from monitoring.site_values import HOURS_UNIT, site_count, site_value
from patients.clinical.facts import Fact, Measurement
from patients.clinical.reasons import _
from patients.clinical.snapshot import Snapshot, in_order, once
from patients.clinical.truth import Truth, truth

FEVER = site_value("FEVER_IMMUNOSUPPRESSED.fever", _("fever from"), "38.0", "°C", ("37.5", "38.5"))
CALM_BELOW = site_value("FEVER_IMMUNOSUPPRESSED.calm", _("fever over below"), "37.5", "°C", ("36.8", "37.5"))
CALM_FOR = site_count("FEVER_IMMUNOSUPPRESSED.calm_for", _("fever over after"), 72, HOURS_UNIT, (24, 168))
VALUES = (FEVER, CALM_BELOW, CALM_FOR)


@once
def temperatures(snapshot: Snapshot) -> Sequence[Fact]:
    """Every temperature, and every finding that says whether fever is there, oldest first."""
    stated: list[Fact] = [x for x in snapshot.findings_of("fever") if x.present is not None]
    told: Sequence[Fact] = snapshot.series("temperature")
    return sorted([*told, *stated], key=in_order) if stated else told


@once
def fever_run(snapshot: Snapshot) -> Run[Fact] | None:
    """The episode of fever that stands."""
    limit, below = FEVER.of(snapshot), CALM_BELOW.of(snapshot)
    run = open_run(
        temperatures(snapshot), lambda x: febrile(x, limit), lambda x: calm(x, below), lasting=CALM_FOR.hours(snapshot)
    )
    return None if run is None or run.possible else run


def febrile(x: Fact, limit: Decimal) -> Truth:
    """Does it show fever, from so many degrees Celsius on?"""
    return x.quantity.at_least(limit) if isinstance(x, Measurement) else truth(_present(x))


def calm(x: Fact, below: Decimal) -> Truth:
    """Does it count towards the end of a fever, below so many degrees Celsius?"""
    return x.quantity.below(below) if isinstance(x, Measurement) else ~truth(_present(x))


def _present(x: Fact) -> bool:
    return bool(getattr(x, "present", None))
