"""A judgement of improvement has a day and an owner, on the page and on paper."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ildcare.paper.round_sheet import round_sheet_pdf
from ildcare.paper.summary_sheet import summary_pdf
from monitoring.models import Alert
from patients.actions import own_judgement, record_facts
from patients.models import Admission, AuditEntry, JudgementOwner, Role
from tests.ildcare.paper.sheets import texts
from tests.ildcare.round.test_rounds import patients as patients
from tests.ildcare.round.test_rounds import signed_in as signed_in
from tests.ildcare.round.test_rounds import token
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(ward):
    user = make_user("colleague", Role.PHYSICIAN, ward)
    user.first_name, user.last_name = "Hana", "Mori"
    user.save()
    return user


def due(days_ago: int):
    return timezone.localdate() - timedelta(days=days_ago)


def address(patient, days_ago: int = 9) -> str:
    """T3 runs since 16 days: its first judgement was due 9 days ago."""
    return f"/patients/{patient.pk}/judgements/T3/{due(days_ago).isoformat()}/owner"


def give(client, patient, owner, **headers):
    page = client.get(f"/patients/{patient.pk}/")
    form = {"context_token": token(page, address(patient)), "owner": owner}
    return client.post(address(patient), form, headers=headers)


@pytest.mark.parametrize("place", ["/patients/{}/", "/patients/{}/round"])
def test_the_clock_stands_on_record_and_round_page(signed_in, patients, place) -> None:
    text = signed_in.get(place.format(patients[0].pk)).content.decode()
    assert 'id="clock"' in text
    assert "9 days overdue" in text
    assert "nobody named" in text
    assert 'id="clock"' not in signed_in.get(place.format(patients[1].pk)).content.decode()


def test_without_a_name_it_is_the_consultants(signed_in, patients) -> None:
    Admission.objects.filter(patient=patients[0]).update(consultant="Dr Ito")
    assert "to be judged by the consultant, Dr Ito" in signed_in.get(f"/patients/{patients[0].pk}/").content.decode()


def test_an_owner_is_named_audited_and_shown(signed_in, patients, physician, colleague) -> None:
    answer = give(signed_in, patients[0], colleague.pk)
    assert answer.status_code == 302
    row = JudgementOwner.objects.get()
    assert (row.owner, row.set_by, row.due, row.step) == (colleague, physician, due(9), "T3")
    assert "to be judged by Hana Mori" in signed_in.get(f"/patients/{patients[0].pk}/").content.decode()
    assert AuditEntry.objects.filter(table_name="patients_judgementowner", patient=patients[0].pk).exists()


def test_the_fragment_equals_a_fresh_load(signed_in, patients, colleague) -> None:
    fragment = give(signed_in, patients[0], colleague.pk, **{"HX-Request": "true"}).content.decode()
    whole = signed_in.get(f"/patients/{patients[0].pk}/").content.decode()
    for said in ("to be judged by Hana Mori", "9 days overdue"):
        assert said in fragment
        assert said in whole


def test_a_second_owner_replaces_the_first(patients, physician, colleague) -> None:
    for owner in (colleague, physician):
        own_judgement(patient=patients[0], by=physician, step="T3", due=due(9), owner=owner)
    assert JudgementOwner.objects.get().owner == physician


@pytest.mark.parametrize("chosen", ["", "x", "0"])
def test_nobody_or_somebody_else_is_refused_with_words(signed_in, patients, chosen) -> None:
    answer = give(signed_in, patients[0], chosen)
    assert answer.status_code == 422
    assert not JudgementOwner.objects.exists()


def test_only_physicians_of_the_ward_can_be_named(signed_in, patients, ward, other_ward) -> None:
    nurse, stranger = make_user("nurse", Role.NURSE, ward), make_user("stranger", Role.PHYSICIAN, other_ward)
    for user in (nurse, stranger):
        assert give(signed_in, patients[0], user.pk).status_code == 422


def test_a_day_that_the_clock_does_not_know_is_not_found(signed_in, patients, physician) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/")
    form = {"context_token": token(page, address(patients[0])), "owner": physician.pk}
    assert signed_in.post(address(patients[0], 3), form).status_code == 404
    assert signed_in.post(f"/patients/{patients[0].pk}/judgements/T3/x/owner", form).status_code == 404


def test_R02_a_form_of_another_patient_is_refused(signed_in, patients, physician, ward) -> None:
    twin = make_patient("R-9", physician, ward, family_name="Abe")
    story = Story().onset(today() - 30, known=today() - 20)
    story.drug(today() - 16, "gc", dose=None).drug(today() - 16, "csa").drug(today() - 16, "ivcy")
    record_facts(patient=twin, facts=story.versions, by=None, source="test")
    page = signed_in.get(f"/patients/{twin.pk}/")
    form = {"context_token": token(page, address(twin)), "owner": physician.pk}
    assert signed_in.post(address(patients[0]), form).status_code == 409
    assert not JudgementOwner.objects.exists()


def test_a_judgement_ends_the_appointment_and_its_alert(signed_in, patients, physician) -> None:
    from ildcare.evaluation.sweep import evaluate_patients

    due_alert = Alert.objects.open().filter(patient=patients[0], rule="IMPROVEMENT_JUDGEMENT_DUE")
    assert due_alert.exists()
    story = Story().judged(today(), "improved", id="now")
    record_facts(patient=patients[0], facts=story.versions, by=physician, source="test")
    evaluate_patients([patients[0].pk])
    assert not due_alert.exists()
    text = signed_in.get(f"/patients/{patients[0].pk}/").content.decode()
    assert re.search(r'tag good">\s*improved', text)
    assert "in 28 days" in text


def test_paper_names_day_and_owner(patients, physician, colleague) -> None:
    own_judgement(patient=patients[0], by=physician, step="T3", due=due(9), owner=colleague)
    said = "judge improvement on T3, day 7"
    now = timezone.now()
    for pdf in (round_sheet_pdf(patients[0], physician, now), summary_pdf(patients[0], physician, now)):
        text = " ".join(texts(pdf))
        assert said in text
        assert "Hana Mori" in text


def test_the_past_names_nobody_for_now(signed_in, patients) -> None:
    text = signed_in.get(f"/patients/{patients[0].pk}/", {"at": moment(today() - 1).isoformat()}).content.decode()
    assert 'id="clock"' not in text
