"""Forms of reports: respiratory onset, diagnosis, antibodies, HRCT, histology."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.forms import BooleanField
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.antibodies import ANTIBODIES
from patients.forms.base import UNKNOWN, YES_NO, EntryForm, coded, day_field, truth_of
from patients.models import choices
from patients.wording import code_name


class OnsetForm(EntryForm):
    """Day of respiratory onset."""

    title = _("Respiratory onset")
    short = _("Onset")
    right = "record_reports"
    day = day_field(_("Day of the first respiratory symptom"))

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.RespiratoryOnset(**self.common(known))


class DiagnosisForm(EntryForm):
    """Diagnosis of myositis."""

    title = _("Diagnosis")
    right = "record_reports"
    day = day_field(_("Day of the diagnosis"))
    myositis = coded(_("Diagnosis"), [("", "—"), *choices.Myositis.choices], required=True)
    provisional = BooleanField(label=_("provisional"), required=False)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        yield f.Diagnosis(**self.common(known), myositis=given["myositis"], provisional=given["provisional"])


class AntibodyForm(EntryForm):
    """Result of an antibody test."""

    title = _("Antibody")
    right = "record_reports"
    day = day_field(_("Day of the sample"))
    code = coded(_("Antibody"), [], required=True)
    result = coded(_("Result"), [("", "—"), *choices.AntibodyAnswer.choices], required=True)

    def prepare(self) -> None:
        self.fields["code"].choices = [(code, code_name(code)) for code in ANTIBODIES]  # type: ignore[attr-defined]

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Antibody(**self.common(known), code=self.cleaned_data["code"], result=self.cleaned_data["result"])


class HrctForm(EntryForm):
    """An HRCT report."""

    title = _("HRCT report")
    right = "record_reports"
    day = day_field(_("Day of the scan"))
    change = coded(_("Abnormalities against the scan before"), [UNKNOWN, *choices.HrctChange.choices])
    compared_with = day_field(_("Day of the scan before"), required=False)
    ggo = coded(_("Ground-glass opacity"), YES_NO)
    consolidation = coded(_("Consolidation"), [UNKNOWN, *choices.Consolidation.choices])
    reticular = coded(_("Reticular opacities"), YES_NO)
    intralobular_reticular = coded(_("Intralobular reticular opacities"), YES_NO)
    honeycombing = coded(_("Honeycombing"), YES_NO)
    micronodules = coded(_("Micronodules"), YES_NO)
    pattern = coded(_("Pattern"), [UNKNOWN, *choices.HrctPattern.choices])

    def clean(self) -> dict[str, Any]:
        """A scan is compared with an earlier one."""
        given = super().clean() or {}
        if given.get("compared_with") and given.get("day") and given["compared_with"] >= given["day"]:
            self.add_error("compared_with", _("The scan before must be earlier."))
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        given = self.cleaned_data
        names = ("ggo", "reticular", "intralobular_reticular", "honeycombing", "micronodules")
        signs: dict[str, Any] = {name: truth_of(given[name]) for name in names}
        yield f.Hrct(
            **self.common(known),
            **signs,
            consolidation=given["consolidation"] or None,
            pattern=given["pattern"] or None,
            change=given["change"] or None,
            compared_with=given["compared_with"],
        )


class HistologyForm(EntryForm):
    """Histology of a lung biopsy."""

    title = _("Histology")
    right = "record_reports"
    day = day_field(_("Day of the biopsy"))
    pattern = coded(_("Pattern"), [("", "—"), *choices.HistologyPattern.choices], required=True)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Histology(**self.common(known), pattern=self.cleaned_data["pattern"])
