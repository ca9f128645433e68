"""Orders and doses of drugs in FHIR R4 as treatments: what is told without a doubt; the rest is asked. Pure.

A treatment is a course of a drug at one dose, from a day to a day. An order (MedicationRequest) is one where it says
since when, which dose, and how often. A dose that was given (MedicationAdministration) is one where the drug is given
in single doses (IVCY, a pulse, IVIG): doses of a drug that is taken every day are not added up to a daily dose.

Sources: HL7 FHIR R4 (4.0.1), JP Core 1.1 (dose of a day as rateRatio); what is taken and what is asked is a judgement
of this product [J].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.drug_naming import OTHER, Named, drug_named
from patients.clinical.drugs import DRUGS, ROUTES
from patients.clinical.reasons import _, reason
from patients.clinical.versions import CANCELLED, FINAL
from patients.imports import fhir_systems as systems
from patients.imports.code_map import Coding
from patients.imports.drug_codes import drug_of_code
from patients.imports.fhir_elements import codings_of, object_of, objects, text_of, words_of
from patients.imports.fields import PLAIN_NUMBER, Object
from patients.imports.observation import Observation, SentEvent
from patients.imports.sent_times import iso_time

ORDER, ADMINISTRATION = "MedicationRequest", "MedicationAdministration"
KINDS = (ORDER, ADMINISTRATION)
ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
WITHDRAWN = ("entered-in-error", "cancelled")
DOUBTFUL = ("on-hold", "draft", "unknown")
OVER = ("completed", "stopped")
NOT_DONE = "not-done"
GC = ("gc", "gc_pulse")  # told apart by the dose
PULSE_ROUTE = "iv"
CY_IV, CY_ORAL = "ivcy", "cy_oral"
SINGLE = frozenset(x.code for x in DRUGS.values() if {"mg", "sessions"} & {*x.units}) | {"ivig"}
DAY, WEEK, HOURS = "d", "wk", "h"
HOURS_OF_A_DAY = Decimal(24)
MASS = {"mg": Decimal(1), "g": Decimal(1000)}
ROUTE_WORDS = {
    "iv": ("iv", "intravenous", "静脈内", "点滴", "静注", "47625008"),
    "oral": ("oral", "po", "per oral", "経口", "内服", "26643006"),
    "sc": ("sc", "subcutaneous", "皮下", "34206005"),
    "im": ("im", "intramuscular", "筋肉内", "78421000"),
}

NOT_NAMED = _("which drug it is cannot be said by its codes and names")
NO_START = _("since when it is given is not told")
NO_END = _("it has ended, and when is not told")
NO_DOSE = _("the dose of a day cannot be said for certain")
SEVERAL = _("several doses in one order")
AS_NEEDED = _("given as needed: no dose of a day")
NOT_SINGLE = _("a single dose of a drug that is taken every day: send the order, its dose of a day")
NOT_CERTAIN = _("its status leaves open whether it is given: %(status)s")
MEANT_OTHERWISE = _("it says that it is to be read in a way that is not known here")
# what a person can answer of an order: all but that which may mean anything
ANSWERED_ORDERS = (NOT_NAMED, NO_START, NO_END, NO_DOSE, SEVERAL, AS_NEEDED, NOT_SINGLE, NOT_CERTAIN)


class _Unclear(Exception):  # noqa: N818 - what it is
    def __init__(self, message: str, **parts: Any) -> None:
        super().__init__(message)
        self.reason = reason(message, **parts)


class _Other(Exception):  # noqa: N818 - what it is
    """A form of a drug that is none of the catalogue: an ointment, eye drops."""


def treatment_of(resource: Object, *, source: str, zone: ZoneInfo, otherwise: bool) -> SentEvent:
    """What an order or a dose says. `otherwise`: it carries a modifier that is not known here."""
    said = _shown(resource, zone)
    try:
        if otherwise:
            raise _Unclear(MEANT_OTHERWISE)
        order = _order(resource) if resource.get("resourceType") == ORDER else _given(resource)
    except _Other:
        return SentEvent(observation=said)
    except _Unclear as unclear:
        draft = None if otherwise else _draft(resource, said, source)
        return SentEvent(observation=said, why=unclear.reason, draft=draft)
    if order is None:
        return SentEvent(observation=said)
    name = said.order and f"{source}/{said.order}"
    event = {"kind": "treatment", "status": FINAL, **order, **({"id": name} if name else {})}
    return SentEvent(observation=said, event=Object({key: x for key, x in event.items() if x is not None}))


def _draft(resource: Object, said: Observation, source: str) -> Object:
    """What is certain of an order or dose that leaves a doubt."""
    instruction = next(iter(objects(resource, "dosageInstruction")), Object())
    dosage = object_of(resource, "dosage")
    draft: dict[str, Any] = {
        "kind": "treatment",
        "status": CANCELLED if text_of(resource, "status") in WITHDRAWN else FINAL,
        "on": _start(resource) or None,
        "stop": text_of(_period(instruction), "end") or text_of(object_of(resource, "effectivePeriod"), "end") or None,
        "route": _route(instruction.get("route") or dosage.get("route")),
        "id": f"{source}/{said.order}" if said.order else None,
    }
    with suppress(_Unclear, _Other):
        named = _drug(resource)
        draft |= named_keys(named)
        if len(objects(resource, "dosageInstruction")) == 1:
            dose, unit = _dose_of_a_day(instruction, named)
            draft |= {"dose": None if dose is None else f"{dose:f}", "unit": unit}
    return Object({key: x for key, x in draft.items() if x is not None})


def _shown(resource: Object, zone: ZoneInfo) -> Observation:
    codings = tuple(codings_of(resource.get("medicationCodeableConcept")))
    number = next((x for y in objects(resource, "identifier") if (x := text_of(y, "value"))), "")
    dose = _dose_words(resource)
    return Observation(
        number=0,
        codings=codings,
        time=iso_time(_start(resource), zone),
        text=dose,
        ref=text_of(resource, "id"),
        order=number or text_of(resource, "id"),
    )


def _order(resource: Object) -> Mapping[str, Any] | None:
    status = text_of(resource, "status")
    if text_of(resource, "intent") not in ORDERS:
        return None
    if resource.get("doNotPerform") is True or status in DOUBTFUL:
        raise _Unclear(NOT_CERTAIN, status=status or "doNotPerform")
    instructions = objects(resource, "dosageInstruction")
    if len(instructions) > 1:
        raise _Unclear(SEVERAL)
    instruction = instructions[0] if instructions else Object()
    if instruction.get("asNeededBoolean") is True or "asNeededCodeableConcept" in instruction:
        raise _Unclear(AS_NEEDED)
    named, start = _drug(resource), _start(resource)
    if not start:
        raise _Unclear(NO_START)
    withdrawn = status in WITHDRAWN
    stop = text_of(_period(instruction), "end") or None
    if status in OVER and stop is None:
        raise _Unclear(NO_END)
    dose, unit = _dose_of_a_day(instruction, named)
    return {
        **named_keys(named),
        "on": start,
        "stop": stop,
        "route": _route(instruction.get("route")),
        "dose": None if dose is None else f"{dose:f}",
        "unit": unit,
        "status": CANCELLED if withdrawn else FINAL,
    }


def _given(resource: Object) -> Mapping[str, Any] | None:
    status = text_of(resource, "status")
    if status == NOT_DONE:
        return None
    if status in DOUBTFUL or (status == "stopped"):
        raise _Unclear(NOT_CERTAIN, status=status)
    named, start = _drug(resource), _start(resource)
    if not start:
        raise _Unclear(NO_START)
    dosage = object_of(resource, "dosage")
    dose, unit, route = *_quantity(object_of(dosage, "dose")), _route(dosage.get("route"))
    if not _is_single(named, dose, unit, route):
        raise _Unclear(NOT_SINGLE)
    end = text_of(object_of(resource, "effectivePeriod"), "end") or text_of(resource, "effectiveDateTime")
    return {
        **named_keys(named),
        "on": start,
        "stop": end or None,
        "route": route,
        "dose": None if dose is None else f"{dose:f}",
        "unit": unit if dose is not None else None,
        "status": CANCELLED if status in WITHDRAWN else FINAL,
    }


def _is_single(named: Named, dose: Decimal | None, unit: str, route: str | None) -> bool:
    if named.code in GC:
        grams = MASS.get(unit)
        return bool(dose is not None and grams and route == PULSE_ROUTE and dose * grams >= 250)
    return named.code in SINGLE and unit != ""


# -- the drug ---------------------------------------------------------------------------------------------------------


def named_keys(named: Named) -> Mapping[str, Any]:
    """The drug as an event names it: another glucocorticoid by its own name, so that its dose is converted."""
    if named.code == OTHER:
        return {"drug": OTHER, "name": named.name}
    return {"drug": named.steroid or named.name or named.code}


def _drug(resource: Object) -> Named:
    """Codes and names together: they must mean one drug. Raises _Other where they name none of the catalogue."""
    codings = tuple(codings_of(resource.get("medicationCodeableConcept")))
    own = next((x.code for x in codings if x.system == systems.DRUG), "")
    if own == OTHER:
        return Named(OTHER, next((x.name for x in reversed(codings) if x.name), OTHER))
    found = list(_meanings(codings, own))
    local = any(drug_of_code(x.system, x.code) == "" for x in codings)
    if local and not found:
        raise _Other
    # a name may leave open what the code of its form says: cyclophosphamide by mouth
    meant = {(x.code, x.steroid) for x in found}
    meant -= {(CY_IV, None)} if (CY_ORAL, None) in meant else set()
    if local or len(meant) != 1:
        raise _Unclear(NOT_NAMED)
    return next(x for x in found if (x.code, x.steroid) in meant)


def _meanings(codings: tuple[Coding, ...], own: str) -> Iterator[Named]:
    if own in DRUGS:  # of another installation: the code says everything
        yield Named(own)
        return
    for x in codings:
        for word in (drug_of_code(x.system, x.code), x.name):
            named = drug_named(word) if word else None
            if named is not None:
                yield named


# -- dose, route, days ------------------------------------------------------------------------------------------------


def _dose_of_a_day(instruction: Object, named: Named) -> tuple[Decimal | None, str | None]:
    """The dose by the day (or week), with its unit; (None, None) where no dose is told at all."""
    rates = objects(instruction, "doseAndRate")
    if not rates:
        return None, None
    if len(rates) > 1:
        raise _Unclear(SEVERAL)
    ratio = object_of(rates[0], "rateRatio")
    if ratio:
        return _of_a_ratio(ratio)
    dose, unit = _quantity(object_of(rates[0], "doseQuantity"))
    repeat = object_of(object_of(instruction, "timing"), "repeat")
    if dose is None or not unit or "frequencyMax" in repeat or "periodMax" in repeat:
        raise _Unclear(NO_DOSE)
    often, period = _number(repeat, "frequency") or Decimal(1), _number(repeat, "period")
    per = text_of(repeat, "periodUnit")
    if per == WEEK and often == period == 1 and f"{unit}/week" in DRUGS[named.code].units:
        return dose, f"{unit}/week"
    if per == HOURS and period is not None and HOURS_OF_A_DAY % period == 0:
        often, period, per = often * HOURS_OF_A_DAY / period, Decimal(1), DAY
    if per != DAY or period != 1:
        raise _Unclear(NO_DOSE)
    return dose * often, f"{unit}/day"


def _of_a_ratio(ratio: Object) -> tuple[Decimal, str]:
    dose, unit = _quantity(object_of(ratio, "numerator"))
    days, per = _quantity(object_of(ratio, "denominator"))
    if dose is None or days != 1 or per not in (DAY, "day", "日"):
        raise _Unclear(NO_DOSE)
    return dose, f"{unit}/day"


def _quantity(found: Object) -> tuple[Decimal | None, str]:
    if found.get("comparator"):
        raise _Unclear(NO_DOSE)
    return _number(found, "value"), text_of(found, "code") or text_of(found, "unit")


def _number(holder: Object, key: str) -> Decimal | None:
    number = text_of(holder, key)
    if not number:
        return None
    if not PLAIN_NUMBER.fullmatch(number) or Decimal(number) == 0:
        raise _Unclear(NO_DOSE)
    return Decimal(number)


def _route(concept: Any) -> str | None:
    told = [y.casefold() for x in codings_of(concept) for y in (x.code, x.name) if y]
    own = [x for x in told if x in ROUTES]
    return next((code for code, words in ROUTE_WORDS.items() if {*words} & {*told}), own[0] if own else None)


def _period(instruction: Object) -> Object:
    return object_of(object_of(object_of(instruction, "timing"), "repeat"), "boundsPeriod")


def _start(resource: Object) -> str:
    if resource.get("resourceType") == ORDER:
        instructions = objects(resource, "dosageInstruction")
        return text_of(_period(instructions[0]), "start") if instructions else ""
    return text_of(resource, "effectiveDateTime") or text_of(object_of(resource, "effectivePeriod"), "start")


def _dose_words(resource: Object) -> str:
    """The dose as sent, for the page."""
    dosage = [*objects(resource, "dosageInstruction"), object_of(resource, "dosage")]
    texts = [text_of(x, "text") for x in dosage]
    rates = [object_of(y, "doseQuantity") for x in dosage for y in objects(x, "doseAndRate")]
    doses = [x for x in (*rates, object_of(object_of(resource, "dosage"), "dose")) if x]
    doses_in_words = [
        " ".join(y for y in (text_of(x, "value"), text_of(x, "unit") or text_of(x, "code")) if y) for x in doses
    ]
    return next((x for x in (*texts, *doses_in_words) if x), words_of(resource.get("statusReason")))
