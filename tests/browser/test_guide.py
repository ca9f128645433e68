"""The user guide shows the product as it is: its pages exist, its pictures are of them, both languages say the same.

`ILDCARE_SCREENSHOTS=1` draws the pictures of docs/screenshots/ anew from the demonstration. What the texts of the guide
say is held by tests/test_guide_texts.py.

The walk through the guide is long. It is left out while nothing that it reads has changed since it last came through:
its end notes what that was, beside the pictures. A full run (`manage.py test --full`) always walks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation
from PIL import Image
from playwright.sync_api import BrowserContext, FloatRect, Page, expect

from ildcare.demo.roster import stays
from ildcare.demo.seed import seed
from ildcare.evaluation.sweep import sweep
from ildcare.paper.handover import handover_pdf
from ildcare.paper.round_sheet import round_sheet_pdf
from ildcare.ward.lines import read_lines
from patients.actions import issue_token, record_facts, start_round, take_message
from patients.clinical.facts import Decision
from patients.models import Patient, Scope, Source, User, Ward, WardRound
from tests.effort import THIS_RUN
from tests.guide import LANGUAGES, PAPER, SCREENSHOTS, WALKED, pictures_of, what_the_walk_reads
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.imports.sending import message, obx
from tests.story import Story

DRAW = os.environ.get("ILDCARE_SCREENSHOTS") == "1"
LOCALES = {"en": "en-GB", "ja": "ja-JP"}  # so that the browser's own calendars speak the language of the page
NEWEST, GRAVE, AFTER, OVERRIDDEN = "90070111", "90070101", "90070102", "90070109"  # GRAVE gets worse on T3
ASKED, JUDGED = "90070124", "90070108"  # much is not known; on T1 for 15 days
TABLET, PHONE, DESK = 820, 390, 1440


@dataclass(frozen=True)
class Picture:
    """One picture: the page of a patient (or none), what must be on it, and what of it is drawn.

    `draws` names an element ("" for the window), of which at most `most` pixels from its top are drawn.
    """

    name: str
    path: str
    shows: tuple[str, ...]
    draws: str = ""
    patient: str = ""
    width: int = TABLET
    most: int = 760
    user: str = "physician"
    before: Callable[[Page], object] = lambda page: None


def open_first(page: Page) -> None:
    """The form that acknowledges the first alert."""
    page.locator("#alerts .acknowledge > summary").first.click()
    page.locator("[id$=doing]").first.wait_for()


def say_no(page: Page) -> None:
    """The step is not followed: the form asks why."""
    page.locator("label.pick:has(input[value=override])").click()
    page.locator("#id_code").wait_for()
    page.locator("#id_code").select_option("infection")


def type_doubtful(page: Page) -> None:
    """A value below the range of its test, one that is refused and one that is asked about."""
    for code, value in (("kl6", "<200"), ("ferritin", "1.234"), ("crp", "95")):
        page.fill(f"[name=value_{code}]", value)
    page.locator("#entry button[type=submit]").click()
    page.locator("#id_confirmed").wait_for()


def open_value(page: Page) -> None:
    """The versions of the newest value of the flow sheet, with the forms that correct and cancel it."""
    page.locator("#results a[href*='/facts/']").first.click()
    page.locator("form[action$='/correct']").wait_for()


def scroll_to_list(page: Page) -> None:
    """On a telephone the head of the page is longer than the window."""
    page.evaluate("window.scrollTo(0, document.querySelector('#ward-lines').getBoundingClientRect().top)")


PICTURES = (
    Picture("ward-list", "/", ("#start-round", "#ward-actions", "#sort", "#words"), width=DESK, most=570),
    Picture("ward-list-phone", "/", ("#ward-lines",), width=PHONE, most=844, before=scroll_to_list),
    Picture(
        "round",
        "/patients/{}/round?round={}",
        ("#state-bar", "#changes", "#stands", "#alerts", "#due", "#sign"),
        patient=GRAVE,
        most=740,
    ),
    Picture(
        "round-sign",
        "/patients/{}/round?round={}",
        ("#typed", "#draft", "[value=next]", "[value=stay]", "#tasks", "[data-key=a]", "[data-key=x]"),
        "#sign",
        GRAVE,
        before=say_no,
        most=840,
    ),
    Picture("clock", "/patients/{}/round", ("#clock form",), "#clock", JUDGED),
    Picture(
        "overview", "/patients/{}/", ("#state-bar", "#answer", "#alerts", "#news"), patient=GRAVE, width=DESK, most=900
    ),
    Picture("patient", "/patients/{}/", (".ask", "#state-bar", ".add", "#news"), "#answer", ASKED),
    Picture("strip", "/patients/{}/course", ("#strip", "#prognosis"), "#strip", GRAVE),
    Picture("alerts", "/patients/{}/", ("#alerts",), "#alerts", GRAVE, before=open_first, most=470),
    Picture("entry", "/patients/{}/enter/results", ("#entry",), "#entry .panel", GRAVE, before=type_doubtful, most=840),
    Picture("correct", "/patients/{}/results", ("#flow-table",), patient=GRAVE, before=open_value, most=620),
    Picture("trend", "/patients/{}/trends", ("#trend-kl6", "#range-4w", "#move-closer"), "#trend-kl6", GRAVE),
    Picture("treatments", "/patients/{}/treatments", (".given",), "#treatments", GRAVE, most=600),
    Picture("inbox", "/inbox/", ("#rows [data-row]", "#batch"), width=DESK, most=620),
    Picture("levels", "/inbox/levels", ("#rows [data-row]",), width=DESK, most=560, user="pharmacist"),
    Picture("tests-due", "/inbox/tests", ("#rows [data-row]",), most=620, user="nurse"),
    Picture("paper", "/patients/{}/paper", ("#sheets", "#printed"), patient=GRAVE, most=560),
    Picture("past", "/patients/{}/?at={}", (".pastbar", "#at", "[data-key=n]"), patient=GRAVE, most=480),
    Picture("overrides", "/review/overrides", ("table.grid s",), "main", user="senior", most=420),
    Picture(
        "machines", "/machines/", ("#new-machine", "table.grid", "details"), "main", user="administrator", most=640
    ),
    Picture("arrivals", "/arrivals/", ("#codes form", "#results form", "#people form"), "main", user="pharmacist"),
)


@dataclass(frozen=True)
class Stage:
    """The demo ward, a round in it, and a browser for each language and user."""

    people: dict[str, int]
    round: WardRound
    open: Callable[[str, str], Page]


def last_ten_o_clock() -> datetime:
    """After the round of a morning: its results are there, whenever the pictures are drawn."""
    now = timezone.localtime()
    today_at_ten = now.replace(hour=10, minute=0, second=0, microsecond=0)
    return today_at_ten if today_at_ten <= now else today_at_ten - timedelta(days=1)


@pytest.fixture
def stage(transactional_db, new_context: Callable[..., BrowserContext], live_server, monkeypatch) -> Stage:
    """The demonstration, with a step that was not followed and a round under way.

    All of it for pictures and in a full run; else those whose pages the walk comes to.
    """
    if not (DRAW or THIS_RUN.full):
        few = [x for x in stays() if x[0].mrn in {NEWEST, GRAVE, AFTER, OVERRIDDEN, ASKED, JUDGED}]
        monkeypatch.setattr("ildcare.demo.seed.stays", lambda: iter(few))
    seed(now=last_ten_o_clock(), password="ward-guide")
    people = {x.mrn: x.pk for x in Patient.objects.all()}
    by = User.objects.get(username="physician")
    told = Story().add(Decision, today(), step="T2", accepted=False, code="infection", reason="β-D-glucan ↑: PCP?")
    record_facts(patient=Patient.objects.get(mrn=OVERRIDDEN), facts=told.versions, by=by, source="form")
    machines_sent(Patient.objects.get(mrn=GRAVE))
    sweep()
    tried()
    walk = start_round(by=by, order=[people[x] for x in (NEWEST, GRAVE, AFTER)], ward=Ward.objects.get(code="east-7"))
    opened: dict[tuple[str, str], Page] = {}

    def page_of(language: str, user: str) -> Page:
        if (language, user) not in opened:
            opened[language, user] = signed_in(new_context(locale=LOCALES[language]), language, user, live_server.url)
        return opened[language, user]

    return Stage(people, walk, page_of)


def machines_sent(patient: Patient) -> None:
    """Of each kind of question one, from the demonstration's laboratory; and a token, with which a machine sends."""
    source = Source.objects.get(sender="LAB|EAST")
    issue_token(
        source=source,
        title="interface engine",
        scopes=[Scope.SEND],
        addresses=["10.20.0.0/16"],
        by=User.objects.get(username="administrator"),
    )
    person = f"PID|1||{patient.mrn}^^^EAST^MR||{patient.family_name}^{patient.given_name}"
    level, code = obx("3M805000001905101^CsA^JC10", "182", "ng/mL"), obx("77^Aldolase^99X", "17.6", "U/L")
    almost = person.replace(patient.mrn, f"00{patient.mrn}")
    order = f"OBR|1|P1|F1|X^Panel^LN|||{timezone.localtime():%Y%m%d}063000"  # this morning's
    for segments, who in (((level, code), person), ((obx("2276-4^Ferritin^LN", "412", "ng/mL"),), almost)):
        take_message(source=source, document=message(order, *segments, person=who), form="hl7v2")


def signed_in(context: BrowserContext, language: str, user: str, address: str) -> Page:
    """A page with the session of a user, in a language."""
    client = Client()
    client.force_login(User.objects.get(username=user))
    given = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    given[settings.LANGUAGE_COOKIE_NAME] = language
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in given.items()])
    return context.new_page()


UNCHANGED = WALKED.exists() and WALKED.read_text() == what_the_walk_reads()


@pytest.mark.skipif(
    UNCHANGED and not (DRAW or THIS_RUN.full),
    reason="neither templates, styles, demonstration nor guide changed since the last walk (docs/screenshots/walked)",
)
def test_the_pictures_are_of_the_product(stage: Stage, live_server) -> None:
    """Every page of the guide shows what the guide says is there, in both languages."""
    for language in LANGUAGES:
        for picture in PICTURES:
            sweep()  # or the pages say that nobody watches
            page = stage.open(language, picture.user)
            page.set_viewport_size({"width": picture.width, "height": picture.most})
            page.goto(live_server.url + address_of(picture, stage))
            assert page.locator("html").get_attribute("lang") == language
            for shown in picture.shows:
                expect(page.locator(shown).first, f"{picture.name} in {language}").to_be_attached()
            picture.before(page)
            if DRAW:
                page.wait_for_load_state("networkidle")  # half a second without a word: what is looked at stands still
                draw(page, picture, language)
        if DRAW:
            draw_paper(stage, language)
            for file in (SCREENSHOTS / language).glob("*.png"):
                shrink(file)
    WALKED.write_text(what_the_walk_reads())


def address_of(picture: Picture, stage: Stage) -> str:
    """The page with its patient, and with the round or the moment of the past that it asks for."""
    earlier = (timezone.localtime() - timedelta(days=3)).strftime("%Y-%m-%dT12:00")
    second = stage.round.pk if "round=" in picture.path else earlier
    return picture.path.format(stage.people.get(picture.patient, ""), second)


def draw(page: Page, picture: Picture, language: str) -> None:
    """The window, or the upper part of an element; the mouse out of the way."""
    file = str(SCREENSHOTS / language / f"{picture.name}.png")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement && document.activeElement.blur()")
    if not picture.draws:
        page.screenshot(path=file)
        return
    box = page.locator(picture.draws).first.bounding_box()
    assert box
    top = box["y"] + page.evaluate("window.scrollY")
    clip: FloatRect = {**box, "y": top, "height": min(box["height"], picture.most)}
    page.screenshot(path=file, clip=clip, full_page=True)


def shrink(file: Path) -> None:
    """A picture in the 256 colours that it uses most: a third of the bytes, and nobody sees it."""
    with Image.open(file) as picture:
        if picture.mode == "RGB":
            picture.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def draw_paper(stage: Stage, language: str) -> None:
    """Upper parts of round sheet and handover list as they come out of the printer."""
    painter = shutil.which("pdftoppm")
    assert painter, "pictures of paper need pdftoppm (Debian: poppler-utils)"
    user, now, ward = User.objects.get(username="physician"), timezone.now(), Ward.objects.get(code="east-7")
    with translation.override(language):
        sheet = round_sheet_pdf(Patient.objects.get(mrn=GRAVE), user, now)
        made = (sheet, handover_pdf(read_lines([ward], user, now).lines, [ward], user, now))
    for name, pdf, height in zip(PAPER, made, ("440", "290"), strict=True):
        target = str(SCREENSHOTS / language / name)
        options = ["-r", "78", "-gray", "-png", "-singlefile", "-x", "0", "-y", "0", "-W", "920", "-H", height]
        subprocess.run([painter, *options, "-", target], input=pdf, check=True)


def test_the_guide_shows_these_pictures() -> None:
    """All of them, and no other."""
    assert all(sorted(pictures_of(x)) == sorted([*(p.name for p in PICTURES), *PAPER]) for x in LANGUAGES)
