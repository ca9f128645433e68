"""Alerts in PostgreSQL: stored once, following the facts, acknowledged by a person; real constraints and triggers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.acknowledging import acknowledge_alert
from monitoring.cards import cards_of
from monitoring.engine import Group, Severity
from monitoring.models import Alert, AlertEvent, EventKind, LastExamination, OutboxEntry
from monitoring.past import watch_at
from monitoring.queries import watch_of
from patients.changes import Refused, StaleVersion
from patients.clinical.facts import Outcome
from patients.clinical.reasons import say
from patients.models import EvaluationMark, Patient, Role, User
from tests.monitoring.stored import a_patient, alert, open_rules, tell, today, yesterday
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return a_patient()


@pytest.fixture
def physician() -> User:
    return User.objects.create_user("physician", role=Role.PHYSICIAN)


def evaluated(patient: Patient, story: Story) -> Patient:
    tell(patient, story)
    evaluate_patients([patient.pk])
    return patient


def high(value: str = "1679", **more: object) -> Story:
    return Story().ferritin(yesterday(), value, id="f1", **more)


def kinds(given: Alert) -> list[str]:
    return list(given.events.values_list("kind", flat=True))


def test_an_alert_carries_reason_source_value_day_and_frozen_evidence(patient: Patient) -> None:
    found = alert(evaluated(patient, high(kit="K")), "FERRITIN_HIGH")
    (view,) = watch_of(patient.pk, timezone.now()).open
    assert "1,679 ng/mL" in say(view.reasons[0])
    assert "Kurasawa" in view.source
    assert (found.severity, found.opened_on, found.value_on) == (3, found.value_on, found.opened_on)
    (seen,) = found.evidence
    assert (seen["code"], seen["quantity"], seen["kit"], seen["id"]) == ("ferritin", "1679", "K", found.facts[0])


def test_r12_alert_event_outbox_and_mark_are_written_together(patient: Patient) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    (event,) = found.events.all()
    assert OutboxEntry.objects.filter(event=event, planned_at=None).exists()
    mark = EvaluationMark.objects.get(patient=patient)
    assert mark.needed_since is None
    assert mark.evaluated_at == found.opened_at
    assert mark.next_due_at > timezone.now()


def test_r12_nothing_is_written_when_the_outbox_breaks(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise DatabaseError("outbox")

    tell(patient, high())
    monkeypatch.setattr(OutboxEntry.objects, "bulk_create", broken)
    assert evaluate_patients([patient.pk]).failed == 1
    assert not Alert.objects.exists()
    assert not AlertEvent.objects.exists()
    mark = EvaluationMark.objects.get(patient=patient)
    assert mark.needed_since is not None
    assert (mark.failures, mark.last_error_class) == (1, "DatabaseError")


def test_r14_a_second_look_raises_no_second_alert(patient: Patient) -> None:
    evaluated(patient, high())
    before = list(AlertEvent.objects.values_list("pk", flat=True))
    evaluate_patients([patient.pk])
    evaluate_patients([patient.pk, patient.pk])
    assert list(AlertEvent.objects.values_list("pk", flat=True)) == before


def test_r11_the_database_refuses_a_second_open_alert_and_a_second_alert_of_an_episode(patient: Patient) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    for episode in (found.episode, found.episode + 1):
        twin = Alert.objects.get(pk=found.pk)
        twin.pk, twin.episode = None, episode
        twin._state.adding = True
        twin.pk = twin._meta.pk.get_default()
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


def test_the_history_of_alerts_cannot_be_changed(patient: Patient) -> None:
    evaluated(patient, high())
    for statement in ("UPDATE monitoring_alertevent SET note = 'x'", "DELETE FROM monitoring_alertevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_alerts_are_under_the_eyes_of_the_audit(patient: Patient) -> None:
    evaluated(patient, high())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.log WHERE table_name = 'monitoring_alert' AND patient = %s", [patient.pk]
        )
        assert cursor.fetchone()[0] == 1


def test_it_closes_by_itself_when_a_later_fact_ends_the_condition(patient: Patient) -> None:
    evaluated(patient, high())
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "640", id="f2"))
    found = alert(patient, "FERRITIN_HIGH")
    assert (found.closed_because, kinds(found)) == ("ended", ["opened", "ended"])


def test_r23_a_corrected_result_withdraws_its_alert_and_it_stays_in_sight(patient: Patient) -> None:
    evaluated(patient, high())
    evaluated(patient, high("167.9", known=f"{yesterday()}T10:00"))
    found = alert(patient, "FERRITIN_HIGH")
    assert (found.closed_because, kinds(found)) == ("withdrawn", ["opened", "withdrawn"])
    watch = watch_of(patient.pk, timezone.now())
    assert [view.alert.pk for view in watch.withdrawn] == [found.pk]
    assert watch.open == ()


def test_r23_a_cancelled_result_withdraws_its_alert(patient: Patient) -> None:
    evaluated(patient, high())
    evaluated(patient, high(known=f"{yesterday()}T10:00", cancelled=True))
    assert alert(patient, "FERRITIN_HIGH").closed_because == "withdrawn"


def test_r23_a_correction_that_still_holds_asks_again_and_keeps_the_old_evidence(
    patient: Patient, physician: User
) -> None:
    found = alert(evaluated(patient, high("1200")), "FERRITIN_HIGH")
    acknowledge_alert(alert=found, by=physician, expected_version=found.version)
    evaluated(patient, high("1210", known=f"{yesterday()}T10:00"))
    found.refresh_from_db()
    assert (found.is_open, found.acknowledged_at) == (True, None)
    assert kinds(found) == ["opened", "acknowledged", "corrected"]
    assert [event.evidence[0]["quantity"] for event in found.events.all()] == ["1200", "1200", "1210"]


def test_a_rise_of_severity_asks_for_acknowledgement_again(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high("1200")), "FERRITIN_HIGH")
    acknowledge_alert(alert=found, by=physician, expected_version=found.version)
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "1679", id="f2"))
    found.refresh_from_db()
    assert (found.severity, found.acknowledged_at) == (Severity.CRITICAL, None)
    assert kinds(found)[-1] == "raised"


def test_a_fall_of_severity_keeps_the_acknowledgement_and_the_history(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", expected_version=found.version)
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "1200", id="f2"))
    found.refresh_from_db()
    assert (found.severity, found.acknowledged_by) == (Severity.WARNING, physician)
    assert list(found.events.values_list("severity", flat=True)) == [3, 3, 2]


def test_a_new_episode_is_a_new_alert(patient: Patient) -> None:
    evaluated(patient, high())
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "640", id="f2"))
    evaluated(patient, Story().ferritin(f"{yesterday()}T10:00", "1300", id="f3"))
    found = alert(patient, "FERRITIN_HIGH")
    assert (found.episode, found.is_open) == (2, True)
    assert Alert.objects.filter(patient=patient, rule="FERRITIN_HIGH").count() == 2


def test_r24_out_of_order_arrival_ends_in_the_same_state() -> None:
    day = yesterday()
    parts = [
        Story().dyspnoea(day - 20, True, "worse", id="d"),
        Story().ferritin(day - 18, "900", id="f1"),
        Story().drug(day - 17, "gc", id="gc"),
        Story().ferritin(day - 10, "1400", id="f2"),
        Story().ferritin(day - 3, "1700", id="f3"),
        Story().mda5(day - 9, "positive", id="m"),
    ]
    ends = []
    for number, order in enumerate(([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 2, 4, 1])):
        one = a_patient(f"R24-{number}")
        for place in order:
            evaluated(one, parts[place])
        ends.append(open_rules(one))
    assert ends[0] == ends[1] == ends[2]
    assert ("FERRITIN_RISE", "", 2) in ends[0]
    assert ("POOR_RISK_MET", "mda5", 3) in ends[0]


def test_redelivery_of_the_same_result_changes_nothing(patient: Patient) -> None:
    evaluated(patient, high())
    evaluated(patient, high())
    assert Alert.objects.filter(patient=patient).count() == 1


def test_a_rule_that_fails_leaves_its_alerts_alone_and_is_named(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from ildcare.evaluation import sweep as evaluation

    def broken(situation: object) -> list[object]:
        raise ZeroDivisionError

    evaluated(patient, high())
    rules = tuple(replace(x, detect=broken) if x.code == "FERRITIN_HIGH" else x for x in evaluation.RULES)
    monkeypatch.setattr(evaluation, "RULES", rules)
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "640", id="f2").pao2(yesterday(), "55", id="p"))
    assert {rule for rule, _, _ in open_rules(patient)} == {"FERRITIN_HIGH", "PAO2_LOW"}
    assert watch_of(patient.pk, timezone.now()).failed_rules == ("FERRITIN_HIGH",)


def test_what_could_not_be_judged_is_remarked_and_no_alert(patient: Patient) -> None:
    evaluated(patient, Story().drug(yesterday() - 5, "gc", id="gc").test(yesterday(), "kl6", "900", id="k"))
    watch = watch_of(patient.pk, timezone.now())
    assert any("no baseline" in say(x) for x in watch.remarks)
    assert LastExamination.objects.get(patient=patient).failed_rules == []


# -- acknowledging ----------------------------------------------------------------------------------------------------


def test_acknowledging_says_who_when_and_what(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    done = acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", note=" soon ", expected_version=1)
    assert (done.acknowledged_by, done.doing, done.note) == (physician, "repeat_ordered", "soon")
    event = found.events.last()
    assert event is not None
    assert (event.kind, event.by, event.doing) == (EventKind.ACKNOWLEDGED, physician, "repeat_ordered")


def test_a_critical_alert_asks_what_is_being_done(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    with pytest.raises(Refused):
        acknowledge_alert(alert=found, by=physician, expected_version=1)


def test_the_database_refuses_a_critical_acknowledgement_without_a_deed(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=found.pk).update(acknowledged_at=timezone.now(), acknowledged_by=physician)


@pytest.mark.parametrize("doing", ["discussed", "another_cause"])
def test_some_deeds_ask_for_a_note(patient: Patient, physician: User, doing: str) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    with pytest.raises(Refused):
        acknowledge_alert(alert=found, by=physician, doing=doing, expected_version=1)


def test_acknowledging_twice_is_one_event(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
    for _ in range(2):
        acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", expected_version=1)
    assert kinds(found) == ["opened", "acknowledged"]


def test_acknowledging_what_changed_meanwhile_is_a_conflict(patient: Patient, physician: User) -> None:
    found = alert(evaluated(patient, high("1200")), "FERRITIN_HIGH")
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "1679", id="f2"))
    with pytest.raises(StaleVersion):
        acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", expected_version=found.version)


def test_a_closed_alert_cannot_be_acknowledged(patient: Patient, physician: User) -> None:
    evaluated(patient, high())
    evaluated(patient, Story().ferritin(f"{yesterday()}T09:00", "640", id="f2"))
    found = alert(patient, "FERRITIN_HIGH")
    with pytest.raises(Refused):
        acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", expected_version=found.version)


# -- many at once ------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_of_a_batch_does_not_grow_with_its_patients() -> None:
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (2, 20):
        patients = [a_patient(f"N{number}-{x}") for x in range(number)]
        for one in patients:
            tell(one, Story().ferritin(yesterday(), "1679", id="f"))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            evaluate_patients(x.pk for x in patients)
        counts.append(len([x for x in seen if "SAVEPOINT" not in x["sql"]]))
    assert counts[0] == counts[1]


# -- events and conditions (12 (59)) ----------------------------------------------------------------------------------


def acknowledged(given: Alert, by: User, doing: str = "") -> Alert:
    acknowledge_alert(alert=given, by=by, doing=doing, expected_version=given.version)
    given.refresh_from_db()
    return given


def worse(day: str, id: str) -> Story:
    return Story().dyspnoea(day, True, "worse", id=id)


def test_59_acknowledging_an_event_ends_it_with_both_in_its_history(patient: Patient, physician: User) -> None:
    told = acknowledged(alert(evaluated(patient, worse(f"{yesterday()}", "a")), "DYSPNOEA_WORSE"), physician)
    assert (told.closed_because, kinds(told)) == ("told", ["opened", "acknowledged", "told"])
    evaluate_patients([patient.pk])
    assert alert(patient, "DYSPNOEA_WORSE").episode == 1
    for watch in (watch_of(patient.pk, timezone.now()), watch_at(patient.pk, timezone.now())):
        assert "DYSPNOEA_WORSE" not in {x.alert.rule for x in watch.open}


def test_59_the_next_event_of_its_kind_is_told(patient: Patient, physician: User) -> None:
    acknowledged(alert(evaluated(patient, worse(f"{yesterday()}", "a")), "DYSPNOEA_WORSE"), physician)
    second = alert(evaluated(patient, worse(f"{yesterday()}T09:00", "b")), "DYSPNOEA_WORSE")
    assert (second.episode, second.is_open, second.acknowledged_at) == (2, True, None)


def test_59_an_acknowledged_event_that_never_happened_is_withdrawn_in_sight(patient: Patient, physician: User) -> None:
    told = acknowledged(alert(evaluated(patient, worse(f"{yesterday()}", "a")), "DYSPNOEA_WORSE"), physician)
    evaluated(patient, Story().dyspnoea(yesterday(), True, "worse", id="a", known=today(), cancelled=True))
    told.refresh_from_db()
    assert (told.closed_because, kinds(told)[-1]) == ("withdrawn", "withdrawn")
    assert told.pk in {x.alert.pk for x in watch_of(patient.pk, timezone.now()).withdrawn}


def test_59_a_condition_stays_until_facts_end_it(patient: Patient, physician: User) -> None:
    found = acknowledged(alert(evaluated(patient, high()), "FERRITIN_HIGH"), physician, "dose_changed")
    assert found.is_open


# -- a warning that comes back (13 (92)) -------------------------------------------------------------------------------


def potassium(clock: str, value: str) -> Story:
    return Story().test(f"{yesterday()}T{clock}", "potassium", value, id=f"k{clock}")


def test_92_a_warning_that_comes_back_soon_keeps_its_acknowledgement(patient: Patient, physician: User) -> None:
    found = acknowledged(alert(evaluated(patient, potassium("08:00", "5.6")), "HYPERKALAEMIA"), physician)
    evaluated(patient, potassium("09:00", "5.0"))
    closed_at = timezone.now()
    found.refresh_from_db()
    assert not found.is_open
    evaluated(patient, potassium("10:00", "5.7"))
    found.refresh_from_db()
    assert (found.is_open, found.closed_because, found.acknowledged_by) == (True, "", physician)
    assert kinds(found) == ["opened", "acknowledged", "ended", "updated"]
    assert "HYPERKALAEMIA" in {x.alert.rule for x in watch_at(patient.pk, timezone.now()).open}
    assert "HYPERKALAEMIA" not in {x.alert.rule for x in watch_at(patient.pk, closed_at).open}


def test_92_a_warning_that_comes_back_graver_asks_again(patient: Patient, physician: User) -> None:
    found = acknowledged(alert(evaluated(patient, potassium("08:00", "5.6")), "HYPERKALAEMIA"), physician)
    evaluated(patient, potassium("09:00", "5.0"))
    evaluated(patient, potassium("10:00", "6.1"))
    found.refresh_from_db()
    assert (found.is_open, found.acknowledged_at, kinds(found)[-1]) == (True, None, "raised")


def test_92_a_last_value_that_grows_older_wakes_nothing(patient: Patient) -> None:
    """Its sentence is another one; what it rests on is not."""
    old = Story().test(today() - 8, "potassium", "5.6", id="k")
    found = alert(evaluated(patient, old), "HYPERKALAEMIA")
    until = timezone.now() + timedelta(days=3)
    Alert.objects.filter(pk=found.pk).update(snoozed_until=until)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        evaluate_patients([patient.pk])
    found.refresh_from_db()
    assert (kinds(found), found.snoozed_until) == (["opened", "updated"], until)
    evaluated(patient, Story().test(today() - 7, "potassium", "5.7", id="k2"))
    found.refresh_from_db()
    assert found.snoozed_until is None


def test_92_a_warning_that_came_back_is_open_in_the_past_too(patient: Patient) -> None:
    drug = Story().drug(yesterday() - 3, "csa", id="c")
    evaluated(patient, drug.test(yesterday(), "potassium", "5.6", id="a"))
    evaluated(patient, Story().test(f"{yesterday()}T06:00", "potassium", "4.9", id="b"))
    assert not alert(patient, "HYPERKALAEMIA").is_open
    evaluated(patient, Story().test(f"{yesterday()}T09:00", "potassium", "5.7", id="c"))
    back = alert(patient, "HYPERKALAEMIA")
    assert (back.episode, back.is_open) == (1, True)
    assert back.pk in {x.alert.pk for x in watch_at(patient.pk, timezone.now()).open}


def test_105_an_interaction_stands_before_what_it_explains_now_and_in_the_past(patient: Patient) -> None:
    """Of equal severity, though what it explains is the newer alert."""
    day = yesterday()
    story = Story().drug(day - 9, "csa", route="iv").drug(day - 6, "clarithromycin")
    evaluated(patient, story.test(day - 2, "csa", "438", route="iv", timing="pre_dose"))
    now = timezone.now()
    for watch in (watch_of(patient.pk, now), watch_at(patient.pk, now)):
        critical = [x.alert.rule for x in watch.open if x.severity is Severity.CRITICAL]
        assert critical == ["INTERACTION", "CSA_HIGH"]
        card = next(x for x in cards_of(watch.open, now) if x.group == Group.LEVELS)
        assert card.title == "Drug interaction · clarithromycin, CsA 438 ng/mL"


@pytest.mark.parametrize("what", ["death", "care_ended", "lung_transplant"])
def test_87_after_a_withdrawn_outcome_alerts_stand_as_they_stood(patient: Patient, physician: User, what: str) -> None:
    """The same row: its day, who acknowledged it and what is done, who has its card, what waits for somebody."""
    with time_machine.travel(timezone.now() - timedelta(hours=30), tick=False):
        found = alert(evaluated(patient, high()), "FERRITIN_HIGH")
        acknowledge_alert(
            alert=found, by=physician, expected_version=found.version, doing="treatment_started", note="pulse"
        )
    before = {x.pk: _as_told(x) for x in Alert.objects.open().filter(patient=patient)}
    evaluated(patient, Story().add(Outcome, today(), what=what, id="o"))
    assert alert(patient, "FERRITIN_HIGH").closed_because == "care_ended"
    assert watch_of(patient.pk, timezone.now()).ended_with_care
    evaluated(patient, Story().add(Outcome, today(), what=what, id="o", cancelled=True))
    after = {x.pk: _as_told(x) for x in Alert.objects.open().filter(patient=patient)}
    assert after == before
    assert Alert.objects.filter(patient=patient, rule="FERRITIN_HIGH").count() == 1
    assert kinds(found) == ["opened", "acknowledged", "care_ended", "returned"]
    assert not AlertEvent.objects.filter(
        alert=found, kind__in=["care_ended", "returned"], outbox__isnull=False
    ).exists()


def _as_told(x: Alert) -> tuple[object, ...]:
    return (
        x.rule,
        x.episode,
        x.severity,
        x.opened_on,
        x.opened_at,
        x.acknowledged_at,
        x.acknowledged_by,
        x.doing,
        x.note,
    )
