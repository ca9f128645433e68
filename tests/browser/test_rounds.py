"""A round in a browser: begun from the list, patient after patient, by mouse, key and swipe; nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ildcare.evaluation.sweep import evaluate_patients
from patients.actions import record_facts, start_round
from patients.models import CareTask, Decision, RoundDraft, RoundVisit, VisitTakenBack, WardRound
from tests.browser.menu import loaded_anew, still
from tests.faults.processes import wait_for
from tests.monitoring.stored import today
from tests.reading import plain
from tests.story import Story


@pytest.fixture
def going_on(signed_in: Page, live_server, physician, undecided, other) -> Page:
    """The round page of the first of two patients."""
    ward_round = start_round(by=physician, order=[undecided.pk, other.pk])
    signed_in.goto(f"{live_server.url}/patients/{undecided.pk}/round?round={ward_round.pk}")
    return signed_in


def settle_step(patient) -> None:
    record_facts(patient=patient, facts=Story().ferritin(today(), "1679").versions, by=None, source="test")
    evaluate_patients([patient.pk])


def on_triple_therapy(page: Page, patient) -> None:
    """T3 runs since 16 days: "unchanged" leads to T4."""
    start = today() - 16
    story = Story().ferritin(start, "1679").drug(start, "gc").drug(start, "csa").drug(start, "ivcy")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    page.reload()


def test_from_the_list_to_everybody_seen(signed_in: Page, live_server, undecided, other, faults):
    page = signed_in
    page.goto(live_server.url)
    page.get_by_role("link", name="Start round").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".roundbar")).to_contain_text("1 of 2")
    first = page.locator("header.identity h1").inner_text()
    page.locator("#id_note").fill("dyspnoea the same")
    page.locator("#id_plan").fill("gas tomorrow")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".roundbar")).to_contain_text("2 of 2")
    assert page.locator("header.identity h1").inner_text() != first
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("main")).to_contain_text("2 of 2 seen")
    assert sorted(RoundVisit.objects.values_list("note", "plan")) == [("", ""), ("dyspnoea the same", "gas tomorrow")]
    page.get_by_role("button", name="End the round").click()
    expect(page).to_have_url(f"{live_server.url}/")
    assert WardRound.objects.get().finished_at is not None


def test_override_asks_for_its_reason_and_keeps_what_is_typed(going_on: Page, live_server, undecided, faults):
    page = going_on
    settle_step(undecided)
    page.reload()
    page.locator("[name=decision][value=override]").check()
    page.locator("#id_note").fill("typed before")
    with page.expect_response(lambda x: x.url.endswith("/seen")) as answer:
        page.get_by_role("button", name="Sign, stay here").click()
    assert answer.value.status == 422
    faults.expect(422)
    expect(page.locator("#round-form .is-invalid").first).to_be_visible()
    expect(page.locator("#id_note")).to_have_value("typed before")
    page.locator("#id_code").select_option("infection")
    page.get_by_label("In words").fill("CMV antigenaemia")
    page.get_by_role("button", name="Sign, stay here").click()
    expect(page.locator(".roundbar")).to_contain_text("✓ seen")
    decision = Decision.objects.get()
    assert (decision.accepted, decision.code, decision.reason) == (False, "infection", "CMV antigenaemia")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    expect(page.locator(".override s")).to_be_visible()


def test_keys_lead_through_the_round(going_on: Page, undecided, other, faults):
    page = going_on
    page.keyboard.press("j")
    page.wait_for_url(f"**/patients/{other.pk}/round*")  # loaded: before that the page knows no key
    page.keyboard.press("k")
    page.wait_for_url(f"**/patients/{undecided.pk}/round*")
    page.keyboard.press("w")
    page.keyboard.type("jk?")
    expect(page.locator("#id_note")).to_have_value("jk?")  # letters in a field are letters
    expect(page.locator("#draft")).to_contain_text("Draft kept")  # nothing is on its way when the test ends
    page.locator("#id_note").blur()
    page.keyboard.press("s")  # to the button; it takes a second key to sign
    expect(page.locator("#round-form button[value=next]")).to_be_focused()
    assert not RoundVisit.objects.exists()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next patient")


def test_62_keys_choose_and_enter_signs_what_is_chosen(going_on: Page, undecided, other, faults):
    page = going_on
    settle_step(undecided)
    page.reload()
    page.keyboard.press("x")
    expect(page.locator("[name=decision][value=override]")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator("[name=decision][value=accept]")).to_be_checked()
    expect(page.locator("#signs")).to_contain_text("You sign: T3 followed")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))
    expect(page.locator("#signed")).to_contain_text("T3 followed")
    assert Decision.objects.get().accepted is True


def test_62_enter_without_a_choice_says_that_no_decision_is_signed(going_on: Page, undecided, other, faults):
    page = going_on
    settle_step(undecided)
    page.reload()
    expect(page.locator("#signs")).to_contain_text("no decision")
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))
    expect(page.locator("#signed")).to_contain_text("no decision; improvement not judged")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(f"/patients/{undecided.pk}/round"))
    expect(page.locator("main")).to_contain_text("The signature was taken back")
    assert (RoundVisit.objects.count(), VisitTakenBack.objects.count()) == (1, 1)


def test_62_the_consequence_stands_beside_the_choice_and_the_page_stays(going_on: Page, undecided, faults):
    page = going_on
    on_triple_therapy(page, undecided)
    unchanged = page.locator("label.pick", has=page.locator("[name=improvement][value=unchanged]"))
    expect(unchanged).to_contain_text("then T4")
    unchanged.click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#signed")).to_contain_text("step moved from T3 to T4")
    expect(page).to_have_url(re.compile(f"/patients/{undecided.pk}/round"))
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".roundbar")).to_contain_text("2 of 2")


def test_a_choice_about_one_answer_is_never_one_about_another(going_on: Page, undecided, faults):
    """The judgement turns the decision to the answer that follows; what was chosen about the former one is let go."""
    page = going_on
    on_triple_therapy(page, undecided)
    step, none = page.locator("[name=step]"), page.locator("[name=decision][value='']")
    page.keyboard.press("a")
    expect(page.locator("#signs")).to_have_text("You sign: T3 followed")
    page.keyboard.press("u")
    expect(none).to_be_checked()
    expect(page.locator("#question")).to_have_text("Chart’s answer, then T4")
    expect(step).to_have_value("T4")
    expect(page.locator("#signs")).to_contain_text("unchanged on T3; the chart’s answer becomes T4; no decision")
    page.keyboard.press("x")
    page.keyboard.press("i")
    expect(none).to_be_checked()
    expect(step).to_have_value("T3")
    expect(page.locator("#question")).to_have_text("Chart’s answer: T3")
    page.keyboard.press("u")
    page.keyboard.press("x")
    page.locator("#id_code").select_option("infection")
    page.locator("#id_reason").fill("CMV 14 cells")
    expect(page.locator("#signs")).to_contain_text("T4 not followed, infection")
    expect(page.locator("#signs")).to_contain_text("The answer moves: you stay to see it.")
    page.locator("#id_reason").press("Enter")
    expect(page.locator("#signed")).to_contain_text("T4 not followed, CMV 14 cells; improvement: unchanged")
    expect(page).to_have_url(re.compile(f"/patients/{undecided.pk}/round"))
    assert (Decision.objects.get().step, Decision.objects.get().accepted) == ("T4", False)


def test_on_a_telephone_the_bar_is_opened_by_one_button_and_two_taps_on_it_sign_nothing(
    going_on: Page, undecided, other, faults
):
    page = going_on
    on_triple_therapy(page, undecided)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator(".brief")).to_contain_text("T3 day 16")
    sign = page.get_by_role("button", name="Sign", exact=True)
    expect(sign).to_be_hidden()
    page.locator("#decide").dblclick()
    expect(sign).to_be_hidden()
    page.locator("#decide").click()
    expect(sign).to_be_in_viewport()
    page.locator("#id_note").fill("seen at the bedside")
    page.mouse.wheel(0, 20_000)
    expect(page.locator(".brief")).to_be_in_viewport()
    expect(sign).to_be_in_viewport()
    assert not RoundVisit.objects.exists()
    sign.click()
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))
    expect(page.locator("#signed")).to_contain_text("note kept")
    assert RoundVisit.objects.get().patient == undecided


def test_without_scripts_the_bar_is_a_form_like_any_other(browser, going_on: Page, live_server, undecided):
    state = going_on.context.storage_state()
    with browser.new_context(
        java_script_enabled=False, storage_state=state, viewport={"width": 390, "height": 844}
    ) as c:
        page = c.new_page()
        page.goto(f"{live_server.url}/patients/{undecided.pk}/round")
        page.locator("#id_note").fill("typed without a script")
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.locator("#signed")).to_contain_text("note kept")
    assert RoundVisit.objects.get().note == "typed without a script"


# the field with the cursor, where the bar at the foot of the window stands before it
COVERED = """() => {
    const [field, dock] = [document.activeElement, document.querySelector(".dock")];
    return !dock.contains(field) && field.closest("main")
        && field.getBoundingClientRect().bottom > dock.getBoundingClientRect().top + 1 && field.outerHTML.slice(0, 120);
}"""


def test_every_action_of_the_round_is_reached_with_the_tab_key_and_not_covered(going_on: Page, faults):
    page = going_on
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => document.activeElement.name || document.activeElement.rel || document.activeElement.innerText"
        )
        reached.add(str(name).strip())
        assert not page.evaluate(COVERED)
    assert {"note", "plan", "go", "text", "due", "next"} <= reached


def test_a_swipe_goes_to_the_next_patient(going_on: Page, other, faults):
    page = going_on
    swipe = """([from, to]) => {
        const place = document.querySelector("#changes h2");
        const at = (x) => new Touch({ identifier: 1, target: place, clientX: x, clientY: 300 });
        const send = (kind, x) => place.dispatchEvent(new TouchEvent(kind,
            { bubbles: true, touches: kind === "touchend" ? [] : [at(x)], changedTouches: [at(x)] }));
        send("touchstart", from); send("touchend", to);
    }"""
    page.evaluate(swipe, [300, 260])
    expect(page.locator(".roundbar")).to_contain_text("1 of 2")
    page.evaluate(swipe, [320, 120])
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))


def test_a_draft_is_kept_while_typing_and_when_the_page_is_left(going_on: Page, undecided, other, faults):
    page = going_on
    page.locator("#id_note").press_sequentially("half a sentence", delay=5)
    expect(page.locator("#draft")).to_contain_text("Draft kept", timeout=10_000)
    assert RoundDraft.objects.get().note == "half a sentence"
    page.locator("#id_note").press_sequentially(" and more", delay=1)
    page.locator(".roundbar a[rel=next]").click()
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))
    wait_for(lambda: RoundDraft.objects.get().note == "half a sentence and more", "what was sent as the page went")
    page.go_back()
    page.reload()
    expect(page.locator("#id_note")).to_have_value("half a sentence and more")


def test_a_task_is_added_and_ended_in_place_and_equals_a_fresh_load(going_on: Page, faults):
    page = going_on
    page.evaluate("window.sameDocument = true")
    page.get_by_label("New task").fill("order HRCT")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".task-list")).to_contain_text("order HRCT")
    swapped = still(page, "#tasks")
    assert plain(loaded_anew(page, "#tasks")) == plain(swapped)
    page.locator(".task-list summary").click()
    page.locator(".task-list").get_by_role("button", name="Save").click()
    expect(page.locator("#tasks")).to_contain_text("No open task")
    assert CareTask.objects.get().outcome == "done"


def test_what_arrives_meanwhile_is_shown_before_anything_is_signed(going_on: Page, undecided, faults):
    page = going_on
    page.locator("#id_note").fill("typed before")
    settle_step(undecided)
    page.get_by_role("button", name="Sign, stay here").click()
    expect(page.locator(".notice.news")).to_contain_text("1,679")
    faults.expect(422)
    assert not RoundVisit.objects.exists()
    page.get_by_label("I have seen these").check()
    page.get_by_role("button", name="Sign, stay here").click()
    expect(page.locator(".roundbar")).to_contain_text("✓ seen")
    assert RoundVisit.objects.get().note == "typed before"


@pytest.mark.parametrize("width", [820, 390])
def test_targets_of_the_round_can_be_touched(going_on: Page, undecided, width, faults):
    """Buttons, fields and choices are 44 px high."""
    page = going_on
    settle_step(undecided)
    page.reload()
    page.set_viewport_size({"width": width, "height": 900})
    small = page.evaluate(
        """() => [...document.querySelectorAll("main .btn, main .pick, main select, main textarea, .roundbar a,"
            + "main input:not([type=radio]):not([type=hidden])")]
            .filter((x) => x.getClientRects().length && x.getBoundingClientRect().height < 43.5)
            .map((x) => x.outerHTML.slice(0, 120))"""
    )
    assert small == []
