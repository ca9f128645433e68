"""Coming and going: the beds of a ward, every step of a patient's stays, and who is responsible for whom.

`Admission` (`patients.models.records`) is where a patient lies now; a step says how it came to that.
"""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patients.clinical.stays import DESTINATIONS, OUTCOMES
from patients.models.choices import choices_of
from patients.models.fact import one_of
from patients.models.people import User, Ward
from patients.models.records import Admission, Patient


class Bed(models.Model):
    """A bed of a ward as the site has it. A ward without any takes whatever is written as the bed."""

    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="beds", verbose_name=_("ward"))
    label = models.CharField(_("bed"), max_length=20)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("bed")
        verbose_name_plural = _("beds")
        ordering = ["position", "label"]
        constraints = [
            # as an index it finds the beds of a ward
            models.UniqueConstraint(name="bed_once", fields=["ward", "label"]),
            models.CheckConstraint(name="bed_named", condition=~Q(label="")),
        ]

    def __str__(self) -> str:
        return self.label


class StayStep(models.TextChoices):
    """What a step of a stay is."""

    ADMITTED = "admitted", _("admitted")
    MOVED = "moved", _("moved")
    CONSULTANT = "consultant", _("other consultant")
    DISCHARGED = "discharged", _("discharged")
    OUTCOME = "outcome", _("outcome")
    TAKEN_BACK = "taken_back", pgettext_lazy("step of a stay", "taken back")


class StayEventQuerySet(models.QuerySet["StayEvent"]):
    """Steps."""

    def standing(self) -> Self:
        """Those that nobody took back, and that are no taking back themselves."""
        back = StayEvent.objects.filter(takes_back=OuterRef("pk"))
        return self.exclude(kind=StayStep.TAKEN_BACK).exclude(Exists(back))


class StayEvent(models.Model):
    """One step of a patient's stays, and where the patient lay and who was the consultant after it. Append-only.

    `at`: when it happened; `facts`: what it wrote into the record ("discharge:form:4f..", kind and identity), which
    taking it back cancels; `stay`: none where an outcome became known of somebody who was on no ward.
    """

    kind = models.CharField(_("step"), max_length=12, choices=StayStep)
    # indexed: the history of a patient, and its last step
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="stay_events", db_index=False, verbose_name=_("patient")
    )
    stay = models.ForeignKey(
        Admission, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False
    )
    at = models.DateTimeField(_("time"))
    ward = models.ForeignKey(
        Ward,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("ward"),
    )
    bed = models.CharField(_("bed"), max_length=20, blank=True, default="")
    consultant = models.CharField(_("consultant"), max_length=100, blank=True, default="")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    to = models.CharField(_("to"), max_length=20, choices=choices_of(DESTINATIONS), blank=True, default="")
    what = models.CharField(_("outcome"), max_length=20, choices=choices_of(OUTCOMES), blank=True, default="")
    facts = ArrayField(models.CharField(max_length=220), default=list, blank=True, editable=False)
    takes_back = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back_by", editable=False
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)

    objects = StayEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a stay")
        verbose_name_plural = _("steps of stays")
        ordering = ["id"]
        indexes = [models.Index(name="stayevent_patient", fields=["patient", "-id"])]
        constraints = [
            one_of("stayevent_kind_known", "kind", StayStep.values),
            one_of("stayevent_to_known", "to", list(DESTINATIONS), blank=True),
            one_of("stayevent_what_known", "what", list(OUTCOMES), blank=True),
            models.CheckConstraint(
                name="stayevent_what_of_an_outcome",
                condition=Q(kind=StayStep.OUTCOME) & ~Q(what="") | ~Q(kind=StayStep.OUTCOME) & Q(what=""),
            ),
            models.CheckConstraint(
                name="stayevent_takes_back_a_step",
                condition=Q(kind=StayStep.TAKEN_BACK, takes_back__isnull=False)
                | ~Q(kind=StayStep.TAKEN_BACK) & Q(takes_back__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}: {self.kind}"


class ResponsibilityKind(models.TextChoices):
    """As what somebody is responsible."""

    CONSULTANT = "consultant", _("consultant")
    TEAM = "team", _("team")


class ResponsibilityQuerySet(models.QuerySet["Responsibility"]):
    """Who is responsible."""

    def now(self) -> Self:
        """Those that have not ended."""
        return self.filter(until=None)


class Responsibility(models.Model):
    """Somebody is responsible for a patient, on a ward or not: results that come late reach this person's list."""

    # both indexed: whose patient it is (stay page), whose patients they are ("my patients", `visible_to`)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="responsibilities", verbose_name=_("patient")
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="responsibilities", verbose_name=_("person"))
    kind = models.CharField(_("as"), max_length=10, choices=ResponsibilityKind)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        ordering = ["kind", "since", "id"]
        constraints = [
            one_of("responsibility_kind_known", "kind", ResponsibilityKind.values),
            models.UniqueConstraint(
                name="responsibility_one_consultant",
                fields=["patient"],
                condition=Q(until__isnull=True, kind=ResponsibilityKind.CONSULTANT),
            ),
            models.UniqueConstraint(
                name="responsibility_once", fields=["patient", "user", "kind"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="responsibility_ends_after_start", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.patient_id}"
