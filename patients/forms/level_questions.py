"""What a form asks about a drug level before it stores it: does it fit the dose that ran?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from patients.clinical.drug_levels import contradicts, lacking, running_on
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.facts import Treatment
from patients.dose_words import running_text
from patients.forms.base import UNKNOWN, coded
from patients.forms.numbers import NumberField
from patients.models.choices import choices_of
from patients.wording import name_of, render, short_day, short_name_of


def level_fields() -> dict[str, forms.Field]:
    """What a level is tied to: the route of its drug, its time to the dose, and the hours since it; none required."""
    return {
        "route": coded(_lazy("Route of the drug"), [UNKNOWN, *choices_of(LEVEL_ROUTES)]),
        "timing": coded(_lazy("Time of the level"), [UNKNOWN, *choices_of(TIMINGS)]),
        "hours_since_dose": NumberField(
            label=_lazy("Hours since the dose"), required=False, min_value=Decimal(0), max_value=Decimal(48)
        ),
    }


def questions(
    drug: str,
    day: date,
    treatments: Sequence[Treatment],
    *,
    route: str | None,
    timing: str | None,
    hours: Decimal | None,
) -> Iterator[str]:
    """Sentences to be confirmed: no course on that day, another route, hours that do not fit, not interpretable."""
    name = short_name_of("drug", drug)
    course = running_on(drug, day, treatments)
    if course is None:
        yield _("%(drug)s: %(running)s (%(day)s). Is it the right drug and day?") % {
            "drug": name,
            "running": running_text(None, drug, day),
            "day": short_day(day),
        }
    elif route and course.route and route != course.route:
        yield _("%(drug)s was given %(given)s on that day, the level says %(said)s.") % {
            "drug": name,
            "given": name_of("route", course.route),
            "said": name_of("route", route),
        }
    if contradicts(timing, hours):
        yield _("%(drug)s: %(hours)s h after the dose does not fit “%(timing)s”.") % {
            "drug": name,
            "hours": f"{hours:f}",
            "timing": name_of("timing", timing or ""),
        }
    why = lacking(route, timing)
    if why is not None:
        yield _("%(drug)s would be stored as %(why)s.") % {"drug": name, "why": render(why)}
