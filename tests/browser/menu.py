"""The menus of a page as a hand uses them; parts that come into view; a page that stands still."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def open_own_menu(page: Page) -> None:
    """Open what stands under the reader's name: language, looks, the way out."""
    page.locator("details.me > summary").click()


def open_form(page: Page, name: str) -> None:
    """Open the menu and choose a form by its name."""
    page.locator("details.add > summary").click()
    page.locator(".add-menu").get_by_role("link", name=name, exact=True).click()


UNDER_WAY = ", ".join(f".htmx-{x}" for x in ("request", "swapping", "settling", "added"))


UNFOLD = """part => {
    const place = document.querySelector(part);
    if (place.closest("details")) place.closest("details").open = true;
    place.scrollIntoView();
}"""


def look_at(page: Page, part: str) -> Locator:
    """A part of the record, scrolled to and unfolded, once it has come."""
    page.evaluate(UNFOLD, part)
    expect(page.locator(f"{part}.awaited")).to_have_count(0)
    return page.locator(part)


def still(page: Page, part: str) -> str:
    """The HTML of a part of the page, looked at to its end, once nothing is asked for or put in place any more."""
    for place in page.locator(f"{part} .awaited").evaluate_all("found => found.map(x => `#${x.id}`)"):
        look_at(page, place)
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    return page.locator(part).inner_html()


def loaded_anew(page: Page, part: str) -> str:
    """The same part after a fresh load."""
    page.reload()
    return still(page, part)
