"""Importing a case file: first a dry run that says what is wrong or what it would mean, then the storing."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from ildcare.views.entry import evaluate_now
from patients.access import permission
from patients.actions import store_case
from patients.context import ContextForm
from patients.deeds import Refused
from patients.imports.case_file import Case, CaseFaults, parse, snapshot_of
from patients.models import Patient, User
from patients.queries import site_zone

MOST_BYTES = 2_000_000
SALT = "case-import"


class CaseForm(ContextForm):
    """The file, or its text as shown in the dry run."""

    file = forms.FileField(label=gettext_lazy("Case file (JSON)"), required=False)
    text = forms.CharField(widget=forms.HiddenInput, required=False, max_length=MOST_BYTES, strip=False)

    def content(self) -> bytes:
        """What was sent; empty if nothing was."""
        file = self.cleaned_data.get("file")
        if file is not None:
            return cast(bytes, file.read(MOST_BYTES + 1))
        return signed_text(self.cleaned_data.get("text", ""))


def signed_text(token: str) -> bytes:
    """The text that the dry run looked at; nothing else can be stored."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=3600)).encode() if token else b""
    except signing.BadSignature:
        return b""


@require_safe
@permission("import_cases")
def case_import(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    return _page(request, {"form": CaseForm(request=request, target="case")})


@require_POST
@permission("import_cases")
def case_check(request: HttpRequest) -> HttpResponse:
    """Dry run: every fault with the number of its event, or what would be stored and what the chart would say."""
    form = CaseForm(request.POST, request.FILES, request=request, target="case")
    if not form.is_valid():
        return _page(request, {"form": form}, 422)
    fresh = CaseForm(request=request, target="case")
    content = form.content()
    if len(content) > MOST_BYTES:
        return _page(request, {"form": fresh, "faults": [_too_long()]}, 422)
    try:
        case = parse(content, zone=str(site_zone()), now=timezone.now())
    except CaseFaults as refused:
        return _page(request, {"form": fresh, "faults": refused.faults}, 422)
    fresh.fields["text"].initial = signing.dumps(content.decode("utf-8-sig"), salt=SALT, compress=True)
    return _page(request, {"form": fresh, **_preview(case)})


@require_POST
@permission("import_cases")
def case_store(request: HttpRequest) -> HttpResponse:
    """Store the case that the dry run showed."""
    form = CaseForm(request.POST, request=request, target="case")
    if not form.is_valid():
        return _page(request, {"form": form}, 422)
    fresh = CaseForm(request=request, target="case")
    try:
        case = parse(form.content(), zone=str(site_zone()), now=timezone.now())
        patient_id, _repeated = form.once(lambda: store_case(case, by=cast(User, request.user)).patient.pk)
    except CaseFaults as refused:
        return _page(request, {"form": fresh, "faults": refused.faults}, 422)
    except Refused as refused:
        return _page(request, {"form": fresh, "refused": refused.faults}, 422)
    patient = Patient.objects.visible_to(cast(User, request.user)).filter(pk=patient_id).first()
    if patient is None:
        return _page(request, {"form": fresh, "stored_elsewhere": True})
    evaluate_now(patient)
    return redirect("patient_detail", patient_id)


def _too_long() -> dict[str, Any]:
    return {"event": None, "message": _("The file is larger than 2 MB.")}


def _preview(case: Case) -> dict[str, Any]:
    now = timezone.now()
    given = opinion(CURRENT, snapshot_of(case, now, now))
    return {"case": case, "opinion": given, "pathway": given.pathway, "count": len(case.entries)}


def _page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "ildcare/case_import.html", {"page": "case_import", **shown}, status=status)
