"""What is stored of a sheet, and why something is not: the same for a patient's sheet and for a row of a ward's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from algorithm.charts import chart_for
from algorithm.walk.engine import walk
from ildcare.evaluation.at_once import evaluated
from ildcare.evaluation.saved import open_steps
from ildcare.morning.boxes import Boxes, boxes_of
from ildcare.morning.page import names_of
from ildcare.morning.reading import SOURCE, BoxReading, SheetReading
from patients.actions import record_entry, result_of
from patients.context import ContextForm, done_once
from patients.entries import WARD_SHEET
from patients.requests import AuthenticatedHttpRequest

ALL, IN_ORDER = "all", "now"
ENTRY = "results"  # what a sheet stores is an entry of this kind


def applied(typed: Boxes, does: str) -> Boxes:
    """The boxes after a button of a question: another value, another unit, an answer, or nothing."""
    how, _colon, rest = does.partition(":")
    code, _colon, value = rest.partition(":")
    box = {"fill": "value", "unit": "unit", "answer": "answer", "clear": "value"}.get(how)
    return boxes_of({**typed, f"{box}_{code}": value}) if box else typed


def chosen_of(form: ContextForm, reading: SheetReading, what: str, *, shown: str) -> list[BoxReading]:
    """What is to be stored; nothing, and on the form why, where something has to be looked at first."""
    chosen = reading.in_order if what == IN_ORDER else list(reading.readings.values())
    faults = [*reading.faults.values()]
    if not reading.readings:
        faults.append(_("No value was entered."))
    elif not chosen:
        faults.append(_("No value is in order yet: each says beside it what it needs."))
    elif what != IN_ORDER and reading.unstorable:
        names = names_of(x.code for x in reading.unstorable)
        faults.append(
            _("Not everything can be saved: %(names)s. Each says beside it what it needs.") % {"names": names}
        )
    elif reading.keys_of(chosen) - set(shown.split(",")):
        faults.append(_("Nothing is saved yet: something is asked about what you typed. Look at it and save again."))
    for fault in faults:
        form.add_error(None, fault)
    return [] if faults else chosen


def store(
    form: ContextForm,
    reading: SheetReading,
    chosen: Sequence[BoxReading],
    *,
    then: Callable[[], object],
    of_ward: bool = False,
) -> bool:
    """The values and what becomes of the draft (`then`) in one transaction, once: an entry of results, undone like any
    other. False with the faults on the form. `of_ward`: a row of a ward's sheet, whose patients are evaluated together
    after all rows; of a patient's sheet the patient is evaluated with it."""

    def change() -> dict[str, Any]:
        facts, before = reading.versions(chosen), open_steps(walk(chart_for(reading.snapshot), reading.snapshot))
        rows, _tasks = record_entry(patient=reading.patient, by=form.request.user, facts=facts, source=SOURCE)
        then()
        return {**result_of(ENTRY, rows, (), before), **({WARD_SHEET: True} if of_ward else {})}

    return done_once(form, change if of_ward else evaluated(change, reading.patient))


def saved_text(chosen: Sequence[BoxReading], left: Sequence[str]) -> str:
    """What was stored, and what stays."""
    count = len(chosen)
    said = ngettext("%(count)s value saved.", "%(count)s values saved.", count) % {"count": count}
    waiting = names_of(x.code for x in chosen if x.asks)
    if waiting:
        said += " " + _("Unconfirmed until somebody answers: %(names)s.") % {"names": waiting}
    if left:
        said += " " + _("Still here, not saved: %(names)s.") % {"names": names_of(left)}
    return said


def restored_word(request: AuthenticatedHttpRequest, prefix: str = "") -> str:
    """The draft that a page began with, as its form names it."""
    return request.POST.get(f"{prefix}draft", "")
