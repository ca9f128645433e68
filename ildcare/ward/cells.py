"""The measured values of a patient on the ward list: last value, direction, what it depends on, tiny trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ildcare.drawing.sparkline import Spark, Value, spark
from ildcare.ward.ranking import FRESH_DAYS, SINCE_YESTERDAY
from ildcare.ward.series import Point, Series
from monitoring.limits import limit_severity
from patients.clinical.comparison import OXYGENATION, Conditions, movement
from patients.clinical.doubtful import doubts_among
from patients.clinical.drug_levels import is_level, levelled_drugs
from patients.clinical.facts import Measurement
from patients.clinical.two_values import contradictions_among
from patients.clinical.wall_clock import start_of_hour
from patients.result_words import oxygen_text
from patients.wording import listed, name_of, number_text, render_all, short_day, short_name_of, translated, unit_symbol

LABS = ("ferritin", "kl6")  # measured columns; the level of a drug is the last one
CODES = (*OXYGENATION, *LABS, *levelled_drugs())
POINTS = 12  # of each measurement
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The newest value of a measurement: text with unit, direction against the one before, day, trend.

    `note`: what the value depends on (FiO2, time of the sample); `doubt`: why it waits for confirmation; `trend`: the
    sparkline in words; `limit`, `limit_text`: critical or warning, where the value lies beyond a limit of the chart;
    `old`: from before yesterday, so that its day is told beside it.
    """

    code: str
    label: str
    unit: str
    text: str = ""
    direction: str = ""
    previous: str = ""
    day: str = ""
    old: bool = False
    preliminary: bool = False
    note: str = ""
    doubt: str = ""
    spark: Spark | None = None
    trend: str = ""
    limit: str = ""
    limit_text: str = ""


def cells_of(series: Mapping[str, Series], now: datetime, zone: ZoneInfo, level: str) -> tuple[Cell, ...]:
    """Oxygenation (PaO2 while it is fresh, else the newer of PaO2 and SpO2), ferritin, KL-6, the level of a drug."""
    hour, codes = start_of_hour(now, zone), (_oxygenation(series, now), *LABS, level)
    return tuple(_cell(code, series.get(code), hour, zone) for code in codes)


def cell_of(code: str, series: Mapping[str, Series], now: datetime, zone: ZoneInfo) -> Cell:
    """The cell of one measurement."""
    return _cell(code, series.get(code), start_of_hour(now, zone), zone)


def _oxygenation(series: Mapping[str, Series], now: datetime) -> str:
    there = [code for code in OXYGENATION if code in series]
    if not there:
        return OXYGENATION[0]
    last = series[there[0]].points[0].at
    if (now - last).days <= FRESH_DAYS:
        return there[0]
    return max(there, key=lambda code: series[code].points[0].at)


def _cell(code: str, series: Series | None, hour: datetime, zone: ZoneInfo) -> Cell:
    label, unit = short_name_of("test", code), unit_symbol(code)
    if series is None:
        return Cell(code=code, label=label, unit=unit)
    last, before = series.points[0], series.before
    values = [Value(x.at, x.value, bool(x.comparator), x.conditions) for x in series.points]
    drawn = spark(values, hour + HOUR)
    limit = limit_severity(measurement_of(code, 0, last, zone))
    return Cell(
        code=code,
        label=label,
        unit=unit,
        text=number_text(last.quantity),
        direction=movement(last.quantity, before.quantity) if before else "",
        previous=number_text(before.quantity) if before else "",
        day=_day(last, hour, zone),
        old=(hour.astimezone(zone).date() - last.at.astimezone(zone).date()).days > SINCE_YESTERDAY,
        preliminary=series.status == "preliminary",
        note=_note(code, last),
        doubt=_doubt(series, zone),
        spark=drawn,
        trend=_trend(label, series, drawn, hour, zone) if drawn else "",
        limit=limit.label if limit else "",
        limit_text=translated(limit.label) if limit else "",
    )


def _note(code: str, point: Point) -> str:
    """What a value depends on, where the list would mislead without it."""
    taken = point.taken
    if code in OXYGENATION:
        return _oxygen(taken) or _("FiO2 not known")
    if not is_level(code):
        return ""
    words = [name_of("route", taken.route)] if taken.route else []
    words += [name_of("timing", taken.timing)] if taken.timing else []
    return listed(words)


def _oxygen(taken: Conditions) -> str:
    """FiO2 as a number, room air too: the column is narrow and its head says what it is of."""
    if taken.fio2 is not None and not taken.device:
        return _("FiO2 %(fio2)s") % {"fio2": f"{taken.fio2:f}"}
    return oxygen_text(taken.fio2, taken.flow, taken.device)


def _doubt(series: Series, zone: ZoneInfo) -> str:
    """Why the newest value waits for confirmation, and which other one of its moment contradicts it; "" where neither
    does, or where the trend holds no older one."""
    values = [measurement_of(series.code, n, point, zone) for n, point in enumerate(series.points)]
    doubt = doubts_among(reversed(values)).get("0")
    twice = [x.short for x in contradictions_among(values) if values[0] in x.values]
    return render_all([*([doubt.short] if doubt else []), *twice])


def measurement_of(code: str, number: int, point: Point, zone: ZoneInfo) -> Measurement:
    """A value of a series as a fact, as far as a judgement of it asks."""
    taken, day = point.taken, point.at.astimezone(zone).date()
    return Measurement(
        id=str(number),
        on=point.at,
        known=point.at,
        first_known=point.at,
        day=day,
        known_day=day,
        code=code,
        quantity=point.quantity,
        fio2=taken.fio2,
        route=taken.route or None,
        timing=taken.timing or None,
        kit=taken.kit or None,
        confirmed=point.confirmed or None,
    )


def _trend(label: str, series: Series, drawn: Spark, hour: datetime, zone: ZoneInfo) -> str:
    """The sparkline for those who do not see it."""
    first = series.points[drawn.count - 1]
    return _("%(test)s: %(n)s values from %(first)s on %(day)s to %(last)s") % {
        "test": label,
        "n": drawn.count,
        "first": number_text(first.quantity),
        "day": _day(first, hour, zone),
        "last": number_text(series.points[0].quantity),
    }


def _day(point: Point, hour: datetime, zone: ZoneInfo) -> str:
    return short_day(point.at.astimezone(zone).date(), hour.astimezone(zone).date())
