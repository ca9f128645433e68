"""What codes mean here: one page for who runs the site, on which a meaning is replaced by another with the reason, and
a bundled row whose source was not read is confirmed. What was taken under a meaning that was replaced is on another
page, for who may see the patients: it is corrected there as any fact is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from ildcare.exchange.arrival_forms import NOTHING, MeaningForm, target_in_words
from ildcare.exchange.machine_forms import WhyForm
from patients.access import permission
from patients.actions import replace_meaning, say_meaning
from patients.audit import note_read
from patients.code_maps import offered_rows
from patients.context import done_once
from patients.imports.code_map import CodeRow
from patients.models import FACT_TABLES, CodeMeaning, DeliveredFact, Fact, Patient, UnitMeaning, standing_meanings
from patients.requests import AuthenticatedHttpRequest

OFFER = "offer"
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningRow:
    """A meaning that stands: in words, how many facts came under its code, what was said before, the form."""

    meaning: CodeMeaning
    words: str
    facts: int
    before: tuple[tuple[CodeMeaning, str], ...]
    form: MeaningForm


@require_safe
@permission("manage_site")
def code_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every code whose meaning was said here, with who and when; and rows to be confirmed."""
    return _page(request)


@require_POST
@permission("manage_site")
def code_replace(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Replace a meaning by another one, with the reason."""
    meaning = get_object_or_404(standing_meanings(), pk=number)
    form = _form(request, meaning, request.POST)

    def change() -> int:
        means, reason = form.cleaned_data["means"], form.cleaned_data["reason"]
        target = "" if means == NOTHING else means
        return replace_meaning(meaning=meaning, target=target, reason=reason, by=request.user).pk

    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return redirect("code_list")


@require_POST
@permission("manage_site")
def code_confirm(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Confirm a bundled row: from now on it is applied."""
    form = WhyForm(request.POST, request=request, target=OFFER)
    row = next((x for x in _offered() if _name(x) == request.POST.get("row")), None)
    if row is None:
        raise Http404

    def change() -> int:
        said = form.cleaned_data["reason"]
        told = {"system": row.system, "code": row.code, "target": row.target, "called": row.called}
        return say_meaning(**told, by=request.user, reason=said)[0].pk

    if not form.is_valid() or not done_once(form, change):
        return _page(request, offer=form)
    return redirect("code_list")


@require_safe
@permission("settle_arrivals")
def code_facts(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """What was taken under the code of a meaning, of patients whom the reader sees: to be corrected there."""
    meaning = get_object_or_404(CodeMeaning, pk=number)
    rows = list(_facts(request, meaning))
    for patient in {x.patient_id: x.patient for x in rows}.values():
        note_read(patient.pk, "code", by=request.user)
    context = {"page": "arrival_list", "meaning": meaning, "words": target_in_words(meaning.target), "facts": rows}
    return render(request, "ildcare/exchange/code_facts.html", context)


def _facts(request: AuthenticatedHttpRequest, meaning: CodeMeaning) -> list[Fact]:
    mine = Patient.objects.visible_to(request.user).values("pk")
    told = DeliveredFact.objects.filter(system=meaning.system, code=meaning.code).values_list("kind", "row")
    found: list[Fact] = []
    for kind in sorted({x for x, _row in told}):
        keys = [row for of, row in told if of == kind]
        table: Any = FACT_TABLES[kind]
        rows = table.objects.filter(pk__in=keys, patient__in=mine).select_related("patient")
        found += [x for x in rows.order_by("-pk")[:MOST] if getattr(x, "code", "") == meaning.target]
    return found


def _page(
    request: AuthenticatedHttpRequest, *, refused: MeaningForm | None = None, offer: WhyForm | None = None
) -> HttpResponse:
    said: dict[tuple[str, str], list[CodeMeaning]] = {}
    for x in CodeMeaning.objects.select_related("by"):
        said.setdefault((x.system, x.code), []).append(x)
    counted = DeliveredFact.objects.exclude(code="").values("system", "code").annotate(n=Count("pk")).order_by()
    facts = {(x["system"], x["code"]): x["n"] for x in counted}
    rows = [
        MeaningRow(
            meaning=last,
            words=target_in_words(last.target),
            facts=facts.get(key, 0),
            before=tuple((x, target_in_words(x.target)) for x in reversed(before)),
            form=refused
            if refused is not None and refused.target == f"meaning:{last.pk}"
            else _form(request, last, initial=True),
        )
        for key, (*before, last) in said.items()
    ]
    context = {
        "page": "machine_list",
        "rows": rows,
        "units": UnitMeaning.objects.select_related("source", "by").order_by("source", "code", "-id"),
        "offered": [(_name(x), x, target_in_words(x.target)) for x in _offered()],
        "offer": offer or WhyForm(request=request, target=OFFER),
    }
    return render(request, "ildcare/exchange/code_list.html", context, status=422 if refused or offer else 200)


def _form(
    request: AuthenticatedHttpRequest, meaning: CodeMeaning, data: Any = None, *, initial: bool = False
) -> MeaningForm:
    told = {
        "system": meaning.system,
        "code": meaning.code,
        "called": meaning.called,
        "means": meaning.target or NOTHING,
    }
    return MeaningForm(
        data,
        request=request,
        target=f"meaning:{meaning.pk}",
        auto_id=f"id_meaning_{meaning.pk}_%s",
        initial=told if initial else None,
        with_reason=True,
    )


def _offered() -> list[CodeRow]:
    """Rows that a site may confirm as they are: nothing of them is asked besides, and nobody has said their meaning."""
    known = set(CodeMeaning.objects.values_list("system", "code"))
    rows = (x for x in offered_rows() if x.target and not (x.hold or x.materials or x.timing or x.kit or x.unit))
    return [x for x in rows if (x.system, x.code) not in known]


def _name(row: CodeRow) -> str:
    return f"{row.system}|{row.code}"
