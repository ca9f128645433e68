"""The steps of a patient's stays for pages: the history, the last step, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from patients.access import may
from patients.context import ContextForm
from patients.merged import merges_into
from patients.models import Admission, Patient, StayEvent, StayStep
from patients.out_of_sight import lost_steps
from patients.requests import AuthenticatedHttpRequest
from patients.wording import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step in words. `form` takes it back; None unless it is the last that stands and the reader may. `number`: of
    the merged record that it was taken in; "" for the record's own."""

    step: StayEvent
    sentence: str
    number: str = ""
    taken_back: StayEvent | None = None
    form: ContextForm | None = None


def right_for(step: StayEvent) -> str:
    """What it takes to record such a step, and to take it back."""
    return "record_reports" if step.kind == StayStep.OUTCOME else "admit_patients"


def take_back_target(step: StayEvent) -> str:
    """What the form that takes this step back is made for."""
    return f"step:{step.pk}"


def step_lines(request: AuthenticatedHttpRequest, patient: Patient) -> list[StepLine]:
    """Every step of the patient, the newest first. One query."""
    lines = _lines_of([patient])
    last = next((n for n, x in enumerate(lines) if x.taken_back is None), None)
    return [replace(x, form=_take_back(request, x.step)) if n == last else x for n, x in enumerate(lines)]


def steps_there(patient: Patient) -> list[StepLine]:
    """The steps of the records that were merged into this one, the newest first: to be read, never taken back here."""
    absorbed = [x.absorbed for x in merges_into(patient.pk)]
    numbers = {x.pk: x.mrn for x in absorbed}
    return [replace(x, number=numbers[x.step.patient_id]) for x in _lines_of(absorbed)] if absorbed else []


def _lines_of(patients: Sequence[Patient]) -> list[StepLine]:
    steps = StayEvent.objects.filter(patient__in=patients).select_related("ward", "recorded_by").order_by("-pk")
    backs = {x.takes_back_id: x for x in steps if x.takes_back_id}
    done = [x for x in steps if x.kind != StayStep.TAKEN_BACK]
    return [StepLine(step=x, sentence=step_in_words(x), taken_back=backs.get(x.pk)) for x in done]


def _take_back(request: AuthenticatedHttpRequest, step: StayEvent) -> ContextForm | None:
    if not may(request.user, right_for(step)):
        return None
    return ContextForm(request=request, patient=step.patient, target=take_back_target(step))


def newest_step(patient: Patient) -> int:
    """The id of the newest step, a taking back too; 0 without any. What a form says that its author saw."""
    return StayEvent.objects.filter(patient=patient).order_by("-pk").values_list("pk", flat=True).first() or 0


def step_just_made(request: AuthenticatedHttpRequest, patient: Patient) -> StepLine | None:
    """The step that the address names (`?step=`), said once on the page that follows; None if it is not this patient's
    last, or not the reader's own."""
    number = request.GET.get("step", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    lines = step_lines(request, patient)
    line = next((x for x in lines if x.step.pk == int(number)), None)
    if line is None or line.step.recorded_by_id != request.user.pk:
        return None
    return line


def steps_out_of_sight(request: AuthenticatedHttpRequest) -> list[StepLine]:
    """The reader's steps of the last minutes by which they lost sight of a patient, each with the form that takes it
    back."""
    return [StepLine(step=x, sentence=step_in_words(x), form=_take_back(request, x)) for x in lost_steps(request.user)]


def step_in_words(step: StayEvent) -> str:
    """What was done, in one sentence without its time."""
    place = place_in_words(step)
    parts = {"place": place, "who": step.consultant or _("nobody")}
    match step.kind:
        case StayStep.ADMITTED:
            return _("Admitted to %(place)s") % parts
        case StayStep.MOVED:
            return _("Moved to %(place)s") % parts
        case StayStep.CONSULTANT:
            return _("Consultant: %(who)s") % parts
        case StayStep.DISCHARGED:
            return discharge_in_words(step.to)
        case StayStep.OUTCOME:
            return name_of("outcome", step.what).capitalize()
    return str(step.get_kind_display())


def discharge_in_words(to: str) -> str:
    """Discharged, and where to."""
    said = {"home": _("Discharged home"), "other_hospital": _("Discharged to another hospital")}
    return said.get(to) or pgettext("step", "Discharged")  # the label of the moment has the same word


def place_in_words(place: StayEvent | Admission) -> str:
    """Ward and bed in the reader's language; "" for no ward."""
    if place.ward is None:
        return ""
    return " ".join(x for x in (place.ward.name_in(get_language() or "en"), place.bed) if x)


def whereabouts_in_words(stay: Admission | None, last: StayEvent | None) -> str:
    """Where a patient is now, in a few words. `last`: the last step that stands and is no change of consultant."""
    if stay is not None:
        return place_in_words(stay)
    return step_in_words(last) if last else _("never on a ward")


def last_steps(patient_ids: Iterable[int]) -> dict[int, StayEvent]:
    """By patient id, the last step that stands and says where the patient is. One query."""
    steps = StayEvent.objects.filter(patient__in=list(patient_ids)).standing().exclude(kind=StayStep.CONSULTANT)
    return {x.patient_id: x for x in steps.select_related("ward").order_by("patient_id", "-pk").distinct("patient_id")}
