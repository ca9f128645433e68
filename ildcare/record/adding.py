"""The menu "+ Add" of a patient's pages, the way back from its forms, and what was saved a moment ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from ildcare.evaluation.saved import saved_just_now
from patients.access import may
from patients.clinical.snapshot import Snapshot
from patients.forms import FORMS
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.ways import page_at, return_address

# the menu: a few words to look under, and the forms in the order in which a round needs them
GROUPS = (
    (gettext_lazy("Results"), ("results", "other_test")),
    (gettext_lazy("Bedside"), ("finding", "support", "judgement", "decision")),
    (gettext_lazy("Reports"), ("hrct", "antibody", "diagnosis", "onset", "histology", "first_facts")),
    (gettext_lazy("Drugs"), ("treatment", "medication", "taper", "cycles", "no_prophylaxis")),
    (gettext_lazy("Stay"), ("admission", "discharge", "outcome")),
)
# what is written with a step of the stay, on a page of its own: what opens its form, its title, the right it takes
OF_THE_STAY = {
    "admission": ("admit", gettext_lazy("Admission"), "admit_patients"),
    "discharge": ("discharge", gettext_lazy("Discharge"), "admit_patients"),
    "outcome": ("outcome", gettext_lazy("Outcome of the course"), "record_reports"),
}
# pages from which a form is opened, and to which it may return: pages of the same patient. Their content is put in
# place anew; what is being typed on it is carried over (static/typed.js)
OPENED_FROM = frozenset(
    {
        "patient_detail",
        "result_list",
        "trend_list",
        "treatment_list",
        "course_detail",
        "paper_list",
        "round_patient",
        "morning_sheet",
    }
)
LISTS = ("ward_list", "ward_morning")  # on which rows of a sheet are undone


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


def adding(request: AuthenticatedHttpRequest, patient: Patient, snapshot: Snapshot | None = None) -> dict[str, Any]:
    """What a page needs for "+ Add": the menu, where its forms return to, what was saved a moment ago.

    `snapshot`: of now, where the page has read it.
    """
    return {
        "add": add_menu(request.user),
        "opened_on": request.get_full_path(),
        "saved": saved_just_now(request, patient, snapshot),
    }


# -- the way back -----------------------------------------------------------------------------------------------------


def way_back(request: AuthenticatedHttpRequest, patient: Patient) -> str:
    """Where a form was opened: a page of this patient, or a list on which it stood; else the record."""
    told = request.POST.get("next") or request.GET.get("next") or ""
    if page_of(told, patient, request) in OPENED_FROM:
        return told
    return return_address(request, LISTS) or reverse("patient_detail", args=[patient.pk])


def page_of(address: str, patient: Patient, request: AuthenticatedHttpRequest) -> str:
    """The name of the page of this patient that an address on this site leads to; "" if it leads anywhere else."""
    name, named = page_at(address, request)
    return name if named.get("patient_id") == patient.pk else ""
