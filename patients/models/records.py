"""The patient and the stay on a ward. Editable, under an optimistic lock (`version`); every change is audited."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from patients.models.people import Role, User, Ward


class Sex(models.TextChoices):
    """Sex as it bears on reference intervals."""

    FEMALE = "female", _("female")
    MALE = "male", _("male")
    UNKNOWN = "unknown", _("unknown")


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients, scoped to what a user may see."""

    def visible_to(self, user: User) -> PatientQuerySet:
        """Patients who lie on one of the user's wards, or lay there last.

        A patient who was never admitted is seen by the person who registered the record and by senior physicians.
        Everything else is invisible: a foreign id is answered with 404.
        """
        stays = Admission.objects.filter(patient=OuterRef("pk"))
        mine = stays.filter(ward__memberships__user=user)
        open_stays = stays.filter(discharged_at=None)
        here = Exists(mine.filter(discharged_at=None)) | (~Exists(open_stays) & Exists(mine))
        own = Q() if user.role == Role.SENIOR else Q(registered_by=user)
        return self.filter(here | (Q(~Exists(stays)) & own))

    def on_ward(self, ward: Ward) -> PatientQuerySet:
        """Patients who lie on this ward now."""
        return self.filter(admissions__ward=ward, admissions__discharged_at=None)


class Patient(models.Model):
    """A person under care. Names as the hospital writes them; the record number identifies."""

    mrn = models.CharField(_("record number"), max_length=40, unique=True)
    family_name = models.CharField(_("family name"), max_length=100)
    given_name = models.CharField(_("given name"), max_length=100)
    family_kana = models.CharField(_("family name (kana)"), max_length=100, blank=True, default="")
    given_kana = models.CharField(_("given name (kana)"), max_length=100, blank=True, default="")
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, default=Sex.UNKNOWN)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    source = models.TextField(_("source or note"), blank=True, default="")
    registered_at = models.DateTimeField(_("registered"), db_default=Now(), editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["family_name", "given_name", "mrn"]
        constraints = [
            models.CheckConstraint(name="patient_mrn_given", condition=~Q(mrn="")),
            models.CheckConstraint(name="patient_sex_known", condition=Q(sex__in=Sex.values)),
        ]

    def __str__(self) -> str:
        return f"{self.family_name} {self.given_name}".strip() or self.mrn

    @cached_property
    def admission(self) -> Admission | None:
        """The open stay with its ward; None when the patient is not on a ward."""
        return self.admissions.filter(discharged_at=None).select_related("ward").first()

    def age_on(self, day: date) -> int | None:
        """Completed years on a day; None without a birth date."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Admission(models.Model):
    """A stay on a ward. One open stay a patient, one patient a bed."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="admissions", verbose_name=_("patient"))
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="admissions", verbose_name=_("ward"))
    bed = models.CharField(_("bed"), max_length=20, blank=True, default="")
    consultant = models.CharField(_("consultant"), max_length=100, blank=True, default="")
    admitted_at = models.DateTimeField(_("admitted"))
    discharged_at = models.DateTimeField(_("discharged"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("admission")
        verbose_name_plural = _("admissions")
        ordering = ["-admitted_at"]
        constraints = [
            models.UniqueConstraint(
                name="admission_one_open", fields=["patient"], condition=Q(discharged_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="admission_bed_free",
                fields=["ward", "bed"],
                condition=Q(discharged_at__isnull=True) & ~Q(bed=""),
            ),
            models.CheckConstraint(
                name="admission_ends_after_start",
                condition=Q(discharged_at__isnull=True) | Q(discharged_at__gte=F("admitted_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient} – {self.ward} {self.bed}".strip()
