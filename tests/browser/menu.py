"""The menu "+ Add" as a hand uses it; a page that stands still."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def open_form(page: Page, name: str) -> None:
    """Open the menu and choose a form by its name."""
    page.locator("details.add > summary").click()
    page.locator(".add-menu").get_by_role("link", name=name, exact=True).click()


UNDER_WAY = ", ".join(f".htmx-{x}" for x in ("request", "swapping", "settling", "added"))


def still(page: Page, part: str) -> str:
    """The HTML of a part of the page once nothing is being asked for or put in place any more."""
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    return page.locator(part).inner_html()


def loaded_anew(page: Page, part: str) -> str:
    """The same part after a fresh load."""
    page.reload()
    return still(page, part)
