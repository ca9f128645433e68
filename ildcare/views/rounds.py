"""The ward round: begin, patient after patient, sign, finish. Nothing here remembers a "current patient"."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from algorithm.flowcharts import CURRENT
from algorithm.queries import latest_assessments
from ildcare.forms import RoundForm
from ildcare.queries.rounds import Course, Stop, course_of_round, own_round, round_sheet
from ildcare.queries.wards import wards_of
from ildcare.views.clock import clock_rows
from ildcare.views.entry import done_once, evaluate_now
from ildcare.views.tasks import task_cards
from ildcare.views.wards import asked_lines
from monitoring.forms import alert_cards
from patients.access import may, open_record, permission
from patients.actions import finish_round, keep_round_draft, record_facts, record_round_visit, start_round
from patients.audit import note_read
from patients.context import ContextForm
from patients.models import Patient, User, Ward, WardRound
from patients.rounds import unfinished_round

# -- the round --------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_ward")
def round_start(request: HttpRequest) -> HttpResponse:
    """The patients of a list in its order, to begin a round; and the round that was begun and not finished."""
    user = cast(User, request.user)
    lines, wards = asked_lines(request.GET, user, timezone.now())
    ward = wards[0] if len(wards) == 1 else None
    note_read(None, "list of a round to begin", by=user)
    running = unfinished_round(user)
    shown = {
        "page": "round_start",
        "lines": lines,
        "ward": ward,
        "ward_name": ", ".join(x.name_in(request.LANGUAGE_CODE) for x in wards),
        "back": request.GET.urlencode(),
        "order": ",".join(str(line.patient.pk) for line in lines),
        "form": ContextForm(request=request, target="round:new"),
        "running": course_of_round(running, user) if running else None,
        "may_sign": may(user, "sign_round"),
    }
    return render(request, "ildcare/round_start.html", shown)


@require_POST
@permission("sign_round")
def round_begin(request: HttpRequest) -> HttpResponse:
    """Begin a round over the patients that the page showed, in its order, and go to the first."""
    user = cast(User, request.user)
    form = ContextForm(request.POST, request=request, target="round:new")
    order, ward = _order(request, user), _ward(request, user)
    if not form.is_valid() or not order:
        return redirect("ward_list")
    number, _again = form.once(lambda: start_round(by=user, order=order, ward=ward).pk)
    return redirect(f"{reverse('round_patient', args=[order[0]])}?round={number}")


def _order(request: HttpRequest, user: User) -> list[int]:
    """The ids that the form names, in its order, of patients that the user may see."""
    named = [int(x) for x in request.POST.get("order", "").split(",") if x.isdecimal() and len(x) < 19]
    visible = set(Patient.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(named) if pk in visible]


def _ward(request: HttpRequest, user: User) -> Ward | None:
    return next((x for x in wards_of(user) if x.code == request.POST.get("ward", "")), None)


@require_safe
@permission("see_ward")
def round_detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """A round: who is seen, who is not, and its end."""
    course = _course(request, round_id)
    note_read(None, "round", by=request.user)
    form = ContextForm(request=request, target=f"round:{round_id}", version=course.round.version)
    shown = {"page": "round_start", "course": course, "form": form}
    return render(request, "ildcare/round_detail.html", shown)


@require_POST
@permission("see_ward")
def round_finish(request: HttpRequest, round_id: int) -> HttpResponse:
    """End a round."""
    course = _course(request, round_id)
    form = ContextForm(request.POST, request=request, target=f"round:{round_id}")
    if form.is_valid():
        version, user = form.context.version, cast(User, request.user)
        form.once(lambda: finish_round(round=course.round, by=user, expected_version=version).pk)
    return redirect("ward_list")


def _course(request: HttpRequest, round_id: str | int) -> Course:
    user = cast(User, request.user)
    found = own_round(round_id, user)
    if found is None:
        raise Http404
    return course_of_round(found, user)


# -- one patient ------------------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def round_patient(request: HttpRequest, patient_id: int) -> HttpResponse:
    """One patient of the round on one screen; `?round=` says in which round, and so who comes next."""
    patient = open_record(patient_id, by=request.user, what="round page")
    return _round_page(request, patient, _round_of(request, request.GET.get("round", "")))


@require_POST
@permission("sign_round")
def round_seen(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Sign that the patient was seen, with decision, judgement, note and plan: all of it or nothing."""
    patient = open_record(patient_id, by=request.user, what="round page")
    ward_round = _round_of(request, request.POST.get("round", ""))
    form = RoundForm(request.POST, request=request, patient=patient, target="round")
    if not form.is_valid() or not _signed(form, patient, ward_round):
        return _round_page(request, patient, ward_round, form, status=422)
    evaluate_now(patient)
    return redirect(_onward(request, patient, ward_round))


@require_POST
@permission("sign_round")
def round_draft(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Keep what is typed, unsigned; answers with the time of keeping."""
    patient = open_record(patient_id, by=request.user, what="round draft")
    form = RoundForm(request.POST, request=request, patient=patient, target="round")
    _ = form.context  # 409 for a form of another patient, user or session; what is typed need not be complete
    typed = {name: request.POST.get(name, "")[:10_000] for name in ("note", "plan")}
    if form.is_settled():  # a late draft of what is signed by now
        return HttpResponse(status=204)
    draft = keep_round_draft(patient=patient, by=cast(User, request.user), **typed)
    return render(request, "ildcare/round_patient.html#draft", {"patient": patient, "draft": draft, "kept": True})


def _round_of(request: HttpRequest, given: str) -> WardRound | None:
    """The user's round that an address or a form names; without one the patient is seen outside any round."""
    if not given:
        return None
    found = own_round(given, cast(User, request.user))
    if found is None:
        raise Http404
    return found


def _signed(form: RoundForm, patient: Patient, ward_round: WardRound | None) -> bool:
    """Decision, judgement and visit in one transaction, once."""
    by = cast(User, form.request.user)
    if form.judges and not may(by, "judge", patient):
        raise PermissionDenied

    def deed() -> int:
        facts = form.facts(timezone.now())
        if facts:
            record_facts(patient=patient, facts=facts, by=by, source="form")
        given = form.cleaned_data
        stood = latest_assessments([patient.pk]).get(patient.pk)
        visit = record_round_visit(
            patient=patient,
            by=by,
            shown_at=form.context.shown_at,
            note=given["note"].strip(),
            plan=given["plan"].strip(),
            state=stood.sha256 if stood else "",
            round=ward_round,
        )
        return visit.pk

    return done_once(form, deed)


def _onward(request: HttpRequest, patient: Patient, ward_round: WardRound | None) -> str:
    """The next patient nobody has seen in this round, after this one in the list, else the overview."""
    if ward_round is None:
        return reverse("patient_detail", args=[patient.pk])
    course = course_of_round(ward_round, cast(User, request.user))
    if request.POST.get("go") == "stay":
        return _address(patient.pk, ward_round)
    place = next((n for n, x in enumerate(course.stops) if x.patient.pk == patient.pk), -1)
    following = (*course.stops[place + 1 :], *course.stops[: max(place, 0)])
    unseen = next((x for x in following if x.visit is None), None)
    if unseen is None:
        return reverse("round_detail", args=[ward_round.pk])
    return _address(unseen.patient.pk, ward_round)


def _address(patient_id: int, ward_round: WardRound) -> str:
    return f"{reverse('round_patient', args=[patient_id])}?round={ward_round.pk}"


def _round_page(
    request: HttpRequest,
    patient: Patient,
    ward_round: WardRound | None,
    form: RoundForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = cast(User, request.user)
    sheet = round_sheet(patient, user, timezone.now())
    course = course_of_round(ward_round, user) if ward_round else None
    before, here, after = course.around(patient.pk) if course else (None, None, None)
    shown: dict[str, Any] = {
        "page": "round_start",
        "patient": patient,
        "sheet": sheet,
        "record": sheet.record,
        "watch": sheet.record.watch,
        "cards": list(alert_cards(request, patient, sheet.record.watch)),
        "chart": CURRENT,
        "course": course,
        "here": here,
        "before": _link(before, ward_round),
        "after": _link(after, ward_round),
        "form": form or _fresh_form(request, patient, sheet),
        "draft": sheet.draft,
        "may_sign": may(user, "sign_round"),
        "clock": clock_rows(request, patient, sheet.record.snapshot),
        "tasks": task_cards(request, patient, sheet.tasks),
    }
    return render(request, "ildcare/round_patient.html", shown, status=status)


def _link(stop: Stop | None, ward_round: WardRound | None) -> dict[str, Any] | None:
    """Name and address of a neighbour in the round."""
    if stop is None or ward_round is None:
        return None
    return {"patient": stop.patient, "bed": stop.bed, "address": _address(stop.patient.pk, ward_round)}


def _fresh_form(request: HttpRequest, patient: Patient, sheet: Any) -> RoundForm:
    """What was typed and not signed comes back; else the plan goes on from the last visit."""
    draft, last = sheet.draft, sheet.plan
    initial = {
        "step": sheet.record.pathway.step or "",
        "note": draft.note if draft else "",
        "plan": draft.plan if draft else (last.plan if last else ""),
    }
    return RoundForm(request=request, patient=patient, target="round", initial=initial)
