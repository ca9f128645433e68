"""Entry forms: each makes facts of what a clinician typed. Times are the site's; every form carries its context."""

from __future__ import annotations

from patients.forms.base import DateInput, EntryForm
from patients.forms.bedside import DecisionForm, FindingForm, JudgementForm, SupportForm, TreatmentForm
from patients.forms.reports import AntibodyForm, DiagnosisForm, HistologyForm, HrctForm, OnsetForm
from patients.forms.results import MeasurementsForm

__all__ = ["FORMS", "DateInput", "EntryForm", "MeasurementsForm"]

FORMS: dict[str, type[EntryForm]] = {
    "results": MeasurementsForm,
    "finding": FindingForm,
    "hrct": HrctForm,
    "treatment": TreatmentForm,
    "judgement": JudgementForm,
    "decision": DecisionForm,
    "antibody": AntibodyForm,
    "diagnosis": DiagnosisForm,
    "onset": OnsetForm,
    "support": SupportForm,
    "histology": HistologyForm,
}
