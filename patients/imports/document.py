"""JSON as senders write it, read so that nothing is lost: numbers stay the text they were, repeated keys are seen."""

from __future__ import annotations

import json
from typing import Any

from patients.clinical.reasons import Reason, _, reason
from patients.imports.faults import CaseFaults, Fault

BOM = "\ufeff"


class Number(str):
    """A number as it stood in the document, e.g. "0.21"; exact, unlike a float."""

    __slots__ = ()


class Object(dict[str, Any]):
    """A JSON object that remembers which keys were given twice."""

    repeated: tuple[str, ...] = ()


def read(document: str | bytes) -> Object:
    """The object that a document holds. Raises CaseFaults when it is not UTF-8, not JSON or not an object."""
    text = _decoded(document) if isinstance(document, bytes) else document
    try:
        found = json.loads(
            text.removeprefix(BOM),
            object_pairs_hook=_object,
            parse_float=Number,
            parse_int=Number,
            parse_constant=Number,
        )
    except json.JSONDecodeError as error:
        raise _refused(
            reason(_("not JSON: line %(line)s, column %(column)s"), line=error.lineno, column=error.colno)
        ) from None
    except RecursionError:
        raise _refused(reason(_("nested too deeply"))) from None
    if not isinstance(found, Object):
        raise _refused(reason(_("the document must be one JSON object")))
    return found


def _decoded(document: bytes) -> str:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(reason(_("not UTF-8 text (byte %(place)s)"), place=error.start + 1)) from None


def _refused(why: Reason) -> CaseFaults:
    return CaseFaults([Fault(None, why)])


def _object(pairs: list[tuple[str, Any]]) -> Object:
    found = Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        found.repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return found
