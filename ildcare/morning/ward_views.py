"""The vital signs of a whole ward on one sheet: a row for each patient, one time for all.

Each row has a form context of its own: it names its patient, and is stored as that patient's change, by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ildcare.evaluation.saved import rows_just_now
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.morning.boxes import WARD, Boxes, boxes_of, says_something
from ildcare.morning.drafts import WARD as WARD_PAGE
from ildcare.morning.drafts import restored_of, ward_drafts, word_of
from ildcare.morning.page import Line, Mark, OxygenLine, device_choices, line_of, oxygen_line
from ildcare.morning.reading import BoxReading, SheetReading
from ildcare.morning.storing import applied, chosen_of, restored_word, store
from ildcare.ward.filters import Filters
from ildcare.ward.lines import wards_for
from ildcare.ward.look_alikes import look_alikes_among
from patients.access import permission
from patients.actions import drop_sheet_draft, keep_sheet_draft
from patients.audit import note_read
from patients.clinical.snapshot import Snapshot
from patients.context import ContextForm
from patients.models import Admission, NonceUse, Patient, Ward
from patients.queries import take_snapshots
from patients.requests import AuthenticatedHttpRequest

TARGET = "vital signs of the ward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One patient of the ward."""

    patient: Patient
    bed: str
    alike: tuple[Patient, ...]
    form: ContextForm
    reading: SheetReading
    lines: tuple[Line, ...]
    oxygen: OxygenLine
    draft: str
    saved: str = ""

    @property
    def faults(self) -> list[str]:
        """Why the row was not stored."""
        return [str(x) for x in self.form.non_field_errors()] if self.form.is_bound else []

    @property
    def marks(self) -> Iterator[Mark]:
        """What changes while it is typed in."""
        yield from (line.mark for line in self.lines)


def prefix_of(patient: Patient) -> str:
    """What the names of a row's boxes begin with."""
    return f"p{patient.pk}-"


@require_safe
@permission("record_results")
def ward_morning(request: AuthenticatedHttpRequest) -> HttpResponse:
    """An empty row for each patient of the ward, or what its reader typed before and did not store."""
    ward = _ward(request)
    patients = _patients(ward)
    note_read(None, f"{TARGET} {ward.code if ward else ''}".strip(), by=request.user)
    drafts = ward_drafts(patients, request.user)
    typed = {pk: boxes_of(x.typed) for pk, x in drafts.items()}
    kept_on = next((boxes["on"] for boxes in typed.values() if boxes.get("on")), "")
    on = kept_on or f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    words = {pk: word_of(x) for pk, x in drafts.items()}
    rows = _rows(request, patients, typed, on=on, words=words)
    return _page(request, ward, rows, on, restored=max((x.changed_at for x in drafts.values()), default=None))


@require_POST
@permission("record_results")
def ward_morning_check(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What the rows say to what is typed. Stores nothing."""
    ward, on = _ward(request), request.POST.get("on", "")
    patients = _patients_sent(request, ward)
    typed = {x.pk: _typed(request, x) for x in patients}
    pressed = re.fullmatch(r"p(\d{1,18})-(.*)", request.POST.get("do", ""), re.DOTALL)
    if pressed and int(pressed[1]) in typed:
        typed[int(pressed[1])] = applied(typed[int(pressed[1])], pressed[2])
    rows = _rows(request, patients, typed, on=on, sent=True)
    if request.htmx:
        rows = [row for row in rows if row.form.is_bound]  # the page has no other
        return render(request, "ildcare/morning/ward_morning.html#told", _context(request, ward, rows, on))
    return _page(request, ward, rows, on)


@require_POST
@permission("record_results")
def ward_morning_draft(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Keep what is typed, a draft for each row; answers with the time of keeping."""
    user, kept = request.user, False
    patients = [x for x in _patients_sent(request, _ward(request)) if _has_row(request, x)]
    before = ward_drafts(patients, user)
    for patient in patients:
        form, typed = _form(request, patient), _typed(request, patient)
        nonce = form.context.nonce
        wanted = typed if says_something(typed) else {}
        mine = before.get(patient.pk)
        kept = kept or bool(wanted)
        if (boxes_of(mine.typed) if mine else {}) == wanted or NonceUse.objects.filter(nonce=nonce).exists():
            continue
        restored = restored_of({"draft": request.POST.get(f"{prefix_of(patient)}draft", "")})
        keep_sheet_draft(patient=patient, by=user, page=WARD_PAGE + nonce, typed=wanted, restored=restored, nonce=nonce)
    return render(request, "ildcare/morning/ward_morning.html#kept", {"kept": kept, "now": timezone.now()})


@require_POST
@permission("record_results")
def ward_morning_record(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Store each row by itself. A row that is refused stays as it is; the others are stored, and it is said which."""
    ward, on = _ward(request), request.POST.get("on", "")
    patients = _patients_sent(request, ward)
    _say_who_is_out_of_sight(request, patients)
    typed = {x.pk: _typed(request, x) for x in patients}
    written = {pk for pk, boxes in typed.items() if says_something(boxes)}
    rows = _rows(request, patients, typed, on=on, sent=True)
    outcomes = {row.patient.pk: _stored(request, row) for row in rows if row.patient.pk in written}
    stored = [pk for pk, outcome in outcomes.items() if outcome]
    evaluate_patients(stored)
    if outcomes and len(stored) == len(outcomes):
        said = ngettext(
            "Vital signs of %(count)s patient saved.", "Vital signs of %(count)s patients saved.", len(stored)
        )
        messages.success(request, said % {"count": len(stored)})
        return redirect(f"{reverse('ward_list')}{_query(ward)}")
    left = [row for row in rows if row.patient.pk not in stored]
    fresh = _rows(request, [x for x in patients if x.pk in stored], {}, on=on, saved=outcomes)
    by_patient = {row.patient.pk: row for row in (*left, *fresh)}
    return _page(request, ward, [by_patient[x.pk] for x in patients], on, outcomes=outcomes, status=422)


# -- storing ----------------------------------------------------------------------------------------------------------


def _stored(request: AuthenticatedHttpRequest, row: Row) -> str:
    """What was stored of a row; "" with the faults on its form if nothing was."""
    form, reading = row.form, row.reading
    if NonceUse.objects.filter(nonce=form.context.nonce).exists():
        return _("saved before")
    chosen = chosen_of(form, reading, "all", shown=request.POST.get("shown", ""))
    page = WARD_PAGE + form.context.nonce
    restored = restored_of({"draft": request.POST.get(f"{prefix_of(row.patient)}draft", "")})

    def used_up() -> None:
        drop_sheet_draft(patient=row.patient, by=request.user, page=page, restored=restored)

    if not chosen or not store(form, reading, chosen, then=used_up, of_ward=True):
        return ""
    return ngettext("%(count)s value saved", "%(count)s values saved", len(chosen)) % {"count": len(chosen)}


# -- reading ----------------------------------------------------------------------------------------------------------


def _ward(request: AuthenticatedHttpRequest) -> Ward | None:
    """The ward that the address or the form names, else the first of the user's."""
    data = request.POST if request.method == "POST" else request.GET
    _all, chosen = wards_for(Filters(data.get("ward", "")), request.user)
    return chosen[0] if chosen else None


def _query(ward: Ward | None) -> str:
    return f"?{urlencode({'ward': ward.code})}" if ward else ""


def _patients(ward: Ward | None) -> list[Patient]:
    """Who lies on the ward, by bed."""
    if ward is None:
        return []
    stays = Admission.objects.filter(ward=ward, discharged_at=None).select_related("patient")
    return [x.patient for x in sorted(stays, key=lambda x: (_bed_order(x.bed), x.patient_id))]


def _patients_sent(request: AuthenticatedHttpRequest, ward: Ward | None) -> list[Patient]:
    """Who lies on the ward, and whoever had a row on the page and has left it since, if the reader sees them still."""
    here = _patients(ward)
    gone = _named(request) - {x.pk for x in here}
    return here + list(Patient.objects.visible_to(request.user).filter(pk__in=gone).order_by("pk") if gone else ())


def _named(request: AuthenticatedHttpRequest) -> set[int]:
    """The patients (ids) that had a row on the page that was sent."""
    return {int(x[1]) for name in request.POST if (x := re.fullmatch(r"p(\d{1,18})-context_token", name))}


def _has_row(request: AuthenticatedHttpRequest, patient: Patient) -> bool:
    """Not who came onto the ward after the page was opened."""
    return f"{prefix_of(patient)}context_token" in request.POST


def _say_who_is_out_of_sight(request: AuthenticatedHttpRequest, patients: Sequence[Patient]) -> None:
    """A row that was filled in for somebody whom the reader sees no more is not stored: that is said."""
    lost = _named(request) - {x.pk for x in patients}
    count = sum(says_something(boxes_of(request.POST, f"p{pk}-")) for pk in lost)
    if count:
        said = ngettext(
            "Not saved: the values of %(count)s patient who has left the ward meanwhile.",
            "Not saved: the values of %(count)s patients who have left the ward meanwhile.",
            count,
        )
        messages.error(request, said % {"count": count})


def _bed_order(bed: str) -> list[tuple[int, str]]:
    """Beds as people count them: 9 before 10."""
    return [(int(x), "") if x.isdecimal() else (0, x) for x in re.findall(r"\d{1,9}|\D+", bed)]


def _typed(request: AuthenticatedHttpRequest, patient: Patient) -> Boxes:
    """The boxes of a row, and the time of all."""
    boxes = boxes_of(request.POST, prefix_of(patient))
    return boxes_of({**boxes, "on": request.POST.get("on", "")})


def _form(request: AuthenticatedHttpRequest, patient: Patient) -> ContextForm:
    """The context of a row that came back; 409 for that of another patient, user or session."""
    form = ContextForm(
        request.POST, request=request, patient=patient, target=TARGET, prefix=prefix_of(patient).rstrip("-")
    )
    form.is_valid()
    return form


def _rows(
    request: AuthenticatedHttpRequest,
    patients: Sequence[Patient],
    typed: Mapping[int, Boxes],
    *,
    on: str,
    sent: bool = False,
    words: Mapping[int, str] | None = None,
    saved: Mapping[int, str] | None = None,
) -> list[Row]:
    now = timezone.now()
    snapshots = take_snapshots([x.pk for x in patients], now, now)
    beds = dict(Admission.objects.filter(patient__in=patients, discharged_at=None).values_list("patient_id", "bed"))
    alike = look_alikes_among(patients)
    rows = []
    for patient in patients:
        prefix = prefix_of(patient)
        form = (
            _form(request, patient)
            if sent and _has_row(request, patient)
            else ContextForm(request=request, patient=patient, target=TARGET, prefix=prefix.rstrip("-"))
        )
        reading = _reading(request, patient, typed.get(patient.pk, {}), on, snapshots[patient.pk])
        rows.append(
            Row(
                patient=patient,
                bed=beds.get(patient.pk, ""),
                alike=tuple(alike.get(patient.pk, ())),
                form=form,
                reading=reading,
                lines=tuple(line_of(code, reading, patient.sex, prefix) for code in WARD),
                oxygen=oxygen_line(reading, prefix),
                draft=restored_word(request, prefix) if sent else (words or {}).get(patient.pk, ""),
                saved=(saved or {}).get(patient.pk, ""),
            )
        )
    return rows


def _reading(
    request: AuthenticatedHttpRequest, patient: Patient, boxes: Boxes, on: str, snapshot: Snapshot
) -> SheetReading:
    return SheetReading({**boxes, "on": on}, snapshot=snapshot, patient=patient, by=request.user)


# -- showing ----------------------------------------------------------------------------------------------------------


def _context(request: AuthenticatedHttpRequest, ward: Ward | None, rows: Sequence[Row], on: str) -> dict[str, Any]:
    told = [x for row in rows for x in row.reading.readings.values()]
    return {
        "page": "ward_list",
        "saved_rows": rows_just_now(request) if not request.htmx else [],
        "opened_on": f"{reverse('ward_morning')}{_query(ward)}",
        "ward": ward,
        "ward_name": ward.name_in(request.LANGUAGE_CODE) if ward else "",
        "rows": rows,
        "on": on,
        "faults": rows[0].reading.faults.values() if rows else (),
        "devices": device_choices(),
        "counts": _counts(rows, told),
        "shown": ",".join(sorted({key for row in rows for key in row.reading.question_keys})),
    }


def _counts(rows: Sequence[Row], told: Sequence[BoxReading]) -> dict[str, Any]:
    """For the bar: how much is typed, asked about, refused. Each row is saved by itself: none holds up the rest."""
    return {
        "filled": len(told),
        "patients": sum(bool(row.reading.readings) for row in rows),
        "asked": sum(x.asks for x in told),
        "refused": sum(x.refused for x in told),
        "held": 0,
        "in_order": sum(x.in_order for x in told),
    }


def _page(
    request: AuthenticatedHttpRequest,
    ward: Ward | None,
    rows: Sequence[Row],
    on: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = _context(request, ward, rows, on) | more
    if "outcomes" in more:
        context["saved_count"] = sum(bool(x) for x in more["outcomes"].values())
        context["kept_count"] = len(more["outcomes"]) - context["saved_count"]
    return render(request, "ildcare/morning/ward_morning.html", context, status=status)
