"""How grave a value would be that waits: by the limits of the rules that would judge it, and no others. Pure.

What is not told of it (unit, route, timing, kit) leaves open what it is. It is as grave as the mildest of all that it
may be, so that a count without a unit does not alert in the unit in which nobody sends it [J].
"""

from __future__ import annotations

from decimal import Decimal

from monitoring.engine import Severity
from monitoring.levels import BANDS
from monitoring.site_values import BY_CODE
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES

FROM, BELOW, ABOVE = "from", "below", "above"
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
# by test, the gravest first: the number of the rule, from which side, how grave the rule calls it
LIMITS: dict[str, tuple[tuple[str, str, Severity], ...]] = {
    "potassium": (
        ("HYPERKALAEMIA.critical", FROM, CRITICAL),
        ("HYPOKALAEMIA.critical", BELOW, CRITICAL),
        ("HYPERKALAEMIA.warns", FROM, WARNING),
        ("HYPOKALAEMIA.warns", BELOW, WARNING),
    ),
    "glucose": (
        ("GLUCOSE.very_low", BELOW, CRITICAL),
        ("GLUCOSE.very_high", FROM, CRITICAL),
        ("GLUCOSE.low", BELOW, WARNING),
        ("GLUCOSE.high", FROM, WARNING),
    ),
    "neutrophils": (("CYTOPENIA.anc_critical", BELOW, CRITICAL), ("CYTOPENIA.anc_warns", BELOW, WARNING)),
    "wbc": (("CYTOPENIA.wbc_critical", BELOW, CRITICAL), ("CYTOPENIA.wbc_warns", BELOW, WARNING)),
    "platelets": (("CYTOPENIA.plt_critical", BELOW, CRITICAL), ("CYTOPENIA.plt_warns", BELOW, WARNING)),
    "haemoglobin": (("CYTOPENIA.hb_critical", BELOW, CRITICAL), ("CYTOPENIA.hb_warns", BELOW, WARNING)),
    "lymphocytes": (("LYMPHOPENIA.warns", BELOW, WARNING),),
    "bdg": (("BDG_POSITIVE.without_kit", ABOVE, WARNING),),
}
LEVELS = frozenset(drug for drug, _route, _timing in BANDS)
ORDER = (None, Severity.INFO, WARNING, CRITICAL)


def gravity(code: str, amounts: tuple[Quantity, ...], snapshot: Snapshot) -> Severity | None:
    """How grave a value is in everything that it may be; None where it may be harmless."""
    told = [_of_level(code, x) if code in LEVELS else _of_limits(code, x, snapshot) for x in amounts]
    return min(told, key=ORDER.index, default=None)


def _of_limits(code: str, amount: Quantity, snapshot: Snapshot) -> Severity | None:
    for name, side, severity in LIMITS.get(code, ()):
        if _is_beyond(amount, side, BY_CODE[name].of(snapshot)):
            return severity
    return None


def _is_beyond(amount: Quantity, side: str, limit: Decimal) -> bool:
    if side == BELOW:
        return amount.below(limit) is YES
    return (amount.at_least(limit) if side == FROM else amount.above(limit)) is YES


def _of_level(drug: str, amount: Quantity) -> Severity | None:
    """Above every band that it may belong to: critical; above the critical limit of one of them: a warning, because its
    route and time may make it harmless."""
    bands = {x for (of, _route, _timing), x in BANDS.items() if of == drug}
    limits = [x.critical if x.critical is not None else x.ceiling for x in bands]
    beyond = [amount.above(x) is YES for x in limits]
    if all(beyond):
        return CRITICAL
    return WARNING if any(beyond) else None
