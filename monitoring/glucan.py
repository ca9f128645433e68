"""When beta-D-glucan is positive, by its kit, and until when it stands; what in a blood product can make it so. Pure.

Limits of the kits: specification 7, 11 (22), 13 (96): Wako turbidimetric > 11 pg/mL, colorimetric (Fungitec, MK II)
> 20, Fungitell >= 80; no kit or one that the catalogue does not know: > 11, and said so [J]. Immunoglobulin and plasma
hold glucan: 72 % false positive after IVIG, all negative on day 7 [L, abstract of 131 patients].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES, Truth
from patients.clinical.vocabulary import term

CODE = "bdg"
WITHOUT_KIT = Decimal(11)  # pg/mL, more than [J]
NEGATIVE_AFTER_DAYS = 3  # [J] a negative value this long after the positive one closes
PRODUCTS = ("ivig", "plasma_exchange")
PRODUCT_DAYS = 7  # [L]
COURSE_DAYS = 5  # [J] of a product without a last day

ABOVE = _("beta-D-glucan %(value)s pg/mL on %(day)s (%(kit)s > %(limit)s)")
AT_LEAST = _("beta-D-glucan %(value)s pg/mL on %(day)s (%(kit)s ≥ %(limit)s)")
NO_KIT = _("beta-D-glucan %(value)s pg/mL on %(day)s (> %(limit)s; kit not told)")
UNKNOWN_KIT = _("beta-D-glucan %(value)s pg/mL on %(day)s (> %(limit)s; kit %(kit)s not known here)")
FROM_PRODUCT = _(
    "may come from the product (%(drug)s until %(day)s): sample again before the next dose and 7 days after it"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of a kit in pg/mL: more than it is positive, or, where `included`, it is itself."""

    value: Decimal
    included: bool = False
    kit: str | None = None


def limit_of(glucan: Measurement) -> Limit:
    """The limit by which a value is judged; `kit` is the one that the catalogue knows."""
    kind = MEASUREMENTS[CODE]
    reference = kind.reference_for("", glucan.kit) if glucan.kit else None
    if reference is None or reference.high is None:
        return Limit(WITHOUT_KIT)
    return Limit(reference.high, reference.strict_high, glucan.kit)


def positive(glucan: Measurement) -> Truth:
    """Is it? A censored value may leave it open."""
    limit = limit_of(glucan)
    values = glucan.quantity.interval
    return values.at_least(limit.value) if limit.included else values.above(limit.value)


def standing(snapshot: Snapshot) -> list[Measurement]:
    """The positive values that nothing closed, oldest first.

    What closes one: a value of the same kit that is not positive, 3 days or more later; of any where it has none [J].
    """
    series = snapshot.series(CODE)
    negative = [x for x in series if positive(x) is NO]
    return [x for x in series if positive(x) is YES and not any(_ends(later, x) for later in negative)]


def ended_by(snapshot: Snapshot, glucan: Measurement) -> Measurement | None:
    """The first value that closes a positive one; None while it stands."""
    return next((x for x in snapshot.series(CODE) if positive(x) is NO and _ends(x, glucan)), None)


def same_kit(negative: Measurement, glucan: Measurement) -> bool:
    """A kit that is not told is not the same as one that is; a positive value without a kit is closed by any."""
    return not glucan.kit or negative.kit == glucan.kit


def _ends(negative: Measurement, glucan: Measurement) -> bool:
    return same_kit(negative, glucan) and (negative.day - glucan.day).days >= NEGATIVE_AFTER_DAYS


def sentence(glucan: Measurement) -> Reason:
    """The value with its kit and limit."""
    limit = limit_of(glucan)
    parts: dict[str, Part] = {"value": glucan.quantity, "day": glucan.day, "limit": limit.value}
    if limit.kit is not None:
        message = AT_LEAST if limit.included else ABOVE
        return reason(message, facts=(glucan.id,), basis="L", kit=limit.kit, **parts)
    if glucan.kit:
        return reason(UNKNOWN_KIT, facts=(glucan.id,), basis="J", kit=glucan.kit, **parts)
    return reason(NO_KIT, facts=(glucan.id,), basis="J", **parts)


def product_before(snapshot: Snapshot, day: date) -> tuple[str, date] | None:
    """The blood product of the 7 days up to a day: drug and last day; None without one."""
    found: tuple[str, date] | None = None
    for x in snapshot.treatments:
        if x.drug not in PRODUCTS or x.day > day:
            continue
        last = min(x.stop or x.day + timedelta(days=COURSE_DAYS - 1), day)
        if (day - last).days <= PRODUCT_DAYS and (found is None or last >= found[1]):
            found = (x.drug, last)
    return found


def product_note(snapshot: Snapshot, glucan: Measurement) -> Iterator[Reason]:
    """That the value may come from a product, where one was given in the 7 days before."""
    found = product_before(snapshot, glucan.day)
    if found is not None:
        yield reason(FROM_PRODUCT, basis="L", drug=term("drug", found[0]), day=found[1])
