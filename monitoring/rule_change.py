"""What people change of the rules: proposed by one, tried beside the rules in force, put in force by another."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.clinical.snapshot import RuleChoices, Settings
from patients.models import Patient
from patients.models.site import clinical_choices, rule_choices


class ChangeState(models.TextChoices):
    """How far a change of the rules has come."""

    PROPOSED = "proposed", _("proposed")
    SHADOW = "shadow", _("on trial: judged beside the rules in force, told to nobody")
    LIVE = "live", _("in force")
    REPLACED = "replaced", _("was in force")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN = (ChangeState.PROPOSED, ChangeState.SHADOW)


class RuleChange(models.Model):
    """A version of what the site has chosen: all numbers that differ from the specification's, all rules switched off.

    site: other choices of the site (`SITE_CHOICES`), all of them; {} where the change leaves them as they are.
    site_before: what they were when it was put in force.
    effect: what the last 90 days would have been like with it, beside the rules in force (`ildcare.evaluation.effect`).
    former: the version that it replaced when it was put in force.
    """

    state = models.CharField(_("state"), max_length=10, choices=ChangeState, default=ChangeState.PROPOSED)
    values = models.JSONField(_("numbers of rules"), default=dict)
    off = models.JSONField(_("rules that are switched off"), default=list)
    site = models.JSONField(_("choices of the site"), default=dict)
    site_before = models.JSONField(_("choices of the site before it"), default=dict)
    reason = models.TextField(_("reason"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    effect = models.JSONField(_("effect on the last 90 days"), null=True, blank=True)
    effect_at = models.DateTimeField(_("effect worked out"), null=True, blank=True)
    shadow_at = models.DateTimeField(_("on trial since"), null=True, blank=True)
    shadow_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    trial_failures = models.PositiveIntegerField(_("evaluations that broke by the rules on trial"), default=0)
    live_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    live_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    former = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    returns = models.BooleanField(_("goes back to the version before"), default=False)

    class Meta:
        verbose_name = _("change of the rules")
        verbose_name_plural = _("changes of the rules")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="rulechange_state_known", condition=Q(state__in=ChangeState.values)),
            # one in force, one open: what a second person looks at is measured against what is in force
            models.UniqueConstraint(name="rulechange_one_live", fields=["state"], condition=Q(state="live")),
            models.UniqueConstraint(
                models.Value(1), name="rulechange_one_open", condition=Q(state__in=["proposed", "shadow"])
            ),
            models.CheckConstraint(
                name="rulechange_live_by_another",  # but for going back to what two people had put in force before
                condition=Q(live_by=None) | ~Q(live_by=F("proposed_by")) | Q(returns=True),
            ),
            models.CheckConstraint(
                name="rulechange_shadow_by_another", condition=Q(shadow_by=None) | ~Q(shadow_by=F("proposed_by"))
            ),
            models.CheckConstraint(name="rulechange_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def choices(self) -> RuleChoices:
        """As rules read it."""
        return rule_choices(self.values, self.off)

    def settings_from(self, site: Settings) -> Settings:
        """What evaluations depend on, at this site with the change."""
        return replace(site, rules=self.choices, **clinical_choices(self.site))


class ShadowDifference(models.Model):
    """What rules on trial told of a patient otherwise than those in force: more, less, graver or milder; since when,
    and until when."""

    change = models.ForeignKey(RuleChange, on_delete=models.PROTECT, related_name="differences")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", verbose_name=_("patient"))
    rule = models.CharField(_("rule"), max_length=60)
    subject = models.CharField(_("subject"), max_length=60, blank=True, default="")
    live_severity = models.PositiveSmallIntegerField(_("severity by the rules in force"), null=True, blank=True)
    severity = models.PositiveSmallIntegerField(_("severity on trial"), null=True, blank=True)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference of rules on trial")
        verbose_name_plural = _("differences of rules on trial")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="shadowdifference_one_open",
                fields=["change", "patient", "rule", "subject"],
                condition=Q(until=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} {self.rule}"
