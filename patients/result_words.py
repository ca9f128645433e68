"""Results and drugs in the reader's language where the catalogue's code alone does not say them.

A test or drug outside the catalogue is called by its own name; a result has the oxygen it was taken on, or why it has
no value.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from patients.clinical.absence import ABSENT, INDETERMINATE
from patients.clinical.drug_naming import EQUAL_TO_5_MG, from_methylprednisolone, from_prednisolone
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.oxygen import estimated_ratio
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.clinical.vocabulary import Kind, word
from patients.models import WaitingResult
from patients.wording import (
    dose_text,
    listed,
    measured_text,
    name_of,
    number_text,
    short_name_of,
    translated,
    unit_symbol,
    value_text,
)

# -- tests ------------------------------------------------------------------------------------------------------------


def name_of_test(code: str, name: str | None = None) -> str:
    """What a test is called: a test outside the catalogue by its own name."""
    return name or name_of("test", code)


def short_name_of_test(code: str, name: str | None = None) -> str:
    """The column head of a test."""
    return name or short_name_of("test", code)


def short_name_of_waiting(waiting: WaitingResult) -> str:
    """What a result that waits is called on paper: by the test that its code means, else as its sender does."""
    kinds: tuple[Kind, ...] = ("test", "antibody")
    found = next((x for x in kinds if word(x, waiting.target)), None)
    return short_name_of(found, waiting.target) if found else waiting.called or waiting.code


def unit_text(code: str, typed: str = "") -> str:
    """The unit of a result: of a test outside the catalogue the one it was reported in."""
    if code not in MEASUREMENTS or not MEASUREMENTS[code].named:
        return unit_symbol(code)
    return typed.partition(" ")[2]


def result_text(x: Measurement) -> str:
    """Value and unit of a result: "1,679 ng/mL", "positive", "17.6 U/L" of a test outside the catalogue."""
    if x.name:
        return f"{value_text(x.code, x.quantity)} {unit_text(x.code, x.typed)}".strip()
    return measured_text(x.code, x.quantity)


def without_value_text(typed_value: str) -> str:
    """Why a result has no value, or the words that the sender wrote: "not measured: haemolysed"."""
    if typed_value == INDETERMINATE:
        return _("indeterminate")
    if typed_value in ABSENT:
        return _("not measured: %(why)s") % {"why": translated(ABSENT[typed_value].name)}
    return f"“{typed_value}”"


# -- oxygen -----------------------------------------------------------------------------------------------------------


def oxygen_text(fio2: Decimal | None, flow: Decimal | None, device: str | None) -> str:
    """What a patient breathed: "room air", "FiO2 0.4", "3 L/min nasal cannula"; "" where it is not told."""
    if fio2 == ROOM_AIR and not flow and not device:
        return _("room air")
    words = [f"FiO2 {fio2:f}"] if fio2 is not None else []
    if flow is not None:
        through = {"flow": number_text(flow), "device": name_of("device", device or "")}
        words.append(_("%(flow)s L/min %(device)s") % through)
    elif device:
        words.append(name_of("device", device))
    return listed(words)


def oxygen_of(x: Measurement) -> str:
    """The oxygen a result was taken on, and the range of an estimated P/F."""
    ratio = estimated_ratio(x)
    words = [oxygen_text(x.fio2, x.flow, x.device)]
    if ratio is not None:
        words.append(_("P/F about %(low)s to %(high)s (FiO2 estimated)") % {"low": ratio[0], "high": ratio[1]})
    return listed(word for word in words if word)


# -- drugs ------------------------------------------------------------------------------------------------------------


def drug_name(x: Treatment) -> str:
    """What a drug is called: one outside the catalogue, or one of a class, by its own name."""
    return _named(name_of("drug", x.drug), x)


def short_drug_name(x: Treatment) -> str:
    """The abbreviation of a drug or its name."""
    return _named(short_name_of("drug", x.drug), x)


def _named(of_code: str, x: Treatment) -> str:
    if not x.name or x.name in EQUAL_TO_5_MG:
        return of_code
    return x.name if x.drug == "other" else f"{of_code} ({x.name})"


def converted_from(x: Treatment) -> str:
    """Of a dose that was converted, the one that was ordered: "from methylprednisolone 16 mg/day"; "" of others."""
    if x.name not in EQUAL_TO_5_MG:
        return ""
    if x.dose is None:
        return _("given as %(name)s") % {"name": translated(x.name)}
    ordered = from_methylprednisolone(x.name, x.dose) if x.drug == "gc_pulse" else from_prednisolone(x.name, x.dose)
    words = {"name": translated(x.name), "dose": dose_text(ordered, x.unit or "")}
    return _("converted from %(name)s %(dose)s") % words


def order_words(x: Treatment) -> list[str]:
    """What an order says besides drug and dose: its purpose, its target, whether it was planned."""
    words = [converted_from(x)]
    if x.indication:
        words.append(_("given for %(indication)s") % {"indication": name_of("indication", x.indication)})
    if x.planned is not None:
        words.append(_("planned") if x.planned else _("for worsening"))
    words.append(target_text(x))
    return [word for word in words if word]


def target_text(x: Treatment) -> str:
    """The band of the order: "target of the order: 800 to 1,200 ng/mL, 2 h after the dose (C2)"; "" without one."""
    if x.target_low is None or x.target_high is None:
        return ""
    band = {
        "low": number_text(x.target_low),
        "high": number_text(x.target_high),
        "unit": unit_symbol(x.drug),
        "timing": name_of("timing", x.target_timing or ""),
    }
    return _("target of the order: %(low)s to %(high)s %(unit)s, %(timing)s") % band
