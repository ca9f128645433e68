"""The ward list."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ildcare.queries.wards import Line, found_lines, ward_lines, wards_of
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
    lines = ward_lines([ward], user, timezone.now()) if ward else []
    sort = request.GET.get("sort", "danger")
    note_read(None, f"ward list {ward.code}" if ward else "ward list", by=user)
    return _list(request, wards, ward, lines, sort=sort if sort in SORTS else "danger")


@require_POST
@permission("see_ward")
def ward_search(request: HttpRequest) -> HttpResponse:
    """The lines whose name, kana or record number holds the words; by POST, so that no name stands in an address."""
    user = cast(User, request.user)
    wards = wards_of(user)
    words = request.POST.get("words", "").strip()
    ward = _chosen(wards, request.POST.get("ward", ""))
    if not words:
        return redirect(f"{reverse('ward_list')}?ward={ward.code}" if ward else "ward_list")
    lines = found_lines(words, wards, user, timezone.now())
    note_read(None, "search of the ward lists", by=user)
    return _list(request, wards, ward, lines, words=words)


def _chosen(wards: list[Ward], code: str) -> Ward | None:
    return next((x for x in wards if x.code == code), wards[0] if wards else None)


def _list(
    request: HttpRequest, wards: list[Ward], ward: Ward | None, lines: list[Line], sort: str = "danger", words: str = ""
) -> HttpResponse:
    if sort == "bed":
        lines.sort(key=lambda x: x.bed)
    if sort == "name":
        lines.sort(key=lambda x: (x.patient.family_kana or x.patient.family_name, x.patient.given_name))
    shown = {
        "page": "ward_list",
        "wards": wards,
        "ward": ward,
        "ward_name": ward.name_in(request.LANGUAGE_CODE) if ward else "",
        "ward_names": [(x, x.name_in(request.LANGUAGE_CODE)) for x in wards],
        "lines": lines,
        "total": len(lines),
        "sort": sort,
        "shown_at": timezone.now(),
        "words": words,
        "critical": sum(x.worst == "critical" for x in lines),
        "unacknowledged": sum(x.unacknowledged for x in lines),
    }
    return render(request, "ildcare/ward_list.html", shown)
