"""The ward list."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ildcare.queries.wards import Line, ward_lines, wards_of
from patients.access import permission
from patients.audit import note_read
from patients.models import User, Ward

SORTS = ("danger", "bed", "name")


@require_safe
@permission("see_ward")
def ward_list(request: HttpRequest) -> HttpResponse:
    """Everybody on one of the user's wards; `?ward=` chooses it, `?sort=` the order."""
    user = cast(User, request.user)
    wards = wards_of(user)
    ward = _chosen(wards, request.GET.get("ward", ""))
    sort = request.GET.get("sort", "danger")
    return _list(request, wards, ward, sort if sort in SORTS else "danger")


@require_POST
@permission("see_ward")
def ward_search(request: HttpRequest) -> HttpResponse:
    """The lines whose name, kana or record number holds the words; by POST, so that no name stands in an address."""
    user = cast(User, request.user)
    wards = wards_of(user)
    return _list(request, wards, _chosen(wards, request.POST.get("ward", "")), "danger", request.POST.get("words", ""))


def _chosen(wards: list[Ward], code: str) -> Ward | None:
    return next((x for x in wards if x.code == code), wards[0] if wards else None)


def _list(request: HttpRequest, wards: list[Ward], ward: Ward | None, sort: str, words: str = "") -> HttpResponse:
    lines = ward_lines(ward, cast(User, request.user), timezone.now()) if ward else []
    total = len(lines)
    if words.strip():
        lines = [x for x in lines if _holds(x, words)]
    if sort == "bed":
        lines.sort(key=lambda x: x.bed)
    if sort == "name":
        lines.sort(key=lambda x: (x.patient.family_kana or x.patient.family_name, x.patient.given_name))
    note_read(None, f"ward list {ward.code}" if ward else "ward list", by=request.user)
    shown = {
        "page": "ward_list",
        "wards": wards,
        "ward": ward,
        "ward_name": ward.name_in(request.LANGUAGE_CODE) if ward else "",
        "ward_names": [(x, x.name_in(request.LANGUAGE_CODE)) for x in wards],
        "lines": lines,
        "total": total,
        "sort": sort,
        "words": words,
        "critical": sum(x.worst == "critical" for x in lines),
        "unacknowledged": sum(x.unacknowledged for x in lines),
    }
    return render(request, "ildcare/ward_list.html", shown)


def _holds(line: Line, words: str) -> bool:
    """Every word stands in the name, the kana or the record number."""
    person = line.patient
    names = (person.family_name, person.given_name, person.family_kana, person.given_kana, person.mrn)
    text = " ".join(names).casefold()
    return all(word in text for word in words.casefold().split())
