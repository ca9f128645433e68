"""What leads to a case: each reason with something that leads to one and something that does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from algorithm.models import Assessment
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.review import triggers
from ildcare.review.triggers import arisen, gather, unanswered_after
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients.actions import Arisen, cancel_fact, record_facts
from patients.clinical import facts as f
from patients.models import Admission, Decision, ReviewCase, SiteSettings
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ill(physician, ward):
    return make_patient("R-1", physician, ward)


def tell(patient, story: Story):
    return record_facts(patient=patient, facts=story.versions, by=None, source="test")


def found(trigger: str, at=None) -> list[Arisen]:
    return [x for x in arisen(at or timezone.now()) if x.trigger == trigger]


def acute(day: int) -> Story:
    return Story().onset(day - 15).diagnosis(day, "DM")


def test_a_subtype_that_the_chart_gives_for_the_first_time(ill) -> None:
    tell(ill, acute(today() - 9).mda5(today() - 8, "positive"))
    assert found("subtype") == [], "nobody was evaluated"
    evaluate_patients([ill.pk])
    (case,) = found("subtype")
    assert (case.patient, case.key, case.about) == (ill.pk, "A/S-1", {"course": "A/S", "subtype": "A/S-1"})
    tell(ill, Story().test(today() - 7, "ck", "900"))
    evaluate_patients([ill.pk])
    assert len(found("subtype")) == 1, "the same answer again is nothing new"


def test_a_subtype_that_was_known_long_ago_does_not_come_up(ill) -> None:
    tell(ill, acute(today() - 9).mda5(today() - 8, "positive"))
    evaluate_patients([ill.pk])
    later = timezone.now() + triggers.LOOKED_BACK + HOUR
    assert found("subtype", later) == []
    assert Assessment.objects.exists()


def decided(patient, *, accepted: bool, day: int | None = None, because: str = "infection"):
    day = today() - 5 if day is None else day
    code, name = ("", "followed") if accepted else (because, "not followed")
    story = Story().add(f.Decision, day, id=name, step="T3", accepted=accepted, code=code)
    return tell(patient, story).rows[0]


def test_a_step_that_was_not_followed_and_none_that_was(ill) -> None:
    decided(ill, accepted=True)
    assert found("override") == []
    row = decided(ill, accepted=False)
    (case,) = found("override")
    assert (case.key, case.about) == (row.identity, {"step": "T3", "code": "infection"})
    cancel_fact(row=row, by=None, reason="slip", expected_version=1)
    assert found("override") == []


def test_an_old_override_is_history(ill) -> None:
    decided(ill, accepted=False, day=today() - 120)
    assert found("override") == []


def test_following_later_evidence_is_a_kind_of_its_own(ill) -> None:
    decided(ill, accepted=False)
    assert found("evidence") == []


def test_a_decision_that_follows_later_evidence_leads_to_a_case_of_that_kind(ill) -> None:
    decided(ill, accepted=False, because="later_evidence")
    assert (len(found("evidence")), found("override")) == (1, [])


@pytest.fixture
def critical(ill):
    tell(ill, Story().ferritin(today() - 1, "1679"))
    evaluate_patients([ill.pk])
    return Alert.objects.get(patient=ill, rule="FERRITIN_HIGH")


def test_a_critical_card_that_nobody_answers_in_time(critical, physician) -> None:
    opened = critical.events.get(kind="opened").at
    assert found("card", opened + timedelta(minutes=60)) == []
    cases = found("card", opened + timedelta(minutes=61))
    assert [x.about["minutes"] for x in cases] == [60] * len(cases)
    assert opened + HOUR in {x.arose_at for x in cases}
    for alert in Alert.objects.filter(severity=critical.severity):
        acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", expected_version=alert.version)
    assert found("card", opened + timedelta(minutes=61)) == []


@pytest.mark.parametrize(
    ("passed_on", "own", "minutes"), [(60, None, 60), (30, None, 30), (0, None, 240), (60, 15, 15), (0, 120, 120)]
)
def test_how_long_a_card_may_wait_is_the_choice_of_the_site(passed_on, own, minutes) -> None:
    site = SiteSettings(escalation_minutes=passed_on, review_after_minutes=own)
    assert unanswered_after(site) == timedelta(minutes=minutes)


def test_a_step_that_is_not_started_in_time(ill) -> None:
    tell(ill, acute(today() - 9).ferritin(today() - 1, "1679"))
    evaluate_patients([ill.pk])
    assert found("step") == [], "48 hours are not over"
    tell(ill, Story().ferritin(today() - 6, "1650"))
    evaluate_patients([ill.pk])
    (case,) = found("step")
    assert case.about == {"step": "T3"}


@pytest.mark.parametrize(
    ("kind", "content", "trigger"),
    [
        (f.Outcome, {"what": "death", "cause": "infection"}, "death"),
        (f.Outcome, {"what": "transferred"}, "transfer"),
        (f.Discharge, {"to": "other_hospital"}, "transfer"),
        (f.Outcome, {"what": "care_ended"}, ""),
        (f.Discharge, {"to": "home"}, ""),
    ],
)
def test_deaths_and_transfers(ill, kind, content, trigger) -> None:
    tell(ill, Story().add(kind, today() - 2, **content))
    assert [x.trigger for x in arisen(timezone.now()) if x.trigger != "sample"] == ([trigger] if trigger else [])


def test_a_transfer_that_is_entered_twice_is_one_case(ill) -> None:
    story = Story().add(f.Outcome, today() - 2, what="transferred").add(f.Discharge, today() - 2, to="other_hospital")
    tell(ill, story)
    assert len(found("transfer")) == 1


def test_some_patients_of_the_month_that_is_over_are_drawn_once(physician, ward) -> None:
    for n in range(6):
        make_patient(f"S-{n}", physician, ward)
    first = sorted(x.patient for x in found("sample"))
    assert len(first) == 3
    assert sorted(x.patient for x in found("sample")) == first
    gather(timezone.now())
    assert found("sample") == []
    Admission.objects.update(admitted_at=timezone.now())
    assert found("sample", timezone.now() + timedelta(days=40)) != [], "the next month draws anew"


def test_who_lay_on_no_ward_in_the_month_is_not_drawn(ill) -> None:
    Admission.objects.update(admitted_at=timezone.now())
    assert found("sample") == []


def test_a_case_is_opened_once_and_never_returns(ill) -> None:
    decided(ill, accepted=False)
    now = timezone.now()
    assert gather(now) == ReviewCase.objects.count() > 0
    assert gather(now) == 0
    ReviewCase.objects.update(closed_at=now)
    assert gather(now) == 0


def test_what_leads_to_cases_is_read_in_a_constant_number_of_statements(physician, ward) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            list(arisen(timezone.now()))
        return len(seen)

    SiteSettings.objects.create(review_sample=0)
    decided(make_patient("Q-0", physician, ward), accepted=False)
    one = statements()
    for n in range(1, 6):
        decided(make_patient(f"Q-{n}", physician, ward), accepted=False)
    assert statements() == one
    assert Decision.objects.count() == 6
