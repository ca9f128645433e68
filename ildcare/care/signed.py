"""What the reader has just signed, said once on the page that follows, and how "seen" is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from patients.actions.rounds import TAKEN_BACK_WITHIN
from patients.context import ContextForm
from patients.models import Decision, Judgement, Patient, RoundVisit
from patients.requests import AuthenticatedHttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A visit signed a moment ago. `here`: its patient is the one on the page; `form` takes it back."""

    visit: RoundVisit
    here: bool
    decision: Decision | None
    judgement: Judgement | None
    form: ContextForm


def signed_just_now(request: AuthenticatedHttpRequest, patient: Patient | None = None) -> Signed | None:
    """The visit that the address names, if the reader has signed it within the last ten minutes and it stands."""
    number = request.GET.get("signed", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    visits = RoundVisit.objects.standing().filter(by=request.user, patient__in=Patient.objects.visible_to(request.user))
    visit = visits.select_related("patient").filter(pk=int(number)).first()
    form = take_back_form(request, visit)
    if visit is None or form is None:
        return None
    signed = {"patient": visit.patient_id, "recorded_by": request.user, "source": "form"}
    signed |= {
        "known__gte": visit.shown_at,
        "known__lte": visit.at,
        "shown__isnull": False,
        "identity__startswith": "round:",
    }
    return Signed(
        visit=visit,
        here=patient is not None and visit.patient_id == patient.pk,
        decision=Decision.objects.filter(**signed).last(),
        judgement=Judgement.objects.filter(**signed).last(),
        form=form,
    )


def take_back_form(request: AuthenticatedHttpRequest, visit: RoundVisit | None) -> ContextForm | None:
    """The form that takes a visit back; None where it is not the reader's own, or older than ten minutes."""
    if visit is None or visit.by_id != request.user.pk or timezone.now() - visit.at > TAKEN_BACK_WITHIN:
        return None
    return ContextForm(request=request, patient=visit.patient, target=f"visit:{visit.pk}")
