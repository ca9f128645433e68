"""The worklists beside the inbox: levels and drugs, tests due today, one's own tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ildcare.care.forms import TaskEndForm
from ildcare.care.task_views import end_form, owner_target
from ildcare.inbox.drugs import KINDS, DrugRow, drug_rows
from ildcare.inbox.due import by_patient, by_test, due_rows
from ildcare.inbox.lists import NOWHERE, Choice, address_of, frame, ward_choices, ward_in_address
from ildcare.inbox.reading import open_rows
from ildcare.inbox.watched import watched_of
from ildcare.ward.look_alikes import look_alikes_among
from monitoring.marking import LONGEST_MOVE
from patients.access import may, permission
from patients.audit import note_read
from patients.context import ContextForm
from patients.models import Admission, CareTask, Outcome, Patient, Ward
from patients.queries import awaited_by, wards_of
from patients.requests import AuthenticatedHttpRequest

ORDERS = ("", "test")  # of the tests: by patient, by test


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """An open task on a list. `late`: days past its day; `end`, `own`: the forms that end it, and take it."""

    task: CareTask
    stay: Admission | None
    late: int
    today: bool
    end: TaskEndForm | None
    own: ContextForm | None


def people_on(wards: Sequence[Ward]) -> dict[int, tuple[Patient, Admission | None]]:
    """Who lies on these wards, with the stay. One query."""
    stays = Admission.objects.filter(ward__in=wards, discharged_at=None).select_related("patient", "ward")
    return {x.patient_id: (x.patient, x) for x in stays}


def _failed(people: Mapping[int, tuple[Patient, Admission | None]], failed: set[int]) -> list[Patient]:
    return [people[pk][0] for pk in sorted(failed) if pk in people]


@require_safe
@permission("see_ward")
def level_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Drugs of who lies on the reader's wards that ask for somebody: interaction, prophylaxis, band, time, level due,
    cyclophosphamide."""
    user, now, wards = request.user, timezone.now(), wards_of(request.user)
    ward, what = ward_in_address(request, wards), request.GET.get("what", "")
    note_read(None, f"levels and drugs {ward}".strip(), by=user)
    people = people_on(wards)
    watched, failed = watched_of(people, now)
    cards = [x for x in open_rows(user, now) if x.patient.pk in people]
    rows = drug_rows(people, watched, cards, awaited_by(list(people)), now)
    kinds = KINDS if what in KINDS else {**KINDS, what: KINDS[""]}
    here = [x for x in rows if not ward or (x.stay and x.stay.ward.code == ward)]
    shown = [x for x in here if set(x.whys) & set(kinds[what][1])]
    counts: dict[str, int] = {}
    for x in rows:
        code = x.stay.ward.code if x.stay else NOWHERE
        counts[code] = counts.get(code, 0) + 1
    context = frame("level_list", ward, user) | {
        "rows": shown,
        "failed": _failed(people, failed),
        "kinds": _kinds(here, what, ward),
        "wards": ward_choices(request, "level_list", ward, counts, what=what),
        "here": address_of("level_list", ward=ward, what=what),
        "now": now,
    }
    return render(request, "ildcare/inbox/level_list.html", context)


def _kinds(rows: Sequence[DrugRow], chosen: str, ward: str) -> list[Choice]:
    return [
        Choice(
            label=str(label),
            count=sum(bool(set(x.whys) & set(words)) for x in rows),
            address=address_of("level_list", what=code, ward=ward),
            chosen=code == chosen,
        )
        for code, (label, words) in KINDS.items()
    ]


@require_safe
@permission("see_ward")
def test_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Tests that are due today and tasks of today of who lies on the reader's wards, by patient or by test."""
    user, now, wards = request.user, timezone.now(), wards_of(request.user)
    ward, by = ward_in_address(request, wards), request.GET.get("by", "")
    note_read(None, f"tests due {ward}".strip(), by=user)
    everybody = people_on(wards)
    people = {pk: x for pk, x in everybody.items() if not ward or (x[1] and x[1].ward.code == ward)}
    watched, failed = watched_of(people, now)
    rows = due_rows(request, people, watched, now)
    asked, said = [x for x in rows if not x.settled], [x for x in rows if x.settled]
    alike = look_alikes_among([x[0] for x in everybody.values()])
    orders = [
        Choice(label=label, count=None, address=address_of("test_list", ward=ward, by=code), chosen=code == by)
        for code, label in zip(ORDERS, (_("by patient"), _("by test")), strict=True)
    ]
    context = frame("test_list", ward, user) | {
        "tomorrow": (timezone.localdate(now) + timedelta(days=1)).isoformat(),
        "latest": (timezone.localdate(now) + LONGEST_MOVE).isoformat(),
        "groups": by_test(asked) if by == "test" else by_patient(asked, alike),
        "by": by,
        "asked": len(asked),
        "late": sum(bool(x.late) for x in asked),
        "said": said,
        "tasks": [x for x in task_rows(request, people, now) if x.today],
        "failed": _failed(people, failed),
        "kinds": orders,
        "wards": ward_choices(request, "test_list", ward, _lying(everybody)),
        "here": address_of("test_list", ward=ward, by=by),
        "now": now,
    }
    return render(request, "ildcare/inbox/test_list.html", context)


def _lying(people: Mapping[int, tuple[Patient, Admission | None]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _patient, stay in people.values():
        code = stay.ward.code if stay else NOWHERE
        counts[code] = counts.get(code, 0) + 1
    return counts


@require_safe
@permission("see_ward")
def task_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The reader's open tasks and cards, and the tasks of the reader's wards that nobody has."""
    user, now, wards = request.user, timezone.now(), wards_of(request.user)
    ward = ward_in_address(request, wards)
    note_read(None, f"own tasks {ward}".strip(), by=user)
    seen = Patient.objects.visible_to(user)
    mine = set(CareTask.objects.open().filter(assigned_to=user, patient__in=seen).values_list("patient_id", flat=True))
    people = people_on(wards)
    lacking = mine - people.keys()
    people |= {x.pk: (x, None) for x in Patient.objects.filter(pk__in=lacking)} if lacking else {}
    rows = task_rows(request, people, now)
    rows = [x for x in rows if not ward or (x.stay and x.stay.ward.code == ward)]
    cards = [x for x in open_rows(user, now) if x.owner == user and not x.card.known]
    context = frame("task_list", ward, user) | {
        "mine": [x for x in rows if x.task.assigned_to_id == user.pk],
        "nobodys": [x for x in rows if x.task.assigned_to_id is None],
        "cards": cards,
        "wards": ward_choices(request, "task_list", ward, _lying(people)),
        "here": address_of("task_list", ward=ward),
    }
    return render(request, "ildcare/inbox/task_list.html", context)


def task_rows(
    request: AuthenticatedHttpRequest, people: Mapping[int, tuple[Patient, Admission | None]], now: datetime
) -> list[TaskRow]:
    """The open tasks of these patients with their forms, the longest due first. One query."""
    tasks = CareTask.objects.open().filter(patient__in=list(people)).select_related("patient", "assigned_to")
    today, allowed = timezone.localdate(now), may(request.user, "keep_tasks")
    return [
        TaskRow(
            task=x,
            stay=people[x.patient_id][1],
            late=max(0, (today - x.due).days),
            today=x.due <= today,
            end=end_form(request, x.patient, x) if allowed else None,
            own=ContextForm(request=request, patient=x.patient, target=owner_target(x), version=x.version)
            if allowed
            else None,
        )
        for x in tasks.order_by("due", "id")
    ]


OUTCOMES = [(x.value, x.label) for x in Outcome if x != Outcome.DONE]
