"""Tasks of a patient: write one down, say how it ended. The panel stands on the round page and on the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ildcare.care.forms import TaskEndForm, TaskForm
from patients.access import may, open_record, permission
from patients.actions import add_task, assign_task, close_task
from patients.context import ContextForm, done_once
from patients.models import CareTask, Patient
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import open_tasks
from patients.ways import return_address

LISTS = ("task_list", "test_list")  # pages on which a task can be taken and ended too


@dataclass(frozen=True, slots=True)
class TaskCard:
    """An open task with the form that ends it (None where the reader may not). `late`: days past its day."""

    task: CareTask
    form: TaskEndForm | None
    late: int

    @property
    def is_due(self) -> bool:
        """Due today or before."""
        return self.task.due <= timezone.localdate()


@dataclass(frozen=True, slots=True)
class TaskPanel:
    """The open tasks and the form for a new one."""

    cards: tuple[TaskCard, ...]
    form: TaskForm | None


def task_cards(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    tasks: Iterable[CareTask],
    refused: TaskEndForm | TaskForm | None = None,
) -> TaskPanel:
    """The panel; `refused` is the form that came back with faults."""
    allowed, today = may(request.user, "keep_tasks"), timezone.localdate()
    cards = tuple(_card(request, patient, x, today, allowed, refused) for x in tasks)
    if isinstance(refused, TaskForm):
        return TaskPanel(cards, refused)
    return TaskPanel(cards, TaskForm(request=request, patient=patient, target="task:new") if allowed else None)


def _card(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    task: CareTask,
    today: date,
    allowed: bool,
    refused: TaskEndForm | TaskForm | None,
) -> TaskCard:
    form: TaskEndForm | None = None
    if isinstance(refused, TaskEndForm) and refused.target == f"task:{task.pk}":
        form = refused
    elif allowed:
        form = end_form(request, patient, task)
    return TaskCard(task, form, max(0, (today - task.due).days))


def end_form(request: AuthenticatedHttpRequest, patient: Patient, task: CareTask, sent: bool = False) -> TaskEndForm:
    """The form that ends a task."""
    data = request.POST if sent else None
    target = f"task:{task.pk}"
    return TaskEndForm(
        data, request=request, patient=patient, target=target, version=task.version, prefix=f"task-{task.pk}"
    )


@require_POST
@permission("keep_tasks")
def task_add(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Write down something to be done."""
    patient = open_record(patient_id, by=request.user, what="tasks")
    form = TaskForm(request.POST, request=request, patient=patient, target="task:new")
    by = request.user

    def change() -> int:
        return add_task(patient=patient, by=by, text=form.cleaned_data["text"], due=form.cleaned_data["due"]).pk

    if not form.is_valid() or not done_once(form, change):
        return _panel(request, patient, form)
    return _answer(request, patient)


@require_POST
@permission("keep_tasks")
def task_close(request: AuthenticatedHttpRequest, patient_id: int, task_id: int) -> HttpResponse:
    """Say how a task ended."""
    patient = open_record(patient_id, by=request.user, what="tasks")
    task = CareTask.objects.filter(patient=patient, pk=task_id).select_related("patient").first()
    if task is None:
        raise Http404
    form = end_form(request, patient, task, sent=True)
    by = request.user

    def change() -> int:
        data, version = form.cleaned_data, form.context.version
        return close_task(task=task, by=by, outcome=data["outcome"], note=data["note"], expected_version=version).pk

    if not form.is_valid() or not done_once(form, change):
        return _panel(request, patient, form)
    return _answer(request, patient)


@require_POST
@permission("keep_tasks")
def task_own(request: AuthenticatedHttpRequest, patient_id: int, task_id: int) -> HttpResponse:
    """Take an open task, or give it back to everybody."""
    patient = open_record(patient_id, by=request.user, what="tasks")
    task = CareTask.objects.filter(patient=patient, pk=task_id).select_related("patient").first()
    if task is None:
        raise Http404
    form = ContextForm(request.POST, request=request, patient=patient, target=owner_target(task))
    to = None if request.POST.get("release") else request.user

    def change() -> int:
        return assign_task(task=task, by=request.user, to=to, expected_version=form.context.version).pk

    if form.is_valid():
        done_once(form, change)  # one that has ended meanwhile is on no list any more
    return redirect(return_address(request, LISTS) or reverse("patient_detail", args=[patient.pk]))


def owner_target(task: CareTask) -> str:
    """What the form of a task's owner is made for."""
    return f"task owner:{task.pk}"


def _answer(request: AuthenticatedHttpRequest, patient: Patient) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _panel(request, patient)
    return redirect(return_address(request, LISTS) or reverse("patient_detail", args=[patient.pk]))


def _panel(
    request: AuthenticatedHttpRequest, patient: Patient, refused: TaskEndForm | TaskForm | None = None
) -> HttpResponse:
    tasks = open_tasks([patient.pk]).get(patient.pk, [])
    context = {"patient": patient, "tasks": task_cards(request, patient, tasks, refused)}
    whole = not request.headers.get("HX-Request")
    page = "ildcare/care/task_add.html" if whole else "ildcare/care/_tasks.html"
    return render(request, page, context, status=422 if refused else 200)
