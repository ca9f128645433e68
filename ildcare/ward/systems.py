"""Five systems of a patient at a glance: infection, kidney, liver, blood, drug. Pure.

A mark is derived from the open alerts of the system's rules and from which of its tests were done, and from nothing
else. A ring says that somebody looked and nothing was found: without a result behind it there is none, and the mark is
the dashed question mark of what is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitoring.engine import Severity
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.vocabulary import short_term

LOOKED_DAYS = 28  # [J] an older result says nothing of today


class System(StrEnum):
    """What a mark is about, in the order in which they stand."""

    INFECTION = "infection"
    KIDNEY = "kidney"
    LIVER = "liver"
    BLOOD = "blood"
    DRUG = "drug"


class MarkStyle(StrEnum):
    """The look of a mark."""

    CRITICAL = "critical"  # triangle
    WARNING = "warning"  # diamond
    UNKNOWN = "unknown"  # dashed question mark
    CLEAR = "clear"  # ring
    NONE = "none"  # dash: there is nothing to look for


NAMES = {
    System.INFECTION: _("infection"),
    System.KIDNEY: _("kidney"),
    System.LIVER: _("liver"),
    System.BLOOD: _("blood"),
    System.DRUG: _("drug"),
}
SHORT = {
    System.INFECTION: _("Inf"),
    System.KIDNEY: _("Kid"),
    System.LIVER: _("Liv"),
    System.BLOOD: _("Bld"),
    System.DRUG: _("Drg"),
}

# The system of every rule; None: it is about the lung, the course or the chart, which have columns of their own.
SYSTEM_OF: dict[str, System | None] = {
    **dict.fromkeys(("BDG_POSITIVE", "BDG_WITH_KL6", "CMV_ANTIGENAEMIA", "FEVER_IMMUNOSUPPRESSED"), System.INFECTION),
    **dict.fromkeys(("HBV_REACTIVATION", "SCREENING_MISSING", "PROPHYLAXIS_MISSING"), System.INFECTION),
    **dict.fromkeys(("CREATININE_RISE", "AKI", "HYPERKALAEMIA", "HYPOKALAEMIA", "BLOOD_PRESSURE"), System.KIDNEY),
    "LIVER": System.LIVER,
    **dict.fromkeys(("CYTOPENIA", "LYMPHOPENIA", "HYPERINFLAMMATION"), System.BLOOD),
    **dict.fromkeys(("CSA_LOW", "CSA_HIGH", "CSA_TARGET_DELAY", "TAC_BAND", "TAC_TARGET_DELAY"), System.DRUG),
    **dict.fromkeys(("INTERACTION", "CNI_NEURO_TMA", "CY_CUMULATIVE", "IVCY_CHECK", "GLUCOSE"), System.DRUG),
    "GC_STOPPED": System.DRUG,
    **dict.fromkeys(("AS_ENTRY", "POOR_RISK_MET", "FERRITIN_HIGH", "FERRITIN_RISE", "KL6_RATIO", "KL6_RISE")),
    **dict.fromkeys(("SPD_RATIO", "MDA5_TITRE_RISE", "DISCORDANT", "MDA5_WATCH", "ANTIBODY_UNRESOLVED")),
    **dict.fromkeys(("GC_RESISTANT", "PAO2_LOW", "OXYGEN_NEED", "SPO2_LOW", "PAO2_FALL", "AADO2_RISE", "VC_FALL")),
    **dict.fromkeys(("PNEUMOMEDIASTINUM", "HRCT_WORSE", "DYSPNOEA_WORSE", "PPF", "STEP_NOT_STARTED")),
    **dict.fromkeys(("IMPROVEMENT_JUDGEMENT_DUE", "OVERDUE", "SENT_VALUE_WAITS")),  # a test that is late: `_asked`
}
# What must have been looked at: of each line one. The levels of a drug that runs are judged where they are read.
TESTS_OF: dict[System, tuple[tuple[str, ...], ...]] = {
    System.INFECTION: (("bdg",), ("cmv_pp65", "cmv_c7hrp", "cmv_dna")),
    System.KIDNEY: (("creatinine",), ("potassium",)),
    System.LIVER: (("alt", "ast"),),
    System.BLOOD: (("neutrophils", "wbc"), ("lymphocytes",), ("platelets",)),
    System.DRUG: (),
}
TESTS = tuple(code for of_one in TESTS_OF.values() for either in of_one for code in either)

CRITICAL, WARNING = _("%(system)s: critical"), _("%(system)s: warning")
CLEAR, NOTHING = _("%(system)s: nothing found"), _("%(system)s: no drug with levels")
POSSIBLE = _("%(system)s: possible, not certain")
NOT_MEASURED = _("%(system)s: %(test)s not measured in %(n)s days")
NOT_JUDGED = _("%(system)s: level not judged")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a system is drawn, and what it says to those who do not see it."""

    system: System
    style: MarkStyle
    why: Reason


@dataclass(frozen=True, slots=True)
class Open:
    """An open alert as far as a mark asks. Acknowledged or not makes no difference: it stands."""

    rule: str
    severity: Severity
    subject: str = ""
    possible: bool = False


def marks_of(
    alerts: Iterable[Open], days: Mapping[str, int], *, runs: Collection[str], judged: bool
) -> tuple[Mark, ...]:
    """The mark of each system. `days`: since the newest result of each test that has one; `runs`: drugs with levels
    that run; `judged`: whether the newest level of such a drug could be judged."""
    alerts = list(alerts)
    return tuple(_mark(system, alerts, days, runs, judged) for system in System)


def _mark(system: System, alerts: Sequence[Open], days: Mapping[str, int], runs: Collection[str], judged: bool) -> Mark:
    name = Term(NAMES[system])
    mine = [x for x in alerts if SYSTEM_OF.get(x.rule) is system]
    worst = max((x.severity for x in mine), default=Severity.INFO)
    if worst > Severity.INFO:
        critical = worst == Severity.CRITICAL
        look, message = (MarkStyle.CRITICAL, CRITICAL) if critical else (MarkStyle.WARNING, WARNING)
        return Mark(system, look, reason(message, basis="J", system=name))
    if any(x.possible for x in mine):
        return Mark(system, MarkStyle.UNKNOWN, reason(POSSIBLE, basis="J", system=name))
    if system is System.DRUG:
        return _of_drugs(name, runs, judged)
    late = {x.subject for x in alerts if x.rule == "OVERDUE"}
    missing = next((x for x in TESTS_OF[system] if not _looked(x, days, late)), None)
    if missing is not None:
        test = short_term("test", missing[0])
        return Mark(system, MarkStyle.UNKNOWN, reason(NOT_MEASURED, basis="J", system=name, test=test, n=LOOKED_DAYS))
    return Mark(system, MarkStyle.CLEAR, reason(CLEAR, basis="J", system=name))


def _looked(either: Sequence[str], days: Mapping[str, int], late: Collection[str]) -> bool:
    """Was one of these tests done within the days, and is none of those that were not done in time?"""
    return any(days.get(code, LOOKED_DAYS + 1) <= LOOKED_DAYS and code not in late for code in either)


def _of_drugs(name: Term, runs: Collection[str], judged: bool) -> Mark:
    if not any(x in levelled_drugs() for x in runs):
        return Mark(System.DRUG, MarkStyle.NONE, reason(NOTHING, basis="J", system=name))
    if not judged:
        return Mark(System.DRUG, MarkStyle.UNKNOWN, reason(NOT_JUDGED, basis="J", system=name))
    return Mark(System.DRUG, MarkStyle.CLEAR, reason(CLEAR, basis="J", system=name))
