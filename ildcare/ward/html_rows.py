"""Rows of the ward list as HTML, made once for the same content: a list is asked for often and changes seldom.

The key is everything that the row shows, texts and numbers, with the language; so a row can never be another
patient's or out of date. What is kept stays in the memory of the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ildcare.ward.line import Line

MOST = 2048  # rows kept, about 4 kB each
NOT_SHOWN = frozenset({"patient", "changes", "last_visit", "rank", "alert_keys"})
SHOWN = tuple(x.name for x in fields(Line) if x.name not in NOT_SHOWN)
PERSON = ("pk", "mrn", "family_name", "given_name", "family_kana", "given_kana", "sex")


@dataclass(frozen=True, slots=True)
class _Content:
    key: tuple[object, ...]
    line: Line = field(compare=False)


def prebuilt(lines: Iterable[Line], *, several_wards: bool) -> list[SafeString]:
    """One table row for each line."""
    language = get_language()
    return [_row(_Content(_key(line, several_wards, language), line)) for line in lines]


def _key(line: Line, several_wards: bool, language: str | None) -> tuple[object, ...]:
    person = tuple(getattr(line.patient, name) for name in PERSON)
    return (*person, several_wards, language, *(getattr(line, name) for name in SHOWN))


@lru_cache(maxsize=MOST)
def _row(content: _Content) -> SafeString:
    several = content.key[len(PERSON)]
    html = get_template("ildcare/ward/_ward_line.html").render({"line": content.line, "several_wards": several})
    return SafeString(html)
