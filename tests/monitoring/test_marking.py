"""What is said of a test that is due: it stands beside the test, moves no rule, and is asked again in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.marking import answers, mark_test, marks_of
from monitoring.models import Alert, Mark, MarkedTest
from patients.changes import Refused
from patients.models import Role, Ward
from tests.monitoring.stored import a_patient, tell, yesterday
from tests.patients.conftest import make_user
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse():
    return make_user("nurse", Role.NURSE, Ward.objects.create(code="w", name="Ward"))


@pytest.fixture
def patient():
    return a_patient()


def today():
    return timezone.localdate()


def mark(patient, by, what, **more) -> MarkedTest:
    return mark_test(patient=patient, code="ferritin", due=today(), what=what, by=by, **more)


@pytest.mark.parametrize("what", [Mark.CANNOT, Mark.NOT_NEEDED])
def test_what_is_not_done_says_why(patient, nurse, what) -> None:
    with pytest.raises(Refused):
        mark(patient, nurse, what, note=" ")
    assert mark(patient, nurse, what, note="on dialysis").note == "on dialysis"


@pytest.mark.parametrize(("days", "stored"), [(-1, False), (0, False), (1, True), (14, True), (15, False)])
def test_a_test_is_moved_to_a_day_within_two_weeks(patient, nurse, days, stored) -> None:
    day = today() + timedelta(days=days)
    if stored:
        assert mark(patient, nurse, Mark.MOVED, moved_to=day).moved_to == day
        return
    with pytest.raises(Refused):
        mark(patient, nurse, Mark.MOVED, moved_to=day)


def test_a_move_without_a_day_is_refused(patient, nurse) -> None:
    with pytest.raises(Refused):
        mark(patient, nurse, Mark.MOVED)


def test_the_last_word_counts_and_open_again_takes_it_back(patient, nurse) -> None:
    key = (patient.pk, "ferritin", today())
    mark(patient, nurse, Mark.TAKEN)
    last = mark(patient, nurse, Mark.CANNOT, note="no vein")
    assert marks_of([patient.pk]) == {key: last}
    mark(patient, nurse, Mark.OPEN)
    assert marks_of([patient.pk]) == {}
    assert MarkedTest.objects.count() == 3


@pytest.mark.parametrize(
    ("what", "hours", "still"),
    [
        (Mark.TAKEN, 23, True),
        (Mark.TAKEN, 24, False),
        (Mark.CANNOT, 0, True),
        (Mark.CANNOT, 24, False),
        (Mark.NOT_NEEDED, 6 * 24, True),
        (Mark.NOT_NEEDED, 7 * 24, False),
        (Mark.MOVED, 24, True),
        (Mark.MOVED, 48, False),
    ],
)
def test_a_word_answers_for_a_while_and_then_the_test_is_asked_for_again(what, hours, still) -> None:
    said = timezone.now()
    moved = timezone.localdate(said) + timedelta(days=2) if what == Mark.MOVED else None
    row = MarkedTest(what=what, at=said, moved_to=moved)
    assert answers(row, said + timedelta(hours=hours)) is still


def test_no_alert_ends_or_stays_away_for_a_word(patient, nurse) -> None:
    """A mark is no fact: the next evaluation says what it said before."""
    tell(patient, Story().onset(yesterday() - 20, known=yesterday() - 19).diagnosis(yesterday() - 19, "DM"))
    tell(patient, Story().mda5(yesterday() - 19, "positive").drug(yesterday() - 18, "csa"))
    evaluate_patients([patient.pk])
    before = set(Alert.objects.open().filter(patient=patient, rule="OVERDUE").values_list("subject", "version"))
    assert before
    for subject, _version in before:
        due = Alert.objects.open().get(patient=patient, rule="OVERDUE", subject=subject).value_on
        mark_test(patient=patient, code=subject, due=due, what=Mark.NOT_NEEDED, note="known", by=nurse)
    evaluate_patients([patient.pk])
    after = set(Alert.objects.open().filter(patient=patient, rule="OVERDUE").values_list("subject", "version"))
    assert after == before


def test_the_words_are_only_ever_appended(patient, nurse) -> None:
    row = mark(patient, nurse, Mark.TAKEN)
    with pytest.raises(IntegrityError, match="append-only"):
        row.delete()
