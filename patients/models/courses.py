"""The course: onset, diagnosis, treatment, respiratory support, judgements and decisions of clinicians."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models.choices import DecidedCourse, Improvement, Myositis, OverrideReason, Step, SupportLevel
from patients.models.fact import Fact, fraction, one_of
from patients.models.fields import ExactNumericField


class RespiratoryOnset(Fact):
    """First respiratory symptom of the current episode."""

    KIND: ClassVar[str] = "respiratory_onset"

    class Meta(Fact.Meta):
        verbose_name = _("respiratory onset")
        verbose_name_plural = _("respiratory onsets")


class Diagnosis(Fact):
    """The diagnosis of myositis; provisional while it awaits time or a biopsy."""

    KIND: ClassVar[str] = "diagnosis"

    myositis = models.CharField(_("myositis"), max_length=20, choices=Myositis)
    provisional = models.BooleanField(_("provisional"), default=False)

    class Meta(Fact.Meta):
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        constraints = [*Fact.Meta.constraints, one_of("diagnosis_myositis_known", "myositis", Myositis.values)]


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

    class Meta(Fact.Meta):
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(name="medicationcourse_coded", condition=~Q(drug="")),
            models.CheckConstraint(
                name="medicationcourse_dose_positive", condition=Q(dose__isnull=True) | Q(dose__gt=0)
            ),
        ]


class RespiratorySupport(Fact):
    """Respiratory support from `on` until the next entry. `fio2` is a fraction."""

    KIND: ClassVar[str] = "support"

    level = models.CharField(_("level"), max_length=20, choices=SupportLevel)
    fio2 = ExactNumericField(_("FiO2"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("respiratory support")
        verbose_name_plural = _("respiratory support")
        constraints = [
            *Fact.Meta.constraints,
            one_of("respiratorysupport_level_known", "level", SupportLevel.values),
            fraction("respiratorysupport_fio2_fraction"),
        ]


class Judgement(Fact):
    """A clinician's judgement of improvement."""

    KIND: ClassVar[str] = "judgement"

    improvement = models.CharField(_("improvement"), max_length=10, choices=Improvement)
    note = models.TextField(_("note"), blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("judgement")
        verbose_name_plural = _("judgements")
        constraints = [*Fact.Meta.constraints, one_of("judgement_improvement_known", "improvement", Improvement.values)]


class Decision(Fact):
    """A clinician's decision with its reason: about a step (accepted or not), or that the course is chronic."""

    KIND: ClassVar[str] = "decision"

    step = models.CharField(_("step"), max_length=20, choices=Step, blank=True, default="")
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    course = models.CharField(_("course"), max_length=5, choices=DecidedCourse, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    code = models.CharField(_("kind of reason"), max_length=20, choices=OverrideReason, blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            *Fact.Meta.constraints,
            one_of("decision_step_known", "step", Step.values, blank=True),
            one_of("decision_course_known", "course", DecidedCourse.values, blank=True),
            one_of("decision_code_known", "code", OverrideReason.values, blank=True),
            models.CheckConstraint(
                name="decision_code_of_an_override", condition=Q(code="") | Q(accepted=False, accepted__isnull=False)
            ),
            models.CheckConstraint(name="decision_about_something", condition=~Q(step="") | ~Q(course="")),
        ]
