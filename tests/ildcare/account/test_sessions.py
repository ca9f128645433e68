"""R45: how long somebody stays signed in, counted on the server; who asks by itself is not there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import Client
from django.utils import timezone

from patients.context import SALT
from patients.models import Role
from tests.patients.conftest import make_user
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def in_minutes(minutes: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def signed_in(client: Client) -> bool:
    return client.get("/", headers={"X-Poll": "1"}).status_code == 200


@pytest.fixture
def at_work(client: Client, physician) -> Client:
    client.force_login(physician)
    return client


def test_R45_fifteen_minutes_without_a_request_end_it(at_work: Client) -> None:
    with in_minutes(14):
        assert signed_in(at_work)
    with in_minutes(16):
        answer = at_work.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")


def test_R45_every_request_of_the_user_starts_the_minutes_again(at_work: Client) -> None:
    with in_minutes(14):
        at_work.get("/")
    with in_minutes(28):
        assert signed_in(at_work)


def test_R45_a_page_that_asks_by_itself_keeps_nobody_signed_in(at_work: Client) -> None:
    with in_minutes(14):
        assert signed_in(at_work)  # with X-Poll
    with in_minutes(16):
        assert not signed_in(at_work)


def test_R45_twelve_hours_are_the_end_whatever_is_asked(at_work: Client) -> None:
    for minutes in range(10, 12 * 60, 10):
        with in_minutes(minutes):
            at_work.post("/session/extend")
    with in_minutes(12 * 60 - 1):
        assert signed_in(at_work)
    with in_minutes(12 * 60 + 1):
        assert not signed_in(at_work)


def test_R45_another_role_or_none_ends_it_at_the_next_request(at_work: Client, physician) -> None:
    get_user_model().objects.filter(pk=physician.pk).update(role=Role.NURSE)
    assert not signed_in(at_work)


def test_R45_a_session_that_does_not_say_when_it_began_has_ended(at_work: Client) -> None:
    session = at_work.session
    del session["begun"]
    session.save()
    assert not signed_in(at_work)


def test_the_state_tells_nothing_of_nobody_and_does_not_say_who(client: Client, physician) -> None:
    assert client.get("/session").json() == {"who": "", "seconds": 0, "csrf": ""}
    before = timezone.now()
    client.force_login(physician)
    told = client.get("/session").json()
    assert 898 - (timezone.now() - before).total_seconds() <= told["seconds"] <= 900
    assert told["csrf"]
    assert physician.username not in str(told)


def test_R02_tokens_are_renewed_for_their_own_user_only(client: Client, physician, patient, ward) -> None:
    shown = timezone.now().isoformat()
    people = (physician, make_user("x"))
    made = [[x.pk, "an ended session", patient.pk, "new:decision", 3, "nonce", shown] for x in people]
    tokens = [signing.dumps(x, salt=SALT) for x in made]
    client.force_login(physician)
    own, foreign, forged = client.post("/session/forms", {"token": [*tokens, "forged"]}).json()["tokens"]
    renewed = signing.loads(own, salt=SALT)
    assert renewed[1] != "an ended session"
    assert [renewed[0], *renewed[2:]] == [made[0][0], *made[0][2:]]
    assert (foreign, forged) == (None, None)


def test_R02_nobody_gets_tokens(client: Client) -> None:
    assert client.post("/session/forms", {"token": "x"}).status_code == 403
