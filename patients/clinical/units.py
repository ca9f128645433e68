"""Units of measurement and conversion of what a laboratory reported into the catalogue's unit, in exact decimals.

Refusals are `Unacceptable`: a Reason, so that a page shows it in the reader's language and a file import in English.
Source of factors: specification 7. A multiplication is exact; a division is rounded half-even at the sixth decimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from patients.clinical.measurement_type import Limits, MeasurementType, Unit
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason, say

LONGEST_VALUE = 30  # characters; no result is longer, and exact arithmetic stays cheap
NUMBER = re.compile(r"(?P<comparator>[<>]?)\s*(?P<number>-?\d+(?:\.(?P<decimals>\d+))?)", re.ASCII)
MILLIONTH = Decimal("0.000001")
EXACT = Context(prec=80)
# full-width ASCII and space; not NFKC, which would read a superscript ("10²") as a digit
FULL_WIDTH = str.maketrans({chr(0xFF00 + n): chr(0x20 + n) for n in range(1, 0x5F)} | {"\u3000": " "})
ON_AIR_HIGHEST_PAO2 = Decimal(150)  # mmHg [J]: more is not possible on room air
ROOM_AIR = Decimal("0.21")


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
    text = value_text.translate(FULL_WIDTH).strip()
    comparator, number = read_number(kind, text)
    used = unit_of(kind, unit)
    quantity = Quantity(_scaled(number, used), comparator)
    _refuse_outside(kind, quantity, text)
    refuse_on_air(code, quantity, fio2)
    typed = f"{comparator}{text.lstrip('<> ')} {unicodedata.normalize('NFKC', unit).strip()}"
    return Reading(quantity, typed, tuple(_warnings(kind, quantity, timing, fio2)))


def read_number(kind: MeasurementType, text: str) -> tuple[str, Decimal]:
    """Comparator and number of a value's text. Raises `Unacceptable`."""
    text = text.translate(FULL_WIDTH).strip()
    found = NUMBER.fullmatch(text) if len(text) <= LONGEST_VALUE else None
    if found is None:
        raise Unacceptable(_not_a_number(kind, text))
    if kind.asks_thousands and len(found["decimals"] or "") == 3:
        message = _('%(test)s "%(value)s": are thousands meant? Write %(meant)s, or do not give exactly three decimals')
        meant = found["number"].replace(".", "")
        raise Unacceptable(reason(message, basis="J", test=Term(kind.name), value=text, meant=meant))
    return found["comparator"], Decimal(found["number"])


def _not_a_number(kind: MeasurementType, text: str) -> Reason:
    message = _('%(test)s: "%(value)s" is not a number (digits with a decimal point, "<" or ">" before it if need be)')
    if re.fullmatch(r"[<>]?\s*\d{1,3}(,\d+)+(\.\d+)?", text):
        message = _('%(test)s: "%(value)s" has a comma: write the number without it, a decimal with a point')
    elif text.startswith(("≤", "≥", "<=", ">=")):
        message = _('%(test)s: "%(value)s": only "<" and ">" can stand before a number')
    return reason(message, basis="J", test=Term(kind.name), value=text[:LONGEST_VALUE])


def normal(unit: str) -> str:
    """A unit's spelling for comparison: full-width, micro signs, spaces, case and powers of ten evened out."""
    plain = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("µ", "u").casefold()
    plain = re.sub(r"\s", "", plain).replace("^", "*").replace("×", "x").replace("mcg", "ug")
    return plain.removeprefix("x") if plain.startswith("x10") else plain


def unit_of(kind: MeasurementType, unit: str) -> Unit:
    """The catalogue's unit that a text names. Raises `Unacceptable`; there is never a default."""
    if not unit.strip():
        message = _("%(test)s has no unit: write %(units)s")
        raise Unacceptable(reason(message, basis="J", test=Term(kind.name), units=_list_of(kind)))
    wanted = normal(unit)
    for known in kind.units:
        if wanted in {normal(known.code), *(normal(x) for x in known.spellings)}:
            return known
    message = _('%(test)s: unit "%(unit)s" is not accepted: write %(units)s')
    raise Unacceptable(reason(message, basis="J", test=Term(kind.name), unit=unit.strip()[:40], units=_list_of(kind)))


def _list_of(kind: MeasurementType) -> str:
    return " / ".join(unit.code for unit in kind.units)


def _scaled(number: Decimal, unit: Unit) -> Decimal:
    """Exact product, or quotient of six decimals, without trailing zeros; as reported where nothing is converted."""
    if unit.factor == unit.divisor:
        return number
    converted = EXACT.multiply(number, unit.factor)
    if unit.divisor != 1:
        converted = EXACT.divide(converted, unit.divisor).quantize(MILLIONTH, ROUND_HALF_EVEN, context=EXACT)
    plain = f"{converted:f}"
    return Decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _refuse_outside(kind: MeasurementType, quantity: Quantity, text: str) -> None:
    nothing_left = quantity.comparator == "<" and quantity.value <= 0  # a measured value is never negative
    if kind.refuse.holds(quantity.value) and not nothing_left:
        return
    message = _("%(test)s %(value)s is out of limits: %(low)s to %(high)s %(unit)s is possible")
    raise Unacceptable(
        reason(
            message,
            basis="J",
            test=Term(kind.name),
            value=text,
            low=kind.refuse.low,
            high=kind.refuse.high,
            unit=kind.unit,
        )
    )


def _usual(kind: MeasurementType, timing: str | None, fio2: Decimal | None) -> Limits | None:
    if fio2 == ROOM_AIR and kind.warn_on_air is not None:
        return kind.warn_on_air
    return kind.warn_by_timing.get(timing or "", kind.warn)


def _warnings(kind: MeasurementType, quantity: Quantity, timing: str | None, fio2: Decimal | None) -> Iterator[Reason]:
    usual = _usual(kind, timing, fio2)
    if usual is not None and not usual.holds(quantity.value):
        yield reason(
            _("%(test)s %(value)s %(unit)s is unusual (usual: %(low)s to %(high)s)"),
            basis="J",
            test=Term(kind.name),
            value=quantity,
            unit=kind.unit,
            low=usual.low,
            high=usual.high,
        )


def missing_needs(code: str, *, fio2: Decimal | None, route: str | None, timing: str | None) -> tuple[Reason, ...]:
    """What must be told with a value of this measurement and was not: FiO2, route, timing."""
    kind = MEASUREMENTS[code]
    given = {"fio2": fio2, "route": route, "timing": timing}
    sentences = {
        "fio2": _("%(test)s needs the FiO2 it was taken at (0.21 on room air)"),
        "route": _("%(test)s needs the route of the drug (iv or oral)"),
        "timing": _("%(test)s needs the time of the sample (pre_dose, trough or c2)"),
    }
    return tuple(
        reason(sentences[need], basis="J", test=Term(kind.name)) for need in kind.needs if given.get(need) is None
    )


def refuse_on_air(code: str, quantity: Quantity, fio2: Decimal | None) -> None:
    """Raises `Unacceptable` for a PaO2 that room air cannot give."""
    if code == "pao2" and fio2 == ROOM_AIR and quantity.value > ON_AIR_HIGHEST_PAO2:
        message = _("PaO2 %(value)s mmHg is not possible on room air (more than %(limit)s): check value and FiO2")
        raise Unacceptable(reason(message, basis="J", value=quantity, limit=ON_AIR_HIGHEST_PAO2))
