"""Who has taken a card upon themselves, and what became of a test that is due: only ever appended, the last row counts.

Neither is a fact about the patient: no rule reads them, and none of them ends an alert.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.engine import Group
from patients.models import Patient


class CardOwner(models.Model):
    """A card (the open alerts of one group of a patient) was taken, given to somebody, or released (`owner` None)."""

    # the index below begins with the patient; who wrote it is only shown
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("patient")
    )
    group = models.CharField(_("card"), max_length=12)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("owner of a card")
        verbose_name_plural = _("owners of cards")
        ordering = ["id"]
        # the last row of each card of patients (`owners_of`)
        indexes = [models.Index(name="cardowner_last", fields=["patient", "group", "-id"])]
        constraints = [
            models.CheckConstraint(name="cardowner_group_known", condition=Q(group__in=[str(x) for x in Group])),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.group}"


class Mark(models.TextChoices):
    """What became of a test on the list of tests that are due."""

    TAKEN = "taken", _("taken")
    NOT_NEEDED = "not_needed", _("not needed")
    CANNOT = "cannot", _("cannot be done")
    MOVED = "moved", _("moved to another day")
    OPEN = "open", _("open again")


class MarkedTest(models.Model):
    """What somebody said of a test that was due on a day. It moves no rule: the test stays due until there is a result.

    `due`: of the test as it stood; a result makes it another one, of which nothing is said yet.
    """

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("patient")
    )
    code = models.CharField(_("test"), max_length=40)
    due = models.DateField(_("due"))
    what = models.CharField(_("what became of it"), max_length=12, choices=Mark)
    moved_to = models.DateField(_("moved to"), null=True, blank=True)
    note = models.CharField(_("reason"), max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("mark of a test")
        verbose_name_plural = _("marks of tests")
        ordering = ["id"]
        # the last row of each test of patients (`marks_of`)
        indexes = [models.Index(name="markedtest_last", fields=["patient", "code", "due", "-id"])]
        constraints = [
            models.CheckConstraint(name="markedtest_known", condition=Q(what__in=Mark.values)),
            models.CheckConstraint(
                name="markedtest_moved_to_a_day",
                condition=Q(what=Mark.MOVED, moved_to__isnull=False) | (~Q(what=Mark.MOVED) & Q(moved_to__isnull=True)),
            ),
            models.CheckConstraint(
                name="markedtest_not_done_says_why",
                condition=~Q(what__in=[Mark.NOT_NEEDED, Mark.CANNOT]) | ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.code} {self.due}"
