"""What an alert is about, in words."""

from collections.abc import Iterable

from django import template

from monitoring.cards import attention_texts, finding
from monitoring.models import Alert
from monitoring.queries import AlertView
from monitoring.wording import rule_title, subject_text
from patients.wording import listed_apart

register = template.Library()


@register.filter
def subject_name(alert: Alert) -> str:
    """The factor, test or step that an alert is about."""
    return subject_text(alert.rule, alert.subject)


@register.filter
def attention_of(view: AlertView) -> list[str]:
    """Until when an alert waits, by whom and why; to whom and when it was passed on."""
    return attention_texts(view)


@register.filter
def finding_of(view: AlertView) -> str:
    """What an alert found, in a few words."""
    return finding(view)


@register.filter(name="rule_title")
def title_of_rule(code: str) -> str:
    """What a rule is called."""
    return rule_title(code)


@register.filter
def rule_titles(codes: Iterable[str]) -> str:
    """What rules are called, one after the other."""
    return listed_apart(map(rule_title, codes))
