"""Tables of the ground floor: people, records, append-only facts, the round, and what the background job still owes."""

from patients.models.audit_log import AuditEntry
from patients.models.courses import (
    Decision,
    Diagnosis,
    Judgement,
    MedicationCourse,
    RespiratoryOnset,
    RespiratorySupport,
)
from patients.models.fact import Fact, FactQuerySet, Status
from patients.models.fields import ExactNumericField
from patients.models.people import Language, Role, User, Ward, WardMembership
from patients.models.records import Admission, Patient, PatientQuerySet, Sex
from patients.models.results import AntibodyResult, Finding, Histology, HrctReport, Measurement
from patients.models.rounds import CareTask, JudgementOwner, Outcome, RoundDraft, RoundVisit, SavedView, WardRound
from patients.models.site import EvaluationMark, NonceUse, SiteSettings

# the table of every kind of fact, in the order of `patients.clinical.facts.KINDS`
FACT_TABLES: dict[str, type[Fact]] = {
    "respiratory_onset": RespiratoryOnset,
    "diagnosis": Diagnosis,
    "antibody": AntibodyResult,
    "measurement": Measurement,
    "hrct": HrctReport,
    "finding": Finding,
    "treatment": MedicationCourse,
    "histology": Histology,
    "support": RespiratorySupport,
    "judgement": Judgement,
    "decision": Decision,
}

__all__ = [
    "FACT_TABLES",
    "Admission",
    "AntibodyResult",
    "AuditEntry",
    "CareTask",
    "Decision",
    "Diagnosis",
    "EvaluationMark",
    "ExactNumericField",
    "Fact",
    "FactQuerySet",
    "Finding",
    "Histology",
    "HrctReport",
    "Judgement",
    "JudgementOwner",
    "Language",
    "Measurement",
    "MedicationCourse",
    "NonceUse",
    "Outcome",
    "Patient",
    "PatientQuerySet",
    "RespiratoryOnset",
    "RespiratorySupport",
    "Role",
    "RoundDraft",
    "RoundVisit",
    "SavedView",
    "Sex",
    "SiteSettings",
    "Status",
    "User",
    "Ward",
    "WardMembership",
    "WardRound",
]
