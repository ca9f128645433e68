"""Drug levels in templates: `{{ measurement|level_note }}`."""

from django import template

from ildcare.queries.levels import note_text
from patients.clinical.facts import Measurement

register = template.Library()


@register.filter
def level_note(level: Measurement) -> str:
    """Route, dose time and hours of a level, and why it cannot be judged if they are missing."""
    return note_text(level)
