"""Drug levels and the doses they belong to, in the reader's language: one wording for form, page and chart."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from patients.clinical.facts import Treatment
from patients.wording import code_name, dose_text, short_day, short_name_of


def running_text(course: Treatment | None, drug: str, today: date) -> str:
    """ "100 mg/day oral since 3 May"; or that no course is recorded for that day."""
    if course is None:
        return _("no course of %(drug)s is recorded for this day") % {"drug": short_name_of(drug)}
    dose = dose_text(course.dose, course.unit or "") if course.dose is not None else _("dose not stated")
    words = [dose, *([code_name(course.route)] if course.route else [])]
    return _("%(dose)s since %(day)s") % {"dose": " ".join(words), "day": short_day(course.day, today)}
