"""Overrides to review: whose step was not followed, why, and whether the choice still stands."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.review.overrides import overrides_to_review
from patients.actions import correct_fact, record_facts
from patients.clinical import facts as f
from patients.models import AuditEntry, Measurement, Role, Ward
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def senior(client, ward):
    user = make_user("senior", Role.SENIOR, ward)
    client.force_login(user)
    return user


def overridden(mrn: str, by, where):
    """T3 indicated by ferritin 1,240, not followed for an infection."""
    patient = make_patient(mrn, by, where, family_name=f"Mori-{mrn}")
    now = today()
    story = Story().onset(now - 20).diagnosis(now - 10, "DM").ferritin(now - 9, "1240")
    story.add(f.Decision, now - 5, step="T3", accepted=False, code="infection", reason="pneumonia first")
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    return patient


def test_the_list_tells_who_why_and_that_it_stands(client, senior, physician, ward) -> None:
    overridden("R-1", physician, ward)
    text = words_of(client.get("/review/overrides"))
    assert "Mori-R-1" in text
    assert "pneumonia first" in text
    assert "stands" in text
    assert "expired" not in text


def test_a_corrected_value_makes_it_expire(client, senior, physician, ward) -> None:
    patient = overridden("R-1", physician, ward)
    row = Measurement.objects.get(patient=patient, code="ferritin")
    changes = {"value": 124, "typed_value": "124"}
    correct_fact(row=row, changes=changes, by=physician, reason="typing", expected_version=1)
    (found,) = overrides_to_review(senior, timezone.now())
    assert (found.override.step_then, found.override.standing) == ("T3", False)
    text = client.get("/review/overrides").content.decode()
    assert "expired" in text
    assert "corrected from" in text
    page = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Please decide again." in page


def test_other_wards_are_not_shown_and_each_patient_shown_is_noted(client, senior, physician, ward) -> None:
    shown = overridden("R-1", physician, ward)
    far = Ward.objects.create(code="far", name="Far")
    hidden = overridden("R-2", make_user("far", Role.PHYSICIAN, far), far)
    last = AuditEntry.objects.latest("pk").pk
    assert "Mori-R-2" not in words_of(client.get("/review/overrides"))
    noted = set(AuditEntry.objects.filter(pk__gt=last, op="READ").values_list("patient", flat=True))
    assert shown.pk in noted
    assert hidden.pk not in noted


def test_the_number_of_queries_does_not_grow(senior, physician, ward) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            overrides_to_review(senior, timezone.now())
        return len(seen)

    overridden("R-1", physician, ward)
    queries()
    one = queries()
    for n in range(2, 6):
        overridden(f"R-{n}", physician, ward)
    assert queries() == one
