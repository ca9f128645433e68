"""Which form is this? Every form that writes carries a signed token of who got it, for which patient and version.

A token that does not fit (another user, session, patient or object, or tampered with) is a `ContextMismatch`: 409,
nothing written. Its nonce makes a form count once: `ContextForm.once` runs the deed for the first sending only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from patients.audit import session_hash
from patients.deeds import Conflict, once
from patients.models import Patient, User

SALT = "patients.context"


class ContextMismatch(Conflict):
    """A form was sent in another context than the one it was made for."""


@dataclass(frozen=True, slots=True)
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


def issue_context(request: HttpRequest, *, patient: Patient | None = None, target: str = "", version: int = 0) -> str:
    """A fresh token for a form about to be shown."""
    user = cast(User, request.user)
    patient_id = patient.pk if patient else None
    nonce, shown = token_urlsafe(24), moment_of_page(request).isoformat()
    context = FormContext(user.pk, session_hash(request), patient_id, target, version, nonce, shown)
    return signing.dumps(astuple(context), salt=SALT)


def moment_of_page(request: HttpRequest) -> datetime:
    """When the server began to answer: whatever is recorded later may be missing on the page."""
    begun: datetime | None = getattr(request, "begun_at", None)  # set by the middleware
    return begun or timezone.now()


def check_context(request: HttpRequest, token: str, *, patient: Patient | None = None, target: str = "") -> FormContext:
    """The context of a form that came back; raises `ContextMismatch` when it was made for anything else."""
    try:
        context = FormContext(*signing.loads(token, salt=SALT, max_age=settings.SESSION_COOKIE_AGE))
    except (signing.BadSignature, TypeError) as error:
        raise ContextMismatch("the form is not one of ours, or too old") from error
    expected = (request.user.pk, session_hash(request), patient.pk if patient else None, target)
    if (context.user, context.session, context.patient, context.target) != expected:
        raise ContextMismatch("the form was made for another user, session, patient or entry")
    return context


def renewed_context(request: HttpRequest, token: str) -> str | None:
    """The same token for the present session of the same user; None for a token of anybody else, or too old.

    For a page that outlived its session with its fields filled in: patient, target, version, moment and nonce stay.
    """
    try:
        context = FormContext(*signing.loads(token, salt=SALT, max_age=settings.SESSION_COOKIE_AGE))
    except (signing.BadSignature, TypeError):
        return None
    if context.user != request.user.pk:
        return None
    return signing.dumps(astuple(replace(context, session=session_hash(request))), salt=SALT)


class ContextForm(forms.Form):
    """Base of every form that writes: a hidden token, made when the form is shown and checked when it comes back.

    `ContextForm(request=request, patient=patient)` to show, `ContextForm(request.POST, request=..., patient=...)`
    when sent. `is_valid()` raises `ContextMismatch` before it looks at anything else.
    """

    context_token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        request: HttpRequest,
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

    def once(self, deed: Callable[[], Any]) -> tuple[Any, bool]:
        """Run the deed for the first sending; (its JSON result, was this a repetition)."""
        return once(self.context.nonce, by=cast(User, self.request.user), patient=self.patient, deed=deed)
