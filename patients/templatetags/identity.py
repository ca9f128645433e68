"""`{% identity patient %}`: who this page is about, with everybody on the ward whose name could be taken for theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from patients.models import Patient
from patients.queries import look_alikes
from patients.staleness import newest_known

register = template.Library()


@register.inclusion_tag("patients/_identity.html")
def identity(patient: Patient) -> dict[str, Any]:
    """Name, kana, number, birth date and age, sex, ward and bed, look-alikes: the same on every page of a patient."""
    stay = patient.admission
    return {
        "patient": patient,
        "stay": stay,
        "ward_name": stay.ward.name_in(get_language() or "en") if stay else "",
        "shown_at": timezone.now(),
        "age": patient.age_on(timezone.localdate()),
        "alike": look_alikes([patient]).get(patient.pk, ()),
    }


@register.simple_tag
def data_as_of(patient: Patient) -> datetime | None:
    """When the newest fact of the record became known; None for an empty record."""
    return newest_known(patient)
