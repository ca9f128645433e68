"""One answer to several cards of several patients: each signed by itself on what was seen, or left out and named.

A ticked card brings the form that the page made for it: its patient, its alerts in their versions, its nonce. So each
is stored in its patient's own change, once, however often it is sent; one that changed meanwhile, of whose patient
something became known since, or that is critical, is left out. Critical ones are acknowledged one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from monitoring.acknowledging import acknowledge_alerts
from monitoring.forms import AcknowledgementForm, versions_of
from monitoring.models import Alert
from monitoring.wording import GROUP_NAMES
from patients.audit import note_read
from patients.changes import Conflict
from patients.context import done_once
from patients.models import Patient, User
from patients.requests import AuthenticatedHttpRequest
from patients.wording import translated

SALT = "ildcare.inbox"
READABLE_FOR = 600  # seconds: how long the address tells what was done
MOST = 200  # cards of one answer
WHY_NOT = {
    "changed": _("changed since it was shown"),
    "news": _("something new is known of the patient: look at it first"),
    "critical": _("critical: acknowledge it by itself"),
    "gone": _("not on your wards any more"),
    "refused": _("refused: the form cannot be read, or a note is missing"),
}


@dataclass(frozen=True, slots=True)
class Ticked:
    """A card as its tick names it: whose, which unit, its alerts with their versions, the token of its form."""

    patient: int
    slug: str
    alerts: str
    token: str

    @classmethod
    def read(cls, text: str) -> Ticked | None:
        """Out of "patient slug token alert:version ..."; None for what our page never wrote."""
        parts = text.split()
        if len(parts) < 4 or not parts[0].isdecimal() or len(parts[0]) > 18:
            return None
        return cls(int(parts[0]), parts[1], " ".join(parts[3:]), parts[2])


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a ticked card: `why` it was left out, a word of `WHY_NOT`; "" where it was signed."""

    patient: int
    slug: str
    why: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """The same in words, of a patient whom the reader sees."""

    patient: Patient
    card: str
    why: str


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What was signed, what was left out and why, and how many were of patients whom the reader sees no more."""

    signed: tuple[AnswerLine, ...] = ()
    left: tuple[AnswerLine, ...] = ()
    gone: int = 0


def answer_cards(request: AuthenticatedHttpRequest, doing: str, note: str) -> list[Answered]:
    """Sign what is ticked with this answer; what became of each."""
    ticked = [x for text in request.POST.getlist("card")[:MOST] if (x := Ticked.read(text))]
    patients = Patient.objects.visible_to(request.user).in_bulk({x.patient for x in ticked})
    answered = []
    for x in ticked:
        patient = patients.get(x.patient)
        why = _answer(request, patient, x, doing, note) if patient else "gone"
        answered.append(Answered(x.patient, x.slug, why))
    return answered


def _answer(request: AuthenticatedHttpRequest, patient: Patient, ticked: Ticked, doing: str, note: str) -> str:
    """Sign one; why it was left out, or "" """
    note_read(patient.pk, "alert", by=request.user)
    try:
        form = _form(request, patient, ticked, doing, note)
        if form.critical:
            return "critical"
        if not form.is_valid():
            return "news" if form.news else "refused"
        done = done_once(form, lambda: _signed(form, patient, request.user))
    except Conflict:
        return "changed"
    return "" if done else "changed"


def _form(
    request: AuthenticatedHttpRequest, patient: Patient, ticked: Ticked, doing: str, note: str
) -> AcknowledgementForm:
    prefix = f"{AcknowledgementForm.verb}-{ticked.slug}"
    sent = QueryDict(mutable=True)
    sent.update(
        {
            f"{prefix}-context_token": ticked.token,
            f"{prefix}-alerts": ticked.alerts,
            f"{prefix}-doing": doing,
            f"{prefix}-note": note,
        }
    )
    try:
        versions = versions_of(ticked.alerts)
    except ValueError as error:
        raise Conflict("a card that no page of ours wrote") from error
    alerts = list(Alert.objects.filter(patient=patient, pk__in=versions))
    return AcknowledgementForm(sent, request=request, patient=patient, slug=ticked.slug, alerts=alerts)


def _signed(form: AcknowledgementForm, patient: Patient, by: User) -> str:
    said = form.cleaned_data
    acknowledge_alerts(patient=patient, versions=form.versions, by=by, doing=said["doing"], note=said["note"])
    return form.slug


# -- telling it on the page that follows ------------------------------------------------------------------------------


def as_word(answered: Sequence[Answered], user: User) -> str:
    """What became of the cards, for the address of the page that tells it: signed, and of no one by name."""
    report = [[x.patient, x.slug, x.why] for x in answered]
    return signing.dumps([user.pk, report], salt=SALT, compress=True)


def answer_report(request: AuthenticatedHttpRequest) -> AnswerReport:
    """What was signed and what was left out, as the address says, of patients whom its reader sees."""
    try:
        user, report = signing.loads(request.GET.get("answered", ""), salt=SALT, max_age=READABLE_FOR)
    except signing.BadSignature:
        return AnswerReport()
    if user != request.user.pk:
        return AnswerReport()
    patients = Patient.objects.visible_to(request.user).in_bulk({pk for pk, _slug, _why in report})
    found = [
        AnswerLine(patients[pk], _card_name(slug), str(WHY_NOT.get(why, why)))
        for pk, slug, why in report
        if pk in patients
    ]
    return AnswerReport(
        tuple(x for x in found if not x.why), tuple(x for x in found if x.why), len(report) - len(found)
    )


def _card_name(slug: str) -> str:
    names = {str(group): name for group, name in GROUP_NAMES.items()}
    return translated(names[slug]) if slug in names else slug
