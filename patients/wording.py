"""What pure code says, in the reader's language: sentences, names of codes, numbers, units, days and times.

Pure code speaks in `Reason` (English message and typed parts); here it goes through gettext, with numbers grouped by
thousands, days as the language writes them (the year only where it is not this year) and times in the site's zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.translation import get_language, gettext, ngettext, override

from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Month, Part, Reason, Term
from patients.clinical.vocabulary import Kind, word

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# how a language writes a day: with the year, without it
DAY_FORMATS = {"ja": ("Y年n月j日", "n月j日")}
PLAIN_DAY_FORMAT = ("j M Y", "j M")
MONTH_FORMATS, PLAIN_MONTH_FORMAT = {"ja": "Y年n月"}, "M Y"
SIGNS = {"<=": "≤", ">=": "≥"}  # of a bounded value, as people read it
MOST_DECIMALS = 3  # more come only from converting a unit, and nobody reported them
DECIMALS_OF_CONVERTED = 2


def render(reason: Reason, *, today: date | None = None) -> str:
    """The sentence in the active language."""
    message = translated(reason.message)
    if not reason.parts:
        return message
    return message % {name: part_text(part, today=today) for name, part in reason.parts}


def render_all(reasons: Iterable[Reason], *, today: date | None = None) -> str:
    """Several sentences in one line."""
    return listed_apart(render(reason, today=today) for reason in reasons)


def listed(words: Iterable[str]) -> str:
    """Words in a line, with the comma of the language."""
    return gettext(", ").join(words)


def listed_apart(parts: Iterable[str]) -> str:
    """Parts in a line that may hold commas themselves, with what stands between them in the language."""
    return gettext("; ").join(parts)


def translated(message: str) -> str:
    """A message id in the active language; nothing stays nothing (gettext would answer with its header)."""
    return gettext(message) if message else ""


def message_of(label: StrPromise | str) -> str:
    """The English sentence of a label, under which every language finds its own."""
    with override("en"):
        return str(label)


def part_text(part: Part, *, today: date | None = None) -> str:
    """One part of a sentence in the active language."""
    if isinstance(part, Term):
        return translated(part.text)
    if isinstance(part, Month):
        return month_text(part.first)
    if isinstance(part, datetime):
        return short_moment(part, today)
    if isinstance(part, date):
        return short_day(part, today)
    if isinstance(part, Quantity | Decimal | int):
        return number_text(part)
    return part


# -- numbers ----------------------------------------------------------------------------------------------------------


def quantity_text(quantity: Quantity, decimals: int | None = None) -> str:
    """A measured value with its comparator, grouped by thousands: "<5", "1,679"; `decimals` rounds for display."""
    sign = SIGNS.get(quantity.comparator, quantity.comparator)
    return f"{sign}{number_text(quantity.value, decimals)}"


def number_text(number: Quantity | Decimal | int, decimals: int | None = None) -> str:
    """A number grouped by thousands; digits as reported, those that only converting a unit brought cut to two."""
    if isinstance(number, Quantity):
        return quantity_text(number, decimals)
    if isinstance(number, int):
        return f"{number:,d}"
    exponent = number.as_tuple().exponent
    if decimals is None and isinstance(exponent, int) and -exponent > MOST_DECIMALS:
        decimals = DECIMALS_OF_CONVERTED
    return f"{number:,f}" if decimals is None else f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"


def value_text(code: str, quantity: Quantity) -> str:
    """A value without unit, of a test that is positive or negative in words: "1,679", "≥150", "positive"."""
    limit = MEASUREMENTS[code].positive_from if code in MEASUREMENTS else None
    if limit is not None and quantity == Quantity(limit, ">="):
        return gettext("positive")
    if limit is not None and quantity == Quantity(limit, "<"):
        return gettext("negative")
    return number_text(quantity)


def measured_text(code: str, quantity: Quantity) -> str:
    """A value with the unit of its measurement: "1,679 ng/mL", "98 %", "positive"."""
    value, symbol = value_text(code, quantity), unit_symbol(code)
    return f"{value} {symbol}" if symbol and value == number_text(quantity) else value


def unit_symbol(code: str) -> str:
    """The unit of a measurement as a page writes it."""
    return translated(MEASUREMENTS[code].symbol) if code in MEASUREMENTS else ""


def dose_text(dose: Decimal, unit: str) -> str:
    """A dose as a page writes it: "225 mg/day", "1 tablet/day"."""
    count = number_text(dose.normalize() if dose == dose.to_integral_value() else dose)
    if unit == "tablets/day":
        return ngettext("%(count)s tablet/day", "%(count)s tablets/day", 1 if dose == 1 else 2) % {"count": count}
    if unit in ("session", "sessions"):
        return ngettext("%(count)s session", "%(count)s sessions", 1 if dose == 1 else 2) % {"count": count}
    return f"{count} {_dose_units().get(unit, unit)}".strip()


def _dose_units() -> dict[str, str]:
    return {
        "mg/day": gettext("mg/day"),
        "g/day": gettext("g/day"),
        "mL/day": gettext("mL/day"),
        "mg/week": gettext("mg/week"),
        "mg/kg/day": gettext("mg/kg/day"),
        "mg/dose": gettext("mg/dose"),
        "g/kg/day": gettext("g/kg/day"),
        "tablets/day": gettext("tablets/day"),
        "sessions": gettext("sessions"),
        "session": gettext("session"),
    }


# -- days and times ---------------------------------------------------------------------------------------------------


def _day_formats() -> tuple[str, str]:
    return DAY_FORMATS.get((get_language() or "en").partition("-")[0], PLAIN_DAY_FORMAT)


def day_text(day: date) -> str:
    """ "4 Mar 2024" or "2024年3月4日"."""
    return written(day, _day_formats()[0])


def month_text(day: date) -> str:
    """The month of a day: "Mar 2024" or "2024年3月"."""
    return written(day, MONTH_FORMATS.get((get_language() or "en").partition("-")[0], PLAIN_MONTH_FORMAT))


def short_day(day: date, today: date | None = None) -> str:
    """ "4 Mar" or "3月4日"; with the year when it is another one than today's."""
    this_year = (today or timezone.localdate()).year
    return written(day, _day_formats()[1]) if day.year == this_year else day_text(day)


def moment_text(moment: datetime) -> str:
    """Day and clock at the site: "4 Mar 2024 07:30"."""
    local = timezone.localtime(moment)
    return f"{day_text(local.date())} {local:%H:%M}"


def short_moment(moment: datetime, today: date | None = None) -> str:
    """Day without this year, and the clock unless it is midnight, which stands for "on that day"."""
    local = timezone.localtime(moment)
    shown = short_day(local.date(), today)
    return shown if local.time() == time() else f"{shown} {local:%H:%M}"


# -- names of codes ---------------------------------------------------------------------------------------------------


def name_of(kind: Kind, code: str) -> str:
    """What a code of this kind is called, in the active language; one that its catalogue does not have is itself."""
    found = word(kind, code)
    return translated(found.name) if found else code


def short_name_of(kind: Kind, code: str) -> str:
    """A column head or badge: the abbreviation of a code of this kind, or its name."""
    found = word(kind, code)
    return translated(found.short) if found else code
