"""What waits of that which machines sent: one page, on which each question is settled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ildcare.exchange.arrival_forms import NOTHING, AnswerForm, MeaningForm, PickForm, ReasonForm, SameForm, UnitForm
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
    same_number,
)
from monitoring.queries import count_of_questions
from patients.access import permission
from patients.actions import (
    answer_question,
    pick_patient,
    refuse_result,
    say_meaning,
    say_same_person,
    say_unit,
    say_whose,
    settle_part,
)
from patients.audit import note_read
from patients.clinical.reasons import Reason
from patients.clinical.written import reason_from_json
from patients.context import ContextForm, done_once
from patients.models import TO_BE_PICKED, MessagePart, PartState, Patient, WaitingResult
from patients.requests import AuthenticatedHttpRequest
from patients.search import find_patients
from patients.wording import render as sentence_of

MOST_PICKED = 20  # patients whom a search for the owner of a message shows


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code without meaning, with the form that says it."""

    code: UnknownCode
    form: MeaningForm


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result that waits: why, the form for what it lacks (none where nothing can be said), the form to refuse it, and
    where its unit is not known the form that says it for everything that its source sends so."""

    waiting: WaitingResult
    why: str
    form: AnswerForm | None
    refusal: ReasonForm
    units: UnitForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A message that a person has to look at. `sent`: who it is about; `alike`: the patients whose it may be or is not;
    `faults`: why it is not of the one that was chosen."""

    part: MessagePart
    sent: Patient
    alike: tuple[Alike, ...]
    why: tuple[Reason, ...]
    refusal: ReasonForm
    same: SameForm | None = None
    faults: tuple[str, ...] = ()

    @property
    def may_be_one(self) -> bool:
        """May a person say by a button whose it is? Where the number is somebody's who is another person, it needs a
        reason."""
        return self.part.state == PartState.DOUBTFUL

    @property
    def may_be_picked(self) -> bool:
        """May a person pick the patient?"""
        return self.part.state in TO_BE_PICKED


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
def unit_say(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say in which unit a source sends a code; everything of the kind that waits is taken."""
    waiting = _result(request, number)
    form = _unit_form(request, waiting, request.POST)

    def change() -> int:
        data = form.cleaned_data
        return say_unit(waiting=waiting, unit=data["unit"], reason=data["reason"], by=request.user)

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
def part_same(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say that somebody with another name, sex or birth date is the patient of the number, with the reason."""
    part = _part(request, number)
    form = _same_form(request, part, request.POST)
    if part.state != PartState.OTHER_PERSON or same_number(request.user, part) is None:
        raise Http404
    return _settled(
        request,
        form,
        lambda: say_same_person(part=part, reason=form.cleaned_data["reason"], by=request.user).message.pk,
    )


@require_safe
@permission("settle_arrivals")
def part_person(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Whose is it that names no number, several, or one that nobody here has? What was sent, and a search."""
    return _choice(request, _pickable(request, number), "", alike=True)


@require_POST
@permission("settle_arrivals")
def part_find(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """The patients on whom the words fit; by POST, so that no name stands in an address."""
    return _choice(request, _pickable(request, number), request.POST.get("words", "").strip())


@require_POST
@permission("settle_arrivals")
def part_pick(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say which patient it is, with the reason."""
    part = _pickable(request, number)
    form = PickForm(request.POST, request=request, target=f"part:{part.pk}")
    told = request.POST.get("patient", "")
    known = int(told) if told.isdecimal() and len(told) < 19 else 0
    chosen = Patient.objects.visible_to(request.user).filter(pk=known).first()
    if chosen is None:
        raise Http404

    def pick() -> int:
        return pick_patient(part=part, patient=chosen, reason=form.cleaned_data["reason"], by=request.user)

    if not form.is_valid() or not done_once(form, pick):
        return _choice(request, part, request.POST.get("words", "").strip(), form=form, chosen=chosen)
    return redirect("arrival_list")


def _pickable(request: AuthenticatedHttpRequest, number: int) -> MessagePart:
    part = _part(request, number)
    if part.state not in TO_BE_PICKED:
        raise Http404
    return part


def _choice(
    request: AuthenticatedHttpRequest,
    part: MessagePart,
    words: str,
    *,
    alike: bool = False,
    form: PickForm | None = None,
    chosen: Patient | None = None,
    refusal: ReasonForm | None = None,
) -> HttpResponse:
    ids = find_patients(words, request.user, MOST_PICKED).ids if words else ()
    people = Patient.objects.in_bulk(ids)
    found = [people[x] for x in ids] or ([chosen] if chosen else list(almost(request.user, part)) if alike else [])
    for other in found:
        note_read(other.pk, "arrivals: choice", by=request.user)
    context = {
        "page": "arrival_list",
        "part": part,
        "sent": as_sent(part),
        "why": tuple(map(reason_from_json, part.why)),
        "words": words,
        "found": found,
        "form": form or PickForm(request=request, target=f"part:{part.pk}"),
        "refusal": refusal or _reason_form(request, f"part:{part.pk}"),
    }
    return render(request, "ildcare/exchange/part_person.html", context, status=422 if form or refusal else 200)


@require_POST
@permission("settle_arrivals")
def part_settle(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Say what was done about a message that no machine may follow."""
    part = _part(request, number)
    form = _reason_form(request, f"part:{part.pk}", request.POST)
    if part.state == PartState.UNKNOWN and not form.is_valid():  # it stands on the page of its person alone
        return _choice(request, part, "", refusal=form)
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
        "elsewhere": max(0, count_of_questions() - found.total),
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
        form = refused if isinstance(refused, AnswerForm) else form
        refusal = refused if isinstance(refused, ReasonForm) else refusal
    asks = form if form is not None and form.needed else None
    units = refused if isinstance(refused, UnitForm) and refused.target == f"waiting:{waiting.pk}" else None
    if units is None and "unit" in _answer_form(request, waiting).needed:
        units = _unit_form(request, waiting)
    return ResultRow(waiting, sentence_of(reason_from_json(waiting.why)), asks, refusal, units)


def _unit_form(request: AuthenticatedHttpRequest, waiting: WaitingResult, data: Any = None) -> UnitForm:
    target, auto_id = f"waiting:{waiting.pk}", f"id_unit_{waiting.pk}_%s"
    return UnitForm(data, request=request, target=target, waiting=waiting, auto_id=auto_id)


def _part_rows(request: AuthenticatedHttpRequest, found: Arrivals, refused: ContextForm | None) -> list[PartRow]:
    rows = []
    for part in found.parts:
        target = f"part:{part.pk}"
        came_back = refused is not None and refused.target == target
        form = refused if came_back and isinstance(refused, ReasonForm) else _reason_form(request, target)
        same = refused if came_back and isinstance(refused, SameForm) else None
        if same is None and part.state == PartState.OTHER_PERSON and same_number(request.user, part) is not None:
            same = _same_form(request, part)
        drawn = refused is form or refused is same
        faults = refused.non_field_errors() if refused is not None and came_back and not drawn else ()
        rows.append(
            PartRow(
                part=part,
                sent=as_sent(part),
                alike=alike_of(request.user, part),
                why=tuple(map(reason_from_json, part.why)),
                refusal=form,
                same=same,
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


def _same_form(request: AuthenticatedHttpRequest, part: MessagePart, data: Any = None) -> SameForm:
    return SameForm(data, request=request, target=f"part:{part.pk}", auto_id=f"id_same_{part.pk}_%s")


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
