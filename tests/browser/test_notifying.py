"""Messages to a browser: offered where the browser can, refused in words, shown by our worker when one comes."""

from __future__ import annotations

import json

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from ildcare.notifying.push import new_key
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import ward as ward

OFFER = "Tell this browser, too"


@pytest.fixture
def key(settings: LazySettings) -> None:
    settings.PUSH_KEY = new_key()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_script_browsers_are_not_offered(signed_in: Page, server: str, key) -> None:
    signed_in.goto(f"{server}/notifications/")
    expect(signed_in.get_by_text("What you are told, and how")).to_be_visible()
    expect(signed_in.get_by_role("button", name=OFFER)).to_be_hidden()


def test_where_the_browser_can_it_is_offered_and_a_refusal_is_said(signed_in: Page, server: str, key) -> None:
    page = signed_in
    page.goto(f"{server}/notifications/")
    button = page.get_by_role("button", name=OFFER)
    expect(button).to_be_visible()
    expect(page.get_by_label("Name of this browser")).not_to_have_value("")
    button.click()  # nobody allowed notifications, and here nobody can be asked
    expect(page.get_by_text("This browser refuses notifications")).to_be_visible()
    assert page.url.endswith("/notifications/"), "nothing was sent"


def test_a_message_is_handed_by_our_worker_to_the_browser(signed_in: Page, server: str, key) -> None:
    """This browser shows no notifications to anybody: what it is asked to show is noted in the worker itself."""
    page = signed_in
    page.goto(f"{server}/notifications/")
    found: list[dict] = []
    session = page.context.new_cdp_session(page)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda x: found.extend(x["registrations"]))
    session.send("ServiceWorker.enable")
    page.evaluate(
        """async () => {
            const place = document.getElementById("browser-add").dataset.worker;
            const registration = await navigator.serviceWorker.register(place);
            const worker = registration.installing || registration.waiting || registration.active;
            while (worker.state !== "activated") await new Promise((x) => setTimeout(x, 50));
        }"""
    )
    (worker,) = page.context.service_workers
    worker.evaluate(
        """() => {
            self.asked = [];
            self.registration.showNotification = async (title, options) => self.asked.push([title, options]);
        }"""
    )
    told = {"title": "ildcare: 1 critical alert", "body": "East 7", "url": f"{server}/?ward=east-7", "tag": "k"}
    number = found[-1]["registrationId"]
    push = {"origin": server, "registrationId": number, "data": json.dumps(told)}
    session.send("ServiceWorker.deliverPushMessage", push)
    asked = worker.evaluate(
        """async () => {
            for (let n = 0; n < 100 && !self.asked.length; n++) await new Promise((x) => setTimeout(x, 100));
            return self.asked;
        }"""
    )
    options = {"body": "East 7", "tag": "k", "data": {"url": told["url"]}, "requireInteraction": True}
    assert asked == [[told["title"], options]]
