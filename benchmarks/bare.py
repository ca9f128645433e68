"""The least that can be said of a patient: the chart as if/else on prepared facts, without any reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from benchmarks.courses import Drawn, moment
from benchmarks.story import MIDNIGHT, last_versions

RECENT = 90  # days
FERRITIN, PAO2 = Decimal(1000), Decimal(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the chart asks of an acute course, read from its facts before."""

    onset: date
    onset_known: date
    diagnosis: str
    mda5: bool
    ferritin: Decimal | None
    ferritin_above: bool
    hrct: bool | None
    pao2: Decimal | None
    last_on_air: bool


def entry(x: Prepared) -> str | None:
    """The answer of the chart at its entry; None where a fact is missing."""
    if (x.onset_known - x.onset).days > RECENT:
        return None
    if x.diagnosis in ("ADM", "hypomyopathic_DM", "CADM") or x.mda5:
        return "T3"
    if x.ferritin is not None and (x.ferritin > FERRITIN or x.ferritin_above):
        return "T3"
    if x.hrct:
        return "T3"
    if x.pao2 is not None and x.pao2 < PAO2:
        return "T3"
    if x.ferritin is None or x.hrct is None or x.pao2 is None or not x.last_on_air or x.diagnosis == "ASyS":
        return None
    return "T1" if x.diagnosis == "PM" else "T2"


def prepared(person: Drawn) -> Prepared:
    """Of a drawn acute course: the highest ferritin, the lowest PaO2, what its scans say."""
    told = {kind: content for kind, _day, content in person.facts if kind == "diagnosis"}
    antibodies = [content for kind, _day, content in person.facts if kind == "antibody"]
    results = sorted(last_versions(person), key=lambda x: x.day)
    ferritin = [x for x in results if x.code == "ferritin"]
    gases = [x for x in results if x.code == "pao2"]
    onset = next(moment(day, MIDNIGHT).date() for kind, day, _content in person.facts if kind == "respiratory_onset")
    return Prepared(
        onset=onset,
        onset_known=onset,
        diagnosis=told["diagnosis"]["myositis"],
        mda5=any(x["code"] == "anti_mda5" and x["result"] == "positive" for x in antibodies),
        ferritin=max((Decimal(x.value or 0) for x in ferritin), default=None),
        ferritin_above=any(x.comparator == ">" for x in ferritin),
        hrct=_lower(person),
        pao2=min((Decimal(x.value or 0) for x in gases), default=None),
        last_on_air=bool(gases) and gases[-1].fio2 == "0.21",
    )


def _lower(person: Drawn) -> bool | None:
    """Ground glass and consolidation below: as the last scan that says so, and yes once it was."""
    scans = sorted((x for x in person.facts if x[0] == "hrct"), key=lambda x: x[1])
    zones = [x[2]["consolidation"] for x in scans if x[2].get("consolidation")]
    if not zones or not any(x[2].get("ggo") for x in scans):
        return None
    return bool(zones[-1] == "lower")
