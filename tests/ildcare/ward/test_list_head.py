"""The head of the list: its statement is composed once, and asks for each reader what would be composed for them."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from ildcare.ward.off_ward import ListHead, head_of, list_head
from patients.actions import discharge_patient, save_view
from patients.models import NonceUse, Role, User
from patients.out_of_sight import LOST
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


def composed_anew(user: User) -> ListHead:
    away, views, lost, sheet = head_of(user, timezone.now()).get()
    off_ward, critical, unread = away or (0, 0, 0)
    named = tuple((x["name"], x["filters"]) for x in views)
    return ListHead(off_ward=off_ward, critical=critical, unread=unread, views=named, lost=lost, sheet=sheet)


def test_a_statement_composed_once_asks_for_each_reader(ward, other_ward, physician) -> None:
    senior, nobody = make_user("senior", Role.SENIOR, other_ward), make_user("new", Role.NURSE)
    others = [make_user(f"user {n}", Role.PHARMACIST, ward, other_ward) for n in range(2)]
    make_patient("H-1", physician)  # never on a ward: seen by who registered the record, and by senior physicians
    for number, place in enumerate((ward, ward, other_ward)):
        gone = make_patient(f"G-{number}", physician, place)
        discharge_patient(patient=gone, by=physician, at=timezone.now())
    save_view(by=physician, name="mine", filters={"step": ["T3"]})
    NonceUse.objects.create(user=physician, nonce="x", result=json.loads(f'{{"{LOST}": 1}}'))
    heads = {x.username: list_head(x) for x in (physician, senior, nobody, *others)}
    assert heads == {x.username: composed_anew(x) for x in (physician, senior, nobody, *others)}
    assert {name: x.off_ward for name, x in heads.items()} == {
        "physician": 3,
        "senior": 2,
        "new": 0,
        "user 0": 3,
        "user 1": 3,
    }
    assert heads["physician"].views == (("mine", {"step": ["T3"]}),)
    assert [heads[x].lost for x in ("physician", "senior")] == [True, False]
