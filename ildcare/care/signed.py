"""What the reader has just signed, said once on the page that follows, and how "seen" is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.rounds import TAKEN_BACK_WITHIN
from patients.context import ContextForm
from patients.models import Decision, Judgement, Patient, RoundVisit
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import signed_with
from patients.wording import listed, name_of, short_name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A visit signed a moment ago. `here`: its patient is the one on the page; `form` takes it back."""

    visit: RoundVisit
    here: bool
    decision: Decision | None
    judgement: Judgement | None
    form: ContextForm

    @property
    def bed(self) -> str:
        """Where the patient lies; "" for who is on no ward."""
        stay = self.visit.patient.admission
        return stay.bed if stay else ""

    @property
    def words(self) -> str:
        """What was signed: "T3 not followed, CMV; improvement not judged; note kept"."""
        return _("; ").join(x for x in (self._decided(), self._judged(), self._written()) if x)

    def _decided(self) -> str:
        if self.decision is None:
            return _("no decision")
        step = {"step": short_name_of("step", self.decision.step)}
        if self.decision.accepted:
            return _("%(step)s followed") % step
        return listed(x for x in (_("%(step)s not followed") % step, self.decision.reason) if x)

    def _judged(self) -> str:
        if self.judgement is None:
            return _("improvement not judged")
        return _("improvement: %(judged)s") % {"judged": name_of("improvement", self.judgement.improvement)}

    def _written(self) -> str:
        kept = [*([_("note")] if self.visit.note else []), *([_("plan")] if self.visit.plan else [])]
        return _("%(what)s kept") % {"what": listed(kept)} if kept else ""


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
    decision, judgement = signed_with(visit)
    return Signed(
        visit=visit,
        here=patient is not None and visit.patient_id == patient.pk,
        decision=decision,
        judgement=judgement,
        form=form,
    )


def take_back_form(request: AuthenticatedHttpRequest, visit: RoundVisit | None) -> ContextForm | None:
    """The form that takes a visit back; None where it is not the reader's own, or older than ten minutes."""
    if visit is None or visit.by_id != request.user.pk or timezone.now() - visit.at > TAKEN_BACK_WITHIN:
        return None
    return ContextForm(request=request, patient=visit.patient, target=f"visit:{visit.pk}")
