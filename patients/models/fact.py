"""What every stored fact has: who, when about, when known, which version of what, and where it came from.

Facts are append-only: a correction, a cancellation or the stop of a drug is a new row that names the row it
replaces. Triggers in the database refuse every UPDATE, DELETE and TRUNCATE of these tables.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.records import Patient


class Status(models.TextChoices):
    """State of a version; cancelled withdraws the fact from then on."""

    PRELIMINARY = "preliminary", _("preliminary")
    FINAL = "final", _("final")
    CORRECTED = "corrected", _("corrected")
    CANCELLED = "cancelled", _("cancelled")


class FactQuerySet(models.QuerySet[Any]):
    """Rows of one kind of fact."""

    def standing(self) -> Self:
        """Versions that stand now: nothing known later under the same identity, and not cancelled."""
        newer = self.model._default_manager.filter(patient=OuterRef("patient"), identity=OuterRef("identity")).filter(
            Q(known__gt=OuterRef("known")) | Q(known=OuterRef("known"), version__gt=OuterRef("version"))
        )
        return self.filter(~Exists(newer)).exclude(status=Status.CANCELLED)


def one_of(name: str, field: str, values: list[str], *, blank: bool = False) -> models.CheckConstraint:
    """CHECK that a column holds one of the values (or nothing, if `blank`)."""
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__in": ["", *values] if blank else values}))


def fraction(name: str) -> models.CheckConstraint:
    """CHECK that `fio2`, where given, is a fraction between room air and pure oxygen."""
    return models.CheckConstraint(
        name=name,
        condition=Q(fio2__isnull=True) | Q(fio2__gte=Decimal("0.21"), fio2__lte=Decimal(1)),
    )


class Fact(models.Model):
    """One version of one fact. `on`: the time it is about; `known`: when it became known; both stored in UTC.

    `identity` is the same for all versions of a fact of a patient; `version` counts them from 1 in the order of
    arrival. Of an identity, the version known last stands. `recorded_at` is when this system received it.
    """

    KIND: ClassVar[str]

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="%(class)s_set", db_index=False, verbose_name=_("patient")
    )
    identity = models.CharField(max_length=200, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", editable=False
    )
    on = models.DateTimeField(_("time"))
    on_is_date = models.BooleanField(default=False, editable=False)
    known = models.DateTimeField(_("known since"))
    recorded_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
    )
    source = models.CharField(_("source"), max_length=40)
    sender_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.FINAL)
    correction_reason = models.TextField(_("reason for the correction"), blank=True, default="")

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["on", "known", "id"]
        constraints = [
            models.UniqueConstraint(name="%(class)s_version_once", fields=["patient", "identity", "version"]),
            models.CheckConstraint(name="%(class)s_known_after_on", condition=Q(known__gte=F("on"))),
            models.CheckConstraint(name="%(class)s_identified", condition=~Q(identity="")),
            one_of("%(class)s_status_known", "status", Status.values),
            models.CheckConstraint(
                name="%(class)s_version_chain",
                condition=Q(version=1, replaces__isnull=True) | Q(version__gt=1, replaces__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Name of this version everywhere outside the database, as in `Snapshot` facts: "measurement:0000000123".

        Padded, so that facts of one moment keep the order in which they were stored.
        """
        return f"{self.KIND}:{self.pk:010d}"
