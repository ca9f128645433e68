"""The record of a patient read for the way out: person, stays, facts, what chart and rules say. For one patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from algorithm.charts import chart_for
from algorithm.opinion import opinion
from ildcare.exchange.fhir.judgements import detected_issue, risk_assessment
from monitoring.queries import Watch, is_late, last_sweep, watch_of
from patients.clinical.snapshot import Snapshot
from patients.clinical.versions import Version
from patients.code_maps import bundled_map
from patients.exports.codes import LoincCodes
from patients.exports.elements import Json
from patients.exports.fhir import patient_of, resources_of
from patients.exports.record import Person, Record, Silent, Stay
from patients.models import Measurement, Patient
from patients.queries import site_zone, snapshot_with_versions, waiting_results
from patients.rows import reference
from patients.wording import listed, translated

PATIENT, OBSERVATION, ISSUE, RISK = "Patient", "Observation", "DetectedIssue", "RiskAssessment"


@dataclass(frozen=True)
class Everything:
    """All resources of one patient at a moment."""

    patient: Patient
    now: datetime

    @cached_property
    def _read(self) -> tuple[Snapshot, list[Version]]:
        return snapshot_with_versions(self.patient, self.now)

    @cached_property
    def record(self) -> Record:
        """What is known of the patient."""
        return Record(
            person=person_of(self.patient),
            zone=site_zone(),
            versions=self._read[1],
            stays=_stays(self.patient),
            silent=_silent(self.patient),
        )

    @cached_property
    def facts(self) -> list[Json]:
        """Patient, stays, facts."""
        today = self._read[0].today
        return list(resources_of(self.record, LoincCodes(bundled_map()), today=today, say=translated))

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The reference to the resource of a version."""
        kinds = {x["id"]: x["resourceType"] for x in self.facts}
        return {fact: f"{kinds[name]}/{name}" for fact, name in self.record.names.items() if name in kinds}

    def issues(self) -> list[Json]:
        """The open alerts."""
        views = self._watch.open
        return [detected_issue(x, self.record.person.key, self._names, self.record.zone) for x in views]

    @cached_property
    def _watch(self) -> Watch:
        return watch_of(self.patient.pk, self.now)

    def risk(self) -> Json:
        """The answer of the chart."""
        answer = opinion(chart_for(self._read[0]), self._read[0])
        return risk_assessment(answer, self.record.person.key, self._names, self.record.zone)

    def of_kind(self, kind: str) -> list[Json]:
        """The resources of one type."""
        if kind == ISSUE:
            return self.issues()
        if kind == RISK:
            return [self.risk()]
        return [x for x in self.facts if x["resourceType"] == kind]

    def all(self) -> Iterator[Json]:
        """Every resource."""
        yield from self.facts
        yield from self.issues()
        yield self.risk()

    def notes(self) -> Iterator[str]:
        """What is not among the resources, and when alerts may not be those of now: none is not "all is well"."""
        watch = self._watch
        if self.record.unreadable:
            yield _("entries that cannot be read, and are not told: %(count)s") % {"count": self.record.unreadable}
        if waiting := len(waiting_results(self.patient)):
            yield _("results that were sent and wait for a person: %(count)s") % {"count": waiting}
        if watch.failed or is_late(last_sweep(), self.now):
            yield _("the monitoring is late or failed: alerts may be missing")
        elif watch.waiting:
            yield _("something changed since the alerts were worked out")
        if watch.failed_rules:
            yield _("rules that failed: %(rules)s") % {"rules": listed(watch.failed_rules)}


def person_of(patient: Patient) -> Person:
    """The person of a record."""
    return Person(
        key=str(patient.pk),
        mrn=patient.mrn,
        family_name=patient.family_name,
        given_name=patient.given_name,
        family_kana=patient.family_kana,
        given_kana=patient.given_kana,
        sex=patient.sex,
        birth_date=patient.birth_date,
    )


def patient_resource(patient: Patient) -> Json:
    """The person alone."""
    return patient_of(person_of(patient))


def _stays(patient: Patient) -> list[Stay]:
    return [
        Stay(
            key=str(x.pk),
            ward=str(x.ward),
            bed=x.bed,
            admitted_at=x.admitted_at,
            discharged_at=x.discharged_at,
        )
        for x in patient.admissions.select_related("ward").order_by("admitted_at", "pk")
    ]


def _silent(patient: Patient) -> dict[str, Silent]:
    """Results without a value, by version."""
    rows = Measurement.objects.filter(patient=patient, value=None)
    made = (
        Silent(id=reference(x.KIND, x.pk), code=x.code, why=x.typed_value, status=str(x.status), name=x.name)
        for x in rows
    )
    return {x.id: x for x in made}
