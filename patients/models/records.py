"""The patient and the stay on a ward. Editable, under an optimistic lock (`version`); every change is audited."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from patients.clinical.snapshot import SEXES
from patients.folding import FOLDING, grams_of, number_core, number_key, search_text
from patients.models.choices import choices_of
from patients.models.fields import FoldedField
from patients.models.identity import RecordMerge
from patients.models.people import Role, User, Ward

LONGEST_FOLDED = 800  # one compatibility character becomes up to 18 letters: forty of them


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients, scoped to what a user may see."""

    def kept(self) -> PatientQuerySet:
        """Those whose record was not merged into another one."""
        return self.exclude(Exists(RecordMerge.objects.standing().filter(absorbed=OuterRef("pk"))))

    def visible_to(self, user: User) -> PatientQuerySet:
        """Patients who lie on one of the user's wards, or lay there last; and those for whom the user is responsible.

        A patient who was never admitted is seen by the person who registered the record and by senior physicians.
        Everything else is invisible: a foreign id is answered with 404. So is a record that was merged into another
        one, which is opened in its stead (`patients.access.open_record`).
        """
        stays = Admission.objects.filter(patient=OuterRef("pk"))
        mine = stays.filter(ward__memberships__user=user)
        open_stays = stays.filter(discharged_at=None)
        here = Exists(mine.filter(discharged_at=None)) | (~Exists(open_stays) & Exists(mine))
        own = Q() if user.role == Role.SENIOR else Q(registered_by=user)
        answers = user.responsibilities.filter(patient=OuterRef("pk"), until=None)  # of a table that stands above this
        responsible = Exists(answers)
        return self.kept().filter(here | responsible | (Q(~Exists(stays)) & own))

    def of_wards(self, wards: models.QuerySet[Ward]) -> PatientQuerySet:
        """Patients who lie on one of the wards, or lay there last: those whom a machine of these wards reads."""
        stays = Admission.objects.filter(patient=OuterRef("pk"))
        there, open_stays = stays.filter(ward__in=wards), stays.filter(discharged_at=None)
        return self.kept().filter(Exists(there.filter(discharged_at=None)) | (~Exists(open_stays) & Exists(there)))

    def on_ward(self, ward: Ward) -> PatientQuerySet:
        """Patients who lie on this ward now."""
        return self.filter(admissions__ward=ward, admissions__discharged_at=None)


class Patient(models.Model):
    """A person under care. Names as the hospital writes them; the record number identifies."""

    # as the hospital writes it, and without case, width and blanks: the number identifies the person
    mrn = models.CharField(_("record number"), max_length=40, unique=True)
    number_key = FoldedField(max_length=LONGEST_FOLDED, unique=True, of="mrn", by=number_key)
    # indexed: an import asks about numbers that differ only by leading zeros or punctuation
    number_core = FoldedField(max_length=LONGEST_FOLDED, db_index=True, of="mrn", by=number_core)
    family_name = models.CharField(_("family name"), max_length=100)
    given_name = models.CharField(_("given name"), max_length=100)
    family_kana = models.CharField(_("family name (kana)"), max_length=100, blank=True, default="")
    given_kana = models.CharField(_("given name (kana)"), max_length=100, blank=True, default="")
    sex = models.CharField(_("sex"), max_length=10, choices=choices_of(SEXES), default="unknown")
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    source = models.TextField(_("source or note"), blank=True, default="")
    registered_at = models.DateTimeField(_("registered"), db_default=Now(), editable=False)
    # indexed: who registered a patient without any stay sees the record (`visible_to`)
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
            models.CheckConstraint(name="patient_mrn_given", condition=~Q(mrn="") & ~Q(number_key="")),
            models.CheckConstraint(name="patient_sex_known", condition=Q(sex__in=list(SEXES))),
        ]

    def __str__(self) -> str:
        return f"{self.family_name} {self.given_name}".strip() or self.mrn

    @cached_property
    def admission(self) -> Admission | None:
        """The open stay with its ward; None when the patient is not on a ward."""
        return self.admissions.filter(discharged_at=None).select_related("ward").first()

    @cached_property
    def merge(self) -> RecordMerge | None:
        """The merge that made this record a part of another one; None for a record that is alive."""
        return self.absorptions.standing().select_related("kept", "by").first()

    def age_on(self, day: date) -> int | None:
        """Completed years on a day; None without a birth date."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class SearchEntry(models.Model):
    """What a search looks for of one patient: names and number folded (`patients.folding`), and their index.

    Beside the patient, because it follows from the patient's row and says nothing new. `folding`: of which it is.
    """

    NAMES = ("mrn", "family_name", "given_name", "family_kana", "given_kana")  # of the patient, from which it is made

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True, related_name="search_entry")
    text = models.TextField(editable=False)
    grams = ArrayField(models.TextField(), editable=False)
    folding = models.CharField(max_length=12, editable=False)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        # letters and pairs of letters, not trigrams: most Japanese names have two letters, and no extension is needed
        indexes = [GinIndex(fields=["grams"], name="searchentry_grams")]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, patient: Patient) -> SearchEntry:
        """The entry of a patient as the patient is now, not yet stored."""
        names = [(patient.family_name, patient.given_name), (patient.family_kana, patient.given_kana)]
        text = search_text(names, patient.mrn)
        return cls(patient=patient, text=text, grams=grams_of(text, patient.mrn), folding=FOLDING)


class AdmissionManager(models.Manager["Admission"]):
    """Stays that were: none whose admission was taken back."""

    def get_queryset(self) -> models.QuerySet[Admission]:
        """Also of `patient.admissions` and `ward.admissions`; joins ask for open stays, and these are none."""
        return super().get_queryset().filter(taken_back=False)


class Admission(models.Model):
    """A stay on a ward, as it is now. One open stay a patient, one patient a bed.

    `taken_back`: nobody was admitted; the row stays for the steps that name it (`StayEvent`), closed as it was opened.
    """

    # both indexed: the stays of a patient decide who may see the record (`visible_to`), those of a ward are its list
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="admissions", verbose_name=_("patient"))
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="admissions", verbose_name=_("ward"))
    bed = models.CharField(_("bed"), max_length=20, blank=True, default="")
    consultant = models.CharField(_("consultant"), max_length=100, blank=True, default="")
    admitted_at = models.DateTimeField(_("admitted"))
    discharged_at = models.DateTimeField(_("discharged"), null=True, blank=True)
    taken_back = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AdmissionManager()
    every = models.Manager["Admission"]()

    class Meta:
        verbose_name = _("admission")
        verbose_name_plural = _("admissions")
        ordering = ["-admitted_at"]
        constraints = [
            # nobody lies on two wards; as an index it finds where a patient lies now (`Patient.admission`, the sweep)
            models.UniqueConstraint(
                name="admission_one_open", fields=["patient"], condition=Q(discharged_at__isnull=True)
            ),
            # no two patients in a bed; no read needs it (the list of a ward takes the ward's key: beds may be unknown)
            models.UniqueConstraint(
                name="admission_bed_free",
                fields=["ward", "bed"],
                condition=Q(discharged_at__isnull=True) & ~Q(bed=""),
            ),
            models.CheckConstraint(
                name="admission_ends_after_start",
                condition=Q(discharged_at__isnull=True) | Q(discharged_at__gte=F("admitted_at")),
            ),
            models.CheckConstraint(
                name="admission_taken_back_is_closed",
                condition=Q(taken_back=False) | Q(discharged_at__isnull=False, discharged_at=F("admitted_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient} – {self.ward} {self.bed}".strip()
