"""Alerts with their history and frozen evidence, what is to be announced, and when the monitoring last ran."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from monitoring import notification_models  # noqa: F401 - more tables of this app
from monitoring.engine import Severity
from monitoring.lifecycle import Step
from monitoring.rule_change import ChangeState, RuleChange, ShadowDifference
from monitoring.rules import LEADING
from monitoring.worklist_models import CardOwner, Mark, MarkedTest
from patients.models import Patient

# of this app too; the others stand below
__all__ = ["CardOwner", "ChangeState", "Mark", "MarkedTest", "RuleChange", "ShadowDifference"]

SEVERITIES = [(x.value, _(x.label)) for x in Severity]


class ClosedBecause(models.TextChoices):
    """Why an alert is closed; nobody closes one by hand."""

    ENDED = Step.ENDED.value, _("the condition ended")
    WITHDRAWN = Step.WITHDRAWN.value, _("withdrawn – result corrected")
    TOLD = Step.TOLD.value, _("acknowledged: it happened once")
    MERGED = Step.MERGED.value, _("merged")
    CARE_ENDED = Step.CARE_ENDED.value, _("care ended")


class Doing(models.TextChoices):
    """What is being done about an alert: acting first, disagreement after."""

    REPEAT_ORDERED = "repeat_ordered", _("test or repeat ordered")
    DOSE_CHANGED = "dose_changed", _("dose changed")
    TREATMENT_STARTED = "treatment_started", _("treatment started or stepped up")
    REVIEW_AT_ROUND = "review_at_round", _("will review at the round")
    DISCUSSED = "discussed", _("discussed with … (name in the note)")
    ALREADY_KNOWN = "already_known", _("already known and acted on")
    ANOTHER_CAUSE = "another_cause", _("disagree: another cause (say which)")
    VALUE_DOUBTED = "value_doubted", _("disagree: the value is doubted")
    NOT_RELEVANT = "not_relevant", _("disagree: not relevant for this patient")


class EventKind(models.TextChoices):
    """What happened to an alert: the steps of its life, and that a person acknowledged it."""

    OPENED = Step.OPENED.value, _("opened")
    RAISED = Step.RAISED.value, _("severity raised")
    LOWERED = Step.LOWERED.value, _("severity lowered")
    UPDATED = Step.UPDATED.value, _("newer facts")
    CORRECTED = Step.CORRECTED.value, _("a result behind it was corrected")
    ENDED = Step.ENDED.value, _("the condition ended")
    WITHDRAWN = Step.WITHDRAWN.value, _("withdrawn – result corrected")
    TOLD = Step.TOLD.value, _("acknowledged: it happened once")
    MERGED = Step.MERGED.value, _("merged")
    CARE_ENDED = Step.CARE_ENDED.value, _("care ended")
    RETURNED = Step.RETURNED.value, _("back: the merge or the end of care was taken back")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    SNOOZED = "snoozed", _("snoozed")
    WOKEN = "woken", _("no longer snoozed")
    ESCALATED = "escalated", _("passed on: nobody acknowledged it in time")


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts."""

    def open(self) -> AlertQuerySet:
        """Those whose condition holds."""
        return self.filter(closed_at=None)

    def worst_first(self) -> AlertQuerySet:
        """Unacknowledged before acknowledged, then by gravity, of equal ones what leads, then the newest first."""
        waiting = models.Case(models.When(acknowledged_at=None, then=0), default=1)
        leading = models.Case(models.When(rule__in=sorted(LEADING), then=0), default=1)
        return self.order_by(waiting, "-severity", leading, "-opened_on", "rule", "subject")


class Alert(models.Model):
    """One episode of one condition of one patient. `reasons` and `evidence` are those of the last change of content.

    opened_on: the site's day on which the condition became known; value_on: the day of the deciding value. The id is
    made here, so that many are inserted at once and those that were already there can be told apart.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # covered by the keys below, which begin with the patient; who acknowledged is only shown
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="alerts", db_index=False, verbose_name=_("patient")
    )
    rule = models.CharField(_("rule"), max_length=40)
    rule_version = models.PositiveSmallIntegerField(_("version of the rule"))
    subject = models.CharField(_("subject"), max_length=40, blank=True, default="")
    episode = models.PositiveIntegerField(_("episode"), default=1)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITIES)
    possible = models.BooleanField(_("possible"), default=False)
    reasons = models.JSONField(_("reasons"))
    facts = models.JSONField(_("facts"))
    evidence = models.JSONField(_("evidence"))
    opened_on = models.DateField(_("opened on"))
    opened_at = models.DateTimeField(_("raised"))
    value_on = models.DateField(_("day of the value"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_because = models.CharField(_("closed because"), max_length=10, choices=ClosedBecause, blank=True, default="")
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    doing = models.CharField(_("what is being done"), max_length=20, choices=Doing, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    # by whom, why and at most until when it may wait, stands in the event; anything new about its card wakes it
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    # since when the next role knows of it; asked for anew it is passed on anew
    escalated_at = models.DateTimeField(_("passed on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            # two evaluations at once cannot raise an episode twice (INSERT ... ON CONFLICT DO NOTHING); as an index it
            # finds the newest episode of each condition (`said_before`) and all alerts of a patient
            models.UniqueConstraint(
                name="alert_once_per_episode", fields=["patient", "rule", "subject", "episode", "rule_version"]
            ),
            # one open alert a condition; as an index it finds the open alerts of patients (ward list, patient page).
            # The included columns let severities be counted without a visit to the table; no page counts so now
            models.UniqueConstraint(
                name="alert_one_open",
                fields=["patient", "rule", "subject"],
                condition=Q(closed_at__isnull=True),
                include=["severity", "acknowledged_at"],
            ),
            models.CheckConstraint(name="alert_severity_known", condition=Q(severity__in=list(Severity))),
            models.CheckConstraint(
                name="alert_closed_for_a_reason",
                condition=Q(closed_at__isnull=True, closed_because="")
                | Q(closed_at__isnull=False, closed_because__in=ClosedBecause.values),
            ),
            models.CheckConstraint(
                name="alert_acknowledged_by_someone",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True, doing="")
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="alert_critical_acknowledged_with_a_deed",
                condition=~Q(severity=Severity.CRITICAL) | Q(acknowledged_at__isnull=True) | ~Q(doing=""),
            ),
            models.CheckConstraint(
                name="alert_snoozed_while_it_waits",
                condition=Q(snoozed_until__isnull=True) | Q(acknowledged_at__isnull=True, closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="alert_closes_after_opening",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]
        indexes = [
            # what closed lately: withdrawn in the last days (`watch_of`), ended since a visit (`changes_since`)
            # whose time is up, asked for at every sweep: mostly nobody
            models.Index(name="alert_snoozed", fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False)),
            # critical ones that nobody acknowledged, for the escalation: a handful
            models.Index(
                name="alert_critical_waiting",
                fields=["opened_at"],
                condition=Q(closed_at__isnull=True, acknowledged_at__isnull=True, severity=Severity.CRITICAL.value),
            ),
            models.Index(name="alert_closed", fields=["patient", "closed_at"], condition=Q(closed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return " ".join(x for x in (self.rule, self.subject, str(self.episode)) if x)

    @property
    def is_open(self) -> bool:
        """Whether the condition holds."""
        return self.closed_at is None


class AlertEvent(models.Model):
    """What happened to an alert, with the evidence of that moment. Only ever appended (a trigger refuses the rest)."""

    # indexed: the history of an alert, on its card and for the past
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events", verbose_name=_("alert"))
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("event"), max_length=12, choices=EventKind)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITIES)
    rule_version = models.PositiveSmallIntegerField(_("version of the rule"))
    reasons = models.JSONField(_("reasons"))
    evidence = models.JSONField(_("evidence"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    doing = models.CharField(_("what is being done"), max_length=20, choices=Doing, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    until = models.DateTimeField(_("until"), null=True, blank=True)  # of what was snoozed

    class Meta:
        verbose_name = _("event of an alert")
        verbose_name_plural = _("events of alerts")
        ordering = ["id"]
        # what happened to a patient's alerts since a moment (`changes_since`), the last of it (`ward_state`), and all
        # of it in order (`severity_days`, the strip)
        indexes = [models.Index(name="alertevent_patient", fields=["patient", "at"])]
        constraints = [
            models.CheckConstraint(name="alertevent_kind_known", condition=Q(kind__in=EventKind.values)),
            models.CheckConstraint(
                name="alertevent_acknowledged_by_someone",
                condition=~Q(kind__in=[EventKind.ACKNOWLEDGED, EventKind.SNOOZED]) | Q(by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.kind}"


class OutboxEntry(models.Model):
    """An event that is to be announced outside: written with the event, made into messages later (`Notification`)."""

    event = models.OneToOneField(AlertEvent, on_delete=models.PROTECT, primary_key=True, related_name="outbox")
    written_at = models.DateTimeField(db_default=Now())
    planned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        # what is not made into messages yet, in the order of the events; how old the oldest is
        indexes = [models.Index(name="outbox_waiting", fields=["event"], condition=Q(planned_at__isnull=True))]

    def __str__(self) -> str:
        return str(self.pk)


class LastExamination(models.Model):
    """What the rules say of a patient apart from alerts: what they could not judge, what broke; `at`: since when."""

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="last_examination", verbose_name=_("patient")
    )
    at = models.DateTimeField(_("time"))
    remarks = models.JSONField(_("remarks"), default=list)
    failed_rules = models.JSONField(_("rules that failed"), default=list)

    class Meta:
        verbose_name = _("last examination")
        verbose_name_plural = _("last examinations")

    def __str__(self) -> str:
        return str(self.pk)


class SweepRun(models.Model):
    """A completed sweep. Its age is the sign of life of the monitoring; rows older than a day are removed."""

    started_at = models.DateTimeField(_("started"))
    # indexed: the last sweep (banner, readiness, the state of the list) and those old enough to be removed
    finished_at = models.DateTimeField(_("finished"), db_index=True)
    evaluated = models.PositiveIntegerField(_("patients evaluated"), default=0)
    failed = models.PositiveIntegerField(_("patients failed"), default=0)
    waiting = models.PositiveIntegerField(_("patients still waiting"), default=0)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M:%S}"


class CanaryRun(models.Model):
    """Whether the invented course of a rule raised its alert. Its own row is all that a run leaves behind.

    `error`: why it did not: SILENT, RULE_FAILED, or the class of an error of the product, never the text of an error.
    `spoke_at`: when a canary of this rule last raised its alert, this run included. `newest`: of its rule.
    """

    SILENT, RULE_FAILED = "silent", "rule_failed"

    rule = models.CharField(_("rule"), max_length=40)
    rule_version = models.PositiveSmallIntegerField(_("version of the rule"))
    ran_at = models.DateTimeField(_("time"))
    fired = models.BooleanField(_("raised its alert"))
    seconds = models.DecimalField(_("seconds"), max_digits=9, decimal_places=3)
    error = models.CharField(_("why it did not"), max_length=100, blank=True, default="")
    spoke_at = models.DateTimeField(_("last raised its alert"), null=True, blank=True)
    newest = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("run of a canary")
        verbose_name_plural = _("runs of canaries")
        constraints = [
            # as an index it finds the newest run of each rule, for every page (`monitoring.canaries.silence`)
            models.UniqueConstraint(name="canaryrun_one_newest", fields=["rule"], condition=Q(newest=True)),
            models.CheckConstraint(
                name="canaryrun_silent_for_a_reason",
                condition=Q(fired=True, error="") | (Q(fired=False) & ~Q(error="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.ran_at:%Y-%m-%d %H:%M:%S}"
