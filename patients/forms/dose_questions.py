"""What a form asks about a dose before it stores it: does the catalogue know the drug by this route and in this unit?

No dose is called too high or too low: no limit has a source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _

from patients.clinical.drug_levels import running_on
from patients.clinical.drugs import DRUGS
from patients.clinical.facts import Treatment
from patients.dose_words import running_text
from patients.wording import code_name, short_name_of

NOT_TOGETHER = {"csa": "tac", "tac": "csa"}  # specification 8: both calcineurin inhibitors together are critical


def questions(drug: str, day: date, given: Sequence[Treatment], *, route: str, unit: str) -> Iterator[str]:
    """Sentences to be confirmed."""
    known, name = DRUGS[drug], short_name_of(drug)
    if route and route not in known.routes:
        usual = ", ".join(code_name(x) for x in known.routes)
        words = {"drug": name, "route": code_name(route), "usual": usual}
        yield _("%(drug)s is not known to be given %(route)s (usual: %(usual)s).") % words
    if unit and unit not in known.units:
        words = {"drug": name, "unit": _(unit), "usual": ", ".join(_(x) for x in known.units)}
        yield _("%(unit)s is not a usual unit of %(drug)s (usual: %(usual)s).") % words
    other = NOT_TOGETHER.get(drug, "")
    running = running_on(other, day, given) if other else None
    if running is not None:
        dose = running_text(running, other, day)
        words = {"drug": name, "other": short_name_of(other), "dose": dose}
        yield _("%(other)s runs too (%(dose)s). Are %(drug)s and %(other)s meant together?") % words


def running_now(given: Sequence[Treatment], today: date) -> str:
    """What goes on, in one line: "GC 50 mg/day oral since 3 May; CsA ..."; "" for nothing."""
    going = (x for x in given if x.stop is None)
    return "; ".join(f"{short_name_of(x.drug)} {running_text(x, x.drug, today)}" for x in going)
