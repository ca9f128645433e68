"""The sweep: who is owed an evaluation, how a broken one is kept apart, when the clock asks again, signs of life."""

from __future__ import annotations

import gc
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from celery.signals import worker_process_init
from django.core.management import call_command
from django.utils import timezone

from ildcare.celery import leave_alone_what_was_there
from ildcare.evaluation import sweep as evaluation
from ildcare.evaluation.claims import Claimed
from ildcare.evaluation.sweep import evaluate_patients, sweep
from monitoring.models import Alert, SweepRun
from monitoring.queries import is_late, last_sweep, watch_of
from patients.actions import admit_patient, discharge_patient
from patients.clinical.facts import HospitalAdmission
from patients.clinical.snapshot import Snapshot
from patients.models import EvaluationMark, Patient, User, Ward
from tests.monitoring.stored import a_patient, open_rules, tell, today, yesterday
from tests.story import Story

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")


def mark(patient: Patient) -> EvaluationMark:
    return EvaluationMark.objects.get(patient=patient)


def test_a_new_patient_is_evaluated_and_then_owed_nothing() -> None:
    patient = a_patient()
    assert sweep().evaluated == 1
    assert mark(patient).needed_since is None
    assert sweep().evaluated == 0


def test_a_deed_makes_a_patient_owed_again() -> None:
    patient = a_patient()
    sweep()
    tell(patient, Story().ferritin(yesterday(), "1679"))
    assert sweep().evaluated == 1
    assert open_rules(patient) == {("FERRITIN_HIGH", "", 3)}


def test_patients_off_the_wards_are_due_again_at_the_next_day_of_the_site() -> None:
    with time_machine.travel(datetime(2026, 5, 4, 20, 30, tzinfo=TOKYO), tick=False):
        patient = a_patient()
        sweep()
    assert mark(patient).next_due_at == datetime(2026, 5, 5, tzinfo=TOKYO)


@pytest.mark.parametrize(("clock", "due"), [(9, (4, 10)), (23, (5, 0))])
def test_patients_on_a_ward_are_due_again_within_the_hour_or_at_the_next_day(clock: int, due: tuple[int, int]) -> None:
    with time_machine.travel(datetime(2026, 5, 4, clock, 0, tzinfo=TOKYO), tick=False) as clock_hand:
        patient = a_patient()
        ward = Ward.objects.create(code="w", name="Ward")
        admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now())
        sweep()
        assert mark(patient).next_due_at == datetime(2026, 5, due[0], due[1], tzinfo=TOKYO)
        clock_hand.shift(timedelta(minutes=5))
        physician = User.objects.create_user("p")
        discharge_patient(patient=patient, by=physician, at=timezone.now())
        sweep()
    assert mark(patient).next_due_at == datetime(2026, 5, 5, tzinfo=TOKYO)


def test_time_alone_raises_an_alert() -> None:
    start = timezone.now()
    patient = a_patient()
    tell(patient, Story().dyspnoea(today(), True, "worse").add(HospitalAdmission, today()))
    sweep()
    assert ("OVERDUE", "spo2", 2) not in open_rules(patient)
    with time_machine.travel(start + timedelta(days=4)):
        assert sweep().evaluated == 1
    assert ("OVERDUE", "spo2", 2) in open_rules(patient)


def test_a_broken_evaluation_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    patients = [a_patient(f"B-{number}") for number in range(5)]
    for patient in patients:
        tell(patient, Story().ferritin(yesterday(), "1679"))
    _break_for(monkeypatch, patients[2])
    run = sweep()
    assert (run.evaluated, run.failed) == (4, 1)
    assert set(Alert.objects.values_list("patient", flat=True)) == {x.pk for x in patients} - {patients[2].pk}
    broken = mark(patients[2])
    assert broken.needed_since is not None
    assert (broken.failures, broken.last_error_class) == (1, "ZeroDivisionError")
    assert watch_of(patients[2].pk, timezone.now()).failed


def _break_for(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    real = evaluation._judge

    def judge(given: Claimed, snapshot: object, awaiting: object) -> object:
        if given.patient == patient.pk:
            raise ZeroDivisionError
        return real(given, snapshot, awaiting)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluation, "_judge", judge)


def test_a_broken_evaluation_is_tried_again_later_and_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = a_patient()
    with monkeypatch.context() as broken, time_machine.travel(timezone.now(), tick=False):
        _break_for(broken, patient)
        assert sweep().failed == 1
        assert sweep().failed == 0  # not at once
    with time_machine.travel(timezone.now() + timedelta(seconds=20)):
        assert sweep().evaluated == 1
    healed = mark(patient)
    assert (healed.failures, healed.last_error_class, healed.needed_since) == (0, "", None)


def test_more_broken_patients_than_a_batch_do_not_starve_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [a_patient(f"S-{number}") for number in range(evaluation.BATCH + 5)]
    real = evaluation._judge
    ids = {x.pk for x in broken}

    def judge(given: Claimed, snapshot: object, awaiting: object) -> object:
        if given.patient in ids:
            raise ZeroDivisionError
        return real(given, snapshot, awaiting)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluation, "_judge", judge)
    healthy = a_patient("S-healthy")
    sweep(budget=60)
    assert mark(healthy).evaluated_at is not None


def test_a_sweep_ends_with_its_budget_and_says_how_many_wait() -> None:
    for number in range(3):
        a_patient(f"W-{number}")
    run = sweep(budget=0)
    assert (run.evaluated, run.waiting) == (0, 3)


def test_evaluating_unknown_patients_does_nothing() -> None:
    assert evaluate_patients([987654]) == evaluation.Evaluated()


def test_a_completed_sweep_is_the_sign_of_life_and_its_absence_is_noticed() -> None:
    now = timezone.now()
    assert last_sweep() is None
    assert is_late(last_sweep(), now)
    run = sweep()
    assert last_sweep() == run
    assert not is_late(last_sweep(), run.finished_at + timedelta(seconds=30))
    assert is_late(last_sweep(), run.finished_at + timedelta(seconds=31))


def test_old_traces_of_sweeps_are_removed() -> None:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        sweep()
    sweep()
    assert SweepRun.objects.count() == 1


def test_the_command_sweeps_once_and_says_what_it_did() -> None:
    a_patient()
    out = StringIO()
    call_command("sweep", stdout=out)
    assert out.getvalue() == "1 evaluated, 0 failed, 0 waiting\n"


def test_a_patient_whose_answer_cannot_be_stored_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    patients = [a_patient(f"P-{number}") for number in range(4)]
    for patient in patients:
        tell(patient, Story().ferritin(yesterday(), "1679"))
    real = evaluation.record_assessments

    def record(*, opinions: dict[int, object], **told: object) -> object:
        if patients[1].pk in opinions:
            raise TypeError
        return real(opinions=opinions, **told)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluation, "record_assessments", record)
    run = sweep()
    assert (run.evaluated, run.failed) == (3, 1)
    assert set(Alert.objects.values_list("patient", flat=True)) == {x.pk for x in patients} - {patients[1].pk}
    assert mark(patients[1]).last_error_class == "TypeError"


def test_an_evaluation_records_the_assessment_with_what_led_to_it() -> None:
    from algorithm.models import Assessment

    patient = a_patient()
    tell(patient, Story().dyspnoea(today() - 3, True, "worse").mda5(today() - 3, "positive"))
    sweep()
    stored = Assessment.objects.get(patient=patient)
    assert (stored.course, stored.step, stored.trigger) == ("A/S", "T3", "fact")


def test_the_log_names_the_error_and_its_place_and_nothing_of_the_patient(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patient = a_patient()

    def judge(given: Claimed, snapshot: object, awaiting: object) -> object:
        raise ValueError("Sato Hana, ferritin 1679")

    monkeypatch.setattr(evaluation, "_judge", judge)
    sweep()
    assert "ValueError" in caplog.text
    assert "test_sweep.py" in caplog.text
    assert "Sato" not in caplog.text
    assert patient.mrn not in caplog.text


def test_what_a_sweep_has_judged_does_not_stay_in_memory() -> None:
    """A snapshot and what was worked out from it refer to each other."""
    for number in range(3):
        tell(a_patient(f"M-{number}"), Story().ferritin(yesterday(), "1679"))
    gc.collect()
    before = sum(type(x) is Snapshot for x in gc.get_objects())
    assert sweep().evaluated == 3
    assert sum(type(x) is Snapshot for x in gc.get_objects()) <= before


def test_a_worker_process_does_not_look_for_cycles_among_what_it_began_with() -> None:
    assert any(receiver() is leave_alone_what_was_there for _key, receiver, *_ in worker_process_init.receivers)
    try:
        leave_alone_what_was_there()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
