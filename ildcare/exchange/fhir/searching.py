"""Searches of FHIR: which patient is asked for, and a searchset of what was found, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from patients.exports.elements import Json
from patients.imports import fhir_systems as systems
from patients.imports.observation import SentNumber
from patients.imports.record_numbers import Rule, candidates

COUNT, OFFSET = "_count", "_offset"
ALLOWED = (COUNT, OFFSET, "_format")
MOST = 10_000  # resources of a page, where no number is asked for


class NotASearch(ValueError):  # noqa: N818 - what it is
    """A search that is not understood; its text says why."""


def identifier_of(query: QueryDict, authorities: Sequence[str] = ()) -> str:
    """The record number of `identifier=[system|]number`; "" for one of a system whose numbers are others here.

    `authorities`: whose numbers are this hospital's, as its administrator said of who asks; the product's own system
    always is, and so is every one where nobody has said.
    """
    system, _bar, number = _only(query, "identifier").rpartition("|")
    if system in ("", systems.MRN):
        return number
    told = SentNumber(value=number, authorities=(system,))
    return next(iter(candidates((told,), Rule(tuple(authorities)))), "")


def patient_key_of(query: QueryDict) -> str:
    """The id of `patient=[Patient/]id`."""
    return _only(query, "patient").removeprefix("Patient/")


def _only(query: QueryDict, name: str) -> str:
    """The one parameter of a search. What is not understood is not read over: the answer would be another one."""
    others = [x for x in query if x not in (*ALLOWED, name)]
    if others:
        raise NotASearch(_("not understood: %(parameters)s") % {"parameters": ", ".join(x[:40] for x in others[:10])})
    values = query.getlist(name)
    if len(values) != 1 or not values[0]:
        raise NotASearch(_('one "%(name)s" is needed') % {"name": name})
    return values[0]


def searchset(found: Sequence[Json], request: HttpRequest, *, notes: Iterable[Json] = ()) -> Json:
    """One page of resources. `notes`: outcomes that say what is not among them."""
    count, offset = _number(request, COUNT, MOST), _number(request, OFFSET, 0)
    page = found[offset : offset + count]
    base = request.build_absolute_uri("/fhir")
    entries = [
        {"fullUrl": f"{base}/{x['resourceType']}/{x['id']}", "resource": x, "search": {"mode": "match"}} for x in page
    ]
    links = [{"relation": "self", "url": request.build_absolute_uri()}]
    if offset + count < len(found):
        links.append({"relation": "next", "url": _page(request, count, offset + count)})
    said = [{"resource": x, "search": {"mode": "outcome"}} for x in notes]
    whole: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    return {**whole, "entry": [*entries, *said]} if entries or said else whole


def _page(request: HttpRequest, count: int, offset: int) -> str:
    query = request.GET.copy()
    query[COUNT], query[OFFSET] = str(count), str(offset)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return otherwise
    if not text.isdecimal() or len(text) > 6:
        raise NotASearch(_('"%(name)s" must be a number') % {"name": name})
    return min(int(text), MOST) if name == COUNT else int(text)
