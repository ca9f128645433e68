"""How a name is written: kana above it on a Japanese page, after it on any other, heard once."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.utils import translation

from patients.models import Patient

WRITTEN = Template("{% load identity %}{% person_name patient %}{% person_kana patient %}")
NAKAMURA = {"family_name": "中村", "given_name": "和子", "family_kana": "ナカムラ", "given_kana": "カズコ"}


def written(language: str, **names: str) -> str:
    with translation.override(language):
        return WRITTEN.render(Context({"patient": Patient(mrn="K-1", **{**NAKAMURA, **names})}))


def heard(html: str) -> str:
    """What a screen reader says: all but what is hidden from it."""
    return re.sub(r"<[^>]+>", "", re.sub(r'<(\w+) aria-hidden="true">.*?</\1>', "", html))


def test_kana_stand_above_family_and_given_name_on_a_japanese_page() -> None:
    html = written("ja")
    assert (
        '<ruby>中村<rt aria-hidden="true">ナカムラ</rt></ruby> <ruby>和子<rt aria-hidden="true">カズコ</rt></ruby>'
        in html
    )
    assert 'class="kana"' not in html


def test_kana_follow_the_name_on_an_english_page() -> None:
    assert written("en") == '中村 和子 <span class="kana">ナカムラ カズコ</span>'


@pytest.mark.parametrize("language", ["en", "ja"])
def test_name_is_heard_once_and_so_are_its_kana(language: str) -> None:
    assert heard(written(language)).translate({ord(x): None for x in "()"}) == "中村 和子 ナカムラ カズコ"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_name_without_kana_or_in_kana_is_written_once(language: str) -> None:
    assert heard(written(language, family_kana="", given_kana="")) == "中村 和子"
    html = written(language, family_name="スミス", given_name="アン", family_kana="スミス", given_kana="アン")
    assert heard(html) == "スミス アン"
    assert "<rt" not in html


def test_a_given_name_in_kana_keeps_the_kana_of_the_family_name() -> None:
    html = written("ja", given_name="カズコ")
    assert (html.count("<rt"), heard(html)) == (1, "中村 カズコ (ナカムラ カズコ)")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_name_is_never_markup(language: str) -> None:
    assert "<b>" not in written(language, family_name="<b>", family_kana="<b>")
