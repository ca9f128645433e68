"""Evaluated by whoever changes a record: with the change or not at all, and never instead of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation import at_once, claims
from ildcare.evaluation import sweep as evaluation
from ildcare.evaluation.at_once import evaluated, evaluated_as_read
from ildcare.evaluation.sweep import Evaluated, evaluate_changed, sweep
from monitoring import receivers
from monitoring.models import AlertEvent
from patients.clinical.snapshot import Snapshot
from patients.forms import FORMS
from patients.models import EvaluationMark, Measurement, Patient, User
from patients.queries import read_record, take_snapshot
from tests.ildcare.evaluation.test_claims import elsewhere
from tests.ildcare.record.test_entering import VALID, clock, send, token_of
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import a_patient, open_rules, tell, yesterday
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
ALERT = ("FERRITIN_HIGH", "", 3)


def ferritin(patient: Patient, value: str = "1679") -> Callable[[], None]:
    return lambda: tell(patient, Story().ferritin(yesterday(), value))


def is_owed(patient: Patient) -> bool:
    return EvaluationMark.objects.get(patient=patient).needed_since is not None


@pytest.mark.django_db(transaction=True)
def test_who_sees_the_change_sees_its_evaluation() -> None:
    patient = a_patient()
    seen: list[Any] = []

    def look() -> None:
        seen.append((Measurement.objects.filter(patient=patient).count(), open_rules(patient), is_owed(patient)))

    with transaction.atomic():
        evaluated(ferritin(patient), patient)()
        elsewhere(look)
    look()
    assert seen == [(0, set(), True), (1, {ALERT}, False)]


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_asked_about_what_is_evaluated_with_its_change(monkeypatch: pytest.MonkeyPatch) -> None:
    patient, other, asked = a_patient(), a_patient("M-2"), list[int]()
    monkeypatch.setattr(receivers, "nudge", asked.append)
    with transaction.atomic():
        evaluated(ferritin(patient), patient)()
        ferritin(other)()
    ferritin(patient, "1700")()
    assert asked == [other.pk, patient.pk]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_takes_its_evaluation_with_it() -> None:
    patient = a_patient()

    def breaks() -> None:
        with transaction.atomic():
            evaluated(ferritin(patient), patient)()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    assert (Measurement.objects.count(), AlertEvent.objects.count(), is_owed(patient)) == (0, 0, True)


def no_judgement(*_: Any) -> None:
    raise LookupError


def no_table(*_: Any, **__: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "broken"),
    [("_judge", no_judgement), ("as_decided", no_table), ("apply_examinations", no_table), ("settle", no_table)],
)
def test_an_evaluation_that_fails_loses_no_change_and_is_still_owed(
    monkeypatch: pytest.MonkeyPatch, name: str, broken: Callable[..., None]
) -> None:
    patient = a_patient()
    with monkeypatch.context() as patched:
        patched.setattr(evaluation, name, broken)
        with transaction.atomic():
            evaluated(ferritin(patient), patient)()
    assert (Measurement.objects.filter(patient=patient).count(), is_owed(patient)) == (1, True)
    assert open_rules(patient) == set()
    EvaluationMark.objects.filter(patient=patient).update(next_due_at=timezone.now())
    assert sweep().evaluated == 1
    assert open_rules(patient) == {ALERT}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_judges_the_record_as_it_was_stores_nothing_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = a_patient()
    tell(patient, Story().ferritin(yesterday(), "1200", id="first"))
    real, judged = evaluation._judge, 0

    def judge(mark, snapshot, awaiting):
        nonlocal judged
        judged += 1
        if judged == 1:  # somebody enters a result meanwhile
            elsewhere(entered)
        return real(mark, snapshot, awaiting)

    def entered() -> None:
        with transaction.atomic():
            evaluated(ferritin(patient), patient)()

    monkeypatch.setattr(evaluation, "_judge", judge)
    assert evaluate_changed(patient.pk) == Evaluated()
    assert (judged, open_rules(patient), is_owed(patient)) == (2, {ALERT}, False)
    assert AlertEvent.objects.filter(patient=patient).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_neither_waits_for_a_change_that_is_evaluated_nor_stores_beside_it() -> None:
    patient = a_patient()
    tell(patient, Story().ferritin(yesterday(), "1200", id="first"))
    by_worker: list[Evaluated] = []
    with transaction.atomic():
        evaluated(ferritin(patient), patient)()
        elsewhere(lambda: by_worker.append(evaluate_changed(patient.pk)))
    assert by_worker == [Evaluated()]
    assert evaluate_changed(patient.pk) == Evaluated()  # the nudge of the change finds nothing left to do
    assert (open_rules(patient), is_owed(patient)) == ({ALERT}, False)
    assert AlertEvent.objects.filter(patient=patient).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_change_a_record_at_once_are_both_evaluated_one_after_the_other() -> None:
    """The second waits for the record, then judges it with the change of the first."""
    patient = a_patient()
    first, second = ferritin(patient), lambda: tell(patient, Story().ferritin(yesterday(), "900", id="second"))

    def both() -> None:
        with transaction.atomic():
            evaluated(second, patient)()

    with transaction.atomic():
        evaluated(first, patient)()
    elsewhere(both)
    assert (open_rules(patient), is_owed(patient)) == ({ALERT}, False)
    assert claims.waiting(timezone.now()) == 0


# -- as it was read ---------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Snapshot]:
    """The snapshots that were judged."""
    found: list[Snapshot] = []
    real = evaluation._judge

    def judge(mark, snapshot, awaiting):
        found.append(snapshot)
        return real(mark, snapshot, awaiting)

    monkeypatch.setattr(evaluation, "_judge", judge)
    return found


@pytest.fixture
def went_on(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a record was gone on with."""
    found: list[int] = []
    real = at_once.snapshot_since

    def since(*told):
        found.append(1)
        return real(*told)

    monkeypatch.setattr(at_once, "snapshot_since", since)
    return found


@pytest.mark.parametrize("kind", list(FORMS))
def test_what_a_form_stores_is_judged_as_a_fresh_reading_would_be(browser, patient, judged, went_on, kind) -> None:
    for before in ("treatment", "results", "taper"):
        send(browser, patient, before, **VALID[before] | ({"on": clock(hours=5)} if "on" in VALID[before] else {}))
    judged.clear()
    went_on.clear()
    response = send(browser, patient, kind, **VALID[kind])
    if response.status_code == 422:  # what is recorded already is asked about
        return
    (snapshot,) = judged
    assert went_on == [1]
    afresh = take_snapshot(patient, snapshot.as_of, snapshot.known_at)
    assert (snapshot, str(snapshot)) == (afresh, str(afresh))


def test_an_entry_costs_the_same_statements_whatever_the_record_holds(browser, patient) -> None:
    counts = []
    for hours in (9, 5):
        token = token_of(browser, f"/patients/{patient.pk}/enter/results?panel=activity")
        with CaptureQueriesContext(connection) as seen:
            send(browser, patient, "results", token=token, **VALID["results"] | {"on": clock(hours=hours)})
        counts.append(len(seen))
        for n in range(3):
            send(browser, patient, "results", **VALID["results"] | {"on": clock(hours=8 - n / 2)})
    assert counts[1] <= counts[0] <= 44


def test_what_somebody_else_stored_since_the_record_was_read_is_read(judged, went_on) -> None:
    patient, by = a_patient(), User.objects.create_user("who enters")
    record = read_record(patient, timezone.now())
    tell(patient, Story().ferritin(yesterday(), "1200", id="first"))
    with evaluated_as_read(patient, record, by=by):
        tell(patient, Story().ferritin(f"{yesterday()}T09:00", "1679", id="second"))
    assert went_on == []
    assert [str(x.quantity) for x in judged[-1].measurements] == ["1,200", "1,679"]


@pytest.mark.django_db(transaction=True)
def test_while_a_record_is_gone_on_with_nobody_else_changes_it() -> None:
    patient, by = a_patient(), User.objects.create_user("who enters")
    record = read_record(patient, timezone.now())
    waited: list[str] = []

    def other() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            try:
                tell(patient, Story().ferritin(yesterday(), "1200", id="other"))
            except Exception as error:
                waited.append(type(error).__name__)
                raise

    with evaluated_as_read(patient, record, by=by), pytest.MonkeyPatch.context() as patched:
        patched.setattr("threading.excepthook", lambda *_: None)
        elsewhere(other)
    assert waited == ["OperationalError"]
