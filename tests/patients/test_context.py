"""R02: a form counts only where it was made for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.http import HttpResponse
from django.utils import timezone

from patients.changes import Difference, StaleVersion
from patients.conflicts import ConflictMiddleware
from patients.context import SALT, ContextForm, ContextMismatch, check_context, issue_context
from patients.models import Ward
from tests.patients.conftest import make_patient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf) -> Any:
    def make(user, session: str = "session-1", data: dict[str, str] | None = None) -> Any:
        request = rf.post("/", data or {})
        request.user = user
        request.session = type("Session", (dict,), {"session_key": session})()
        return request

    return make


def test_R02_a_token_comes_back_as_it_was_issued(request_of, patient, physician) -> None:
    request = request_of(physician)
    context = check_context(request, issue_context(request, patient=patient, version=3), patient=patient)
    assert (context.user, context.patient, context.version) == (physician.pk, patient.pk, 3)
    assert len(context.nonce) > 20


def test_R02_every_form_has_another_nonce(request_of, physician) -> None:
    request = request_of(physician)
    assert len({check_context(request, issue_context(request)).nonce for _ in range(5)}) == 5


def test_R02_another_patient_user_session_or_target_is_a_mismatch(request_of, patient, physician, ward) -> None:
    token = issue_context(request_of(physician), patient=patient, target="measurement:1")
    other_user, other_patient = make_user("other", "physician", ward), make_patient("P-2", physician)
    same = {"patient": patient, "target": "measurement:1"}
    check_context(request_of(physician), token, **same)
    for request, expected in [
        (request_of(other_user), same),
        (request_of(physician, "session-2"), same),
        (request_of(physician), {**same, "patient": other_patient}),
        (request_of(physician), {**same, "patient": None}),
        (request_of(physician), {**same, "target": "measurement:2"}),
    ]:
        with pytest.raises(ContextMismatch):
            check_context(request, token, **expected)


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", signing.dumps([1, 2], salt=SALT), signing.dumps([1], salt="other")],
    ids=["none", "nonsense", "too short", "another salt"],  # tokens carry their time: workers would not agree on names
)
def test_R02_a_forged_or_missing_token_is_a_mismatch(request_of, physician, token) -> None:
    with pytest.raises(ContextMismatch):
        check_context(request_of(physician), token)


def test_R02_a_token_outlives_no_session(request_of, physician) -> None:
    token = issue_context(request_of(physician))
    with time_machine.travel(timezone.now() + timedelta(hours=13)), pytest.raises(ContextMismatch):
        check_context(request_of(physician), token)


def shown_token(request, **made_for: Any) -> str:
    return ContextForm(request=request, **made_for)["context_token"].value()


def test_R02_a_form_of_another_patient_writes_nothing_and_is_answered_409(request_of, patient, physician) -> None:
    other = make_patient("P-2", physician)
    token = shown_token(request_of(physician), patient=other)
    request = request_of(physician, data={"context_token": token})

    def view(request) -> HttpResponse:
        form = ContextForm(request.POST, request=request, patient=patient)
        if form.is_valid():
            Ward.objects.create(code="never", name="Never")
        return HttpResponse()

    with pytest.raises(ContextMismatch) as mismatch:
        view(request)
    response = ConflictMiddleware(view).process_exception(request, mismatch.value)
    assert response.status_code == 409
    assert not Ward.objects.filter(code="never").exists()


def test_R07_a_form_runs_its_deed_once(request_of, patient, physician) -> None:
    token = shown_token(request_of(physician), patient=patient)
    request = request_of(physician, data={"context_token": token})
    results = []
    for _ in range(2):
        form = ContextForm(request.POST, request=request, patient=patient)
        assert form.is_valid()
        results.append(form.once(lambda: Ward.objects.create(code="once", name="Once").pk))
    assert [repeated for _, repeated in results] == [False, True]
    assert results[0][0] == results[1][0]


def test_token_is_a_hidden_field(request_of, physician) -> None:
    html = str(ContextForm(request=request_of(physician))["context_token"])
    assert 'type="hidden"' in html
    assert physician.username not in html


def test_R06_409_shows_the_difference_field_by_field(request_of, physician) -> None:
    stale = StaleVersion((Difference("bed", "bed", "701", "702"),))
    response = ConflictMiddleware(lambda r: HttpResponse()).process_exception(request_of(physician), stale)
    assert response.status_code == 409
    text = response.content.decode()
    assert "701" in text
    assert "702" in text


def test_other_errors_pass_the_conflict_middleware(request_of, physician) -> None:
    middleware = ConflictMiddleware(lambda r: HttpResponse())
    assert middleware.process_exception(request_of(physician), ValueError()) is None
