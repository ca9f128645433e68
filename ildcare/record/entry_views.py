"""What is entered: a form in place or on a page of its own, back to where it was opened, undone within five minutes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from algorithm.charts import chart_for
from algorithm.consequences import if_chronic, if_judged
from algorithm.queries import latest_assessments
from algorithm.walk.engine import walk
from ildcare.evaluation.at_once import evaluated, evaluated_as_read
from ildcare.evaluation.saved import open_steps
from ildcare.evaluation.shown import evaluation_shown
from ildcare.record.adding import LISTS, OF_THE_STAY, OPENED_FROM, add_menu, page_of, way_back
from ildcare.record.answer_words import consequence_text
from ildcare.record.followable import followable
from ildcare.record.views import panel_choices
from patients.access import may, open_record, permission
from patients.actions import record_entry, result_of, undo_entry
from patients.clinical import facts as f
from patients.clinical.facts import Decision, Judgement
from patients.context import ContextForm, done_once
from patients.entries import entry_of
from patients.fact_words import describe
from patients.forms import FORMS, EntryForm, MeasurementsForm
from patients.forms.bedside import DecisionForm, JudgementForm
from patients.forms.later_evidence import offer_sources
from patients.forms.medication import MedicationForm
from patients.models import Patient
from patients.queries import take_snapshot
from patients.requests import AuthenticatedHttpRequest
from patients.ways import return_address
from patients.wording import listed_apart, name_of, short_day

MOST_REPEATS = 4  # earlier facts that are offered to start from


@require_safe
@permission("see_record")
def entry_form(request: AuthenticatedHttpRequest, patient_id: int, kind: str) -> HttpResponse:
    """A form for one kind of fact."""
    patient = open_record(patient_id, by=request.user, what=f"entry form {kind}")
    if kind in OF_THE_STAY:
        return redirect(f"{reverse('stay_detail', args=[patient.pk])}?do={OF_THE_STAY[kind][0]}")
    return _form_page(request, patient, kind, _form(request, patient, kind))


@require_POST
@permission("see_record")
def entry_record(request: AuthenticatedHttpRequest, patient_id: int, kind: str) -> HttpResponse:
    """Store what a form says: 422 with the form if it does not hold, else back to where it was opened."""
    patient = open_record(patient_id, by=request.user, what=f"entry {kind}")
    form = _form(request, patient, kind, request.POST)
    if "more" in request.POST and isinstance(form, MedicationForm):
        _ = form.context  # 409 for a form of another patient, user or session
        made_for = {"request": request, "patient": patient, "target": f"new:{kind}"}
        longer = MedicationForm.with_more_rows(request.POST.dict(), **made_for)
        return _form_page(request, patient, kind, longer)
    if not form.is_valid() or not _stored(form, patient, kind):
        return _form_page(request, patient, kind, form, status=422)
    return _back(request, patient)


@require_POST
@permission("see_record")
def entry_undo(request: AuthenticatedHttpRequest, patient_id: int, number: int) -> HttpResponse:
    """Take back what one form stored, within five minutes; refused in words (422) once somebody has changed it."""
    patient = open_record(patient_id, by=request.user, what="entry")
    entry = entry_of(patient, number)
    if entry is None or entry.kind not in FORMS:
        raise Http404
    if not may(request.user, FORMS[entry.kind].right, patient):
        raise PermissionDenied
    form = ContextForm(request.POST, request=request, patient=patient, target=f"undo:{number}")
    by, before = request.user, _open_steps_of(form, patient)

    def change() -> dict[str, Any]:
        rows = undo_entry(entry=entry, by=by)
        return {**result_of(entry.kind, rows, entry.tasks, before), "undone": True}

    if not form.is_valid() or not done_once(form, evaluated(change, patient)):
        context = {"patient": patient, "form": form, "entry": entry, "back": way_back(request, patient)}
        return render(request, "ildcare/record/entry_undo.html", context, status=422)
    if return_address(request, LISTS):
        messages.success(request, _("Undone: %(patient)s.") % {"patient": patient})
    return _back(request, patient)


def _back(request: AuthenticatedHttpRequest, patient: Patient) -> HttpResponse:
    """To where the form was opened. The content of a page of the patient is put in place, a list is loaded anew."""
    address = way_back(request, patient)
    if request.htmx and page_of(address, patient, request) not in OPENED_FROM:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


# -- the form ---------------------------------------------------------------------------------------------------------


def _form(request: AuthenticatedHttpRequest, patient: Patient, kind: str, data: Any = None) -> EntryForm:
    form = FORMS.get(kind)
    if form is None:
        raise Http404
    if not may(request.user, form.right, patient):
        raise PermissionDenied
    more: dict[str, Any] = {"initial": _suggested(patient, kind)}
    if form is MeasurementsForm:
        more["panel"] = (data or request.GET).get("panel", "activity")
    made = form(data, request=request, patient=patient, target=f"new:{kind}", **more)
    if data is None:
        _start_from(made, request.GET)
    _tell_consequences(made)
    return made


def _start_from(form: EntryForm, asked: Any) -> None:
    """What the address asks for: a code, or an earlier fact of the kind; a page of it claims nothing before "Save"."""
    code = form.fields.get("code")
    if code is not None and asked.get("code") in dict(getattr(code, "choices", ())):
        form.initial["code"] = asked["code"]
    earlier = form.recorded.facts_by_id.get(asked.get("like", "")) if form.repeats else None
    if form.repeats and isinstance(earlier, form.repeats):
        form.initial.update(form.filled_from(earlier))


def _repeats(form: EntryForm) -> list[dict[str, str]]:
    """Earlier facts to start from, the newest first: what differs in more than its time, each once."""
    if form.repeats is None or form.is_bound:
        return []
    today = timezone.localdate()
    found: dict[str, dict[str, str]] = {}
    for fact in reversed(form.recorded.all_facts):
        if isinstance(fact, form.repeats) and len(found) < MOST_REPEATS and _may_go_on(fact):
            words = describe(fact, today)
            found.setdefault(words, {"id": fact.id, "words": words, "day": short_day(fact.day, today)})
    return list(found.values())


def _may_go_on(fact: f.Fact) -> bool:
    """A treatment is offered for its next dose only while it runs, or if it is given in single doses."""
    return not isinstance(fact, f.Treatment) or fact.stop is None or fact.stop == fact.day


def _tell_consequences(form: EntryForm) -> None:
    """What signing would make of the chart's answer stands beside the choice, before it is signed (12 (62))."""
    if not isinstance(form, JudgementForm | DecisionForm):
        return
    if isinstance(form, JudgementForm):
        said = [(name_of("improvement", x.choice), x) for x in if_judged(chart_for(form.recorded), form.recorded)]
        form.fields["improvement"].help_text = listed_apart(f"{name} → {consequence_text(x)}" for name, x in said)
        return
    chart = chart_for(form.recorded)
    step = walk(chart, form.recorded).step
    form.undecided = step is None
    offer_sources(form, followable(step or ""))
    chronic = consequence_text(if_chronic(chart, form.recorded))
    form.fields["about"].help_text = _("the course is chronic → %(consequence)s") % {"consequence": chronic}


def _suggested(patient: Patient, kind: str) -> dict[str, Any]:
    """A decision is about the step that the chart indicates, unless its author says otherwise."""
    latest = latest_assessments([patient.pk]).get(patient.pk) if kind == "decision" else None
    return {"about": latest.output.get("step")} if latest else {}


def _open_steps_of(form: ContextForm, patient: Patient) -> tuple[str, ...]:
    """What the chart left open before the change: one step, or several."""
    now = timezone.now()
    snapshot = form.recorded if isinstance(form, EntryForm) else take_snapshot(patient, now, now)
    return open_steps(walk(chart_for(snapshot), snapshot))


def _stored(form: EntryForm, patient: Patient, kind: str) -> bool:
    """Once per form, however often it is sent, and evaluated with it. False with the faults on the form if the change
    was refused."""

    def change() -> dict[str, Any]:
        by, before = form.request.user, _open_steps_of(form, patient)
        with evaluated_as_read(patient, form.record, by=by) as stored:
            facts = form.facts(timezone.now())
            for shown in {x.fact.shown for x in facts if isinstance(x.fact, Judgement | Decision) and x.fact.shown}:
                evaluation_shown(patient, shown)
            ended, tasks, ended_tasks = form.ended(), form.planned_tasks(), form.ended_tasks()
            rows, planned = record_entry(
                patient=patient,
                by=by,
                facts=facts,
                source=form.source,
                ended=ended,
                tasks=tasks,
                ended_tasks=ended_tasks,
            )
            stored += rows
        return result_of(kind, rows, planned, before, ended_tasks)

    return done_once(form, change)


def _form_page(
    request: AuthenticatedHttpRequest, patient: Patient, kind: str, form: EntryForm, status: int = 200
) -> HttpResponse:
    context = {
        "patient": patient,
        "form": form,
        "kind": kind,
        "add": add_menu(request.user),
        "opened_on": way_back(request, patient),
        "repeats": _repeats(form),
        "panels": entry_panels() if isinstance(form, MeasurementsForm) else (),
    }
    return _entry_answer(request, context, status)


def entry_panels() -> tuple[tuple[str, str], ...]:
    """Panels of the form of results; tests outside the catalogue have a form of their own."""
    return tuple((code, name) for code, name in panel_choices() if code != "other")


def _entry_answer(request: AuthenticatedHttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    """The page, or only its form for htmx (which puts it in place of the form that was sent)."""
    is_fragment = bool(request.headers.get("HX-Request"))
    page = "ildcare/record/entry_form.html"
    context["in_place"] = is_fragment  # on a page of its own there is no record to put the answer into
    response = render(request, f"{page}#entry" if is_fragment else page, context, status=status)
    if is_fragment and request.method == "POST":
        response["HX-Retarget"] = "#entry"
        response["HX-Reselect"] = "#entry"
        response["HX-Reswap"] = "outerHTML show:#entry:top"
    return response
