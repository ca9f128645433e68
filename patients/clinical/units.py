"""Units of measurement and conversion of what a laboratory reported into the catalogue's unit, in exact decimals.

Refusals are `Unacceptable`: a Reason, so that a page shows it in the reader's language and a file import in English.
Source of factors: specification 7; of mmol/mol of HbA1c the master equation of IFCC and NGSP; others by definition.
A multiplication is exact; a division is rounded half-even at the sixth decimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache, lru_cache
from typing import Any

from patients.clinical.measurement_type import Limits, MeasurementType, Unit
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason, say

LONGEST_VALUE = 30  # characters; no result is longer, and exact arithmetic stays cheap
NUMBER = re.compile(r"(?P<comparator>(?:[<>]=?)?)\s*(?P<number>-?\d+(?:\.(?P<decimals>\d+))?)", re.ASCII)
MILLIONTH = Decimal("0.000001")
EXACT = Context(prec=80)
# full-width ASCII and space; not NFKC, which would read a superscript ("10²") as a digit
FULL_WIDTH = str.maketrans({chr(0xFF00 + n): chr(0x20 + n) for n in range(1, 0x5F)} | {"\u3000": " "})
BOUNDS = str.maketrans({"≤": "<=", "≦": "<=", "⩽": "<=", "≥": ">=", "≧": ">=", "⩾": ">="})
POSITIVE = frozenset(("positive", "pos", "pos.", "+", "(+)", "1+", "2+", "3+", "陽性", "陽"))
NEGATIVE = frozenset(("negative", "neg", "neg.", "-", "(-)", "−", "(−)", "陰性", "陰"))
ON_AIR_HIGHEST_PAO2 = Decimal(150)  # mmHg [J]: more is not possible on room air


class Unacceptable(Exception):  # noqa: N818 - what the value is
    """A value that must not be stored as it is; `reason` says what is wrong or needed."""

    def __init__(self, why: Reason) -> None:
        super().__init__(say(why))
        self.reason = why


@dataclass(frozen=True, slots=True)
class Reading:
    """A reported value in the catalogue's unit. `typed`: value and unit as reported; `warnings` are for the eye."""

    quantity: Quantity
    typed: str
    warnings: tuple[Reason, ...] = ()


def convert(
    code: str, value_text: str, unit: str, *, timing: str | None = None, fio2: Decimal | None = None
) -> Reading:
    """What a laboratory or a person wrote, as an exact quantity in the catalogue's unit, within its limits.

    Full-width digits are read as digits. Raises KeyError for an unknown code, `Unacceptable` for everything that
    is no number, has no known unit, lies outside the limits (with `fio2` also those of room air), or leaves a doubt
    about a decimal point.
    """
    kind = MEASUREMENTS[code]
    text = plain_text(value_text)
    if (word := word_of(kind, text)) is not None:
        return word
    comparator, number = read_number(kind, text)
    used = unit_of(kind, unit)
    quantity = Quantity(_scaled(number, used), comparator)
    meant = _units_meant(kind, number, used, timing, fio2)
    _refuse_outside(kind, quantity, text, meant)
    refuse_on_air(code, quantity, fio2)
    typed = f"{comparator}{text.lstrip('<>= ')} {unicodedata.normalize('NFKC', unit).strip()}"
    return Reading(quantity, typed.strip(), tuple(_warnings(kind, quantity, timing, fio2, meant)))


def plain_text(value_text: str) -> str:
    """A text with plain digits and signs: full-width ones and the signs for "at most" and "at least" evened out."""
    return value_text.translate(FULL_WIDTH).translate(BOUNDS).strip()


def word_of(kind: MeasurementType, text: str) -> Reading | None:
    """ "positive" or "negative" of a test that is one of both, as "the cut-off or more" or "less"; None otherwise."""
    plain = text.translate(FULL_WIDTH).strip().casefold()
    if kind.positive_from is None or plain not in POSITIVE | NEGATIVE:
        return None
    positive = plain in POSITIVE
    return Reading(Quantity(kind.positive_from, ">=" if positive else "<"), "positive" if positive else "negative")


def read_number(kind: MeasurementType, text: str) -> tuple[str, Decimal]:
    """Comparator and number of a value's text. Raises `Unacceptable`."""
    text = plain_text(text)
    match = NUMBER.fullmatch(text) if len(text) <= LONGEST_VALUE else None
    if match is None:
        raise Unacceptable(_not_a_number(kind, text))
    if kind.asks_thousands and len(match["decimals"] or "") == 3:
        message = _('%(test)s "%(value)s": are thousands meant? Write %(meant)s, or do not give exactly three decimals')
        meant = match["number"].replace(".", "")
        raise Unacceptable(reason(message, basis="J", test=Term(kind.name), value=text, meant=meant))
    return match["comparator"], Decimal(match["number"])


def _not_a_number(kind: MeasurementType, text: str) -> Reason:
    message = _(
        '%(test)s: "%(value)s" is not a number (digits with a decimal point; "<", ">", "≤" or "≥" before it if need be)'
    )
    if re.fullmatch(r"(?:[<>]=?)?\s*\d{1,3}(,\d+)+(\.\d+)?", text):
        message = _('%(test)s: "%(value)s" has a comma: write the number without it, a decimal with a point')
    elif kind.positive_from is not None:
        message = _('%(test)s: "%(value)s" is no answer: write positive, negative, indeterminate or a number')
    return reason(message, basis="J", test=Term(kind.name), value=text[:LONGEST_VALUE])


@lru_cache(maxsize=1024)  # a file names the same few units thousands of times
def normal(unit: str) -> str:
    """A unit's spelling for comparison: full-width, micro signs, spaces, case and powers of ten evened out."""
    plain = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("µ", "u").casefold()
    plain = re.sub(r"\s", "", plain).replace("^", "*").replace("×", "x").replace("mcg", "ug")
    return plain.removeprefix("x") if plain.startswith("x10") else plain


def unit_of(kind: MeasurementType, unit: str) -> Unit:
    """The catalogue's unit that a text names; of a test outside the catalogue any. Raises `Unacceptable`; there is
    never a default."""
    if kind.named:
        return Unit(code=unicodedata.normalize("NFKC", unit).strip())
    if not unit.strip():
        message = _("%(test)s has no unit: write %(units)s")
        raise Unacceptable(reason(message, basis="J", test=Term(kind.name), units=_list_of(kind)))
    known = _units_by_spelling(kind.code).get(normal(unit))
    if known is not None:
        return known
    message = _('%(test)s: unit "%(unit)s" is not accepted: write %(units)s')
    raise Unacceptable(reason(message, basis="J", test=Term(kind.name), unit=unit.strip()[:40], units=_list_of(kind)))


@cache
def _units_by_spelling(code: str) -> dict[str, Unit]:
    """The units of a test; of two that are spelt alike the first."""
    units = MEASUREMENTS[code].units
    told = [(spelling, x) for x in units for spelling in (x.code, *x.spellings, *([x.ucum] if x.ucum else []))]
    return {normal(spelling): unit for spelling, unit in reversed(told)}


def _list_of(kind: MeasurementType) -> str:
    return " / ".join(unit.code for unit in kind.units)


def _scaled(number: Decimal, unit: Unit) -> Decimal:
    """Exact product, or quotient of six decimals, without trailing zeros; as reported where nothing is converted."""
    if unit.factor == unit.divisor and not unit.offset:
        return number
    converted = EXACT.multiply(number, unit.factor)
    if unit.divisor != 1:
        converted = EXACT.divide(converted, unit.divisor).quantize(MILLIONTH, ROUND_HALF_EVEN, context=EXACT)
    plain = f"{EXACT.add(converted, unit.offset):f}"
    return Decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _units_meant(
    kind: MeasurementType, number: Decimal, used: Unit, timing: str | None, fio2: Decimal | None
) -> tuple[Unit, ...]:
    """Units in which a number would be usual that is not in the one it is told in: "creatinine 65" is umol/L."""
    usual = usual_limits(kind, timing, fio2) or kind.warn_on_air
    if usual is None or usual.holds(_scaled(number, used)):
        return ()
    others = (x for x in kind.units if (x.factor, x.divisor, x.offset) != (used.factor, used.divisor, used.offset))
    return tuple(x for x in others if usual.holds(_scaled(number, x)))


def in_other_units(
    code: str, value_text: str, unit: str, *, timing: str | None = None, fio2: Decimal | None = None
) -> tuple[tuple[Unit, Quantity], ...]:
    """Units in which a number would be usual that is not in the one it is told in, with what it would be then."""
    kind = MEASUREMENTS[code]
    try:
        comparator, number = read_number(kind, value_text)
        used = unit_of(kind, unit)
    except Unacceptable:
        return ()
    meant = _units_meant(kind, number, used, timing, fio2)
    return tuple((x, Quantity(_scaled(number, x), comparator)) for x in meant)


def _names(units: tuple[Unit, ...]) -> str:
    return " / ".join(dict.fromkeys(x.symbol or x.code for x in units))


def _refuse_outside(kind: MeasurementType, quantity: Quantity, text: str, meant: tuple[Unit, ...]) -> None:
    nothing_left = quantity.comparator == "<" and quantity.value <= 0  # a measured value is never negative
    if kind.refuse.holds(quantity.value) and not nothing_left:
        return
    message = _("%(test)s %(value)s is out of limits: %(low)s to %(high)s %(unit)s is possible")
    more: dict[str, Any] = {}
    if meant:
        message = _("%(test)s %(value)s is out of limits: %(low)s to %(high)s %(unit)s is possible. %(meant)s?")
        more = {"meant": _names(meant)}
    raise Unacceptable(
        reason(
            message,
            basis="J",
            test=Term(kind.name),
            value=text,
            low=kind.refuse.low,
            high=kind.refuse.high,
            unit=kind.unit,
            **more,
        )
    )


def usual_limits(kind: MeasurementType, timing: str | None, fio2: Decimal | None) -> Limits | None:
    """Outside of which a value is asked about: on room air, or at this timing, or as a rule; None without limits."""
    if kind.warn_on_air is not None and fio2 == ROOM_AIR:
        return kind.warn_on_air
    return kind.warn_by_timing.get(timing or "", kind.warn)


def _warnings(
    kind: MeasurementType, quantity: Quantity, timing: str | None, fio2: Decimal | None, meant: tuple[Unit, ...]
) -> Iterator[Reason]:
    usual = usual_limits(kind, timing, fio2)
    if usual is None or usual.holds(quantity.value):
        return
    message = _("%(test)s %(value)s %(unit)s is unusual (usual: %(low)s to %(high)s)")
    more: dict[str, Any] = {}
    if meant:
        message = _("%(test)s %(value)s %(unit)s is unusual (usual: %(low)s to %(high)s). %(meant)s?")
        more = {"meant": _names(meant)}
    yield reason(
        message,
        basis="J",
        test=Term(kind.name),
        value=quantity,
        unit=kind.unit,
        low=usual.low,
        high=usual.high,
        **more,
    )


def missing_needs(
    code: str,
    *,
    fio2: Decimal | None,
    route: str | None,
    timing: str | None,
    flow: Decimal | None = None,
    device: str | None = None,
) -> tuple[Reason, ...]:
    """What must be told with a value of this measurement and was not: FiO2 (or flow with its device), route, timing."""
    kind = MEASUREMENTS[code]
    through = flow if device is not None else None
    values = {"fio2": through if fio2 is None else fio2, "route": route, "timing": timing}
    sentences = {
        "fio2": _("%(test)s needs the FiO2 it was taken at (0.21 on room air), or the flow with its device"),
        "route": _("%(test)s needs the route of the drug (iv or oral)"),
        "timing": _("%(test)s needs the time of the sample (pre_dose, trough, c2, continuous or during_infusion)"),
    }
    return tuple(
        reason(sentences[need], basis="J", test=Term(kind.name)) for need in kind.needs if values.get(need) is None
    )


def refuse_on_air(code: str, quantity: Quantity, fio2: Decimal | None) -> None:
    """Raises `Unacceptable` for a PaO2 that room air cannot give."""
    if code == "pao2" and fio2 == ROOM_AIR and quantity.value > ON_AIR_HIGHEST_PAO2:
        message = _("PaO2 %(value)s mmHg is not possible on room air (more than %(limit)s): check value and FiO2")
        raise Unacceptable(reason(message, basis="J", value=quantity, limit=ON_AIR_HIGHEST_PAO2))
