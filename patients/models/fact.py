"""What every stored fact has: who, when about, when known, which version of what, and where it came from.

Facts are append-only: a correction, a cancellation or the stop of a drug is a new row that names the row it
replaces. Triggers in the database refuse every UPDATE, DELETE and TRUNCATE of these tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.clinical.versions import CANCELLED, SETTLED, STANDING_SQL_OF, STATUSES, standing_key
from patients.models.choices import choice
from patients.models.records import Patient

FactRow = TypeVar("FactRow", bound="Placed")


class Status(models.TextChoices):
    """State of a version; cancelled withdraws the fact from then on. The members of `STATUSES`, by name."""

    PRELIMINARY = choice(STATUSES["preliminary"])
    FINAL = choice(STATUSES["final"])
    CORRECTED = choice(STATUSES["corrected"])
    CANCELLED = choice(STATUSES[CANCELLED])


class Placed(Protocol):
    """What has a place among the versions of a fact: a stored row, or one before it is stored."""

    @property
    def status(self) -> Any:
        """The name of a member of `STATUSES`."""

    @property
    def version(self) -> Any:
        """Its number in the order of arrival."""

    @property
    def place(self) -> datetime:
        """Where it stands."""


class FactQuerySet(models.QuerySet[Any]):
    """Rows of one kind of fact."""

    def standing(self) -> Self:
        """Versions that stand now: `STANDING_SQL` of the table, so not for a query inside another one."""
        table = self.model._meta.db_table
        standing: Self = self.extra(where=[STANDING_SQL_OF.format(table=table, this=table)])  # type: ignore[assignment]  # noqa: S610 - the same text always
        return standing


def standing_row(history: Iterable[FactRow]) -> FactRow:
    """Of the versions of one identity the one that stands, unless it is cancelled."""
    rows = list(history)
    settled = any(row.status in SETTLED for row in rows)
    return max(rows, key=lambda row: standing_key(row.status, row.place, row.version, settled=settled))


def one_of(name: str, field: str, values: list[str], *, blank: bool = False) -> models.CheckConstraint:
    """CHECK that a column holds one of the values (or nothing, if `blank`)."""
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__in": ["", *values] if blank else values}))


def flow_with_device(name: str) -> models.CheckConstraint:
    """CHECK that a flow of oxygen (L/min, 0 to 80) stands with its device."""
    return models.CheckConstraint(
        name=name,
        condition=Q(flow__isnull=True) | (Q(flow__gte=0, flow__lte=80) & ~Q(device="")),
    )


def fraction(name: str) -> models.CheckConstraint:
    """CHECK that `fio2`, where given, is a fraction between room air and pure oxygen."""
    return models.CheckConstraint(
        name=name,
        condition=Q(fio2__isnull=True) | Q(fio2__gte=Decimal("0.21"), fio2__lte=Decimal(1)),
    )


class Fact(models.Model):
    """One version of one fact. `on`: the time it is about; `known`: when it became known; both stored in UTC.

    `identity` is the same for all versions of a fact of a patient; `version` counts them from 1 in the order of
    arrival. Of an identity, the version with the last place stands (`clinical.versions`). `recorded_at` is when this
    system received it.
    """

    KIND: ClassVar[str]

    # no index of its own: the unique key below begins with the patient, and facts are read by patient (the list of
    # overrides, which a reviewer opens now and then, reads all decisions)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="%(class)s_set", db_index=False, verbose_name=_("patient")
    )
    identity = models.CharField(max_length=200, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # unique: no version has two successors
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", editable=False
    )
    on = models.DateTimeField(_("time"))
    on_is_date = models.BooleanField(default=False, editable=False)
    known = models.DateTimeField(_("known since"))
    # its place among the versions, where that is not `known`: its sender did not say when it became known
    placed = models.DateTimeField(null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # facts are never looked for by who recorded them; that question is the audit log's
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
            # two deliveries at once cannot make the same version; as an index it serves every read of a patient's facts
            # (`versions_of`), of one fact's versions (`history`), and the search for a newer version (`standing`)
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
    def place(self) -> datetime:
        """Where this version stands among those of its identity."""
        return self.placed or self.known

    @property
    def reference(self) -> str:
        """Name of this version everywhere outside the database, as in `Snapshot` facts: "measurement:0000000123".

        Padded, so that facts of one moment keep the order in which they were stored.
        """
        return f"{self.KIND}:{self.pk:010d}"
