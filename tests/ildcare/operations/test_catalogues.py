"""Catalogues: every way of marking a sentence is found, and every way of being incomplete is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import dates, translation
from django.utils.translation import override

from ildcare.operations import catalogues

PURE = """
from patients.clinical.reasons import _
MESSAGE = _("ferritin %(value)s above %(limit)s")
"""
DOOR = """
from django.utils.translation import gettext_lazy, ngettext, pgettext
A = gettext_lazy("a label")
B = ngettext("%(n)d day", "%(n)d days", 2)
C = pgettext("a month", "May")
"""
PAGE = """{% load i18n %}
<p class="x">It's plain text, "quoted", and not (translated
  {% translate "a heading" %}
    {% blocktranslate trimmed with when=moment %}
      seen at {{ when }}
    {% endblocktranslate %}
{% blocktranslate count n=days %}{{ n }} bed{% plural %}{{ n }} beds{% endblocktranslate %}
"""


@pytest.fixture
def project(tmp_path: Path, settings) -> Path:
    """A tiny project with one module of each kind and one page."""
    for name, text in {
        "patients/clinical/x.py": PURE,
        "monitoring/y.py": DOOR,
        "templates/ildcare/z.html": PAGE,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    settings.BASE_DIR = tmp_path
    return tmp_path


def translate_all(language: str = "ja") -> None:
    path = catalogues.catalogue_path(language)
    text = path.read_text()
    head, _, body = text.partition("\n\n")
    for message in catalogues.read_catalogue(language):
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[0]
            plural = "" if isinstance(message.id, str) else f'msgid_plural "{message.id[1]}"\n'
            empty = 'msgstr[0] ""' if plural else 'msgstr ""'
            body = body.replace(
                f'msgid "{source}"\n{plural}{empty}', f'msgid "{source}"\n{plural}{empty[:-2]}"訳 {source}"'
            )
    path.write_text(f"{head}\n\n{body}")


def test_sentences_of_code_and_pages_are_found(project: Path) -> None:
    found = {catalogues._key(x) for x in catalogues.extract_messages() if x.id}
    assert found == {
        ("", "ferritin %(value)s above %(limit)s"),
        ("", "a label"),
        ("", "%(n)d day"),
        ("a month", "May"),
        ("", "a heading"),
        ("", "seen at %(when)s"),
        ("", "%(n)s bed"),
    }


def test_a_catalogue_is_complete_only_when_everything_is_translated(project: Path) -> None:
    assert any(x.startswith("missing") for x in catalogues.faults("ja"))
    catalogues.update_catalogue("ja")
    assert {x.partition(":")[0] for x in catalogues.faults("ja")} == {"not translated"}
    translate_all()
    assert catalogues.faults("ja") == []


def test_a_new_sentence_makes_it_incomplete_and_a_gone_one_too(project: Path) -> None:
    catalogues.update_catalogue("ja")
    translate_all()
    (project / "monitoring/y.py").write_text(DOOR.replace("a label", "another label"))
    assert sorted(x.partition(":")[0] for x in catalogues.faults("ja")) == ["missing", "no longer used"]


def test_an_update_keeps_translations_and_guesses_none(project: Path) -> None:
    catalogues.update_catalogue("ja")
    translate_all()
    (project / "monitoring/y.py").write_text(DOOR.replace("a label", "a labels"))
    catalogues.update_catalogue("ja")
    assert catalogues.faults("ja") == ["not translated: 'a labels'"]


def test_an_update_that_finds_nothing_new_changes_nothing(project: Path) -> None:
    catalogues.update_catalogue("ja")
    before = catalogues.catalogue_path("ja").read_bytes()
    catalogues.update_catalogue("ja")
    assert catalogues.catalogue_path("ja").read_bytes() == before


@pytest.mark.parametrize("wrong", ["訳 %(value)s", "訳 %(value)s %(limits)s", "訳 %(value)s %(limit)s %(limit)s"])
def test_a_place_lost_misspelt_or_doubled_is_a_fault(project: Path, wrong: str) -> None:
    """A sentence that lost its number would hide why an alert fired."""
    catalogues.update_catalogue("ja")
    translate_all()
    path = catalogues.catalogue_path("ja")
    path.write_text(path.read_text().replace("訳 ferritin %(value)s above %(limit)s", wrong))
    assert catalogues.faults("ja") == ["places differ: 'ferritin %(value)s above %(limit)s'"]


def test_compiled_catalogues_are_made_once_and_again_when_the_text_changes(project: Path) -> None:
    catalogues.update_catalogue("ja")
    translate_all()
    catalogues.compile_catalogues()
    compiled = catalogues.catalogue_path("ja").with_suffix(".mo")
    first = compiled.stat().st_mtime_ns
    catalogues.compile_catalogues()
    assert compiled.stat().st_mtime_ns == first
    compiled.unlink()
    catalogues.compile_catalogues()
    assert compiled.exists()
    assert [x.name for x in compiled.parent.iterdir() if x.suffix not in {".po", ".mo"}] == []


def test_pages_look_up_messages_in_variables_with_the_filter() -> None:
    """`{% translate variable %}` doubles a percent sign and then finds no translation."""
    found = [
        f"{page}: {tag}"
        for page in Path("templates").rglob("*.html")
        for tag in re.findall(r"{% translate [a-z][^'\"%]*%}", page.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("message", ["VC fall of more than 10 % in 90 days", "a fall of 5 to 10 %"])
def test_a_message_with_a_percent_sign_is_translated_on_a_page(message: str) -> None:
    with translation.override("ja"):
        page = Template("{% load reasons %}{{ message|translated }}").render(Context({"message": message}))
    assert "10 %" in page
    assert page != message


def test_a_message_marked_where_gettext_has_the_short_name_is_found(project: Path) -> None:
    (project / "patients" / "more.py").write_text('A = reason(_msg("a sentence of an action"))\n')
    assert "a sentence of an action" in {x.id for x in catalogues.extract_messages()}


def test_no_sentence_of_ours_renames_a_day_or_a_month() -> None:
    """A page writes "5 May" through the same catalogues: a button called "May" would be read as the month."""
    calendars = (dates.MONTHS, dates.MONTHS_3, dates.WEEKDAYS, dates.WEEKDAYS_ABBR, dates.MONTHS_AP, dates.MONTHS_ALT)
    with override("en"):
        names = {str(x) for calendar in calendars for x in calendar.values()}
    ours = {x.id for x in catalogues.read_catalogue("ja") if isinstance(x.id, str) and not x.context}
    assert {"May", "may"} <= names
    assert ours & names == set()
