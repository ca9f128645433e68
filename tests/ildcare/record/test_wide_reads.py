"""Ward list and patient page: constant numbers of queries, nobody else's patients, unknown said as unknown."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from patients.actions import cancel_fact, record_facts
from patients.models import AuditEntry, EvaluationMark, Measurement, Role
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


def ill(number: int, ward, by, results: int = 3):
    """A patient of the ward with an acute course, a high ferritin and `results` further values."""
    patient = make_patient(f"W-{number}", by, ward, family_name=f"Family{number}", given_name=f"Given{number}")
    story = Story().onset(today() - 20, known=today() - 5).diagnosis(today() - 5, "DM").mda5(today() - 4, "pending")
    story.ferritin(today() - 3, "1679").pao2(today() - 3, "71").drug(today() - 2, "gc", dose=None)
    for n in range(results):
        story.test(f"{today() - 2}T{n % 24:02}:{n // 24:02}", "ldh", str(200 + n))
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    return patient


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


def queries_of(client, path, django_assert_max_num_queries, most):
    with django_assert_max_num_queries(most) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_ward_list_queries_do_not_grow_with_patients_or_results(
    signed_in, ward, physician, django_assert_max_num_queries
):
    patients = [ill(n, ward, physician) for n in range(2)]
    evaluate_patients([x.pk for x in patients])
    few = queries_of(signed_in, "/", django_assert_max_num_queries, 24)
    patients += [ill(n, ward, physician, results=40) for n in range(2, 14)]
    evaluate_patients([x.pk for x in patients])
    many = queries_of(signed_in, "/", django_assert_max_num_queries, 24)
    assert few == many


def test_patient_page_queries_do_not_grow_with_results(signed_in, ward, physician, django_assert_max_num_queries):
    small, large = ill(1, ward, physician), ill(2, ward, physician, results=200)
    evaluate_patients([small.pk, large.pk])
    for place, most in (("", 27), ("?whole=1", 30)):  # one is for the counts in the head, of the chart one
        few = queries_of(signed_in, f"/patients/{small.pk}/{place}", django_assert_max_num_queries, most)
        many = queries_of(signed_in, f"/patients/{large.pk}/{place}", django_assert_max_num_queries, most)
        assert few == many


def test_patient_of_another_ward_does_not_exist(signed_in, other_ward, physician):
    """R42, H13: 404 on every address of a patient, not 403."""
    stranger = make_patient("X-1", None, other_ward)
    for path in ("", "enter/results", "enter/hrct", "facts/measurement:0000000001"):
        assert signed_in.get(f"/patients/{stranger.pk}/{path}").status_code == 404


def test_every_address_about_a_patient_carries_the_patient():
    """R01, H01."""
    routes = [str(x.pattern) for x in get_resolver().url_patterns]
    clinical = [x for x in routes if re.search(r"enter|record/|facts|alerts", x)]
    assert clinical
    assert all("<int:patient_id>" in x for x in clinical)


def test_names_never_stand_in_an_address(signed_in, ward, physician):
    ill(1, ward, physician)
    ill(2, ward, physician)
    found = signed_in.post("/search", {"ward": ward.code, "words": "family1"})
    page = words_of(found)
    assert "Family1" in page
    assert "Family2" not in page
    assert signed_in.get("/search?words=family1").status_code == 405


def test_page_names_the_patient_and_says_whose_it_is(signed_in, ward, physician):
    patient = ill(1, ward, physician)
    response = signed_in.get(f"/patients/{patient.pk}/")
    assert response["X-Patient"] == str(patient.pk)
    assert "<title>Family1 Given1 · W-1" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_reading_a_record_is_logged(signed_in, ward, physician):
    """R34."""
    patient = ill(1, ward, physician)
    signed_in.get(f"/patients/{patient.pk}/")
    assert AuditEntry.objects.filter(op="READ", patient=patient.pk, actor=physician.pk).exists()


def test_unknown_is_said_as_unknown(signed_in, ward, physician):
    """H03: awaited anti-MDA5 is neither positive nor negative; the steps that remain are named."""
    patient = make_patient("U-1", physician, ward)
    story = Story().onset(today() - 5, known=today()).diagnosis(today(), "DM").mda5(today(), "pending")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    page = signed_in.get(f"/patients/{patient.pk}/").content.decode()
    assert "A/S-1 / A/S-2" in page
    assert "T2 or T3" in page
    assert "anti-MDA5 awaited" in page
    ward_page = signed_in.get("/").content.decode()
    assert "MDA5 awaited" in ward_page
    assert "T2 or T3" in ward_page


TITRES = {
    "a titre": (lambda s: s.titre(today(), "3040"), "MDA5 ＋", "(titre)"),
    "contradiction": (lambda s: s.titre(today(), "3040").mda5(today(), "negative"), "MDA5 conflict", "against titre"),
    "weak": (lambda s: s.mda5(today(), "weak_positive"), "MDA5 weak: confirm", ""),
    "another kit": (lambda s: s.titre(today(), "19", "EUROLINE"), "MDA5 titre not judged", ""),
    "nothing": (lambda s: s, "MDA5 not tested", ""),
}


@pytest.mark.parametrize("name", TITRES)
def test_43_a_titre_is_never_shown_as_not_tested(signed_in, ward, physician, name: str):
    told, cell, mark = TITRES[name]
    patient = make_patient("U-2", physician, ward)
    story = told(Story()).onset(today() - 5, known=today()).diagnosis(today(), "DM")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    page = " ".join(signed_in.get("/").content.decode().split())
    assert cell in page
    assert mark in page
    assert ("MDA5 not tested" in page) is (name == "nothing")
    if name == "contradiction":
        record = signed_in.get(f"/patients/{patient.pk}/").content.decode()
        assert "contradict each other" in record


def test_before_the_first_evaluation_nothing_looks_like_no_alerts(signed_in, ward, physician):
    """H02."""
    patient = make_patient("N-1", physician, ward)
    page = signed_in.get(f"/patients/{patient.pk}/").content.decode()
    assert "Not evaluated yet: this does not mean that there is nothing." in page
    assert "Monitoring has not run yet" in page


def test_cancelled_result_stays_readable_and_its_alert_is_withdrawn(signed_in, ward, physician):
    """R22, R23, H05."""
    patient = ill(1, ward, physician)
    evaluate_patients([patient.pk])
    row = Measurement.objects.get(patient=patient, code="ferritin")
    cancel_fact(row=row, by=physician, reason="sample of another patient", expected_version=1)
    evaluate_patients([patient.pk])
    page = signed_in.get(f"/patients/{patient.pk}/?whole=1").content.decode()
    assert "cancelled, was <del>1,679</del>" in page
    assert "withdrawn" in page
    assert "a result it rested on was corrected or cancelled" in page


def test_pharmacist_is_not_offered_what_the_role_cannot_do(client, ward, physician):
    """R41."""
    patient = ill(1, ward, physician)
    client.force_login(make_user("pharmacist", Role.PHARMACIST, ward))
    page = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "enter/results" in page
    assert "enter/decision" not in page
    assert client.get(f"/patients/{patient.pk}/enter/decision").status_code == 403


def test_evaluated_time_is_shown_at_the_site(signed_in, ward, physician):
    patient = ill(1, ward, physician)
    evaluate_patients([patient.pk])
    evaluated = EvaluationMark.objects.get(patient=patient).evaluated_at
    assert f"{timezone.localtime(evaluated):%H:%M}" in words_of(signed_in.get("/"))
