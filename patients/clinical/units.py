"""From what was typed to a Quantity in the catalogue's unit: exact decimals, and a sentence wherever it is refused.

Nothing is guessed: no default unit, no comma read as a point, no scientific notation. Full-width digits, which Japanese
keyboards give, mean what they show. A quotient that does not end (umol/L to mg/dL) is kept to nine decimals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, localcontext

from patients.clinical.facts import ROOM_AIR
from patients.clinical.measurements import MEASUREMENTS, Limits, MeasurementType, Unit
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Part, Reason, Term, _, reason, say

LONGEST = 20  # characters of a value; no laboratory reports more
NINE_DECIMALS = Decimal("0.000000001")
MAX_PAO2_ON_AIR = Decimal(150)  # mmHg [J]: more is impossible on room air at sea level
FULL_WIDTH = str.maketrans(
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0e\uff1c\uff1e\uff05\uff0f", "0123456789.<>%/"
)
MICRO = str.maketrans({"µ": "u", "μ": "u"})
NUMBER = re.compile(r"([<>]?) ?([0-9]+(?:\.[0-9]+)?)")
LITRE = re.compile(r"/([dmunpf]?)l$")
EXACT = Context(prec=60)


class Refused(ValueError):  # noqa: N818 - what happened, in the words of the ward
    """A value that cannot be taken. `reason` is the sentence that says what is needed; str() gives it in English."""

    def __init__(self, why: Reason) -> None:
        super().__init__(say(why))
        self.reason = why


def refused(message: str, **parts: Part) -> Refused:
    """A refusal with its sentence."""
    return Refused(Reason(message, tuple(sorted(parts.items())), basis="J"))


def convert(code: str, value_text: str, unit: str, *, fio2: Decimal | None = None) -> tuple[Quantity, str]:
    """The value in the catalogue's unit, and value and unit as they were typed ("58.1 mmHg", "<5 ng/mL").

    Raises Refused with a sentence: unknown code or unit, not a number, the thousands question, out of limits.
    `fio2` tells a PaO2 on room air, where more than 150 mmHg is refused.
    """
    entry = type_of(code)
    comparator, digits = parse_number(entry, value_text)
    accepted = unit_of(entry, unit)
    typed = f"{comparator}{digits} {unit.strip()}"
    _ask_about_thousands(entry, digits, unit.strip())
    quantity = Quantity(_in_own_unit(Decimal(digits), accepted), comparator)
    _check_limits(entry, quantity, typed, fio2)
    return quantity, typed


def type_of(code: str) -> MeasurementType:
    """The catalogue's entry. Raises Refused for a code it does not have."""
    if code not in MEASUREMENTS:
        raise refused(_('no measurement has the code "%(code)s"'), code=code)
    return MEASUREMENTS[code]


def parse_number(entry: MeasurementType, text: str) -> tuple[str, str]:
    """Comparator and digits of a typed value. Raises Refused."""
    plain = text.translate(FULL_WIDTH).strip()
    found = NUMBER.fullmatch(plain) if len(plain) <= LONGEST else None
    if found is None:
        raise refused(_not_a_number(plain), test=Term(entry.name), value=shown(text))
    comparator, digits = found.groups()
    if comparator and not entry.censorable:
        raise refused(_("%(test)s takes no < or >"), test=Term(entry.name))
    if comparator == "<" and Decimal(digits) == 0:
        raise refused(_("%(test)s below zero is not possible"), test=Term(entry.name))
    return comparator, digits


def _not_a_number(plain: str) -> str:
    if "," in plain or "\uff0c" in plain:
        return _('%(test)s "%(value)s": a comma can mean thousands or decimals; write the number without it')
    return _('%(test)s "%(value)s" is not a number; write digits with at most one point, optionally after < or >')


def shown(text: str) -> str:
    """A typed text as it may be repeated in a sentence: one line, not endless."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= 40 else f"{line[:40]}..."


def normal_unit(name: str) -> str:
    """Another spelling of the same unit: micro sign, power, small litre, full-width signs."""
    plain = name.strip().translate(FULL_WIDTH).translate(MICRO).replace("^", "*")
    return LITRE.sub(r"/\1L", plain)


def unit_of(entry: MeasurementType, name: str) -> Unit:
    """The accepted unit of that name. Raises Refused: missing or not accepted."""
    names = ", ".join(unit.name for unit in entry.units)
    if not name.strip():
        raise refused(_("%(test)s needs a unit: %(units)s"), test=Term(entry.name), units=names)
    for unit in entry.units:
        if normal_unit(unit.name) == normal_unit(name):
            return unit
    message = _('%(test)s is not taken in "%(unit)s"; accepted: %(units)s')
    if entry.code == "ferritin" and normal_unit(name) == "ng/dL":
        message = _('%(test)s in "%(unit)s" is a hundred times less than in ng/mL; check it. Accepted: %(units)s')
    raise refused(message, test=Term(entry.name), unit=shown(name), units=names)


def _ask_about_thousands(entry: MeasurementType, digits: str, unit: str) -> None:
    whole, _point, decimals = digits.partition(".")
    if entry.thousands and len(decimals) == 3:
        raise refused(
            _("%(test)s %(value)s %(unit)s: thousands? Write %(joined)s if so, otherwise at most two decimals"),
            test=Term(entry.name),
            value=digits,
            unit=shown(unit),
            joined=str(Decimal(whole + decimals)),
        )


def _in_own_unit(value: Decimal, unit: Unit) -> Decimal:
    if unit.times == unit.per:
        return value
    with localcontext(EXACT) as context:
        context.clear_flags()
        converted = value * unit.times / unit.per
        return _without_zeros(converted.quantize(NINE_DECIMALS) if context.flags[Inexact] else converted)


def _without_zeros(value: Decimal) -> Decimal:
    """5400.0 as 5400, and never as 5.4E+3."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _check_limits(entry: MeasurementType, quantity: Quantity, typed: str, fio2: Decimal | None) -> None:
    if entry.code == "pao2" and fio2 == ROOM_AIR and quantity.value > MAX_PAO2_ON_AIR:
        raise refused(_("PaO2 %(typed)s is not possible on room air; check value and FiO2"), typed=typed)
    if not entry.refuse.holds(quantity.value):
        raise refused(
            _("%(test)s %(typed)s is outside what is possible (%(low)s to %(high)s %(unit)s)"),
            test=Term(entry.name),
            typed=typed,
            low=entry.refuse.low or Decimal(0),
            high=entry.refuse.high or Decimal(0),
            unit=entry.unit,
        )


NEEDED = {
    "fio2": _("%(test)s needs the FiO2 (room air is 0.21)"),
    "route": _("%(test)s needs the route of the drug: iv or oral"),
    "timing": _("%(test)s needs the timing: pre_dose, trough or c2"),
}


def still_needed(code: str, given: Mapping[str, object]) -> tuple[Reason, ...]:
    """A sentence for every qualifier without which a value of this measurement says nothing and that is not given."""
    entry = type_of(code)
    return tuple(
        reason(NEEDED[name], basis="J", test=Term(entry.name)) for name in entry.needs if given.get(name) in (None, "")
    )


def doubt(code: str, quantity: Quantity, *, fio2: Decimal | None = None, timing: str | None = None) -> Reason | None:
    """A question about a value beyond the limits in which entry is silent; None inside."""
    entry = type_of(code)
    limits = entry.warn.get(timing or "", entry.warn.get(""))
    if limits is None or limits.holds(quantity.value) or (code == "pao2" and fio2 != ROOM_AIR):
        return None
    return _unusual(entry, quantity, limits)


def _unusual(entry: MeasurementType, quantity: Quantity, limits: Limits) -> Reason:
    return reason(
        _("%(test)s %(value)s %(unit)s is unusual (%(low)s to %(high)s); is it right?"),
        basis="J",
        test=Term(entry.name),
        value=quantity,
        unit=entry.unit,
        low=limits.low or Decimal(0),
        high=limits.high or Decimal(0),
    )


def in_unit(quantity: Quantity, unit: Unit) -> Quantity:
    """The same value in another accepted unit, for display."""
    with localcontext(EXACT):
        return Quantity(
            (quantity.value * unit.per / unit.times).quantize(NINE_DECIMALS).normalize(), quantity.comparator
        )
