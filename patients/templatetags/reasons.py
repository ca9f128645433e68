"""Template filters for what pure code says: `{{ reason|sentence }}`, `{{ x.drug|name:"drug" }}`, `{{ day|day }}`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone

from patients import wording
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason
from patients.clinical.vocabulary import Kind, word
from patients.models import WaitingResult
from patients.queries import title_of_source

register = template.Library()


@register.filter
def sentence(reason: Reason) -> str:
    """A reason in the reader's language."""
    return wording.render(reason)


@register.filter
def sentences(reasons: Iterable[Reason]) -> str:
    """Several reasons in one line."""
    return wording.render_all(reasons)


@register.filter
def listed(words: Iterable[object]) -> str:
    """Words in a line."""
    return wording.listed(map(str, words))


@register.filter
def listed_apart(parts: Iterable[object]) -> str:
    """Parts in a line that may hold commas themselves."""
    return wording.listed_apart(map(str, parts))


@register.filter
def translated(message: str) -> str:
    """A message id held in a variable. Not `translate`: that tag doubles a percent sign and then finds nothing."""
    return wording.translated(message)


@register.filter
def name(code: str, kind: Kind) -> str:
    """The name of a code of a kind: `{{ x.drug|name:"drug" }}`."""
    return wording.name_of(kind, code)


@register.filter
def called(waiting: WaitingResult) -> str:
    """What a result that waits is called: as its sender does, or by the test that its code means."""
    if not waiting.unnamed:
        return waiting.called
    kinds: tuple[Kind, ...] = ("test", "antibody")
    found = next((x for x in kinds if word(x, waiting.target)), None)
    return wording.name_of(found, waiting.target) if found else waiting.code


@register.filter
def from_where(source: str) -> str:
    """Where an entry is from: typed, a case file, or the machine that sent it, by its title."""
    return title_of_source(source) or wording.name_of("source", source)


@register.filter
def short_name(code: str, kind: Kind) -> str:
    """The column head or badge of a code of a kind: `{{ x.code|short_name:"test" }}`."""
    return wording.short_name_of(kind, code)


@register.filter
def number(value: Quantity | Decimal | int | None) -> str:
    """A number as reported, grouped by thousands; nothing for None."""
    return "" if value is None else wording.number_text(value)


@register.filter
def measured(measurement: Measurement) -> str:
    """Value and unit of a measurement."""
    return wording.measured_text(measurement.code, measurement.quantity)


@register.filter
def unit(code: str) -> str:
    """The unit of a measurement's code."""
    return wording.unit_symbol(code)


@register.filter
def day(value: date | datetime | None) -> str:
    """A day; nothing for None."""
    if isinstance(value, datetime):
        value = timezone.localdate(value)
    return "" if value is None else wording.short_day(value)


@register.filter
def month(value: datetime) -> str:
    """The month of a moment at the site."""
    return wording.month_text(timezone.localdate(value))


@register.filter
def moment(value: datetime | None) -> str:
    """Day and clock at the site, without the clock at midnight; nothing for None."""
    return "" if value is None else wording.short_moment(value)


@register.filter
def full_day(value: date | None) -> str:
    """A day with its year, always: a birth date."""
    return wording.day_text(value) if value else ""
