"""The facts of a patient's course, as frozen values. Every kind of the case file has one class.

Common to all: `id` names the stored version (or the event of a file), `on` is the time the fact is about and `known`
the time it became known (both aware), `day` and `known_day` are their calendar days at the site.
`first_known` is when the first version of this fact became known (equal to `known` unless it is a correction).
None means unknown, never no.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from patients.clinical.oxygen_compared import on_air, on_oxygen
from patients.clinical.quantities import Quantity


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
    """First respiratory symptom of the current episode: the clock of "3 months". `month`: known to the month only.

    `on` of a fact known to the month is the first of it; `last_day` is the last day that it can mean."""

    month: bool | None = None

    @property
    def last_day(self) -> date:
        """The day, or the last day of the month where only that is known."""
        if not self.month:
            return self.day
        return self.day.replace(day=monthrange(self.day.year, self.day.month)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Fact):
    """myositis: DM, PM, ADM, hypomyopathic_DM, CADM or ASyS; `month`: known to the month only."""

    myositis: str
    provisional: bool = False
    month: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Antibody(Fact):
    """code: anti_mda5, anti_ars (pooled), anti_jo1 ...; result: a code of `antibodies.ANSWERS`."""

    code: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Fact):
    """A numeric result in the catalogue's unit; status preliminary, final or corrected (cancelled ones never get here).

    fio2: fraction 0.21-1.0, or flow (L/min) with the device it goes through (PaO2, SpO2); name: of a test outside the
    catalogue (code "other"); route iv|oral and timing pre_dose|trough|c2|continuous|during_infusion (drug levels);
    hours_since_dose: hours; kit: the assay; typed: value and unit as they were reported ("58.1 mmHg", "<5 ng/mL");
    confirmed: a person looked at a doubtful value and said that it is so.
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
    flow: Decimal | None = None
    device: str | None = None
    name: str | None = None
    confirmed: bool | None = None

    @property
    def on_air(self) -> bool:
        """Taken on room air: FiO2 0.21 or no flow, and no support (`oxygen_compared.on_air`)."""
        return on_air(self)

    @property
    def on_oxygen(self) -> bool:
        """Taken on added oxygen or support (`oxygen_compared.on_oxygen`)."""
        return on_oxygen(self)


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
    traction_bronchiectasis: bool | None = None
    pneumomediastinum: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Fact):
    """A clinical finding; change: worse, unchanged, improved."""

    code: str
    present: bool | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Fact):
    """A course of a drug at one dose. `stop` is the last day given, masked (None) while it lies after `as_of`.

    name: of a drug outside the catalogue (code "other"); indication: ild, myositis, other; planned: of a pulse, given
    by plan and not for worsening; target_*: the band of the order, in the unit of the drug's level, at its timing.
    """

    drug: str
    route: str | None = None
    dose: Decimal | None = None
    unit: str | None = None
    stop: date | None = None
    name: str | None = None
    indication: str | None = None
    planned: bool | None = None
    target_timing: str | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histology(Fact):
    """pattern: NSIP, DAD, UIP or OP."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Support(Fact):
    """Respiratory support. level: room_air, oxygen, high_flow, niv, ventilation, ecmo; fio2 a fraction, or flow
    (L/min) with its device."""

    level: str
    fio2: Decimal | None = None
    flow: Decimal | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Fact):
    """The clinician's judgement of improvement: improved, unchanged or worse.

    shown: the moment of the data that its author saw; None where nobody told."""

    improvement: str
    note: str = ""
    shown: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Fact):
    """A clinician's decision: on a step (T1-T4, observation; accepted or not), that the course is chronic ("C"), or
    that pneumocystis prophylaxis is not given.

    code: the kind of reason where a step is not followed (`findings.OVERRIDE_REASONS`). follows: the source of later
    evidence that is followed instead, as it was cited; with that kind of reason only. shown: the moment of the data
    that its author saw, which is what the decision is about; None where nobody told.
    prophylaxis_instead: what stands in the place of prophylaxis that is not given (`findings.PROPHYLAXIS_INSTEAD`)."""

    step: str | None = None
    accepted: bool | None = None
    course: str | None = None
    reason: str = ""
    code: str | None = None
    shown: datetime | None = None
    prophylaxis_instead: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalAdmission(Fact):
    """The patient came into the hospital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge(Fact):
    """The patient left the hospital or its ward. to: home, other_ward, other_hospital."""

    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Fact):
    """What ended or changed the care for good. what: death, lung_transplant, transferred, care_ended.

    cause of death: respiratory_failure, infection, other, unknown."""

    what: str
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Fact):
    """A stored entry that cannot be read: a time out of bounds, a number that is none, a code without its catalogue.

    No kind of fact, and nothing is worked out from it; `kind` names the one that it was stored as. Where its own times
    cannot be read, `on` and `known` only give it a place.
    """

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutValue(Fact):
    """A result without a value. code: of the test; why: a code of `absence.ABSENT`, or the words of the laboratory.

    No kind of fact, and no value for any rule: it tells no more than that the test has to be done again.
    """

    code: str
    why: str


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
    "admission": HospitalAdmission,
    "discharge": Discharge,
    "outcome": Outcome,
}
KIND_OF = {cls: kind for kind, cls in CLASS_OF.items()}
KINDS = tuple(CLASS_OF)  # as the case file names them, in the order in which a snapshot holds them
