"""The admin shows facts and log, and changes only users, wards and site settings."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from patients.models import FACT_TABLES, AuditEntry, SiteSettings, User
from tests.patients.conftest import make_user
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client) -> User:
    user = make_user("staff", "administrator")
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)
    return user


@pytest.mark.parametrize("table", [*FACT_TABLES.values(), AuditEntry])
def test_facts_and_log_can_be_read_only(client, staff, rf, table) -> None:
    shown = admin.site._registry[table]
    request = rf.get("/")
    request.user = staff
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert not shown.has_delete_permission(request)
    name = f"{table._meta.app_label}_{table._meta.model_name}"
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_a_fact_can_be_looked_at(client, staff, record) -> None:
    row = record(Story().ferritin(0, "890")).rows[0]
    response = client.get(reverse("admin:patients_measurement_change", args=[row.pk]))
    assert "890" in response.content.decode()


@pytest.mark.parametrize("name", ["user", "ward", "patient", "admission", "sitesettings", "evaluationmark"])
def test_lists_open(client, staff, patient, name) -> None:
    assert client.get(reverse(f"admin:patients_{name}_changelist")).status_code == 200


SITE = {"time_zone": "Europe/Paris", "keep_sent_days": "90", "review_sample": "3", "expected_version": "1"}


def test_site_settings_exist_once(client, staff) -> None:
    address = reverse("admin:patients_sitesettings_add")
    assert client.post(address, SITE).status_code == 302
    assert SiteSettings.load().time_zone == "Europe/Paris"
    assert client.get(address).status_code == 403


def test_R06_site_settings_seen_before_anothers_change_are_refused(client, staff) -> None:
    SiteSettings.objects.create(version=3)
    address = reverse("admin:patients_sitesettings_change", args=[1])
    assert client.get(address).context["adminform"].form["expected_version"].value() == 3
    response = client.post(address, {**SITE, "expected_version": "2"})
    assert response.status_code == 409
    assert SiteSettings.load().time_zone == "Asia/Tokyo"
    assert client.post(address, {**SITE, "expected_version": "3"}).status_code == 302
    assert SiteSettings.load().version == 4


def test_what_bears_on_patients_is_not_changed_by_one_person(client, staff) -> None:
    SiteSettings.objects.create(version=1)
    address = reverse("admin:patients_sitesettings_change", args=[1])
    assert "1.5" in client.get(address).content.decode()
    told = {"bilirubin_upper_limit": "9", "mda5_kit": "MESACUP", "escalation_minutes": "0"}
    assert client.post(address, SITE | told).status_code == 302
    assert SiteSettings.load().choices == SiteSettings().choices


def test_an_unknown_time_zone_is_refused(client, staff) -> None:
    response = client.post(reverse("admin:patients_sitesettings_add"), {**SITE, "time_zone": "Moon/Crater"})
    assert response.status_code == 200
    assert not SiteSettings.objects.exists()


def test_a_users_role_is_changed_and_noted(client, staff) -> None:
    user = make_user("nurse", "nurse")
    address = reverse("admin:patients_user_change", args=[user.pk])
    form = client.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    joined = sent.pop("date_joined")
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    times = {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    response = client.post(address, {**sent, **inline, **times, "role": "senior"})
    assert response.status_code == 302
    user.refresh_from_db()
    assert user.role == "senior"
    entry = AuditEntry.objects.filter(table_name="patients_user", pk_text=str(user.pk)).first()
    assert (entry.old["role"], entry.new["role"]) == ("nurse", "senior")
