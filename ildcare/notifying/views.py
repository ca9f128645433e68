"""How somebody is told of alerts outside the pages: one page for each person, about that person alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from ildcare.notifying.forms import BrowserForm, ChoiceForm
from ildcare.notifying.push import public_key
from ildcare.notifying.words import MessageRow
from monitoring.notification_choices import choose_notifications, subscribe_browser, unsubscribe_browser
from monitoring.notification_models import Channel, Least, Notification, NotificationChoice, PushSubscription
from monitoring.notifying import make_test
from patients.access import permission
from patients.context import ContextForm, done_once
from patients.requests import AuthenticatedHttpRequest

RIGHT = "see_ward"
TARGET = "notifications"
LAST_MESSAGES = 10  # messages


@require_safe
@permission(RIGHT)
def notification_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What the reader chose, which browsers are told, and the last messages to them."""
    return _page(request)


@require_POST
@permission(RIGHT)
def notification_choose(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Choose how to be told."""
    form = ChoiceForm(request.POST, request=request, target=TARGET)

    def change() -> None:
        data = form.cleaned_data
        choose_notifications(
            by=request.user,
            email=data["email"],
            least=data["least"],
            language=data["language"],
            wards=data["wards"],
        )

    return _done(request, form, change)


@require_POST
@permission(RIGHT)
def notification_test(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Send a message that tells nothing to the reader: by e-mail, or to a browser of theirs."""
    form = ContextForm(request.POST, request=request, target=TARGET)
    receiver: dict[str, object] = {"channel": Channel.EMAIL, "user": request.user}
    if browser := request.POST.get("browser", ""):
        mine = PushSubscription.objects.filter(user=request.user, pk=browser if browser.isdecimal() else 0).first()
        if mine is None:
            raise Http404
        receiver |= {"channel": Channel.PUSH, "subscription": mine}
    elif not (settings.MAIL_OFFERED and request.user.email):
        raise Http404
    return _done(request, form, lambda: str(make_test(receiver=receiver, language=get_language(), by=request.user)))


@require_POST
@permission(RIGHT)
def browser_add(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Tell the browser in which the page is open, too."""
    if not settings.PUSH_KEY:
        raise Http404
    form = BrowserForm(request.POST, request=request, target=TARGET, prefix="browser")
    names = ("title", "endpoint", "p256dh", "auth")

    def change() -> int:
        return subscribe_browser(by=request.user, **{x: form.cleaned_data[x] for x in names}).pk

    return _done(request, form, change)


@require_POST
@permission(RIGHT)
def browser_remove(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Do not tell a browser any more."""
    form = ContextForm(request.POST, request=request, target=TARGET)
    return _done(request, form, lambda: unsubscribe_browser(number=number, by=request.user))


def _done(request: AuthenticatedHttpRequest, form: ContextForm, change: Callable[[], Any]) -> HttpResponse:
    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return redirect("notification_list")


def _page(request: AuthenticatedHttpRequest, refused: ContextForm | None = None) -> HttpResponse:
    form = refused if isinstance(refused, ChoiceForm) else _choice_form(request)
    browser = refused if isinstance(refused, BrowserForm) else _browser_form(request)
    messages = Notification.objects.filter(user=request.user).select_related("user", "webhook")[:LAST_MESSAGES]
    rows = [MessageRow(x) for x in messages]
    context = {
        "page": "notification_list",
        "form": form,
        "browser_form": browser,
        "browser_refused": isinstance(refused, BrowserForm),
        "step": ContextForm(request=request, target=TARGET),
        "faults": refused.non_field_errors() if type(refused) is ContextForm else (),
        "browsers": PushSubscription.objects.filter(user=request.user),
        "push_key": public_key(settings.PUSH_KEY) if settings.PUSH_KEY else "",
        "mail": settings.MAIL_OFFERED and bool(request.user.email),
        "rows": rows,
        "warnings_every": settings.WARNINGS_EVERY_MINUTES,
        "asks_again": any(x.waits and x.row.test for x in rows),
    }
    fragment = "#messages" if request.headers.get("HX-Request") else ""
    page = f"ildcare/notifying/notification_list.html{fragment}"
    return render(request, page, context, status=422 if refused else 200)


def _choice_form(request: AuthenticatedHttpRequest) -> ChoiceForm:
    row = NotificationChoice.objects.filter(user=request.user).prefetch_related("wards").first()
    chosen: dict[str, Any] = {"email": False, "least": Least.CRITICAL, "language": get_language(), "wards": []}
    if row is not None:
        chosen = {
            "email": row.email,
            "least": row.least,
            "language": row.language,
            "wards": [x.pk for x in row.wards.all()],
        }
    return ChoiceForm(request=request, target=TARGET, initial=chosen)


def _browser_form(request: AuthenticatedHttpRequest) -> BrowserForm:
    return BrowserForm(request=request, target=TARGET, prefix="browser")
