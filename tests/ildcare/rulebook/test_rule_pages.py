"""Every rule has a page, in both languages; each alert leads to the page of its rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.rulebook.guide_rows import LANGUAGES, guide_row
from monitoring.engine import Group
from monitoring.rules import BY_CODE, RULES
from monitoring.unwatched import unwatched
from patients.actions import record_facts
from patients.models import Role
from patients.queries import site_clock
from patients.wording import short_moment, translated
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story


def page(client, name: str, language: str = "en", **names: str) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(reverse(name, kwargs=names))
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_tells_of_every_rule(language: str) -> None:
    with translation.override(language):
        assert [x.code for x in RULES if guide_row(x) is None] == []


def test_another_language_reads_the_english_guide() -> None:
    with translation.override("de"):
        found = guide_row(BY_CODE["PAO2_LOW"])
    assert found
    assert found.severity == "critical"


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_names_every_rule_with_when_it_opens_its_basis_and_its_source(browser, language: str) -> None:
    shown = page(browser, "rule_list", language)
    with translation.override(language):
        for rule in RULES:
            told = guide_row(rule)
            assert told
            for words in (translated(rule.title), told.opens, told.severity, told.basis, translated(rule.source)):
                assert escape(words) in shown
            assert f'href="/rules/{rule.code}"' in shown
        for danger in unwatched(BY_CODE):
            assert translated(danger) in words_of(shown)
    assert shown.count('<h2 id="group-') == len(Group)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_rule_tells_its_thirteen_source_attributes(browser, language: str) -> None:
    shown = page(browser, "rule_detail", language, code="SCREENING_MISSING")
    attributes = shown.partition('id="attributes"')[2].partition("</dl>")[0]
    assert attributes.count("<dt>") == 13
    used = {
        "en": ("used: the age", "not used: the record does not hold it"),
        "ja": ("使用：年齢", "不使用：記録にない情報"),
    }
    for words in used[language]:
        assert words in words_of(attributes)


@pytest.mark.django_db
def test_the_page_says_of_a_rule_whether_it_tells_an_event_or_a_condition(browser) -> None:
    assert "An event: it ends when somebody acknowledges it" in page(browser, "rule_detail", code="PPF")
    assert "A condition: it stays until a later fact ends it" in page(browser, "rule_detail", code="PAO2_LOW")


@pytest.mark.django_db
def test_a_rule_that_is_none_has_no_page(browser) -> None:
    assert browser.get("/rules/NO_RULE").status_code == 404


@pytest.mark.django_db
def test_every_role_reads_the_rules_and_nobody_without_one(client, ward) -> None:
    for role in Role:
        client.force_login(make_user(f"reader {role}", role, ward))
        assert "All rules" in page(client, "rule_list")
    client.force_login(make_user("nobody", "", ward))
    assert client.get("/rules/").status_code == 403
    client.logout()
    assert client.get("/rules/").status_code == 302


@pytest.mark.django_db
def test_an_alert_leads_to_the_page_of_its_rule_and_every_page_to_all_of_them(browser, patient, physician) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    record_facts(patient=patient, facts=Story().ferritin(today() - 1, "1679").versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    shown = browser.get(f"/patients/{patient.pk}/").content.decode()
    alerts = shown.partition('id="alerts"')[2].partition("</section>")[0]
    assert 'href="/rules/FERRITIN_HIGH"' in alerts
    assert 'href="/rules/"' in shown.partition("<footer")[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "never", "warning"),
    [("en", "not yet", "do not rely on its silence"), ("ja", "まだなし", "アラートがないことを頼りにしない")],
)
def test_the_pages_tell_when_a_rule_was_last_shown_to_work(browser, language: str, never: str, warning: str) -> None:
    def told(name: str, **names: str) -> str:
        shown = page(browser, name, language, **names)
        part = ('id="canary"', "</dd>") if names else ('href="/rules/AKI"', "</tr>")
        return words_of(shown.partition(part[0])[2].partition(part[1])[0])

    pages = (lambda: told("rule_detail", code="AKI"), lambda: told("rule_list"))
    assert [(never in x(), warning in x()) for x in pages] == [(True, False)] * 2
    spoke = timezone.now() - timedelta(hours=3)
    tried(timedelta(hours=3))
    with site_clock(), translation.override(language):
        when = short_moment(spoke)
    assert [(when in x(), never in x(), warning in x()) for x in pages] == [(True, False, False)] * 2
    tried(silent={"AKI": "silent"})
    assert [(when in x(), warning in x()) for x in pages] == [(True, True)] * 2
