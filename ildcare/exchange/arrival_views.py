"""What waits of that which machines sent: one page, on which each question is settled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ildcare.exchange.arrival_forms import NOTHING, AnswerForm, MeaningForm, ReasonForm
from ildcare.exchange.arrivals import (
    Alike,
    Arrivals,
    UnknownCode,
    alike_of,
    almost,
    arrivals,
    as_sent,
    open_part,
    open_result,
)
from monitoring.queries import questions_asked
from patients.access import permission
from patients.actions import answer_question, refuse_result, say_meaning, say_whose, settle_part
from patients.audit import note_read
from patients.clinical.reasons import Reason
from patients.clinical.written import reason_from_json
from patients.context import ContextForm, done_once
from patients.models import MessagePart, PartState, Patient, WaitingResult
from patients.requests import AuthenticatedHttpRequest
from patients.wording import render as sentence_of


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code without meaning, with the form that says it."""

    code: UnknownCode
    form: MeaningForm


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result that waits: why, the form for what it lacks (none where nothing can be said), the form to refuse it."""

    waiting: WaitingResult
    why: str
    form: AnswerForm | None
    refusal: ReasonForm


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A message that a person has to look at. `sent`: who it is about; `alike`: the patients whose it may be or is not;
    `faults`: why it is not of the one that was chosen."""

    part: MessagePart
    sent: Patient
    alike: tuple[Alike, ...]
    why: tuple[Reason, ...]
    refusal: ReasonForm
    faults: tuple[str, ...] = ()

    @property
    def may_be_one(self) -> bool:
        """May a person say whose it is? Not where the number is somebody's who is another person."""
        return self.part.state == PartState.DOUBTFUL


@require_safe
@permission("settle_arrivals")
def arrival_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Everything that waits, by what has to be done."""
    return _page(request)


@require_POST
@permission("settle_arrivals")
def meaning_say(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Say what a code means; everything of it that waits is taken."""
    form = MeaningForm(request.POST, request=request, target="meaning")

    def change() -> int:
        data = form.cleaned_data
        target = "" if data["means"] == NOTHING else data["means"]
        meaning, _messages = say_meaning(
            system=data["system"], code=data["code"], called=data["called"], target=target, by=request.user
        )
        return meaning.pk

    return _settled(request, form, change)


@require_POST
@permission("settle_arrivals")
def result_answer(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say what a result lacks; it is taken, or asks on."""
    waiting = _result(request, number)
    form = _answer_form(request, waiting, request.POST)

    def change() -> int:
        return answer_question(waiting=waiting, answers=form.answers, by=request.user).message.pk

    return _settled(request, form, change)


@require_POST
@permission("settle_arrivals")
def result_refuse(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Settle a result without taking it, with the reason."""
    waiting = _result(request, number)
    form = _reason_form(request, f"waiting:{waiting.pk}", request.POST)
    return _settled(
        request, form, lambda: refuse_result(waiting=waiting, reason=form.cleaned_data["reason"], by=request.user)
    )


@require_POST
@permission("settle_arrivals")
def part_whose(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say whose a number is that is almost a patient's."""
    part = _part(request, number)
    form = ContextForm(request.POST, request=request, target=f"part:{part.pk}")
    chosen = next((x for x in almost(request.user, part) if str(x.pk) == request.POST.get("patient")), None)
    if chosen is None:
        raise Http404
    return _settled(request, form, lambda: say_whose(part=part, patient=chosen, by=request.user).message.pk)


@require_POST
@permission("settle_arrivals")
def part_settle(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say what was done about a message that no machine may follow."""
    part = _part(request, number)
    form = _reason_form(request, f"part:{part.pk}", request.POST)
    return _settled(request, form, lambda: settle_part(part=part, reason=form.cleaned_data["reason"], by=request.user))


def _settled(request: AuthenticatedHttpRequest, form: ContextForm, change: Callable[[], Any]) -> HttpResponse:
    """Once, and back to the page; with the faults beside their form if the content was refused."""
    if not form.is_valid() or not done_once(form, change):
        return _page(request, refused=form)
    return redirect("arrival_list")


def _page(request: AuthenticatedHttpRequest, refused: ContextForm | None = None) -> HttpResponse:
    found = arrivals(request.user)
    parts = _part_rows(request, found, refused)
    alike = [y.patient.pk for x in parts for y in x.alike]
    shown = [*(x.part.patient_id for x in found.results), *(x.patient_id for x in found.parts if x.patient_id), *alike]
    for patient in dict.fromkeys(shown):
        note_read(patient, "arrivals", by=request.user)
    context = {
        "page": "arrival_list",
        "arrivals": found,
        "elsewhere": max(0, questions_asked() - found.total),
        "codes": [_code_row(request, x, refused) for x in found.codes],
        "results": [_result_row(request, x, refused) for x in found.results],
        "parts": parts,
    }
    return render(request, "ildcare/exchange/arrival_list.html", context, status=422 if refused else 200)


def _code_row(request: AuthenticatedHttpRequest, code: UnknownCode, refused: ContextForm | None) -> CodeRow:
    if isinstance(refused, MeaningForm) and refused.data.get("code") == code.code:
        return CodeRow(code, refused)
    said = {"system": code.system, "code": code.code, "called": code.called}
    return CodeRow(
        code, MeaningForm(request=request, target="meaning", initial=said, auto_id=f"id_{code.example.pk}_%s")
    )


def _result_row(request: AuthenticatedHttpRequest, waiting: WaitingResult, refused: ContextForm | None) -> ResultRow:
    form: AnswerForm | None = _answer_form(request, waiting)
    refusal = _reason_form(request, f"waiting:{waiting.pk}")
    if refused is not None and refused.target == f"waiting:{waiting.pk}":
        form, refusal = (refused, refusal) if isinstance(refused, AnswerForm) else (form, refused)  # type: ignore[assignment]
    asks = form if form is not None and form.asked else None
    return ResultRow(waiting, sentence_of(reason_from_json(waiting.why)), asks, refusal)


def _part_rows(request: AuthenticatedHttpRequest, found: Arrivals, refused: ContextForm | None) -> list[PartRow]:
    rows = []
    for part in found.parts:
        target = f"part:{part.pk}"
        came_back = refused is not None and refused.target == target
        form = refused if came_back and isinstance(refused, ReasonForm) else _reason_form(request, target)
        faults = refused.non_field_errors() if refused is not None and came_back and form is not refused else ()
        rows.append(
            PartRow(
                part=part,
                sent=as_sent(part),
                alike=alike_of(request.user, part),
                why=tuple(map(reason_from_json, part.why)),
                refusal=form,
                faults=tuple(str(x) for x in faults),
            )
        )
    return rows


def _answer_form(request: AuthenticatedHttpRequest, waiting: WaitingResult, data: Any = None) -> AnswerForm:
    return AnswerForm(
        data,
        request=request,
        target=f"waiting:{waiting.pk}",
        waiting=waiting,
        auto_id=f"id_{waiting.pk}_%s",
    )


def _reason_form(request: AuthenticatedHttpRequest, target: str, data: Any = None) -> ReasonForm:
    return ReasonForm(data, request=request, target=target, auto_id=f"id_{target.replace(':', '_')}_%s")


def _result(request: AuthenticatedHttpRequest, number: int) -> WaitingResult:
    waiting = open_result(request.user, number)
    if waiting is None:
        raise Http404
    return waiting


def _part(request: AuthenticatedHttpRequest, number: int) -> MessagePart:
    part = open_part(request.user, number)
    if part is None:
        raise Http404
    return part
