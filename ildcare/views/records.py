"""The patient page."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from algorithm.flowcharts import CURRENT
from ildcare.entries import entry_menu
from ildcare.moments import asked_moment
from ildcare.queries.records import record_of
from ildcare.views.clock import clock_rows
from ildcare.views.tasks import task_cards
from ildcare.views.trends import asked_of
from monitoring.forms import AlertCard, alert_cards
from patients.access import may, open_record, permission
from patients.models import Patient, User
from patients.rounds import last_plans, open_tasks


@require_safe
@permission("see_record")
def patient_detail(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Where the patient stands, why, what is missing, what went wrong, and the course."""
    patient = open_record(patient_id, by=request.user)
    return record_page(request, patient)


def record_page(request: HttpRequest, patient: Patient) -> HttpResponse:
    """The page itself; `?at=` shows it as known at an earlier moment, with nothing that could be entered or signed."""
    asked, now = asked_moment(request), timezone.now()
    past = asked.at is not None
    record = record_of(patient, asked.at or now, asked_of(request), past=past)
    user = cast(User, request.user)
    tasks = [] if past else open_tasks([patient.pk]).get(patient.pk, [])
    shown = {
        "page": "patient_detail",
        "patient": patient,
        "record": record,
        "watch": record.watch,
        "cards": [AlertCard(x, None) for x in record.watch.open]
        if past
        else list(alert_cards(request, patient, record.watch)),
        "chart": CURRENT,
        "at": asked.text,
        "moment": asked,
        "picked": timezone.localtime(asked.at or now).strftime("%Y-%m-%dT%H:%M"),
        "latest": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
        "entries": () if past else entry_menu(user),
        "tasks": None if past else task_cards(request, patient, tasks),
        "plan": None if past else last_plans([patient.pk]).get(patient.pk),
        "clock": None if past else clock_rows(request, patient, record.snapshot),
        "may_judge": not past and may(user, "judge"),
        "may_correct": not past and may(user, "correct_facts"),
    }
    return render(request, "ildcare/patient_detail.html", shown)
