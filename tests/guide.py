"""The user guide as a test reads it: texts, pictures, headings, and the labels of the interface that it names.

In the guide **bold** is always a label of the interface, letter by letter as it stands there.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "docs" / "screenshots"
LANGUAGES = ("en", "ja")
WALKED = SCREENSHOTS / "walked"  # digest of what the last walk through the guide that came to its end had read
WALKS_READ = (
    "templates",
    "static",
    "ildcare/demo",
    "docs/guide.en.md",
    "docs/guide.ja.md",
    "tests/browser/test_guide.py",
)
PAPER = ("round-sheet", "handover")  # pictures of what comes out of the printer


def guide(language: str) -> str:
    """The text of the guide."""
    return (ROOT / "docs" / f"guide.{language}.md").read_text(encoding="utf-8")


def what_the_walk_reads() -> str:
    """Digest of the files that decide what the guide's pages show."""
    places = [ROOT / x for x in WALKS_READ]
    files = [x for place in places for x in ([place] if place.is_file() else place.rglob("*"))]
    digest = hashlib.sha256()
    for path in sorted(x for x in files if x.is_file() and "__pycache__" not in x.parts and "vendor" not in x.parts):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest() + "\n"


def pictures_of(language: str) -> list[str]:
    """Names of the pictures in their order; each stands in the folder of its language."""
    return re.findall(rf"!\[[^\]]+\]\(screenshots/{language}/([a-z-]+)\.png\)", guide(language))


def shape_of(language: str) -> list[str]:
    """Headings by their level, pictures by their name, list items and rows of tables as such."""
    found = []
    for line in guide(language).splitlines():
        picture = re.match(r"!\[[^\]]+\]\(screenshots/../([a-z-]+)\.png\)", line)
        sign = re.match(r"#+ |- |\d+\. |\|", line)
        if picture or sign:
            found.append(picture[1] if picture else sign[0].strip() if sign else "")
    return found


def labels_of(language: str) -> set[str]:
    """Every label that the guide quotes."""
    return set(re.findall(r"\*\*(.+?)\*\*", guide(language)))


def catalogue() -> dict[str, set[str]]:
    """English text -> its Japanese, of everything that the interface says (of plurals the one for many)."""
    found: dict[str, set[str]] = {}
    with (ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po").open("rb") as file:
        for message in read_po(file, locale="ja"):
            english = message.id if isinstance(message.id, str) else message.id[-1]
            japanese = message.string if isinstance(message.string, str) else (message.string or [""])[0]
            if english and japanese:
                found.setdefault(english, set()).add(japanese)
    return found
