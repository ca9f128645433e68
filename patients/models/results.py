"""Results: antibodies, measurements, HRCT reports, findings, histology."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.clinical.antibodies import ANSWERS
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.findings import DEVICES, FINDING_CHANGES
from patients.clinical.hrct_terms import CONSOLIDATIONS, HISTOLOGY_PATTERNS, HRCT_CHANGES, HRCT_PATTERNS
from patients.clinical.quantities import COMPARATORS
from patients.models.choices import choices_of
from patients.models.fact import Fact, flow_with_device, fraction, one_of
from patients.models.fields import ExactNumericField


class AntibodyResult(Fact):
    """A myositis-specific antibody. `code` is an entry of the catalogue."""

    KIND: ClassVar[str] = "antibody"

    code = models.CharField(_("antibody"), max_length=40)
    result = models.CharField(_("result"), max_length=20, choices=choices_of(ANSWERS))

    class Meta(Fact.Meta):
        verbose_name = _("antibody result")
        verbose_name_plural = _("antibody results")
        constraints = [
            *Fact.Meta.constraints,
            one_of("antibodyresult_result_known", "result", list(ANSWERS)),
            models.CheckConstraint(name="antibodyresult_coded", condition=~Q(code="")),
        ]


class Measurement(Fact):
    """A laboratory or bedside result; `on` is when the specimen was collected.

    `value` is in the catalogue's unit, exact, with `comparator` for censored results; `typed_value` and
    `typed_unit` are what was reported. A result that is no number ("haemolysed", "+") has no value, only text.
    `code` is an entry of the catalogue, so that a new measurement needs no migration.
    """

    KIND: ClassVar[str] = "measurement"

    code = models.CharField(_("measurement"), max_length=40)
    value = ExactNumericField(_("value"), null=True, blank=True)
    comparator = models.CharField(max_length=2, blank=True, default="")
    typed_value = models.CharField(_("value as reported"), max_length=100, blank=True, default="")
    typed_unit = models.CharField(_("unit as reported"), max_length=40, blank=True, default="")
    fio2 = ExactNumericField(_("FiO2"), null=True, blank=True)
    flow = ExactNumericField(_("oxygen flow (L/min)"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=20, choices=choices_of(DEVICES), blank=True, default="")
    name = models.CharField(_("name of another test"), max_length=100, blank=True, default="")
    route = models.CharField(_("route"), max_length=10, choices=choices_of(LEVEL_ROUTES), blank=True, default="")
    timing = models.CharField(_("timing"), max_length=20, choices=choices_of(TIMINGS), blank=True, default="")
    hours_since_dose = ExactNumericField(_("hours since the dose"), null=True, blank=True)
    kit = models.CharField(_("kit"), max_length=100, blank=True, default="")
    confirmed = models.BooleanField(_("confirmed by a person"), null=True, blank=True)
    resulted_at = models.DateTimeField(_("resulted"), null=True, blank=True)
    order_id = models.CharField(_("order"), max_length=100, blank=True, default="")
    specimen_id = models.CharField(_("specimen"), max_length=100, blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        constraints = [
            *Fact.Meta.constraints,
            # a result is the same result when source, order, specimen, analyte and time of collection are: whatever
            # identity a sender gives it, it is stored once. No read needs it
            models.UniqueConstraint(
                name="measurement_result_once",
                fields=["patient", "source", "order_id", "specimen_id", "code", "on", "version"],
                condition=~Q(order_id="") | ~Q(specimen_id=""),
            ),
            models.CheckConstraint(name="measurement_coded", condition=~Q(code="")),
            models.CheckConstraint(
                name="measurement_value_or_text", condition=Q(value__isnull=False) | ~Q(typed_value="")
            ),
            models.CheckConstraint(
                name="measurement_censored_has_value",
                condition=Q(comparator="") | Q(comparator__in=COMPARATORS, value__isnull=False),
            ),
            fraction("measurement_fio2_fraction"),
            flow_with_device("measurement_flow_through_device"),
            one_of("measurement_device_known", "device", list(DEVICES), blank=True),
            models.CheckConstraint(name="measurement_other_named", condition=~Q(code="other") | ~Q(name="")),
            one_of("measurement_route_known", "route", list(LEVEL_ROUTES), blank=True),
            one_of("measurement_timing_known", "timing", list(TIMINGS), blank=True),
            models.CheckConstraint(
                name="measurement_csa_interpretable",
                condition=~Q(code="csa") | Q(value__isnull=True) | (~Q(route="") & ~Q(timing="")),
            ),
            models.CheckConstraint(
                name="measurement_pao2_with_fio2",
                condition=~Q(code="pao2")
                | Q(value__isnull=True)
                | Q(fio2__isnull=False)
                | (Q(flow__isnull=False) & ~Q(device="")),
            ),
            models.CheckConstraint(
                name="measurement_hours_not_negative",
                condition=Q(hours_since_dose__isnull=True) | Q(hours_since_dose__gte=0),
            ),
        ]
        indexes = [
            # the last values of a test, newest first: every cell and sparkline of the ward list (`ward_series`), and
            # `latest_values`; the included columns answer without a visit to the table
            models.Index(
                "patient",
                "code",
                models.F("on").desc(),
                name="measurement_series",
                include=["value", "comparator", "known", "version", "status"],
            ),
            # what came since a visit: the ward list ("changed", `changes_since`), the round page, pages older than the
            # record (`news_since`), and the newest receipt in the word for the list's state (`ward_state`)
            models.Index(name="measurement_received", fields=["patient", "recorded_at"]),
        ]


class HrctReport(Fact):
    """A report of high-resolution CT. What it does not mention is unknown, not absent."""

    KIND: ClassVar[str] = "hrct"

    ggo = models.BooleanField(_("ground-glass opacity"), null=True, blank=True)
    consolidation = models.CharField(
        _("consolidation"), max_length=10, choices=choices_of(CONSOLIDATIONS), blank=True, default=""
    )
    reticular = models.BooleanField(_("reticular"), null=True, blank=True)
    intralobular_reticular = models.BooleanField(_("intralobular reticular"), null=True, blank=True)
    honeycombing = models.BooleanField(_("honeycombing"), null=True, blank=True)
    micronodules = models.BooleanField(_("micronodules"), null=True, blank=True)
    traction_bronchiectasis = models.BooleanField(_("traction bronchiectasis"), null=True, blank=True)
    pneumomediastinum = models.BooleanField(_("pneumomediastinum"), null=True, blank=True)
    pattern = models.CharField(_("pattern"), max_length=20, choices=choices_of(HRCT_PATTERNS), blank=True, default="")
    change = models.CharField(_("change"), max_length=10, choices=choices_of(HRCT_CHANGES), blank=True, default="")
    compared_with = models.DateField(_("compared with the scan of"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("HRCT report")
        verbose_name_plural = _("HRCT reports")
        constraints = [
            *Fact.Meta.constraints,
            one_of("hrctreport_consolidation_known", "consolidation", list(CONSOLIDATIONS), blank=True),
            one_of("hrctreport_pattern_known", "pattern", list(HRCT_PATTERNS), blank=True),
            one_of("hrctreport_change_known", "change", list(HRCT_CHANGES), blank=True),
        ]


class Finding(Fact):
    """A clinical finding. `code` is an entry of the catalogue; `present` empty is unknown."""

    KIND: ClassVar[str] = "finding"

    code = models.CharField(_("finding"), max_length=40)
    present = models.BooleanField(_("present"), null=True, blank=True)
    change = models.CharField(_("change"), max_length=10, choices=choices_of(FINDING_CHANGES), blank=True, default="")

    class Meta(Fact.Meta):
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            *Fact.Meta.constraints,
            one_of("finding_change_known", "change", list(FINDING_CHANGES), blank=True),
            models.CheckConstraint(name="finding_coded", condition=~Q(code="")),
        ]


class Histology(Fact):
    """The pattern of a lung biopsy."""

    KIND: ClassVar[str] = "histology"

    pattern = models.CharField(_("pattern"), max_length=10, choices=choices_of(HISTOLOGY_PATTERNS))

    class Meta(Fact.Meta):
        verbose_name = _("histology")
        verbose_name_plural = _("histology")
        constraints = [*Fact.Meta.constraints, one_of("histology_pattern_known", "pattern", list(HISTOLOGY_PATTERNS))]
