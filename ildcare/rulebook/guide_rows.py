"""What the user guide tells of each rule, in both languages: when it opens an alert, how grave, on which basis.

The guide is the one place where these sentences stand; a test holds that it has a row for every rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language

from monitoring.engine import Rule
from patients.wording import translated

LANGUAGES = ("en", "ja")
ROW = re.compile(
    r"^\| (?P<title>[^|]+?) \| (?P<opens>[^|]+?) \| (?P<severity>[^|]+?) \| (?P<basis>[SLJ][^|]*?) \|$", re.M
)


@dataclass(frozen=True, slots=True)
class GuideRow:
    """The row of a rule in the guide."""

    opens: str
    severity: str
    basis: str


def guide_row(rule: Rule) -> GuideRow | None:
    """The row of a rule in the reader's language; None where the guide has none."""
    language = (get_language() or "")[:2]
    return _rows(language if language in LANGUAGES else LANGUAGES[0]).get(translated(rule.title))


@lru_cache(maxsize=len(LANGUAGES))
def _rows(language: str) -> dict[str, GuideRow]:
    path = settings.BASE_DIR / "docs" / f"guide.{language}.md"
    text = path.read_text(encoding="utf-8").replace("**", "") if path.exists() else ""
    return {x["title"]: GuideRow(x["opens"], x["severity"], x["basis"]) for x in ROW.finditer(text)}
