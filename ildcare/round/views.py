"""The ward round: begin, patient after patient, sign, finish. Nothing here remembers a "current patient"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from algorithm.charts import chart_for
from algorithm.consequences import Consequence, answer_moved, if_judged
from algorithm.walk.engine import Pathway, walk
from ildcare.care.clock_views import clock_rows
from ildcare.care.signed import signed_just_now, take_back_form
from ildcare.care.task_views import task_cards
from ildcare.evaluation.at_once import evaluated
from ildcare.evaluation.shown import evaluation_shown, pathway_at
from ildcare.record.adding import adding
from ildcare.record.answer_words import by_choice_text
from ildcare.record.followable import followable
from ildcare.round.forms import RoundForm
from ildcare.round.fresh import fresh_of
from ildcare.round.progress import Progress, Stop, own_round, progress_of
from ildcare.round.sheet import RoundSheet, round_sheet
from ildcare.round.telling import question_of, sentence_words, steps_after, tell
from ildcare.ward.lines import lines_for
from monitoring.forms import alert_cards
from patients.access import may, open_record, permission
from patients.actions import (
    finish_round,
    keep_round_draft,
    record_facts,
    record_round_visit,
    start_round,
    take_back_visit,
)
from patients.audit import note_read
from patients.changes import Refused
from patients.clinical.snapshot import Snapshot
from patients.context import ContextForm, done_once
from patients.left_there import visits_there
from patients.models import Patient, User, WardRound
from patients.queries import take_snapshot, wards_of
from patients.requests import AuthenticatedHttpRequest
from patients.rounds import unfinished_round
from patients.ways import return_address
from patients.wording import listed, short_moment

LISTS = ("off_ward_list", "my_patients")  # of patients on no ward: "seen" is signed there too

# -- the round --------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_ward")
def round_start(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The patients of a list in its order, to begin a round; and the round that was begun and not finished."""
    user = request.user
    lines, wards = lines_for(request.GET, user, timezone.now())
    ward = wards[0] if len(wards) == 1 else None
    note_read(None, "list of a round to begin", by=user)
    running = unfinished_round(user)
    context = {
        "page": "round_start",
        "lines": lines,
        "ward": ward,
        "ward_name": listed(x.name_in(request.LANGUAGE_CODE) for x in wards),
        "back": request.GET.urlencode(),
        "order": ",".join(str(line.patient.pk) for line in lines),
        "form": ContextForm(request=request, target="round:new"),
        "running": progress_of(running, user) if running else None,
        "may_sign": may(user, "sign_round"),
    }
    return render(request, "ildcare/round/round_start.html", context)


@require_POST
@permission("sign_round")
def round_begin(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Begin a round over the patients that the page showed, in its order, and go to the first."""
    user = request.user
    form = ContextForm(request.POST, request=request, target="round:new")
    order = _order(request, user)
    ward = next((x for x in wards_of(user) if x.code == request.POST.get("ward", "")), None)
    if not form.is_valid() or not order:
        return redirect("ward_list")
    number, _again = form.once(lambda: start_round(by=user, order=order, ward=ward).pk)
    return redirect(f"{reverse('round_patient', args=[order[0]])}?round={number}")


def _order(request: AuthenticatedHttpRequest, user: User) -> list[int]:
    """The ids that the form names, in its order, of patients that the user may see."""
    named = [int(x) for x in request.POST.get("order", "").split(",") if x.isdecimal() and len(x) < 19]
    visible = set(Patient.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(named) if pk in visible]


@require_safe
@permission("see_ward")
def round_detail(request: AuthenticatedHttpRequest, round_id: int) -> HttpResponse:
    """A round: who is seen, who is not, and its end."""
    progress = _progress(request, round_id)
    note_read(None, "round", by=request.user)
    form = ContextForm(request=request, target=f"round:{round_id}", version=progress.round.version)
    context = {"page": "round_start", "progress": progress, "form": form, "signed": signed_just_now(request)}
    return render(request, "ildcare/round/round_detail.html", context)


@require_POST
@permission("see_ward")
def round_finish(request: AuthenticatedHttpRequest, round_id: int) -> HttpResponse:
    """End a round."""
    progress = _progress(request, round_id)
    form = ContextForm(request.POST, request=request, target=f"round:{round_id}")
    if form.is_valid():
        version, user = form.context.version, request.user
        form.once(lambda: finish_round(round=progress.round, by=user, expected_version=version).pk)
    return redirect("ward_list")


def _progress(request: AuthenticatedHttpRequest, round_id: str | int) -> Progress:
    user = request.user
    ward_round = own_round(round_id, user)
    if ward_round is None:
        raise Http404
    return progress_of(ward_round, user)


# -- one patient ------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def round_patient(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """One patient of the round on one screen; `?round=` says in which round, and so who comes next."""
    patient = open_record(patient_id, by=request.user, what="round page")
    return _round_page(request, patient, _round_of(request, request.GET.get("round", "")))


@require_POST
@permission("sign_round")
def round_seen(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Sign that the patient was seen, with decision, judgement, note and plan: all of it or nothing."""
    patient = open_record(patient_id, by=request.user, what="round page")
    ward_round = _round_of(request, request.POST.get("round", ""))
    now = timezone.now()
    offer = _offer(*_answer(take_snapshot(patient, now, now)))
    form = RoundForm(request.POST, request=request, patient=patient, target="round", **offer)
    visit = _signed(form, patient, ward_round) if form.is_valid() else None
    if visit is None:
        return _round_page(request, patient, ward_round, form, status=422)
    moved = _moved_answer(form, patient)
    onward = return_address(request, LISTS) or _onward(request, patient, ward_round)
    address = _address(patient.pk, ward_round) if moved else onward
    return redirect(f"{address}{'&' if '?' in address else '?'}signed={visit}")


def _answer(snapshot: Snapshot) -> tuple[Pathway, tuple[Consequence, ...]]:
    """The chart's answer, and what a judgement of improvement on the running step would make of it."""
    pathway = walk(chart_for(snapshot), snapshot)
    return pathway, if_judged(chart_for(snapshot), snapshot) if pathway.running else ()


def _offer(pathway: Pathway, consequences: Iterable[Consequence]) -> dict[str, Any]:
    """The step that the chart indicates, or, where it indicates none, every step that can be decided about; and the
    steps to which a judgement would lead; and the later evidence that can be followed instead."""
    step = "" if pathway.by_choice else pathway.step or ""
    possible = {*pathway.steps_possible, *pathway.alone}
    return {
        "offered": step,
        "possible": possible,
        "after": steps_after(consequences),
        "sources": followable(step),
    }


def _moved_answer(form: RoundForm, patient: Patient) -> bool:
    """Did what was signed move the chart's answer? Then the reader stays and sees it (specification 12 (62))."""
    if not form.cleaned_data["improvement"]:
        return False
    now = timezone.now()
    return answer_moved(pathway_at(patient, form.read_at(now)), pathway_at(patient, now))


@require_POST
@permission("sign_round")
def round_take_back(request: AuthenticatedHttpRequest, patient_id: int, visit_id: int) -> HttpResponse:
    """Take what was signed back, for ten minutes, by who signed it; what was typed is a draft again."""
    patient = open_record(patient_id, by=request.user, what="round page")
    ward_round = _round_of(request, request.POST.get("round", ""))
    visit = patient.round_visits.filter(pk=visit_id).first()
    if visit is None:
        raise Http404
    form = ContextForm(request.POST, request=request, patient=patient, target=f"visit:{visit_id}")
    change = evaluated(lambda: take_back_visit(visit=visit, by=request.user).pk, patient)
    taken_back = form.is_valid() and done_once(form, change)
    address = _address(patient.pk, ward_round)
    return redirect(f"{address}{'&' if '?' in address else '?'}taken_back={'yes' if taken_back else 'no'}")


@require_POST
@permission("sign_round")
def round_draft(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Keep what is typed, unsigned; answers with the time of keeping."""
    patient = open_record(patient_id, by=request.user, what="round draft")
    form = RoundForm(request.POST, request=request, patient=patient, target="round")
    _ = form.context  # 409 for a form of another patient, user or session; what is typed need not be complete
    typed = {name: request.POST.get(name, "")[:10_000] for name in ("note", "plan")}
    if form.is_settled():  # a late draft of what is signed by now
        return HttpResponse(status=204)
    draft = keep_round_draft(patient=patient, by=request.user, nonce=form.context.nonce, **typed)
    return render(request, "ildcare/round/_words.html#draft", {"patient": patient, "draft": draft, "kept": True})


def _round_of(request: AuthenticatedHttpRequest, round_id: str) -> WardRound | None:
    """The user's round that an address or a form names; without one the patient is seen outside any round."""
    if not round_id:
        return None
    ward_round = own_round(round_id, request.user)
    if ward_round is None:
        raise Http404
    return ward_round


def _signed(form: RoundForm, patient: Patient, ward_round: WardRound | None) -> int | None:
    """Decision, judgement and visit in one transaction, once, with the evaluation that the page showed and that of now.

    The number of the visit; None with the faults on the form if it was refused.
    """
    by = form.request.user
    if form.judges and not may(by, "judge", patient):
        raise PermissionDenied

    def change() -> int:
        now = timezone.now()
        shown = evaluation_shown(patient, form.read_at(now))
        facts = form.facts(now)
        if facts:
            record_facts(patient=patient, facts=facts, by=by, source="form")
        if form.is_about_new_answer(form.cleaned_data):
            evaluation_shown(patient, now)  # what the decision rests on is the answer after the judgement
        data = form.cleaned_data
        visit = record_round_visit(
            patient=patient,
            by=by,
            shown_at=form.context.shown_at,
            note=data["note"].strip(),
            plan=data["plan"].strip(),
            state=shown.sha256,
            round=ward_round,
        )
        return visit.pk

    try:
        visit, _again = form.once(evaluated(change, patient))
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return None
    return int(visit)


def _onward(request: AuthenticatedHttpRequest, patient: Patient, ward_round: WardRound | None) -> str:
    """The next patient nobody has seen in this round, after this one in the list, else the overview."""
    if ward_round is None:
        return _address(patient.pk, None)
    return _after(request, patient, progress_of(ward_round, request.user))


def _after(request: AuthenticatedHttpRequest, patient: Patient, progress: Progress) -> str:
    """The same, in the round as it stands."""
    ward_round = progress.round
    if request.POST.get("go") == "stay":
        return _address(patient.pk, ward_round)
    place = next((n for n, x in enumerate(progress.stops) if x.patient.pk == patient.pk), -1)
    following = (*progress.stops[place + 1 :], *progress.stops[: max(place, 0)])
    unseen = next((x for x in following if x.visit is None), None)
    if unseen is None:
        return reverse("round_detail", args=[ward_round.pk])
    return _address(unseen.patient.pk, ward_round)


def _address(patient_id: int, ward_round: WardRound | None) -> str:
    return f"{reverse('round_patient', args=[patient_id])}{f'?round={ward_round.pk}' if ward_round else ''}"


def _round_page(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    ward_round: WardRound | None,
    form: RoundForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    sheet = round_sheet(patient, user, timezone.now())
    _pathway, consequences = _answer(sheet.record.snapshot)
    progress = progress_of(ward_round, user) if ward_round else None
    before, here, after = progress.around(patient.pk) if progress else (None, None, None)
    context: dict[str, Any] = {
        "page": "round_start",
        "patient": patient,
        "sheet": sheet,
        "record": sheet.record,
        "watch": sheet.record.watch,
        "cards": alert_cards(request, patient, sheet.record.watch, sheet.record.snapshot),
        "chart": chart_for(sheet.record.snapshot),
        "progress": progress,
        "here": here,
        "before": _link(before, ward_round),
        "after": _link(after, ward_round),
        "form": tell(form or _fresh_form(request, patient, sheet, consequences), sheet.record.pathway, consequences),
        "question": question_of(sheet.record.pathway),
        "sentence_words": sentence_words(sheet.record.pathway),
        "bar": sheet.record.bar,
        "fresh": fresh_of(sheet.record, sheet.results),
        "by_choice": by_choice_text(sheet.record.pathway, sheet.record.snapshot),
        "signed": signed_just_now(request, patient),
        "taken_back": request.GET.get("taken_back", ""),
        "take_back": take_back_form(request, sheet.visit),
        "onward": _after(request, patient, progress) if progress else "",
        "draft": sheet.draft,
        "may_sign": may(user, "sign_round"),
        "may_correct": may(user, "correct_facts"),
        "clock": clock_rows(request, patient, sheet.record.snapshot),
        "tasks": task_cards(request, patient, sheet.tasks),
        "visits_there": visits_there(sheet.record.merges),
        **adding(request, patient, sheet.record.snapshot),
    }
    return render(request, "ildcare/round/round_patient.html", context, status=status)


def _link(stop: Stop | None, ward_round: WardRound | None) -> dict[str, Any] | None:
    """Name and address of a neighbour in the round."""
    if stop is None or ward_round is None:
        return None
    return {"patient": stop.patient, "bed": stop.bed, "address": _address(stop.patient.pk, ward_round)}


def _fresh_form(
    request: AuthenticatedHttpRequest, patient: Patient, sheet: RoundSheet, consequences: Iterable[Consequence]
) -> RoundForm:
    """What was typed and not signed comes back; else the plan goes on from the last visit."""
    draft, last = sheet.draft, sheet.plan
    offer = _offer(sheet.record.pathway, consequences)
    initial = {
        "step": offer["offered"],
        "note": draft.note if draft else "",
        "plan": draft.plan if draft else (last.plan if last else ""),
    }
    form = RoundForm(request=request, patient=patient, target="round", initial=initial, **offer)
    if last and not draft:
        form.carry_on(short_moment(last.at), last.by)
    return form
