"""A late result or alert of a patient on no ward is settled with one click on the list, and in no other way than on
every other page: an alert is acknowledged, a result is seen by a signed visit."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from monitoring.rules import group_of
from patients import actions
from patients.models import Patient, Role, RoundVisit
from tests.ildcare.admission.conftest import as_user
from tests.ildcare.admission.test_lists import gone, late_result
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.story import Story

pytestmark = pytest.mark.django_db
FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"')
LIST = "/patients/off-ward"


def page(browser: Client) -> str:
    return browser.get(reverse("off_ward_list")).content.decode()


def forms(browser: Client, ending: str) -> list[tuple[str, dict[str, str]]]:
    found = [(address, dict(FIELD.findall(inside))) for address, inside in FORM.findall(page(browser))]
    return [x for x in found if x[0].endswith(ending)]


def warn(patient: Patient) -> Alert:
    """An alert that is no critical one."""
    alert = Alert.objects.open().filter(patient=patient).worst_first()[0]
    Alert.objects.filter(pk=alert.pk).update(severity=2)
    return alert


def test_new_results_stand_in_words_and_one_click_signs_them_seen(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient)
    assert "Ferritin 150 ng/mL" in page(browser)
    ((address, fields),) = forms(browser, "/round/seen")
    answer = browser.post(address, fields)
    visit = RoundVisit.objects.get()
    assert (visit.patient, visit.by, answer.url) == (patient, physician, f"{LIST}?signed={visit.pk}")
    text = " ".join(browser.get(answer.url).content.decode().split())
    assert "Sato Hanako (P-1) signed" in text
    assert "take-back" in text
    assert forms(browser, "/round/seen") == []


def test_the_same_click_twice_signs_once(browser, physician, ward) -> None:
    late_result(gone("P-1", physician, ward))
    ((address, fields),) = forms(browser, "/round/seen")
    for _ in range(2):
        assert browser.post(address, fields).status_code == 302
    assert RoundVisit.objects.count() == 1


def test_what_came_after_the_list_was_shown_is_asked_about(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient)
    ((address, fields),) = forms(browser, "/round/seen")
    actions.record_facts(patient=patient, facts=Story().test(today(), "crp", "2.1").versions, by=None, source="test")
    answer = browser.post(address, fields)
    assert answer.status_code == 422
    asked = " ".join(answer.content.decode().split()).split('id="id_seen_news_news"')[1]
    assert "1 entry is new" in asked
    assert not RoundVisit.objects.exists()


def test_an_alert_is_acknowledged_with_one_click_and_the_list_comes_back(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    alert = warn(patient)
    ((address, fields),) = forms(browser, "/acknowledge")
    answer = browser.post(address, fields)
    assert (answer.status_code, answer.url) == (302, LIST)
    alert.refresh_from_db()
    assert alert.acknowledged_by == physician


def test_a_critical_alert_asks_what_is_being_done_on_its_own_page(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    (alert,) = Alert.objects.open().filter(patient=patient)
    assert forms(browser, "/acknowledge") == []
    assert f'{reverse("patient_detail", args=[patient.pk])}#card-{group_of(alert.rule)}"' in page(browser)


def test_an_alert_that_somebody_acknowledged_waits_no_more_and_has_its_tick(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    (alert,) = Alert.objects.open().filter(patient=patient)
    acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", note="", expected_version=alert.version)
    listed = page(browser).split('class="elsewhere"')[1].split("</section>")[0]
    assert 'class="tag critical seen"' in listed
    assert "Acknowledge" not in listed


def test_who_may_neither_sign_nor_acknowledge_reads_only(nurse, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    warn(patient)
    text = page(as_user(nurse))
    assert "Ferritin 2,400 ng/mL" in text
    assert FORM.findall(text.split('class="elsewhere"')[1].split("</section>")[0]) == []
    pharmacist = as_user(make_user("pharmacist", Role.PHARMACIST, ward))
    assert len(forms(pharmacist, "/acknowledge")) == 1
    assert forms(pharmacist, "/round/seen") == []


def test_no_form_leads_to_a_foreign_site(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    late_result(patient, "2400")
    warn(patient)
    ((address, fields),) = forms(browser, "/acknowledge")
    answer = browser.post(address, {**fields, "next": "//elsewhere.example/patients/off-ward"})
    assert answer.url == reverse("patient_detail", args=[patient.pk])


def test_a_corrected_result_is_told_once_and_many_are_counted(browser, physician, ward) -> None:
    patient = gone("P-1", physician, ward)
    story = Story().ferritin(today(), "150", id="r").ferritin(today(), "160", id="r", known=today())
    for n in range(6):
        story.test(today(), "crp", str(n + 1), id=f"c{n}")
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="test")
    text = " ".join(page(browser).split())
    assert text.count("CRP") == 5
    assert "and 3 more" in text


def test_the_page_asks_a_constant_number_of_queries(browser, physician, ward, django_assert_max_num_queries) -> None:
    def asked(most: int) -> int:
        with django_assert_max_num_queries(most) as caught:
            page(browser)
        return len(caught)

    late_result(gone("P-0", physician, ward), "2400")
    page(browser)
    few = asked(60)
    for number in range(1, 6):
        late_result(gone(f"P-{number}", physician, ward, given_name=f"N{number}"), "2400")
    assert asked(60) == few


def test_a_record_on_a_ward_has_no_visit_to_sign_on_the_list(browser, physician, ward, patient) -> None:
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    late_result(patient)
    text = browser.get(reverse("my_patients")).content.decode()
    assert "/round/seen" not in text
