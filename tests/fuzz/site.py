"""The site as its pages show it: every link and every form that can be sent, found by reading the pages themselves.

Nothing here names a page: addresses come from the URLconf and from links, forms from the HTML that a browser would get.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

TYPED = ("text", "search", "number", "date", "datetime-local", "time", "password", "email", "url", "tel", "file")
# what a page is made with, or the way back: no address of the product is behind it
ELSEWHERE = ("/static/", "/admin/", "/media/")


@dataclass
class Control:
    """A field or button of a form: what it is, what it sends as it stands, what it can be set to."""

    name: str
    kind: str  # the type of an input, or "select", "textarea", "button"
    value: str = ""
    options: list[str] = field(default_factory=list)
    chosen: bool = True  # sends its value as the page stands
    decimal: bool = False
    action: str = ""


@dataclass
class Form:
    """A form of a page that is sent by POST."""

    action: str
    controls: list[Control] = field(default_factory=list)

    @property
    def buttons(self) -> list[Control]:
        """What it can be sent with."""
        return [x for x in self.controls if x.kind == "button"]

    def actions(self) -> Iterator[str]:
        """Where it can be sent."""
        yield self.action
        yield from (x.action for x in self.buttons if x.action)

    def asks(self) -> bool:
        """Is there a question that is answered by a tick?"""
        return any("confirmed" in x.name for x in self.controls)


class Reader(HTMLParser):
    """Links and forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._waiting: list[tuple[str, Control]] = []  # of a form that is named and may stand further down
        self._form: Form | None = None
        self._control: Control | None = None
        self._drafts: list[tuple[Form, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and (given.get("href") or "#")[0] not in "#":
            self.links.append(urljoin(self.address, given["href"]).partition("#")[0])
        elif tag == "form":
            self._form = Form(urljoin(self.address, given.get("action") or self.address))
            if given.get("method", "").lower() == "post":
                self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
            # what a script sends of the same fields
            kept = {urljoin(self.address, given[x]) for x in ("data-draft", "hx-post") if given.get(x)}
            self._drafts += [(self._form, x) for x in sorted(kept - {self._form.action})]
        elif tag in ("input", "select", "textarea", "button"):
            self._begin(tag, given)
        elif tag == "option" and self._control and self._control.kind == "select":
            self._control.options.append(given.get("value", ""))
            if "selected" in given or len(self._control.options) == 1:
                self._control.value = given.get("value", "")
        if given.get("hx-post") and tag not in ("form",) and self._form:
            self._drafts.append((self._form, urljoin(self.address, given["hx-post"])))

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        if tag == "button" and given.get("type", "submit") != "submit":
            return
        if kind == "submit":
            kind = "button"
        control = Control(given.get("name", ""), kind, given.get("value", ""))
        control.chosen = kind not in ("checkbox", "radio") or "checked" in given
        control.decimal = given.get("inputmode") in ("decimal", "numeric") or kind == "number"
        control.action = urljoin(self.address, given["formaction"]) if given.get("formaction") else ""
        if kind in ("checkbox", "radio"):
            control.value = given.get("value", "on")
        self._control = control if tag in ("select", "textarea") else self._control
        if not control.name and kind != "button":
            return
        if given.get("form"):
            self._waiting.append((given["form"], control))
        elif self._form is not None:
            self._form.controls.append(control)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in ("select", "textarea"):
            self._control = None

    def handle_data(self, data: str) -> None:
        if self._control and self._control.kind == "textarea":
            self._control.value += data

    def close(self) -> None:
        """What stands outside of its form is put into it; a draft is one more way to send a form."""
        super().close()
        for name, control in self._waiting:
            if name in self._by_id:
                self._by_id[name].controls.append(control)
        self._waiting = []
        for form, address in self._drafts:
            if form in self.forms:
                form.controls.append(Control("", "button", action=address))
        self._drafts = []


def page_of(address: str, answer: Any) -> Reader:
    """What an answer shows; nothing if it is no page."""
    reader = Reader(address)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        reader.feed(answer.content.decode())
    reader.close()
    return reader


def found_at(address: str) -> tuple[str, dict[str, Any]]:
    """Name and arguments of an address of the site; ("", {}) of any other."""
    parts = urlsplit(address)
    if (parts.netloc and parts.netloc != "testserver") or parts.path.startswith(ELSEWHERE):
        return "", {}
    try:
        found = resolve(parts.path)
    except Resolver404:
        return "", {}
    return found.url_name or "", found.kwargs


Way = tuple[str, ...]


def way_of(address: str) -> Way:
    """What kind of form is sent there: the name of the address, and the words in it that are no key of a row."""
    name, kwargs = found_at(address)
    words = [str(value) for key, value in kwargs.items() if key in ("kind", "do", "how", "name")]
    return (name, *words)


@dataclass(frozen=True)
class Met:
    """A form as somebody met it on a page."""

    who: str
    page: str
    form: Form


class Site:
    """The site as some people see it: which pages were met, and which forms stand on them."""

    def __init__(self, people: dict[str, Client]) -> None:
        self.people = people
        self.statuses: dict[str, dict[str, int]] = {}  # by page and who
        self.names: set[str] = set()  # of addresses that gave a page
        self.forms: dict[Way, dict[str, Met]] = defaultdict(dict)  # by who and page: the newest

    def get(self, who: str, address: str, **headers: str) -> tuple[Any, Reader]:
        """A page, read; its forms are remembered."""
        answer = self.people[who].get(address, headers=headers)
        self.statuses.setdefault(address, {})[who] = answer.status_code
        reader = self.read(who, address, answer)
        if answer.status_code == 200:
            self.names.add(found_at(address)[0])
        return answer, reader

    def read(self, who: str, address: str, answer: Any) -> Reader:
        """What an answer shows, whose forms are remembered."""
        reader = page_of(address, answer)
        for form in reader.forms:
            for action in form.actions():
                if (way := way_of(action))[0]:
                    self.forms[way][f"{who} {address}"] = Met(who, address, form)
        return reader

    def explore(self, who: str, *starts: str) -> None:
        """All pages that links lead to: of each address one a form, and the words in it and its query make another."""
        waiting, met, opened = list(starts), set(), set()
        while waiting:
            address = waiting.pop(0)
            if address in opened:
                continue
            parts = urlsplit(address)
            kind = (*way_of(address), _asked(parts.query))
            if not kind[0] or parts.path.endswith(".pdf") or (kind in met and address not in starts):
                continue
            met.add(kind)
            opened.add(address)
            answer, reader = self.get(who, address)
            if answer.status_code in (301, 302):
                waiting.append(urljoin(address, answer.headers["Location"]))
            waiting += reader.links

    def send(self, met: Met, way: Way, sent: dict[str, Any], **headers: str) -> tuple[Any, Reader]:
        """A form is sent; what comes back is read, and where it leads is opened."""
        action = next(x for x in met.form.actions() if way_of(x) == way)
        answer = self.people[met.who].post(action, sent, headers=headers)
        reader = self.read(met.who, action, answer)
        if answer.status_code == 302:
            self.get(met.who, urljoin(action, answer.headers["Location"]).partition("#")[0])
        return answer, reader


def _asked(query: str) -> str:
    """What a page is asked to show a form for."""
    return next((x for x in query.split("&") if x.startswith(("do=", "panel="))), "")
