"""Low, high or within, and beyond a limit of the chart: the one answer for every page, list, chart and sheet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from monitoring.engine import Severity
from monitoring.levels import band_of, trough_by_design
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.poor_risk import above_ferritin_limit, below_pao2_limit
from patients.clinical.snapshot import RuleChoices, Snapshot
from patients.clinical.truth import NO, YES, Truth, any_of

FERRITIN_CRITICAL_FROM = Decimal(1500)  # ng/mL, at least: Gono 2010 as quoted by the paper [S]


def expected(
    measurement: Measurement, sex: str, treatments: Sequence[Treatment], choices: RuleChoices
) -> Reference | None:
    """The reference interval, or for a drug level its band: of the order among the treatments that ran, or the paper's.

    treatments: what stood of the patient at the moment that is shown. choices: numbers of the site.
    """
    if is_level(measurement.code):
        band = band_of(measurement, treatments, choices)
        return Reference(band.floor, band.ceiling) if band else None
    return MEASUREMENTS[measurement.code].reference_for(sex, measurement.kit)


def upper_limit(snapshot: Snapshot, code: str) -> Decimal:
    """The upper limit of normal (ULN) of a test of liver or muscle: by sex, of bilirubin as the site has it.

    Sex not told: the lower one, so that nothing is missed; of CK the higher one, which explains less away [J].
    """
    if code == "bilirubin":
        return Decimal(snapshot.settings.bilirubin_upper_limit)
    reference = MEASUREMENTS[code].reference_for(snapshot.sex)
    if reference is not None and reference.high is not None:
        return reference.high
    both = [x.high for x in MEASUREMENTS[code].reference.values() if x.high is not None]
    return max(both) if code == "ck" else min(both)


def beyond(measurement: Measurement) -> Truth:
    """Does the value meet a limit of node N2: ferritin above 1,000 ng/mL, PaO2 below 60 mmHg on whatever oxygen?

    Unknown where a censored value leaves it open; no for every other measurement.
    """
    if measurement.code == "ferritin":
        return above_ferritin_limit(measurement)
    return below_pao2_limit(measurement) if measurement.code == "pao2" else NO


def limit_severity(measurement: Measurement) -> Severity | None:
    """How grave it is that a value is beyond a limit of the chart: ferritin above 1,000 ng/mL a warning, from 1,500 on
    critical, PaO2 below 60 mmHg critical. The same on every page, whether or not somebody acknowledged its alert."""
    if beyond(measurement) is not YES:
        return None
    grave = measurement.code != "ferritin" or measurement.quantity.interval.at_least(FERRITIN_CRITICAL_FROM) is YES
    return Severity.CRITICAL if grave else Severity.WARNING


def outside_band(
    level: Measurement, treatments: Sequence[Treatment], levels: Sequence[Measurement], choices: RuleChoices
) -> Truth:
    """Does a drug level lie outside its band (of the order that ran, or the paper's)? No where there is none, and where
    a trough is low by design. `levels`: those of the drug, oldest first."""
    band = band_of(level, treatments, choices)
    if band is None:
        return NO
    low = NO if trough_by_design(level, treatments, levels, choices) else band.is_low(level)
    return any_of([low, band.is_high(level)])


def place_of(
    measurement: Measurement,
    sex: str,
    treatments: Sequence[Treatment],
    levels: Sequence[Measurement],
    choices: RuleChoices,
) -> str:
    """As `position`, against what is expected of it; "" for a trough that is low by design: neither low nor
    within (13 (103)).

    levels: those of the drug, oldest first, among which a C2 speaks for the trough.
    """
    place = position(measurement, expected(measurement, sex, treatments, choices))
    return "" if place == "low" and trough_by_design(measurement, treatments, levels, choices) else place


def position(measurement: Measurement, reference: Reference | None) -> str:
    """low, high, within, or "" without a reference or where a censored value leaves it open. One-sided bounds count."""
    if reference is None:
        return ""
    values = measurement.quantity.interval
    answers = []
    if reference.high is not None:
        above = values.at_least(reference.high) if reference.strict_high else values.above(reference.high)
        if above is YES:
            return "high"
        answers.append(above)
    if reference.low is not None:
        below = values.below(reference.low)
        if below is YES:
            return "low"
        answers.append(below)
    return "within" if all(x is NO for x in answers) else ""
