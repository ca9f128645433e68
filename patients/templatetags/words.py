"""Names of steps, of reasons for decisions and of tests, and what a value must not be read without, for templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import get_language

from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.dose_words import note_text
from patients.models import Ward
from patients.result_words import oxygen_of, short_name_of_test, unit_text, without_value_text
from patients.wording import name_of, short_name_of, value_text

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """T1-T4 stand for themselves; observation is a word."""
    return short_name_of("step", step)


@register.filter
def ward_name(ward: Ward) -> str:
    """What a ward is called in the language of the page."""
    return ward.name_in(get_language() or "en")


@register.filter
def override_reason(code: str) -> str:
    """Why a step was not followed."""
    return name_of("override_reason", code)


@register.filter
def others(steps: Iterable[str], step: str) -> str:
    """The steps besides this one: "T2 / T3"."""
    return " / ".join(short_name_of("step", x) for x in steps if x != step)


@register.filter
def level_note(level: Measurement) -> str:
    """Route, dose time and hours of a level, and why it cannot be judged if they are missing; "" of anything else."""
    return note_text(level) if is_level(level.code) else ""


@register.filter
def result(measurement: Measurement) -> str:
    """A value without its unit: "1,679", "≥150", "positive"."""
    return value_text(measurement.code, measurement.quantity)


@register.filter
def result_name(x: Any) -> str:
    """The column head of a test: of a result, or of a row of results, with `code` and `name`."""
    return short_name_of_test(x.code, x.name)


@register.filter
def result_unit(x: Any) -> str:
    """The unit of a result or of a row of results."""
    return unit_text(x.code, getattr(x, "typed", ""))


@register.filter
def oxygen(x: Measurement) -> str:
    """What the patient breathed; "" where it was not told."""
    return oxygen_of(x)


@register.filter
def no_value(text: str) -> str:
    """Why a result has no value, or the words that the sender wrote."""
    return without_value_text(text)
