"""The treatment clock of a patient: when improvement is judged, and by whom. On the round page and the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ildcare.forms import OwnerForm
from ildcare.views.entry import done_once
from monitoring.clock import Appointment, appointments
from monitoring.engine import Situation
from patients.access import may, open_record, permission
from patients.actions import own_judgement
from patients.clinical.snapshot import Snapshot
from patients.models import JudgementOwner, Patient, User
from patients.queries import take_snapshot
from patients.rounds import judgement_owners, judges_of


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One appointment with its owner. `form` is None where it is answered, or the reader may not name anybody.

    `late`: days past its day; `ahead`: days until it.
    """

    appointment: Appointment
    owner: User | None
    consultant: str
    form: OwnerForm | None
    late: int
    ahead: int

    @property
    def open(self) -> bool:
        """Not judged yet."""
        return self.appointment.judgement is None


def clock_rows(request: HttpRequest, patient: Patient, snapshot: Snapshot) -> tuple[ClockRow, ...]:
    """The clock as the reader sees it; empty where no step of the chart runs."""
    told = appointments(snapshot, Situation(snapshot).regimen)
    return _rows(request, patient, told, snapshot.today)


def _rows(
    request: HttpRequest,
    patient: Patient,
    told: Sequence[Appointment],
    today: date,
    refused: OwnerForm | None = None,
) -> tuple[ClockRow, ...]:
    if not told:
        return ()
    owners, stay = judgement_owners([patient.pk]), patient.admission
    allowed = may(request.user, "judge") and any(x.judgement is None for x in told)
    people = judges_of(patient) if allowed else []
    return tuple(
        ClockRow(
            x,
            row.owner if (row := owners.get((patient.pk, x.step, x.day))) else None,
            stay.consultant if stay else "",
            _form_of(request, patient, x, people, row, refused) if allowed and x.judgement is None else None,
            max(0, (today - x.day).days),
            max(0, (x.day - today).days),
        )
        for x in told
    )


def _form_of(
    request: HttpRequest,
    patient: Patient,
    appointment: Appointment,
    people: Sequence[User],
    row: JudgementOwner | None,
    refused: OwnerForm | None,
) -> OwnerForm:
    target = target_of(appointment)
    if refused is not None and refused.target == target:
        return refused
    initial = {"owner": str(row.owner_id) if row else ""}
    return OwnerForm(request=request, patient=patient, target=target, people=named(people), initial=initial)


def target_of(appointment: Appointment) -> str:
    """What a form of this appointment is about."""
    return f"clock:{appointment.step}:{appointment.day.isoformat()}"


def named(people: Sequence[User]) -> list[tuple[int, str]]:
    """For a list to choose from."""
    return [(x.pk, x.get_full_name() or x.username) for x in people]


@require_POST
@permission("judge")
def judgement_own(request: HttpRequest, patient_id: int, step: str, due: str) -> HttpResponse:
    """Say who is to judge improvement on a day of the clock."""
    patient = open_record(patient_id, by=request.user, what="treatment clock")
    now = timezone.now()
    snapshot = take_snapshot(patient, now, now)
    told = appointments(snapshot, Situation(snapshot).regimen)
    asked = next((x for x in told if (x.step, x.day.isoformat()) == (step, due) and x.judgement is None), None)
    if asked is None:
        raise Http404  # answered meanwhile, or another step runs
    people, by = judges_of(patient), cast(User, request.user)
    form = OwnerForm(request.POST, request=request, patient=patient, target=target_of(asked), people=named(people))

    def deed() -> int:
        owner = next(x for x in people if str(x.pk) == form.cleaned_data["owner"])
        return own_judgement(patient=patient, by=by, step=asked.step, due=asked.day, owner=owner).pk

    refused = None if form.is_valid() and done_once(form, deed) else form
    if refused is None and not request.headers.get("HX-Request"):
        return redirect("patient_detail", patient.pk)
    shown = {"patient": patient, "clock": _rows(request, patient, told, snapshot.today, refused)}
    page = "ildcare/_clock.html" if request.headers.get("HX-Request") else "ildcare/judgement_own.html"
    return render(request, page, shown, status=422 if refused else 200)
