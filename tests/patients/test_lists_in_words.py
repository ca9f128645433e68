"""Words and parts in a line are parted as the reader's language does it, not with an English comma."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.translation import override

from patients.wording import listed, listed_apart

ROOT = Path(__file__).resolve().parents[2]
APPS = ("patients", "algorithm", "monitoring", "ildcare")
NOT_SHOWN = {  # names, codes and statements of databases, documents, consoles, and errors that no page shows
    "algorithm/walk/subtypes.py",  # pure: names of antibodies, the same in every language
    "monitoring/rules/step_not_started.py",  # pure: names of steps
    "ildcare/evaluation/replay.py",
    "ildcare/evaluation/replay_text.py",
    "ildcare/exchange/fhir/arriving.py",  # to a machine
    "ildcare/exchange/fhir/searching.py",  # to a machine
    "ildcare/exchange/interface.py",  # to a machine
    "ildcare/exchange/mllp.py",  # to a machine
    "ildcare/exchange/table_forms.py",  # as it is typed
    "ildcare/exchange/telling.py",  # to a machine
    "ildcare/management/commands/downtime.py",
    "ildcare/management/commands/import.py",
    "ildcare/management/commands/traceability.py",
    "ildcare/operations/browser.py",
    "ildcare/operations/hazards.py",  # a document
    "ildcare/operations/traceability.py",
    "ildcare/ward/rows.py",
    "patients/imports/fhir_reports.py",  # conclusions in the words of their sender
    "ildcare/ward/sources.py",
    "ildcare/ward/views.py",  # of the audit
    "monitoring/queries.py",  # a statement
    "patients/actions/facts.py",
    "patients/actions/identity.py",
    "patients/changes.py",
    "patients/imports/case_events.py",  # codes of a format
    "patients/imports/fhir_checks.py",  # codes of a format
    "patients/imports/fields.py",  # codes of a format
    "patients/reading.py",
    "patients/recording.py",  # a statement
}
IN_CODE = re.compile(r"""(["'])[,;] \1\.join\(""")
IN_TEMPLATES = re.compile(r"""\|join:"[,;] "|[%}]\}[,;](?=\s*(\{|$))""", re.MULTILINE)
SENTENCES = re.compile(r"\{% blocktranslate.*?\{% endblocktranslate %\}", re.DOTALL)  # translated with their commas


def test_no_line_of_a_page_is_parted_with_an_english_comma() -> None:
    paths = (x for app in APPS for x in (ROOT / app).rglob("*.py") if "migrations" not in x.parts)
    assert {str(x.relative_to(ROOT)) for x in paths if IN_CODE.search(x.read_text(encoding="utf-8"))} == NOT_SHOWN
    pages = {x.name: SENTENCES.sub("", x.read_text(encoding="utf-8")) for x in (ROOT / "templates").rglob("*.html")}
    assert [name for name, text in pages.items() if IN_TEMPLATES.search(text)] == []


@pytest.mark.parametrize("part", [listed, listed_apart])
def test_a_line_has_what_the_language_puts_between(part) -> None:
    with override("en"):
        assert part(["one", "two"]) in ("one, two", "one; two")
    with override("ja"):
        assert re.fullmatch(r"one[、／；]two", part(["one", "two"]))


def test_a_template_escapes_what_it_lists() -> None:
    shown = Template("{% load reasons %}{{ x|listed }}").render(Context({"x": ["<b>", "c"]}))
    assert shown == "&lt;b&gt;, c"
