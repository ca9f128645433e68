"""Measurements as a trend chart reads them: what can be joined, what is beyond a limit, the words of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from ildcare.charts import Reading
from ildcare.flowsheet import expected, position
from ildcare.kl6 import RatioWindow
from monitoring.levels import BANDS
from monitoring.rules import ferritin_high, pao2_low
from patients.clinical.facts import Measurement
from patients.clinical.truth import Truth, any_of
from patients.wording import code_name, number_text, short_day, short_moment, unit_symbol

LEVELS = frozenset({"csa", "tac"})
GASES = frozenset({"pao2", "paco2", "spo2"})


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the table beside a chart."""

    when: str
    value: str
    conditions: str
    status: str
    flags: str


def reading_of(x: Measurement, today: date, ratio: RatioWindow | None) -> Reading:
    """The point that is drawn for a measurement."""
    answer = beyond(x, ratio)
    conditions = conditions_text(x)
    label = f"{short_moment(x.on, today)}: {value_text(x)}"
    if answer is Truth.UNKNOWN:
        label += ", " + _("possibly beyond a limit")
    return Reading(
        x.day,
        x.quantity.value,
        x.quantity.comparator,
        label,
        answer is Truth.YES,
        joined_by(x),
        answer is Truth.UNKNOWN,
        ratio is not None and x is ratio.base,
        conditions,
        (x.route or "") if x.code in LEVELS else None,
    )


def joined_by(x: Measurement) -> str | None:
    """What must be the same for two values to be joined by a line: FiO2, route and timing, or the kit if named."""
    if x.code in LEVELS:
        return f"{x.route} {x.timing}"
    return f"FiO2 {x.fio2:f}" if x.code in GASES and x.fio2 is not None else x.kit


def conditions_text(x: Measurement) -> str:
    """FiO2, route and timing, kit: what a value must not be read without."""
    words = []
    if x.fio2 is not None:
        words.append(_("room air") if x.on_air else f"FiO2 {x.fio2:f}")
    if x.code in LEVELS:
        words += [code_name(x.route) if x.route else _("route not told")]
        words += [code_name(x.timing) if x.timing else _("timing not told")]
        if x.hours_since_dose is not None:
            words.append(_("%(hours)s h after the dose") % {"hours": f"{x.hours_since_dose:f}"})
    if x.kit:
        words.append(x.kit)
    return ", ".join(words)


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


def beyond(x: Measurement, ratio: RatioWindow | None) -> Truth:
    """Is the value beyond a limit of a rule? Unknown where a censored value leaves it open; no where none asks."""
    values = x.quantity.interval
    if x.code == "ferritin":
        return values.above(ferritin_high.LIMIT)
    if x.code == "pao2":
        return values.below(pao2_low.LIMIT) if x.on_air else Truth.NO
    if x.code == "kl6":
        answer = ratio.answer(x) if ratio else None
        return Truth.NO if answer is None else answer
    band = BANDS.get((x.route, x.timing)) if x.code == "csa" else None
    if band is None:
        return Truth.NO
    return any_of([values.below(band.low), values.above(band.high)])


# -- the table --------------------------------------------------------------------------------------------------------


def row_of(x: Measurement, today: date, sex: str, ratio: RatioWindow | None) -> Row:
    """A line of the table."""
    return Row(
        short_moment(x.on, today),
        number_text(x.quantity),
        conditions_text(x),
        _status(x),
        ", ".join(_flags(x, sex, ratio)),
    )


def _status(x: Measurement) -> str:
    if x.status == "preliminary":
        return _("preliminary")
    return _("corrected") if x.corrected or x.status == "corrected" else ""


def _flags(x: Measurement, sex: str, ratio: RatioWindow | None) -> Iterator[str]:
    words = {"low": _("low"), "high": _("high")}
    place = position(x, expected(x, sex))
    if place in words:
        yield words[place]
    answer = beyond(x, ratio)
    if answer is Truth.YES and x.code != "csa":
        yield _("◆ beyond a limit")
    if answer is Truth.UNKNOWN:
        yield _("◇ possibly beyond a limit")
    if ratio and x is ratio.base:
        yield _("baseline of the ratio")
    if ratio and x in ratio.blocked:
        yield _("another kit than the baseline: not compared")


def table_row(x: Measurement, today: date) -> tuple[str, str]:
    """Day and value as two words, for small tables."""
    return (short_day(x.day, today), value_text(x))
