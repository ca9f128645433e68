"""Names of steps, for templates."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """T1-T4 stand for themselves; observation is a word."""
    return _("observation") if step == "observation" else step
