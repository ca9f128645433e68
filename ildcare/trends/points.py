"""Measurements as a trend chart reads them: what can be joined, what is beyond a limit, the words of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ildcare.drawing.charts import Reading
from ildcare.trends.ratio import RatioWindow
from monitoring.limits import beyond, outside_band, place_of
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.result_words import oxygen_text
from patients.wording import listed, name_of, number_text, short_moment, translated, unit_symbol

GASES = frozenset({"pao2", "paco2", "spo2"})


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the table beside a chart."""

    when: str
    value: str
    conditions: str
    status: str
    flags: str


def reading_of(x: Measurement, snapshot: Snapshot, ratio: RatioWindow | None) -> Reading:
    """The point that is drawn for a measurement."""
    answer = beyond_rule(x, snapshot, ratio)
    label = f"{short_moment(x.on, snapshot.today)}: {value_text(x)}"
    if answer is Truth.UNKNOWN:
        label += ", " + _("possibly beyond a limit")
    return Reading(
        day=x.day,
        value=x.quantity.value,
        comparator=x.quantity.comparator,
        label=label,
        beyond=answer is Truth.YES,
        kit=joined_by(x),
        possible=answer is Truth.UNKNOWN,
        base=ratio is not None and x is ratio.base,
        conditions=conditions_text(x),
        beside=(x.route or "") if is_level(x.code) else None,
    )


def joined_by(x: Measurement) -> str | None:
    """What must be the same for two values to be joined by a line: FiO2, route and timing, or the kit if named."""
    if is_level(x.code):
        return f"{x.route} {x.timing}"
    oxygen = (x.fio2, x.flow, x.device) if x.code in GASES else ()
    return "|".join(str(part) for part in oxygen) if any(part is not None for part in oxygen) else x.kit


def conditions_text(x: Measurement) -> str:
    """FiO2, route and timing, kit: what a value must not be read without."""
    words = [oxygen_text(x.fio2, x.flow, x.device)]
    if is_level(x.code):
        words += [name_of("route", x.route) if x.route else _("route not told")]
        words += [name_of("timing", x.timing) if x.timing else _("timing not told")]
        if x.hours_since_dose is not None:
            words.append(_("%(hours)s h after the dose") % {"hours": f"{x.hours_since_dose:f}"})
    if x.kit:
        words.append(translated(x.kit))
    return listed(word for word in words if word)


def value_text(x: Measurement) -> str:
    """The value with its comparator and unit, and what it must not be read without."""
    text = f"{number_text(x.quantity)} {unit_symbol(x.code)}".strip()
    conditions = conditions_text(x)
    if conditions:
        text += f" ({conditions})"
    if x.status == "preliminary":
        text += " " + _("(preliminary)")
    return text


# -- limits -----------------------------------------------------------------------------------------------------------


def beyond_rule(x: Measurement, snapshot: Snapshot, ratio: RatioWindow | None) -> Truth:
    """Is the value beyond a limit of a rule? Unknown where a censored value leaves it open; no where none asks."""
    if is_level(x.code):
        return outside_band(x, snapshot.treatments, snapshot.series(x.code), snapshot.settings.rules)
    if x.code == "kl6":
        answer = ratio.answer(x) if ratio else None
        return Truth.NO if answer is None else answer
    return beyond(x)


# -- the table --------------------------------------------------------------------------------------------------------


def row_of(x: Measurement, snapshot: Snapshot, ratio: RatioWindow | None) -> Row:
    """A line of the table."""
    return Row(
        when=short_moment(x.on, snapshot.today),
        value=number_text(x.quantity),
        conditions=conditions_text(x),
        status=_status(x),
        flags=listed(_flags(x, snapshot, ratio)),
    )


def _status(x: Measurement) -> str:
    if x.status == "preliminary":
        return _("preliminary")
    return _("corrected") if x.corrected or x.status == "corrected" else ""


def _flags(x: Measurement, snapshot: Snapshot, ratio: RatioWindow | None) -> Iterator[str]:
    words = {"low": _("low"), "high": _("high")}
    if not MEASUREMENTS[x.code].judges(x.kit):
        yield _("kit not in the catalogue: not judged")
    place = place_of(x, snapshot.sex, snapshot.treatments, snapshot.series(x.code), snapshot.settings.rules)
    if place in words:
        yield words[place]
    answer = beyond_rule(x, snapshot, ratio)
    if answer is Truth.YES and not is_level(x.code):
        yield _("◆ beyond a limit")
    if answer is Truth.UNKNOWN:
        yield _("◇ possibly beyond a limit")
    if ratio and x is ratio.base:
        yield _("baseline of the ratio")
    if ratio and x in ratio.blocked:
        yield _("another kit than the baseline: not compared")
