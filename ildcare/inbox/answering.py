"""One answer to several cards of several patients, or one reason why they can wait: each signed by itself on what was
seen, or left out and named.

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

from monitoring.acknowledging import acknowledge_alerts, snooze_alerts
from monitoring.forms import AcknowledgementForm, CardForm, SnoozeForm, versions_of
from monitoring.models import Alert
from monitoring.wording import GROUP_NAMES
from patients.audit import note_read
from patients.changes import Conflict, Refused
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
    """A card as its tick names it: whose, which unit, its alerts with their versions, the tokens of both its forms."""

    patient: int
    slug: str
    alerts: str
    token: str
    snooze_token: str

    @classmethod
    def read(cls, text: str) -> Ticked | None:
        """Out of "patient slug token token alert:version ..."; None for what our page never wrote."""
        parts = text.split()
        if len(parts) < 5 or not parts[0].isdecimal() or len(parts[0]) > 18:
            return None
        return cls(int(parts[0]), parts[1], " ".join(parts[4:]), parts[2], parts[3])


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
    """What was signed, what was left out and why, and how many were of patients whom the reader sees no more. `waits`:
    they were not acknowledged, they wait."""

    signed: tuple[AnswerLine, ...] = ()
    left: tuple[AnswerLine, ...] = ()
    gone: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of all of them: what is being done with a note; or until when they can wait, and why (`until` as the
    form names it, "" where they are acknowledged)."""

    note: str
    doing: str = ""
    until: str = ""


def answer_cards(request: AuthenticatedHttpRequest, said: Said) -> list[Answered]:
    """Sign what is ticked with this answer; what became of each."""
    ticked = [x for text in request.POST.getlist("card")[:MOST] if (x := Ticked.read(text))]
    patients = Patient.objects.visible_to(request.user).in_bulk({x.patient for x in ticked})
    answered = []
    for x in ticked:
        patient = patients.get(x.patient)
        why = _answer(request, patient, x, said) if patient else "gone"
        answered.append(Answered(x.patient, x.slug, why))
    return answered


def _answer(request: AuthenticatedHttpRequest, patient: Patient, ticked: Ticked, said: Said) -> str:
    """Sign one; why it was left out, or "" """
    note_read(patient.pk, "alert", by=request.user)
    try:
        form = _form(request, patient, ticked, said)
        if form.critical:
            return "critical"
        if not form.is_valid():
            return "news" if form.news else "refused"
        done = done_once(form, lambda: _signed(form, patient, request.user))
    except Conflict:
        return "changed"
    except Refused:
        return "refused"
    return "" if done else "changed"


def _form(request: AuthenticatedHttpRequest, patient: Patient, ticked: Ticked, said: Said) -> CardForm:
    kind: type[CardForm] = SnoozeForm if said.until else AcknowledgementForm
    prefix, sent = f"{kind.verb}-{ticked.slug}", QueryDict(mutable=True)
    fields = {"until": said.until, "reason": said.note} if said.until else {"doing": said.doing, "note": said.note}
    token = ticked.snooze_token if said.until else ticked.token
    sent.update({f"{prefix}-{name}": value for name, value in fields.items()})
    sent.update({f"{prefix}-context_token": token, f"{prefix}-alerts": ticked.alerts})
    try:
        versions = versions_of(ticked.alerts)
    except ValueError as error:
        raise Conflict("a card that no page of ours wrote") from error
    alerts = list(Alert.objects.filter(patient=patient, pk__in=versions))
    return kind(sent, request=request, patient=patient, slug=ticked.slug, alerts=alerts)


def _signed(form: CardForm, patient: Patient, by: User) -> str:
    said = form.cleaned_data
    if isinstance(form, SnoozeForm):
        until, why = form.ends_at, said["reason"]
        snooze_alerts(patient=patient, versions=form.versions, by=by, until=until, note=why)
        return form.slug
    acknowledge_alerts(patient=patient, versions=form.versions, by=by, doing=said["doing"], note=said["note"])
    return form.slug


# -- telling it on the page that follows ------------------------------------------------------------------------------


def as_word(answered: Sequence[Answered], user: User, *, waits: bool = False) -> str:
    """What became of the cards, for the address of the page that tells it: signed, and of no one by name. `waits`: they
    were not acknowledged, they can wait."""
    report = [[x.patient, x.slug, x.why] for x in answered]
    return signing.dumps([user.pk, report, waits], salt=SALT, compress=True)


def answer_report(request: AuthenticatedHttpRequest) -> AnswerReport:
    """What was signed and what was left out, as the address says, of patients whom its reader sees."""
    try:
        user, report, waits = signing.loads(request.GET.get("answered", ""), salt=SALT, max_age=READABLE_FOR)
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
    signed, left = tuple(x for x in found if not x.why), tuple(x for x in found if x.why)
    return AnswerReport(signed, left, len(report) - len(found), waits)


def _card_name(slug: str) -> str:
    names = {str(group): name for group, name in GROUP_NAMES.items()}
    return translated(names[slug]) if slug in names else slug
