"""The ward round: who saw the patient, what was noted and planned, what is still to be done.

A visit is a signed statement: only ever appended (triggers refuse the rest). Drafts hold what is typed and not yet
signed, so that a lost session loses nothing. Tasks are changed under an optimistic lock.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patients.clinical.findings import STEPS
from patients.models.choices import choices_of
from patients.models.fields import ExactNumericField
from patients.models.people import Ward
from patients.models.records import Patient


class WardRound(models.Model):
    """A round as it was begun: whose it is, and the patients in the order of the list at that moment.

    `order` is a list of patient ids; who is seen stands with the visits.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rounds")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    order = models.JSONField(_("order"))
    started_at = models.DateTimeField(_("started"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["-id"]
        # the round that a user has begun and not ended (`unfinished_round`), asked on each page that begins one
        indexes = [models.Index(name="round_unfinished", fields=["by"], condition=Q(finished_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                name="round_ends_after_start",
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class RoundVisitQuerySet(models.QuerySet["RoundVisit"]):
    """Visits."""

    def standing(self) -> RoundVisitQuerySet:
        """Those that were not taken back; `newest_visit_sql` in the words of the mapper."""
        return self.filter(taken_back__isnull=True)


class RoundVisit(models.Model):
    """A patient was seen. `shown_at` is the moment of the data on the page that was signed; `state` seals the chart's
    answer that stood on it ("" where there was none)."""

    # patient and author: covered by the two indexes below
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="round_visits", db_index=False, verbose_name=_("patient")
    )
    # indexed: who of a round is seen (`course_of_round`)
    round = models.ForeignKey(WardRound, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(pgettext_lazy("patient", "seen"))
    shown_at = models.DateTimeField(_("data as of"))
    state = models.CharField(max_length=64, blank=True, default="", editable=False)
    note = models.TextField(_("note"), blank=True, default="")
    plan = models.TextField(_("plan"), blank=True, default="")

    objects = RoundVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-at", "-id"]
        indexes = [
            # anybody's last visit of a patient: each line of the ward list, the round page, the last plan
            models.Index(name="visit_latest", fields=["patient", "-at"]),
            # the reader's own last visit: since when something counts as news on the list and the round page
            models.Index(name="visit_own", fields=["by", "patient", "-at"]),
        ]
        constraints = [
            models.CheckConstraint(name="visit_after_its_data", condition=Q(at__gte=F("shown_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class VisitTakenBack(models.Model):
    """ "Seen" was signed by mistake and taken back by who signed it. The visit stays in the history, and counts no
    more."""

    # unique: taken back once, and how it is looked for beside its visit
    visit = models.OneToOneField(
        RoundVisit, on_delete=models.PROTECT, related_name="taken_back", verbose_name=_("visit")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("taken back"))

    class Meta:
        verbose_name = _("visit taken back")
        verbose_name_plural = _("visits taken back")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.pk}"


class RoundDraft(models.Model):
    """What somebody has typed for a patient and not signed yet: one draft of each user."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    note = models.TextField(_("note"), blank=True, default="")
    plan = models.TextField(_("plan"), blank=True, default="")
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        # one draft a user and patient, and how it is found (`draft_of`)
        constraints = [models.UniqueConstraint(name="draft_once", fields=["patient", "user"])]

    def __str__(self) -> str:
        return f"{self.pk}"


class Outcome(models.TextChoices):
    """How a task ended; a task that was not done says why."""

    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed any more")
    CANNOT = "cannot", _("cannot be done (say why)")
    TRANSFERRED = "transferred", _("handed over (say to whom)")


class CareTaskQuerySet(models.QuerySet["CareTask"]):
    """Tasks."""

    def open(self) -> CareTaskQuerySet:
        """Those without an outcome."""
        return self.filter(outcome="")


class CareTask(models.Model):
    """Something that is to be done for a patient until a day. `outcome` "" is open. `drug`, `dose`: of a dose that a
    plan names, in the unit of the drug's plans; rules look before it."""

    # covered by the indexes below; authors are only shown, never looked for
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="tasks", db_index=False, verbose_name=_("patient")
    )
    text = models.CharField(_("task"), max_length=300)
    due = models.DateField(_("due"))
    drug = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    dose = ExactNumericField(null=True, blank=True, editable=False)
    # indexed as any key; no page asks for the tasks of one person yet
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for"),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("written"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True, default="")
    outcome_note = models.CharField(_("note"), max_length=300, blank=True, default="")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CareTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due", "id"]
        indexes = [
            # the open tasks of patients in order of their day (`open_tasks`: list, round page, paper)
            models.Index(name="task_open", fields=["patient", "due"], condition=Q(outcome="")),
            # one task of a patient, ended ones too (`task_close`); stands in for the index of the patient's key
            models.Index(name="task_of_patient", fields=["patient", "created_at"]),
        ]
        constraints = [
            models.CheckConstraint(name="task_says_something", condition=~Q(text="")),
            models.CheckConstraint(name="task_outcome_known", condition=Q(outcome__in=["", *Outcome.values])),
            models.CheckConstraint(
                name="task_closed_by_someone",
                condition=Q(outcome="", closed_by__isnull=True, closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_by__isnull=False, closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="task_not_done_says_why",
                condition=~Q(outcome__in=[Outcome.CANNOT, Outcome.TRANSFERRED]) | ~Q(outcome_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class JudgementOwner(models.Model):
    """Who is to judge improvement on a step on a day of the treatment clock; without a row it is the consultant."""

    # the unique key below begins with the patient; owners are only shown, never looked for
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.CharField(_("step"), max_length=20, choices=choices_of(STEPS))
    due = models.DateField(_("due"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("for")
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    set_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("owner of a judgement")
        verbose_name_plural = _("owners of judgements")
        # one owner an appointment; the owners of patients (`judgement_owners`)
        constraints = [models.UniqueConstraint(name="judgementowner_once", fields=["patient", "step", "due"])]

    def __str__(self) -> str:
        return f"{self.pk}"


class SavedView(models.Model):
    """A user's own choice of filters of the ward list, under a name. Holds no patient data."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    filters = models.JSONField(_("filters"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [
            # a name means one view of its user; the views of a user, by name (the menu of the ward list)
            models.UniqueConstraint(name="savedview_once", fields=["user", "name"]),
            models.CheckConstraint(name="savedview_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
