"""What a form asks about a dose before it stores it: is it usual for the drug, by this route, in this unit, at this
weight (specification 13 (91))?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from patients.clinical.courses import CALCINEURIN_INHIBITORS
from patients.clinical.dose_limits import doubts
from patients.clinical.drug_levels import running_on
from patients.clinical.drugs import DRUGS
from patients.clinical.facts import Treatment
from patients.dose_words import running_text
from patients.result_words import short_drug_name
from patients.wording import listed, listed_apart, name_of, render, short_name_of


def questions(
    drug: str,
    day: date,
    given: Sequence[Treatment],
    *,
    route: str,
    unit: str,
    dose: Decimal | None = None,
    weight: Decimal | None = None,
    height: Decimal | None = None,
) -> Iterator[str]:
    """Sentences to be confirmed. `weight` in kg and `height` in cm, if known."""
    known, name = DRUGS[drug], short_name_of("drug", drug)
    if route and route not in known.routes:
        usual = listed(name_of("route", x) for x in known.routes)
        words = {"drug": name, "route": name_of("route", route), "usual": usual}
        yield _("%(drug)s is not known to be given %(route)s (usual: %(usual)s).") % words
    if unit and unit not in known.units:
        words = {"drug": name, "unit": _(unit), "usual": listed(_(x) for x in known.units)}
        yield _("%(unit)s is not a usual unit of %(drug)s (usual: %(usual)s).") % words
    body = {"weight": weight, "height": height}
    for why in doubts(drug, day, route=route or None, dose=dose, unit=unit or None, given=given, **body):
        yield f"{render(why)}."
    for other in _not_together_with(drug):
        running = running_on(other, day, given)
        if running is not None:
            words = {"drug": name, "other": short_name_of("drug", other), "dose": running_text(running, other, day)}
            yield _("%(other)s runs too (%(dose)s). Are %(drug)s and %(other)s meant together?") % words


def _not_together_with(drug: str) -> list[str]:
    """Specification 8: two calcineurin inhibitors together are critical."""
    return sorted(CALCINEURIN_INHIBITORS - {drug}) if drug in CALCINEURIN_INHIBITORS else []


def running_now(given: Sequence[Treatment], today: date) -> str:
    """What goes on, in one line: "GC 50 mg/day oral since 3 May; CsA ..."; "" for nothing."""
    going = (x for x in given if x.stop is None)
    return listed_apart(f"{short_drug_name(x)} {running_text(x, x.drug, today)}" for x in going)
