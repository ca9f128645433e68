"""The content of each kind of event of a case file. Adding a kind is one reader and one line in READERS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from patients.clinical import facts as f
from patients.clinical import findings, hrct_terms, stays
from patients.clinical.absence import ABSENT, absence_of, without_value
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.oxygen_compared import MOST_FLOW, ROOM_AIR
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.units import Unacceptable, convert, missing_needs, read_number, unit_of, word_of
from patients.imports.case_treatments import treatment
from patients.imports.fields import Fields

LONGEST_KIT = 100
LONGEST_TEST_NAME = 100
LONGEST_UNIT = 40
NAMED = "other"  # a test outside the catalogue


@dataclass(frozen=True, slots=True)
class Reader:
    """How the content of a kind is read: its class of fact, its reader, and what tells two of one moment apart.

    `read` gets the day that the event is about: None where that was refused, and nothing is held against it."""

    fact: type[f.Fact]
    read: Callable[[Fields, date | None], dict[str, Any]]
    code: str = ""
    qualifiers: tuple[str, ...] = ()


def _onset(_fields: Fields, _day: date | None) -> dict[str, Any]:
    return {}


def _diagnosis(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {
        "myositis": fields.choice("myositis", DIAGNOSES, required=True),
        "provisional": fields.flag("provisional") or False,
    }


def _antibody(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {
        "code": fields.choice("code", ANTIBODIES, required=True),
        "result": fields.choice("result", ANSWERS, required=True),
    }


def _measurement(fields: Fields, _day: date | None) -> dict[str, Any]:
    code = fields.choice("code", MEASUREMENTS, required=True)
    qualifiers: dict[str, Any] = {
        **_oxygen(fields),
        "route": fields.choice("route", LEVEL_ROUTES),
        "timing": fields.choice("timing", TIMINGS),
        "hours_since_dose": fields.number("hours_since_dose"),
        "kit": fields.text("kit", longest=LONGEST_KIT) or None,
        "name": fields.text("name", required=True, longest=LONGEST_TEST_NAME) if code == NAMED else None,
    }
    if fields.raw.get("absent") is not None:
        return _without_value(fields, code, qualifiers)
    value = fields.text("value", required=True)
    if code is None or value is None:
        fields.text("unit")
        return {}
    if (why := absence_of(MEASUREMENTS[code], value)) is not None:
        return _absent(fields, code, qualifiers, why)
    word = word_of(MEASUREMENTS[code], value)
    unit = fields.text("unit") if word else _unit(fields, code)
    _ask_for_needs(fields, code)
    if unit is None and word is None:
        return {}
    return {"code": code, **qualifiers, **_quantity(fields, code, value, unit or "", qualifiers)}


def _oxygen(fields: Fields) -> dict[str, Any]:
    """FiO2, or the flow with the device it goes through."""
    fio2, flow, device = fields.fio2(), fields.number("flow"), fields.choice("device", findings.DEVICES)
    if flow is not None and flow > MOST_FLOW:
        fields.fault(_("a flow of %(flow)s L/min is not possible (at most %(most)s)"), flow=flow, most=MOST_FLOW)
    if flow is not None and fields.raw.get("device") is None:
        fields.fault(_("a flow needs the device it goes through: %(devices)s"), devices=", ".join(findings.DEVICES))
    return {"fio2": fio2, "flow": flow, "device": device}


def _without_value(fields: Fields, code: str | None, qualifiers: dict[str, Any]) -> dict[str, Any]:
    """A result that has no value, and why: no value for any rule, the request stays due; specification 12 (53)."""
    why = fields.choice("absent", ABSENT)
    if fields.raw.get("value") is not None:
        fields.fault(_('a result has a "value" or is "absent", not both'))
    if code is None or why is None:
        return {}
    return _absent(fields, code, qualifiers, why)


def _absent(fields: Fields, code: str, qualifiers: dict[str, Any], why: str) -> dict[str, Any]:
    fields.text("value")
    unit = fields.text("unit", longest=LONGEST_UNIT) or ""
    content = {"code": code, **qualifiers, "quantity": Quantity(Decimal(0)), "typed": f"{why} {unit}".strip()}
    return {**content, "details": without_value(why, unit)}


def _ask_for_needs(fields: Fields, code: str) -> None:
    """What is not given at all; what is given wrongly has its fault already."""
    given = {name: fields.raw.get(name) for name in ("fio2", "route", "timing", "flow", "device")}
    for why in missing_needs(code, **given):
        fields.blame(why)


def _unit(fields: Fields, code: str) -> str | None:
    if not fields.raw.get("unit"):
        fields.text("unit")
        kind = MEASUREMENTS[code]
        if kind.named:
            fields.fault(_('a test outside the catalogue needs the unit of its value ("unit")'))
            return None
        names = ", ".join(unit.code for unit in kind.units)
        fields.fault(_("%(test)s needs a unit: %(units)s"), test=Term(kind.name), units=names)
        return None
    return fields.text("unit", required=True, longest=LONGEST_UNIT)


def _quantity(fields: Fields, code: str, value: str, unit: str, qualifiers: dict[str, Any]) -> dict[str, Any]:
    try:
        found = convert(code, value, unit, timing=qualifiers["timing"], fio2=qualifiers["fio2"])
    except Unacceptable as error:
        for why in _refusals(MEASUREMENTS[code], value, unit) or [error.reason]:
            fields.blame(why)
        return {}
    for why in found.warnings:
        fields.warn(why)
    return {"quantity": found.quantity, "typed": found.typed}


def _refusals(kind: MeasurementType, value: str, unit: str) -> list[Reason]:
    """What is wrong with the value and with the unit, each by itself."""
    checks = () if word_of(kind, value) else ((read_number, value), (unit_of, unit))
    return [x for x in (_refusal(check, kind, text) for check, text in checks) if x is not None]


def _refusal(check: Callable[[MeasurementType, str], object], kind: MeasurementType, text: str) -> Reason | None:
    try:
        check(kind, text)
    except Unacceptable as error:
        return error.reason
    return None


def _hrct(fields: Fields, day: date | None) -> dict[str, Any]:
    compared_with = fields.day("compared_with")
    if compared_with is not None and day is not None and compared_with > day:
        fields.warn(reason(_("the scan compared with is later than the scan")))
    return {
        **{name: fields.flag(name) for name in hrct_terms.SIGNS},
        "consolidation": fields.choice("consolidation", hrct_terms.CONSOLIDATIONS),
        "pattern": fields.choice("pattern", hrct_terms.HRCT_PATTERNS),
        "change": fields.choice("change", hrct_terms.HRCT_CHANGES),
        "compared_with": compared_with,
    }


def _finding(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {
        "code": fields.choice("code", findings.FINDINGS, required=True),
        "present": fields.flag("present"),
        "change": fields.choice("change", findings.FINDING_CHANGES),
    }


def _histology(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {"pattern": fields.choice("pattern", hrct_terms.HISTOLOGY_PATTERNS, required=True)}


def _support(fields: Fields, _day: date | None) -> dict[str, Any]:
    level, oxygen = fields.choice("level", findings.SUPPORT_LEVELS, required=True), _oxygen(fields)
    if level == "room_air" and (oxygen["flow"] or (oxygen["fio2"] or ROOM_AIR) > ROOM_AIR):
        fields.fault(_("room air is without oxygen: give the support that the FiO2 or flow goes through"))
    return {"level": level, **oxygen}


def _judgement(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {
        "improvement": fields.choice("improvement", findings.IMPROVEMENTS, required=True),
        "note": fields.text("note") or "",
    }


def _decision(fields: Fields, _day: date | None) -> dict[str, Any]:
    content = {
        "step": fields.choice("step", findings.STEPS),
        "accepted": fields.flag("accepted"),
        "course": fields.choice("course", findings.DECIDED_COURSES),
        "reason": fields.text("reason") or "",
        "code": fields.choice("code", findings.OVERRIDE_REASONS),
        "follows": fields.text("follows", longest=findings.LONGEST_SOURCE) or None,
        "prophylaxis_instead": fields.choice("prophylaxis_instead", findings.PROPHYLAXIS_INSTEAD),
    }
    about_chart = any(fields.raw.get(x) is not None for x in ("step", "course"))
    without = fields.raw.get("prophylaxis_instead") is not None
    if content["code"] is not None and content["accepted"] is not False:
        fields.fault(_('"code" is the kind of reason of a step that is not followed ("accepted": false)'))
    if content["follows"] is not None and content["code"] != findings.LATER_EVIDENCE:
        fields.fault(_('"follows" names a source, with the "code" "%(code)s" only'), code=findings.LATER_EVIDENCE)
    if not about_chart and not without:
        fields.fault(_('a decision needs a "step" or a "course"'))
    if about_chart and without:
        fields.fault(_('a decision that prophylaxis is not given has no "step" and no "course"'))
    if without and not (fields.text("reason") or "").strip():
        fields.fault(_('a decision that prophylaxis is not given needs its "reason"'))
    return content


def _admission(_fields: Fields, _day: date | None) -> dict[str, Any]:
    return {}


def _discharge(fields: Fields, _day: date | None) -> dict[str, Any]:
    return {"to": fields.choice("to", stays.DESTINATIONS)}


def _outcome(fields: Fields, _day: date | None) -> dict[str, Any]:
    what, cause = fields.choice("what", stays.OUTCOMES, required=True), fields.choice("cause", stays.CAUSES_OF_DEATH)
    if cause is not None and what is not None and what != "death":
        fields.fault(_('"cause" is the cause of a death; "%(what)s" has none'), what=what)
    return {"what": what, "cause": cause}


READERS: dict[str, Reader] = {
    "respiratory_onset": Reader(f.RespiratoryOnset, _onset),
    "diagnosis": Reader(f.Diagnosis, _diagnosis),
    "antibody": Reader(f.Antibody, _antibody, "code"),
    "measurement": Reader(f.Measurement, _measurement, "code", ("fio2", "route", "timing", "flow", "device", "name")),
    "hrct": Reader(f.Hrct, _hrct),
    "finding": Reader(f.Finding, _finding, "code"),
    "treatment": Reader(f.Treatment, treatment, "drug", ("route", "name")),
    "histology": Reader(f.Histology, _histology),
    "support": Reader(f.Support, _support),
    "judgement": Reader(f.Judgement, _judgement),
    "decision": Reader(f.Decision, _decision, "step", ("prophylaxis_instead",)),
    "admission": Reader(f.HospitalAdmission, _admission),
    "discharge": Reader(f.Discharge, _discharge),
    "outcome": Reader(f.Outcome, _outcome, "what"),
}
TAKE_MONTHS = frozenset({"respiratory_onset", "diagnosis"})  # known to the month, specification 12 (56)
