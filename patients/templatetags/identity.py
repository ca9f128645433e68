"""Who a page is about: `{% identity patient %}`, with whom on the reader's wards the patient could be taken for.

A name is written `{% person_name patient %}{% person_kana patient %}`: on a Japanese page the kana stand above each
part, and once more after the name for who listens; on any other page they follow the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from patients.access import may
from patients.clinical.facts import Unreadable
from patients.context import ContextForm
from patients.fact_words import unreadable_lines
from patients.identities import formerly, identity_then
from patients.left_there import DROP_LEFT, drafts_there
from patients.merged import kept_of, merges_into
from patients.models import Patient, User
from patients.queries import look_alikes, newest_known, waiting_results

register = template.Library()
MOST_WAITING = 8  # of the results that wait, on a page of the patient


@register.inclusion_tag("patients/_identity.html", takes_context=True)
def identity(context: Any, patient: Patient, body: str = "") -> dict[str, Any]:
    """Name, kana, number, birth date and age, sex, ward and bed, former names and numbers, look-alikes: the same on
    every page of a patient. Who may merge the two compares a look-alike from here. `body`: weight and height."""
    stay, reader = patient.admission, getattr(context.get("request"), "user", None)
    alike = look_alikes([patient], reader).get(patient.pk, [])
    if patient.merge:  # the record that goes on is this person's
        alike = [x for x in alike if x.pk != kept_of(patient).pk]
    seen = _seen(alike, reader)
    compares = (
        bool(seen) and reader is not None and not patient.merge and may(reader, "merge_records")
    )  # the record is open
    return {
        "patient": patient,
        "body": body,
        "stay": stay,
        "ward_name": stay.ward.name_in(get_language() or "en") if stay else "",
        "shown_at": timezone.now(),
        "age": patient.age_on(timezone.localdate()),
        "formerly": formerly(patient),
        "alike": [(x, x.pk in seen, compares and x.pk in seen) for x in alike],
    }


def _seen(patients: Sequence[Patient], reader: User | None) -> set[int]:
    """Whose records the reader may open."""
    if not patients or reader is None:
        return set()
    return set(Patient.objects.visible_to(reader).filter(pk__in=[x.pk for x in patients]).values_list("pk", flat=True))


@register.inclusion_tag("patients/_unreadable.html")
def left_out(patient: Patient, entries: Iterable[Unreadable], may_correct: bool) -> dict[str, Any]:
    """The entries of the record that cannot be read, a line each; nothing where every entry can."""
    return {"patient": patient, "lines": unreadable_lines(entries), "may_correct": may_correct}


@register.inclusion_tag("patients/_left_drafts.html", takes_context=True)
def left_drafts(context: Any, patient: Patient) -> dict[str, Any]:
    """What the reader typed for a record before it was merged, and did not store: on the page of that record, and of
    the one that it went into."""
    request = context["request"]
    absorbed = [patient] if patient.merge else [x.absorbed for x in merges_into(patient.pk)]
    drafts = drafts_there(absorbed, request.user)
    form = ContextForm(request=request, patient=patient, target=DROP_LEFT) if drafts and not patient.merge else None
    return {"patient": patient, "drafts": drafts, "form": form, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("patients/_waiting_results.html", takes_context=True)
def waiting(context: Any, patient: Patient) -> dict[str, Any]:
    """What machines sent of the patient and the record does not have yet, because a person has to say something."""
    found = waiting_results(patient)
    may_settle = bool(found) and may(context["request"].user, "settle_arrivals")
    return {"results": found[:MOST_WAITING], "more": max(0, len(found) - MOST_WAITING), "may_settle": may_settle}


@register.inclusion_tag("patients/_identity_then.html")
def then(patient: Patient, moment: datetime) -> dict[str, Any]:
    """What a page of an earlier moment says of whom the record was about; nothing where that is as it was."""
    return {"then": identity_then(patient, moment)}


@register.simple_tag
def data_as_of(patient: Patient) -> datetime | None:
    """When the newest fact of the record became known; None for an empty record."""
    return newest_known(patient)


@register.simple_tag
def person_name(patient: Patient) -> SafeString:
    """Family and given name; on a Japanese page with the kana of each above it."""
    parts = ((patient.family_name, patient.family_kana), (patient.given_name, patient.given_kana))
    if not _kana_above():
        return format_html("{} {}", *(written for written, _said in parts))
    return format_html('<span class="named">{} {}</span>', *(_with_kana(*part) for part in parts))


@register.simple_tag
def person_kana(patient: Patient) -> SafeString | str:
    """The kana of the whole name, unless there are none or they are the name; out of sight where they stand above."""
    said = f"{patient.family_kana} {patient.given_kana}".strip()
    if not said or said == f"{patient.family_name} {patient.given_name}".strip():
        return ""
    if _kana_above():
        return format_html(' <span class="visually-hidden">({})</span>', said)
    return format_html(' <span class="kana">{}</span>', said)


def _kana_above() -> bool:
    return (get_language() or "").startswith("ja")


def _with_kana(written: str, said: str) -> SafeString | str:
    if not said or said == written:
        return written
    return format_html('<ruby>{}<rt aria-hidden="true">{}</rt></ruby>', written, said)
