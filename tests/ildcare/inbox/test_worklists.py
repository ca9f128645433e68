"""The worklists: levels and drugs, tests due today, one's own tasks."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.inbox import watched
from ildcare.inbox.drugs import drug_rows
from monitoring.models import Alert, MarkedTest
from patients.actions import add_task, record_facts
from patients.clinical.awaiting import Awaiting
from patients.models import AuditEntry, CareTask, Patient, Role
from patients.wording import short_day
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings: Any) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def treated(ward, by, mrn: str = "T-1", **names: Any) -> Patient:
    """Cyclosporine since nine days with two levels, the last above its band; nothing else measured since."""
    now, patient = today(), make_patient(mrn, by, ward, **names)
    story = Story().onset(now - 30, known=now - 12).diagnosis(now - 12, "DM").mda5(now - 12, "positive")
    story.ferritin(now - 12, "900").drug(now - 9, "gc", dose=None).drug(now - 9, "csa", route="oral")
    story.test(now - 5, "csa", "190", route="oral", timing="trough")
    story.test(now - 1, "csa", "310", route="oral", timing="trough")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    return patient


@pytest.fixture
def nurse(client, ward):
    client.force_login(make_user("nurse", Role.NURSE, ward))
    return client


def flat(response) -> str:
    return " ".join(response.content.decode().split())


def row_of(response, key: str) -> str:
    text = flat(response)
    found = re.search(
        rf'<li class="(?:ib|due-row)[^"]*" id="row-{key}".*?(?=<li class="(?:ib|due-row)|</section>|</main>)', text
    )
    return found[0] if found else ""


# -- levels and drugs -------------------------------------------------------------------------------------------------


def test_a_level_off_its_band_with_drug_band_levels_and_next_sample(nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    row = row_of(nurse.get("/inbox/levels?what=band"), f"{patient.pk}-high")
    assert "Above band" in row
    assert "CsA" in row
    assert "190 → 310" in row
    assert "150–250" in row
    assert row_of(nurse.get("/inbox/levels?what=ivcy"), f"{patient.pk}-high") == ""
    assert AuditEntry.objects.filter(op="READ", table_name="levels and drugs").exists()


def test_a_level_without_its_time_is_named_and_not_judged(nurse, ward, physician) -> None:
    """Of cyclosporine none can be stored so; of tacrolimus one can."""
    patient = make_patient("U-1", physician, ward)
    story = Story().drug(today() - 9, "tac").test(today() - 1, "tac", "14", route="oral")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    row = row_of(nurse.get("/inbox/levels?what=untimed"), rf"{patient.pk}-\w+")
    assert "Route or time missing" in row
    assert "not interpretable: no dose time" in row
    assert not {"Above band", "Below band"} & {x.strip() for x in re.split("<[^>]*>", row)}


def test_a_level_that_a_machine_sent_without_its_time(ward, physician) -> None:
    patient, now = make_patient("A-1", physician, ward), timezone.now()
    sent = [Awaiting(code="csa", text="412 ng/mL", since=now), Awaiting(code="ferritin", text="1679", since=now)]
    (row,) = drug_rows({patient.pk: (patient, None)}, {}, [], {patient.pk: sent, -1: sent}, now)
    assert (row.whys, row.latest, row.when, row.awaited) == (("untimed",), "412 ng/mL", "time not stated", True)


def test_a_level_that_is_due(nurse, ward, physician) -> None:
    patient = make_patient("D-1", physician, ward)
    story = Story().onset(today() - 30, known=today() - 12).diagnosis(today() - 12, "DM").drug(today() - 3, "csa")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    row = row_of(nurse.get("/inbox/levels?what=due"), f"{patient.pk}-due")
    assert "Level due" in row
    assert "none yet" in row


def test_no_prophylaxis_and_the_days_after_cyclophosphamide(nurse, ward, physician) -> None:
    now, patient = today(), make_patient("I-1", physician, ward)
    story = Story().onset(now - 40, known=now - 30).diagnosis(now - 30, "DM").mda5(now - 30, "positive")
    story.drug(now - 10, "gc", dose=Decimal(50), unit="mg/day").drug(now - 10, "csa", route="oral")
    story.drug(now - 10, "ivcy", dose=Decimal(700), unit="mg", stop=now - 10)
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    assert "No prophylaxis" in row_of(nurse.get("/inbox/levels?what=prophylaxis"), f"{patient.pk}-prophylaxis")
    assert "After IVCY" in row_of(nurse.get("/inbox/levels?what=ivcy"), f"{patient.pk}-nadir")


def test_an_interaction_and_the_next_cyclophosphamide_with_their_day(nurse, ward, physician) -> None:
    now, patient = today(), make_patient("I-2", physician, ward)
    story = Story().onset(now - 60, known=now - 50).diagnosis(now - 50, "DM").mda5(now - 50, "positive")
    story.drug(now - 26, "gc", dose=Decimal(50), unit="mg/day").drug(now - 26, "csa", route="oral")
    story.drug(now - 26, "ivcy", dose=Decimal(700), unit="mg", stop=now - 26).drug(now - 2, "clarithromycin")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    assert "clarithromycin with CsA" in row_of(nurse.get("/inbox/levels?what=interaction"), rf"{patient.pk}-\w+")
    cycle = row_of(nurse.get("/inbox/levels?what=ivcy"), rf"{patient.pk}-\w+")
    assert "IVCY due" in cycle
    assert short_day(timezone.localdate() + timedelta(days=2)) in cycle
    prophylaxis = row_of(nurse.get("/inbox/levels?what=prophylaxis"), f"{patient.pk}-prophylaxis")
    assert '<span class="now-due">today</span>' in prophylaxis


# -- tests due --------------------------------------------------------------------------------------------------------


def mark(client, patient: Patient, code: str, **said: str):
    page = client.get("/inbox/tests").content.decode()
    address = re.search(rf'action="(/patients/{patient.pk}/tests/{code}/[\d-]+/mark)"', page)[1]
    token = re.search(rf'action="{address}">.*?name="context_token" value="([^"]+)"', page, re.DOTALL)[1]
    return client.post(address, {"context_token": token, "next": "/inbox/tests", **said})


def asked(response, patient: Patient, code: str) -> bool:
    """Does the list ask for the test, above what was said already?"""
    return f'id="row-{patient.pk}-{code}"' in response.content.decode().split('id="said"')[0]


def test_one_tick_says_taken_and_the_row_waits_below_with_its_author(nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    assert asked(nurse.get("/inbox/tests"), patient, "creatinine")
    assert mark(nurse, patient, "creatinine", what="taken").headers["Location"] == "/inbox/tests"
    page = nurse.get("/inbox/tests")
    assert not asked(page, patient, "creatinine")
    assert "taken (nurse" in row_of(page, f"{patient.pk}-creatinine")
    assert MarkedTest.objects.get().by.username == "nurse"


def test_a_test_that_is_moved_comes_back_on_its_day_and_its_alert_stays(nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    overdue = set(Alert.objects.open().filter(patient=patient, rule="OVERDUE").values_list("pk", flat=True))
    day = timezone.localdate() + timedelta(days=2)
    assert mark(nurse, patient, "ldh", what="moved", moved_to=day.isoformat()).status_code == 302
    page = nurse.get("/inbox/tests")
    assert not asked(page, patient, "ldh")
    assert "moved to" in row_of(page, f"{patient.pk}-ldh")
    evaluate_patients([patient.pk])
    assert set(Alert.objects.open().filter(patient=patient, rule="OVERDUE").values_list("pk", flat=True)) == overdue


MOVED = ("2020-01-01", "0001-01-01", "9999-12-31", "2026-02-31")


@pytest.mark.parametrize(
    "sent", [{"what": "cannot"}, {"what": "moved"}, *({"what": "moved", "moved_to": x} for x in MOVED)]
)
def test_what_says_too_little_is_refused(nurse, ward, physician, sent) -> None:
    patient = treated(ward, physician)
    assert mark(nurse, patient, "ldh", **sent).status_code == 422
    assert not MarkedTest.objects.exists()
    assert nurse.get("/inbox/tests").status_code == nurse.get(f"/patients/{patient.pk}/").status_code == 200


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31", "x", "2026-02-31"])
def test_a_mark_of_a_day_on_which_nothing_was_due_is_refused(nurse, ward, physician, due) -> None:
    patient = treated(ward, physician)
    page = nurse.get("/inbox/tests").content.decode()
    token = re.search(rf'/patients/{patient.pk}/tests/ldh/.*?name="context_token" value="([^"]+)"', page, re.DOTALL)[1]
    address = f"/patients/{patient.pk}/tests/ldh/{due}/mark"
    assert nurse.post(address, {"context_token": token, "what": "taken"}).status_code in (404, 409, 422)
    assert not MarkedTest.objects.exists()


def test_a_result_ends_it_and_what_is_due_no_more_is_told_nothing(nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    page = nurse.get("/inbox/tests").content.decode()
    address = re.search(rf'action="(/patients/{patient.pk}/tests/ldh/[\d-]+/mark)"', page)[1]
    token = re.search(rf'action="{address}">.*?name="context_token" value="([^"]+)"', page, re.DOTALL)[1]
    record_facts(patient=patient, facts=Story().test(today(), "ldh", "300").versions, by=None, source="test")
    assert nurse.post(address, {"context_token": token, "what": "taken"}).status_code == 422
    assert not asked(nurse.get("/inbox/tests"), patient, "ldh")


def test_by_test_the_patients_of_each(nurse, ward, physician) -> None:
    people = [treated(ward, physician, f"T-{n}", family_name=f"Person{n}") for n in range(2)]
    text = flat(nurse.get("/inbox/tests?by=test"))
    group = re.search(r"<h2> LDH .*?</section>", text)[0]
    assert all(x.family_name in group for x in people)


def test_what_was_said_stands_on_the_card_of_the_overdue_test(client, nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    code, due = Alert.objects.open().filter(patient=patient, rule="OVERDUE").values_list("subject", "value_on")[0]
    assert mark(nurse, patient, code, what="cannot", note="no vein").status_code == 302
    assert MarkedTest.objects.get().due == due
    client.force_login(physician)
    assert "no vein" in row_of(client.get("/inbox/"), f"{patient.pk}-overdue")


def test_a_record_that_cannot_be_worked_out_is_named(nurse, ward, physician, monkeypatch) -> None:
    treated(ward, physician, family_name="Broken")
    watched._kept.clear()
    monkeypatch.setattr(watched, "_level_drugs", lambda *_: 1 / 0)
    for address in ("/inbox/tests", "/inbox/levels"):
        page = flat(nurse.get(address))
        assert "do not take them as having nothing" in page
        assert "Broken" in page


def test_patients_of_other_wards_stand_on_no_list(nurse, other_ward, physician) -> None:
    treated(other_ward, None, family_name="Foreign")
    assert all("Foreign" not in flat(nurse.get(f"/inbox/{x}")) for x in ("levels", "tests", "tasks"))


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_is_taken_and_ended_on_the_list(nurse, ward, physician) -> None:
    patient = treated(ward, physician)
    task = add_task(patient=patient, by=physician, text="Collect cultures", due=timezone.localdate())

    def send(address: str, **more: str) -> int:
        page = nurse.get("/inbox/tasks").content.decode()
        form = page[page.index(f'action="{address}"') :]
        name, token = re.search(r'name="([\w-]*context_token)" value="([^"]+)"', form).groups()
        return nurse.post(address, {name: token, "next": "/inbox/tasks", **more}).headers["Location"]

    base = f"/patients/{patient.pk}/tasks/{task.pk}"
    assert send(f"{base}/owner") == "/inbox/tasks"
    task.refresh_from_db()
    assert task.assigned_to.username == "nurse"
    mine = flat(nurse.get("/inbox/tasks")).split("Of the ward")[0]
    assert "Collect cultures" in mine
    assert send(f"{base}/close", **{f"task-{task.pk}-outcome": "done"}) == "/inbox/tasks"
    assert CareTask.objects.get().outcome == "done"
