"""The record of one patient: its page, treatments and results on pages of their own, and what is amended.

With `?at=` (ISO time; without a zone it is the site's) a page shows what was known at that moment, and nothing that
could be entered, amended or signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from algorithm.flowcharts import CURRENT
from ildcare.care.clock_views import clock_rows
from ildcare.care.task_views import task_cards
from ildcare.evaluation.at_once import evaluated
from ildcare.moment.as_of import day_of_address, requested_moment
from ildcare.moment.page_mark import page_mark
from ildcare.moment.record_state import RecordState
from ildcare.record.adding import adding
from ildcare.record.first_facts import checklist
from ildcare.record.flow_sheet import Sheet
from ildcare.record.page import record_of
from ildcare.record.parts import part_asked, parts_of_page, record_part, was_noted
from ildcare.record.results import sheet_of
from ildcare.record.treatments import kept_treatment_picture
from ildcare.trends.views import range_params
from monitoring.forms import alert_cards, shown_cards
from monitoring.quiet_lines import quiet_lines
from patients.access import may, open_record, permission
from patients.amendment_forms import AMENDMENTS, AmendmentForm
from patients.clinical.doubtful import doubts
from patients.clinical.measurements import PANELS
from patients.clinical.two_values import contradicted
from patients.context import done_once
from patients.fact_words import changes_text, describe_row
from patients.left_there import contradictions_of, visits_there, words_beside
from patients.merged import kept_of, merges_into
from patients.models import Fact, Measurement, Patient, standing_row
from patients.queries import find_version, history, messages_of, snapshot_with_versions
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import last_plans, open_tasks
from patients.stay_steps import step_just_made
from patients.wording import render as sentence_of
from patients.wording import translated

DAY_COUNTS = (7, 14, 21)  # columns of a sheet; the second unless an address says otherwise


# -- the page ---------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def patient_detail(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Where the patient stands, why, what is missing, what went wrong, and the course. Asked for by htmx with a part of
    itself as the target, it is that part."""
    patient = open_record(patient_id, by=request.user, merged_too=True, noted=was_noted(request, patient_id))
    part = part_asked(request, patient_id)
    return record_part(request, patient, part) if part else _record_page(request, patient)


def _record_page(request: AuthenticatedHttpRequest, patient: Patient) -> HttpResponse:
    """The page itself; `?at=` shows it as known at an earlier moment, with nothing that could be entered or signed. So
    does that of a record that was merged into another one."""
    moment, now = requested_moment(request), timezone.now()
    past, merge = moment.at is not None, patient.merge
    closed = past or merge is not None
    record = record_of(patient, moment.at or now, range_params(request), past=past)
    user = request.user
    tasks = [] if past else open_tasks([patient.pk]).get(patient.pk, [])
    context = {
        "page": "patient_detail",
        "patient": patient,
        "record": record,
        "watch": record.watch,
        "cards": shown_cards(record.watch, now) if closed else alert_cards(request, patient, record.watch),
        "chart": CURRENT,
        "at": moment.text,
        "moment": moment,
        "picked": timezone.localtime(moment.at or now).strftime("%Y-%m-%dT%H:%M"),
        "latest": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
        "may_treat": may(user, "record_treatment"),
        "first_facts": () if closed else checklist(record.opinion, record.snapshot, user),
        "saved_step": None if closed else step_just_made(request, patient),
        "tasks": None if closed else task_cards(request, patient, tasks),
        "plan": None if past else last_plans([patient.pk]).get(patient.pk),
        "visits_there": visits_there(record.merges, moment.at),
        "clock": None if closed else clock_rows(request, patient, record.snapshot),
        "may_judge": not closed and may(user, "judge"),
        "may_correct": not closed and may(user, "correct_facts"),
        "may_identify": not closed and may(user, "correct_identity"),
        "merge": merge,
        "kept": kept_of(patient) if merge else None,
        "page_mark": page_mark(request, patient.pk, record.as_of),
        **parts_of_page(request),
        **({} if closed else adding(request, patient, record.snapshot)),
    }
    return render(request, "ildcare/record/patient_detail.html", context)


# -- treatments and results -------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def treatment_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The treatments of a patient: timeline, table, levels."""
    patient = open_record(patient_id, by=request.user, what="treatments")
    at = requested_moment(request).at
    as_of = at or timezone.now()
    snapshot, versions = snapshot_with_versions(patient, as_of)
    at_odds = contradictions_of(patient, snapshot, versions, merges_into(patient.pk))
    state = RecordState.of(patient.pk, snapshot, versions)
    picture = kept_treatment_picture(state, snapshot, words_beside(at_odds))
    context = {
        "patient": patient,
        "record": {"treatment_picture": picture, "at_odds": at_odds},
        "lines": quiet_lines(snapshot),
        "unreadable": snapshot.unreadable,
        "as_of": as_of,
        "at": at.isoformat() if at else "",
        "may_correct": at is None and may(request.user, "correct_facts"),
        **(adding(request, patient, snapshot) if at is None else {}),
    }
    return render(request, "ildcare/record/treatment_list.html", context)


@dataclass(frozen=True, slots=True)
class ResultParams:
    """Which part of the results an address names; what makes no sense is left at its default."""

    panel: str
    until: date | None
    days: int
    oldest_first: bool
    at: datetime | None

    def address(self, patient_id: int, **other: Any) -> str:
        """The same page with some of this changed."""
        params = {"panel": self.panel, "until": self.until, "days": self.days, "order": self.order, **other}
        params["at"] = self.at.isoformat() if self.at else ""
        usual = {"days": DAY_COUNTS[1], "order": "newest"}
        query = {name: value for name, value in params.items() if value and value != usual.get(name)}
        return f"{reverse('result_list', args=[patient_id])}{'?' if query else ''}{urlencode(query)}"

    @property
    def order(self) -> str:
        """newest or oldest: which day stands first."""
        return "oldest" if self.oldest_first else "newest"


def _result_params(request: AuthenticatedHttpRequest) -> ResultParams:
    query = request.GET
    days = query.get("days", "")
    count = int(days) if days in {str(x) for x in DAY_COUNTS} else DAY_COUNTS[1]
    panel = query.get("panel", "")
    until, oldest = day_of_address(query.get("until", "")), query.get("order") == "oldest"
    at = requested_moment(request).at
    return ResultParams(panel=panel if panel in PANELS else "", until=until, days=count, oldest_first=oldest, at=at)


@require_safe
@permission("see_record")
def result_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The flow sheet of a patient: any days, all panels or one, as a table that can be copied and printed."""
    patient = open_record(patient_id, by=request.user, what="results")
    params = _result_params(request)
    as_of = params.at or timezone.now()
    sheet, shown = sheet_of(
        patient, as_of, most_days=params.days, until=params.until, panel=params.panel, oldest_first=params.oldest_first
    )
    context = {
        "patient": patient,
        "sheet": sheet,
        "shown": shown,
        "params": params,
        "panels": panel_choices(),
        "day_counts": DAY_COUNTS,
        "pages": _pages(params, sheet, patient.pk),
        "as_of": as_of,
        "at": params.at.isoformat() if params.at else "",
        "may_correct": params.at is None and may(request.user, "correct_facts"),
        **(adding(request, patient) if params.at is None else {}),
    }
    return render(request, "ildcare/record/result_list.html", context)


def _pages(params: ResultParams, sheet: Sheet, patient_id: int) -> dict[str, str]:
    """Addresses of the older and newer days, of the newest, and of the other order; "" where there is none."""
    other = "newest" if params.oldest_first else "oldest"
    return {
        "older": params.address(patient_id, until=sheet.older_until) if sheet.older_until else "",
        "newer": params.address(patient_id, until=sheet.newer_until) if sheet.newer_until else "",
        "newest": params.address(patient_id, until=None) if sheet.newer else "",
        "turned": params.address(patient_id, order=other),
        "every": params.address(patient_id, panel=""),
    }


def panel_choices() -> tuple[tuple[str, str], ...]:
    """Panels of measurements, in the reader's language."""
    return tuple((code, translated(name)) for code, name in PANELS.items())


# -- amending what stands ---------------------------------------------------------------------------------------------


def _row(patient: Patient, reference: str) -> Fact:
    row = find_version(reference, patient)
    if row is None:
        raise Http404
    return row


@require_safe
@permission("correct_facts")
def fact_detail(request: AuthenticatedHttpRequest, patient_id: int, reference: str) -> HttpResponse:
    """One fact with all its versions, and the forms that correct or cancel it."""
    patient = open_record(patient_id, by=request.user, what="fact")
    return _fact_page(request, patient, _row(patient, reference))


@require_POST
@permission("correct_facts")
def fact_amend(request: AuthenticatedHttpRequest, patient_id: int, reference: str, how: str) -> HttpResponse:
    """Correct, stop or cancel a fact: a new version; the old one stays readable."""
    patient = open_record(patient_id, by=request.user, what="fact")
    row = _row(patient, reference)
    form = _amendment(request, patient, row, how, request.POST)
    if not form.is_valid() or not _amended(form, row):
        return _fact_page(request, patient, row, {how: form}, status=422)
    return redirect("patient_detail", patient.pk)


def _amended(form: AmendmentForm, row: Fact) -> bool:
    def change() -> str:
        return form.amend(row, by=form.request.user).reference

    return done_once(form, evaluated(change, row.patient))


def _amendment(
    request: AuthenticatedHttpRequest, patient: Patient, row: Fact, how: str, data: Any = None
) -> AmendmentForm:
    form = AMENDMENTS.get(how)
    if form is None or not form.fits(row):
        raise Http404
    target = f"{how}:{row.reference}"
    return form(data, request=request, patient=patient, target=target, version=row.version, row=row, prefix=how)


def _doubts_about(row: Fact, patient: Patient) -> list[str]:
    """Why a value waits for confirmation, and what contradicts it."""
    merges, now = merges_into(patient.pk), timezone.now()
    if not isinstance(row, Measurement) and not merges:
        return []
    snapshot, versions = snapshot_with_versions(patient, now)
    if isinstance(row, Measurement):
        found = (doubts(snapshot).get(row.reference), contradicted(snapshot).get(row.reference))
        return [sentence_of(x.reason) for x in found if x is not None]
    beside = words_beside(contradictions_of(patient, snapshot, versions, merges))
    return [beside[row.reference]] if row.reference in beside else []


def _changes(versions: list[Fact]) -> list[str]:
    """What each version says otherwise than the one before it."""
    return ["", *(changes_text(before, after) for before, after in pairwise(versions))]


def _fact_page(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    row: Fact,
    sent: dict[str, AmendmentForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = history(row)
    standing, messages = standing_row(versions), messages_of(versions)
    forms = {
        how: (sent or {}).get(how) or _amendment(request, patient, row, how)
        for how, form in AMENDMENTS.items()
        if form.fits(standing) and standing.pk == row.pk
    }
    context = {
        "patient": patient,
        "row": row,
        "versions": [
            (x, describe_row(x), changed, messages.get(x.pk))
            for x, changed in zip(versions, _changes(versions), strict=True)
        ],
        "standing": standing,
        "doubts": _doubts_about(standing, patient),
        "forms": forms,
    }
    return render(request, "ildcare/record/fact_detail.html", context, status=status)
