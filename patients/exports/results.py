"""Measurements and antibodies as Observations of FHIR R4. Pure.

A value goes out in the unit of the catalogue, with the digits that are kept; what it was taken at goes with it as
components, so that whoever reads it needs no other resource. The status is that of the version that stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from patients.clinical import facts as f
from patients.clinical.absence import ABSENT, INDETERMINATE
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.drugs import ROUTES, TIMINGS
from patients.clinical.findings import DEVICES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.exports.codes import LoincCodes
from patients.exports.elements import Json, Say, coding, concept, instant, known, moment, quantity, reference, resource
from patients.exports.profiles import profile_of_a_result
from patients.exports.record import OutgoingFact, Record, Silent
from patients.imports import fhir_systems as systems

STATUS = {PRELIMINARY: "preliminary", FINAL: "final", CORRECTED: "corrected", CANCELLED: "entered-in-error"}
AWAITED, AWAITED_STATUS = "pending", "registered"  # an antibody that is asked for and has no answer
FIO2, FLOW = "3150-0", "3151-8"
VITAL_SIGNS = "vital_signs"  # a panel of the catalogue
PERCENT = Decimal(100)


class Results:
    """The results of a record, one Observation each."""

    def __init__(self, record: Record, loinc: LoincCodes, say: Say) -> None:
        self.record, self.loinc, self.say = record, loinc, say

    def observation(self, outgoing: OutgoingFact) -> Json | None:
        """The Observation of a fact; None for one that is no result."""
        if outgoing.silent is not None:
            return self._observation(outgoing, outgoing.silent.code, **self._without_value(outgoing.silent))
        if isinstance(outgoing.fact, f.Measurement):
            return self._measurement(outgoing, outgoing.fact)
        if isinstance(outgoing.fact, f.Antibody):
            return self._antibody(outgoing, outgoing.fact)
        return None

    def _measurement(self, outgoing: OutgoingFact, fact: f.Measurement) -> Json:
        return self._observation(
            outgoing,
            fact.code,
            code=self._test(fact.code, fact.name or "", fact.timing),
            **self._value(fact),
            component=list(self._taken_at(fact)),
            note=self._as_reported(fact),
        )

    def _antibody(self, outgoing: OutgoingFact, fact: f.Antibody) -> Json:
        codings = [coding(systems.TEST, fact.code), *self._loinc(self.loinc.of_antibody(fact.code))]
        code = concept(*codings, text=self.say(ANTIBODIES[fact.code].name))
        if fact.result == AWAITED:
            status = outgoing.status if outgoing.withdrawn else ""
            return self._observation(outgoing, fact.code, status=STATUS.get(status, AWAITED_STATUS), code=code)
        return self._observation(outgoing, fact.code, code=code, valueCodeableConcept=self._answer(fact.result))

    def _observation(self, outgoing: OutgoingFact, test: str, **content: Any) -> Json:
        fact, zone = outgoing.fact, self.record.zone
        kind = MEASUREMENTS.get(test)
        category = "vital-signs" if kind is not None and kind.panel == VITAL_SIGNS else "laboratory"
        full: Json = {
            "meta": {"versionId": str(outgoing.versions)},
            "identifier": [{"system": systems.ROW, "value": outgoing.name}],
            "status": STATUS[outgoing.status],
            "category": [concept(coding(systems.CATEGORY, category))],
            "code": concept(coding(systems.TEST, test)),
            "subject": reference("Patient", self.record.person.key),
            "effectiveDateTime": moment(fact.on, zone),
            "issued": instant(fact.known, zone),
        }
        made = {**full, **content}
        made["meta"] = {**full["meta"], **profile_of_a_result(made, self.record.person)}
        return resource("Observation", outgoing.name, **made)

    def _test(self, code: str, name: str, timing: str | None) -> Json:
        codings = [coding(systems.TEST, code), *self._loinc(self.loinc.of_test(code, timing))]
        return concept(*codings, text=name or self.say(MEASUREMENTS[code].name))

    def _loinc(self, code: str) -> list[Json]:
        return [coding(systems.LOINC, code)] if code else []

    def _value(self, fact: f.Measurement) -> Json:
        """A number; or, of a test that is positive or negative, the word that the laboratory told."""
        kind = MEASUREMENTS[fact.code]
        if kind.positive_from is not None and fact.typed in ("positive", "negative"):
            return {"valueCodeableConcept": self._answer(fact.typed)}
        value, comparator = fact.quantity.value, fact.quantity.comparator
        if kind.named:
            return {"valueQuantity": quantity(value, fact.typed.partition(" ")[2], comparator=comparator)}
        return {"valueQuantity": quantity(value, kind.symbol, ucum=kind.ucum, comparator=comparator)}

    def _answer(self, code: str) -> Json:
        snomed = systems.ANSWERS_SNOMED.get(code)
        codings = [coding(systems.ANSWER, code), *([coding(systems.SNOMED, snomed)] if snomed else [])]
        return concept(*codings, text=self.say(ANSWERS[code].name))

    def _without_value(self, silent: Silent) -> Json:
        code = self._test(silent.code, silent.name, None)
        if silent.why == INDETERMINATE:
            return {"code": code, "valueCodeableConcept": self._answer(INDETERMINATE)}
        if silent.why not in ABSENT:  # words of the laboratory
            return {"code": code, "valueString": silent.why}
        own, standard = coding(systems.WHY_ABSENT, silent.why), systems.STANDARD_REASON[silent.why]
        why = concept(own, coding(systems.ABSENT_REASON, standard), text=self.say(ABSENT[silent.why].name))
        return {"code": code, "dataAbsentReason": why}

    def _taken_at(self, fact: f.Measurement) -> Iterator[Json]:
        if fact.fio2 is not None:
            share = quantity((fact.fio2 * PERCENT).normalize() + 0, "%", ucum="%")
            yield self._context("fio2", valueQuantity=share, loinc=FIO2)
        if fact.flow is not None:
            yield self._context("flow", valueQuantity=quantity(fact.flow, "L/min", ucum="L/min"), loinc=FLOW)
        for name, words in (("device", DEVICES), ("route", ROUTES), ("timing", TIMINGS)):
            code = getattr(fact, name)
            if code is not None:
                said = concept(coding(f"{systems.TAKEN_AT}:{name}", code), text=self.say(words[code].name))
                yield self._context(name, valueCodeableConcept=said)
        if fact.hours_since_dose is not None:
            yield self._context("hours_since_dose", valueQuantity=quantity(fact.hours_since_dose, "h", ucum="h"))
        if fact.kit is not None:
            yield self._context("kit", valueString=fact.kit)

    def _context(self, name: str, *, loinc: str = "", **value: Any) -> Json:
        return {"code": concept(coding(systems.TAKEN_AT, name), *self._loinc(loinc)), **known(value)}

    def _as_reported(self, fact: f.Measurement) -> list[Json]:
        """The value as it was reported, where the catalogue's unit is another one."""
        reported = fact.typed.partition(" ")[2]
        kind = MEASUREMENTS[fact.code]
        if kind.named or not reported or reported in (kind.unit, kind.ucum, kind.symbol):
            return []
        return [{"text": f"as reported: {fact.typed}"}]
