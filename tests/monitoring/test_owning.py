"""Who has a card: taken, given, released; while the card lasts, and only who sees the patient and may acknowledge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.models import Alert, CardOwner
from monitoring.owning import can_own, lasts, own_card, owners_of
from patients.actions import admit_patient, discharge_patient
from patients.changes import Refused, StaleVersion
from patients.models import AuditEntry, Patient, Role, User, Ward, WardMembership
from tests.monitoring.stored import a_patient, alert, tell, yesterday
from tests.patients.conftest import as_runtime_role, make_user
from tests.story import Story

pytestmark = pytest.mark.django_db

COURSE = "course"  # the card of a ferritin above its limit


@pytest.fixture
def ward() -> Ward:
    return Ward.objects.create(code="w", name="Ward")


@pytest.fixture
def physician(ward: Ward) -> User:
    return make_user("physician", Role.PHYSICIAN, ward)


@pytest.fixture
def senior(ward: Ward) -> User:
    return make_user("senior", Role.SENIOR, ward)


@pytest.fixture
def ill(ward: Ward) -> Patient:
    patient = a_patient()
    admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now() - timedelta(days=9))
    tell(patient, Story().ferritin(yesterday(), "1679", id="f1"))
    evaluate_patients([patient.pk])
    return patient


def owner(patient: Patient) -> User | None:
    owned = owners_of([patient.pk]).get((patient.pk, COURSE))
    return owned.owner if owned else None


def give(patient: Patient, to: User | None, by: User, expected: int | None = None) -> CardOwner:
    last = CardOwner.objects.filter(patient=patient, group=COURSE).order_by("-id").first()
    seen = expected if expected is not None else (last.pk if last else 0)
    return own_card(patient=patient, group=COURSE, owner=to, by=by, expected=seen)


def test_a_card_is_taken_given_and_released_and_each_word_is_kept(ill, physician, senior) -> None:
    assert owner(ill) is None
    give(ill, physician, physician)
    assert owner(ill) == physician
    give(ill, senior, physician)
    assert owner(ill) == senior
    give(ill, None, senior)
    assert owner(ill) is None
    told = list(CardOwner.objects.filter(patient=ill).values_list("owner__username", "by__username"))
    assert told == [("physician", "physician"), ("senior", "physician"), (None, "senior")]
    audited = AuditEntry.objects.filter(table_name="monitoring_cardowner", patient=ill.pk)
    assert {x.actor for x in audited} == {physician.pk, senior.pk}


def test_who_is_second_does_not_take_it_from_the_first_unseen(ill, physician, senior) -> None:
    give(ill, physician, physician)
    with pytest.raises(StaleVersion):
        give(ill, senior, senior, expected=0)
    assert owner(ill) == physician


def test_taken_twice_by_one_person_is_one_word(ill, physician) -> None:
    assert give(ill, physician, physician).pk == give(ill, physician, physician, expected=0).pk
    assert CardOwner.objects.count() == 1


def test_it_survives_an_evaluation_that_changes_its_alerts(ill, physician) -> None:
    give(ill, physician, physician)
    tell(ill, Story().ferritin(yesterday(), "2679", id="f2").mda5(yesterday(), "positive"))
    evaluate_patients([ill.pk])
    assert Alert.objects.get(patient=ill, rule="FERRITIN_HIGH").version > 1
    assert owner(ill) == physician


def test_a_card_that_ended_and_comes_back_is_nobodys(ill, physician) -> None:
    give(ill, physician, physician)
    Alert.objects.filter(patient=ill).update(closed_at=timezone.now(), closed_because="ended")
    assert owners_of([ill.pk]) == {}
    again = alert(ill, "FERRITIN_HIGH")
    Alert.objects.filter(pk=again.pk).update(
        opened_at=timezone.now() + timedelta(seconds=1), closed_at=None, closed_because=""
    )
    assert owner(ill) is None


@pytest.mark.parametrize(
    ("spans", "holds"),
    [
        ([(0, None)], True),
        ([(0, 5)], False),
        ([(0, 5), (3, None)], True),  # another was raised before the first ended
        ([(0, 5), (5, None)], True),  # in the same evaluation
        ([(0, 5), (6, None)], False),
        ([(2, None)], False),  # raised after it was taken: another card
    ],
)
def test_a_card_lasts_while_something_of_it_is_open(spans, holds) -> None:
    now = timezone.now()
    moments = [(now + timedelta(hours=a), None if b is None else now + timedelta(hours=b)) for a, b in spans]
    assert lasts(now + timedelta(hours=1), moments) is holds


def test_an_owner_who_loses_the_ward_the_role_or_the_account_is_none(ill, physician, senior, ward) -> None:
    def owned() -> tuple[User | None, User | None]:
        x = owners_of([ill.pk])[ill.pk, COURSE]
        return x.owner, x.lost

    give(ill, physician, senior)
    WardMembership.objects.filter(user=physician).delete()
    assert owned() == (None, physician)
    WardMembership.objects.create(user=physician, ward=ward)
    assert owned() == (physician, None)
    User.objects.filter(pk=physician.pk).update(role=Role.NURSE)
    assert owned()[0] is None
    User.objects.filter(pk=physician.pk).update(role=Role.PHYSICIAN, is_active=False)
    assert owned()[0] is None


def test_who_may_have_it_is_who_sees_the_patient(ill, physician, senior, ward) -> None:
    """`owners_of` asks of many what `visible_to` asks of one: on the ward, after discharge, after a move elsewhere."""
    other = Ward.objects.create(code="o", name="Other")
    stranger = make_user("stranger", Role.PHYSICIAN, other)
    people = [physician, senior, stranger]

    def agree() -> None:
        for user in people:
            CardOwner.objects.create(patient=ill, group=COURSE, owner=user, by=senior, at=timezone.now())
            assert (owner(ill) == user) is can_own(ill, user), user

    agree()
    discharge_patient(patient=ill, by=None, at=timezone.now())
    agree()
    admit_patient(patient=ill, ward=other, by=None, admitted_at=timezone.now())
    agree()
    assert can_own(ill, stranger)
    assert not can_own(ill, physician)


def test_refused_for_who_may_not_and_for_what_is_over(ill, physician, ward) -> None:
    nurse = make_user("nurse", Role.NURSE, ward)
    with pytest.raises(Refused):
        give(ill, nurse, physician)
    with pytest.raises(Refused):
        own_card(patient=ill, group="organs", owner=physician, by=physician, expected=0)
    assert not CardOwner.objects.exists()


def test_the_words_are_only_ever_appended(ill, physician) -> None:
    row = give(ill, physician, physician)
    with pytest.raises(IntegrityError, match="append-only"):
        CardOwner.objects.filter(pk=row.pk).update(owner=None)


@pytest.mark.parametrize("table", ["monitoring_cardowner", "monitoring_markedtest"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET by_id = NULL", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_product_itself_has_no_right_to_change_them(db, table, statement) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), as_runtime_role() as cursor:
        cursor.execute(statement.format(table))
