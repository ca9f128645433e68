"""Cases that are looked at afterwards: why each came up, and everything that reviewers said of it.

A case is opened once for what led to it (`trigger` and `key`) and never again. What is said of it is only ever
appended (triggers refuse the rest); of the case itself one thing changes: since when it is closed.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patients.models.fact import one_of
from patients.models.people import Role
from patients.models.records import Patient
from patients.models.rounds import CareTask


class ReviewTrigger(models.TextChoices):
    """What led to a case."""

    SUBTYPE = "subtype", _("subtype or course settled")
    OVERRIDE = "override", _("step not followed")
    EVIDENCE = "evidence", _("conflict with later evidence")
    CARD = "card", _("critical card unanswered")
    STEP = "step", _("step not started")
    DEATH = "death", _("death")
    TRANSFER = "transfer", _("transfer")
    SAMPLE = "sample", _("drawn at random")


class ReviewCase(models.Model):
    """A patient and one thing that led to looking back. `key`: of what led to it, by which it is never opened twice.

    arose_at: when that happened. about: what is said of it on every page, as codes (`ildcare.review.words`).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # covered by the unique key below
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="review_cases", db_index=False, verbose_name=_("patient")
    )
    trigger = models.CharField(_("reason"), max_length=10, choices=ReviewTrigger)
    key = models.CharField(max_length=220)
    about = models.JSONField(_("about"), default=dict)
    arose_at = models.DateTimeField(_("time"))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("case to review")
        verbose_name_plural = _("cases to review")
        ordering = ["-arose_at", "id"]
        indexes = [
            # the queue, the newest first
            models.Index(name="reviewcase_open", fields=["-arose_at"], condition=Q(closed_at__isnull=True)),
            # those that were reviewed last
            models.Index(name="reviewcase_closed", fields=["-closed_at"], condition=Q(closed_at__isnull=False)),
        ]
        constraints = [
            # what led to a case leads to no second one (INSERT ... ON CONFLICT DO NOTHING)
            models.UniqueConstraint(name="reviewcase_once", fields=["patient", "trigger", "key"]),
            one_of("reviewcase_trigger_known", "trigger", ReviewTrigger.values),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} {self.pk}"


class ReviewStep(models.TextChoices):
    """What a reviewer did with a case."""

    TAKEN = "taken", pgettext_lazy("case", "taken")
    RELEASED = "released", pgettext_lazy("case", "released")
    VERDICT = "verdict", _("verdict signed")
    COMMENT = "comment", _("comment")
    REQUEST = "request", _("correction asked for")
    REOPENED = "reopened", _("opened again")


class ChartVerdict(models.TextChoices):
    """Was the chart's answer right?"""

    RIGHT = "right", pgettext_lazy("answer of the chart", "Right")
    WRONG = "wrong", pgettext_lazy("answer of the chart", "Wrong")
    UNKNOWN = "unknown", _("Cannot say")


class DelayVerdict(models.TextChoices):
    """Was the delay avoidable?"""

    AVOIDABLE = "avoidable", _("Avoidable")
    JUSTIFIED = "justified", _("Justified")
    NONE = "none", _("No delay")
    UNKNOWN = "unknown", _("Cannot say")


class Lesson(models.TextChoices):
    """What a case teaches. A list of this product [J]."""

    NOTHING = "nothing", _("nothing new")
    NEEDLESS_WAIT = "needless_wait", _("waited for a result that could not change the step")
    TEST_LATE = "test_late", _("a test that decides came late")
    ALERT_UNANSWERED = "alert_unanswered", _("an alert was answered late")
    STEP_LATE = "step_late", _("the step was begun late, for reasons of organisation")
    TARGET_LATE = "target_late", _("the drug level reached its target late")
    REASON_UNCLEAR = "reason_unclear", _("why the chart was not followed is not clear from the record")
    FACT_WRONG = "fact_wrong", _("a fact of the record was wrong or missing")
    DEPARTURE_RIGHT = "departure_right", _("not following the chart was right")
    CHART_SILENT = "chart_silent", _("the chart has no answer for this situation")
    OTHER = "other", _("something else (say what)")


class Audience(models.TextChoices):
    """For whom it is. A list of this product [J]."""

    TEAM = "team", _("the treating team")
    WARD = "ward", _("ward meeting")
    PHARMACY = "pharmacy", _("pharmacy")
    LABORATORY = "laboratory", _("laboratory")
    RULES = "rules", _("who changes the rules of the site")
    NOBODY = "nobody", _("nobody in particular")


VERDICT = Q(kind=ReviewStep.VERDICT)
UNSAID = Q(chart="", delay="", lesson="", audience="")


class ReviewEntry(models.Model):
    """One thing that a reviewer did with a case. `role`: what its author was then; `text`: in words.

    A verdict has its four answers; a request names the fact in doubt (`fact`, as in a snapshot; "" for one that is
    missing) and the task by which the ward answers.
    """

    case = models.ForeignKey(
        ReviewCase, on_delete=models.PROTECT, related_name="entries", db_index=False, verbose_name=_("case to review")
    )
    kind = models.CharField(_("step"), max_length=10, choices=ReviewStep)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    at = models.DateTimeField(_("time"))
    chart = models.CharField(_("chart's answer"), max_length=10, choices=ChartVerdict, blank=True, default="")
    delay = models.CharField(_("delay"), max_length=10, choices=DelayVerdict, blank=True, default="")
    lesson = models.CharField(_("what it teaches"), max_length=20, choices=Lesson, blank=True, default="")
    audience = models.CharField(_("for whom"), max_length=12, choices=Audience, blank=True, default="")
    text = models.TextField(_("in words"), blank=True, default="")
    fact = models.CharField(_("entry in doubt"), max_length=40, blank=True, default="")
    task = models.OneToOneField(CareTask, on_delete=models.PROTECT, null=True, blank=True, related_name="review_entry")

    class Meta:
        verbose_name = _("step of a review")
        verbose_name_plural = _("steps of reviews")
        ordering = ["id"]
        # all of a case, in order
        indexes = [models.Index(name="reviewentry_of_case", fields=["case", "id"])]
        constraints = [
            one_of("reviewentry_kind_known", "kind", ReviewStep.values),
            one_of("reviewentry_chart_known", "chart", ChartVerdict.values, blank=True),
            one_of("reviewentry_delay_known", "delay", DelayVerdict.values, blank=True),
            one_of("reviewentry_lesson_known", "lesson", Lesson.values, blank=True),
            one_of("reviewentry_audience_known", "audience", Audience.values, blank=True),
            models.CheckConstraint(
                name="reviewentry_verdict_answers",
                condition=(VERDICT & ~Q(chart="") & ~Q(delay="") & ~Q(lesson="") & ~Q(audience=""))
                | (~VERDICT & UNSAID),
            ),
            models.CheckConstraint(
                name="reviewentry_says_why",
                condition=~Q(kind__in=[ReviewStep.COMMENT, ReviewStep.REQUEST, ReviewStep.REOPENED]) | ~Q(text=""),
            ),
            models.CheckConstraint(
                name="reviewentry_request_has_its_task",
                condition=Q(kind=ReviewStep.REQUEST, task__isnull=False)
                | (~Q(kind=ReviewStep.REQUEST) & Q(task__isnull=True, fact="")),
            ),
            models.CheckConstraint(name="reviewentry_other_says_what", condition=~Q(lesson=Lesson.OTHER) | ~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ReviewKey(models.Model):
    """The secret of the site from which pseudonyms and random samples follow. One row, made once, shown to nobody."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    secret = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("key of pseudonyms")
        verbose_name_plural = _("keys of pseudonyms")
        constraints = [models.CheckConstraint(name="reviewkey_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
