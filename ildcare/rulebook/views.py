"""All rules on one page, and one rule with its source and everything that is to be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.rulebook.guide_rows import GuideRow, guide_row
from ildcare.rulebook.numbers import numbers_of
from monitoring.attributes import Attribute, attributes_of
from monitoring.canaries.silence import Newest, newest_runs, speaks
from monitoring.changing_rules import in_force
from monitoring.engine import Rule
from monitoring.following import FOLLOWS
from monitoring.rules import BY_CODE, RULES
from monitoring.unwatched import unwatched
from monitoring.wording import GROUP_NAMES, rules_off
from patients.access import may, permission
from patients.clinical.snapshot import RuleChoices
from patients.queries import site_settings
from patients.requests import AuthenticatedHttpRequest
from patients.wording import translated


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule, what the guide tells of it, and the newest run of its canary: None before the first."""

    rule: Rule
    guide: GuideRow | None
    canary: Newest | None

    @property
    def group(self) -> str:
        """What it is about, as a message id."""
        return GROUP_NAMES[self.rule.group]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The thirteen source attributes."""
        return attributes_of(self.rule)

    @property
    def speaks(self) -> bool:
        """Could it be shown to speak lately?"""
        return speaks(self.canary, timezone.now())


def _entry(rule: Rule, canaries: Mapping[str, Newest]) -> Entry:
    return Entry(rule, guide_row(rule), canaries.get(rule.code))


@require_safe
@permission("see_rules")
def rule_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every rule by what it is about, and what no rule watches yet."""
    canaries = newest_runs()
    groups = [(name, [_entry(x, canaries) for x in RULES if x.group is group]) for group, name in GROUP_NAMES.items()]
    context = {
        "page": "rule_list",
        "groups": [x for x in groups if x[1]],
        "missing": [translated(x) for x in unwatched(BY_CODE)],
        "off": site_settings().rule_choices.off,
        "off_titles": rules_off(),
    }
    return render(request, "ildcare/rulebook/rule_list.html", context)


@require_safe
@permission("see_rules")
def rule_detail(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One rule; 404 for a code that is none of the published ones."""
    if code not in BY_CODE:
        raise Http404
    rule, live = BY_CODE[code], in_force()
    choices = live.choices if live else RuleChoices()
    numbers, off = numbers_of(rule, choices), code in choices.off
    context = {
        "follows": FOLLOWS.get(code, ""),
        "page": "rule_detail",
        "entry": _entry(rule, newest_runs()),
        "numbers": numbers,
        "off": off,
        "changed_by": live if off or any(x.changed for x in numbers) else None,
        "may_change": may(request.user, "change_rules"),
    }
    return render(request, "ildcare/rulebook/rule_detail.html", context)
