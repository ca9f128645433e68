"""The morning sheet of a patient: what is asked, refused, kept and stored."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from monitoring.models import Alert
from patients.actions import keep_sheet_draft, record_facts
from patients.models import Measurement, NonceUse, Role, SheetDraft
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock
from tests.ildcare.record.test_entering import patient as patient
from tests.ildcare.record.test_values_in_doubt import imported
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
HIDDEN = re.compile(r'<input type="hidden" name="(context_token|draft|shown)"[^>]*?value="([^"]*)"')
BUTTON = re.compile(r'name="do"\s+value="([^"]*)"\s+formaction="[^"]*"\s+data-does="[^"]*"\s*>\s*([^<]*?)\s*<')


def hidden(page: str) -> dict[str, str]:
    """Token, draft and questions of a page as its form carries them."""
    return dict(HIDDEN.findall(page))


def opened(browser, patient, query: str = "") -> dict[str, str]:
    return hidden(browser.get(f"/patients/{patient.pk}/morning{query}").content.decode())


def send(browser, patient, what: str = "record", *, form: dict[str, str] | None = None, **boxes: str):
    fields = {"on": clock(hours=1), "do": "all", **(form or opened(browser, patient)), **boxes}
    return browser.post(f"/patients/{patient.pk}/morning/{what}", fields)


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def buttons(response) -> dict[str, str]:
    """What each button of a question says, and what it does."""
    return {words: does for does, words in BUTTON.findall(page_of(response))}


def stored() -> dict[str, str]:
    return {x.code: str(x.value) for x in Measurement.objects.filter(source="form")}


def test_values_of_several_panels_are_stored_at_once(browser, patient) -> None:
    answer = send(browser, patient, value_ferritin="890", value_crp="2.1", value_platelets="179")
    assert (answer.status_code, answer["Location"]) == (302, f"/patients/{patient.pk}/")
    assert stored() == {"ferritin": "890", "crp": "2.1", "platelets": "179"}
    assert NonceUse.objects.count() == 1
    assert "3 values saved." in page_of(browser.get(answer["Location"]))
    assert len({x.on for x in Measurement.objects.all()}) == 1


def test_the_same_form_sent_twice_counts_once(browser, patient) -> None:
    form = opened(browser, patient)
    for _n in range(2):
        assert send(browser, patient, form=form, value_ferritin="890").status_code == 302
    assert Measurement.objects.count() == 1


def test_full_width_digits_are_read_and_kept_as_typed(browser, patient) -> None:
    send(browser, patient, value_ferritin="８９０", value_bdg="＜６")
    assert stored() == {"ferritin": "890", "bdg": "6"}
    assert Measurement.objects.get(code="bdg").comparator == "<"


def test_a_comma_is_refused_in_words_beside_its_value(browser, patient) -> None:
    answer = send(browser, patient, value_ferritin="1,240", value_crp="2.1")
    assert answer.status_code == 422
    assert "has a comma" in page_of(answer)
    assert 'value="1,240"' in page_of(answer)
    assert stored() == {}


def test_empty_is_not_measured_and_an_empty_sheet_stores_nothing(browser, patient) -> None:
    answer = send(browser, patient)
    assert answer.status_code == 422
    assert "No value was entered." in page_of(answer)


def test_a_reason_in_place_of_a_value_is_stored_as_a_result_without_one(browser, patient) -> None:
    assert send(browser, patient, value_potassium="溶血").status_code == 302
    row = Measurement.objects.get()
    assert (row.value, row.typed_value) == (None, "haemolysed")


# -- questions and refusals -------------------------------------------------------------------------------------------


def test_a_question_comes_back_beside_its_value_before_anything_is_stored(browser, patient) -> None:
    imported(patient, (1, "3310"))
    answer = send(browser, patient, value_ferritin="384", value_crp="2.1")
    assert answer.status_code == 422
    assert "tenfold? The last was 3,310 ng/mL" in page_of(answer)
    assert set(buttons(answer)) == {"It is 3,840", "384 is right"}
    assert stored() == {}


def test_unanswered_the_value_is_stored_as_doubtful_and_closes_no_alert(browser, patient) -> None:
    send(browser, patient, value_ferritin="3310", on=clock(days=2))
    assert Alert.objects.open().filter(patient=patient, rule="FERRITIN_HIGH").exists()
    asked = send(browser, patient, value_ferritin="384")
    answer = send(browser, patient, form=hidden(asked.content.decode()), value_ferritin="384")
    assert answer.status_code == 302
    assert Measurement.objects.get(value=384).confirmed is None
    assert Alert.objects.open().filter(patient=patient, rule="FERRITIN_HIGH").exists()
    assert "Unconfirmed until somebody answers: Ferritin." in page_of(browser.get(answer["Location"]))


def test_answered_it_is_confirmed_by_its_author(browser, patient) -> None:
    send(browser, patient, value_ferritin="3310", on=clock(days=2))
    asked = send(browser, patient, value_ferritin="384")
    form = hidden(asked.content.decode())
    does = buttons(asked)["384 is right"].removeprefix("answer:ferritin:")
    assert send(browser, patient, form=form, value_ferritin="384", answer_ferritin=does).status_code == 302
    assert Measurement.objects.get(value=384).confirmed is True
    assert not Alert.objects.open().filter(patient=patient, rule="FERRITIN_HIGH").exists()


def test_an_answer_is_an_answer_to_its_question_only(browser, patient) -> None:
    imported(patient, (1, "3310"))
    asked = send(browser, patient, value_ferritin="384")
    does = buttons(asked)["384 is right"].removeprefix("answer:ferritin:")
    form = hidden(asked.content.decode())
    assert send(browser, patient, form=form, value_ferritin="390", answer_ferritin=does).status_code == 422
    assert stored() == {}


def test_without_script_a_button_fills_in_the_likely_value(browser, patient) -> None:
    imported(patient, (1, "3310"))
    asked = send(browser, patient, value_ferritin="384")
    form = hidden(asked.content.decode())
    does = buttons(asked)["It is 3,840"]
    answer = send(browser, patient, "check", form=form, value_ferritin="384", do=does)
    assert answer.status_code == 200
    assert re.search(r'name="value_ferritin"\s+value="3840"', page_of(answer))
    assert stored() == {}


def test_a_refused_value_offers_the_unit_that_it_fits(browser, patient) -> None:
    refused = send(browser, patient, value_creatinine="65")
    assert "out of limits" in page_of(refused)
    assert buttons(refused) == {"It is 65 µmol/L: 0.74 mg/dL": "unit:creatinine:umol/L"}
    form = hidden(refused.content.decode())
    assert send(browser, patient, form=form, value_creatinine="65", unit_creatinine="umol/L").status_code == 302
    row = Measurement.objects.get()
    assert (round(row.value, 2), row.typed_value, row.typed_unit) == (Decimal("0.74"), "65", "umol/L")


def test_thousands_are_offered(browser, patient) -> None:
    refused = send(browser, patient, value_ferritin="1.240")
    assert buttons(refused) == {"It is 1,240": "fill:ferritin:1240"}


def test_save_now_stores_what_is_in_order_and_keeps_the_rest(browser, patient) -> None:
    imported(patient, (1, "3310"))
    answer = send(browser, patient, value_ferritin="384", value_creatinine="65", value_crp="2.1", do="now")
    assert (answer.status_code, answer["Location"]) == (302, f"/patients/{patient.pk}/morning")
    assert stored() == {"crp": "2.1"}
    page = page_of(browser.get(answer["Location"]))
    assert "1 value saved. Still here, not saved: Ferritin, Cr." in page
    assert re.search(r'name="value_ferritin"\s+value="384"', page)
    assert re.search(r'name="value_creatinine"\s+value="65"', page)
    assert not re.search(r'name="value_crp"\s+value="2.1"', page)


def test_save_all_stores_nothing_while_something_is_refused(browser, patient) -> None:
    answer = send(browser, patient, value_creatinine="65", value_crp="2.1")
    assert answer.status_code == 422
    assert "Not everything can be saved: Cr." in page_of(answer)
    assert stored() == {}


def test_the_same_value_again_is_asked_about(browser, patient) -> None:
    on = clock(hours=2)
    send(browser, patient, value_crp="2.1", on=on)
    asked = send(browser, patient, value_crp="2.1", on=on)
    assert "Recorded already" in page_of(asked)
    form = hidden(asked.content.decode())
    assert send(browser, patient, form=form, value_crp="2.1", on=on).status_code == 422
    does = buttons(asked)["Store it a second time"].removeprefix("answer:crp:")
    assert send(browser, patient, form=form, value_crp="2.1", on=on, answer_crp=does).status_code == 302
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize(("which", "standing"), [("replace it", ["2.3"]), ("keep both", ["2.1", "2.3"])])
def test_another_value_of_the_same_moment_is_chosen_about(browser, patient, which, standing) -> None:
    on = clock(hours=2)
    send(browser, patient, value_crp="2.1", on=on)
    asked = send(browser, patient, value_crp="2.3", on=on)
    assert "is recorded as 2.1 mg/dL, not 2.3 mg/dL" in page_of(asked)
    does = next(x for words, x in buttons(asked).items() if words.startswith(which)).removeprefix("answer:crp:")
    form = hidden(asked.content.decode())
    assert send(browser, patient, form=form, value_crp="2.3", on=on, answer_crp=does).status_code == 302
    assert [str(x.value) for x in Measurement.objects.standing().order_by("value")] == standing


def test_a_nurse_who_may_not_correct_is_not_offered_to_replace(client, browser, patient, ward) -> None:
    on = clock(hours=2)
    send(browser, patient, value_crp="2.1", on=on)
    client.force_login(make_user("nurse", Role.NURSE, ward))
    asked = send(client, patient, value_crp="2.3", on=on)
    assert [x.split(":")[0] for x in buttons(asked)] == ["keep both", "Leave it out"]


# -- oxygen, times, kits, levels --------------------------------------------------------------------------------------


def test_a_gas_needs_its_oxygen_and_air_is_never_assumed(browser, patient) -> None:
    refused = send(browser, patient, value_pao2="63.9")
    assert "needs the FiO2 (0.21 on room air)" in page_of(refused)
    assert 'name="device" value="air" checked' not in page_of(refused)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ({"device": "air"}, (Decimal("0.21"), None, "")),
        ({"device": "high_flow", "fio2": "0.5", "flow": "40"}, (Decimal("0.5"), Decimal(40), "high_flow")),
        ({"device": "nasal_cannula", "flow": "3"}, (None, Decimal(3), "nasal_cannula")),
    ],
)
def test_oxygen_is_told_once_for_gas_and_saturation(browser, patient, boxes, expected) -> None:
    assert send(browser, patient, value_pao2="63.9", value_spo2="90", value_crp="1", **boxes).status_code == 302
    assert {(x.fio2, x.flow, x.device or "") for x in Measurement.objects.exclude(code="crp")} == {expected}
    assert Measurement.objects.get(code="crp").fio2 is None


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ({"device": "air", "fio2": "0.5"}, "Room air is without oxygen"),
        ({"flow": "3"}, "A flow needs the device"),
        ({"fio2": "15"}, "FiO2 is a fraction from 0.21 to 1"),
        ({"flow": "abc", "device": "high_flow"}, "Enter a number."),
    ],
)
def test_oxygen_that_cannot_be_is_refused_and_holds_up_only_what_rests_on_it(browser, patient, boxes, words) -> None:
    refused = send(browser, patient, value_spo2="90", value_crp="1", **boxes)
    assert refused.status_code == 422
    assert words in page_of(refused)
    form = hidden(refused.content.decode())
    assert send(browser, patient, form=form, value_spo2="90", value_crp="1", do="now", **boxes).status_code == 302
    assert stored() == {"crp": "1"}


def test_a_percentage_is_said_to_be_one_before_it_is_stored(browser, patient) -> None:
    asked = send(browser, patient, value_pao2="63.9", device="high_flow", fio2="50")
    assert asked.status_code == 422
    assert "FiO2 50 is taken as 50 %." in page_of(asked)
    form = hidden(asked.content.decode())
    assert send(browser, patient, form=form, value_pao2="63.9", device="high_flow", fio2="50").status_code == 302
    assert Measurement.objects.get().fio2 == Decimal("0.5")


def test_the_ratio_is_shown_as_typed_and_stored_nowhere(browser, patient) -> None:
    answer = send(browser, patient, "check", value_pao2="63.9", device="high_flow", fio2="0.5")
    assert re.search(r'id="ratio">128<', page_of(answer))
    assert not Measurement.objects.exists()


def test_a_panel_has_a_time_of_its_own_on_the_day_of_the_sheet(browser, patient) -> None:
    day = clock(days=1)[:10]
    boxes = {"on": f"{day}T06:30", "clock_respiration": "08:15", "device": "air"}
    send(browser, patient, value_pao2="71", value_crp="1", **boxes)
    times = {x.code: f"{timezone.localtime(x.on):%Y-%m-%dT%H:%M}" for x in Measurement.objects.all()}
    assert times == {"pao2": f"{day}T08:15", "crp": f"{day}T06:30"}


def test_a_time_to_come_is_refused(browser, patient) -> None:
    refused = send(browser, patient, value_crp="1", on=clock(hours=-3))
    assert refused.status_code == 422
    assert stored() == {}
    assert 'value="1"' in page_of(refused)


def test_the_kit_of_the_value_before_stands_ready(browser, patient) -> None:
    send(browser, patient, value_bdg="7.4", kit_bdg="turbidimetric", on=clock(days=2))
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert '<option value="turbidimetric" selected>' in page
    assert '<option value="turbidimetric" selected>turbidimetric, ≤ 11<' in page


def running_csa(patient) -> None:
    story = Story().drug(today() - 6, "csa", dose=Decimal(220), unit="mg/day", route="iv")
    story.test(today() - 2, "csa", "214", route="iv", timing="pre_dose")
    record_facts(patient=patient, facts=story.versions, by=None, source="case_file")


def test_route_and_time_of_the_running_drug_stand_ready_for_its_level(browser, patient) -> None:
    running_csa(patient)
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert "running: 220 mg/day intravenous since" in page
    assert '<option value="iv" selected>' in page
    assert '<option value="pre_dose" selected>' in page
    boxes = {"value_csa": "219", "route_csa": "iv", "timing_csa": "pre_dose", "clock_drug_levels": "00:00"}
    assert "in 200 to 250" in page_of(send(browser, patient, "check", **boxes))
    assert send(browser, patient, **boxes).status_code == 302
    assert (Measurement.objects.get(value=219).route, Measurement.objects.get(value=219).timing) == ("iv", "pre_dose")


def test_a_level_that_fits_no_dose_is_answered_before_it_is_stored(browser, patient) -> None:
    asked = send(browser, patient, value_csa="219", route_csa="iv", timing_csa="pre_dose", value_crp="1")
    assert "Is it the right drug and day?" in page_of(asked)
    form = hidden(asked.content.decode())
    boxes = {"value_csa": "219", "route_csa": "iv", "timing_csa": "pre_dose", "value_crp": "1"}
    assert send(browser, patient, form=form, **boxes).status_code == 422
    assert send(browser, patient, form=form, do="now", **boxes).status_code == 302
    assert stored() == {"crp": "1"}


def test_a_blood_pressure_is_one_box_and_two_values(browser, patient) -> None:
    assert send(browser, patient, value_systolic_bp="１４２／８４").status_code == 302
    assert stored() == {"systolic_bp": "142", "diastolic_bp": "84"}
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert "142/84" in page


@pytest.mark.parametrize("typed", ["142/", "/84", "142/84/3"])
def test_half_a_blood_pressure_is_refused(browser, patient, typed) -> None:
    assert send(browser, patient, value_systolic_bp=typed).status_code == 422
    assert stored() == {}


# -- looking ----------------------------------------------------------------------------------------------------------


def test_looking_stores_nothing_and_answers_for_the_typed_values(browser, patient) -> None:
    imported(patient, (1, "3310"))
    form = opened(browser, patient)
    answer = browser.post(
        f"/patients/{patient.pk}/morning/check",
        {**form, "on": clock(hours=1), "value_ferritin": "384", "value_crp": "2.1", "value_creatinine": "65"},
        headers={"HX-Request": "true"},
    )
    page = page_of(answer)
    assert "<html" not in page
    assert re.search(r'id="told-ferritin"\s+hx-swap-oob="true"', page)
    assert "1 question" in page
    assert "1 refused" in page
    assert re.search(r'id="in-order"[^>]*>1<', page)
    assert not Measurement.objects.filter(source="form").exists()
    assert not SheetDraft.objects.exists()
    assert not NonceUse.objects.exists()


def test_a_form_of_another_patient_is_refused(browser, patient, physician, ward) -> None:
    other = make_patient("E-2", physician, ward)
    form = opened(browser, other)
    for what in ("record", "check", "draft", "drop"):
        assert send(browser, patient, what, form=form, value_crp="1").status_code == 409
    assert stored() == {}


# -- drafts -----------------------------------------------------------------------------------------------------------


def keep(browser, patient, form, **boxes):
    return send(browser, patient, "draft", form=form, **boxes)


def test_what_is_typed_is_kept_and_restored_with_a_word(browser, patient) -> None:
    form = opened(browser, patient)
    assert "kept as a draft" in page_of(keep(browser, patient, form, value_crp="2.1"))
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert "Restored: what you typed until" in page
    assert re.search(r'name="value_crp"\s+value="2.1"', page)
    assert not Measurement.objects.exists()


def test_a_draft_is_its_author_s(browser, client, patient, ward) -> None:
    keep(browser, patient, opened(browser, patient), value_crp="2.1")
    client.force_login(make_user("nurse", Role.NURSE, ward))
    assert "Restored" not in words_of(client.get(f"/patients/{patient.pk}/morning"))


def test_two_pages_never_write_over_each_other(browser, patient) -> None:
    one, two = opened(browser, patient), opened(browser, patient)
    keep(browser, patient, one, value_crp="2.1")
    said = page_of(keep(browser, patient, two, value_ferritin="890"))
    assert "another page of yours has values of this patient too" in said
    assert sorted(str(x.typed.get("value_crp")) for x in SheetDraft.objects.all()) == ["2.1", "None"]
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert re.search(r'name="value_ferritin"\s+value="890"', page)
    other = re.search(r'href="([^"]*\?draft=\d+)"', page).group(1)
    assert re.search(r'name="value_crp"\s+value="2.1"', page_of(browser.get(other)))


def test_a_page_that_goes_on_with_a_draft_takes_it_over(browser, patient) -> None:
    keep(browser, patient, opened(browser, patient), value_crp="2.1")
    later = opened(browser, patient)
    keep(browser, patient, later, value_crp="2.1", value_ck="88")
    assert [x.typed.get("value_ck") for x in SheetDraft.objects.all()] == ["88"]


def test_a_draft_that_another_page_went_on_with_is_not_taken_over(browser, patient) -> None:
    first = opened(browser, patient)
    keep(browser, patient, first, value_crp="2.1")
    later = opened(browser, patient)
    keep(browser, patient, first, value_crp="2.2")
    keep(browser, patient, later, value_crp="2.1", value_ck="88")
    assert sorted(x.typed["value_crp"] for x in SheetDraft.objects.all()) == ["2.1", "2.2"]


def test_storing_uses_the_draft_up_and_a_late_draft_changes_nothing(browser, patient) -> None:
    form = opened(browser, patient)
    keep(browser, patient, form, value_crp="2.1")
    send(browser, patient, form=form, value_crp="2.1")
    assert not SheetDraft.objects.exists()
    assert keep(browser, patient, form, value_crp="2.1").status_code == 204
    assert not SheetDraft.objects.exists()


def test_begin_empty_drops_what_was_restored(browser, patient) -> None:
    keep(browser, patient, opened(browser, patient), value_crp="2.1")
    assert send(browser, patient, "drop", value_crp="2.1").status_code == 302
    assert not SheetDraft.objects.exists()


def test_what_stands_ready_is_no_draft(browser, patient) -> None:
    keep(browser, patient, opened(browser, patient), kit_bdg="turbidimetric")
    assert not SheetDraft.objects.exists()


def test_only_the_newest_twenty_drafts_are_kept(patient, physician) -> None:
    for n in range(22):
        keep_sheet_draft(patient=patient, by=physician, page=f"p{n}", typed={"value_crp": str(n)})
    assert {x.typed["value_crp"] for x in SheetDraft.objects.all()} == {str(n) for n in range(2, 22)}
