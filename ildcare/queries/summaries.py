"""All that a summary for transfer or discharge tells, as known at one moment. A constant number of reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ildcare.queries.authors import authors_of
from ildcare.queries.records import Record, record_of
from ildcare.queries.results import Latest, as_told, latest_results
from ildcare.queries.rounds import Due, Level, due_tests, levels_of, open_judgements
from monitoring.clock import Appointment
from monitoring.engine import Situation
from monitoring.past import views_at
from monitoring.queries import AlertView
from monitoring.readings import baseline
from patients.clinical import facts as f
from patients.clinical.snapshot import Snapshot
from patients.models import Admission, CareTask, Patient, RoundVisit
from patients.rounds import open_tasks

MOST_VISITS = 12


@dataclass(frozen=True, slots=True)
class Extent:
    """A test over the whole course. `base`: the last value of the 14 days before therapy [J]; `lowest`, `highest`:
    None where there is one value only, or where oxygen, route or dose time differ and no comparison holds."""

    latest: Latest
    base: f.Measurement | None
    lowest: f.Measurement | None
    highest: f.Measurement | None
    count: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A decision or judgement, and who recorded it ("" where the product does not know)."""

    fact: f.Decision | f.Judgement
    by: str


@dataclass(frozen=True, slots=True)
class FullSummary:
    """One patient at one moment. `visits`: the newest; `visits_left_out` counts the others."""

    record: Record
    stays: tuple[Admission, ...]
    alerts: tuple[AlertView, ...]
    extents: tuple[Extent, ...]
    levels: tuple[Level, ...]
    decisions: tuple[Signed, ...]
    judgements: tuple[Signed, ...]
    due: tuple[Due, ...]
    clock: tuple[tuple[Appointment, str], ...]
    tasks: tuple[CareTask, ...]
    visits: tuple[RoundVisit, ...]
    visits_left_out: int
    past: bool


def full_summary(patient: Patient, now: datetime, *, past: bool = False) -> FullSummary:
    """The patient as known at `now`; `past`: an earlier moment, from which what came later is left out."""
    record = record_of(patient, now, past=past)
    snapshot = record.snapshot
    situation = Situation(snapshot, record.pathway.indicated)
    first = record.pathway.regimen.first_d0
    visits = list(RoundVisit.objects.filter(patient=patient, at__lte=now).select_related("by"))
    return FullSummary(
        record,
        tuple(Admission.objects.filter(patient=patient, admitted_at__lte=now).select_related("ward")),
        tuple(views_at(patient.pk, now)),
        tuple(
            _extents(
                snapshot, latest_results(snapshot, as_told(record.texts), patient.sex), first.day if first else None
            )
        ),
        tuple(levels_of(snapshot)),
        _signed(snapshot.decisions),
        _signed(snapshot.judgements),
        tuple(due_tests(situation, snapshot.today)),
        tuple(open_judgements(patient, situation)),
        () if past else tuple(open_tasks([patient.pk]).get(patient.pk, ())),
        tuple(visits[:MOST_VISITS]),
        max(0, len(visits) - MOST_VISITS),
        past,
    )


def _extents(snapshot: Snapshot, latest: Iterable[Latest], first: date | None) -> Iterable[Extent]:
    for x in latest:
        series = snapshot.series(x.code)
        base = baseline(series, first) if first else None
        low, high = _ends(series)
        yield Extent(x, base, low, high, len(series))


def _ends(series: tuple[f.Measurement, ...]) -> tuple[f.Measurement | None, f.Measurement | None]:
    """The lowest and the highest of values that may be compared. Of equal ones the newest."""
    alike = {(x.fio2, x.route, x.timing, x.kit or "") for x in series}
    if len(series) < 2 or len(alike) > 1:
        return None, None
    low = min(reversed(series), key=lambda x: (x.quantity.value, x.quantity.comparator != "<"))
    high = max(reversed(series), key=lambda x: (x.quantity.value, x.quantity.comparator == ">"))
    return low, high


def _signed(facts: Iterable[f.Decision | f.Judgement]) -> tuple[Signed, ...]:
    """With their authors, oldest first."""
    told = list(facts)
    people = authors_of(told)
    return tuple(Signed(x, people.get(x.id, "")) for x in told)
