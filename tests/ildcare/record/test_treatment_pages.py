"""Pages of treatments and results: constant reads, odd addresses, who entered, what is missing."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ildcare.record.treatments import treatment_picture
from ildcare.trends.events import drug_courses
from patients.actions import cancel_fact, record_facts
from patients.models import Measurement, Role
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, send
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story, moment

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def record(patient, by, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=by, source="test")


def page(browser, patient, name: str) -> str:
    response = browser.get(f"/patients/{patient.pk}/{name}")
    assert response.status_code == 200
    return response.content.decode().partition("<footer")[0]


def queries(browser, patient, name: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        page(browser, patient, name)
    return len(caught)


def long_course(days: int) -> Story:
    story = Story()
    for day in range(1, days):
        story.drug(today() - day, "gc", dose=Decimal(day), unit="mg/day", stop=today() - day)
        story.test(today() - day, "csa", "180", route="oral", timing="trough").ferritin(today() - day, "890")
    return story


@pytest.mark.parametrize("name", ["treatments", "results", "results?panel=drug_levels&days=21&order=oldest"])
def test_long_course_is_read_in_as_many_queries_as_a_short_one(browser, patient, physician, name) -> None:
    record(patient, physician, long_course(3))
    page(browser, patient, name)
    few = queries(browser, patient, name)
    record(patient, physician, long_course(40))
    assert queries(browser, patient, name) == few


def test_treatment_names_who_entered_it(browser, patient) -> None:
    given = {"on": clock(days=2), "drug": "gc", "route": "oral", "dose": "50", "unit": "mg/day"}
    assert send(browser, patient, "treatment", **given).status_code == 302
    shown = page(browser, patient, "treatments")
    row = shown[shown.index("<tr data-fact=") :].partition("</tr>")[0]
    user = patient.medicationcourse_set.get().recorded_by
    assert (user.get_full_name() or user.get_username()) in row


def test_empty_record_says_so(browser, patient) -> None:
    assert "No treatment recorded." in page(browser, patient, "treatments")
    assert "No result recorded yet." in page(browser, patient, "results")


def test_panel_without_results_leads_back_to_all(browser, patient, physician) -> None:
    record(patient, physician, Story().ferritin(today() - 1, "890"))
    shown = page(browser, patient, "results?panel=infection")
    assert "No result of this choice." in shown
    assert f'href="/patients/{patient.pk}/results"' in shown


@pytest.mark.parametrize(
    "asked", ["days=0", "days=9999999999999999999", "until=yesterday", "until=2024-13-40", "panel=%00", "order=%3Cx"]
)
def test_address_that_makes_no_sense_shows_the_usual_sheet(browser, patient, physician, asked) -> None:
    record(patient, physician, Story().ferritin(today() - 1, "890"))
    assert "890" in page(browser, patient, f"results?{asked}")


def test_older_days_are_a_page_away(browser, patient, physician) -> None:
    story = Story()
    for day in range(1, 20):
        story.ferritin(today() - day, str(500 + day))
    record(patient, physician, story)
    newest = page(browser, patient, "results?days=7")
    assert "12 older days" in newest
    assert "507" in words_of(newest)
    assert "508" not in words_of(newest)
    assert "days=7" in newest.partition('rel="prev"')[0].rpartition("<a ")[2]


def test_missing_prophylaxis_is_said_and_goes_once_it_is_recorded(browser, patient, physician) -> None:
    start = today() - 3
    story = Story().drug(start, "gc").drug(start, "csa", route="iv").drug(start, "ivcy", stop=start)
    record(patient, physician, story)
    assert "o pneumocystis prophylaxis recorded" in page(browser, patient, "treatments")
    record(patient, physician, Story().drug(start, "atovaquone"))
    assert "o pneumocystis prophylaxis recorded" not in page(browser, patient, "treatments")


def test_prophylaxis_that_is_not_given_by_decision_is_said_with_its_reason(browser, patient, physician) -> None:
    start = today() - 3
    story = Story().drug(start, "gc").drug(start, "csa", route="iv").drug(start, "ivcy", stop=start)
    record(patient, physician, story.without_prophylaxis(start, "watched"))
    shown = page(browser, patient, "treatments")
    assert "PCP prophylaxis" in shown
    assert "not given: sulfa allergy; no drug, watched closely" in shown
    assert "sulfa allergy; instead: no drug, watched closely" in shown


def test_cancelled_result_stays_readable(browser, patient, physician) -> None:
    record(patient, physician, Story().ferritin(today() - 1, "890"))
    row = Measurement.objects.get()
    cancel_fact(row=row, by=physician, reason="sample of another patient", expected_version=1)
    shown = page(browser, patient, "results")
    assert "cancelled, was <del>890</del>" in shown


def test_preliminary_and_censored_values_are_shown_as_such(browser, patient, physician) -> None:
    story = Story().test(today() - 1, "kl6", "<200", status="preliminary")
    record(patient, physician, story)
    shown = page(browser, patient, "results")
    assert "&lt;200" in shown
    assert "preliminary" in shown


def test_reader_who_may_not_correct_is_offered_no_link(client, patient, physician, ward) -> None:
    record(patient, physician, Story().ferritin(today() - 1, "890").drug(today() - 1, "gc"))
    client.force_login(make_user("nurse", Role.NURSE, ward))
    for name in ("results", "treatments"):
        shown = client.get(f"/patients/{patient.pk}/{name}").content.decode()
        assert "/facts/" not in shown
        assert "/enter/treatment" not in shown


# -- as it was known --------------------------------------------------------------------------------------------------


def known_late(patient, physician) -> str:
    """A treatment and a result that became known yesterday; the moment is the day before."""
    story = Story().drug(today() - 9, "gc", dose=Decimal(50), unit="mg/day").ferritin(today() - 9, "111")
    story.drug(today() - 8, "tac", known=today() - 1).ferritin(today() - 8, "222", known=today() - 1)
    record(patient, physician, story)
    return quote(moment(f"{today() - 2}T12:00").isoformat())


@pytest.mark.parametrize(
    ("name", "then", "since"), [("results", "111", "222"), ("treatments", "prednisolone", "tacrolimus")]
)
def test_past_shows_what_was_known_is_marked_and_offers_no_deed(browser, patient, physician, name, then, since) -> None:
    at = known_late(patient, physician)
    assert since in words_of(page(browser, patient, name))
    past = page(browser, patient, f"{name}?at={at}")
    assert then in words_of(past)
    assert since not in words_of(past)
    assert "This is the past, not the present state." in past
    assert "/facts/" not in past
    assert f'href="/patients/{patient.pk}/?at=' in past


def test_pages_of_the_past_stay_in_the_past(browser, patient, physician) -> None:
    record(patient, physician, long_course(30))
    older = page(browser, patient, f"results?at={quote(moment(f'{today()}T00:01').isoformat())}&days=7")
    assert "at=" in older.partition('rel="prev"')[0].rpartition("<a ")[2]
    assert 'name="at"' in older


@pytest.mark.parametrize("at", ["", "now", "2999-01-01T00:00", "2024-13-40T00:00", "%00"])
def test_moment_that_is_none_shows_the_present(browser, patient, physician, at) -> None:
    record(patient, physician, Story().ferritin(today() - 1, "890"))
    shown = page(browser, patient, f"results?at={at}")
    assert "890" in shown
    assert "The past" not in shown


def test_moment_without_a_zone_is_the_site_s(browser, patient, physician) -> None:
    record(patient, physician, Story().ferritin(f"{today() - 3}T06:00", "777"))
    day = moment(today() - 3).date().isoformat()
    assert "777" not in words_of(page(browser, patient, f"results?at={day}T05:59"))
    assert "777" in words_of(page(browser, patient, f"results?at={day}T06:01"))


def test_69_the_list_says_which_open_order_another_replaced_and_what_is_given_in_all() -> None:
    story = Story().drug(0, "gc", dose=Decimal(40), unit="mg/day")
    for mg in (20, 15):
        story.drug(5, "gc", dose=Decimal(mg), unit="mg/day")
    picture = treatment_picture(story.snapshot(9))
    assert [(x.dose, x.ending) for x in picture.rows] == [
        ("20 mg/day", "goes on"),
        ("15 mg/day", "goes on"),
        ("40 mg/day", "replaced by 20 mg/day"),
    ]
    assert "GC of today in all: 35 mg/day of prednisolone" in [x.text for x in picture.statements]
    drawn = [(x.dose, x.stop) for x in drug_courses(story.snapshot(9))]
    assert drawn == [("40 mg/day", moment(4).date()), ("20 mg/day", None), ("15 mg/day", None)]


def test_57_an_unusual_dose_that_a_machine_stored_is_marked_on_list_bar_and_its_own_page(
    browser, patient, physician
) -> None:
    record(patient, physician, Story().drug(today() - 1, "gc", dose=Decimal(500), unit="mg/day"))
    said = "GC 500 mg is an unusual dose (usual: 1 to 120)"
    assert page(browser, patient, "treatments").count(said) == 2  # the bar, the list
    row = patient.medicationcourse_set.get()
    assert said in page(browser, patient, f"facts/{row.reference}")
    assert said not in page(browser, patient, "treatments?at=2000-01-01")
