"""Entering, amending and importing through the pages: what is stored, what is refused, and what it means at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from monitoring.models import Alert
from patients.clinical.measurements import MEASUREMENTS
from patients.forms import FORMS
from patients.models import FACT_TABLES, Measurement, MedicationCourse, NonceUse, Patient
from tests.moments import begun
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db
QUESTION = re.compile(r'name="(?:\w+-)?confirmed" value="([0-9a-f]+)"')
TOKEN = re.compile(r'name="([^"]*context_token)" value="([^"]+)"')


@pytest.fixture
def patient(ward, physician) -> Patient:
    return make_patient("E-1", physician, ward)


@pytest.fixture
def browser(client, physician):
    client.force_login(physician)
    return client


def clock(**ago: float) -> str:
    """So long before the test began: the same moment whenever a test says it."""
    return timezone.localtime(begun() - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M")


def token_of(browser, path: str) -> dict[str, str]:
    return dict([TOKEN.search(browser.get(path).content.decode()).groups()])


def send(browser, patient, kind: str, *, token: dict[str, str] | None = None, **fields: str):
    fresh = token or token_of(browser, f"/patients/{patient.pk}/enter/{kind}?panel={fields.get('panel', 'activity')}")
    return browser.post(f"/patients/{patient.pk}/record/{kind}", {**fresh, **fields})


def question_of(response) -> str:
    """The name of the question that a refused form asks."""
    found = QUESTION.search(response.content.decode())
    assert found is not None
    return found.group(1)


def stored() -> int:
    return sum(table._default_manager.count() for table in FACT_TABLES.values())


class Fields(Mapping[str, dict[str, str]]):
    """What is sent, by kind of entry. Its times count from the begin of the test, not from when it was read."""

    def __init__(self, at_once: Callable[[str], dict[str, dict[str, str]]]) -> None:
        self.at_once = at_once

    def __getitem__(self, kind: str) -> dict[str, str]:
        return self.at_once(clock()[:10])[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self.at_once(""))

    def __len__(self) -> int:
        return len(self.at_once(""))


VALID = Fields(
    lambda today: {
        "results": {"on": clock(hours=1), "value_ferritin": "890", "unit_ferritin": "ng/mL"},
        "finding": {"on": clock(hours=1), "code": "dyspnoea_on_exertion", "change": "worse"},
        "hrct": {"day": today, "ggo": "yes", "consolidation": "lower", "change": "first"},
        "treatment": {"on": clock(hours=1), "drug": "gc", "route": "oral", "dose": "50", "unit": "mg/day"},
        "judgement": {"on": clock(hours=1), "improvement": "worse"},
        "decision": {"on": clock(hours=1), "about": "T3", "accepted": "no", "code": "infection", "reason": "sepsis"},
        "no_prophylaxis": {"on": clock(hours=1), "reason": "sulfa allergy", "prophylaxis_instead": "atovaquone"},
        "antibody": {"day": today, "code": "anti_mda5", "result": "positive"},
        "diagnosis": {"day": today, "myositis": "DM"},
        "onset": {"day": today},
        "support": {"on": clock(hours=1), "level": "oxygen", "fio2": "0.4"},
        "histology": {"day": today, "pattern": "DAD"},
        "other_test": {"on": clock(hours=1), "name": "aldolase", "value": "17.6", "unit": "U/L"},
        "first_facts": {"respiratory_onset-day": today},
        "medication": {"drug1-drug": "gc", "drug1-dose": "50", "drug1-unit": "mg/day", "drug1-day": today},
        "taper": {"dose_from": "50", "dose_to": "40", "step": "5", "every": "14", "day": today},
        "cycles": {"dose": "700", "weeks": "4", "number": "6", "day": today},
    }
)
EMPTY = Fields(
    lambda today: {
        "results": {"on": clock(hours=1)},
        "finding": {"on": clock(hours=1), "code": "cough"},
        "hrct": {"day": ""},
        "treatment": {"on": clock(hours=1), "drug": "gc", "dose": "50"},
        "judgement": {"on": clock(hours=1)},
        "decision": {"on": clock(hours=1), "about": "T3", "accepted": "no"},
        "no_prophylaxis": {"on": clock(hours=1), "reason": " ", "prophylaxis_instead": "atovaquone"},
        "antibody": {"day": today, "code": "anti_mda5"},
        "diagnosis": {"day": today},
        "onset": {"day": clock(days=-2)[:10]},
        "support": {"on": clock(hours=1), "level": "oxygen", "fio2": "10"},
        "histology": {"day": today},
        "other_test": {"on": clock(hours=1), "name": "aldolase", "value": "high", "unit": "U/L"},
        "first_facts": {"diagnosis-day": today},
        "medication": {"drug2-dose": "50"},
        "taper": {"dose_from": "40", "dose_to": "50", "step": "5", "every": "14", "day": today},
        "cycles": {"dose": "700", "weeks": "4", "number": "1", "day": today},
    }
)


def test_every_form_is_tested():
    assert set(VALID) == set(EMPTY) == set(FORMS)


@pytest.mark.parametrize("kind", list(FORMS))
def test_valid_entry_stores_one_fact_and_is_evaluated_at_once(browser, patient, kind):
    response = send(browser, patient, kind, **VALID[kind])
    assert (response.status_code, stored()) == (302, 1)
    assert response["Location"] == f"/patients/{patient.pk}/"
    patient.evaluation_mark.refresh_from_db()
    assert patient.evaluation_mark.needed_since is None


@pytest.mark.parametrize("kind", list(FORMS))
def test_refused_entry_stores_nothing_and_shows_the_form_again(browser, patient, kind):
    response = send(browser, patient, kind, **EMPTY[kind])
    assert (response.status_code, stored()) == (422, 0)
    assert 'id="entry"' in response.content.decode()


def test_pao2_below_60_alerts_in_the_same_request(browser, patient):
    send(browser, patient, "finding", on=clock(hours=2), code="dyspnoea_on_exertion", change="worse")
    gases = {"panel": "respiration", "on": clock(hours=1), "value_pao2": "55", "unit_pao2": "mmHg", "fio2": "0.21"}
    assert send(browser, patient, "results", **gases).status_code == 302
    assert Alert.objects.open().filter(patient=patient, rule="PAO2_LOW").exists()


@pytest.mark.parametrize(
    ("panel", "fields"),
    [
        ("activity", {"value_ferritin": "1.679", "unit_ferritin": "ng/mL"}),
        ("respiration", {"value_pao2": "58", "unit_pao2": "mmHg"}),
        ("respiration", {"value_pao2": "151", "unit_pao2": "mmHg", "fio2": "0.21"}),
        ("drug_levels", {"value_csa": "182", "unit_csa": "ng/mL"}),
        ("activity", {"value_crp": "lost", "unit_crp": "mg/dL"}),
        ("activity", {"value_kl6": "500000", "unit_kl6": "U/mL"}),
    ],
    ids=["thousands", "no FiO2", "not on room air", "no route and timing", "no number", "out of limits"],
)
def test_result_that_cannot_be_judged_is_refused(browser, patient, panel, fields):
    """H06, H07, R25."""
    response = send(browser, patient, "results", panel=panel, on=clock(hours=1), **fields)
    assert (response.status_code, stored()) == (422, 0)


def test_doubtful_value_is_asked_about_and_stored_once_confirmed(browser, patient):
    fields = {"panel": "activity", "on": clock(hours=1), "value_ferritin": "25000", "unit_ferritin": "ng/mL"}
    asked = send(browser, patient, "results", **fields)
    assert (asked.status_code, stored()) == (422, 0)
    assert "Please check" in asked.content.decode()
    assert send(browser, patient, "results", **fields, confirmed=question_of(asked)).status_code == 302
    assert stored() == 1


@pytest.mark.parametrize("tick", ["on", "the other question"])
def test_tick_answers_only_the_question_it_was_set_for(browser, patient, tick):
    """H06: a tick for one doubtful value lets no other one in."""
    fields = {"panel": "activity", "on": clock(hours=1), "unit_ferritin": "ng/mL"}
    question = question_of(send(browser, patient, "results", **fields, value_ferritin="25000"))
    given = question if tick == "the other question" else tick
    again = send(browser, patient, "results", **fields, value_ferritin="150000", confirmed=given)
    assert (again.status_code, stored()) == (422, 0)
    assert question_of(again) != question
    assert "checked" not in again.content.decode().partition(question_of(again))[2][:200].partition(">")[0]


def test_units_are_converted_and_kept_as_typed(browser, patient):
    fields = {"panel": "respiration", "on": clock(hours=1), "value_pao2": "8.0", "unit_pao2": "kPa", "fio2": "0.21"}
    send(browser, patient, "results", **fields)
    row = Measurement.objects.get()
    assert (str(row.value.normalize()), row.typed_value, row.typed_unit) == ("60.0048", "8.0", "kPa")


def test_the_same_form_sent_twice_counts_once(browser, patient):
    """R07, H12."""
    token = token_of(browser, f"/patients/{patient.pk}/enter/results")
    for _ in range(2):
        assert send(browser, patient, "results", token=token, **VALID["results"]).status_code == 302
    assert (stored(), NonceUse.objects.count()) == (1, 1)


def test_form_made_for_another_patient_is_a_conflict(browser, patient, ward, physician):
    """R02, H01."""
    other = make_patient("E-2", physician, ward)
    token = token_of(browser, f"/patients/{other.pk}/enter/results")
    response = send(browser, patient, "results", token=token, **VALID["results"])
    assert (response.status_code, stored()) == (409, 0)


def test_form_of_another_kind_is_a_conflict(browser, patient):
    token = token_of(browser, f"/patients/{patient.pk}/enter/hrct")
    assert send(browser, patient, "results", token=token, **VALID["results"]).status_code == 409


# -- amending ---------------------------------------------------------------------------------------------------------


def ferritin(browser, patient) -> Measurement:
    send(browser, patient, "results", **VALID["results"])
    return Measurement.objects.get()


def amend(browser, row, how: str, token: dict[str, str], **fields: str):
    named = {f"{how}-{name}": value for name, value in fields.items()}
    return browser.post(f"/patients/{row.patient_id}/facts/{row.reference}/{how}", {**token, **named})


def tokens(browser, row) -> dict[str, str]:
    page = browser.get(f"/patients/{row.patient_id}/facts/{row.reference}").content.decode()
    return dict(TOKEN.findall(page))


def test_correction_is_a_new_version_with_its_reason(browser, patient):
    """R22, H04."""
    row = ferritin(browser, patient)
    response = amend(browser, row, "correct", tokens(browser, row), value="1240", unit="ng/mL", reason="typing error")
    assert response.status_code == 302
    assert list(Measurement.objects.order_by("version").values_list("typed_value", "status")) == [
        ("890", "final"),
        ("1240", "corrected"),
    ]


def test_correction_without_a_reason_is_refused(browser, patient):
    row = ferritin(browser, patient)
    assert amend(browser, row, "correct", tokens(browser, row), value="1240", unit="ng/mL").status_code == 422
    assert Measurement.objects.count() == 1


def test_second_correction_of_the_same_version_meets_a_conflict(browser, patient):
    """R06: the loser is told what stands now."""
    row = ferritin(browser, patient)
    first, second = tokens(browser, row), tokens(browser, row)
    amend(browser, row, "correct", first, value="1240", unit="ng/mL", reason="typing error")
    lost = amend(browser, row, "correct", second, value="1300", unit="ng/mL", reason="typing error")
    assert lost.status_code == 409
    page = lost.content.decode()
    assert "1240" in page
    assert "E-1 · Not saved" in page.partition("</title>")[0]  # R03: whose entry it was
    assert f'href="/patients/{patient.pk}/"' in page
    assert Measurement.objects.count() == 2


def test_cancelled_entry_stays_readable(browser, patient):
    row = ferritin(browser, patient)
    assert amend(browser, row, "cancel", tokens(browser, row), reason="another patient's sample").status_code == 302
    assert Measurement.objects.order_by("version").last().status == "cancelled"
    assert "890" in browser.get(f"/patients/{patient.pk}/").content.decode()


def test_treatment_is_stopped_with_its_last_day(browser, patient):
    send(browser, patient, "treatment", **VALID["treatment"])
    row = MedicationCourse.objects.get()
    assert amend(browser, row, "stop", tokens(browser, row), stop=clock()[:10]).status_code == 302
    assert MedicationCourse.objects.order_by("version").last().stop.isoformat() == clock()[:10]


# -- importing --------------------------------------------------------------------------------------------------------


def case(**changes) -> dict:
    person = {"mrn": "CASE-9", "family_name": "Case", "given_name": "Nine", "sex": "female", "birth_date": "1952-03-01"}
    events = [
        {"on": "2024-03-01", "kind": "finding", "code": "dyspnoea_on_exertion", "change": "worse"},
        {"on": "2024-03-01", "kind": "measurement", "code": "ferritin", "value": "1679", "unit": "ng/mL"},
    ]
    return {"format": "ildcare-case/1", "source": "a test", "patient": person, "events": events, **changes}


def check(browser, content: dict):
    token = token_of(browser, "/cases/import")
    file = SimpleUploadedFile("case.json", json.dumps(content).encode())
    return browser.post("/cases/check", {**token, "file": file})


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.rpartition('id="preview"')[2]))


def test_dry_run_stores_nothing_and_says_what_it_would_mean(browser):
    page = check(browser, case()).content.decode()
    assert "CASE-9" in page
    assert "T3" in page
    assert not Patient.objects.filter(mrn="CASE-9").exists()


def test_faults_are_listed_by_event(browser):
    bad = [
        {"on": "2024-03-01", "kind": "measurement", "code": "ferritin", "value": "1.679", "unit": "ng/mL"},
        {"kind": "?"},
    ]
    response = check(browser, case(events=bad))
    assert response.status_code == 422
    assert re.findall(r'<td class="num">\s*(\d)\s*</td>', response.content.decode())[:2] == ["1", "2"]


def test_checked_case_is_stored_once(browser):
    fields = hidden(check(browser, case()).content.decode())
    for _ in range(2):
        assert browser.post("/cases/store", fields).status_code in (200, 302)
    assert Patient.objects.filter(mrn="CASE-9").count() == 1
    assert stored() == 2


def test_text_that_was_not_checked_is_not_stored(browser):
    fields = hidden(check(browser, case()).content.decode())
    fields["text"] = fields["text"][:-4] + "AAAA"
    assert browser.post("/cases/store", fields).status_code == 422
    assert not Patient.objects.filter(mrn="CASE-9").exists()


def test_one_more_measurement_is_one_more_entry(browser, patient, monkeypatch):
    """A catalogue entry alone brings the field, the stored value and its row of the flow sheet."""
    from dataclasses import replace

    monkeypatch.setitem(
        MEASUREMENTS,
        "il18",
        replace(MEASUREMENTS["ferritin"], code="il18", name="Interleukin 18", abbreviation="IL-18"),
    )
    page = browser.get(f"/patients/{patient.pk}/enter/results?panel=activity").content.decode()
    assert 'name="value_il18"' in page
    fields = {"panel": "activity", "on": clock(hours=1), "value_il18": "1240", "unit_il18": "ng/mL"}
    assert send(browser, patient, "results", **fields).status_code == 302
    assert "IL-18" in browser.get(f"/patients/{patient.pk}/?whole=1").content.decode()
