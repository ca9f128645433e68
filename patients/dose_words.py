"""Drug levels and the doses they belong to, in the reader's language: one wording for form, page and chart."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from patients.clinical.drug_levels import contradicts, lacking
from patients.clinical.facts import Measurement, Treatment
from patients.wording import (
    dose_text,
    listed,
    listed_apart,
    name_of,
    number_text,
    render,
    short_day,
    short_name_of,
)


def running_text(course: Treatment | None, drug: str, today: date) -> str:
    """ "100 mg/day oral since 3 May"; or that no course is recorded for that day."""
    if course is None:
        return _("no course of %(drug)s is recorded for this day") % {"drug": short_name_of("drug", drug)}
    dose = dose_text(course.dose, course.unit or "") if course.dose is not None else _("dose not stated")
    words = [dose, *([name_of("route", course.route)] if course.route else [])]
    return _("%(dose)s since %(day)s") % {"dose": " ".join(words), "day": short_day(course.day, today)}


def sample_text(level: Measurement) -> str:
    """Route, time to the dose and hours since it, as far as they are recorded."""
    words = [name_of("route", level.route)] if level.route else []
    words += [name_of("timing", level.timing)] if level.timing else []
    if level.hours_since_dose is not None:
        words.append(_("%(hours)s h after the dose") % {"hours": number_text(level.hours_since_dose)})
        if contradicts(level.timing, level.hours_since_dose):
            words.append(_("hours do not fit"))
    return listed(words) or "–"


def note_text(level: Measurement) -> str:
    """What stands beside a level in a table: its sample, and why it cannot be judged if that is not recorded."""
    why = lacking(level.route, level.timing)
    words = [sample_text(level)] if level.route or level.timing or level.hours_since_dose is not None else []
    return listed_apart([*words, *([render(why)] if why is not None else [])])
