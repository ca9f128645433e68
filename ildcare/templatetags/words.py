"""Names of steps, for templates."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """T1-T4 stand for themselves; observation is a word."""
    return _("observation") if step == "observation" else step


@register.filter
def others(steps: Iterable[str], step: str) -> str:
    """The steps besides this one: "T2 / T3"."""
    return " / ".join(step_name(x) for x in steps if x != step)
