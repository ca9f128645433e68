"""Scores on the tab "Course": the range and what would settle it, in both languages; entered by hand where nothing else
says it; nothing of it elsewhere."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.actions import record_facts
from patients.models import Finding, Measurement, Patient
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, send
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(patient) -> Patient:
    """Acute ADM with ferritin 1,240; no grade, no CT score."""
    day = today()
    story = Story().onset(day - 20).diagnosis(day - 10, "ADM").ferritin(day - 9, "1240").mda5(day - 9, "positive")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    return patient


def course(browser, patient, language: str = "en") -> str:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return browser.get(f"/patients/{patient.pk}/course").content.decode()


def of_score(text: str, code: str) -> str:
    found = re.search(rf'<details class="score" id="score-{code}">.*?</details>', text, re.DOTALL)
    assert found is not None
    return " ".join(words_of(found.group()).split())


def test_a_score_is_a_range_and_says_what_would_settle_it(browser, known) -> None:
    told = of_score(course(browser, known), "FLAIR")
    assert "4 to 13 (low risk or medium risk or high risk)" in told
    assert "anti-MDA5 positive, the blot is not graded" in told
    assert "Ferritin 1,240 ng/mL" in told
    assert "Together these would settle the sum:" in told
    assert "10.1016/j.chest.2020.04.057" in told


def test_a_score_of_other_patients_says_so_and_why(browser, known) -> None:
    told = of_score(course(browser, known), "ILD-GAP")
    assert "not for this patient" in told
    assert "the course is acute or subacute" in told
    assert "source not checked" in told


def test_scores_in_japanese(browser, known) -> None:
    told = of_score(course(browser, known, "ja"), "FLAIR")
    assert re.search(r"4[〜～]13 .低リスクまたは中リスクまたは高リスク", told)
    assert "ブロットの判定なし" in told
    assert "対象集団" in told
    assert "FLAIR" not in words_of(browser.get(f"/patients/{known.pk}/"))


def test_what_nothing_else_says_is_entered_by_hand(browser, known) -> None:
    text = course(browser, known)
    form = f"/patients/{known.pk}/enter/"
    assert f"{form}results?panel=scores" in text
    assert f"{form}finding?code=rp_ild" in text
    fields = {"panel": "scores", "on": clock()}
    values = {"value_mda5_blot": "3", "unit_mda5_blot": "grade"}
    values |= {"value_hrct_score": "140", "unit_hrct_score": "points"}
    assert send(browser, known, "results", **fields, **values).status_code == 302
    assert {x.code for x in Measurement.objects.filter(patient=known)} == {"ferritin", "mda5_blot", "hrct_score"}
    assert send(browser, known, "finding", on=clock(), code="rp_ild", present="yes").status_code == 302
    assert Finding.objects.get(patient=known).code == "rp_ild"
    told = of_score(course(browser, known), "FLAIR")
    assert "11 to 13 (high risk)" in told
    refused = send(browser, known, "results", **fields, value_mda5_blot="4", unit_mda5_blot="grade")
    assert refused.status_code == 422


def test_no_form_is_offered_in_the_past(browser, known) -> None:
    yesterday = clock(days=1)
    text = browser.get(f"/patients/{known.pk}/course?at={yesterday}").content.decode()
    assert 'id="score-FLAIR"' in text
    assert "enter/finding?code=rp_ild" not in text


def test_scores_ask_the_database_nothing(browser, known) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            course(browser, known)
        return len(asked)

    course(browser, known)
    before = queries()
    story = Story().test(f"{today() - 1}T07:00", "ldh", "400").finding(today() - 1, "rp_ild", True)
    record_facts(patient=known, facts=story.versions, by=None, source="test")
    course(browser, known)
    assert queries() == before


def test_an_empty_record_has_no_scores(browser, patient) -> None:
    assert 'id="scores"' not in course(browser, patient)
