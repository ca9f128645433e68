"""Dates and times as machines and spreadsheets write them: HL7 v2, FHIR, Japanese eras. Pure.

Each becomes text of ISO 8601, which `moments` reads with its bounds and its questions about the clock. A day that is
known to the month only stays that: nobody guesses the day.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from patients.clinical.reasons import Reason, _, reason
from patients.imports.moments import Moment, NotAMoment, moment_of

HL7_TIME = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})?(?:(\d{2})(?:\.\d{1,6})?)?)?)?)?([+-]\d{4})?", re.ASCII
)
MONTH = re.compile(r"\d{4}(?:-\d{2})?", re.ASCII)
FRACTION = re.compile(r"(\.\d{6})\d+")
SEPARATED = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?", re.ASCII)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])\.?\s*(\d{1,2}|元)[/.年-](\d{1,2})[/.月-](\d{1,2})日?", re.IGNORECASE
)
COMPACT_ERA = re.compile(r"([RHSTM])(\d{2})(\d{2})(\d{2})", re.IGNORECASE | re.ASCII)
# the year before the first of each era
BEFORE_ERA = {"R": 2018, "H": 1988, "S": 1925, "T": 1911, "M": 1867}
ERA_NAMES = {"令和": "R", "平成": "H", "昭和": "S", "大正": "T", "明治": "M"}
YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
NAMED_MONTH = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})", re.IGNORECASE | re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
HALF_OF_DAY = re.compile(r"午前|午後|\b[ap]\.?m\.?(?![a-z])|(?<=\d)[ap]\.?m\.?(?![a-z])", re.IGNORECASE)
AFTERNOON = ("午後", "pm", "p.m", "p.m.")
CLOCK = re.compile(r"(\d{1,2})(?::|時)?(\d{2})分?(?::?(\d{2})秒?)?", re.ASCII)

TO_THE_MONTH = _('the date "%(text)s" is known to the month or year only')
NO_TIME = _("the time of the sample is not told")
NOT_A_DATE = _('"%(text)s" is not a date')


@dataclass(frozen=True, slots=True)
class SentTime:
    """A time as sent: the moment, or why there is none."""

    moment: Moment | None = None
    why: Reason | None = None


NOT_SENT = SentTime()


def hl7_time(text: str, zone: ZoneInfo, *, offset: str = "") -> SentTime:
    """YYYYMMDD[HHMM[SS]][+ZZZZ]; without an offset it is the one given, or the site's clock."""
    text = text.strip()
    if not text:
        return SentTime(why=reason(NO_TIME))
    match = HL7_TIME.fullmatch(text)
    if match is None:
        return SentTime(why=reason(NOT_A_DATE, text=text[:40]))
    year, month, day, hour, minute, second, told = match.groups()
    if day is None:
        return SentTime(why=reason(TO_THE_MONTH, text=text))
    if hour is None:
        return iso_time(f"{year}-{month}-{day}", zone)
    clock = f"{hour}:{minute or '00'}" + (f":{second}" if second else "")
    return iso_time(f"{year}-{month}-{day}T{clock}{_colon(told or offset)}", zone)


def iso_time(text: str, zone: ZoneInfo) -> SentTime:
    """ISO 8601 as FHIR writes it; a year or month alone is none."""
    text = text.strip()
    if not text:
        return SentTime(why=reason(NO_TIME))
    if MONTH.fullmatch(text):
        return SentTime(why=reason(TO_THE_MONTH, text=text))
    try:
        return SentTime(moment_of(FRACTION.sub(r"\1", text), zone))
    except NotAMoment as error:
        return SentTime(why=error.reason)


@lru_cache(maxsize=4096)  # a table repeats the same few days thousands of times
def table_time(day: str, clock: str, zone: ZoneInfo, *, order: str = "") -> SentTime:
    """The cells of a day and of a time: with a Western or a Japanese year, 0745 or 7:45; a day alone is a date.

    `order`: of a date that ends with the year, whether the day or the month stands first (DAY_FIRST, MONTH_FIRST).
    """
    day, clock = _plain(day), _plain(clock)
    if not clock:
        day, clock = _day_and_clock(day, order)
    if not day:
        return SentTime(why=reason(NO_TIME))
    if "T" in day and day[:4].isdigit():
        return iso_time(day, zone)
    date = day_text(day, order)
    if date is None:
        return SentTime(why=_no_day(day))
    if not clock:
        return iso_time(date, zone)
    time = _clock_text(clock)
    if time is None:
        return SentTime(why=reason(_('"%(text)s" is not a time'), text=clock[:40]))
    return iso_time(f"{date}T{time}", zone)


def _day_and_clock(text: str, order: str) -> tuple[str, str]:
    """A cell that holds both, parted at the first blank with a day before it."""
    for blank in re.finditer(r"\s+", text):
        if day_text(text[: blank.start()], order) is not None:
            return text[: blank.start()], text[blank.end() :]
    return text, ""


def _clock_text(clock: str) -> str | None:
    """0745, 7:45, 7時45分, 7:45 PM, 午後7時45分; None for anything else."""
    half = HALF_OF_DAY.search(clock)
    match = CLOCK.fullmatch(HALF_OF_DAY.sub("", clock).strip())
    if match is None:
        return None
    hour, minute, second = int(match[1]), match[2], match[3]
    if half is not None:
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half[0].casefold() in AFTERNOON else 0)
    return f"{hour:02d}:{minute}" + (f":{second}" if second else "")


def _no_day(day: str) -> Reason:
    if MONTH.fullmatch(day.replace("/", "-")):
        return reason(TO_THE_MONTH, text=day)
    if YEAR_LAST.fullmatch(day):
        return reason(_('"%(text)s": the day or the month first? The mapping has to say it'), text=day)
    return reason(NOT_A_DATE, text=day[:40])


def day_text(text: str, order: str = "") -> str | None:
    """A day as ISO text, from whatever calendar; None if it is none. Western years have four digits.

    `order`: DAY_FIRST or MONTH_FIRST, of dates that end with the year; such a date without it is none.
    """
    text = _plain(text)
    if (last := YEAR_LAST.fullmatch(text)) is not None and order in (DAY_FIRST, MONTH_FIRST):
        first, second, year = last.groups()
        day, month = (first, second) if order == DAY_FIRST else (second, first)
        return f"{year}-{int(month):02d}-{int(day):02d}"
    if (named := NAMED_MONTH.fullmatch(text)) is not None and (month_number := _month(named[2])):
        return f"{named[3]}-{month_number:02d}-{int(named[1]):02d}"
    if (era := ERA.fullmatch(text) or COMPACT_ERA.fullmatch(text)) is not None:
        name, year, month, day = era.groups()
        first = BEFORE_ERA[ERA_NAMES.get(name, name.upper())]
        return f"{first + (1 if year == '元' else int(year)):04d}-{int(month):02d}-{int(day):02d}"
    found = SEPARATED.fullmatch(text) or COMPACT.fullmatch(text)
    return "{}-{:0>2}-{:0>2}".format(*found.groups()) if found else None


def _month(name: str) -> int:
    """The number of a month by its English name, 0 for any other word."""
    short = name.casefold()[:3]
    return MONTHS.index(short) + 1 if short in MONTHS else 0


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:]}" if offset else ""
