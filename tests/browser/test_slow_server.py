"""While the server thinks: no key, no press and no word is lost, and the last question is the one that is answered."""

from __future__ import annotations

import re
from threading import Event

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.actions import add_task, start_round
from patients.models import CareTask, Judgement, Measurement, RoundDraft, RoundVisit, SheetDraft
from tests.browser.menu import UNDER_WAY, open_form
from tests.browser.people import admitted, tell, two_kits_of_kl6
from tests.browser.slow import Held
from tests.faults.processes import wait_for
from tests.monitoring.stored import today
from tests.story import Story


@pytest.fixture
def going_on(signed_in: Page, live_server, physician, undecided, other) -> Page:
    """The round page of the first of two patients."""
    ward_round = start_round(by=physician, order=[undecided.pk, other.pk])
    signed_in.goto(f"{live_server.url}/patients/{undecided.pk}/round?round={ward_round.pk}")
    return signed_in


@pytest.fixture
def treated(ward, physician):
    """Months of values: their charts have days to choose from."""
    return admitted("B-7", physician, ward, two_kits_of_kl6(), family_name="Nakamura", given_name="Kazuko")


@pytest.fixture
def record(live_server, undecided) -> str:
    """Address of the patient's page."""
    return f"{live_server.url}/patients/{undecided.pk}/"


# -- the round --------------------------------------------------------------------------------------------------------


def test_the_buttons_that_sign_answer_while_a_draft_is_on_its_way(going_on: Page, other) -> None:
    page = going_on
    drafts = Held(page, "**/round/draft")
    page.locator("#id_note").press_sequentially("dyspnoea the same")
    drafts.wait()
    sign = page.get_by_role("button", name="Sign", exact=True)
    assert sign.is_enabled()
    page.locator("#id_note").blur()
    page.keyboard.press("s")
    expect(sign).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/patients/{other.pk}/round"))
    assert RoundVisit.objects.get().note == "dyspnoea the same"


def test_what_is_typed_while_a_draft_is_on_its_way_is_kept_as_the_page_goes(going_on: Page, live_server) -> None:
    page = going_on
    drafts = Held(page, "**/round/draft")
    page.locator("#id_note").press_sequentially("half a sentence")
    drafts.wait()
    page.locator("#id_note").press_sequentially(" and more")
    page.evaluate("document.addEventListener('htmx:afterRequest', () => { window.kept = true; })")
    drafts.let_go()
    page.wait_for_function("window.kept")
    Held(page, "**/round/draft")  # what its own pause sends never comes there
    page.goto(live_server.url)
    wait_for(
        lambda: RoundDraft.objects.filter(note="half a sentence and more").exists(), "what was sent as the page went"
    )


def test_what_is_typed_while_something_is_added_stays_with_its_cursor(going_on: Page, live_server) -> None:
    page = going_on
    drafts, saving = Held(page, "**/round/draft"), Held(page, "**/record/support")
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.locator("#entry").get_by_role("button", name="Save").click()
    saving.wait()
    page.locator("#id_note").press_sequentially("crackles, sw")
    saving.let_go()
    expect(page.locator("#saved")).to_contain_text("room air")
    expect(page.locator("#id_note")).to_be_focused()
    page.keyboard.type("jks")  # letters, not keys of the page
    expect(page.locator("#id_note")).to_have_value("crackles, swjks")
    assert drafts.routes is not None
    page.goto(live_server.url)
    wait_for(lambda: RoundDraft.objects.filter(note="crackles, swjks").exists(), "what was sent as the page went")


def test_the_words_of_what_is_signed_go_on_after_something_was_added(going_on: Page) -> None:
    page = going_on
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.locator("#entry").get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("room air")
    expect(page.locator("#signs")).to_contain_text("You sign:")


def test_a_form_that_comes_late_leaves_the_cursor_to_who_writes(going_on: Page) -> None:
    page = going_on
    forms = Held(page, "**/enter/support*")
    open_form(page, "Support")
    forms.wait()
    page.locator("#id_note").press_sequentially("a note")
    forms.let_go()
    expect(page.locator("#entry form")).to_be_visible()
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    expect(page.locator("#id_note")).to_be_focused()


def test_a_note_is_not_lost_with_the_session(going_on: Page) -> None:
    page = going_on
    Held(page, "**/round/draft")
    page.locator("#id_note").fill("typed a moment ago")
    Session.objects.all().delete()
    page.get_by_role("button", name="Sign, stay here").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(page.locator("#id_note")).to_have_value("typed a moment ago")
    assert not RoundVisit.objects.exists()


# -- one place, two answers -------------------------------------------------------------------------------------------


def test_the_next_task_is_typed_while_the_first_is_added(going_on: Page, undecided) -> None:
    page = going_on
    adding = Held(page, "**/tasks/*", method="POST")
    task = page.get_by_label("New task")
    task.fill("order HRCT")
    page.get_by_role("button", name="Add").click()
    adding.wait()
    task.fill("")
    task.press_sequentially("ask for")
    adding.let_go()
    expect(page.locator(".task-list")).to_contain_text("order HRCT")
    expect(task).to_be_focused()
    page.keyboard.type(" gas")
    expect(task).to_have_value("ask for gas")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".task-list")).to_contain_text("ask for gas")
    expect(task).to_have_value("")  # what was sent does not come back


def test_two_tasks_are_ended_at_once_and_both_are_gone_from_the_page(going_on: Page, undecided, physician) -> None:
    page = going_on
    for text in ("order HRCT", "ask for gas"):
        add_task(patient=undecided, by=physician, text=text, due=timezone.localdate())
    page.reload()
    ending = Held(page, "**/tasks/**", method="POST")
    for n in range(2):
        page.locator(".task-list summary").nth(n).click()
        page.locator(".task-list").get_by_role("button", name="Save").nth(n).click()
        ending.wait(n + 1)
    ending.let_go()
    expect(page.locator("#tasks")).to_contain_text("No open task")
    assert not CareTask.objects.filter(outcome="").exists()


def test_a_form_pressed_twice_is_not_put_over_what_is_typed(signed_in: Page, record) -> None:
    page = signed_in
    page.goto(record)
    forms = Held(page, "**/enter/results*")
    open_form(page, "Results")
    forms.wait()
    open_form(page, "Results")
    again = Held(page, "**/enter/results*")  # what is asked for from now on
    forms.let_go()
    field = page.get_by_label("Ferritin", exact=True)
    expect(field).to_be_visible()
    field.fill("1240")
    field.press("End")
    again.let_go()
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    expect(field).to_have_value("1240")
    expect(field).to_be_focused()


def test_the_next_form_stays_with_what_is_typed_while_the_entry_before_is_undone(signed_in: Page, record) -> None:
    page = signed_in
    page.goto(record)
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("saved:")
    open_form(page, "Results")
    expect(page.get_by_label("Ferritin", exact=True)).to_be_visible()
    undoing = Held(page, "**/undo/*")
    page.get_by_role("button", name="Undo").click()
    undoing.wait()
    page.get_by_label("Ferritin", exact=True).press_sequentially("12")
    undoing.let_go()
    expect(page.locator("#saved")).to_contain_text("undone:")
    page.keyboard.type("40")
    expect(page.get_by_label("Ferritin", exact=True)).to_have_value("1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")


def test_the_last_choice_of_days_is_the_one_that_is_shown(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/patients/{treated.pk}/trends")
    charts = Held(page, "**/trends?*")
    page.locator("#range-4w").click()
    charts.wait()
    page.locator("#range-all").click()
    charts.wait(2)
    charts.let_go()
    expect(page.locator("#range-all")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile("range=all"))


def test_a_button_that_was_pressed_in_vain_has_the_cursor_again(signed_in: Page, record) -> None:
    page = signed_in
    page.goto(record)
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_label("What is being done").select_option(index=1)
    page.route("**/acknowledge", lambda route: route.abort())
    alert.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_be_visible()
    expect(alert.get_by_role("button", name="Acknowledge")).to_be_focused()


# -- the end of a session ---------------------------------------------------------------------------------------------


def test_what_is_typed_in_one_form_is_not_forgotten_when_another_is_stored(signed_in: Page, record) -> None:
    page = signed_in
    page.goto(record)
    open_form(page, "Judgement")
    page.locator("#entry [name=note]").fill("breathless at rest")
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_label("What is being done").select_option(index=1)
    alert.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alerts")).to_contain_text("acknowledged")
    Session.objects.all().delete()
    page.locator("#entry").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(page.locator("#entry [name=note]")).to_have_value("breathless at rest")
    assert not Judgement.objects.exists()
    assert not Measurement.objects.filter(source="form").exists()


# -- the sheet of values ----------------------------------------------------------------------------------------------


@pytest.fixture
def sheet(signed_in: Page, live_server, undecided) -> Page:
    """The morning sheet of a patient."""
    signed_in.goto(f"{live_server.url}/patients/{undecided.pk}/morning")
    expect(signed_in.get_by_label("not stated").first).to_be_focused()
    return signed_in


def kept(**values: str) -> bool:
    """Has a draft these values, and no other?"""
    return any({k[6:]: v for k, v in x.typed.items() if k[:6] == "value_"} == values for x in SheetDraft.objects.all())


def test_a_draft_that_never_arrives_is_sent_as_the_page_goes(sheet: Page, live_server) -> None:
    page = sheet
    drafts = Held(page, "**/morning/draft")
    page.locator("#value-crp").fill("2.1")
    drafts.wait()
    page.goto(live_server.url)
    wait_for(lambda: kept(crp="2.1"), "what was sent as the page went")


def test_what_is_typed_before_the_script_has_come_is_looked_at_and_kept_and_the_cursor_stays(
    signed_in: Page, live_server, undecided
) -> None:
    page = signed_in
    script = Held(page, "**/morning.js")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/morning", wait_until="commit")
    script.wait()
    page.locator("#value-crp").press_sequentially("2.")
    script.let_go()
    page.wait_for_load_state("load")
    page.keyboard.type("1")  # were the cursor elsewhere, it would say what the patient breathes
    expect(page.locator("#value-crp")).to_have_value("2.1")
    expect(page.locator("#sheet-counts")).to_contain_text("1 value")
    expect(page.locator("#kept")).to_contain_text("kept as a draft")
    assert kept(crp="2.1")


def test_words_typed_before_the_script_has_come_are_kept_as_the_page_goes(
    signed_in: Page, live_server, undecided
) -> None:
    page = signed_in
    script = Held(page, "**/round.js")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/round", wait_until="commit")
    script.wait()
    page.locator("#id_note").press_sequentially("the same")
    script.let_go()
    page.wait_for_load_state("load")
    page.goto(live_server.url)
    wait_for(lambda: RoundDraft.objects.filter(note="the same").exists(), "what was sent as the page went")


def test_a_sheet_whose_session_ended_as_it_was_sent_goes_on_keeping(
    sheet: Page, client, physician, live_server
) -> None:
    page = sheet
    drafts = Held(page, "**/morning/draft")
    page.locator("#value-crp").fill("2.1")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save all").click()
    expect(page.locator("#session-ended")).to_be_visible()
    client.force_login(physician)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.locator("#session-ended [data-continue]").dispatch_event("click")
    expect(page.locator("#value-crp")).to_be_visible()
    page.locator("#value-ck").fill("88")
    assert drafts.routes is not None
    page.goto(live_server.url)
    wait_for(lambda: kept(crp="2.1", ck="88"), "what was sent as the page went")


def test_a_button_is_not_taken_away_from_under_a_press(sheet: Page, undecided, physician) -> None:
    page = sheet
    tell(undecided, Story().ferritin(today() - 1, "3310", id="f9"), physician)
    page.locator("#value-ferritin").fill("384")
    fill = page.get_by_role("button", name="It is 3,840")
    expect(fill).to_be_visible()
    looks = Held(page, "**/morning/check")
    page.locator("#value-ferritin").press("Tab")
    page.locator("#value-crp").fill("2.1")
    fill.hover()
    page.mouse.down()
    looks.wait()
    looks.let_go()
    expect(page.locator("#sheet-counts")).to_contain_text("2 values")
    page.mouse.up()
    expect(page.locator("#value-ferritin")).to_have_value("3840")


def test_what_is_typed_while_an_entry_is_undone_stays_and_its_keys_go_on(sheet: Page, undecided) -> None:
    page = sheet
    page.locator("#value-crp").fill("2.1")
    page.locator("#value-creatinine").fill("65")
    page.locator("#value-creatinine").press("Enter")
    page.get_by_role("button", name="Save now what is in order: 1").click()
    expect(page.locator("#saved")).to_be_visible()
    undoing = Held(page, "**/undo/*")
    page.locator("#saved").get_by_role("button", name="Undo").click()
    undoing.wait()
    page.get_by_label("High flow").check()
    page.locator("#value-ck").press_sequentially("8")
    undoing.let_go()
    expect(page.locator("#saved")).to_contain_text("undone:")
    expect(page.locator("#value-ck")).to_be_focused()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.locator("#value-wbc")).to_be_focused()
    expect(page.locator("#value-ck")).to_have_value("88")
    expect(page.locator("#value-creatinine")).to_have_value("65")
    expect(page.get_by_label("High flow")).to_be_checked()
    expect(page.locator("#kept")).to_contain_text("kept as a draft")


def test_an_emptied_sheet_stays_empty_though_a_draft_was_on_its_way(sheet: Page, live_server, undecided) -> None:
    page = sheet
    page.locator("#value-crp").fill("2.1")
    expect(page.locator("#kept")).to_contain_text("kept as a draft")
    page.reload()
    page.locator("#value-ck").fill("88")
    page.get_by_role("button", name="Begin empty").click()
    expect(page.locator("#value-crp")).to_have_value("")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/morning")
    expect(page.locator("#value-ck")).to_have_value("")
    assert not SheetDraft.objects.exists()


# -- charts and the list ----------------------------------------------------------------------------------------------


def test_every_press_of_a_key_zooms(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/patients/{treated.pk}/trends")
    chart = page.locator("#trend-crp .trend-chart")
    chart.focus()
    for _ in range(2):
        before = page.url
        page.keyboard.press("+")
        page.wait_for_function("before => location.href !== before", arg=before)
        expect(page.locator(UNDER_WAY)).to_have_count(0)
    slowly = page.url
    page.goto(f"{live_server.url}/patients/{treated.pk}/trends")
    charts = Held(page, "**/trends?*")
    chart.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    charts.wait()
    charts.let_go()
    expect(page).to_have_url(slowly)
    expect(chart).to_be_focused()


def test_a_press_on_the_list_is_a_press_though_news_comes(signed_in: Page, live_server, undecided, physician) -> None:
    page = signed_in
    page.goto(live_server.url)
    news = Held(page, "**/*state=*")
    tell(undecided, Story().test(today() - 1, "ldh", "240", known=today()), physician)
    page.evaluate("window.htmx.trigger('#ward', 'ward:refresh')")
    news.wait()
    page.get_by_role("link", name="Yamada Chiyo").hover()
    page.mouse.down()
    news.let_go()
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    page.mouse.up()
    expect(page).to_have_title(re.compile("Yamada Chiyo"))


def test_the_cursor_stays_on_a_link_of_the_list_when_news_comes(
    signed_in: Page, live_server, undecided, physician
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/?consultant=")
    page.goto(f"{live_server.url}/?unseen=yes")
    tell(undecided, Story().test(today() - 1, "ldh", "240", known=today()), physician)
    chip = page.locator("#ward table a.name").first
    chip.focus()
    page.evaluate("window.htmx.trigger('#ward', 'ward:refresh')")
    expect(page.locator("#ward")).to_contain_text("1 new result")
    expect(chip).to_be_focused()


# -- what is being made -----------------------------------------------------------------------------------------------


def test_a_file_that_takes_long_says_that_it_is_being_made_until_it_is_there(
    signed_in: Page, live_server, undecided, monkeypatch
) -> None:
    page, made = signed_in, Event()
    monkeypatch.setattr("ildcare.paper.views.handover_pdf", lambda *_, **__: made.wait(60) and b"%PDF-1.7")
    page.goto(live_server.url)
    page.locator("#ward-actions > summary").click()
    expect(page.locator("#busy")).to_be_hidden()
    page.locator("#handover").click()
    expect(page.locator("#busy")).to_be_visible()
    page.evaluate("fetch('/inbox/news')")  # what the page asks by itself is no answer to its reader
    page.wait_for_timeout(500)
    expect(page.locator("#busy")).to_be_visible()
    made.set()
    expect(page.locator("#busy")).to_be_hidden()
