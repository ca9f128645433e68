"""Treatments of a case file: drugs by code or by any of their names, doses, the target and the purpose of the order.

Source: specification 12 (51), (52), (57), 13 (69), (85), (91).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from patients.clinical import facts as f
from patients.clinical.body import height_on, weight_on
from patients.clinical.dose_limits import doubts
from patients.clinical.drug_levels import is_level
from patients.clinical.drug_naming import OTHER, CannotBeConverted, Named, drug_named, kept
from patients.clinical.drugs import DOSE_UNITS, DRUGS, INDICATIONS, ROUTES, TIMINGS
from patients.clinical.reasons import Term, _, reason
from patients.imports.case import CaseEvent, Fault
from patients.imports.fields import Fields, Object, one_line

LONGEST_NAME = 100
UNITS_OF_THE_FORMAT = {"gc": "mg/day", "ivcy": "mg"}  # what a dose without a unit means, specification 11 (38)


def treatment(fields: Fields, day: date | None) -> dict[str, Any]:
    """What an event says of a treatment."""
    named, route = _drug(fields), fields.choice("route", ROUTES)
    code = named.code if named else ""
    dose, unit = _dose(fields, code)
    stop = fields.day("stop")
    if stop is not None and day is not None and stop < day:
        fields.fault(_('"stop" is before "on"'))
    content: dict[str, Any] = {
        "drug": code,
        "route": route,
        "dose": dose,
        "unit": unit if dose is not None else None,
        "stop": stop,
        "name": named.name if named else None,
        "indication": fields.choice("indication", INDICATIONS),
        "planned": fields.flag("planned"),
        **_target(fields, code),
    }
    return {**content, **_kept(fields, named, content)} if named else content


def _drug(fields: Fields) -> Named | None:
    written = fields.text("drug", required=True)
    if written is None:
        return None
    if written.casefold() == OTHER:
        return _other(fields)
    named = drug_named(written)
    if named is None:
        fields.fault(
            _('the catalogue has no drug "%(name)s": write "drug": "other", "name": "%(name)s"'), name=one_line(written)
        )
    return named


def _other(fields: Fields) -> Named | None:
    """A drug by its name; one that the catalogue has after all is taken for it."""
    name = fields.text("name", required=True, longest=LONGEST_NAME)
    if name is None:
        return None
    named = drug_named(name)
    if named is None or named.code == OTHER:
        return Named(OTHER, name)
    fields.warn(reason(_("%(name)s is taken for %(drug)s"), name=name, drug=Term(DRUGS[named.code].name)))
    return named


def _dose(fields: Fields, drug: str) -> tuple[Decimal | None, str | None]:
    dose, unit = fields.number("dose"), fields.choice("unit", DOSE_UNITS)
    if fields.raw.get("unit") is None:
        unit = UNITS_OF_THE_FORMAT.get(drug)
    if dose is not None and dose == 0:
        fields.fault(_("a dose of 0 is no treatment; give the last day as stop of the dose before"))
    if dose is not None and fields.raw.get("unit") is None and unit is None:
        fields.warn(reason(_("a dose without a unit is kept as unknown")))
        dose = None
    return (dose if dose != Decimal(0) else None), unit


def _kept(fields: Fields, named: Named, columns: dict[str, Any]) -> dict[str, Any]:
    """Drug, name and dose as they are kept; of another glucocorticoid than prednisolone with the conversion."""
    if str(fields.raw.get("drug")).casefold() == named.code:
        return {}
    dose, unit = columns["dose"], columns["unit"]
    try:
        as_kept = kept(named, dose, unit, columns["route"])
    except CannotBeConverted:
        fields.fault(_("%(name)s: a dose in %(unit)s cannot be converted"), name=named.steroid or "", unit=unit)
        return {}
    if named.steroid and dose is None:
        why = _("%(name)s without a dose is kept as a glucocorticoid of unknown dose")
        fields.warn(reason(why, name=Term(named.steroid)))
    if as_kept.as_if and as_kept.dose is not None:
        fields.warn(
            reason(
                _("%(name)s %(dose)s %(unit)s is kept as %(equal)s %(kept_unit)s of %(as_if)s"),
                basis="J",
                name=Term(as_kept.name or named.code),
                dose=dose,
                unit=unit,
                equal=as_kept.dose,
                kept_unit=as_kept.unit or "",
                as_if=Term(as_kept.as_if),
            )
        )
    return {"drug": as_kept.drug, "name": as_kept.name, "dose": as_kept.dose, "unit": as_kept.unit}


def _target(fields: Fields, drug: str) -> dict[str, Any]:
    """The band of the order: timing, low, high, in the unit of the drug's level."""
    given = fields.part("target")
    if given is None:
        return {}
    if not isinstance(given, Object):
        fields.fault(_('"target" must be an object with timing, low and high'))
        return {}
    inner = Fields(given, fields.event, fields.zone, fields.now)
    timing = inner.choice("timing", TIMINGS, required=True)
    low, high = inner.number("low"), inner.number("high")
    if not inner.faults and (low is None or high is None):
        inner.fault(_('"target" needs its lowest and its highest level ("low", "high")'))
    elif low is not None and high is not None and low >= high:
        inner.fault(_('"target" is upside down: "low" must be less than "high"'))
    if drug and not is_level(drug):
        inner.fault(_("%(drug)s has no level that a target could be for"), drug=Term(DRUGS[drug].name))
    inner.finish()
    fields.faults += inner.faults
    fields.warnings += inner.warnings
    return {"target_timing": timing, "target_low": low, "target_high": high}


# -- doses that look unusual -------------------------------------------------------------------------------------------


def marked_doses(events: Sequence[CaseEvent]) -> Iterator[Fault]:
    """A warning for each dose of a document that lies outside the usual ones; the dose is kept as it is.

    The cost grows with the events as sorting them does: weights and doses of IVCY are looked up by their day.
    """
    facts = [(x.number, x.version.fact) for x in events if not (x.version.cancelled or x.version.silent)]
    weight, height = (_by_day(facts, code) for code in ("weight", "height"))
    cycles = sorted((x for _number, x in facts if isinstance(x, f.Treatment) and x.drug == "ivcy"), key=lambda x: x.day)
    given = [x.day for x in cycles]
    for number, fact in facts:
        if not isinstance(fact, f.Treatment):
            continue
        after = bisect_right(given, fact.day) if fact.drug == "ivcy" else len(given)
        why = doubts(
            fact.drug,
            fact.day,
            route=fact.route,
            dose=fact.dose,
            unit=fact.unit,
            given=cycles[after : after + 1],  # of two that are too near the earlier one is marked
            weight=weight_on(fact.day, weight(fact.day)),
            height=height_on(fact.day, height(fact.day)),
        )
        yield from (Fault(number, x) for x in why)


def _by_day(facts: Sequence[tuple[int, f.Fact]], code: str) -> Callable[[date], list[f.Measurement]]:
    """The last measurement of a code up to a day, found without going through the others."""
    series = sorted(
        (x for _number, x in facts if isinstance(x, f.Measurement) and x.code == code), key=lambda x: (x.on, x.id)
    )
    days = [x.day for x in series]

    def up_to(day: date) -> list[f.Measurement]:
        last = bisect_right(days, day)
        return series[max(last - 1, 0) : last]

    return up_to
