"""What groups and events of the cohort are called."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ildcare.cohort.groups import By
from ildcare.cohort.members import ERA_YEARS
from patients.templatetags.words import step_name

UNSET = "–"


def trait_in_words(by: By) -> str:
    """What persons are grouped by."""
    return {
        "subtype": _("Subtype"),
        "course": _("Course"),
        "antibody": _("Antibody"),
        "era": _("Years of day 0"),
        "first_step": _("First step"),
        "course_step": _("Course and first step"),
    }[by]


def group_in_words(by: By, value: str) -> str:
    """A group as a reader knows it."""
    if by == "era":
        first = int(value)
        return _("%(first)s to %(last)s") % {"first": first, "last": first + ERA_YEARS - 1}
    if by == "first_step":
        return step_name(value)
    if by == "course_step":
        course, step = value.split(" ", 1)
        return _("%(course)s, %(step)s") % {"course": _plain(course), "step": step_name(step)}
    return _plain(value)


def _plain(value: str) -> str:
    known = {
        "undecided": _("undecided"),
        "anti_mda5": _("anti-MDA5 positive"),
        "anti_ars": _("anti-ARS positive"),
        "neither": _("both negative"),
        "not_known": _("not known"),
        "C": _("chronic"),
    }
    return known.get(value, value)


def event_in_words(kind: str) -> str:
    """What ended the time of a person."""
    return {
        "respiratory": _("death of respiratory failure"),
        "other": _("death of another cause"),
        "unknown_cause": _("death, cause not known"),
        "transplant": _("lung transplant"),
        "": _("none (censored)"),
    }[kind]
