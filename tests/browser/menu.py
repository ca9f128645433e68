"""The menu "+ Add" as a hand uses it."""

from __future__ import annotations

from playwright.sync_api import Page


def open_form(page: Page, name: str) -> None:
    """Open the menu and choose a form by its name."""
    page.locator("details.add > summary").click()
    page.locator(".add-menu").get_by_role("link", name=name, exact=True).click()
