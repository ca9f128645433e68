"""Who may come as a machine: one page for who runs the site. A token is shown once, in the answer that issues it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ildcare.exchange.machine_forms import AuthoritiesForm, NetworksForm, SilenceForm, SourceForm, TokenForm
from ildcare.exchange.machines import Machine, machines, refused_messages
from monitoring.queries import count_of_questions, oldest_question
from patients.access import permission
from patients.actions import (
    Issued,
    allow_networks,
    allow_silence,
    count_numbers_of,
    end_token,
    issue_token,
    name_source,
    rotate_token,
    switch_source,
)
from patients.context import ContextForm, done_once
from patients.models import AccessToken, Source
from patients.requests import AuthenticatedHttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """A machine with its forms; `step`: what its buttons are sent with."""

    machine: Machine
    token_form: TokenForm
    silence_form: SilenceForm
    authorities_form: AuthoritiesForm
    networks_form: NetworksForm
    step: ContextForm


@require_safe
@permission("manage_site")
def machine_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every machine, when it was last heard, and what opens the interface to it."""
    return _page(request)


@require_safe
@permission("manage_site")
def refused_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Messages that could not be read, by machine: when and why, and nothing of a patient."""
    context = {"page": "machine_list", "sources": refused_messages()}
    return render(request, "ildcare/exchange/refused_list.html", context)


@require_POST
@permission("manage_site")
def machine_add(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Name a machine that may send."""
    form = SourceForm(request.POST, request=request, target="source")
    return _done(request, form, lambda: name_source(by=request.user, **_fields(form)).pk)


@require_POST
@permission("manage_site")
def machine_switch(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Let a machine send, or not any more."""
    source = get_object_or_404(Source, pk=number)
    form = ContextForm(request.POST, request=request, target=f"source:{number}")
    return _done(request, form, lambda: switch_source(source=source, active=not source.active, by=request.user))


@require_POST
@permission("manage_site")
def machine_silence(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say after how long a machine is called silent."""
    source = get_object_or_404(Source, pk=number)
    form = SilenceForm(request.POST, request=request, target=f"source:{number}", auto_id=f"id_silence_{number}_%s")
    return _done(request, form, lambda: allow_silence(source=source, length=form.length, by=request.user))


@require_POST
@permission("manage_site")
def machine_authorities(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say whose numbers are record numbers of this hospital; what waits for that is read again."""
    source = get_object_or_404(Source, pk=number)
    form = AuthoritiesForm(request.POST, request=request, target=f"source:{number}", auto_id=f"id_numbers_{number}_%s")
    return _done(request, form, lambda: count_numbers_of(source=source, authorities=form.names, by=request.user))


@require_POST
@permission("manage_site")
def machine_networks(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say from which networks the listener takes messages of a machine."""
    source = get_object_or_404(Source, pk=number)
    form = NetworksForm(request.POST, request=request, target=f"source:{number}", auto_id=f"id_networks_{number}_%s")
    return _done(request, form, lambda: allow_networks(source=source, networks=form.networks, by=request.user))


@require_POST
@permission("manage_site")
def token_issue(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Issue a token of a machine, and show it this once."""
    source = get_object_or_404(Source, pk=number)
    form = _token_form(request, number, request.POST)

    def issue() -> Issued:
        data = form.cleaned_data
        return issue_token(
            source=source,
            title=data["title"],
            scopes=data["scopes"],
            wards=data["wards"],
            addresses=form.networks,
            by=request.user,
        )

    return _issued(request, form, issue)


@require_POST
@permission("manage_site")
def token_step(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Rotate a token, and show the new one this once; or end it."""
    token = get_object_or_404(AccessToken, pk=number)
    form = ContextForm(request.POST, request=request, target=f"source:{token.source_id}")
    if request.POST.get("do") == "rotate":
        return _issued(request, form, lambda: rotate_token(token=token, by=request.user))
    if request.POST.get("do") != "end":
        raise Http404
    return _done(request, form, lambda: end_token(token=token, by=request.user))


def _issued(request: AuthenticatedHttpRequest, form: ContextForm, issue: Callable[[], Issued]) -> HttpResponse:
    """The text of a token stands in this answer and nowhere else: not in what is kept of the form, either."""
    issued: list[Issued] = []

    def change() -> int:
        issued.append(issue())
        return issued[0].row.pk

    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return _page(request, issued=issued[0]) if issued else redirect("machine_list")


def _done(request: AuthenticatedHttpRequest, form: ContextForm, change: Callable[[], Any]) -> HttpResponse:
    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return redirect("machine_list")


def _fields(form: SourceForm) -> dict[str, str]:
    return {name: form.cleaned_data[name] for name in ("name", "title", "sender")}


def _page(
    request: AuthenticatedHttpRequest, *, refused: ContextForm | None = None, issued: Issued | None = None
) -> HttpResponse:
    new = refused if isinstance(refused, SourceForm) else SourceForm(request=request, target="source")
    others = refused.non_field_errors() if refused is not None and type(refused) is ContextForm else ()
    context = {
        "page": "machine_list",
        "rows": [_row(request, x, refused) for x in machines(timezone.now())],
        "new": new,
        "asked_since": oldest_question(),
        "asked": count_of_questions(),
        "issued": issued,
        "faults": others,
    }
    return render(request, "ildcare/exchange/machine_list.html", context, status=422 if refused else 200)


def _row(request: AuthenticatedHttpRequest, machine: Machine, refused: ContextForm | None) -> MachineRow:
    number = machine.source.pk
    target = f"source:{number}"
    mine = refused if refused is not None and refused.target == target else None
    minutes = machine.source.silent_after
    return MachineRow(
        machine=machine,
        token_form=mine if isinstance(mine, TokenForm) else _token_form(request, number),
        silence_form=mine
        if isinstance(mine, SilenceForm)
        else SilenceForm(
            request=request,
            target=target,
            auto_id=f"id_silence_{number}_%s",
            initial={"minutes": int(minutes.total_seconds() // 60) if minutes else None},
        ),
        authorities_form=mine
        if isinstance(mine, AuthoritiesForm)
        else AuthoritiesForm(
            request=request,
            target=target,
            auto_id=f"id_numbers_{number}_%s",
            initial={"authorities": " ".join(machine.source.authorities)},
        ),
        networks_form=mine
        if isinstance(mine, NetworksForm)
        else NetworksForm(
            request=request,
            target=target,
            auto_id=f"id_networks_{number}_%s",
            initial={"addresses": " ".join(machine.source.networks)},
        ),
        step=ContextForm(request=request, target=target),
    )


def _token_form(request: AuthenticatedHttpRequest, number: int, data: Any = None) -> TokenForm:
    return TokenForm(data, request=request, target=f"source:{number}", auto_id=f"id_token_{number}_%s")
