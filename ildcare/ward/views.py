"""The ward list: who is shown and in which order, the search, saved views, and the list's own questions for news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.account.home import begins_elsewhere
from ildcare.evaluation.saved import rows_just_now
from ildcare.moment.state_code import read_code
from ildcare.ward.cells import LABS
from ildcare.ward.filters import EVERY_WARD, SORTS, Filters, chips, filters_from, options, ordered, read_filters, ticks
from ildcare.ward.html_rows import in_bands
from ildcare.ward.lines import WardLines, lines_at, search_lines, wards_for
from ildcare.ward.off_ward import ListHead, list_head
from ildcare.ward.ranking import INSIDE, ORDER
from ildcare.ward.state import WardState, ward_state
from ildcare.ward.systems import LOOKED_DAYS, NAMES, SHORT, System
from ildcare.ward.tour import tour_of
from monitoring.queries import is_late
from patients.access import permission
from patients.actions import remove_view, save_view
from patients.audit import note_read
from patients.changes import Refused
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.wall_clock import start_of_hour
from patients.context import ContextForm
from patients.forms.layouts import beside
from patients.merged import kept_ids
from patients.models import Patient, User, Ward
from patients.queries import site_zone
from patients.requests import AuthenticatedHttpRequest
from patients.stay_steps import steps_out_of_sight
from patients.wording import short_name_of, translated, unit_symbol

VIEWS = "saved views"  # what their forms are made for


@require_safe
@begins_elsewhere()
@permission("see_ward")
def ward_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Everybody on one of the user's wards, or on all, less those whom the filters leave out.

    The page asks again by itself, with the word for the state that it shows (`state`): 204 while that still holds.
    Such an answer shows nothing, so it is no read of anything; whatever is shown is noted.
    """
    user, now = request.user, timezone.now()
    filters = read_filters(request.GET)
    wards, chosen = wards_for(filters, user)
    state = ward_state(chosen, user, now)
    word, late = _word(request, state, chosen, now), is_late(state.last_sweep, now)
    if request.htmx and request.GET.get("state") == word:
        return _nothing_new(now)
    request.last_sweep = state.last_sweep  # type: ignore[attr-defined]  # the frame of the page need not read it again
    read = lines_at(state, chosen, user, now)
    codes = ", ".join(x.code for x in chosen)
    note_read(None, f"ward list {codes}" if codes else "ward list", by=user)
    context = _list_context(request, filters, chosen, read, now) | {"state": word, "late": late}
    if request.htmx and request.htmx.target == "ward":
        return render(request, "ildcare/ward/ward_list.html#ward", context)
    head = list_head(user)
    context |= _page_context(request, wards, chosen, filters, head) | _views_context(request, filters, head)
    context["tour"] = tour_of(request, read.lines)
    context |= {
        "out_of_sight": steps_out_of_sight(request) if head.lost else [],
        "saved_rows": rows_just_now(request) if head.sheet else [],
    }
    return render(request, "ildcare/ward/ward_list.html", context)


@require_POST
@permission("see_ward")
def ward_search(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The lines of the user's patients on whom the words fit; by POST, so that no name stands in an address.

    Words that nobody is called by may be the code of a printed sheet: it opens the patient at that moment.
    """
    user, now = request.user, timezone.now()
    words = request.POST.get("words", "").strip()
    filters = Filters(request.POST.get("ward", ""))
    wards, chosen = wards_for(filters, user)
    if not words:
        return redirect(f"{reverse('ward_list')}{filters.query}" if filters.ward else "ward_list")
    read = search_lines(words, wards, user, now)
    note_read(None, "search of the ward lists", by=user)
    if not read.lines and (place := _place_of_code(words, user)):
        return redirect(place)
    context = _list_context(request, replace(filters, ward=EVERY_WARD), wards, read, now)
    context |= _page_context(request, wards, chosen, filters, list_head(user))
    found = {"words": words, "more": read.more, "merged": read.merged}
    return render(request, "ildcare/ward/ward_list.html", context | found)


def _place_of_code(words: str, user: User) -> str:
    """The address of the state that a code names, if its patient is the user's; whose it is, is never told.

    A record that was merged since is opened as a part of the one that it went into, whose page says so.
    """
    try:
        patient_id, moment = read_code(words)
    except ValueError:
        return ""
    patient_id = kept_ids([patient_id]).get(patient_id, patient_id)
    if not Patient.objects.visible_to(user).filter(pk=patient_id).exists():
        return ""
    query = QueryDict(mutable=True)
    query["at"] = moment.isoformat()
    query["sheet"] = "1"
    return f"{reverse('patient_detail', args=[patient_id])}?{query.urlencode()}"


def _word(request: AuthenticatedHttpRequest, state: WardState, chosen: list[Ward], now: datetime) -> str:
    """A word for all that the list depends on: what is stored, the wards and their names, the hour (times go by), the
    reader, whether the monitoring is alive."""
    zone = site_zone()
    wards = [(x.pk, x.code, x.name, x.name_ja) for x in chosen]
    stored = (state.lines, state.people, is_late(state.last_sweep, now))
    parts = (stored, wards, start_of_hour(now, zone), zone.key, request.user.pk, request.LANGUAGE_CODE)
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _nothing_new(now: datetime) -> HttpResponse:
    """What is shown still holds; the page says when that was asked."""
    return HttpResponse(status=204, headers={"X-Checked": _clock(now)})


def _clock(now: datetime) -> str:
    return timezone.localtime(now).strftime("%H:%M:%S")


# -- what the page shows ----------------------------------------------------------------------------------------------


def _list_context(
    request: AuthenticatedHttpRequest, filters: Filters, chosen: list[Ward], read: WardLines, now: datetime
) -> dict[str, Any]:
    shown = [x for x in ordered(read.lines, filters.sort) if filters.admit(x)]
    several = filters.ward == EVERY_WARD or len(chosen) > 1
    return {
        "filters": filters,
        "bands": in_bands(shown, read.made, several_wards=several, banded=filters.sort == SORTS[0]),
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
        "is_poll": request.htmx,
        "checked": _clock(now),
        "shown_at": now,
        "ward": chosen[0] if chosen else None,
        "every_ward": filters.ward == EVERY_WARD,
        "looked_days": LOOKED_DAYS,
        "heads": [(short_name_of("test", x), unit_symbol(x)) for x in LABS],
        "gas_unit": unit_symbol("pao2"),
        "level_unit": unit_symbol(levelled_drugs()[0]),  # one unit for all of them (held by a test)
        "order": [translated(x) for x in ORDER],
        "inside": translated(INSIDE),
        "systems": [(translated(SHORT[x]), translated(NAMES[x])) for x in System],
    }


def _page_context(
    request: AuthenticatedHttpRequest, wards: list[Ward], chosen: list[Ward], filters: Filters, head: ListHead
) -> dict[str, Any]:
    every = filters.ward == EVERY_WARD
    return {
        "off_ward": head.off_ward,
        "off_ward_critical": head.critical,
        "off_ward_unread": head.unread,
        "page": "ward_list",
        "ward_names": [(x, x.name_in(request.LANGUAGE_CODE), Filters(x.code).query) for x in wards],
        "ward_name": "" if every or not chosen else chosen[0].name_in(request.LANGUAGE_CODE),
    }


# -- saved views ------------------------------------------------------------------------------------------------------


class ViewForm(ContextForm):
    """A name for the filters that are on; `query` is the address that they stand in."""

    name = forms.CharField(
        label=_("Name of the view"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("name", "query", button=_("Keep"))


class RemovalForm(ContextForm):
    """Which saved view is to be forgotten."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=60)


@require_POST
@permission("see_ward")
def view_save(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Keep the filters under a name; 422 with the form if it has none, else on to the view."""
    user = request.user
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
    return render(
        request, "ildcare/ward/_ward_views.html", _views_context(request, filters, list_head(user), form), status=422
    )


@require_POST
@permission("see_ward")
def view_remove(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Forget a saved view; the list stays as it is."""
    user = request.user
    form = RemovalForm(request.POST, request=request, target=VIEWS)
    filters = read_filters(QueryDict(request.POST.get("query", "").removeprefix("?")))
    if form.is_valid():
        remove_view(by=user, name=form.cleaned_data["name"])
    return redirect(f"{reverse('ward_list')}{filters.query}")


def _views_context(
    request: AuthenticatedHttpRequest, filters: Filters, head: ListHead, form: ViewForm | None = None
) -> dict[str, Any]:
    """The user's saved views, each with its address; which of them is shown; the forms."""
    views = [(name, filters_from(saved).query) for name, saved in head.views]
    return {
        "filters": filters,
        "views": [(name, query, query == filters.query) for name, query in views],
        "view_form": form or ViewForm(request=request, target=VIEWS, initial={"query": filters.query}),
        "removal_form": RemovalForm(request=request, target=VIEWS, auto_id=False),
    }
