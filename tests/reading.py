"""What a reader sees of a page, and what of it stays the same from one moment to the next.

A page carries tokens, digests and ids that nobody reads. They are drawn anew each time and can spell any short word:
that a word is not on a page is asked of `words_of`, and that two loads of a page are one is asked of `plain`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

UNSEEN = {"script", "style", "template", "head"}  # of the head a reader sees the title
READ = ("title", "alt", "placeholder", "label", "aria-label", "aria-description")  # attributes in words


class _Words(HTMLParser):
    """Collects text, attributes that are shown or read aloud, and what stands in fields."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self.unseen.append(tag)
        if tag == "input" and given.get("type") == "hidden":
            return
        self.said += [given[name] for name in READ if name in given]
        if tag == "input":
            self.said.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if self.unseen and self.unseen[-1] == tag:
            self.unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self.unseen or self.lasttag == "title":
            self.said.append(data)


def words_of(page: Any) -> str:
    """All that a reader sees or hears of an answer or of its HTML, in one line: no token, no address, no id."""
    html = page if isinstance(page, str) else page.content.decode()
    reader = _Words()
    reader.feed(html)
    reader.close()
    return " ".join(" ".join(reader.said).split())


def plain(html: str) -> str:
    """A part of a page without what differs between two loads: tokens, clock times, marks of what is under way.

    Of a moment in a field or an address the day stays, of a text everything but the time of day.
    """
    html = re.sub(r'(value|content)="[^"]{30,}"', "", html)  # tokens
    html = re.sub(r"(\d{4}-\d\d-\d\dT)[\d:.]+(%3A\d\d)*[\d.]*((\+|-|%2B)\d\d(:|%3A)\d\d|Z)?", r"\1", html)
    html = re.sub(r"\b\d{1,2}:\d{2}(:\d{2})?\b", "", html)
    html = re.sub(r' (class|style)="(htmx-[a-z]+)?"', "", html)
    return re.sub(r"\s+", " ", html)
