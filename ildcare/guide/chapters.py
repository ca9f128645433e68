"""The user guide as a page: its text as HTML, a place for each chapter, and which chapter tells of which page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

LANGUAGES = ("en", "ja")
FOLDER = Path(settings.BASE_DIR) / "docs"
PICTURES = "screenshots"
PICTURE = re.compile(rf"^{PICTURES}/(en|ja)/([\w-]+)\.png$")
OTHER = {f"guide.{x}.md" for x in LANGUAGES}
CHAPTER = "c"  # before its number: the same in every language, whatever it is called

# the chapter of a page, by its heading in English; a page that is not named begins at the first
OF_PAGE = {
    "ward_list": "The ward list",
    "off_ward_list": "Coming and going",
    "my_patients": "Coming and going",
    "patient_new": "Coming and going",
    "stay_detail": "Coming and going",
    "identity_form": "Whom a record is about",
    "round_start": "The round",
    "patient_detail": "The patient page",
    "course_detail": "The patient page",
    "result_list": "Results and trends",
    "trend_list": "Results and trends",
    "treatment_list": "Treatments and drug levels",
    "paper_list": "Paper",
    "inbox": "Inbox and worklists",
    "level_list": "Inbox and worklists",
    "test_list": "Inbox and worklists",
    "task_list": "Inbox and worklists",
    "rule_list": "What the alerts mean",
    "rule_detail": "What the alerts mean",
    "rule_changes": "Changing a rule",
    "ward_morning": "Entering and correcting",
    "arrival_list": "Entering and correcting",
    "table_list": "Entering and correcting",
    "override_list": "For senior reviewers",
    "alert_load": "For senior reviewers",
    "machine_list": "For the administrator: connecting a laboratory",
    "delivery_list": "For the administrator: messages about alerts",
    "notification_list": "For the administrator: messages about alerts",
    "own_password": "Signing in and out",
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the guide: its place on the page, its words, and whether it is part of the one before."""

    place: str
    title: str
    part: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide in one language."""

    title: str
    html: SafeString
    chapters: tuple[Chapter, ...]


@lru_cache(maxsize=len(LANGUAGES))
def guide_in(language: str) -> Guide:
    """The guide in a language of the product; in English for any other. Raises OSError where its file is missing."""
    language = language[:2] if language[:2] in LANGUAGES else LANGUAGES[0]
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")  # no HTML of the text goes through
    tokens = reader.parse((FOLDER / f"guide.{language}.md").read_text(encoding="utf-8"))
    title = ""
    chapters: list[Chapter] = []
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h1":
            title = words.content
        elif opening.type == "heading_open":
            place = f"{CHAPTER}{len(chapters) + 1}"
            opening.attrSet("id", place)
            chapters.append(Chapter(place, words.content, opening.tag != "h2"))
        _of_the_product(words)
    start = next((n for n, x in enumerate(tokens) if x.type == "heading_close" and x.tag == "h1"), -1)
    body = tokens[start + 1 :]
    html = SafeString(reader.renderer.render(body, reader.options, {}))
    return Guide(title, html, tuple(chapters))


def _of_the_product(token: Token) -> None:
    """Pictures and the other language lie behind addresses of the product."""
    for x in token.children or ():
        found = PICTURE.match(str(x.attrGet("src") or "")) if x.type == "image" else None
        if found:
            x.attrSet("src", f"/guide/pictures/{found[1]}/{found[2]}.png")
            x.attrSet("loading", "lazy")
        elif x.type == "link_open" and str(x.attrGet("href")) in OTHER:
            x.attrSet("href", "/guide/")  # the language is that of the reader


def place_of(page: str) -> str:
    """Where the guide tells of a page: "#c4"; "" where it begins."""
    titles = {x.title: x.place for x in guide_in(LANGUAGES[0]).chapters}
    place = titles.get(OF_PAGE.get(page, ""), "")
    return f"#{place}" if place else ""


def picture(language: str, name: str) -> Path | None:
    """The file of a picture of the guide; None where there is none."""
    folder = FOLDER / PICTURES / language
    known = {x.stem: x for x in folder.glob("*.png")} if language in LANGUAGES else {}
    return known.get(name)
