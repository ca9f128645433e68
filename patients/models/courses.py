"""The course: onset, diagnosis, treatment, respiratory support, judgements and decisions of clinicians."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import INDICATIONS, TIMINGS
from patients.clinical.findings import (
    DECIDED_COURSES,
    DEVICES,
    IMPROVEMENTS,
    LATER_EVIDENCE,
    LONGEST_SOURCE,
    OVERRIDE_REASONS,
    PROPHYLAXIS_INSTEAD,
    STEPS,
    SUPPORT_LEVELS,
)
from patients.clinical.stays import CAUSES_OF_DEATH, DESTINATIONS, OUTCOMES
from patients.models.choices import choices_of
from patients.models.fact import Fact, flow_with_device, fraction, one_of
from patients.models.fields import ExactNumericField


class RespiratoryOnset(Fact):
    """First respiratory symptom of the current episode."""

    KIND: ClassVar[str] = "respiratory_onset"

    month = models.BooleanField(_("known to the month"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("respiratory onset")
        verbose_name_plural = _("respiratory onsets")


class Diagnosis(Fact):
    """The diagnosis of myositis; provisional while it awaits time or a biopsy."""

    KIND: ClassVar[str] = "diagnosis"

    myositis = models.CharField(_("myositis"), max_length=20, choices=choices_of(DIAGNOSES))
    provisional = models.BooleanField(_("provisional"), default=False)
    month = models.BooleanField(_("known to the month"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        constraints = [*Fact.Meta.constraints, one_of("diagnosis_myositis_known", "myositis", list(DIAGNOSES))]


class MedicationCourse(Fact):
    """A drug at one dose from `on` to the last day given, `stop`. A later stop is a new version.

    `drug` is an entry of the catalogue; the dose is in `unit`.
    """

    KIND: ClassVar[str] = "treatment"

    drug = models.CharField(_("drug"), max_length=40)
    route = models.CharField(_("route"), max_length=20, blank=True, default="")
    dose = ExactNumericField(_("dose"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    stop = models.DateField(_("last day given"), null=True, blank=True)
    name = models.CharField(_("name of another drug"), max_length=100, blank=True, default="")
    indication = models.CharField(
        _("given for"), max_length=10, choices=choices_of(INDICATIONS), blank=True, default=""
    )
    planned = models.BooleanField(_("planned"), null=True, blank=True)
    target_timing = models.CharField(
        _("time of the target level"), max_length=20, choices=choices_of(TIMINGS), blank=True, default=""
    )
    target_low = ExactNumericField(_("target level from"), null=True, blank=True)
    target_high = ExactNumericField(_("target level up to"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(name="medicationcourse_coded", condition=~Q(drug="")),
            models.CheckConstraint(
                name="medicationcourse_dose_positive", condition=Q(dose__isnull=True) | Q(dose__gt=0)
            ),
            models.CheckConstraint(name="medicationcourse_other_named", condition=~Q(drug="other") | ~Q(name="")),
            one_of("medicationcourse_indication_known", "indication", list(INDICATIONS), blank=True),
            one_of("medicationcourse_target_timing_known", "target_timing", list(TIMINGS), blank=True),
            models.CheckConstraint(
                name="medicationcourse_target_upright",
                condition=Q(target_low__isnull=True, target_high__isnull=True)
                | (
                    Q(target_low__isnull=False, target_high__isnull=False)
                    & Q(target_low__gte=0, target_low__lt=F("target_high"))
                    & ~Q(target_timing="")
                ),
            ),
        ]


class RespiratorySupport(Fact):
    """Respiratory support from `on` until the next entry. `fio2` is a fraction."""

    KIND: ClassVar[str] = "support"

    level = models.CharField(_("level"), max_length=20, choices=choices_of(SUPPORT_LEVELS))
    fio2 = ExactNumericField(_("FiO2"), null=True, blank=True)
    flow = ExactNumericField(_("oxygen flow (L/min)"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=20, choices=choices_of(DEVICES), blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("respiratory support")
        verbose_name_plural = _("respiratory support")
        constraints = [
            *Fact.Meta.constraints,
            one_of("respiratorysupport_level_known", "level", list(SUPPORT_LEVELS)),
            fraction("respiratorysupport_fio2_fraction"),
            flow_with_device("respiratorysupport_flow_through_device"),
            one_of("respiratorysupport_device_known", "device", list(DEVICES), blank=True),
        ]


class Judgement(Fact):
    """A clinician's judgement of improvement."""

    KIND: ClassVar[str] = "judgement"

    improvement = models.CharField(_("improvement"), max_length=10, choices=choices_of(IMPROVEMENTS))
    note = models.TextField(_("note"), blank=True, default="")
    shown = models.DateTimeField(_("data as of"), null=True, blank=True, editable=False)  # what its author saw

    class Meta(Fact.Meta):
        verbose_name = _("judgement")
        verbose_name_plural = _("judgements")
        constraints = [
            *Fact.Meta.constraints,
            one_of("judgement_improvement_known", "improvement", list(IMPROVEMENTS)),
            models.CheckConstraint(
                name="judgement_after_its_data", condition=Q(shown__isnull=True) | Q(known__gte=F("shown"))
            ),
        ]


class Decision(Fact):
    """A clinician's decision with its reason: about a step (accepted or not), that the course is chronic, or that
    pneumocystis prophylaxis is not given; then what stands in its place."""

    KIND: ClassVar[str] = "decision"

    step = models.CharField(_("step"), max_length=20, choices=choices_of(STEPS), blank=True, default="")
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    course = models.CharField(_("course"), max_length=5, choices=choices_of(DECIDED_COURSES), blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    code = models.CharField(
        _("kind of reason"), max_length=20, choices=choices_of(OVERRIDE_REASONS), blank=True, default=""
    )
    shown = models.DateTimeField(_("data as of"), null=True, blank=True, editable=False)  # what its author saw
    prophylaxis_instead = models.CharField(
        _("instead of prophylaxis"),
        max_length=20,
        choices=choices_of(PROPHYLAXIS_INSTEAD),
        blank=True,
        default="",
        db_default="",
    )
    follows = models.CharField(
        _("source that is followed instead"), max_length=LONGEST_SOURCE, blank=True, default="", db_default=""
    )

    class Meta(Fact.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            *Fact.Meta.constraints,
            one_of("decision_step_known", "step", list(STEPS), blank=True),
            one_of("decision_course_known", "course", list(DECIDED_COURSES), blank=True),
            one_of("decision_code_known", "code", list(OVERRIDE_REASONS), blank=True),
            models.CheckConstraint(
                name="decision_code_of_an_override", condition=Q(code="") | Q(accepted=False, accepted__isnull=False)
            ),
            models.CheckConstraint(
                name="decision_follows_with_its_code", condition=Q(follows="") | Q(code=LATER_EVIDENCE)
            ),
            models.CheckConstraint(
                name="decision_about_something",
                condition=~Q(step="") | ~Q(course="") | ~Q(prophylaxis_instead=""),
            ),
            one_of("decision_prophylaxis_instead_known", "prophylaxis_instead", list(PROPHYLAXIS_INSTEAD), blank=True),
            models.CheckConstraint(
                name="decision_without_prophylaxis_has_its_reason",
                condition=Q(prophylaxis_instead="") | (Q(step="", course="", code="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="decision_after_its_data", condition=Q(shown__isnull=True) | Q(known__gte=F("shown"))
            ),
        ]


class HospitalAdmission(Fact):
    """The patient came into the hospital (specification 13 (87)); where he lies is `Admission`."""

    KIND: ClassVar[str] = "admission"

    class Meta(Fact.Meta):
        verbose_name = _("admission to hospital")
        verbose_name_plural = _("admissions to hospital")


class Discharge(Fact):
    """The patient left: `to` home, another ward or another hospital."""

    KIND: ClassVar[str] = "discharge"

    to = models.CharField(_("to"), max_length=20, choices=choices_of(DESTINATIONS), blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("discharge")
        verbose_name_plural = _("discharges")
        constraints = [*Fact.Meta.constraints, one_of("discharge_to_known", "to", list(DESTINATIONS), blank=True)]


class CareOutcome(Fact):
    """What ended or changed the care for good; a death with its cause."""

    KIND: ClassVar[str] = "outcome"

    what = models.CharField(_("outcome"), max_length=20, choices=choices_of(OUTCOMES))
    cause = models.CharField(
        _("cause of death"), max_length=20, choices=choices_of(CAUSES_OF_DEATH), blank=True, default=""
    )

    class Meta(Fact.Meta):
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [
            *Fact.Meta.constraints,
            one_of("careoutcome_what_known", "what", list(OUTCOMES)),
            one_of("careoutcome_cause_known", "cause", list(CAUSES_OF_DEATH), blank=True),
            models.CheckConstraint(name="careoutcome_cause_of_death", condition=Q(cause="") | Q(what="death")),
        ]
