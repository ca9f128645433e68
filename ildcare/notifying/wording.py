"""What a message says, in the language of who reads it: how many cards, on which ward, and where to look. No more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from monitoring.notifying import counts_of
from monitoring.receiving import COUNTED, Content, WardCounts
from patients.wording import listed


@dataclass(frozen=True, slots=True)
class Message:
    """A title, one line for each ward, and where to look."""

    title: str
    lines: tuple[str, ...]
    link: str


def message_of(content: Content, language: str) -> Message:
    """In the language in use; `language`: its code, by which a ward is named."""
    if content.test:
        return Message(gettext("ildcare: a test"), (gettext("This is a test. It tells of no alert."),), address())
    links = [ward_link(x) for x in content.wards]
    lines = tuple(_line(x, language) for x in content.wards)
    return Message(f"ildcare: {counted(counts_of(content))}", lines, links[0] if len(links) == 1 else address())


def _line(counts: WardCounts, language: str) -> str:
    name = counts.ward.name_in(language) if counts.ward else gettext("on no ward")
    return gettext("%(ward)s: %(what)s") % {"ward": name, "what": counted(counts_of(Content((counts,))))}


def counted(counts: Mapping[str, int]) -> str:
    """How many of each kind, of which there are any, in words."""
    critical, warning, passed_on, withdrawn = (counts.get(x, 0) for x in COUNTED)
    parts = [
        (critical, ngettext("%(n)s critical alert", "%(n)s critical alerts", critical)),
        (warning, ngettext("%(n)s warning", "%(n)s warnings", warning)),
        (passed_on, ngettext("%(n)s of them passed on", "%(n)s of them passed on", passed_on)),
        (withdrawn, ngettext("%(n)s withdrawn", "%(n)s withdrawn", withdrawn)),
    ]
    return listed([words % {"n": n} for n, words in parts if n])


def ward_link(counts: WardCounts) -> str:
    """Where the alerts of a ward are: its list; of who lies on none, the page of these."""
    if counts.ward is None:
        return address(reverse("off_ward_list"))
    return address(f"{reverse('ward_list')}?ward={counts.ward.code}")


def address(path: str = "/") -> str:
    """A page of this installation, as others reach it."""
    return f"{settings.SITE_ADDRESS}{path}"
