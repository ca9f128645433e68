"""Names of steps, for templates."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext as _

from patients.models.choices import OverrideReason

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """T1-T4 stand for themselves; observation is a word."""
    return _("observation") if step == "observation" else step


@register.filter
def override_reason(code: str) -> str:
    """Why a step was not followed."""
    return str(dict(OverrideReason.choices).get(code, code))


@register.filter
def others(steps: Iterable[str], step: str) -> str:
    """The steps besides this one: "T2 / T3"."""
    return " / ".join(step_name(x) for x in steps if x != step)
