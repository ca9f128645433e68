"""What a site can change, what the background job still owes, and which forms were already sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from patients.clinical import snapshot
from patients.models.fields import ExactNumericField
from patients.models.people import Role
from patients.models.records import Patient

# choices of a site that bear on what is said of patients: two people change them (`monitoring.changing_rules`)
CLINICAL_CHOICES = ("hypomyopathic_counts_as_adm", "bilirubin_upper_limit", "mda5_kit", "chart")
SITE_CHOICES = (
    *CLINICAL_CHOICES,
    *("escalation_minutes", "escalation_role", "snooze_critical_hours", "snooze_warning_hours"),
)
SNOOZE_BOUNDS = {"snooze_critical_hours": (1, 12), "snooze_warning_hours": (1, 72)}  # [J] hours, both included


class SiteSettings(models.Model):
    """The one row of choices that a site makes ([J] readings of the specification); absent means the defaults."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    hypomyopathic_counts_as_adm = models.BooleanField(_("hypomyopathic DM counts as ADM"), default=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Tokyo")
    bilirubin_upper_limit = ExactNumericField(_("upper limit of bilirubin (mg/dL)"), default=Decimal("1.5"))
    mda5_kit = models.CharField(_("kit of anti-MDA5 titres that name none"), max_length=60, blank=True, default="")
    chart = models.CharField(_("flowchart in use"), max_length=60, blank=True, default="")
    # [J] a year: the longest look back of a page, and of who is registered late; nothing for ever (decision 0083)
    keep_sent_days = models.PositiveIntegerField(
        _("days for which messages and tables are kept as they came (empty: for ever)"),
        null=True,
        blank=True,
        default=365,
    )
    escalation_minutes = models.PositiveSmallIntegerField(
        _("minutes until a critical alert that nobody acknowledged is passed on (0: never)"), default=60
    )
    escalation_role = models.CharField(
        _("to whom it is passed on"), max_length=20, choices=Role, default=Role.SENIOR.value
    )
    snooze_critical_hours = models.PositiveSmallIntegerField(
        _("hours for which a critical alert can wait at most"), default=4
    )
    snooze_warning_hours = models.PositiveSmallIntegerField(
        _("hours for which another alert can wait at most"), default=24
    )
    # [J] both of what is looked at afterwards (`ildcare.review`)
    review_after_minutes = models.PositiveSmallIntegerField(
        _("minutes after which a critical card without an answer is a case to review (empty: when it is passed on)"),
        null=True,
        blank=True,
    )
    review_sample = models.PositiveSmallIntegerField(
        _("patients of a month who are drawn at random to be reviewed"), default=3
    )
    # what two people chose of the rules (`monitoring.changing_rules`): numbers by their codes, and rules switched off
    rule_values = models.JSONField(_("numbers of rules"), default=dict, editable=False)
    rules_off = models.JSONField(_("rules that are switched off"), default=list, editable=False)
    # {"change": its number, "values": ..., "off": ..., "site": ...}: judged beside those in force and told to nobody;
    # null: none is
    rules_on_trial = models.JSONField(_("rules on trial"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")
        constraints = [
            models.CheckConstraint(name="sitesettings_one_row", condition=Q(id=1)),
            models.CheckConstraint(name="sitesettings_bilirubin_positive", condition=Q(bilirubin_upper_limit__gt=0)),
            models.CheckConstraint(
                name="sitesettings_snooze_bounded",
                condition=Q(snooze_critical_hours__range=(1, 12)) & Q(snooze_warning_hours__range=(1, 72)),
            ),
            models.CheckConstraint(
                name="sitesettings_keeps_long_enough", condition=Q(keep_sent_days=None) | Q(keep_sent_days__gte=30)
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> SiteSettings:
        """The stored row, or the defaults where a site has never changed anything."""
        rows = cls.objects.raw(f"SELECT * FROM {cls._meta.db_table} WHERE id = 1")  # noqa: S608 - the same text always
        return next(iter(rows), None) or cls(time_zone=settings.TIME_ZONE)

    def as_clinical(self) -> snapshot.Settings:
        """The part that clinical arithmetic depends on."""
        return snapshot.Settings(
            hypomyopathic_counts_as_adm=self.hypomyopathic_counts_as_adm,
            bilirubin_upper_limit=str(self.bilirubin_upper_limit),
            mda5_kit=self.mda5_kit,
            chart=self.chart,
            rules=self.rule_choices,
        )

    @property
    def choices(self) -> dict[str, bool | int | str]:
        """What two people may change, by name, as it is stored with a change of the rules."""
        held = {x: getattr(self, x) for x in SITE_CHOICES}
        return {x: str(value) if isinstance(value, Decimal) else value for x, value in held.items()}

    @cached_property
    def rule_choices(self) -> snapshot.RuleChoices:
        """What two people chose of the rules; the same object for every snapshot of one reading."""
        return rule_choices(self.rule_values, self.rules_off)


def rule_choices(values: Mapping[str, str], off: Iterable[str]) -> snapshot.RuleChoices:
    """Choices of rules as they are stored: numbers as text by their codes, and codes of rules switched off."""
    return snapshot.RuleChoices(
        values=tuple((code, Decimal(x)) for code, x in sorted(values.items())), off=frozenset(off)
    )


def choice_name(choice: str) -> str:
    """What a choice of the site is called, in the reader's language."""
    field: Any = SiteSettings._meta.get_field(choice)
    return capfirst(str(field.verbose_name))


def clinical_choices(site: Mapping[str, Any]) -> dict[str, Any]:
    """Of the choices of a change those that clinical arithmetic depends on, as `snapshot.Settings` names them."""
    return {x: value for x, value in site.items() if x in CLINICAL_CHOICES}


class EvaluationMark(models.Model):
    """What is owed to a patient: rows, not messages, say who needs evaluation, so a dead broker loses nothing.

    `needed_since` is set by every change and cleared by the sweep, provided that `requested_count` is still the one it
    started from; `next_due_at` is when time alone changes the answer.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="evaluation_mark", verbose_name=_("patient")
    )
    needed_since = models.DateTimeField(null=True, blank=True)
    requested_count = models.PositiveBigIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error_class = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("evaluation mark")
        verbose_name_plural = _("evaluation marks")
        indexes = [
            # each sweep asks who needs evaluation, oldest first: mostly nobody, so it stays tiny
            models.Index(name="evaluation_needed", fields=["needed_since"], condition=Q(needed_since__isnull=False)),
            # those that keep failing: every page and the readiness count them, mostly none
            models.Index(name="evaluation_failing", fields=["failures"], condition=Q(failures__gt=0)),
            # and whose time has come
            models.Index(name="evaluation_due", fields=["next_due_at"], condition=Q(next_due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NonceUse(models.Model):
    """A form that was sent: the same form sent again is answered with `result` and changes nothing."""

    # unique: of two sendings of one form at the same moment the second waits for the first (`once`)
    nonce = models.CharField(max_length=64, unique=True)
    # not indexed: a form is only ever looked for by its nonce
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    result = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("used form")
        verbose_name_plural = _("used forms")
        # for removing what is older than any session; nothing removes them yet
        indexes = [models.Index(name="nonce_age", fields=["used_at"])]

    def __str__(self) -> str:
        return self.nonce
