"""How grave a value would be that waits: by the limits of the rules that would judge it, and no others. Pure.

Creatinine is held against the reference of an acute kidney injury, twice of which is stage 2; aminotransferases and
bilirubin against the limits that no value before treatment and no muscle explains away: AST or ALT more than 10 times
the upper limit of normal is critical, more than 5 times a warning, bilirubin more than 3 times a warning [J].
What is not told of it (unit, route, timing, kit) leaves open what it is. It is as grave as the mildest of all that it
may be, so that a count without a unit does not alert in the unit in which nobody sends it [J].
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from monitoring.engine import Severity
from monitoring.kidney import PRESUMED, STAGES, reference_of
from monitoring.levels import BANDS
from monitoring.limits import upper_limit
from monitoring.site_values import BY_CODE
from patients.clinical.awaiting import Awaiting
from patients.clinical.quantities import ZERO, Quantity
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES

FROM, BELOW, ABOVE, UP_TO = "from", "below", "above", "up to"
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
# by test, the gravest first: the number of the rule (of a site, or fixed), from which side, how grave the rule calls it
LIMITS: dict[str, tuple[tuple[str | Decimal, str, Severity], ...]] = {
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
    "spo2": (("SPO2_LOW.critical", UP_TO, CRITICAL),),
    "cmv_pp65": ((Decimal(10), ABOVE, CRITICAL), (Decimal(1), FROM, WARNING)),
    "cmv_c7hrp": (("CMV_ANTIGENAEMIA.c7hrp", ABOVE, CRITICAL), (Decimal(1), FROM, WARNING)),
    "cmv_dna": ((ZERO, ABOVE, WARNING),),
    "bdg": (("BDG_POSITIVE.without_kit", ABOVE, WARNING),),
}
LEVELS = frozenset(drug for drug, _route, _timing in BANDS)
ORDER = (None, Severity.INFO, WARNING, CRITICAL)


TIMES_UPPER_LIMIT = {  # more than so many times
    "ast": ((Decimal(10), CRITICAL), (Decimal(5), WARNING)),
    "alt": ((Decimal(10), CRITICAL), (Decimal(5), WARNING)),
    "bilirubin": ((Decimal(3), WARNING),),
}
STAGE_GRAVITY = {3: CRITICAL, 2: CRITICAL, 1: WARNING}


def gravity(waiting: Awaiting, snapshot: Snapshot) -> Severity | None:
    """How grave a value is in everything that it may be; None where it may be harmless."""
    return min((_gravity(waiting, x, snapshot) for x in waiting.amounts), key=ORDER.index, default=None)


def _gravity(waiting: Awaiting, amount: Quantity, snapshot: Snapshot) -> Severity | None:
    if waiting.code in LEVELS:
        return _of_level(waiting.code, amount)
    if waiting.code == "creatinine":
        return _of_kidney(waiting, amount, snapshot)
    if waiting.code in TIMES_UPPER_LIMIT:
        limit = upper_limit(snapshot, waiting.code)
        steps = TIMES_UPPER_LIMIT[waiting.code]
        return next((severity for times, severity in steps if amount.above(times * limit) is YES), None)
    return _of_limits(waiting.code, amount, snapshot)


def _of_kidney(waiting: Awaiting, amount: Quantity, snapshot: Snapshot) -> Severity | None:
    """By the stage of an acute kidney injury that it would be."""
    day = (waiting.on or waiting.since).astimezone(ZoneInfo(snapshot.zone)).date()
    before = [x for x in snapshot.series("creatinine") if x.on <= (waiting.on or waiting.since)]
    base = reference_of(day, before, PRESUMED.days(snapshot))
    if base is None or base.quantity.censored:
        return None
    stages = (stage for stage, times in STAGES if amount.at_least(times * base.quantity.value) is YES)
    return STAGE_GRAVITY.get(next(stages, 0))


def _of_limits(code: str, amount: Quantity, snapshot: Snapshot) -> Severity | None:
    for limit, side, severity in LIMITS.get(code, ()):
        number = BY_CODE[limit].of(snapshot) if isinstance(limit, str) else limit
        if _is_beyond(amount, side, number):
            return severity
    return None


def _is_beyond(amount: Quantity, side: str, limit: Decimal) -> bool:
    if side in (BELOW, UP_TO):
        return (amount.below(limit) if side == BELOW else ~amount.above(limit)) is YES
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
