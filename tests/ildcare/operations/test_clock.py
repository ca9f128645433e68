"""One clock: the zone of the site rules pages, forms and files; a second setting that disagrees starts nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from ildcare.operations import clock
from ildcare.operations.embedded import CannotStart
from patients.actions import change_site_settings
from patients.changes import Refused
from patients.models import Finding, MedicationCourse, Patient, Role, SiteSettings
from patients.queries import site_clock, site_zone, take_snapshot
from tests.patients.conftest import make_user
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


def in_zone(zone: str) -> None:
    SiteSettings.objects.update_or_create(pk=1, defaults={"time_zone": zone})


# -- at start ---------------------------------------------------------------------------------------------------------


def test_a_given_zone_that_is_not_the_site_s_starts_nothing(settings) -> None:
    in_zone("Europe/Berlin")
    settings.TIME_ZONE_SET = True
    with pytest.raises(CannotStart, match="in Europe/Berlin, and ILDCARE_TIME_ZONE is Asia/Tokyo"):
        clock.refuse_second_clock()
    with pytest.raises(SystemExit, match="Europe/Berlin"):
        clock.refuse_in_process()


def test_a_zone_that_is_not_given_or_repeats_the_site_s_is_no_second_one(settings) -> None:
    clock.refuse_second_clock()
    in_zone("Asia/Tokyo")
    settings.TIME_ZONE_SET = True
    clock.refuse_second_clock()
    in_zone("Europe/Berlin")
    settings.TIME_ZONE_SET = False
    clock.refuse_second_clock()


def test_background_jobs_have_no_zone_of_their_own(settings) -> None:
    settings.CELERY_TIMEZONE = "UTC"
    with pytest.raises(CannotStart, match="CELERY_TIMEZONE is UTC and TIME_ZONE is Asia/Tokyo"):
        clock.refuse_second_clock()


def test_a_new_site_has_the_zone_that_the_server_was_started_for(settings) -> None:
    settings.TIME_ZONE_SET, settings.TIME_ZONE, settings.CELERY_TIMEZONE = True, "Europe/Paris", "Europe/Paris"
    assert str(site_zone()) == "Europe/Paris"
    clock.refuse_second_clock()


def test_the_site_cannot_choose_another_zone_than_the_one_given(settings, physician) -> None:
    settings.TIME_ZONE_SET = True
    with pytest.raises(Refused, match="ILDCARE_TIME_ZONE"):
        change_site_settings(by=physician, expected_version=1, time_zone="Europe/Berlin")
    settings.TIME_ZONE_SET = False
    assert change_site_settings(by=physician, expected_version=1, time_zone="Europe/Berlin").time_zone


def test_a_database_that_is_away_is_no_second_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import DatabaseError

    def away() -> str:
        raise DatabaseError

    monkeypatch.setattr(clock, "second_clock", away)
    clock.refuse_second_clock()


# -- pages and forms --------------------------------------------------------------------------------------------------


@pytest.fixture
def enter(client: Client, ward, patient: Patient) -> Any:
    """`enter(kind, ...)` sends an entry form; the answer, and the page of the form before."""
    client.force_login(make_user("senior", Role.SENIOR, ward))

    def send(kind: str, **given: str) -> Any:
        html = client.get(f"/patients/{patient.pk}/enter/{kind}").content.decode()
        token = re.search(r'name="context_token" value="([^"]+)"', html)
        assert token
        return client.post(f"/patients/{patient.pk}/record/{kind}", {"context_token": token.group(1), **given})

    return send


def cough(on: str) -> dict[str, str]:
    return {"on": on, "code": "cough", "present": "yes"}


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Europe/Berlin", "Asia/Tokyo"])
def test_what_is_typed_is_the_clock_of_the_site_wherever_the_server_stands(client, enter, patient, zone: str) -> None:
    in_zone(zone)
    assert enter("finding", **cough("2024-03-04T23:30")).status_code == 302
    row = Finding.objects.get()
    wall = row.on.astimezone(site_zone())
    assert (str(site_zone()), f"{wall:%Y-%m-%d %H:%M}") == (zone, "2024-03-04 23:30")
    now = timezone.now()
    assert take_snapshot(patient, now, now).findings[0].day.isoformat() == "2024-03-04"
    page = client.get(f"/patients/{patient.pk}/facts/{row.reference}").content.decode()
    assert "4 Mar 2024 23:30" in page


def test_today_is_the_day_of_the_site(enter) -> None:
    """In the first hours of a day at a site far east of the server, the day before is not the last one."""
    in_zone("Pacific/Kiritimati")  # 14 hours ahead of UTC: already tomorrow there
    moment = datetime(2026, 3, 4, 12, tzinfo=UTC)
    with patch("django.utils.timezone.now", lambda: moment):
        assert enter("onset", day="2026-03-05").status_code == 302
        refused = enter("onset", day="2026-03-06")
    assert "This day lies in the future." in refused.content.decode()


@pytest.mark.parametrize(
    ("zone", "on", "word", "offsets"),
    [
        ("Europe/Berlin", "2024-10-27T02:30", "twice", ("+02:00", "+01:00")),
        ("Europe/Berlin", "2024-03-31T02:30", "does not show", ("+01:00", "+02:00")),
        ("America/New_York", "2024-11-03T01:30", "twice", ("-04:00", "-05:00")),
        ("America/New_York", "2024-03-10T02:30", "does not show", ("-05:00", "-04:00")),
    ],
)
def test_a_clock_time_that_is_no_moment_or_two_is_asked_about(enter, zone: str, on: str, word: str, offsets) -> None:
    in_zone(zone)
    asked = enter("finding", **cough(on))
    html = asked.content.decode()
    assert (asked.status_code, word in html) == (422, True)
    assert all(f"{on}{x}" in html.replace("&quot;", '"') for x in offsets)
    assert 'type="datetime-local"' not in html, "the browser's clock has no place for an offset"
    for offset in offsets:
        assert enter("finding", **cough(f"{on}{offset}")).status_code == 302
    first, second = Finding.objects.order_by("id")
    assert [x.on for x in (first, second)] == [datetime.fromisoformat(f"{on}{x}") for x in offsets]
    assert abs(second.on - first.on) == timedelta(hours=1)


@pytest.mark.parametrize("on", ["2024-10-27T01:59", "2024-10-27T03:00", "2024-03-31T01:59", "2024-03-31T03:00"])
def test_the_hours_beside_it_are_taken(enter, on: str) -> None:
    in_zone("Europe/Berlin")
    assert enter("finding", **cough(on)).status_code == 302


def test_the_past_of_a_page_is_asked_for_by_the_clock_of_the_site(client, enter, patient) -> None:
    in_zone("Europe/Berlin")
    enter("finding", **cough("2024-03-04T08:00"))
    page = f"/patients/{patient.pk}/?at="
    assert "does not show 02:30" in client.get(page + "2024-03-31T02:30").content.decode()
    assert "twice" in client.get(page + "2024-10-27T02:30").content.decode()
    assert "PAST" in client.get(page + "2024-10-27T02:30%2B02:00").content.decode()
    assert "PAST" in client.get(page + "2024-10-27").content.decode()


def test_a_dose_from_midnight_on_begins_on_that_day_at_the_site(enter, patient) -> None:
    in_zone("America/New_York")
    assert enter("treatment", on="2024-03-10T00:00", drug="gc", dose="40", unit="mg/day").status_code == 302
    row = MedicationCourse.objects.get()
    assert row.on_is_date
    now = timezone.now()
    assert take_snapshot(patient, now, now).treatments[0].day.isoformat() == "2024-03-10"


def test_inside_the_clock_of_the_site_the_zone_is_read_once(django_assert_num_queries) -> None:
    in_zone("Europe/Berlin")
    with django_assert_num_queries(1), site_clock():
        assert {str(site_zone()), str(site_zone()), str(timezone.get_current_timezone())} == {"Europe/Berlin"}
    assert str(timezone.get_current_timezone()) == "Asia/Tokyo"
