"""What a month teaches, as a page."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.review.learning_views import month_of
from ildcare.review.triggers import gather
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients.actions import Verdict, record_facts, sign_verdict
from patients.clinical import facts as f
from patients.models import ReviewCase, Role
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Tokyo")


def test_the_page_of_this_month(client, physician, ward) -> None:
    patient = make_patient("L-1", physician, ward, family_name="Nameofone")
    story = Story().onset(today() - 20).diagnosis(today(), "DM").ferritin(today(), "1679")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    now = timezone.localtime()
    decision = Story().add(f.Decision, f"{today()}T{now:%H:%M}", step="T3", accepted=False, code="infection")
    record_facts(patient=patient, facts=decision.versions, by=physician, source="test")
    alert = Alert.objects.get(patient=patient, rule="FERRITIN_HIGH")
    acknowledge_alert(alert=alert, by=physician, doing="not_relevant", expected_version=alert.version)
    gather(timezone.now())
    verdict = Verdict(chart="right", delay="none", lesson="departure_right", audience="ward")
    case = ReviewCase.objects.get(trigger="override")
    for name in ("one", "two"):
        sign_verdict(case=case, by=make_user(name, Role.SENIOR, ward), verdict=verdict)
    client.force_login(make_user("senior", Role.SENIOR, ward))
    text = words_of(client.get(f"{reverse('review_learning')}?month={now:%Y-%m}"))
    assert "The month is not over." in text
    assert "infection must be treated or excluded first (1)" in text
    assert "N2:" in text
    assert "Ferritin above 1,000 ng/mL 1 of 1 answers" in text
    assert "not following the chart was right · 1 ward meeting" in text
    assert "Nameofone" not in text
    empty = words_of(client.get(f"{reverse('review_learning')}?month=2023-01"))
    assert "Every decision of the month followed the chart." in empty


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-03", (2026, 3)),
        ("2026-04", (2026, 4)),  # of today
        ("2026-05", (2026, 3)),  # ahead
        ("", (2026, 3)),
        ("2026-13", (2026, 3)),
        ("x" * 7, (2026, 3)),
        ("0001-01", (2026, 3)),
    ],
)
def test_the_month_of_an_address(text, first) -> None:
    now = datetime(2026, 4, 30, 23, 30, tzinfo=ZONE)
    month = month_of(text, now)
    assert (month.first.year, month.first.month) == first
    assert month.start < month.end
