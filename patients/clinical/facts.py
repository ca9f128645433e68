"""The facts of a patient's course, as frozen values. Every kind of the case file has one class.

Common to all: `id` names the stored version (or the event of a file), `on` is the time the fact is about and `known`
the time it became known (both aware), `day` and `known_day` are their calendar days at the site.
`first_known` is when the first version of this fact became known (equal to `known` unless it is a correction).
None means unknown, never no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from patients.clinical.quantities import Quantity

ROOM_AIR = Decimal("0.21")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact carries. `corrected` is True when this version replaced an earlier one."""

    id: str
    on: datetime
    known: datetime
    day: date
    known_day: date
    first_known: datetime
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RespiratoryOnset(Fact):
    """First respiratory symptom of the current episode: the clock of "3 months"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Fact):
    """myositis: DM, PM, ADM, hypomyopathic_DM or CADM."""

    myositis: str
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Antibody(Fact):
    """code: anti_mda5, anti_ars (pooled), anti_jo1 ...; result: positive, negative or pending."""

    code: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Fact):
    """A numeric result in the catalogue's unit; status preliminary, final or corrected (cancelled ones never get here).

    fio2: fraction 0.21-1.0 (PaO2, SpO2); route iv|oral and timing pre_dose|trough|c2 (drug levels);
    hours_since_dose: hours; kit: the assay; typed: value and unit as they were reported ("58.1 mmHg", "<5 ng/mL").
    """

    code: str
    quantity: Quantity
    fio2: Decimal | None = None
    route: str | None = None
    timing: str | None = None
    hours_since_dose: Decimal | None = None
    kit: str | None = None
    status: str = "final"
    typed: str = ""

    @property
    def on_air(self) -> bool:
        """Taken on room air (FiO2 0.21)."""
        return self.fio2 == ROOM_AIR


@dataclass(frozen=True, slots=True, kw_only=True)
class Hrct(Fact):
    """An HRCT report. consolidation: lower, random, other, none; change: increased, unchanged, decreased, first."""

    ggo: bool | None = None
    consolidation: str | None = None
    reticular: bool | None = None
    honeycombing: bool | None = None
    pattern: str | None = None
    change: str | None = None
    compared_with: date | None = None
    intralobular_reticular: bool | None = None
    micronodules: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Fact):
    """A clinical finding; change: worse, unchanged, improved."""

    code: str
    present: bool | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Fact):
    """A course of a drug at one dose. `stop` is the last day given, masked (None) while it lies after `as_of`."""

    drug: str
    route: str | None = None
    dose: Decimal | None = None
    unit: str | None = None
    stop: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histology(Fact):
    """pattern: NSIP, DAD, UIP or OP."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Support(Fact):
    """Respiratory support. level: room_air, oxygen, high_flow, niv, ventilation, ecmo; fio2 a fraction."""

    level: str
    fio2: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Fact):
    """The clinician's judgement of improvement: improved, unchanged or worse."""

    improvement: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Fact):
    """A clinician's decision: on a step (T1-T4, observation; accepted or not), or that the course is chronic ("C").

    code: the kind of reason where a step is not followed (`patients.models.choices.OverrideReason`)."""

    step: str | None = None
    accepted: bool | None = None
    course: str | None = None
    reason: str = ""
    code: str | None = None


AnyFact = (
    RespiratoryOnset
    | Diagnosis
    | Antibody
    | Measurement
    | Hrct
    | Finding
    | Treatment
    | Histology
    | Support
    | Judgement
    | Decision
)

CLASS_OF: dict[str, type[Fact]] = {
    "respiratory_onset": RespiratoryOnset,
    "diagnosis": Diagnosis,
    "antibody": Antibody,
    "measurement": Measurement,
    "hrct": Hrct,
    "finding": Finding,
    "treatment": Treatment,
    "histology": Histology,
    "support": Support,
    "judgement": Judgement,
    "decision": Decision,
}
KIND_OF = {cls: kind for kind, cls in CLASS_OF.items()}
KINDS = tuple(CLASS_OF)  # as the case file names them, in the order in which a snapshot holds them
