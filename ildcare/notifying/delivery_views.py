"""Messages about alerts, for who runs the site: what waits and what failed, webhooks, and whether it works at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from ildcare.notifying.forms import SecretForm, WebhookForm
from ildcare.notifying.words import MessageRow
from monitoring.notification_choices import Disclosed, add_webhook, rotate_secret, switch_webhook
from monitoring.notification_models import Channel, Notification, NotificationState, Webhook
from monitoring.notifying import drop, make_test, retry
from monitoring.receiving import receiver_of_webhook
from monitoring.undelivered import delivery_state, is_stuck
from patients.access import permission
from patients.context import ContextForm, done_once
from patients.requests import AuthenticatedHttpRequest

RIGHT = "manage_site"
TARGET = "delivery"
LAST_MESSAGES = 50  # of the last messages; what was given up is shown whenever it was


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook with the form for another secret."""

    hook: Webhook
    secret_form: SecretForm


@require_safe
@permission(RIGHT)
def delivery_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """How the messages are, the webhooks, and the last messages."""
    return _page(request)


@require_POST
@permission(RIGHT)
def delivery_test(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Send an e-mail that tells nothing to the reader, by the way of every other."""
    if not (settings.MAIL_OFFERED and request.user.email):
        raise Http404
    form = ContextForm(request.POST, request=request, target=TARGET)
    return _done(request, form, lambda: _test(request, {"channel": Channel.EMAIL, "user": request.user}))


@require_POST
@permission(RIGHT)
def webhook_add(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Add a webhook, and show its secret this once."""
    form = WebhookForm(request.POST, request=request, target=TARGET, prefix="webhook")
    names = ("title", "url", "inside", "ward", "least", "language")
    return _disclosed(request, form, lambda: add_webhook(by=request.user, **{x: form.cleaned_data[x] for x in names}))


@require_POST
@permission(RIGHT)
def webhook_secret(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Make another secret, and show it this once."""
    hook = get_object_or_404(Webhook, pk=number)
    form = _secret_form(request, hook, request.POST)
    return _disclosed(request, form, lambda: rotate_secret(webhook=hook, by=request.user))


@require_POST
@permission(RIGHT)
def webhook_step(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Switch a webhook on or off, or send it a message that tells nothing."""
    hook = get_object_or_404(Webhook, pk=number)
    form = ContextForm(request.POST, request=request, target=TARGET)
    if request.POST.get("do") == "test":
        return _done(request, form, lambda: _test(request, receiver_of_webhook(hook).row()))
    if request.POST.get("do") != "switch":
        raise Http404
    return _done(request, form, lambda: switch_webhook(webhook=hook, active=not hook.active, by=request.user))


@require_POST
@permission(RIGHT)
def message_step(request: AuthenticatedHttpRequest, key: UUID) -> HttpResponse:
    """Try a message again that was given up, or leave it."""
    form = ContextForm(request.POST, request=request, target=TARGET)
    change = {"retry": retry, "drop": drop}.get(request.POST.get("do", ""))
    if change is None:
        raise Http404
    return _done(request, form, lambda: change(key=key, by=request.user))


def _test(request: AuthenticatedHttpRequest, receiver: dict[str, object]) -> str:
    return str(make_test(receiver=receiver, language=get_language(), by=request.user))


def _done(request: AuthenticatedHttpRequest, form: ContextForm, change: Callable[[], Any]) -> HttpResponse:
    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return redirect("delivery_list")


def _disclosed(request: AuthenticatedHttpRequest, form: ContextForm, change: Callable[[], Disclosed]) -> HttpResponse:
    """A secret stands in this answer and nowhere else: not in what is kept of the form, either."""
    made: list[Disclosed] = []

    def once() -> int:
        made.append(change())
        return made[0].row.pk

    if not form.is_valid() or not done_once(form, once):
        return _page(request, refused=form)
    return _page(request, disclosed=made[0]) if made else redirect("delivery_list")


def _page(
    request: AuthenticatedHttpRequest, *, refused: ContextForm | None = None, disclosed: Disclosed | None = None
) -> HttpResponse:
    state = delivery_state()
    rows = [MessageRow(x) for x in _messages()]
    new = refused if isinstance(refused, WebhookForm) else _webhook_form(request)
    context = {
        "page": "delivery_list",
        "state": state,
        "stuck": is_stuck(state.unsent_since, timezone.now()),
        "mail": settings.MAIL_OFFERED,
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "may_test_mail": settings.MAIL_OFFERED and bool(request.user.email),
        "push": bool(settings.PUSH_KEY),
        "address": settings.SITE_ADDRESS,
        "kept_days": settings.NOTIFICATIONS_KEPT_DAYS,
        "hooks": [_webhook_row(request, x, refused) for x in Webhook.objects.select_related("ward")],
        "new": new,
        "step": ContextForm(request=request, target=TARGET),
        "disclosed": disclosed,
        "faults": refused.non_field_errors() if type(refused) is ContextForm else (),
        "rows": rows,
        "asks_again": any(x.waits and x.row.test for x in rows),
    }
    fragment = "#messages" if request.headers.get("HX-Request") else ""
    page = f"ildcare/notifying/delivery_list.html{fragment}"
    return render(request, page, context, status=422 if refused else 200)


def _messages() -> list[Notification]:
    rows = Notification.objects.select_related("user", "webhook")
    last = rows.order_by("-made_at").values("pk")[:LAST_MESSAGES]
    asks = Q(state=NotificationState.GIVEN_UP, test=False)
    return list(rows.filter(Q(pk__in=list(last.values_list("pk", flat=True))) | asks).order_by("-made_at"))


def _webhook_form(request: AuthenticatedHttpRequest) -> WebhookForm:
    initial = {"language": get_language()}
    return WebhookForm(request=request, target=TARGET, prefix="webhook", initial=initial)


def _secret_form(request: AuthenticatedHttpRequest, hook: Webhook, data: Any = None) -> SecretForm:
    return SecretForm(data, request=request, target=f"webhook:{hook.pk}", auto_id=f"id_secret_{hook.pk}_%s")


def _webhook_row(request: AuthenticatedHttpRequest, hook: Webhook, refused: ContextForm | None) -> WebhookRow:
    mine = isinstance(refused, SecretForm) and refused.target == f"webhook:{hook.pk}"
    return WebhookRow(hook, refused if mine else _secret_form(request, hook))  # type: ignore[arg-type]  # it is one
