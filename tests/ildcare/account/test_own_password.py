"""A person's own password: who knows the present one changes it; other sessions end, this one goes on."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import AuditEntry, Role, User
from tests.patients.conftest import make_user
from tests.patients.conftest import ward as ward
from tests.reading import words_of

pytestmark = pytest.mark.django_db
PRESENT, NEW = "correct horse battery", "seven green umbrellas"


@pytest.fixture
def nurse(ward) -> User:
    user = make_user("hara", Role.NURSE, ward)
    user.set_password(PRESENT)
    user.save()
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def change(client: Client, present: str = PRESENT, new: str = NEW, again: str = ""):
    address = reverse("own_password")
    hidden = re.search(r'name="context_token" value="([^"]+)"', client.get(address).content.decode())
    assert hidden
    fields = {"context_token": hidden[1], "present": present, "new": new, "again": again or new}
    return client.post(address, fields, follow=True)


def test_the_password_is_changed_and_this_session_goes_on(nurse) -> None:
    here, elsewhere = signed_in(nurse), signed_in(nurse)
    answer = change(here)
    assert answer.status_code == 200
    assert "Your password was changed" in words_of(answer.content.decode())
    nurse.refresh_from_db()
    assert nurse.check_password(NEW)
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302  # to the sign-in


def test_that_it_was_changed_is_in_the_audit_log_and_neither_password_is(nurse) -> None:
    change(signed_in(nurse))
    entry = AuditEntry.objects.filter(table_name="patients_user", op="UPDATE").latest("pk")
    assert entry.actor == nurse.pk
    text = str([getattr(entry, x.attname) for x in entry._meta.fields])
    nurse.refresh_from_db()
    assert nurse.password not in text
    assert NEW not in text


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"present": "wrong"}, "This is not your password"),
        ({"again": "seven green umbrella"}, "not the same"),
        ({"new": "short"}, "too short"),
        ({"new": "password1234"}, "too common"),
        ({"new": PRESENT}, "the present one"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(nurse, sent: dict[str, str], fault: str) -> None:
    answer = change(signed_in(nurse), **sent)
    assert answer.status_code == 422
    assert fault in words_of(answer.content.decode())
    nurse.refresh_from_db()
    assert nurse.check_password(PRESENT)


def test_no_password_comes_back_with_the_page(nurse) -> None:
    text = change(signed_in(nurse), present="wrong").content.decode()
    assert NEW not in text


def test_R46_wrong_present_passwords_lock_out_as_failed_sign_ins_do(nurse, settings) -> None:
    client = signed_in(nurse)
    for _n in range(settings.AXES_FAILURE_LIMIT):
        change(client, present="wrong")
    change(client)  # with the right one, too late
    nurse.refresh_from_db()
    assert nurse.check_password(PRESENT)
