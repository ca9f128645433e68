"""What is no result and no treatment as Observations with the product's own codes: reports of HRCT, findings,
diagnosis, respiratory support, judgements, decisions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patients.clinical import facts as f
from patients.clinical import findings, hrct_terms, stays
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.reasons import _
from patients.exports.elements import Json, Say, coding, concept, instant, moment, quantity, reference, resource
from patients.exports.record import OutgoingFact, Record
from patients.exports.results import STATUS
from patients.imports import fhir_systems as systems

NAMES = {
    "respiratory_onset": _("Respiratory onset"),
    "diagnosis": _("Diagnosis"),
    "hrct": _("HRCT"),
    "finding": _("Finding"),
    "histology": _("Histology"),
    "support": _("Respiratory support"),
    "judgement": _("Judgement of improvement"),
    "decision": _("Decision"),
    "admission": _("Admission"),
    "discharge": _("Discharge"),
    "outcome": _("Outcome of the course"),
}
CATEGORIES = {"hrct": "imaging", "finding": "exam", "histology": "procedure", "support": "procedure"}
# the words of coded columns, by kind and column
WORDS: Mapping[str, Mapping[str, Any]] = {
    "diagnosis.myositis": DIAGNOSES,
    "hrct.consolidation": hrct_terms.CONSOLIDATIONS,
    "hrct.pattern": hrct_terms.HRCT_PATTERNS,
    "hrct.change": hrct_terms.HRCT_CHANGES,
    "finding.change": findings.FINDING_CHANGES,
    "histology.pattern": hrct_terms.HISTOLOGY_PATTERNS,
    "support.level": findings.SUPPORT_LEVELS,
    "support.device": findings.DEVICES,
    "judgement.improvement": findings.IMPROVEMENTS,
    "decision.step": findings.STEPS,
    "decision.course": findings.DECIDED_COURSES,
    "decision.code": findings.OVERRIDE_REASONS,
    "decision.prophylaxis_instead": findings.PROPHYLAXIS_INSTEAD,
    "discharge.to": stays.DESTINATIONS,
    "outcome.what": stays.OUTCOMES,
    "outcome.cause": stays.CAUSES_OF_DEATH,
}
ABOUT = {"finding": "code"}  # the column that says what a fact is about
COMMON = frozenset(x.name for x in fields(f.Fact))
TO_THE_MONTH = "month"  # the day is then the first of it


def observation_of(told: OutgoingFact, record: Record, say: Say) -> Json:
    """The Observation of a fact of any kind."""
    fact, zone = told.fact, record.zone
    kind = f.KIND_OF[type(fact)]
    about = getattr(fact, ABOUT[kind]) if kind in ABOUT else ""
    text = say(findings.FINDINGS[about].name) if about else say(NAMES[kind])
    on = moment(fact.on, zone)
    return resource(
        "Observation",
        told.name,
        meta={"versionId": str(told.versions)},
        identifier=[{"system": systems.ROW, "value": told.name}],
        status=STATUS[told.status],
        category=[concept(coding(systems.CATEGORY, CATEGORIES.get(kind, "survey")))],
        code=concept(coding(systems.FACT, f"{kind}:{about}" if about else kind), text=text),
        subject=reference("Patient", record.person.key),
        effectiveDateTime=on[:7] if getattr(fact, TO_THE_MONTH, None) else on,
        issued=instant(fact.known, zone),
        component=list(_parts(kind, fact, record, say)),
    )


def _parts(kind: str, fact: f.Fact, record: Record, say: Say) -> Iterator[Json]:
    for x in fields(fact):
        value = getattr(fact, x.name)
        if x.name in COMMON or x.name in (ABOUT.get(kind), TO_THE_MONTH) or value is None or value == "":
            continue
        yield {
            "code": concept(coding(systems.PART, f"{kind}.{x.name}")),
            **_value(f"{kind}.{x.name}", value, record, say),
        }


def _value(column: str, value: Any, record: Record, say: Say) -> Json:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, datetime):
        return {"valueDateTime": instant(value, record.zone)}
    if isinstance(value, date):
        return {"valueDateTime": value.isoformat()}
    if isinstance(value, Decimal):
        unit = "L/min" if column.endswith(".flow") else "1"
        return {"valueQuantity": quantity(value, unit, ucum=unit)}
    if column in WORDS:
        words = WORDS[column]
        text = say(words[value].name) if value in words else value
        return {"valueCodeableConcept": concept(coding(f"{systems.PART}:{column}", value), text=text)}
    return {"valueString": value}
