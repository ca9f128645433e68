"""Lines that are no alerts stand on the pages of treatments and of the round, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings

from patients.actions import record_facts
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story, moment

pytestmark = pytest.mark.django_db

HEAD = {"en": "To keep in mind", "ja": "留意事項"}
IGG = {"en": "below 500: severe infections are more frequent", "ja": "500未満で重症感染症が増える"}
MOOD = {"en": "ask about mood and sleep", "ja": "気分と睡眠を確認"}


def treated() -> Story:
    story = Story().drug(today() - 9, "gc", dose=Decimal(40), unit="mg/day")
    return story.test(today() - 1, "igg", "420")


def page(browser, patient, name: str, language: str) -> str:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = browser.get(f"/patients/{patient.pk}/{name}")
    assert response.status_code == 200
    return words_of(response.content.decode())


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["treatments", "round"])
def test_120_lines_stand_on_the_pages_of_treatments_and_of_the_round(
    browser, patient, physician, name: str, language: str
) -> None:
    assert HEAD[language] not in page(browser, patient, name, language)
    record_facts(patient=patient, facts=treated().versions, by=physician, source="test")
    shown = page(browser, patient, name, language)
    for words in (HEAD, IGG, MOOD):
        assert words[language] in shown
    assert "Rheumatology 2023;62:3924" in shown


def test_120_lines_of_an_earlier_moment_are_those_of_what_was_known_then(browser, patient, physician) -> None:
    record_facts(patient=patient, facts=treated().versions, by=physician, source="test")
    at = moment(today() - 5).strftime("%Y-%m-%dT%H:%M")
    shown = page(browser, patient, f"treatments?at={at}", "en")
    assert MOOD["en"] in shown
    assert IGG["en"] not in shown


def test_120_lines_are_no_alerts(browser, patient, physician) -> None:
    record_facts(patient=patient, facts=treated().versions, by=physician, source="test")
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    alerts = browser.get(f"/patients/{patient.pk}/round").content.decode().partition('id="alerts"')[2]
    assert IGG["en"] not in words_of(alerts.partition("</section>")[0])
