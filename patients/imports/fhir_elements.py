"""Reading single elements of FHIR resources: what is not there, or is something else, is "not told". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from patients.imports.code_map import Coding
from patients.imports.fields import Object

NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # what JSON can hold and no text has: nothing stores it


def text_of(holder: Any, key: str) -> str:
    """A text, or a number as it stood there."""
    found = holder.get(key) if isinstance(holder, Object) else None
    return _readable(found) if isinstance(found, str) else ""


def texts(holder: Object, key: str) -> list[str]:
    """The texts of a list."""
    return [_readable(x) for x in listed(holder, key) if isinstance(x, str)]


def _readable(text: str) -> str:
    return NO_TEXT.sub("\ufffd", text).strip()


def holds_no_text(document: Object) -> bool:
    """Does anything in a document hold a character that no text has?"""
    level: list[Any] = [document]
    while level:
        names = (name for x in level if isinstance(x, dict) for name in x)
        inner = [y for x in level for y in (x.values() if isinstance(x, dict) else x)]
        if any(NO_TEXT.search(x) for x in (*names, *inner) if isinstance(x, str)):
            return True
        level = [x for x in inner if isinstance(x, dict | list)]
    return False


def listed(holder: Any, key: str) -> list[Any]:
    """A list."""
    found = holder.get(key) if isinstance(holder, Object) else None
    return found if isinstance(found, list) else []


def objects(holder: Any, key: str) -> list[Object]:
    """The objects of a list."""
    return [x for x in listed(holder, key) if isinstance(x, Object)]


def object_of(holder: Any, key: str) -> Object:
    """An object, empty where none is told."""
    found = holder.get(key) if isinstance(holder, Object) else None
    return found if isinstance(found, Object) else Object()


def contained_in(resource: Object) -> list[Object]:
    """Resources that stand in another one."""
    return objects(resource, "contained")


def codings_of(concept: Any) -> Iterator[Coding]:
    """The codes of a concept, and its text as one without code."""
    if not isinstance(concept, Object):
        return
    for x in objects(concept, "coding"):
        yield Coding(text_of(x, "system"), text_of(x, "code"), text_of(x, "display"))
    if text_of(concept, "text"):
        yield Coding("", "", text_of(concept, "text"))


def words_of(concept: Any) -> str:
    """What a concept is called first."""
    return next((x.name or x.code for x in codings_of(concept) if x.name or x.code), "")


def reference_of(found: Any) -> str:
    """Where a reference leads; the number of a person where it names that alone."""
    if not isinstance(found, Object):
        return ""
    told = text_of(found, "reference")
    if told:
        return told.partition("/_history/")[0]
    identifier = found.get("identifier")
    return text_of(identifier, "value") if isinstance(identifier, Object) else ""
