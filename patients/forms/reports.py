"""Forms of reports: respiratory onset, diagnosis, antibodies, HRCT, histology."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.forms import BooleanField
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.hrct_terms import CONSOLIDATIONS, HISTOLOGY_PATTERNS, HRCT_CHANGES, HRCT_PATTERNS, SIGNS
from patients.forms.base import UNKNOWN, YES_NO, EntryForm, coded, day_field, truth_of
from patients.models.choices import choices_of


def only_the_month() -> BooleanField:
    """A tick beside a day: the day is not known, only its month; specification 12 (56)."""
    return BooleanField(label=_("only the month is known"), required=False)


class MonthForm(EntryForm):
    """A form whose day may be known to the month only: it is then the first of it."""

    def clean(self) -> dict[str, Any]:
        """The first day stands for the month."""
        data = super().clean() or {}
        if data.get("month_only") and data.get("day"):
            data["day"] = data["day"].replace(day=1)
        return data


class OnsetForm(MonthForm):
    """Day of respiratory onset."""

    title = _("Respiratory onset")
    short = _("Onset")
    right = "record_reports"
    says = ("day", "month_only")
    day = day_field(_("Day of the first respiratory symptom"))
    month_only = only_the_month()

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.RespiratoryOnset(**self.common(known), month=self.cleaned_data["month_only"] or None)


class DiagnosisForm(MonthForm):
    """Diagnosis of myositis."""

    title = _("Diagnosis")
    right = "record_reports"
    says = ("myositis", "provisional", "month_only")
    day = day_field(_("Day of the diagnosis"))
    myositis = coded(_("Diagnosis"), [("", "—"), *choices_of(DIAGNOSES)], required=True)
    provisional = BooleanField(label=_("provisional"), required=False)
    month_only = only_the_month()

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        yield f.Diagnosis(
            **self.common(known),
            myositis=data["myositis"],
            provisional=data["provisional"],
            month=data["month_only"] or None,
        )


class AntibodyForm(EntryForm):
    """Result of an antibody test."""

    title = _("Antibody")
    right = "record_reports"
    says = ("result",)
    day = day_field(_("Day of the sample"))
    code = coded(_("Antibody"), choices_of(ANTIBODIES), required=True)
    result = coded(_("Result"), [("", "—"), *choices_of(ANSWERS)], required=True)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Antibody(**self.common(known), code=self.cleaned_data["code"], result=self.cleaned_data["result"])


class HrctForm(EntryForm):
    """An HRCT report."""

    title = _("HRCT report")
    right = "record_reports"
    says = (*SIGNS, "consolidation", "pattern", "change", "compared_with")
    day = day_field(_("Day of the scan"))
    change = coded(_("Abnormalities against the scan before"), [UNKNOWN, *choices_of(HRCT_CHANGES)])
    compared_with = day_field(_("Day of the scan before"), required=False)
    ggo = coded(_("Ground-glass opacity"), YES_NO)
    consolidation = coded(_("Consolidation"), [UNKNOWN, *choices_of(CONSOLIDATIONS)])
    reticular = coded(_("Reticular opacities"), YES_NO)
    intralobular_reticular = coded(_("Intralobular reticular opacities"), YES_NO)
    honeycombing = coded(_("Honeycombing"), YES_NO)
    micronodules = coded(_("Micronodules"), YES_NO)
    traction_bronchiectasis = coded(_("Traction bronchiectasis"), YES_NO)
    pneumomediastinum = coded(_("Pneumomediastinum"), YES_NO)
    pattern = coded(_("Pattern"), [UNKNOWN, *choices_of(HRCT_PATTERNS)])

    def clean(self) -> dict[str, Any]:
        """A scan is compared with an earlier one."""
        data = super().clean() or {}
        if data.get("compared_with") and data.get("day") and data["compared_with"] >= data["day"]:
            self.add_error("compared_with", _("The scan before must be earlier."))
        return data

    def made(self, known: datetime) -> Iterator[f.Fact]:
        data = self.cleaned_data
        signs: dict[str, Any] = {name: truth_of(data[name]) for name in SIGNS}
        yield f.Hrct(
            **self.common(known),
            **signs,
            consolidation=data["consolidation"] or None,
            pattern=data["pattern"] or None,
            change=data["change"] or None,
            compared_with=data["compared_with"],
        )


class HistologyForm(EntryForm):
    """Histology of a lung biopsy."""

    title = _("Histology")
    right = "record_reports"
    day = day_field(_("Day of the biopsy"))
    pattern = coded(_("Pattern"), [("", "—"), *choices_of(HISTOLOGY_PATTERNS)], required=True)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Histology(**self.common(known), pattern=self.cleaned_data["pattern"])
