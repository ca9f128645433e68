"""Changing a rule: proposed on its page; tried, put in force, withdrawn or taken back on the page of the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ildcare.rulebook.forms import BackForm, DecisionForm, ForceForm, ProposalForm, SiteForm, TrialForm, WithdrawForm
from ildcare.rulebook.numbers import (
    choices_here,
    effect_on_90_days,
    effect_on_trial,
    measured_against,
    steps_of,
    trial_ends,
)
from monitoring.changing_rules import begin_trial, go_back, in_force, propose, propose_site, put_in_force, withdraw
from monitoring.models import ChangeState, RuleChange
from monitoring.rules import BY_CODE
from patients.access import may, permission
from patients.clinical.snapshot import RuleChoices
from patients.context import done_once
from patients.requests import AuthenticatedHttpRequest

RIGHT = "change_rules"


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be done with a change on its page: the form, and the action behind it."""

    name: str
    form: type[DecisionForm]
    change: Callable[..., RuleChange]
    states: tuple[str, ...]


DECISIONS = {
    x.name: x
    for x in (
        Decision("try", TrialForm, begin_trial, (ChangeState.PROPOSED,)),
        Decision("force", ForceForm, put_in_force, (ChangeState.SHADOW,)),
        Decision("withdraw", WithdrawForm, withdraw, (ChangeState.PROPOSED, ChangeState.SHADOW)),
    )
}


@require_http_methods(["GET", "HEAD", "POST"])
@permission(RIGHT)
def rule_propose(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Propose other numbers of a rule, or that it is switched off."""
    if code not in BY_CODE:
        raise Http404
    rule, live = BY_CODE[code], in_force()
    choices = live.choices if live else RuleChoices()
    known: dict[str, Any] = {"request": request, "target": f"rule:{code}", "rule": rule, "choices": choices}
    form = (
        ProposalForm(request.POST, **known)
        if request.method == "POST"
        else ProposalForm(version=live.pk if live else 0, **known)
    )
    made: list[RuleChange] = []

    def change() -> int:
        made.append(
            propose(
                by=request.user,
                values=form.values,
                off=form.switched_off,
                reason_given=form.cleaned_data["reason"],
                seen=form.context.version or None,
            )
        )
        return made[0].pk

    if request.method == "POST" and form.is_valid() and done_once(form, change):
        return redirect("rule_change", number=made[0].pk) if made else redirect("rule_changes")
    context = {"page": "rule_list", "rule": rule, "form": form}
    return render(request, "ildcare/rulebook/rule_propose.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permission(RIGHT)
def site_propose(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Propose other choices of the site: how hypomyopathic disease counts, limits of its laboratory, who is told."""
    live = in_force()
    known: dict[str, Any] = {"request": request, "target": "site-choices"}
    form = (
        SiteForm(request.POST, **known)
        if request.method == "POST"
        else SiteForm(version=live.pk if live else 0, **known)
    )
    made: list[RuleChange] = []

    def change() -> int:
        made.append(
            propose_site(
                by=request.user,
                choices=form.choices,
                reason_given=form.cleaned_data["reason"],
                seen=form.context.version or None,
            )
        )
        return made[0].pk

    if request.method == "POST" and form.is_valid() and done_once(form, change):
        return redirect("rule_change", number=made[0].pk) if made else redirect("rule_changes")
    context = {"page": "rule_changes", "form": form}
    return render(request, "ildcare/rulebook/site_propose.html", context, status=422 if form.is_bound else 200)


@require_safe
@permission("see_rules")
def rule_changes(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every version of the rules of this site, the newest first."""
    changes = RuleChange.objects.select_related("proposed_by", "live_by").order_by("-pk")
    context = {
        "page": "rule_changes",
        "changes": changes,
        "choices": choices_here(),
        "may_change": may(request.user, RIGHT),
    }
    return render(request, "ildcare/rulebook/rule_changes.html", context)


@require_safe
@permission("see_rules")
def rule_change(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """What a change makes other, what it would have brought, and what can be done with it."""
    return _page(request, _change(number))


@require_POST
@permission(RIGHT)
def rule_change_decide(request: AuthenticatedHttpRequest, number: int, name: str) -> HttpResponse:
    """Try a change, put it in force, or withdraw it."""
    if name not in DECISIONS:
        raise Http404
    change, decision = _change(number), DECISIONS[name]
    form = decision.form(request.POST, request=request, target=_target(change, name))
    if form.is_valid() and done_once(form, lambda: decision.change(change, by=request.user).pk):
        return redirect("rule_change", number=number)
    return _page(request, change, refused={name: form})


@require_POST
@permission(RIGHT)
def rule_change_back(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Back from the version in force to the one before."""
    change = _change(number)
    form = BackForm(request.POST, request=request, target=_target(change, "back"))
    made: list[RuleChange] = []

    def back() -> int:
        made.append(go_back(by=request.user, reason_given=form.cleaned_data["reason"], seen=change.pk))
        return made[0].pk

    if form.is_valid() and done_once(form, back):
        return redirect("rule_change", number=made[0].pk) if made else redirect("rule_changes")
    return _page(request, change, refused={"back": form})


def _change(number: int) -> RuleChange:
    rows = RuleChange.objects.select_related("proposed_by", "shadow_by", "live_by", "ended_by", "former")
    return get_object_or_404(rows, pk=number)


def _target(change: RuleChange, name: str) -> str:
    return f"rule-change:{change.pk}:{name}"


def _is_time(name: str, change: RuleChange) -> bool:
    """Is the effect worked out, is the trial over?"""
    over = trial_ends(change)
    return {"try": change.effect_at is not None, "force": over is not None and timezone.now() >= over}.get(name, True)


def _page(
    request: AuthenticatedHttpRequest, change: RuleChange, refused: dict[str, DecisionForm] | None = None
) -> HttpResponse:
    live, reader, forms = in_force(), request.user, refused or {}
    own = change.proposed_by_id == reader.pk
    offered: dict[str, DecisionForm] = {}
    if may(reader, RIGHT):
        for x in DECISIONS.values():
            second = x.name == "withdraw" or not own
            if change.state in x.states and second and _is_time(x.name, change):
                offered[x.name] = forms.get(x.name) or x.form(request=request, target=_target(change, x.name))
        if change.state == ChangeState.LIVE:
            offered["back"] = forms.get("back") or BackForm(request=request, target=_target(change, "back"))
    faults = [] if forms.keys() <= offered.keys() else [y for x in forms.values() for y in x.non_field_errors()]
    sees = may(reader, "see_record")
    context = {
        "page": "rule_changes",
        "change": change,
        "steps": steps_of(change, measured_against(change, live)),
        "effect": effect_on_90_days(change, reader) if sees else None,
        "trial": effect_on_trial(change, reader) if sees and change.shadow_at else None,
        "trial_ends": trial_ends(change),
        "offered": offered,
        "faults": faults,
        "own": own and change.state in (ChangeState.PROPOSED, ChangeState.SHADOW),
        "sees": sees,
    }
    return render(request, "ildcare/rulebook/rule_change.html", context, status=422 if forms else 200)
