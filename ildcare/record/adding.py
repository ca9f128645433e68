"""The menu "+ Add" of a patient's pages, the way back from its forms, and what was saved a moment ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.evaluation.shown import pathway_at
from ildcare.record.answer_words import one_of
from patients.access import may
from patients.actions import UNDONE_WITHIN
from patients.context import ContextForm
from patients.entries import StoredEntry, last_entry
from patients.fact_words import summary_of
from patients.forms import FORMS
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest

# the menu: a few words to look under, and the forms in the order in which a round needs them
GROUPS = (
    (gettext_lazy("Results"), ("results", "other_test")),
    (gettext_lazy("Bedside"), ("finding", "support", "judgement", "decision")),
    (gettext_lazy("Reports"), ("hrct", "antibody", "diagnosis", "onset", "histology", "first_facts")),
    (gettext_lazy("Drugs"), ("treatment", "medication", "taper", "cycles")),
    (gettext_lazy("Stay"), ("admission", "discharge", "outcome")),
)
# what is written with a step of the stay, on a page of its own: what opens its form, its title, the right it takes
OF_THE_STAY = {
    "admission": ("admit", gettext_lazy("Admission"), "admit_patients"),
    "discharge": ("discharge", gettext_lazy("Discharge"), "admit_patients"),
    "outcome": ("outcome", gettext_lazy("Outcome of the course"), "record_reports"),
}
# pages from which a form is opened, and to which it may return: pages of the same patient
OPENED_FROM = frozenset({"patient_detail", "round_patient", "result_list", "treatment_list"})
SWAPPED = OPENED_FROM - {"round_patient"}  # whose content may be put in place: nothing else is being typed on it


@dataclass(frozen=True, slots=True)
class Entry:
    """One form in the menu. `leaves`: it stands on a page of its own."""

    kind: str
    title: Any
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Forms that are looked for together."""

    title: Any
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What the reader entered a moment ago. `form` takes it back; None where it was taken back already."""

    entry: StoredEntry
    lines: tuple[str, ...]
    answer: str
    form: ContextForm | None


def add_menu(user: Any) -> tuple[Group, ...]:
    """The forms that the user may send for a patient whose record is open."""
    groups = (Group(title, tuple(_entries(user, kinds))) for title, kinds in GROUPS)
    return tuple(group for group in groups if group.entries)


def _entries(user: Any, kinds: Sequence[str]) -> Iterator[Entry]:
    for kind in kinds:
        if kind in OF_THE_STAY:
            _do, title, right = OF_THE_STAY[kind]
        else:
            title, right = FORMS[kind].short or FORMS[kind].title, FORMS[kind].right
        if may(user, right):
            yield Entry(kind, title, leaves=kind in OF_THE_STAY)


def adding(request: AuthenticatedHttpRequest, patient: Patient) -> dict[str, Any]:
    """What a page needs for "+ Add": the menu, where its forms return to, what was saved a moment ago."""
    return {
        "add": add_menu(request.user),
        "opened_on": request.get_full_path(),
        "saved": saved_just_now(request, patient),
    }


# -- the way back -----------------------------------------------------------------------------------------------------


def way_back(request: AuthenticatedHttpRequest, patient: Patient) -> str:
    """Where a form was opened: a page of this site and this patient; else the record."""
    told = request.POST.get("next") or request.GET.get("next") or ""
    return told if page_of(told, patient, request) in OPENED_FROM else reverse("patient_detail", args=[patient.pk])


def page_of(address: str, patient: Patient, request: AuthenticatedHttpRequest) -> str:
    """The name of the page of this patient that an address on this site leads to; "" if it leads anywhere else."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    if not safe or not address.startswith("/"):
        return ""
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return ""
    return found.url_name or "" if found.kwargs.get("patient_id") == patient.pk else ""


# -- what was saved ---------------------------------------------------------------------------------------------------


def saved_just_now(request: AuthenticatedHttpRequest, patient: Patient) -> Saved | None:
    """The last entry of the reader, for as long as it can be undone."""
    entry = last_entry(patient, request.user, UNDONE_WITHIN)
    if entry is None:
        return None
    lines = (*(summary_of(x) for x in entry.rows), *(x.text for x in entry.tasks))
    form = None if entry.undone else ContextForm(request=request, patient=patient, target=f"undo:{entry.number}")
    return Saved(entry, lines, answer_text(entry.before, _open_steps(patient)), form)


def _open_steps(patient: Patient) -> tuple[str, ...]:
    """The step that the chart indicates now, or all that are possible."""
    pathway = pathway_at(patient, timezone.now())
    return (pathway.step,) if pathway.step else tuple(pathway.steps_possible)


def answer_text(before: Sequence[str], now: Sequence[str]) -> str:
    """ "chart: T3 (before: T2 or T3)", or that it is unchanged."""
    if tuple(before) == tuple(now):
        return _("chart unchanged: %(steps)s") % {"steps": one_of(now)}
    return _("chart: %(steps)s (before: %(before)s)") % {"steps": one_of(now), "before": one_of(before)}
