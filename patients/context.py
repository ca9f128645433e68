"""Which form is this? Every form that writes carries a signed token of who got it, for which patient and version.

A token that does not fit (another user, session, patient or object, or tampered with) is a `ContextMismatch`: 409,
nothing written. Its nonce makes a form count once: `ContextForm.once` runs the change for the first sending only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime
from secrets import token_urlsafe
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from patients.audit import session_hash
from patients.changes import Conflict, Refused, once
from patients.clinical.bounds import OF_A_DAY, OF_A_MOMENT, Bounds
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest

SALT = "patients.context"


class ContextMismatch(Conflict):
    """A form was sent in another context than the one it was made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContext:
    """What a form was made for. `target` names the object it changes ("measurement:0000000123", "" for a new one),
    `version` the version its author saw, `shown` the moment of the page (ISO 8601): what came later its reader has not
    seen."""

    user: int
    session: str
    patient: int | None
    target: str
    version: int
    nonce: str
    shown: str

    @property
    def shown_at(self) -> datetime:
        """When the page of this form was made."""
        return datetime.fromisoformat(self.shown)


def issue_context(
    request: AuthenticatedHttpRequest, *, patient: Patient | None = None, target: str = "", version: int = 0
) -> str:
    """A fresh token for a form about to be shown."""
    context = FormContext(
        user=request.user.pk,
        session=session_hash(request),
        patient=patient.pk if patient else None,
        target=target,
        version=version,
        nonce=token_urlsafe(24),
        shown=moment_of_page(request).isoformat(),
    )
    return signing.dumps(astuple(context), salt=SALT)


def moment_of_page(request: AuthenticatedHttpRequest) -> datetime:
    """When the server began to answer: whatever is recorded later may be missing on the page."""
    begun: datetime | None = getattr(request, "begun_at", None)  # set by the middleware
    return begun or timezone.now()


def check_context(
    request: AuthenticatedHttpRequest, token: str, *, patient: Patient | None = None, target: str = ""
) -> FormContext:
    """The context of a form that came back; raises `ContextMismatch` when it was made for anything else."""
    try:
        context = _context_in(token)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ContextMismatch("the form is not one of ours, or too old") from error
    expected = (request.user.pk, session_hash(request), patient.pk if patient else None, target)
    if (context.user, context.session, context.patient, context.target) != expected:
        raise ContextMismatch("the form was made for another user, session, patient or entry")
    return context


def _context_in(token: str) -> FormContext:
    """What a token says; `BadSignature`, `TypeError` or `ValueError` of one that is too old or not of this version."""
    said = signing.loads(token, salt=SALT, max_age=settings.SESSION_COOKIE_AGE)
    return FormContext(**dict(zip((x.name for x in fields(FormContext)), said, strict=True)))


def renewed_context(request: HttpRequest, token: str) -> str | None:
    """The same token for the present session of the same user; None for a token of anybody else, or too old.

    For a page that outlived its session with its fields filled in: patient, target, version, moment and nonce stay.
    """
    try:
        context = _context_in(token)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    if context.user != request.user.pk:
        return None
    return signing.dumps(astuple(replace(context, session=session_hash(request))), salt=SALT)


def out_of_bounds(given: Any, born: date | None, *, planned: bool = False) -> str:
    """Why a day or time is not possible for who was born on a day (None: not known); "" if it is, or is neither."""
    if not isinstance(given, date):
        return ""
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    bounds = Bounds(now=timezone.now(), zone=zone, born=born)
    if isinstance(given, datetime):
        outside = bounds.of_moment(given)
        return gettext(OF_A_MOMENT[outside]) if outside else ""
    outside = bounds.of_day(given, planned=planned)
    return gettext(OF_A_DAY[outside]) if outside else ""


class ContextForm(forms.Form):
    """Base of every form that writes: a hidden token, made when the form is shown and checked when it comes back.

    `ContextForm(request=request, patient=patient)` to show, `ContextForm(request.POST, request=..., patient=...)`
    when sent. `is_valid()` raises `ContextMismatch` before it looks at anything else.
    """

    context_token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        request: AuthenticatedHttpRequest,
        patient: Patient | None = None,
        target: str = "",
        version: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.patient, self.target = request, patient, target
        self._context: FormContext | None = None
        if not self.is_bound:
            self.fields["context_token"].initial = issue_context(
                request, patient=patient, target=target, version=version
            )

    def become_part_of(self, whole: ContextForm) -> None:
        """Sent inside another form: the token of the whole, checked there, is the token of this part too."""
        self._context = whole.context

    @property
    def context(self) -> FormContext:
        """The checked context of a form that was sent."""
        if self._context is None:
            token = self.data.get(self.add_prefix("context_token"), "")
            self._context = check_context(self.request, token, patient=self.patient, target=self.target)
        return self._context

    def full_clean(self) -> None:
        """Check the context first, then the fields."""
        if self.is_bound:
            _ = self.context
        super().full_clean()

    def _clean_fields(self) -> None:
        """Every day and every time of every form is within the bounds of the patient."""
        super()._clean_fields()  # type: ignore[misc]  # the stubs do not know it
        for name, field in self.fields.items():
            given = self.cleaned_data.get(name)
            sentence = out_of_bounds(given, self.born, planned=getattr(field, "planned", False))
            if sentence:
                self.add_error(name, sentence)

    @property
    def born(self) -> date | None:
        """The birth date before which nothing lies."""
        return self.patient.birth_date if self.patient else None

    def once(self, change: Callable[[], Any]) -> tuple[Any, bool]:
        """Run the change for the first sending; (its JSON result, was this a repetition)."""
        return once(self.context.nonce, by=self.request.user, patient=self.patient, change=change)


def done_once(form: Any, change: Any) -> bool:
    """Run a change once for a form. False with the faults on the form if its content was refused."""
    try:
        form.once(change)
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return False
    return True
