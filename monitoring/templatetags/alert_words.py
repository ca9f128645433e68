"""What an alert is about, in words."""

from django import template

from monitoring.wording import subject_text

register = template.Library()


@register.filter
def subject_name(subject: str) -> str:
    """The factor, test or step that an alert is about."""
    return subject_text(subject)
