"""Every page: constant numbers of queries, whose it is, nothing cached, faults of monitoring in sight."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients, sweep
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert, LastExamination, SweepRun
from patients.actions import cancel_fact, correct_fact, record_facts
from patients.clinical.measurements import MEASUREMENTS
from patients.models import EvaluationMark, Fact, Measurement, Ward, WardMembership
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db

FORMS = ("results", "finding", "hrct", "treatment", "judgement", "decision", "antibody", "diagnosis", "onset")


def grave(number: int, ward, by, results: int = 5):
    """A patient with everything that a page can show: look-alike name, open, acknowledged and withdrawn alerts,
    corrected and cancelled results, treatments, antibodies."""
    patient = make_patient(f"G-{number}", by, ward, family_name="Sato", given_name=f"Hana{chr(97 + number % 26)}")
    now = today()
    story = Story().onset(now - 30, known=now - 9).diagnosis(now - 9, "DM").mda5(now - 9, "positive")
    story.antibody(now - 9, "anti_ars", "negative").ferritin(now - 9, "1679").pao2(now - 9, "55")
    story.hrct(now - 9, ggo=True, consolidation="none").drug(now - 8, "gc", dose=None).drug(now - 7, "csa")
    story.test(now - 2, "csa", "120", route="oral", timing="trough").test(now - 9, "kl6", "500", id="kl6")
    for n in range(results):
        story.test(f"{now - 1 - n // 24}T{n % 24:02}:00", "ldh", str(200 + n))
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])
    change_history(patient, by)
    return patient


def change_history(patient, by) -> None:
    low = Measurement.objects.get(patient=patient, code="csa")
    cancel_fact(row=low, by=by, reason="sample of another patient", expected_version=1)
    kl6 = Measurement.objects.get(patient=patient, code="kl6")
    correct_fact(
        row=kl6, changes={"value": 520, "typed_value": "520"}, by=by, reason="typing error", expected_version=1
    )
    evaluate_patients([patient.pk])
    alert = Alert.objects.open().get(patient=patient, rule="PAO2_LOW")  # a condition, alone on its card
    acknowledge_alert(alert=alert, by=by, doing="treatment_started", note="", expected_version=alert.version)


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


def queries(change) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert change().status_code == 200
    return len(caught)


def test_ward_list_and_search_run_as_many_queries_for_30_patients_as_for_3(signed_in, ward, physician) -> None:
    """R34 counts as one; nothing is asked per patient, per alert or per result."""
    shown = (lambda: signed_in.get("/"), lambda: signed_in.post("/search", {"ward": ward.code, "words": "sato"}))
    for n in range(3):
        grave(n, ward, physician)
    signed_in.get("/round/")  # the session writes down that it lives, every now and then
    few = [queries(x) for x in shown]
    for n in range(3, 30):
        grave(n, ward, physician, results=1)
    signed_in.get("/round/")
    many = [queries(x) for x in shown]
    assert few == many
    assert max(many) <= 24


def test_patient_page_runs_as_many_queries_for_200_results_as_for_5(signed_in, ward, physician) -> None:
    small, large = grave(1, ward, physician), grave(2, ward, physician, results=200)
    few, many = (queries(lambda x=x: signed_in.get(f"/patients/{x.pk}/")) for x in (small, large))
    assert few == many <= 40


def test_page_of_a_fact_runs_as_many_queries_for_20_versions_as_for_2(signed_in, ward, physician) -> None:
    patient = grave(1, ward, physician)
    row: Fact = Measurement.objects.get(patient=patient, code="ferritin")
    first = row.reference
    amounts = []
    for value in range(900, 920):
        changes = {"value": value, "typed_value": str(value)}
        row = correct_fact(row=row, changes=changes, by=physician, reason="again", expected_version=row.version)
        amounts.append(queries(lambda: signed_in.get(f"/patients/{patient.pk}/facts/{first}")))
    assert amounts[0] == amounts[-1] <= 24


# -- whose page it is -------------------------------------------------------------------------------------------------


def pages_of(patient) -> list[str]:
    row = Measurement.objects.filter(patient=patient).first()
    own = [f"enter/{kind}" for kind in FORMS]
    return [f"/patients/{patient.pk}/{x}" for x in ("", *own, f"facts/{row.reference}")]


def test_R03_R04_R05_R51_every_page_of_a_patient_says_whose_it_is_and_is_not_kept(signed_in, ward, physician) -> None:
    patient = grave(1, ward, physician)
    for path in pages_of(patient):
        response = signed_in.get(path)
        page = response.content.decode()
        assert response["X-Patient"] == str(patient.pk), path
        assert "no-store" in response["Cache-Control"], path
        assert re.search(r"<title>\s*Sato Hanab ·", page), path
        assert re.search(r'<h1 class="who">Sato Hanab', page), path
        assert all(x in page for x in (patient.mrn, "1952", "East 7")), path
        assert f'data-patient="{patient.pk}"' in page, path


def test_R51_no_page_of_a_signed_in_user_is_kept(signed_in, ward) -> None:
    for path in ("/", "/cases/import", "/nowhere", f"/?ward={ward.code}"):
        assert "no-store" in signed_in.get(path)["Cache-Control"], path
    assert "no-store" in signed_in.post("/search", {"words": "sato"})["Cache-Control"]


def test_R05_refused_entry_and_conflict_keep_the_patient_in_the_header(signed_in, ward, physician) -> None:
    patient = make_patient("R-1", physician, ward)
    response = signed_in.post(f"/patients/{patient.pk}/record/results", {"context_token": "x"})
    assert (response.status_code, response["X-Patient"]) == (409, str(patient.pk))


# -- language ---------------------------------------------------------------------------------------------------------


def next_of(response) -> str:
    return re.findall(r'name="next" value="([^"]*)"', response.content.decode())[0].replace("&amp;", "&")


def test_language_switch_keeps_the_ward_that_was_chosen(signed_in, physician, other_ward) -> None:
    WardMembership.objects.create(user=physician, ward=other_ward)
    place = next_of(signed_in.get(f"/?ward={other_ward.code}&sort=bed"))
    assert place == f"/?ward={other_ward.code}&sort=bed"


def test_language_switch_after_a_form_leads_to_a_page_that_can_be_opened(signed_in, ward, physician) -> None:
    patient = make_patient("L-1", physician, ward)
    refused = signed_in.post(f"/patients/{patient.pk}/record/results", {"context_token": "x"})
    checked = signed_in.post("/cases/check", {"context_token": "x"})
    for response in (signed_in.post("/search", {"words": "sato"}), refused, checked):
        switched = signed_in.post("/language", {"language": "ja", "next": next_of(response)}, follow=True)
        assert switched.status_code == 200
        assert 'lang="ja"' in switched.content.decode()


# -- faults of the monitoring -----------------------------------------------------------------------------------------


def test_R15_late_monitoring_is_said_on_every_page(signed_in, ward, physician, settings) -> None:
    settings.SWEEP_SECONDS = 600  # all these pages take their time on a busy machine
    patient = grave(1, ward, physician)
    sweep()
    tried()
    assert all('class="late"' not in signed_in.get(x).content.decode() for x in ("/", *pages_of(patient)))
    hour_ago = timezone.now() - timedelta(hours=1)
    SweepRun.objects.update(started_at=hour_ago, finished_at=hour_ago)
    for path in ("/", "/cases/import", *pages_of(patient)):
        page = signed_in.get(path).content.decode()
        assert 'class="late" role="alert"' in page, path
        assert "Monitoring is late" in page, path


def test_H02_failed_evaluation_is_said_on_ward_list_and_patient_page(signed_in, ward, physician) -> None:
    patient = grave(1, ward, physician)
    words = "The last evaluation of this patient failed"
    assert words not in signed_in.get(f"/patients/{patient.pk}/").content.decode()
    assert ">evaluation failed<" not in signed_in.get("/").content.decode()
    EvaluationMark.objects.filter(patient=patient).update(failures=1, needed_since=timezone.now())
    assert words in signed_in.get(f"/patients/{patient.pk}/").content.decode()
    ward_page = signed_in.get("/").content.decode()
    assert '<span class="tag critical">evaluation failed</span>' in ward_page
    assert "newer data waiting" in ward_page


def test_H02_rule_that_broke_is_named(signed_in, ward, physician) -> None:
    patient = grave(1, ward, physician)
    LastExamination.objects.filter(patient=patient).update(failed_rules=["KL6_RATIO"])
    page = signed_in.get(f"/patients/{patient.pk}/").content.decode()
    assert "Rules that could not be judged: KL-6 ratio above 1.70 within 4 weeks of treatment" in " ".join(page.split())


def test_acknowledged_and_withdrawn_alerts_stay_on_the_page(signed_in, ward, physician) -> None:
    """R23: an alert that rested on a corrected or cancelled result is withdrawn in sight of those who saw it."""
    patient = grave(1, ward, physician)
    page = " ".join(signed_in.get(f"/patients/{patient.pk}/").content.decode().split())
    assert "✓ acknowledged</span> physician" in page
    assert '<span class="tag">withdrawn</span>' in page


def test_ward_without_patients_and_user_without_wards_say_so(signed_in, ward, physician) -> None:
    assert "No patient lies on this ward." in signed_in.get("/").content.decode()
    WardMembership.objects.filter(user=physician).delete()
    assert "You belong to no ward yet." in signed_in.get("/").content.decode()


def test_ward_that_is_not_the_users_is_not_shown(signed_in, ward, other_ward, physician) -> None:
    """R42: asking for another ward by its code shows one's own."""
    make_patient("O-1", None, other_ward, family_name="Other")
    page = words_of(signed_in.get(f"/?ward={other_ward.code}"))
    assert "Other" not in page
    assert "East 7" in page
    assert Ward.objects.count() == 2


# -- one measurement more ---------------------------------------------------------------------------------------------


def test_one_measurement_more_is_in_the_chart_too(signed_in, ward, physician, monkeypatch) -> None:
    """A catalogue entry alone brings its trend chart: the same names in form, flow sheet and chart, no migration."""
    il18 = replace(MEASUREMENTS["ferritin"], code="il18", name="Interleukin 18", abbreviation="IL-18")
    monkeypatch.setitem(MEASUREMENTS, "il18", il18)
    patient = make_patient("C-1", physician, ward)
    story = Story().test(today() - 4, "il18", "800").test(today() - 1, "il18", "1240")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    page = signed_in.get(f"/patients/{patient.pk}/?whole=1").content.decode()
    charts = page.partition('id="trends"')[2]
    assert '<span class="name">IL-18</span>' in charts
