"""The user guide as a page of the product: whole, in both languages, each page's chapter, pictures, no foreign HTML."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from ildcare.guide.chapters import FOLDER, LANGUAGES, OF_PAGE, Guide, guide_in, place_of
from patients.models import Role
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.together import each


@pytest.fixture
def client(ward) -> Client:
    client = Client()
    client.force_login(make_user("hara", Role.NURSE, ward))
    return client


def test_the_chapters_are_the_same_in_every_language() -> None:
    english, japanese = map(guide_in, LANGUAGES)
    assert [(x.place, x.part) for x in english.chapters] == [(x.place, x.part) for x in japanese.chapters]
    assert english.title
    assert len({x.place for x in english.chapters}) == len(english.chapters) > 20


def page_names() -> set[str]:
    """Of every address of the product."""
    return {x for x in get_resolver().reverse_dict if isinstance(x, str)}


def test_each_page_that_is_named_has_its_chapter_and_is_a_page() -> None:
    names = page_names()

    def holds(page: str) -> None:
        assert page in names
        assert re.fullmatch(r"#c\d+", place_of(page))

    each(OF_PAGE, holds)
    assert place_of("no page") == ""


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_stands_on_a_page_with_its_pictures(client, language: str) -> None:
    text = client.get(reverse("guide"), headers={"accept-language": language}).content.decode()
    guide: Guide = guide_in(language)
    assert guide.chapters[3].title in words_of(text)
    pictures = re.findall(r'<img src="(/guide/pictures/[^"]+)"', text)
    assert len(pictures) == len(re.findall(r"!\[", (FOLDER / f"guide.{language}.md").read_text(encoding="utf-8")))
    answer = client.get(pictures[0])
    assert answer["Content-Type"] == "image/png"
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["none", "..", "ward-list.png"])
def test_what_is_no_picture_is_not_found(client, name: str) -> None:
    assert client.get(f"/guide/pictures/en/{name}.png").status_code == 404


BEGIN_AT_THE_FIRST = {"guide", "sign_in", "site_home"}  # of no chapter


def test_every_page_has_a_chapter() -> None:
    """A page is a template of the name of its address, or a form that comes back from the address of a change."""
    templates = {x.stem for x in (settings.BASE_DIR / "templates").rglob("[!_]*.html")}
    pages = page_names() & templates
    assert pages - OF_PAGE.keys() == BEGIN_AT_THE_FIRST


@pytest.mark.django_db
def test_the_help_of_a_page_leads_to_its_chapter(client, ward) -> None:
    patient = make_patient("G-1", None, ward)
    looked_at = {"ward_list": "/", "stay_detail": reverse("stay_detail", args=[patient.pk])}
    looked_at["morning_sheet"] = reverse("morning_sheet", args=[patient.pk])
    looked_at["ward_morning"] = reverse("ward_morning")
    for page, address in looked_at.items():
        text = client.get(address).content.decode()
        assert f'href="{reverse("guide")}{place_of(page)}"' in text, page
