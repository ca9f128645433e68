"""R50, R51: what a signed-in user saw stays in no cache, and a lost session shows a page, not a fragment."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import reverse

from ildcare.middleware import TextThatCanBeKept, private_responses
from patients.models import Role, SheetDraft, User
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import ward as ward


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


# -- text that no column keeps ----------------------------------------------------------------------------------------


def fields_after(request: HttpRequest) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What a view finds in the query and in the form."""
    middleware = TextThatCanBeKept(lambda _request: HttpResponse("x"))
    middleware(request)
    middleware.process_view(request, lambda _request: HttpResponse("x"), (), {})
    return dict(request.GET.lists()), dict(request.POST.lists())


def test_a_nul_in_a_field_or_query_never_reaches_a_view() -> None:
    sent = {"note": "fe\x00ver", "more": ["\x00", "b"], "plain": "日本"}
    query, form = fields_after(RequestFactory().post("/?q=a%00b&x=1", sent))
    assert (query, form) == (
        {"q": ["a\ufffdb"], "x": ["1"]},
        {"note": ["fe\ufffdver"], "more": ["\ufffd", "b"], "plain": ["日本"]},
    )
    encoded = RequestFactory().post("/", "a%00=1%00", content_type="application/x-www-form-urlencoded")
    assert fields_after(encoded) == ({}, {"a\ufffd": ["1\ufffd"]})


def test_a_body_that_is_no_form_is_left_as_it_came() -> None:
    request = RequestFactory().post("/", b"\x00MSH", content_type="application/octet-stream")
    assert fields_after(request) == ({}, {})
    assert request.body == b"\x00MSH"


@pytest.mark.django_db
def test_a_draft_of_a_sheet_with_a_nul_is_kept(client, ward) -> None:
    """The boxes of a sheet are kept as they were typed, read by no form."""
    user = make_user("nurse", Role.NURSE, ward)
    patient = make_patient("P-1", user, ward)
    client.force_login(user)
    page = client.get(reverse("morning_sheet", args=[patient.pk]))
    token = page.context["form"]["context_token"].value()
    sent = {"context_token": token, "value_crp": "6\x00", "on": "2026-01-02T08:00"}
    assert client.post(reverse("morning_draft", args=[patient.pk]), sent).status_code == 200
    (draft,) = SheetDraft.objects.all()
    assert draft.typed["value_crp"] == "6\ufffd"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/?consultant=%00", "/?q=%00x", "/inbox/?what=%00", "/patients/off-ward?q=%00"])
def test_a_page_that_is_asked_for_with_a_nul_opens(client, ward, address: str) -> None:
    client.force_login(make_user("nurse", Role.NURSE, ward))
    assert client.get(address).status_code == 200
