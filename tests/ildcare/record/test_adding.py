"""The menu "+ Add", the way back, what was saved and its undoing; sets of forms; plans; as last time."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode

from patients.actions import record_outcome
from patients.models import (
    FACT_TABLES,
    AntibodyResult,
    CareTask,
    Finding,
    Measurement,
    MedicationCourse,
    NonceUse,
    RespiratoryOnset,
    RespiratorySupport,
    Role,
)
from patients.models.records import Patient
from patients.queries import take_snapshot
from tests.ildcare.record.test_entering import VALID, amend, clock, question_of, send, stored, token_of, tokens
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
UNDO = re.compile(r'action="(/patients/\d+/undo/\d+)".*?name="context_token" value="([^"]+)"', re.DOTALL)


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


def page_of(browser, address: str) -> str:
    return browser.get(address).content.decode()


def words_at(browser, address: str) -> str:
    """What a reader sees of the page."""
    return words_of(browser.get(address))


def undo_of(browser, patient) -> tuple[str, dict[str, str]]:
    """Address and token of the undoing that the page offers."""
    found = UNDO.search(page_of(browser, f"/patients/{patient.pk}/"))
    assert found is not None
    return found.group(1), {"context_token": found.group(2)}


def undo(browser, patient, **more: Any):
    address, token = undo_of(browser, patient)
    return browser.post(address, token, **more)


def standing(patient: Patient) -> list[Any]:
    now = timezone.now()
    return list(take_snapshot(patient, now, now).all_facts)


# -- the menu ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "round", "results", "treatments"])
def test_menu_stands_on_every_page_of_the_patient_and_its_forms_know_the_page(browser, patient, path):
    here = f"/patients/{patient.pk}/{path}"
    page = page_of(browser, here)
    assert page.count('class="add"') == 1
    link = f"/patients/{patient.pk}/enter/support?{urlencode({'next': here})}"
    assert f'href="{link}"' in page
    assert f'name="next" value="{here}"' in page_of(browser, link)


def test_menu_of_a_nurse_has_what_a_nurse_may_send(client, patient, ward):
    client.force_login(make_user("nurse", Role.NURSE, ward))
    page = page_of(client, f"/patients/{patient.pk}/")
    assert set(re.findall(rf'href="/patients/{patient.pk}/enter/(\w+)\?next', page)) == {
        *("results", "other_test", "finding", "support", "first_facts", "admission", "discharge")
    }


def test_the_past_offers_nothing(browser, patient):
    assert 'class="add"' not in page_of(browser, f"/patients/{patient.pk}/results?at=2024-01-02T00:00")


# -- the way back -----------------------------------------------------------------------------------------------------


def test_a_form_returns_to_where_it_was_opened(browser, patient):
    for path in ("round", "results?days=7", "treatments", ""):
        here = f"/patients/{patient.pk}/{path}"
        answer = send(browser, patient, "support", on=clock(minutes=len(path) + 1), level="room_air", next=here)
        assert (answer.status_code, answer["Location"]) == (302, here)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/",
        "//example.org/patients/1/",
        "/\\example.org",
        "javascript:alert(1)",
        "http:///example.org",
        "/sign-out",
        "/patients/{other}/",
        "/patients/{own}/facts/measurement:0000000001",
        "/nowhere",
        "patients/{own}/results",
    ],
)
def test_next_leaves_neither_the_site_nor_the_patient(browser, patient, ward, elsewhere):
    other = make_patient("E-2", None, ward)
    address = elsewhere.format(other=other.pk, own=patient.pk)
    page = page_of(browser, f"/patients/{patient.pk}/enter/support?{urlencode({'next': address})}")
    assert f'name="next" value="/patients/{patient.pk}/"' in page
    assert send(browser, patient, "support", **VALID["support"], next=address)["Location"] == f"/patients/{patient.pk}/"


def test_the_content_of_every_page_of_the_patient_is_put_in_place(browser, patient):
    """What is being typed there meanwhile is carried over by the script (tests/browser/test_slow_server.py)."""
    htmx = {"HX-Request": "true"}
    for n, path in enumerate(("round", "results", "morning"), 5):
        here = f"/patients/{patient.pk}/{path}"
        token = token_of(browser, f"/patients/{patient.pk}/enter/support")
        fields = {**token, "on": clock(minutes=n), "level": "room_air", "next": here}
        answer = browser.post(f"/patients/{patient.pk}/record/support", fields, headers=htmx)
        assert (answer.status_code, answer["Location"], answer.get("HX-Redirect")) == (302, here, None)


# -- saved, and undone ------------------------------------------------------------------------------------------------


def test_what_was_saved_is_said_with_the_answer_of_the_chart(browser, patient):
    send(browser, patient, "onset", day=day(20))
    send(browser, patient, "support", **VALID["support"])
    for path in ("", "results", "treatments", "round"):
        words = words_at(browser, f"/patients/{patient.pk}/{path}")
        assert "saved: Respiratory support: oxygen, FiO2 0.4 chart unchanged: T1, T2 or T3" in words.replace(
            "T1 or T2 or T3", "T1, T2 or T3"
        )


def test_a_step_that_moved_is_told_with_the_one_before(browser, patient):
    send(browser, patient, "onset", day=day(20))
    words = words_at(browser, f"/patients/{patient.pk}/")
    assert "saved: Respiratory onset: first respiratory symptom" in words
    assert "chart: T1 or T2 or T3 (before: observation or T1 or T2 or T3)" in words


def test_undo_cancels_what_was_stored_and_keeps_both_versions(browser, patient):
    send(browser, patient, "onset", day=day(20))
    assert undo(browser, patient).status_code == 302
    assert [x.status for x in RespiratoryOnset.objects.order_by("version")] == ["final", "cancelled"]
    assert standing(patient) == []
    words = words_at(browser, f"/patients/{patient.pk}/")
    assert "undone: Respiratory onset" in words
    assert "chart: observation or T1 or T2 or T3 (before: T1 or T2 or T3)" in words
    assert UNDO.search(page_of(browser, f"/patients/{patient.pk}/")) is None


def test_undo_of_a_new_dose_lets_the_old_one_run_again(browser, patient):
    send(browser, patient, "treatment", **{**VALID["treatment"], "on": clock(days=9), "dose": "60"})
    send(browser, patient, "treatment", **VALID["treatment"], replaces="on")
    assert [(x.dose, x.stop) for x in standing(patient)][1] == (Decimal(50), None)
    assert standing(patient)[0].stop is not None
    undo(browser, patient)
    assert [(x.dose, x.stop) for x in standing(patient)] == [(Decimal(60), None)]


@pytest.mark.parametrize(("seconds", "status"), [(299, 302), (301, 422)])
def test_undo_is_there_for_five_minutes(browser, patient, seconds, status):
    send(browser, patient, "support", **VALID["support"])
    address, token = undo_of(browser, patient)
    used = NonceUse.objects.get(result__entry="support").used_at
    with time_machine.travel(used + timedelta(seconds=seconds), tick=False):
        answer = browser.post(address, token)
        offered = "Undo" in words_at(browser, f"/patients/{patient.pk}/")
    assert answer.status_code == status
    assert RespiratorySupport.objects.count() == (2 if status == 302 else 1)
    assert not offered
    if status == 422:
        assert "for five minutes" in answer.content.decode()


def test_undo_of_what_was_changed_meanwhile_is_refused_in_words(browser, patient):
    send(browser, patient, "results", **VALID["results"])
    address, token = undo_of(browser, patient)
    row = Measurement.objects.get()
    amend(browser, row, "correct", tokens(browser, row), value="1240", unit="ng/mL", reason="typing error")
    answer = browser.post(address, token)
    assert answer.status_code == 422
    assert "changed, cancelled or done since: Ferritin 890" in answer.content.decode()
    assert [x.status for x in Measurement.objects.order_by("version")] == ["final", "corrected"]


def test_undo_in_two_tabs_and_sent_again_counts_once(browser, patient):
    send(browser, patient, "support", **VALID["support"])
    address, first = undo_of(browser, patient)
    _same, second = undo_of(browser, patient)
    assert browser.post(address, first).status_code == 302
    assert browser.post(address, first).status_code == 302
    assert browser.post(address, second).status_code == 422
    assert RespiratorySupport.objects.count() == 2


def test_an_entry_that_was_undone_and_is_sent_again_by_back_stays_undone(browser, patient):
    token = token_of(browser, f"/patients/{patient.pk}/enter/support")
    send(browser, patient, "support", token=token, **VALID["support"])
    undo(browser, patient)
    assert send(browser, patient, "support", token=token, **VALID["support"]).status_code == 302
    assert standing(patient) == []


def test_nobody_undoes_the_entry_of_another(browser, patient, ward):
    send(browser, patient, "support", **VALID["support"])
    address, token = undo_of(browser, patient)
    colleague = Client()
    colleague.force_login(make_user("colleague", Role.PHYSICIAN, ward))
    assert "Undo" not in words_at(colleague, f"/patients/{patient.pk}/")
    assert colleague.post(address, token).status_code == 409
    assert RespiratorySupport.objects.count() == 1


def test_a_nurse_undoes_an_own_slip_and_no_report(client, browser, patient, ward):
    nurse = Client()
    nurse.force_login(make_user("nurse", Role.NURSE, ward))
    send(nurse, patient, "support", **VALID["support"])
    assert undo(nurse, patient).status_code == 302
    send(browser, patient, "onset", day=day(2))
    address, token = undo_of(browser, patient)
    assert nurse.post(address, token).status_code == 403


def test_undo_of_another_patients_entry_is_not_found(browser, patient, ward):
    send(browser, patient, "support", **VALID["support"])
    address, token = undo_of(browser, patient)
    other = make_patient("E-2", None, ward)
    assert browser.post(address.replace(f"/{patient.pk}/", f"/{other.pk}/"), token).status_code == 404


def test_what_was_replaced_at_entry_stands_again_after_undo(browser, patient):
    """12 (46): the value that was there before."""
    fields = {**VALID["results"], "value_ferritin": "890"}
    send(browser, patient, "results", **fields)
    other = {**fields, "value_ferritin": "980"}
    asked = send(browser, patient, "results", **other).content.decode()
    choice = re.search(r'value="(replace:[0-9a-f]+)"', asked)
    assert choice is not None
    assert send(browser, patient, "results", **other, at_once=choice.group(1)).status_code == 302
    assert [x.typed for x in standing(patient)] == ["980 ng/mL"]
    undo(browser, patient)
    assert [x.typed for x in standing(patient)] == ["890 ng/mL"]


# -- first facts ------------------------------------------------------------------------------------------------------


def nine_facts() -> dict[str, str]:
    return {
        "respiratory_onset-day": day(18),
        "diagnosis-day": day(1),
        "diagnosis-myositis": "DM",
        "anti_mda5-day": day(1),
        "anti_mda5-code": "anti_mda5",
        "anti_mda5-result": "positive",
        "anti_ars-day": day(1),
        "anti_ars-code": "anti_ars",
        "anti_ars-result": "negative",
        "ferritin-on": clock(hours=2),
        "ferritin-value_ferritin": "1240",
        "ferritin-unit_ferritin": "ng/mL",
        "ferritin-value_kl6": "860",
        "ferritin-unit_kl6": "U/mL",
        "hrct-day": day(1),
        "hrct-ggo": "yes",
        "hrct-consolidation": "lower",
        "hrct-change": "first",
        "pao2-on": clock(hours=1),
        "pao2-value_pao2": "71",
        "pao2-unit_pao2": "mmHg",
        "pao2-fio2": "0.21",
        "pao2-value_vc": "2.1",
        "pao2-unit_vc": "L",
        "dyspnoea_on_exertion-on": clock(hours=1),
        "dyspnoea_on_exertion-code": "dyspnoea_on_exertion",
        "dyspnoea_on_exertion-present": "yes",
        "cough-on": clock(hours=1),
        "cough-code": "cough",
    }


def test_the_deciding_facts_are_stored_at_once_each_as_its_own(browser, patient):
    answer = send(browser, patient, "first_facts", **nine_facts())
    assert answer.status_code == 302, re.findall(r"invalid-feedback.*?</", answer.content.decode())
    assert stored() == 10
    assert {x.result for x in AntibodyResult.objects.all()} == {"positive", "negative"}
    assert {x.code for x in Measurement.objects.all()} == {"ferritin", "kl6", "pao2", "vc"}
    assert Finding.objects.get().code == "dyspnoea_on_exertion"
    assert "chart: T3 (before: observation or T1 or T2 or T3)" in words_at(browser, f"/patients/{patient.pk}/")


def test_one_bad_part_keeps_all_of_it_out_and_loses_nothing_typed(browser, patient):
    answer = send(browser, patient, "first_facts", **{**nine_facts(), "pao2-fio2": ""})
    page = answer.content.decode()
    assert (answer.status_code, stored()) == (422, 0)
    assert "needs the FiO2" in page
    assert 'value="1240"' in page
    assert 'value="2.1"' in page


def test_a_part_that_is_begun_is_asked_for_the_rest(browser, patient):
    fields = {"diagnosis-provisional": "on", "diagnosis-day": day(1), "respiratory_onset-day": day(3)}
    assert send(browser, patient, "first_facts", **fields).status_code == 422
    assert stored() == 0


def test_undo_takes_all_of_a_set_back(browser, patient):
    send(browser, patient, "first_facts", **nine_facts())
    undo(browser, patient)
    assert standing(patient) == []
    assert stored() == 20


def test_doubt_is_asked_about_within_its_part(browser, patient):
    fields = {**nine_facts(), "ferritin-value_ferritin": "25000"}
    asked = send(browser, patient, "first_facts", **fields)
    assert (asked.status_code, stored()) == (422, 0)
    again = send(browser, patient, "first_facts", **fields, **{"ferritin-confirmed": question_of(asked)})
    assert (again.status_code, stored()) == (302, 10)


def test_first_facts_sent_again_from_another_page_are_asked_about(browser, patient):
    fields = nine_facts()
    token = token_of(browser, f"/patients/{patient.pk}/enter/first_facts")
    for _ in range(2):
        assert send(browser, patient, "first_facts", token=token, **fields).status_code == 302
    assert stored() == 10
    answer = send(browser, patient, "first_facts", **fields)
    assert (answer.status_code, stored()) == (422, 10)
    assert "Recorded already" in answer.content.decode()


def test_a_nurse_is_asked_only_what_a_nurse_may_tell(client, patient, ward):
    client.force_login(make_user("nurse", Role.NURSE, ward))
    page = page_of(client, f"/patients/{patient.pk}/enter/first_facts")
    assert set(re.findall(r'id="part-(\w+)"', page)) == {"ferritin", "pao2", "dyspnoea_on_exertion", "cough"}
    send(client, patient, "first_facts", **nine_facts())
    assert {x.KIND for table in FACT_TABLES.values() for x in table.objects.all()} == {"measurement", "finding"}


def test_an_empty_record_asks_for_what_the_walk_lacks_and_ticks_what_is_known(browser, patient):
    address = f"/patients/{patient.pk}/"
    page = page_of(browser, address)
    assert page.count('<li class="lacking">') == 9
    assert 'id="results"' not in page
    assert 'id="treatments"' not in page
    send(browser, patient, "onset", day=day(18))
    send(browser, patient, "diagnosis", day=day(1), myositis="DM")
    page = page_of(browser, address)
    lacking = re.findall(r'<li class="lacking">.*?<a[^>]*>\s*(.*?)\s*</a>', page, re.DOTALL)
    assert lacking == ["anti-MDA5", "Ferritin, KL-6", "HRCT report", "PaO2, VC"]
    assert "Diagnosis: dermatomyositis" in page
    send(browser, patient, "antibody", day=day(1), code="anti_mda5", result="negative")
    assert 'id="first-facts"' in page_of(browser, address)
    send(browser, patient, "results", **{**VALID["results"], "value_ferritin": "1240"})
    assert 'id="first-facts"' not in page_of(browser, address)  # the chart has its answer


@pytest.mark.parametrize("what", ["death", "lung_transplant"])
def test_nothing_is_asked_for_once_care_has_ended(browser, patient, physician, what):
    address = f"/patients/{patient.pk}/"
    assert 'id="first-facts"' in page_of(browser, address)
    record_outcome(patient=patient, by=physician, at=timezone.now(), what=what)
    assert 'id="first-facts"' not in page_of(browser, address)


def test_an_item_of_the_checklist_opens_its_form_at_its_place(browser, patient):
    page = page_of(browser, f"/patients/{patient.pk}/enter/antibody?code=anti_ars")
    assert re.search(r'<option value="anti_ars"\s+selected', page)
    assert re.search(r'<option value="anti_mda5"\s+selected', page) is None


# -- current drugs ----------------------------------------------------------------------------------------------------


def row(n: int, drug: str, dose: str, unit: str, **more: str) -> dict[str, str]:
    said = {"drug": drug, "dose": dose, "unit": unit, "route": "oral", "day": day(30), **more}
    return {f"drug{n}-{name}": x for name, x in said.items()}


def test_a_list_of_drugs_is_stored_at_once_and_empty_rows_are_none(browser, patient):
    fields = {
        **row(1, "gc", "30", "mg/day", indication="ild"),
        **row(3, "tac", "3", "mg/day", day=day(12)),
        **row(4, "other", "2", "tablets/day", name="Rebamipide"),
    }
    assert send(browser, patient, "medication", rows="6", **fields).status_code == 302
    found = list(MedicationCourse.objects.order_by("drug"))
    assert [(x.drug, x.dose, x.stop, x.on_is_date) for x in found] == [
        ("gc", 30, None, True),
        ("other", 2, None, True),
        ("tac", 3, None, True),
    ]
    assert found[0].indication == "ild"


def test_doses_are_asked_about_in_their_row(browser, patient):
    """13 (91)."""
    fields = {**row(1, "gc", "300", "mg/day"), **row(2, "tmp_smx", "1", "tablets/day")}
    asked = send(browser, patient, "medication", **fields)
    assert (asked.status_code, stored()) == (422, 0)
    page = asked.content.decode()
    first = page[page.index('id="part-drug1"') : page.index('id="part-drug2"')]
    assert "unusual dose" in first
    answer = send(browser, patient, "medication", **fields, **{"drug1-confirmed": question_of(asked)})
    assert (answer.status_code, stored()) == (302, 2)


def test_drugs_of_one_list_are_asked_about_together(browser, patient):
    """Specification 8: two calcineurin inhibitors."""
    fields = {**row(1, "csa", "200", "mg/day"), **row(2, "tac", "3", "mg/day")}
    page = send(browser, patient, "medication", **fields).content.decode()
    assert "meant together" in page[page.index('id="part-drug2"') :]
    assert stored() == 0


def test_the_same_drug_twice_is_refused(browser, patient):
    twice = {**row(1, "gc", "30", "mg/day"), **row(2, "gc", "5", "mg/day")}
    assert "twice" in send(browser, patient, "medication", **twice).content.decode()
    assert stored() == 0


def test_a_drug_that_is_recorded_as_going_on_is_not_doubled(browser, patient):
    send(browser, patient, "treatment", **VALID["treatment"])
    answer = send(browser, patient, "medication", **row(1, "gc", "30", "mg/day"))
    assert (answer.status_code, stored()) == (422, 1)
    assert "Recorded as going on since" in answer.content.decode()


def test_a_drug_of_the_list_ends_its_earlier_dose(browser, patient):
    send(browser, patient, "treatment", **{**VALID["treatment"], "on": clock(days=40)})
    assert send(browser, patient, "medication", **row(1, "gc", "30", "mg/day")).status_code == 302
    assert [(x.dose, x.stop is None) for x in standing(patient)] == [(50, False), (30, True)]


def test_more_rows_keep_what_was_typed_and_store_nothing(browser, patient):
    answer = send(browser, patient, "medication", more="rows", rows="6", **row(6, "gc", "30", "mg/day"))
    page = answer.content.decode()
    assert (answer.status_code, stored()) == (200, 0)
    assert page.count('<fieldset class="part"') == 10
    assert re.search(r'name="drug6-dose" value="30"', page)
    assert re.search(r'<option value="gc"\s+selected', page)


@pytest.mark.parametrize("rows", ["0", "999", "-1", "x", "１２"])
def test_an_impossible_number_of_rows_is_the_usual_one(browser, patient, rows):
    answer = send(browser, patient, "medication", rows=rows, **row(1, "gc", "30", "mg/day"))
    assert (answer.status_code, stored()) == (302, 1)


def test_a_row_without_its_day_is_refused(browser, patient):
    answer = send(browser, patient, "medication", **row(1, "gc", "30", "mg/day", day=""))
    assert (answer.status_code, stored()) == (422, 0)


# -- series -----------------------------------------------------------------------------------------------------------


def taper(**more: str) -> dict[str, str]:
    return {"dose_from": "50", "dose_to": "30", "step": "10", "every": "14", "day": day(0), **more}


def tasks_of(patient) -> list[tuple[str, int]]:
    today = timezone.localdate()
    return [(x.text, (x.due - today).days) for x in CareTask.objects.filter(patient=patient).open().order_by("due")]


def test_a_taper_records_what_began_and_plans_the_rest(browser, patient):
    assert send(browser, patient, "taper", **taper()).status_code == 302
    assert [(x.drug, x.dose, x.stop) for x in standing(patient)] == [("gc", 50, None)]
    assert tasks_of(patient) == [
        ("Glucocorticoid taper, dose 2 of 3: 40 mg/day from today", 14),
        ("Glucocorticoid taper, dose 3 of 3: 30 mg/day from today", 28),
    ]


def test_doses_of_a_taper_that_have_passed_are_courses_one_after_the_other(browser, patient):
    send(browser, patient, "taper", **taper(day=day(20)))
    found = standing(patient)
    assert [x.dose for x in found] == [50, 40]
    assert found[0].stop == found[1].day - timedelta(days=1)
    assert found[1].stop is None
    assert [n for _text, n in tasks_of(patient)] == [8]


def test_a_taper_from_the_dose_that_runs_goes_on_from_it(browser, patient):
    send(browser, patient, "treatment", **{**VALID["treatment"], "on": clock(days=9)})
    assert send(browser, patient, "taper", **taper()).status_code == 302
    assert [(x.dose, x.stop) for x in standing(patient)] == [(50, None)]
    assert len(tasks_of(patient)) == 2


def test_a_taper_ends_a_higher_dose_that_runs(browser, patient):
    send(browser, patient, "treatment", **{**VALID["treatment"], "on": clock(days=9), "dose": "60"})
    send(browser, patient, "taper", **taper())
    assert [(x.dose, x.stop is None) for x in standing(patient)] == [(60, False), (50, True)]


def test_a_taper_of_the_future_claims_nothing(browser, patient):
    ahead = (timezone.localdate() + timedelta(days=3)).isoformat()
    assert send(browser, patient, "taper", **taper(day=ahead)).status_code == 302
    assert stored() == 0
    assert [n for _text, n in tasks_of(patient)] == [3, 17, 31]


def test_steps_that_do_not_fit_end_at_the_lowest_dose(browser, patient):
    send(browser, patient, "taper", **taper(dose_to="25", step="10"))
    assert [x.partition(": ")[2] for x, _n in tasks_of(patient)] == [
        f"{dose} mg/day from today" for dose in (40, 30, 25)
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"dose_to": "60"}, {"step": "0"}, {"step": "0.001"}, {"every": "0"}, {"day": "2099-01-01"}, {"dose_from": ""}],
)
def test_an_impossible_taper_is_refused(browser, patient, wrong):
    assert send(browser, patient, "taper", **taper(**wrong)).status_code == 422
    assert (stored(), CareTask.objects.count()) == (0, 0)


def test_an_unusual_dose_of_a_taper_is_asked_about(browser, patient):
    asked = send(browser, patient, "taper", **taper(dose_from="200", step="100"))
    assert (asked.status_code, stored()) == (422, 0)
    answer = send(browser, patient, "taper", **taper(dose_from="200", step="100"), confirmed=question_of(asked))
    assert answer.status_code == 302


def cycles(**more: str) -> dict[str, str]:
    return {"dose": "700", "weeks": "4", "number": "6", "day": day(30), **more}


def test_cycles_record_the_doses_given_and_plan_the_others(browser, patient):
    assert send(browser, patient, "cycles", **cycles()).status_code == 302
    assert [(x.drug, x.dose, x.unit, x.route, x.stop) for x in standing(patient)] == [
        ("ivcy", 700, "mg", "iv", timezone.localdate() - timedelta(days=30)),
        ("ivcy", 700, "mg", "iv", timezone.localdate() - timedelta(days=2)),
    ]
    assert tasks_of(patient) == [(f"IVCY {n} of 6: 700 mg", 26 + 28 * (n - 3)) for n in (3, 4, 5, 6)]


def test_cycles_nearer_than_ten_days_are_asked_about(browser, patient):
    """13 (91)."""
    assert send(browser, patient, "cycles", **cycles(weeks="1")).status_code == 422
    assert stored() == 0


def test_undo_of_a_plan_takes_its_tasks_back_too(browser, patient):
    send(browser, patient, "treatment", **{**VALID["treatment"], "on": clock(days=9), "dose": "60"})
    send(browser, patient, "taper", **taper())
    assert undo(browser, patient).status_code == 302
    assert [(x.dose, x.stop) for x in standing(patient)] == [(60, None)]
    assert {x.outcome for x in CareTask.objects.all()} == {"not_needed"}


# -- as last time -----------------------------------------------------------------------------------------------------


def test_the_last_support_stands_ready_and_claims_nothing(browser, patient):
    then = {"on": clock(days=1), "level": "oxygen", "flow": "2", "device": "nasal_cannula"}
    send(browser, patient, "support", **then)
    page = page_of(browser, f"/patients/{patient.pk}/enter/support")
    link = re.search(r'href="([^"]*\?like=[^"]*)"', page)
    assert link is not None
    assert re.search(r'name="flow" value', page) is None
    filled = page_of(browser, link.group(1).replace("&amp;", "&"))
    assert re.search(r'name="flow" value="2', filled)
    assert re.search(r'<option value="nasal_cannula"\s+selected', filled)
    assert f'value="{clock(days=1)}"' not in filled
    assert stored() == 1


def test_nothing_of_another_patient_or_kind_is_taken_over(browser, patient, ward):
    other = make_patient("E-2", None, ward)
    send(browser, other, "support", on=clock(days=1), level="oxygen", flow="2", device="nasal_cannula")
    reference = RespiratorySupport.objects.get().reference
    for like in (reference, "finding:0000000001", "x", ""):
        page = page_of(browser, f"/patients/{patient.pk}/enter/support?{urlencode({'like': like})}")
        assert "nasal_cannula" in page
        assert re.search(r'name="flow" value', page) is None
