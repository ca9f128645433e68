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
OF_CHAPTER = {
    "Signing in and out": ("own_password",),
    "The ward list": ("ward_list", "ward_search"),
    "Coming and going": (
        *("off_ward_list", "my_patients", "patient_new", "patient_register"),
        *("stay_detail", "stay_change", "stay_take_back"),
    ),
    "The round": ("round_start", "round_begin", "round_detail", "round_finish", "round_patient", "round_seen"),
    "Tasks": ("task_add", "task_close", "task_own"),
    "The treatment clock": ("judgement_own",),
    "The patient page": ("patient_detail", "course_detail"),
    "Alerts": ("card_acknowledge", "card_snooze", "card_own"),
    "Inbox and worklists": ("inbox", "inbox_acknowledge", "level_list", "test_list", "task_list", "test_mark"),
    "What the alerts mean": ("rule_list", "rule_detail"),
    "Entering and correcting": (
        *("entry_form", "entry_record", "entry_undo", "fact_detail", "fact_amend"),
        *("morning_sheet", "morning_record", "ward_morning", "ward_morning_record"),
        *("case_import", "case_check", "case_store", "arrival_list", "part_person"),
        *("table_list", "table_send", "table_columns", "table_columns_save", "table_preview", "table_take"),
        "table_result",
    ),
    "Results and trends": ("result_list", "trend_list", "trend_compare"),
    "Treatments and drug levels": ("treatment_list",),
    "Whom a record is about": (
        *("identity_form", "identity_correct", "merge_choose", "merge_find", "merge_check", "merge_store"),
        "merge_detail",
    ),
    "Paper": ("paper_list", "patient_export", "patient_export_file", "ward_export", "ward_export_file"),
    "Changing a rule": (
        *("rule_changes", "rule_change", "rule_change_decide", "rule_change_back", "rule_propose", "site_propose"),
    ),
    "Later evidence": (
        *("evidence_list", "evidence_note", "evidence_add", "evidence_choose", "evidence_decide", "evidence_propose"),
    ),
    "For senior reviewers": (
        "review_list",
        "review_case",
        "review_change",
        "review_figures",
        "review_learning",
        "override_list",
        "alert_load",
        "cohort",
        "cohort_export",
    ),
    "For the administrator: connecting a laboratory": (
        "machine_list",
        "machine_add",
        "refused_list",
        "code_list",
        "code_facts",
    ),
    "For the administrator: messages about alerts": ("delivery_list", "notification_list"),
}
OF_PAGE = {page: chapter for chapter, pages in OF_CHAPTER.items() for page in pages}


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
    """Where the guide tells of the page with this name of its address: "#c4"; "" where it begins."""
    titles = {x.title: x.place for x in guide_in(LANGUAGES[0]).chapters}
    place = titles.get(OF_PAGE.get(page, ""), "")
    return f"#{place}" if place else ""


def picture(language: str, name: str) -> Path | None:
    """The file of a picture of the guide; None where there is none."""
    folder = FOLDER / PICTURES / language
    known = {x.stem: x for x in folder.glob("*.png")} if language in LANGUAGES else {}
    return known.get(name)
