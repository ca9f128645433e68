"""The content of each kind of event of a case file. Adding a kind is one reader and one line in READERS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from patients.clinical import facts as f
from patients.clinical import findings, hrct_terms
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import DOSE_UNITS, DRUGS, ROUTES, TIMINGS
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.units import Unacceptable, convert, missing_needs, read_number, unit_of
from patients.imports.fields import Fields, shown

LONGEST_KIT = 100
CANCELLED = "cancelled"
STATUSES = ("preliminary", "final", "corrected", CANCELLED)
LEVEL_ROUTES = ("iv", "oral")
DECIDED_COURSES = ("C",)  # a course that is decided; acute/subacute is found, never decided
SPELLINGS = {"st_john's_wort": "st_johns_wort"}
UNITS_OF_THE_FORMAT = {"gc": "mg/day", "ivcy": "mg"}  # what a dose without a unit means, specification 11 (38)


@dataclass(frozen=True, slots=True)
class Reader:
    """How the content of a kind is read: its class of fact, its reader, and what tells two of one moment apart."""

    fact: type[f.Fact]
    read: Callable[[Fields, date], dict[str, Any]]
    code: str = ""
    qualifiers: tuple[str, ...] = ()


def _onset(_fields: Fields, _day: date) -> dict[str, Any]:
    return {}


def _diagnosis(fields: Fields, _day: date) -> dict[str, Any]:
    return {
        "myositis": fields.choice("myositis", DIAGNOSES, required=True),
        "provisional": fields.flag("provisional") or False,
    }


def _antibody(fields: Fields, _day: date) -> dict[str, Any]:
    return {
        "code": fields.choice("code", ANTIBODIES, required=True),
        "result": fields.choice("result", ANSWERS, required=True),
    }


def _measurement(fields: Fields, _day: date) -> dict[str, Any]:
    code = fields.choice("code", MEASUREMENTS, required=True)
    qualifiers: dict[str, Any] = {
        "fio2": fields.fio2(),
        "route": fields.choice("route", LEVEL_ROUTES),
        "timing": fields.choice("timing", TIMINGS),
        "hours_since_dose": fields.number("hours_since_dose"),
        "kit": fields.text("kit", longest=LONGEST_KIT) or None,
    }
    value, unit = fields.text("value", required=True), _unit(fields, code)
    if code is None:
        return {}
    _ask_for_needs(fields, code)
    if value is None or unit is None:
        return {}
    return {"code": code, **qualifiers, **_quantity(fields, code, value, unit, qualifiers)}


def _ask_for_needs(fields: Fields, code: str) -> None:
    """What is not given at all; what is given wrongly has its fault already."""
    given = {name: fields.given.get(name) for name in ("fio2", "route", "timing")}
    for why in missing_needs(code, **given):
        fields.blame(why)


def _unit(fields: Fields, code: str | None) -> str | None:
    if code is not None and not fields.given.get("unit"):
        fields.text("unit")
        names = ", ".join(unit.code for unit in MEASUREMENTS[code].units)
        fields.fault(_("%(test)s needs a unit: %(units)s"), test=Term(MEASUREMENTS[code].name), units=names)
        return None
    return fields.text("unit", required=True)


def _quantity(fields: Fields, code: str, value: str, unit: str, qualifiers: dict[str, Any]) -> dict[str, Any]:
    kind = MEASUREMENTS[code]
    doubts = [x for x in (_refusal(read_number, kind, value), _refusal(unit_of, kind, unit)) if x is not None]
    for why in doubts:
        fields.blame(why)
    if doubts:
        return {}
    try:
        found = convert(code, value, unit, timing=qualifiers["timing"], fio2=qualifiers["fio2"])
    except Unacceptable as error:
        fields.blame(error.reason)
        return {}
    for why in found.warnings:
        fields.warn(why)
    return {"quantity": found.quantity, "typed": found.typed}


def _refusal(check: Callable[[MeasurementType, str], object], kind: MeasurementType, text: str) -> Reason | None:
    try:
        check(kind, text)
    except Unacceptable as error:
        return error.reason
    return None


def _hrct(fields: Fields, day: date) -> dict[str, Any]:
    compared_with = fields.day("compared_with")
    if compared_with is not None and compared_with > day:
        fields.warn(reason(_("the scan compared with is later than the scan")))
    return {
        **{name: fields.flag(name) for name in hrct_terms.SIGNS},
        "consolidation": fields.choice("consolidation", hrct_terms.CONSOLIDATIONS),
        "pattern": fields.choice("pattern", hrct_terms.HRCT_PATTERNS),
        "change": fields.choice("change", hrct_terms.HRCT_CHANGES),
        "compared_with": compared_with,
    }


def _finding(fields: Fields, _day: date) -> dict[str, Any]:
    return {
        "code": fields.choice("code", findings.FINDINGS, required=True),
        "present": fields.flag("present"),
        "change": fields.choice("change", findings.FINDING_CHANGES),
    }


def _treatment(fields: Fields, day: date) -> dict[str, Any]:
    drug = _drug(fields)
    dose, unit = fields.number("dose"), fields.choice("unit", DOSE_UNITS)
    if fields.given.get("unit") is None:
        unit = UNITS_OF_THE_FORMAT.get(drug or "")
    if dose is not None and dose == 0:
        fields.fault(_("a dose of 0 is no treatment; give the last day as stop of the dose before"))
    if dose is not None and fields.given.get("unit") is None and unit is None:
        fields.warn(reason(_("a dose without a unit is kept as unknown")))
        dose = None
    stop = fields.day("stop")
    if stop is not None and stop < day:
        fields.fault(_('"stop" is before "on"'))
    return {
        "drug": drug,
        "route": fields.choice("route", ROUTES),
        "dose": dose if dose != Decimal(0) else None,
        "unit": unit if dose is not None else None,
        "stop": stop,
    }


def _drug(fields: Fields) -> str | None:
    name = fields.text("drug", required=True)
    code = drug_code(name) if name is not None else None
    if code is None and name is not None:
        fields.fault(_('the catalogue has no drug "%(name)s"; generic names are taken'), name=shown(name))
    return code


def drug_code(name: str) -> str | None:
    """The catalogue's code for a code or generic name in any case; None where it has none."""
    plain = "_".join(name.lower().replace("-", " ").split())
    code = SPELLINGS.get(plain, plain)
    return code if code in DRUGS else None


def _histology(fields: Fields, _day: date) -> dict[str, Any]:
    return {"pattern": fields.choice("pattern", hrct_terms.HISTOLOGY_PATTERNS, required=True)}


def _support(fields: Fields, _day: date) -> dict[str, Any]:
    return {"level": fields.choice("level", findings.SUPPORT_LEVELS, required=True), "fio2": fields.fio2()}


def _judgement(fields: Fields, _day: date) -> dict[str, Any]:
    return {
        "improvement": fields.choice("improvement", findings.IMPROVEMENTS, required=True),
        "note": fields.text("note") or "",
    }


def _decision(fields: Fields, _day: date) -> dict[str, Any]:
    content = {
        "step": fields.choice("step", findings.STEPS),
        "accepted": fields.flag("accepted"),
        "course": fields.choice("course", DECIDED_COURSES),
        "reason": fields.text("reason") or "",
    }
    if fields.given.get("step") is None and fields.given.get("course") is None:
        fields.fault(_('a decision needs a "step" or a "course"'))
    return content


READERS: dict[str, Reader] = {
    "respiratory_onset": Reader(f.RespiratoryOnset, _onset),
    "diagnosis": Reader(f.Diagnosis, _diagnosis),
    "antibody": Reader(f.Antibody, _antibody, "code"),
    "measurement": Reader(f.Measurement, _measurement, "code", ("fio2", "route", "timing")),
    "hrct": Reader(f.Hrct, _hrct),
    "finding": Reader(f.Finding, _finding, "code"),
    "treatment": Reader(f.Treatment, _treatment, "drug", ("route",)),
    "histology": Reader(f.Histology, _histology),
    "support": Reader(f.Support, _support),
    "judgement": Reader(f.Judgement, _judgement),
    "decision": Reader(f.Decision, _decision, "step"),
}
