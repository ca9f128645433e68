"""What is looked at after the kills: what was lost, changed, doubled or not told is counted; which process is which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_now
from ildcare.operations import chaos
from ildcare.operations.chaos import TARGETS, WORDS, Key, Outcome, count_differences
from monitoring.models import Alert
from patients.models import Measurement, Patient
from tests.monitoring.stored import a_patient, tell, today
from tests.story import Story


@pytest.fixture
def sent() -> dict[Key, Decimal]:
    """Two values of one person, stored, evaluated, and acknowledged to whoever sent them."""
    patient = a_patient("C-1")
    tell(patient, Story().ferritin(today() - 2, "1600").test(today() - 1, "potassium", "6.2"))
    evaluate_now(patient.pk)
    return {("C-1", x.code, x.on): x.value for x in Measurement.objects.all()}


def found(sent: dict[Key, Decimal]) -> Outcome:
    outcome = Outcome()
    count_differences(sent, ["C-1"], outcome)
    return outcome


@pytest.mark.django_db
def test_nothing_is_found_where_nothing_is_wrong(sent) -> None:
    assert Alert.objects.open().exists()
    assert found(sent).faults == 0


@pytest.mark.django_db
def test_a_value_that_was_acknowledged_and_does_not_stand_is_lost(sent) -> None:
    gone = ("C-1", "ldh", timezone.now())
    assert found(sent | {gone: Decimal(300)}).lost == 1


@pytest.mark.django_db
def test_another_value_than_the_acknowledged_one_is_wrong(sent) -> None:
    key = next(iter(sent))
    assert found(sent | {key: sent[key] + 1}).wrong == 1


@pytest.mark.django_db
def test_a_value_that_stands_twice_is_doubled(sent, monkeypatch: pytest.MonkeyPatch) -> None:
    class Twice:
        """Every row twice, as a constraint that failed would let them stand."""

        def __init__(self, rows: QuerySet[Measurement]) -> None:
            self.rows = rows

        def values_list(self, *names: str) -> Iterable[tuple[Any, ...]]:
            return [x for x in self.rows.values_list(*names) for _ in range(2)]

    standing = Measurement.objects.filter(patient__mrn="C-1").standing()
    monkeypatch.setattr(chaos, "standing_values", lambda _patients: Twice(standing))
    assert found(sent).doubled == len(sent)


@pytest.mark.django_db
def test_an_alert_that_nobody_was_told_and_a_patient_not_evaluated_are_counted(sent) -> None:
    patient = Patient.objects.get(mrn="C-1")
    tell(patient, Story().test(today(), "glucose", "30", id="later"))
    told = sent | {("C-1", x.code, x.on): x.value for x in Measurement.objects.filter(code="glucose")}
    outcome = found(told)
    assert (outcome.lost, outcome.not_evaluated) == (0, 1)
    assert outcome.alerts_missing >= 1


@pytest.mark.django_db
def test_an_alert_that_no_rule_tells_any_more_is_one_too_many(sent) -> None:
    patient = Patient.objects.get(mrn="C-1")
    tell(patient, Story().test(today(), "potassium", "4.2", id="later"))
    told = sent | {("C-1", x.code, x.on): x.value for x in Measurement.objects.filter(code="potassium")}
    outcome = found(told)
    assert outcome.lost == 0
    assert outcome.alerts_too_many >= 1


@pytest.mark.parametrize("name", TARGETS)
def test_processes_are_told_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    python = "/venv/bin/python -m "
    below = {
        2: (1, python + "gunicorn ildcare.wsgi --workers 2"),
        3: (2, python + "gunicorn ildcare.wsgi --workers 2"),
        4: (1, python + "celery --app ildcare worker --concurrency 1"),
        5: (1, python + "celery --app ildcare worker --queues sending --pool solo"),
        6: (1, python + "celery --app ildcare beat --schedule s"),
        7: (1, python + "django downtime --loop --settings ildcare.settings"),
        8: (1, python + "django listen --port 2575"),
        9: (1, "/pg/bin/postgres -D /var/postgres-18"),
        10: (1, "/bin/valkey-server unixsocket:/var/valkey.sock"),
    }
    monkeypatch.setattr(chaos, "_below", lambda _up: below)
    order = ("web", "web worker", "worker", "sender", "beat", "downtime", "listener", "database", "broker")
    assert chaos.processes(name, 1) == [2 + order.index(name)]
    assert {*WORDS} < {*order}


def test_the_worst_time_until_the_pages_were_back_is_no_fault() -> None:
    assert Outcome(back={"web": timedelta(minutes=3).total_seconds()}).faults == 0
