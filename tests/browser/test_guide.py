"""The user guide shows the product as it is: its pages exist, its pictures are of them, both languages say the same.

`ILDCARE_SCREENSHOTS=1` draws the pictures of docs/screenshots/ anew from the demonstration.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation
from playwright.sync_api import BrowserContext, Page

from ildcare.demo.seed import seed
from ildcare.evaluation import sweep
from ildcare.summary.round_sheet import round_sheet_pdf
from patients.models import Patient, User

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
LANGUAGES = ("en", "ja")
DRAW = os.environ.get("ILDCARE_SCREENSHOTS") == "1"
GRAVE, ASKED, JUDGED = "90070101", "90070124", "90070108"  # getting worse on T3; much not known; T1 for 15 days


@dataclass(frozen=True)
class Picture:
    """One picture: the page of a patient (or none), what must be on it, and what of it is drawn."""

    name: str
    path: str
    shows: tuple[str, ...]
    draws: str = "body"
    patient: str = ""
    width: int = 820
    height: int = 900
    most: int = 900
    before: Callable[[Page], object] = lambda page: None


def open_first(page: Page) -> None:
    """The form that acknowledges the first alert."""
    page.locator("#alerts summary").first.click()


PICTURES = (
    Picture("ward-list", "/", ("#ward-lines", "#start-round", "#sort", "#words"), width=1440, height=1000),
    Picture("ward-list-phone", "/", ("#ward-lines",), width=390, height=844),
    Picture("round", "/patients/{}/round", ("#changes", "#alerts", ".strip"), patient=GRAVE, height=1180),
    Picture("round-sign", "/patients/{}/round", ("#round-form", "#typed"), "section:has(#round-form)", GRAVE),
    Picture("patient", "/patients/{}/", ("#answer", "#alerts", "#chart"), patient=ASKED, height=1180),
    Picture("alerts", "/patients/{}/", ("#alerts",), "#alerts", GRAVE, before=open_first, most=620),
    Picture("clock", "/patients/{}/", ("#clock form",), "#clock", JUDGED),
    Picture("strip", "/patients/{}/", ("#strip",), "#strip", GRAVE),
    Picture("entry", "/patients/{}/enter/results", ("form", "input"), patient=GRAVE, height=1000),
    Picture("trend", "/patients/{}/trends", ("#trend-kl6",), "#trend-kl6", GRAVE),
    Picture("treatments", "/patients/{}/treatments", ("#treatments",), "#treatments", GRAVE, most=1000),
    Picture("past", "/patients/{}/?at={}", ("#at",), patient=GRAVE, height=620),
)


@pytest.fixture
def demonstration(transactional_db, client, context: BrowserContext, live_server) -> User:
    """The demo ward with its physician signed in."""
    seed(now=timezone.now(), password="ward-guide")
    sweep()
    user = User.objects.get(username="physician")
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return user


def test_the_pictures_are_of_the_product(demonstration, context: BrowserContext, page: Page, live_server) -> None:
    """Every page of the guide, in both languages, shows what the guide says is there."""
    moment = (timezone.localtime() - timedelta(days=3)).strftime("%Y-%m-%dT12:00")
    people = {x.mrn: x.pk for x in Patient.objects.all()}
    for language in LANGUAGES:
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
        for picture in PICTURES:
            sweep()  # or the pages say that nobody watches
            page.set_viewport_size({"width": picture.width, "height": picture.height})
            path = picture.path.format(people.get(picture.patient, ""), moment)
            page.goto(live_server.url + path)
            page.wait_for_load_state("networkidle")
            assert page.locator("html").get_attribute("lang") == language
            missing = [x for x in picture.shows if page.locator(x).count() == 0]
            assert missing == [], f"{picture.name} in {language}"
            picture.before(page)
            if DRAW:
                draw(page, picture, language)
        if DRAW:
            draw_paper(people[GRAVE], demonstration, language)


def draw(page: Page, picture: Picture, language: str) -> None:
    file = str(DOCS / "screenshots" / language / f"{picture.name}.png")
    if picture.draws == "body":
        page.screenshot(path=file)
    else:
        place = page.locator(picture.draws).first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box
        page.set_viewport_size(
            {"width": picture.width, "height": max(picture.height, int(box["y"] + picture.most) + 10)}
        )
        box = place.bounding_box()
        assert box
        page.screenshot(path=file, clip={**box, "height": min(box["height"], picture.most)})


def draw_paper(patient_id: int, user: User, language: str) -> None:
    """The round sheet as it comes out of the printer."""
    painter = shutil.which("pdftoppm")
    assert painter, "pictures of paper need pdftoppm (Debian: poppler-utils)"
    with translation.override(language):
        pdf = round_sheet_pdf(Patient.objects.get(pk=patient_id), user, timezone.now())
    target = DOCS / "screenshots" / language / "round-sheet"
    subprocess.run([painter, "-r", "80", "-gray", "-png", "-singlefile", "-", str(target)], input=pdf, check=True)


def guide(language: str) -> str:
    return (DOCS / f"guide.{language}.md").read_text(encoding="utf-8")


def pictures_of(text: str) -> list[str]:
    return [Path(x).stem for x in re.findall(r"!\[[^\]]+\]\((screenshots/[^)]+)\)", text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_has_every_picture_and_every_picture_is_there(language: str) -> None:
    named = pictures_of(guide(language))
    assert set(named) == {x.name for x in PICTURES} | {"round-sheet"}
    assert len(named) == len(set(named))
    there = {x.stem for x in (DOCS / "screenshots" / language).glob("*.png")}
    assert there == set(named)
    assert all(f"screenshots/{language}/{x}.png" in guide(language) for x in named)


def test_both_guides_have_one_structure() -> None:
    shapes = [re.findall(r"^(#+) |(!\[)|^(\|)", guide(x), re.MULTILINE) for x in LANGUAGES]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_names_every_alert_by_its_title(language: str) -> None:
    from monitoring.rules import RULES
    from patients.wording import translated

    with translation.override(language):
        titles = [translated(x.title) for x in RULES]
    assert [x for x in titles if x not in guide(language)] == []


def test_pictures_are_small() -> None:
    sizes = [x.stat().st_size for x in (DOCS / "screenshots").rglob("*.png")]
    assert sum(sizes) < 4_000_000
