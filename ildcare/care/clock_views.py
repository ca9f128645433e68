"""The treatment clock of a patient: when improvement is judged, and by whom. On the round page and the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ildcare.care.forms import OwnerForm
from monitoring.clock import Appointment, appointments
from patients.access import may, open_record, permission
from patients.actions import own_judgement
from patients.clinical.snapshot import Snapshot
from patients.context import done_once
from patients.models import JudgementOwner, Patient, User
from patients.queries import take_snapshot
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import judgement_owners, judges_of


@dataclass(frozen=True, slots=True, kw_only=True)
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


def clock_rows(request: AuthenticatedHttpRequest, patient: Patient, snapshot: Snapshot) -> tuple[ClockRow, ...]:
    """The clock as the reader sees it; empty where no step of the chart runs."""
    clock = appointments(snapshot)
    return _rows(request, patient, clock, snapshot.today)


def _rows(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    clock: Sequence[Appointment],
    today: date,
    refused: OwnerForm | None = None,
) -> tuple[ClockRow, ...]:
    if not clock:
        return ()
    owners, stay = judgement_owners([patient.pk]), patient.admission
    allowed = may(request.user, "judge") and any(x.judgement is None for x in clock)
    people = judges_of(patient) if allowed else []
    return tuple(
        ClockRow(
            appointment=x,
            owner=row.owner if (row := owners.get((patient.pk, x.step, x.day))) else None,
            consultant=stay.consultant if stay else "",
            form=_form_of(request, patient, x, people, row, refused) if allowed and x.judgement is None else None,
            late=max(0, (today - x.day).days),
            ahead=max(0, (x.day - today).days),
        )
        for x in clock
    )


def _form_of(
    request: AuthenticatedHttpRequest,
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
    return OwnerForm(
        request=request,
        patient=patient,
        target=target,
        people=named(people),
        initial=initial,
        auto_id=_ids(appointment),
    )


def _ids(appointment: Appointment) -> str:
    """Several of these forms stand on one page: the ids of their fields say which day they are about."""
    return f"%s-{appointment.step}-{appointment.number}"


def target_of(appointment: Appointment) -> str:
    """What a form of this appointment is about."""
    return f"clock:{appointment.step}:{appointment.day.isoformat()}"


def named(people: Sequence[User]) -> list[tuple[int, str]]:
    """For a list to choose from."""
    return [(x.pk, x.get_full_name() or x.username) for x in people]


@require_POST
@permission("judge")
def judgement_own(request: AuthenticatedHttpRequest, patient_id: int, step: str, due: str) -> HttpResponse:
    """Say who is to judge improvement on a day of the clock."""
    patient = open_record(patient_id, by=request.user, what="treatment clock")
    now = timezone.now()
    snapshot = take_snapshot(patient, now, now)
    clock = appointments(snapshot)
    appointment = next((x for x in clock if (x.step, x.day.isoformat()) == (step, due) and x.judgement is None), None)
    if appointment is None:
        raise Http404  # answered meanwhile, or another step runs
    people, by = judges_of(patient), request.user
    form = OwnerForm(
        request.POST,
        request=request,
        patient=patient,
        target=target_of(appointment),
        people=named(people),
        auto_id=_ids(appointment),
    )

    def change() -> int:
        owner = next(x for x in people if str(x.pk) == form.cleaned_data["owner"])
        return own_judgement(patient=patient, by=by, step=appointment.step, due=appointment.day, owner=owner).pk

    refused = None if form.is_valid() and done_once(form, change) else form
    if refused is None and not request.headers.get("HX-Request"):
        return redirect("patient_detail", patient.pk)
    context = {"patient": patient, "clock": _rows(request, patient, clock, snapshot.today, refused)}
    page = "ildcare/care/_clock.html" if request.headers.get("HX-Request") else "ildcare/care/judgement_own.html"
    return render(request, page, context, status=422 if refused else 200)
