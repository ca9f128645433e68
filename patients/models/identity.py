"""Who a record is about, as it was corrected, and two records that are one person's.

A change of identity and what a merge carried over are statements: only ever appended. A merge is a statement too, of
which one thing may still happen: that it is taken back. Triggers refuse the rest.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

BY_HAND = "form"  # source of a correction that a person made, and gave a reason for


class IdentityChange(models.Model):
    """What stood of a person before, and what stands since: number, names, kana, sex, birth date (as JSON texts).

    `source`: by hand, or the document that told what was not known before.
    """

    # covered by the index below; who changed it is only shown
    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        related_name="identity_changes",
        db_index=False,
        verbose_name=_("patient"),
    )
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(_("source"), max_length=40, default=BY_HAND)
    reason = models.TextField(_("reason"), blank=True, default="")
    before = models.JSONField(_("before"))
    after = models.JSONField(_("since then"))

    class Meta:
        verbose_name = _("change of identity")
        verbose_name_plural = _("changes of identity")
        ordering = ["-at", "-id"]
        # the changes of a patient since a moment: pages of the past, codes of old sheets, the page of identity
        indexes = [models.Index(name="identitychange_of_patient", fields=["patient", "at"])]
        constraints = [
            models.CheckConstraint(name="identitychange_changes_something", condition=~Q(before=F("after"))),
            models.CheckConstraint(
                name="identitychange_by_hand_says_why",
                condition=~Q(source=BY_HAND) | (Q(by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class SamePerson(models.Model):
    """A person said that somebody who is told of under a patient's number with another name, sex or birth date is this
    patient. `differs`: by field what was known and what was told, folded; the same difference is not asked about again.
    """

    # indexed: asked whenever a message differs from its record
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="said_to_be", verbose_name=_("patient")
    )
    differs = models.JSONField(_("differs"))
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("same person")
        verbose_name_plural = _("same persons")
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="sameperson_says_why", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.pk}"


class RecordMergeQuerySet(models.QuerySet["RecordMerge"]):
    """Merges."""

    def standing(self) -> RecordMergeQuerySet:
        """Those that were not taken back."""
        return self.filter(taken_back_at=None)


class RecordMerge(models.Model):
    """Two records are one person's: `kept` goes on, `absorbed` is read only and on no list until it is taken back.

    `newest`: of every kind of fact the last key of its table when the merge was done; what is later was entered since.
    """

    # indexed: what was merged into a record (its page, what a sender tells under another number)
    kept = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="merges", verbose_name=_("kept record")
    )
    # indexed: whether a record was ever merged (pages of the past)
    absorbed = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="absorptions", verbose_name=_("merged record")
    )
    merged_at = models.DateTimeField(_("merged"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(_("reason"))
    newest = models.JSONField(default=dict, editable=False)
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    taken_back_reason = models.TextField(_("reason"), blank=True, default="")

    objects = RecordMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of two records")
        verbose_name_plural = _("merges of two records")
        ordering = ["-merged_at", "-id"]
        constraints = [
            # a record is merged into one other; as an index it says whether a record is alive (`visible_to`, changes)
            models.UniqueConstraint(
                name="recordmerge_one_standing", fields=["absorbed"], condition=Q(taken_back_at__isnull=True)
            ),
            models.CheckConstraint(name="recordmerge_two_records", condition=~Q(kept=F("absorbed"))),
            models.CheckConstraint(name="recordmerge_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="recordmerge_taken_back_by_someone",
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True, taken_back_reason="")
                | (
                    Q(taken_back_at__isnull=False, taken_back_by__isnull=False, taken_back_at__gte=F("merged_at"))
                    & ~Q(taken_back_reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class MergedEntry(models.Model):
    """What became of one entry of the absorbed record: a fact (`was`: its identity there), a task or a stay (its key).

    `into`: what it is in the kept record: a copy of its own or, `doubled`, what stood there already and says the same.
    """

    # covered by the unique key below
    merge = models.ForeignKey(RecordMerge, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=20)
    was = models.CharField(max_length=200)
    into = models.CharField(max_length=200)
    doubled = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("entry of a merge")
        verbose_name_plural = _("entries of merges")
        # an entry goes one way; what a sender calls a result is looked for under its merge (`patients.merged`)
        constraints = [models.UniqueConstraint(name="mergedentry_once", fields=["merge", "kind", "was"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.was}"
