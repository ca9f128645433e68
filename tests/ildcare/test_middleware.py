"""R50, R51: what a signed-in user saw stays in no cache, and a lost session shows a page, not a fragment."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import reverse

from ildcare.middleware import private_responses
from patients.models import User


def respond(response: HttpResponse, *, signed_in: bool, htmx: bool = False) -> HttpResponse:
    headers = {"HX-Request": "true"} if htmx else {}
    request: HttpRequest = RequestFactory().get("/", headers=headers)
    request.session = SessionStore()
    request.user = User(username="x") if signed_in else AnonymousUser()
    return private_responses(lambda _request: response)(request)


def test_R51_pages_of_a_signed_in_user_are_not_stored() -> None:
    assert "no-store" in respond(HttpResponse("x"), signed_in=True).headers["Cache-Control"]
    assert "Cache-Control" not in respond(HttpResponse("x"), signed_in=False).headers


@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer_varies_with_htmx(signed_in: bool) -> None:
    assert "HX-Request" in respond(HttpResponse("x"), signed_in=signed_in).headers["Vary"]


def test_R50_a_lost_session_brings_the_sign_in_page_as_a_page() -> None:
    answer = respond(HttpResponseRedirect(f"{reverse('sign_in')}?next=/"), signed_in=False, htmx=True)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"] == f"{reverse('sign_in')}?next=%2F"


def test_R50_other_redirects_are_followed_by_htmx_itself() -> None:
    assert respond(HttpResponseRedirect("/patients/1/"), signed_in=True, htmx=True).status_code == 302
    assert respond(HttpResponseRedirect(reverse("sign_in")), signed_in=False).status_code == 302
