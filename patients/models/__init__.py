"""Tables of the ground floor: people, records, append-only facts, the round, and what the background job still owes."""

from patients.models.audit_log import AuditEntry
from patients.models.courses import (
    CareOutcome,
    Decision,
    Diagnosis,
    Discharge,
    HospitalAdmission,
    Judgement,
    MedicationCourse,
    RespiratoryOnset,
    RespiratorySupport,
)
from patients.models.deliveries import (
    ASKING,
    MACHINE,
    CodeMeaning,
    DeliveredFact,
    Message,
    MessagePart,
    PartQuerySet,
    PartState,
    Question,
    Source,
    WaitingResult,
    standing_meanings,
)
from patients.models.fact import Fact, FactQuerySet, Status, standing_row
from patients.models.fields import ExactNumericField
from patients.models.identity import IdentityChange, MergedEntry, RecordMerge
from patients.models.machines import USE_NOTED_EVERY, AccessToken, Scope
from patients.models.people import Language, Role, User, Ward, WardMembership
from patients.models.records import Admission, Patient, PatientQuerySet, SearchEntry
from patients.models.results import AntibodyResult, Finding, Histology, HrctReport, Measurement
from patients.models.rounds import (
    CareTask,
    JudgementOwner,
    Outcome,
    RoundDraft,
    RoundVisit,
    SavedView,
    VisitTakenBack,
    WardRound,
)
from patients.models.sheets import SheetDraft
from patients.models.site import EvaluationMark, NonceUse, SiteSettings
from patients.models.stays import Bed, Responsibility, ResponsibilityKind, StayEvent, StayStep

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
    "admission": HospitalAdmission,
    "discharge": Discharge,
    "outcome": CareOutcome,
}

__all__ = [
    "ASKING",
    "FACT_TABLES",
    "MACHINE",
    "USE_NOTED_EVERY",
    "AccessToken",
    "Admission",
    "AntibodyResult",
    "AuditEntry",
    "Bed",
    "CareOutcome",
    "CareTask",
    "CodeMeaning",
    "Decision",
    "DeliveredFact",
    "Diagnosis",
    "Discharge",
    "EvaluationMark",
    "ExactNumericField",
    "Fact",
    "FactQuerySet",
    "Finding",
    "Histology",
    "HospitalAdmission",
    "HrctReport",
    "IdentityChange",
    "Judgement",
    "JudgementOwner",
    "Language",
    "Measurement",
    "MedicationCourse",
    "MergedEntry",
    "Message",
    "MessagePart",
    "NonceUse",
    "Outcome",
    "PartQuerySet",
    "PartState",
    "Patient",
    "PatientQuerySet",
    "Question",
    "RecordMerge",
    "RespiratoryOnset",
    "RespiratorySupport",
    "Responsibility",
    "ResponsibilityKind",
    "Role",
    "RoundDraft",
    "RoundVisit",
    "SavedView",
    "Scope",
    "SearchEntry",
    "SheetDraft",
    "SiteSettings",
    "Source",
    "Status",
    "StayEvent",
    "StayStep",
    "User",
    "VisitTakenBack",
    "WaitingResult",
    "Ward",
    "WardMembership",
    "WardRound",
    "standing_meanings",
    "standing_row",
]
