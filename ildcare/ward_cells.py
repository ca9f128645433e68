"""The measured values of a patient on the ward list: last value, direction, what it depends on, tiny trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ildcare.queries.ward_rows import Point, Series
from ildcare.ranking import FRESH_DAYS, OXYGENATION
from ildcare.sparkline import Spark, Value, spark
from patients.queries import LatestValue
from patients.wording import code_name, number_text, short_day, short_name_of, unit_symbol

LABS = ("ferritin", "kl6", "csa")
CODES = (*OXYGENATION, *LABS)
POINTS = 12  # of each measurement
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """The newest value of a measurement: text with unit, direction against the one before, day, trend.

    `note`: what the value depends on (FiO2, time of the sample); `trend`: the sparkline in words.
    """

    label: str
    text: str
    unit: str
    direction: str
    previous: str
    day: str
    preliminary: bool
    note: str = ""
    spark: Spark | None = None
    trend: str = ""
    code: str = ""


def cells_of(series: Mapping[str, Series], now: datetime, zone: ZoneInfo) -> tuple[Cell, ...]:
    """Oxygenation (PaO2 while it is fresh, else the newer of PaO2 and SpO2), ferritin, KL-6, drug level."""
    hour, language = now.replace(minute=0, second=0, microsecond=0), get_language()
    codes = (_oxygenation(series, now), *LABS)
    return tuple(_cell(code, series.get(code), hour, zone, language) for code in codes)


def _oxygenation(series: Mapping[str, Series], now: datetime) -> str:
    there = [code for code in OXYGENATION if code in series]
    if not there:
        return OXYGENATION[0]
    last = series[there[0]].points[0].at
    if (now - last).days <= FRESH_DAYS:
        return there[0]
    return max(there, key=lambda code: series[code].points[0].at)


@lru_cache(maxsize=8192)
def _cell(code: str, series: Series | None, hour: datetime, zone: ZoneInfo, _language: str | None) -> Cell:
    """Made once for the same values in the same hour and language."""
    label, unit = short_name_of(code), unit_symbol(code)
    if series is None:
        return Cell(label, "", unit, "", "", "", False, code=code)
    last, before = series.points[0], series.before
    drawn = spark(_values(series), hour + HOUR)
    compared = LatestValue(code, last.quantity, last.at, series.status, before.quantity if before else None)
    return Cell(
        label,
        number_text(last.quantity),
        unit,
        compared.direction,
        number_text(before.quantity) if before else "",
        _day(last, hour, zone),
        series.status == "preliminary",
        _note(code, last),
        drawn,
        _trend(label, series, drawn, hour, zone) if drawn else "",
        code,
    )


def _values(series: Series) -> list[Value]:
    return [Value(x.at, x.value, bool(x.comparator), x.conditions) for x in series.points]


def _note(code: str, point: Point) -> str:
    """What a value depends on, where the list would mislead without it."""
    fio2, route, timing, _kit = point.conditions.split("|", 3)
    if code in OXYGENATION:
        return _("FiO2 %(fio2)s") % {"fio2": fio2} if fio2 else _("FiO2 not known")
    return ", ".join(code_name(x) for x in (route, timing) if x) if code == "csa" else ""


def _trend(label: str, series: Series, drawn: Spark, now: datetime, zone: ZoneInfo) -> str:
    """The sparkline for those who do not see it."""
    first = series.points[drawn.count - 1]
    return _("%(test)s: %(n)s values from %(first)s on %(day)s to %(last)s") % {
        "test": label,
        "n": drawn.count,
        "first": number_text(first.quantity),
        "day": _day(first, now, zone),
        "last": number_text(series.points[0].quantity),
    }


def _day(point: Point, now: datetime, zone: ZoneInfo) -> str:
    return short_day(point.at.astimezone(zone).date(), now.astimezone(zone).date())
