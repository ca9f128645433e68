"""The ward list: who is shown and in which order, the search, saved views, and the list's own questions for news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.queries.wards import WardLines, lines_at, read_lines, search_lines, ward_state, wards_of
from ildcare.ranking import ORDER
from ildcare.state_code import read_code
from ildcare.views.ward_rows import prebuilt
from ildcare.ward_cells import LABS
from ildcare.ward_filters import EVERY_WARD, Filters, chips, filters_from, options, ordered, read_filters, ticks
from ildcare.ward_line import Line
from monitoring.queries import LATE_AFTER_PERIODS
from patients.access import permission
from patients.actions import remove_view, save_view
from patients.audit import note_read
from patients.context import ContextForm
from patients.deeds import Refused
from patients.models import Patient, SavedView, User, Ward
from patients.wording import short_name_of, translated, unit_symbol

VIEWS = "saved views"  # what their forms are made for


@require_safe
@permission("see_ward")
def ward_list(request: HttpRequest) -> HttpResponse:
    """Everybody on one of the user's wards, or on all, less those whom the filters leave out.

    The page asks again by itself, with the word for the state that it shows (`state`): 204 while that still holds.
    Such an answer shows nothing, so it is no read of anything; whatever is shown is noted.
    """
    user, now = cast(User, request.user), timezone.now()
    filters = read_filters(request.GET)
    wards, chosen = _wards_asked_for(user, filters)
    state, late = _state(request, chosen, now)
    if request.htmx and request.GET.get("state") == state:  # type: ignore[attr-defined]
        return _nothing_new(now)
    read = lines_at(state, chosen, user, now)
    codes = ", ".join(x.code for x in chosen)
    note_read(None, f"ward list {codes}" if codes else "ward list", by=user)
    context = _list_context(request, filters, chosen, read, now) | {"state": state, "late": late}
    if request.htmx and request.htmx.target == "ward":  # type: ignore[attr-defined]
        return render(request, "ildcare/ward_list.html#ward", context)
    context |= _page_context(request, wards, chosen, filters) | _views_context(request, filters)
    return render(request, "ildcare/ward_list.html", context)


@require_POST
@permission("see_ward")
def ward_search(request: HttpRequest) -> HttpResponse:
    """The lines whose name, kana or record number holds the words; by POST, so that no name stands in an address.

    Words that nobody is called by may be the code of a printed sheet: it opens the patient at that moment.
    """
    user, now = cast(User, request.user), timezone.now()
    words = request.POST.get("words", "").strip()
    filters = Filters(request.POST.get("ward", ""))
    wards, chosen = _wards_asked_for(user, filters)
    if not words:
        return redirect(f"{reverse('ward_list')}{filters.query}" if filters.ward else "ward_list")
    read = search_lines(words, wards, user, now)
    note_read(None, "search of the ward lists", by=user)
    if not read.lines and (place := _place_of_code(words, user)):
        return redirect(place)
    context = _list_context(request, replace(filters, ward=EVERY_WARD), wards, read, now)
    context |= _page_context(request, wards, chosen, filters)
    return render(request, "ildcare/ward_list.html", context | {"words": words})


def _place_of_code(words: str, user: User) -> str:
    """The address of the state that a code names, if its patient is the user's; whose it is, is never told."""
    try:
        patient_id, moment = read_code(words)
    except ValueError:
        return ""
    if not Patient.objects.visible_to(user).filter(pk=patient_id).exists():
        return ""
    query = QueryDict(mutable=True)
    query["at"] = moment.isoformat()
    return f"{reverse('patient_detail', args=[patient_id])}?{query.urlencode()}"


# -- what the address asks for ----------------------------------------------------------------------------------------


def asked_lines(query: QueryDict, user: User, now: datetime) -> tuple[list[Line], list[Ward]]:
    """The lines of a list's address, filtered and in its order, and the wards that they are of."""
    filters = read_filters(query)
    _all, chosen = _wards_asked_for(user, filters)
    lines = read_lines(chosen, user, now).lines
    return [x for x in ordered(lines, filters.sort) if filters.admit(x)], chosen


def _wards_asked_for(user: User, filters: Filters) -> tuple[list[Ward], list[Ward]]:
    """All wards of the user, and those of the list: the one that is named, else the first."""
    wards = wards_of(user)
    if filters.ward == EVERY_WARD:
        return wards, wards
    return wards, [next((x for x in wards if x.code == filters.ward), wards[0])] if wards else []


def _state(request: HttpRequest, chosen: list[Ward], now: datetime) -> tuple[str, bool]:
    """A word for all that the list depends on: what is stored, the hour (times go by), the reader, whether the
    monitoring is alive. And whether it is late."""
    stored, last_sweep = ward_state(chosen)
    late = last_sweep is None or now - last_sweep > timedelta(seconds=settings.SWEEP_SECONDS * LATE_AFTER_PERIODS)
    hour = timezone.localtime(now).strftime("%Y-%m-%d %H")
    parts = (stored, [x.pk for x in chosen], hour, request.user.pk, request.LANGUAGE_CODE, late)
    return sha256(repr(parts).encode()).hexdigest()[:16], late


def _nothing_new(now: datetime) -> HttpResponse:
    """What is shown still holds; the page says when that was asked."""
    return HttpResponse(status=204, headers={"X-Checked": _clock(now)})


def _clock(now: datetime) -> str:
    return timezone.localtime(now).strftime("%H:%M:%S")


# -- what the page shows ----------------------------------------------------------------------------------------------


def _list_context(
    request: HttpRequest, filters: Filters, chosen: list[Ward], read: WardLines, now: datetime
) -> dict[str, Any]:
    shown = [x for x in ordered(read.lines, filters.sort) if filters.admit(x)]
    several = filters.ward == EVERY_WARD or len(chosen) > 1
    return {
        "filters": filters,
        "rows": prebuilt(shown, several_wards=several),
        "shown": len(shown),
        "total": len(read.lines),
        "critical": sum(x.worst == "critical" for x in shown),
        "unacknowledged": sum(x.unacknowledged for x in shown),
        "left_out_critical": sum(x.worst == "critical" for x in read.lines) - sum(x.worst == "critical" for x in shown),
        "kinds": list(options(read.lines, filters)),
        "ticks": ticks(read.lines, filters),
        "chips": chips(filters),
        "unread": sorted(read.unread),
        "whole_ward": filters.cleared().query,
        "here": f"{reverse('ward_list')}{filters.query}",
        "round": f"{reverse('round_start')}{filters.query}",
        "is_poll": request.htmx,  # type: ignore[attr-defined]
        "checked": _clock(now),
        "shown_at": now,
        "ward": chosen[0] if chosen else None,
        "heads": [(short_name_of(x), unit_symbol(x)) for x in LABS],
        "order": [translated(x) for x in ORDER],
    }


def _page_context(request: HttpRequest, wards: list[Ward], chosen: list[Ward], filters: Filters) -> dict[str, Any]:
    every = filters.ward == EVERY_WARD
    return {
        "page": "ward_list",
        "ward_names": [(x, x.name_in(request.LANGUAGE_CODE)) for x in wards],
        "ward_name": "" if every or not chosen else chosen[0].name_in(request.LANGUAGE_CODE),
        "every_ward": every,
    }


# -- saved views ------------------------------------------------------------------------------------------------------


class ViewForm(ContextForm):
    """A name for the filters that are on; `query` is the address that they stand in."""

    name = forms.CharField(label=_("Name of the view"), max_length=60)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)


class RemovalForm(ContextForm):
    """Which saved view is to be forgotten."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=60)


@require_POST
@permission("see_ward")
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name; 422 with the form if it has none, else on to the view."""
    user = cast(User, request.user)
    form = ViewForm(request.POST, request=request, target=VIEWS)
    filters = read_filters(QueryDict(str(form.data.get("query", "")).removeprefix("?")))
    if form.is_valid():
        try:
            name = form.cleaned_data["name"]
            form.once(lambda: save_view(by=user, name=name, filters=filters.stored()).pk)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            return redirect(f"{reverse('ward_list')}{filters.query}")
    return render(request, "ildcare/_ward_views.html", _views_context(request, filters, form), status=422)


@require_POST
@permission("see_ward")
def view_remove(request: HttpRequest) -> HttpResponse:
    """Forget a saved view; the list stays as it is."""
    user = cast(User, request.user)
    form = RemovalForm(request.POST, request=request, target=VIEWS)
    filters = read_filters(QueryDict(request.POST.get("query", "").removeprefix("?")))
    if form.is_valid():
        remove_view(by=user, name=form.cleaned_data["name"])
    return redirect(f"{reverse('ward_list')}{filters.query}")


def _views_context(request: HttpRequest, filters: Filters, form: ViewForm | None = None) -> dict[str, Any]:
    """The user's saved views, each with its address; which of them is shown; the forms."""
    views = [(x.name, filters_from(x.filters).query) for x in SavedView.objects.filter(user=cast(User, request.user))]
    return {
        "filters": filters,
        "views": [(name, query, query == filters.query) for name, query in views],
        "view_form": form or ViewForm(request=request, target=VIEWS, initial={"query": filters.query}),
        "removal_form": RemovalForm(request=request, target=VIEWS, auto_id=False),
    }
