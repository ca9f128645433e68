"""Entry forms: each makes facts of what a clinician typed. Times are the site's; every form carries its context."""

from __future__ import annotations

from patients.forms.base import EntryForm
from patients.forms.bedside import DecisionForm, FindingForm, JudgementForm, NoProphylaxisForm, SupportForm
from patients.forms.first_facts import FirstFactsForm
from patients.forms.medication import MedicationForm
from patients.forms.other_tests import OtherTestForm
from patients.forms.plans import CyclesForm, TaperForm
from patients.forms.reports import AntibodyForm, DiagnosisForm, HistologyForm, HrctForm, OnsetForm
from patients.forms.results import MeasurementsForm
from patients.forms.treatments import TreatmentForm

__all__ = ["FORMS", "EntryForm", "MeasurementsForm"]

FORMS: dict[str, type[EntryForm]] = {
    "results": MeasurementsForm,
    "finding": FindingForm,
    "hrct": HrctForm,
    "treatment": TreatmentForm,
    "judgement": JudgementForm,
    "decision": DecisionForm,
    "no_prophylaxis": NoProphylaxisForm,
    "antibody": AntibodyForm,
    "diagnosis": DiagnosisForm,
    "onset": OnsetForm,
    "support": SupportForm,
    "histology": HistologyForm,
    "other_test": OtherTestForm,
    "first_facts": FirstFactsForm,
    "medication": MedicationForm,
    "taper": TaperForm,
    "cycles": CyclesForm,
}
