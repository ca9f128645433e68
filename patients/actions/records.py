"""Changes on the patient and the site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from patients.changes import (
    Refused,
    attributed_to,
    record_change,
    repeated_on_deadlock,
    request_evaluation,
    update_with_version,
)
from patients.clinical.measurements import MEASUREMENTS
from patients.folding import FOLDING, number_key
from patients.models import EvaluationMark, Patient, SearchEntry, SiteSettings, User

AT_ONCE = 1000  # search entries made anew in one statement


@repeated_on_deadlock
def register_patient(*, by: User | None, mrn: str, family_name: str, given_name: str, **details: Any) -> Patient:
    """A new patient; `details` are kana names, sex, birth_date, source. Refused when the record number exists."""
    with transaction.atomic():
        patient = new_patient(by=by, mrn=mrn, family_name=family_name, given_name=given_name, **details)
        record_change(patient)
    return patient


def new_patient(*, by: User | None, mrn: str, **details: Any) -> Patient:
    """The row of a new patient, inside the transaction of a change."""
    with attributed_to(by):
        try:
            with transaction.atomic():
                patient = Patient.objects.create(mrn=mrn, registered_by=by, **details)
                keep_findable([patient])
                return patient
        except IntegrityError as error:
            raise number_taken(mrn) or error from error


class NumberTaken(Refused):
    """Another patient has this record number. Perhaps the two are one person."""

    def __init__(self, patient: Patient) -> None:
        super().__init__(_("Record number %(mrn)s exists already.") % {"mrn": patient.mrn})
        self.patient = patient


def number_taken(mrn: str, besides: Patient | None = None) -> NumberTaken | None:
    """The refusal of a number that another patient has, with or without case, width and blanks; None if none has."""
    others = Patient.objects.filter(number_key=number_key(mrn))
    taken = (others.exclude(pk=besides.pk) if besides else others).first()
    return NumberTaken(taken) if taken is not None else None


def keep_findable(patients: Iterable[Patient]) -> None:
    """The search finds these patients as they are now. Inside a change of them."""
    SearchEntry.objects.bulk_create(
        map(SearchEntry.of, patients),
        update_conflicts=True,
        unique_fields=["patient"],
        update_fields=["text", "grams", "folding"],
    )


def fold_anew() -> int:
    """Make the search entries that are missing or of another folding; how many. After an update of the product."""
    made = 0
    rows = Patient.objects.only(*SearchEntry.NAMES).order_by("pk")
    while stale := list(rows.exclude(search_entry__folding=FOLDING)[:AT_ONCE]):
        keep_findable(stale)
        made += len(stale)
    return made


@repeated_on_deadlock
def change_site_settings(*, by: User, expected_version: int, **changes: Any) -> SiteSettings:
    """Change what the site may choose. Every patient's answer may change with it: all are marked for evaluation."""
    if changes.get("time_zone", "UTC") not in available_timezones():
        raise Refused(_("There is no such time zone."))
    if settings.TIME_ZONE_SET and changes.get("time_zone", settings.TIME_ZONE) != settings.TIME_ZONE:
        message = _("The server was started for %(zone)s (ILDCARE_TIME_ZONE): a site has one clock.")
        raise Refused(message % {"zone": settings.TIME_ZONE})
    if changes.get("mda5_kit") and changes["mda5_kit"] not in MEASUREMENTS["mda5_titre"].kits:
        raise Refused(_("The catalogue does not know this kit."))
    with transaction.atomic(), attributed_to(by):
        site, _new = SiteSettings.objects.get_or_create(pk=1, defaults={"time_zone": settings.TIME_ZONE})
        update_with_version(site, expected_version, **changes)
        request_evaluation(EvaluationMark.objects.filter(patient__in=Patient.objects.kept()))
    return site
