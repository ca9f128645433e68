"""What changed since a patient was last seen: each kind of change, from whose visit it counts, in constant queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.ward.changes import Changes, changes_since
from monitoring.models import Alert
from patients.actions import cancel_fact, correct_fact, record_facts
from patients.models import Measurement, RoundVisit
from patients.rounds import last_visits
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)  # each change has its own time of receipt


def record(patient, by, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


def start(**more) -> Story:
    return Story().onset(today() - 9, known=today() - 3).diagnosis(today() - 3, "DM", **more)


def seen(patient, by, at=None) -> RoundVisit:
    moment = at or timezone.now()
    return RoundVisit.objects.create(patient=patient, by=by, at=moment, shown_at=moment)


@pytest.fixture
def patient(ward, physician):
    person = make_patient("C-1", physician, ward)
    story = start().mda5(today() - 3, "negative").ferritin(today() - 3, "300").test(today() - 3, "kl6", "500")
    record(person, physician, story.pao2(today() - 3, "80").hrct(today() - 3, ggo=True, consolidation="none"))
    return person


def changes(patient, user) -> Changes:
    now = timezone.now()
    return changes_since(last_visits([patient.pk], user, now), now)[patient.pk]


def test_new_results_since_the_own_visit(patient, physician) -> None:
    seen(patient, physician)
    assert not changes(patient, physician).any
    assert not any("result" in x for x in changes(patient, physician).sentences())
    record(patient, physician, Story().test(today() - 1, "ldh", "240").test(today() - 1, "crp", "0.4"))
    found = changes(patient, physician)
    assert (found.results, found.corrected, found.cancelled) == (2, 0, 0)
    assert "2 new results" in found.sentences()


def test_a_result_that_is_about_an_earlier_day_and_arrives_now_is_news(patient, physician) -> None:
    seen(patient, physician)
    record(patient, physician, Story().test(today() - 8, "ldh", "240", known=today() - 7))
    assert changes(patient, physician).results == 1


def test_corrected_and_cancelled_results(patient, physician) -> None:
    seen(patient, physician)
    kl6 = Measurement.objects.get(patient=patient, code="kl6")
    correct_fact(
        row=kl6, changes={"value": 520, "typed_value": "520"}, by=physician, reason="typing", expected_version=1
    )
    ferritin = Measurement.objects.get(patient=patient, code="ferritin")
    cancel_fact(row=ferritin, by=physician, reason="another patient's", expected_version=1)
    found = changes(patient, physician)
    assert (found.results, found.corrected, found.cancelled) == (0, 1, 1)
    assert "1 result corrected · 1 result cancelled" in " · ".join(found.sentences())


def test_a_result_that_came_and_was_corrected_meanwhile_is_only_new(patient, physician) -> None:
    seen(patient, physician)
    record(patient, physician, Story().test(today() - 1, "ldh", "240"))
    row = Measurement.objects.get(patient=patient, code="ldh")
    correct_fact(
        row=row, changes={"value": 250, "typed_value": "250"}, by=physician, reason="typing", expected_version=1
    )
    found = changes(patient, physician)
    assert (found.results, found.corrected) == (1, 0)


def test_path_changed_says_the_step_before_and_now(patient, physician) -> None:
    seen(patient, physician)
    before = changes(patient, physician).now
    assert before is not None
    record(patient, physician, Story().mda5(today() - 1, "positive").ferritin(today() - 1, "1679"))
    found = changes(patient, physician)
    assert found.step_moved
    assert found.before is not None
    assert found.now is not None
    assert found.now.step == "T3"
    assert f"step {found.before.step_text} → T3" in found.sentences()


def test_new_alerts_count_until_the_next_visit(patient, physician) -> None:
    seen(patient, physician)
    record(patient, physician, Story().pao2(today() - 1, "55"))
    found = changes(patient, physician)
    assert "PAO2_LOW" in {x.rule for x in found.alerts_new}
    assert any("new" in x and "alert" in x for x in found.sentences())
    seen(patient, physician)
    assert not changes(patient, physician).alerts_new


def test_withdrawn_alerts(patient, physician) -> None:
    record(patient, physician, Story().pao2(today() - 1, "55"))
    seen(patient, physician)
    row = Measurement.objects.filter(patient=patient, code="pao2").order_by("-on")[0]
    cancel_fact(row=row, by=physician, reason="venous sample", expected_version=1)
    evaluate_patients([patient.pk])
    found = changes(patient, physician)
    assert "PAO2_LOW" in {x.rule for x in found.alerts_withdrawn}
    assert any("withdrawn" in x for x in found.sentences())


def test_overdue_tests_and_a_judgement_that_is_due_are_said_apart(patient, physician) -> None:
    seen(patient, physician)
    now = timezone.now()
    common = {"patient": patient, "rule_version": 1, "severity": 2, "reasons": [], "facts": [], "evidence": []}
    common |= {"opened_on": now.date(), "opened_at": now, "value_on": now.date()}
    Alert.objects.create(rule="OVERDUE", subject="bal", **common)
    Alert.objects.create(rule="IMPROVEMENT_JUDGEMENT_DUE", **common)
    found = changes(patient, physician)
    assert "bal" in found.overdue
    assert found.judgement_due
    assert not {x.rule for x in found.alerts_new} & {"OVERDUE", "IMPROVEMENT_JUDGEMENT_DUE"}
    assert "judgement of improvement due" in found.sentences()


def test_since_counts_from_the_own_visit_then_the_teams_then_a_day(patient, physician, ward) -> None:
    now = timezone.now()
    colleague = make_user("colleague", "physician", ward)
    assert last_visits([patient.pk], physician, now)[patient.pk].whose == "nobody"
    assert last_visits([patient.pk], physician, now)[patient.pk].since == now - timedelta(hours=24)
    theirs = seen(patient, colleague, now - timedelta(hours=5))
    last_visit = last_visits([patient.pk], physician, now)[patient.pk]
    assert (last_visit.whose, last_visit.since, last_visit.seen_by_id) == ("team", theirs.at, colleague.pk)
    mine = seen(patient, physician, now - timedelta(hours=20))
    last_visit = last_visits([patient.pk], physician, now)[patient.pk]
    assert (last_visit.whose, last_visit.since, last_visit.seen_at) == ("own", mine.at, theirs.at)


def test_what_came_while_the_page_was_read_is_still_news(patient, physician) -> None:
    """The visit is signed on the data that were shown, not on what had arrived by then."""
    shown_at = timezone.now()
    record(patient, physician, Story().test(today() - 1, "ldh", "240"))
    RoundVisit.objects.create(patient=patient, by=physician, at=timezone.now(), shown_at=shown_at)
    assert changes(patient, physician).results == 1


def test_a_record_brought_in_from_elsewhere_is_not_news_from_end_to_end(ward, physician) -> None:
    person = make_patient("C-2", physician, ward)
    record(person, physician, start().test(today() - 3, "ldh", "240", known=today() - 3))
    assert changes(person, physician).results == 0


def test_changes_in_japanese(patient, physician) -> None:
    seen(patient, physician)
    record(patient, physician, Story().test(today() - 1, "ldh", "240"))
    with translation.override("ja"):
        assert changes(patient, physician).sentences()


def test_changes_run_as_many_queries_for_20_patients_as_for_1(patient, physician, ward) -> None:
    def queries(ids) -> int:
        now = timezone.now()
        with CaptureQueriesContext(connection) as caught:
            assert len(changes_since(last_visits(ids, physician, now), now)) == len(ids)
        return len(caught)

    people = [patient, *(make_patient(f"M-{n}", physician, ward) for n in range(19))]
    seen(patient, physician)
    assert queries([patient.pk]) == queries([x.pk for x in people]) == 2


def test_without_patients_nothing_is_asked_for(db) -> None:
    assert changes_since({}, timezone.now()) == {}
