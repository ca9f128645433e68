"""The record of one patient in tabs: overview, results, trends, treatments, course. Each is a page of its own.

With `?at=` (ISO time; without a zone it is the site's) a page shows what was known at that moment, and nothing that
could be entered, amended or signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from algorithm.charts import chart_for
from ildcare.care.clock_views import clock_rows
from ildcare.care.task_views import task_cards
from ildcare.moment.as_of import day_of_address, requested_moment
from ildcare.moment.page_mark import page_mark
from ildcare.record.first_facts import checklist
from ildcare.record.flow_sheet import Sheet
from ildcare.record.news import news_of
from ildcare.record.page import Record
from ildcare.record.parts import part_request, parts_of_page, record_part, was_noted
from ildcare.record.path import headline, nodes, open_facts, speaking, why
from ildcare.record.prints import sheet_in_address
from ildcare.record.results import sheet_of
from ildcare.record.score_lines import score_lines
from ildcare.record.tabs import read_record, tab_context
from ildcare.trends.events import flags_of
from ildcare.trends.figures import MOST_ROWS, kept_trends
from ildcare.trends.views import range_params
from monitoring.forms import Cards, alert_cards, cards_without_forms
from monitoring.models import Alert
from monitoring.quiet_lines import quiet_lines
from patients.access import may, open_record, permission
from patients.clinical.measurements import PANELS
from patients.fact_words import describe
from patients.left_there import visits_there
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import last_plans, open_tasks, signed_visits
from patients.stay_steps import step_just_made
from patients.wording import translated

DAY_COUNTS = (7, 14, 21)  # columns of a sheet; the second unless an address says otherwise


# -- overview ---------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def patient_detail(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Where the patient stands, why, what is missing, what went wrong, what is new, the course in small. Asked for by
    htmx with a part of itself as the target, it is that part."""
    patient = open_record(patient_id, by=request.user, merged_too=True, noted=was_noted(request, patient_id))
    part = part_request(request, patient_id)
    return record_part(request, patient, part) if part else _overview(request, patient)


def _overview(request: AuthenticatedHttpRequest, patient: Patient) -> HttpResponse:
    """The page itself; `?at=` shows it as known at an earlier moment, with nothing that could be entered or signed. So
    does that of a record that was merged into another one."""
    record, moment = read_record(request, patient)
    shared = tab_context(request, record, moment, "patient_detail")
    past, closed = record.past, shared["closed"]
    user, now = request.user, timezone.now()
    tasks = [] if past else open_tasks([patient.pk]).get(patient.pk, [])
    parts = parts_of_page(request)
    clock = None if closed else clock_rows(request, patient, record.snapshot)
    context = {
        **shared,
        **answer_of(record),
        "cards": _cards(request, record, closed=closed),
        "news": None if closed else news_of(record, user, now),
        "first_facts": () if closed else checklist(record.opinion, record.snapshot, user),
        "saved_step": None if closed else step_just_made(request, patient),
        "tasks": None if closed else task_cards(request, patient, tasks),
        "plan": None if past else last_plans([patient.pk]).get(patient.pk),
        "clock": clock,
        "clock_late": any(x.open and not x.ahead for x in clock or ()),
        "page_mark": page_mark(request, patient.pk, record.as_of),
        "visits_there": visits_there(record.merges, moment.at) if parts["is_whole"] else (),
        "sheet": sheet_in_address(request, patient, moment.at),
        **parts,
    }
    return render(request, "ildcare/record/patient_detail.html", context)


def _cards(request: AuthenticatedHttpRequest, record: Record, *, closed: bool) -> Cards:
    if closed:
        return cards_without_forms(record.watch, timezone.now(), record.snapshot)
    return alert_cards(request, record.patient, record.watch, record.snapshot)


def answer_of(record: Record) -> dict[str, Any]:
    """What the panel of the answer shows."""
    snapshot, pathway = record.snapshot, record.pathway
    return {
        "chart": chart_for(snapshot),
        "headline": headline(pathway),
        "why": why(pathway),
        "open_facts": open_facts(record.opinion),
        "speaking": speaking(snapshot, pathway),
        "nodes": nodes(snapshot, pathway),
    }


# -- trends, treatments, course ---------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def trend_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """All trend charts of the days in the address, with whole tables on demand."""
    patient = open_record(patient_id, by=request.user, what="trends")
    record, moment = read_record(request, patient)
    snapshot = record.snapshot
    alerts = [x.alert for x in record.watch.open] if record.past else Alert.objects.filter(patient=patient)
    flags = flags_of(snapshot, describe, alerts)
    rows = None if request.GET.get("rows") == "all" else MOST_ROWS
    trends = kept_trends(record.state, snapshot, params=range_params(request), flags=flags, rows=rows)
    if request.htmx and request.htmx.target == "trends" and trends.any:  # of other days
        return render(request, "ildcare/trends/_trends.html", {"patient": patient, "trends": trends})
    context = {**tab_context(request, record, moment, "trend_list"), "trends": trends}
    return render(request, "ildcare/record/trend_list.html", context)


@require_safe
@permission("see_record")
def treatment_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The treatments of a patient: timeline, table, levels."""
    patient = open_record(patient_id, by=request.user, what="treatments")
    record, moment = read_record(request, patient)
    context = {**tab_context(request, record, moment, "treatment_list"), "lines": quiet_lines(record.snapshot)}
    return render(request, "ildcare/record/treatment_list.html", context)


@require_safe
@permission("see_record")
def course_detail(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The course of a patient: how the answer changed, facts, decisions, factors, scores, visits, alerts that are
    over."""
    patient = open_record(patient_id, by=request.user, what="course")
    record, moment = read_record(request, patient)
    shared = tab_context(request, record, moment, "course_detail")
    enters = may(request.user, "record_results", patient) and not shared["closed"]
    context = {
        **shared,
        "scores": score_lines(record.snapshot, patient if enters else None) if record.any_facts or record.past else (),
        "visits": signed_visits(patient, moment.at),
        "visits_there": visits_there(record.merges, moment.at),
    }
    return render(request, "ildcare/record/course_detail.html", context)


# -- results ----------------------------------------------------------------------------------------------------------


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
    record, moment = read_record(request, patient)
    params = _result_params(request)
    sheet, shown = sheet_of(
        patient,
        record.as_of,
        versions=record.versions,
        most_days=params.days,
        until=params.until,
        panel=params.panel,
        oldest_first=params.oldest_first,
    )
    context = {
        **tab_context(request, record, moment, "result_list"),
        "sheet": sheet,
        "shown": shown,
        "params": params,
        "panels": panel_choices(),
        "day_counts": DAY_COUNTS,
        "pages": _pages(params, sheet, patient.pk),
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
