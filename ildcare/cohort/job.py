"""Working out a run on the cohort: everybody of the site, in slices of seconds between which others have the worker.

What is stored names nobody: persons have numbers drawn by lot when the run is done, and days from their own day 0. A
process that is killed leaves the run at the end of its last slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import SystemRandom
from time import monotonic
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import QuerySet

from ildcare.cohort.backtest import Firing, firings_of, outcomes_of
from ildcare.cohort.members import Member, member_of
from ildcare.evaluation.replay import evaluations_of
from monitoring.lifecycle import alert_course
from monitoring.rules import RULES
from patients.actions import end_slice, note_slice_failure, take_slice
from patients.clinical.snapshot import Snapshot
from patients.clinical.unfolding import Unfolded
from patients.clinical.versions import Version
from patients.models import CohortRun, Patient
from patients.queries import site_clock, snapshot_with_versions, take_snapshots

SLICE = 4.0  # seconds after which the worker is given back
BATCH = 50  # records that are read together
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came out so far: persons, what the rules told of them, patient-days that were replayed, how many records
    could not be looked at, and the last one that was (its key; only until the run is done)."""

    members: tuple[Member, ...] = ()
    firings: tuple[Firing, ...] = ()
    days: int = 0
    failed: int = 0
    after: int = 0

    @property
    def people(self) -> int:
        """How many records were gone through."""
        return len(self.members) + self.failed

    def as_json(self) -> dict[str, Any]:
        """For storing."""
        members, firings = [x.as_json() for x in self.members], [x.as_json() for x in self.firings]
        return {"members": members, "firings": firings, "days": self.days, "failed": self.failed, "after": self.after}


def looked_from(stored: dict[str, Any]) -> Looked:
    """What `Looked.as_json` wrote; of a run that has just begun, nothing."""
    return Looked(
        members=tuple(Member(**x) for x in stored.get("members", ())),
        firings=tuple(Firing(**x) for x in stored.get("firings", ())),
        days=stored.get("days", 0),
        failed=stored.get("failed", 0),
        after=stored.get("after", 0),
    )


def work_on_cohort() -> None:
    """One slice of the run that waits, if one does. Never raises for the database: it is tried again."""
    run = take_slice()
    if run is None:
        return
    try:
        with site_clock(afresh=True):
            _slice(run)
    except DatabaseError as error:
        log.error("cohort_not_worked_out", run=run.pk, error=type(error).__name__)
        note_slice_failure(run=run)


def _slice(run: CohortRun) -> None:
    until = monotonic() + SLICE
    looked = looked_from(run.result)
    for batch in _batches(_everybody(run, looked.after)):
        for patient, found in _looks(run, batch):
            looked = _with(looked, patient, found)
            if monotonic() > until:
                _keep(run, looked, ended=False)
                return
    _keep(run, _by_lot(looked), ended=True)


def _keep(run: CohortRun, looked: Looked, *, ended: bool) -> None:
    total = looked.people + _everybody(run, looked.after).count() if not ended else looked.people
    end_slice(run=run, done=looked.people, total=total, result=looked.as_json(), ended=ended)


def _everybody(run: CohortRun, after: int) -> QuerySet[Patient]:
    """Whose record was registered by then and was not merged into another one, from a key on."""
    return Patient.objects.kept().filter(pk__gt=after, registered_at__lte=run.known_at).order_by("pk")


def _batches(patients: QuerySet[Patient]) -> Iterator[list[Patient]]:
    everybody = list(patients)
    return (everybody[i : i + BATCH] for i in range(0, len(everybody), BATCH))


@dataclass(frozen=True, slots=True)
class _Person:
    member: Member
    firings: tuple[Firing, ...]
    days: int


def _looks(run: CohortRun, batch: Sequence[Patient]) -> Iterator[tuple[Patient, _Person | None]]:
    """Each of a batch with what was found; None for a record that cannot be looked at: it hides no other."""
    snapshots = {} if run.with_rules else take_snapshots([x.pk for x in batch], run.known_at, run.known_at)
    for patient in batch:
        try:
            if run.with_rules:
                yield patient, _tried(*snapshot_with_versions(patient, run.known_at))
            else:
                yield patient, _Person(member_of(snapshots[patient.pk]), (), 0)
        except DatabaseError:
            raise
        except Exception as error:
            log.error("cohort_record_failed", patient=patient.pk, error=type(error).__name__)
            yield patient, None


def _tried(snapshot: Snapshot, versions: list[Version]) -> _Person:
    """A person with what the rules of today would have told of them, from the first day that anything was known."""
    record = Unfolded(snapshot, versions)
    known = [x.fact.known for x in versions]
    alerts = alert_course(RULES, evaluations_of(record, known, snapshot.as_of, snapshot.zone))
    days = [x.day for x in snapshot.all_facts if x.day <= snapshot.today]
    watched = (max(days) - min(days)).days + 1 if days else 0
    return _Person(member_of(snapshot), firings_of(alerts, outcomes_of(snapshot)), watched)


def _with(looked: Looked, patient: Patient, found: _Person | None) -> Looked:
    if found is None:
        return replace(looked, failed=looked.failed + 1, after=patient.pk)
    return replace(
        looked,
        members=(*looked.members, found.member),
        firings=(*looked.firings, *found.firings),
        days=looked.days + found.days,
        after=patient.pk,
    )


def _by_lot(looked: Looked) -> Looked:
    """Everybody with a number that says nothing of the order in which they came here."""
    numbers = list(range(1, len(looked.members) + 1))
    SystemRandom().shuffle(numbers)
    members = sorted(
        (replace(x, number=n) for x, n in zip(looked.members, numbers, strict=True)), key=lambda x: x.number
    )
    return replace(looked, members=tuple(members), after=0)
