"""When beta-D-glucan is positive, by its kit, and until when it stands; what in a blood product can make it so. Pure.

Limits of the kits: specification 7, 11 (22), 13 (96): Wako turbidimetric > 11 pg/mL, colorimetric (Fungitec, MK II)
> 20, Fungitell >= 80; no kit or one that the catalogue does not know: > 11, and said so [J]. Immunoglobulin, albumin
and plasma hold glucan: 72 % false positive after IVIG, all negative on day 7 [L, abstract of 131 patients].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.drug_naming import code_of
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES, Truth
from patients.clinical.vocabulary import term

CODE = "bdg"
WITHOUT_KIT = site_value(
    "BDG_POSITIVE.without_kit", _("beta-D-glucan without a known kit, more than"), "11", "pg/mL", ("5", "80")
)
NEGATIVE_AFTER = site_count("BDG_POSITIVE.negative_after", _("a negative value closes after"), 3, DAYS_UNIT, (1, 14))
PRODUCTS = ("ivig", "albumin", "plasma", "plasma_exchange")
PRODUCT_DAYS = 7  # [L]
COURSE = site_count("BDG_POSITIVE.course", _("a blood product without a last day is given for"), 5, DAYS_UNIT, (1, 14))
VALUES = (WITHOUT_KIT, NEGATIVE_AFTER, COURSE)

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


def limit_of(snapshot: Snapshot, glucan: Measurement) -> Limit:
    """The limit by which a value is judged; `kit` is the one that the catalogue knows."""
    kind = MEASUREMENTS[CODE]
    reference = kind.reference_for("", glucan.kit) if glucan.kit else None
    if reference is None or reference.high is None:
        return Limit(WITHOUT_KIT.of(snapshot))
    return Limit(reference.high, reference.strict_high, glucan.kit)


def positive(snapshot: Snapshot, glucan: Measurement) -> Truth:
    """Is it? A censored value may leave it open."""
    limit = limit_of(snapshot, glucan)
    values = glucan.quantity.interval
    return values.at_least(limit.value) if limit.included else values.above(limit.value)


def standing(snapshot: Snapshot) -> list[Measurement]:
    """The positive values that nothing closed, oldest first.

    What closes one: a value of the same kit that is not positive, 3 days or more later; of any where it has none [J].
    """
    answers = [(x, positive(snapshot, x)) for x in snapshot.series(CODE)]
    negative, days = [x for x, answer in answers if answer is NO], NEGATIVE_AFTER.days(snapshot)
    return [x for x, answer in answers if answer is YES and not any(_ends(later, x, days) for later in negative)]


def ended_by(snapshot: Snapshot, glucan: Measurement) -> Measurement | None:
    """The first value that closes a positive one; None while it stands."""
    days = NEGATIVE_AFTER.days(snapshot)
    return next((x for x in snapshot.series(CODE) if positive(snapshot, x) is NO and _ends(x, glucan, days)), None)


def same_kit(negative: Measurement, glucan: Measurement) -> bool:
    """A kit that is not told is not the same as one that is; a positive value without a kit is closed by any."""
    return not glucan.kit or negative.kit == glucan.kit


def _ends(negative: Measurement, glucan: Measurement, days: int) -> bool:
    return same_kit(negative, glucan) and (negative.day - glucan.day).days >= days


def sentence(snapshot: Snapshot, glucan: Measurement) -> Reason:
    """The value with its kit and limit."""
    limit = limit_of(snapshot, glucan)
    parts: dict[str, Part] = {"value": glucan.quantity, "day": glucan.day, "limit": limit.value}
    if limit.kit is not None:
        message = AT_LEAST if limit.included else ABOVE
        return reason(message, facts=(glucan.id,), basis="L", kit=Term(limit.kit), **parts)
    if glucan.kit:
        return reason(UNKNOWN_KIT, facts=(glucan.id,), basis="J", kit=glucan.kit, **parts)
    return reason(NO_KIT, facts=(glucan.id,), basis="J", **parts)


def product_before(snapshot: Snapshot, day: date) -> tuple[str, date] | None:
    """The blood product of the 7 days up to a day: drug and last day; None without one."""
    found: tuple[str, date] | None = None
    days = COURSE.days(snapshot)
    for x in snapshot.treatments:
        code = code_of(x)
        if code not in PRODUCTS or x.day > day:
            continue
        last = min(x.stop or x.day + timedelta(days=days - 1), day)
        if (day - last).days <= PRODUCT_DAYS and (found is None or last >= found[1]):
            found = (code, last)
    return found


def product_note(snapshot: Snapshot, glucan: Measurement) -> Iterator[Reason]:
    """That the value may come from a product, where one was given in the 7 days before."""
    found = product_before(snapshot, glucan.day)
    if found is not None:
        yield reason(FROM_PRODUCT, basis="L", drug=term("drug", found[0]), day=found[1])
