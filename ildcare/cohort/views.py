"""The site's own patients in groups: what became of them, and what the rules would have told. No page names anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from algorithm.flowcharts import CURRENT
from ildcare.account.confirming import PASSWORD, ConfirmedForm
from ildcare.cohort.analysis_set import XLSX, as_packed_csv, as_workbook
from ildcare.cohort.figures import figures_of
from ildcare.cohort.groups import BY, By
from ildcare.cohort.job import looked_from
from ildcare.cohort.printed import PRINTED
from ildcare.cohort.words import trait_in_words
from patients.access import permission
from patients.actions import ask_for_cohort, cancel_run
from patients.audit import note_read
from patients.changes import Refused
from patients.context import ContextForm
from patients.forms.layouts import beside
from patients.models import CohortRun, RunState
from patients.requests import AuthenticatedHttpRequest

RIGHT = "review_cohort"
MOST_RUNS = 5  # runs that can be looked at


class AskForm(ContextForm):
    """A new look at everybody."""

    with_rules = forms.BooleanField(
        label=gettext_lazy("Try every rule on every record too"),
        help_text=gettext_lazy("about a second a record"),
        required=False,
    )

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("with_rules", button=_("Work out anew"), wide=True)


class AnalysisSetForm(ConfirmedForm):
    """The format, why the set leaves the product, and who says so."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("xlsx", gettext_lazy("Workbook (XLSX)")), ("csv", gettext_lazy("Tables (CSV), packed"))],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    @property
    def helper(self) -> FormHelper:
        """One line."""
        signing = (Field("reason", wrapper_class="grow"), *([PASSWORD] if self.asks_password else []))
        return beside("format", *signing, button=_("Export"))


@require_safe
@permission(RIGHT)
def cohort(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The last run that was worked out, by one trait; and how far the one is that goes on."""
    return _page(request, AskForm(request=request, target="cohort"))


@require_POST
@permission(RIGHT)
def cohort_ask(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask for a new run."""
    form = AskForm(request.POST, request=request, target="cohort")
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        form.once(lambda: ask_for_cohort(with_rules=form.cleaned_data["with_rules"], by=request.user).pk)
    except Refused as refused:
        return _page(request, form, 422, refused.faults)
    return redirect("cohort")


@require_POST
@permission(RIGHT)
def cohort_cancel(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Do not go on with a run."""
    try:
        cancel_run(run=_run(number), by=request.user)
    except Refused as refused:
        return _page(request, AskForm(request=request, target="cohort"), 422, refused.faults)
    return redirect("cohort")


@require_safe
@permission(RIGHT)
def cohort_export(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say why the analysis set of a run leaves the product."""
    return _export_page(request, _done(number), AnalysisSetForm(request=request, target=f"cohort-{number}"))


@require_POST
@permission(RIGHT)
def cohort_export_file(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """The analysis set of a run as a file."""
    run = _done(number)
    form = AnalysisSetForm(request.POST, request=request, target=f"cohort-{number}")
    if not form.is_valid():
        return _export_page(request, run, form, 422)
    wanted, now = form.cleaned_data["format"], timezone.now()
    note_read(None, f"analysis set of run {run.pk}: {wanted}", by=request.user, reason=form.cleaned_data["reason"])
    members = looked_from(run.result).members
    made = _("Made by %(who)s, %(when)s, of what was known on %(day)s.") % {
        "who": request.user.get_full_name() or request.user.get_username(),
        "when": timezone.localtime(now).isoformat(" ", "minutes"),
        "day": timezone.localtime(run.known_at).date().isoformat(),
    }
    write, ending, media_type = (
        (as_workbook, "xlsx", XLSX) if wanted == "xlsx" else (as_packed_csv, "zip", "application/zip")
    )
    answer = HttpResponse(write(members, made), content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="analysis-set-{run.pk}.{ending}"'
    return answer


def _page(
    request: AuthenticatedHttpRequest, form: AskForm, status: int = 200, faults: Sequence[str] = ()
) -> HttpResponse:
    done = list(CohortRun.objects.filter(state=RunState.DONE).select_related("by")[:MOST_RUNS])
    last = CohortRun.objects.select_related("by").defer("result").first()
    wanted = request.GET.get("run", "")
    run = next((x for x in done if str(x.pk) == wanted), done[0] if done else None)
    by = _trait(request.GET.get("by", ""))
    note_read(None, "cohort", by=request.user)
    context: dict[str, Any] = {
        "page": "cohort",
        "form": form,
        "faults": faults,
        "run": run,
        "runs": done,
        "last": last if last is not None and last.state != RunState.DONE else None,
        "by": by,
        "traits": [(x, trait_in_words(x)) for x in BY],
        "trait": trait_in_words(by),
        "figures": figures_of(looked_from(run.result), by) if run else None,
        "failed": run.result.get("failed", 0) if run else 0,
        "printed": PRINTED,
        "citation": CURRENT.citations[0],
    }
    if request.htmx and context["last"] is None:  # the run that was waited for is done: the whole page is another one
        return HttpResponse(headers={"HX-Refresh": "true"})
    name = "ildcare/cohort/cohort.html" + ("#progress" if request.htmx else "")
    return render(request, name, context, status=status)


def _export_page(
    request: AuthenticatedHttpRequest, run: CohortRun, form: AnalysisSetForm, status: int = 200
) -> HttpResponse:
    return render(request, "ildcare/cohort/cohort_export.html", {"run": run, "form": form}, status=status)


def _trait(text: str) -> By:
    return next((x for x in get_args(By) if x == text), "subtype")


def _run(number: int) -> CohortRun:
    run = CohortRun.objects.filter(pk=number).first()
    if run is None:
        raise Http404
    return run


def _done(number: int) -> CohortRun:
    run = _run(number)
    if run.state != RunState.DONE:
        raise Http404
    return run
