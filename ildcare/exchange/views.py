"""Importing a case file: first a dry run that says what is wrong or what it would mean, then the storing."""

from __future__ import annotations

from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from algorithm.charts import chart_for
from algorithm.opinion import opinion
from ildcare.evaluation.sweep import evaluate_now
from ildcare.record.answer_words import by_choice_text
from patients.access import permission
from patients.actions import StoredCase, store_case, try_case
from patients.changes import Refused
from patients.context import ContextForm
from patients.forms.layouts import beside
from patients.imports import FORMATS, read_case, refuse_size
from patients.imports.case import Case, CaseFaults, snapshot_of
from patients.imports.limits import MOST_BYTES, MOST_EVENTS
from patients.models import Patient
from patients.persons import ANOTHER, NEW, Doubt
from patients.queries import site_zone
from patients.requests import AuthenticatedHttpRequest
from patients.wording import translated

SALT = "case-import"


class CaseForm(ContextForm):
    """The file, or its text as shown in the dry run."""

    file = forms.FileField(required=False, widget=forms.FileInput())
    text = forms.CharField(widget=forms.HiddenInput, required=False, max_length=MOST_BYTES, strip=False)
    # whose record it is, as the dry run said or a person answered (`patients.persons.owner_of`)
    answer = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        formats = FORMATS.values()
        self.fields["file"].label = " / ".join(translated(x.title) for x in formats)
        self.fields["file"].widget.attrs["accept"] = ",".join(y for x in formats for y in (*x.endings, *x.media_types))

    @property
    def helper(self) -> FormHelper:
        """The file and the dry run; the text is sent from below the preview."""
        return beside("file", button=_("Check"), wide=True)

    def content(self) -> bytes:
        """What was sent; empty if nothing was."""
        file = self.cleaned_data.get("file")
        if file is not None:
            refuse_size(file.size)
            return cast(bytes, file.read())
        return signed_text(self.cleaned_data.get("text", ""))


def signed_text(token: str) -> bytes:
    """The document that the dry run looked at, byte for byte as Latin-1; nothing else can be stored."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=3600)).encode("latin-1") if token else b""
    except signing.BadSignature:
        return b""


@require_safe
@permission("import_cases")
def case_import(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Choose a file."""
    return _page(request, {"form": CaseForm(request=request, target="case")})


@require_POST
@permission("import_cases")
def case_check(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Dry run: every fault with the number of its event, or what would be stored and what the chart would say."""
    form = CaseForm(request.POST, request.FILES, request=request, target="case")
    if not form.is_valid():
        return _page(request, {"form": form}, 422)
    fresh = CaseForm(request=request, target="case")
    try:
        content = form.content()
        case = read_case(content, zone=str(site_zone()), now=timezone.now())
    except CaseFaults as refused:
        return _page(request, {"form": fresh, "faults": refused.faults}, 422)
    return _checked(request, fresh, case, content)


@require_POST
@permission("import_cases")
def case_store(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Store the case that the dry run showed."""
    form = CaseForm(request.POST, request=request, target="case")
    if not form.is_valid():
        return _page(request, {"form": form}, 422)
    fresh = CaseForm(request=request, target="case")
    try:
        case = read_case(form.content(), zone=str(site_zone()), now=timezone.now())
        answer = form.cleaned_data["answer"]
        done, _repeated = form.once(lambda: _stored(store_case(case, by=request.user, answer=answer)))
    except CaseFaults as refused:
        return _page(request, {"form": fresh, "faults": refused.faults}, 422)
    except Doubt:
        return _checked(request, fresh, case, form.content(), 422)
    except Refused as refused:
        return _page(request, {"form": fresh, "refused": refused.faults}, 422)
    patient = Patient.objects.visible_to(request.user).filter(pk=done["patient"]).first()
    if patient is None:
        return _page(request, {"form": fresh, "stored_elsewhere": done["sentences"]})
    return redirect("patient_detail", patient.pk)


def _checked(
    request: AuthenticatedHttpRequest, form: CaseForm, case: Case, content: bytes, status: int = 200
) -> HttpResponse:
    """What storing would do, found by doing and undoing it: its sentences, a refusal, or the question whose record."""
    form.fields["text"].initial = signing.dumps(content.decode("latin-1"), salt=SALT, compress=True)
    try:
        tried = try_case(case, by=request.user)
    except Doubt as doubt:
        asked = {"question": doubt.faults, "known": doubt.known, "another": ANOTHER}
        return _page(request, {"form": form, **_preview(case), **asked}, status)
    except Refused as refused:
        return _page(request, {"form": form, "refused": refused.faults}, 422)
    form.fields["answer"].initial = NEW if tried.registered else str(tried.patient.pk)
    return _page(request, {"form": form, **_preview(case), "sentences": tried.sentences}, status)


def _stored(stored: StoredCase) -> dict[str, Any]:
    """Evaluated; what is kept with the form, for a second sending of it."""
    evaluate_now(stored.patient.pk)
    return {"patient": stored.patient.pk, "sentences": stored.sentences}


def _preview(case: Case) -> dict[str, Any]:
    now = timezone.now()
    snapshot = snapshot_of(case, now, now)
    judged = opinion(chart_for(snapshot), snapshot)
    by_choice = by_choice_text(judged.pathway, snapshot)
    return {
        "case": case,
        "opinion": judged,
        "pathway": judged.pathway,
        "by_choice": by_choice,
        "count": len(case.events),
    }


def _page(request: AuthenticatedHttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    limits = {"most_bytes": f"{MOST_BYTES:,}", "most_events": f"{MOST_EVENTS:,}"}
    return render(
        request, "ildcare/exchange/case_import.html", {"page": "case_import", **limits, **context}, status=status
    )
