"""What a summary for transfer or discharge holds, as known at one moment. A constant number of reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ildcare.record.page import Record, record_of
from ildcare.record.results import Latest, as_text_results, latest_results
from ildcare.round.sheet import Due, due_until_tomorrow, open_judgements
from ildcare.trends.levels import Level, levels_of
from monitoring.clock import Appointment
from monitoring.engine import Situation
from monitoring.past import views_at
from monitoring.queries import AlertView
from monitoring.readings import baseline
from patients.clinical import facts as f
from patients.clinical.comparison import conditions_of
from patients.clinical.doubtful import settled
from patients.models import Admission, CareTask, Patient, RoundVisit
from patients.queries import authors_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole course of one patient at one moment. `visits`: the newest; `visits_left_out` counts the others."""

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


def read_summary(patient: Patient, now: datetime, *, past: bool = False) -> Summary:
    """The patient as known at `now`; `past`: an earlier moment, from which what came later is left out."""
    record = record_of(patient, now, past=past)
    snapshot = record.snapshot
    situation = Situation(snapshot, record.pathway.indicated)
    signed = RoundVisit.objects.filter(patient__in=[patient.pk, *(x.absorbed_id for x in record.merges)], at__lte=now)
    visits = list(signed.select_related("by", "taken_back", "patient"))
    return Summary(
        record=record,
        stays=tuple(Admission.objects.filter(patient=patient, admitted_at__lte=now).select_related("ward")),
        alerts=tuple(views_at(patient.pk, now)),
        extents=tuple(_extents(record)),
        levels=tuple(levels_of(snapshot)),
        decisions=_signed(snapshot.decisions),
        judgements=_signed(snapshot.judgements),
        due=tuple(due_until_tomorrow(situation, snapshot.today)),
        clock=tuple(open_judgements(patient, situation)),
        tasks=() if past else tuple(open_tasks([patient.pk]).get(patient.pk, ())),
        visits=tuple(visits[:MOST_VISITS]),
        visits_left_out=max(0, len(visits) - MOST_VISITS),
        past=past,
    )


def _extents(record: Record) -> Iterator[Extent]:
    """Every test that was ever made, in the order of the panels."""
    first = record.pathway.regimen.first_d0
    every, sure_ones = _by_test(record.snapshot.measurements), _by_test(settled(record.snapshot).measurements)
    for latest in latest_results(record.snapshot, as_text_results(record.texts), record.patient.sex):
        test = latest.code, latest.name
        series, sure = every[test], sure_ones[test]
        base = (
            baseline(record.snapshot, sure, first.day) if first else None
        )  # a doubtful value is no baseline, lowest or highest
        lowest, highest = _lowest_and_highest(sure)
        yield Extent(latest, base, lowest, highest, len(series))


def _by_test(measurements: Sequence[f.Measurement]) -> dict[tuple[str, str | None], list[f.Measurement]]:
    """Values by test, those outside the catalogue by their name."""
    found: dict[tuple[str, str | None], list[f.Measurement]] = defaultdict(list)
    for x in measurements:
        found[x.code, x.name].append(x)
    return found


def _lowest_and_highest(series: Sequence[f.Measurement]) -> tuple[f.Measurement | None, f.Measurement | None]:
    """The lowest and the highest of values that may be compared, else None. Of equal ones the newest."""
    conditions = {conditions_of(x) for x in series}
    if len(series) < 2 or len(conditions) > 1:
        return None, None
    lowest = min(reversed(series), key=lambda x: (x.quantity.value, not x.quantity.comparator.startswith("<")))
    highest = max(reversed(series), key=lambda x: (x.quantity.value, x.quantity.comparator.startswith(">")))
    return lowest, highest


def _signed(facts: Sequence[f.Decision | f.Judgement]) -> tuple[Signed, ...]:
    """The facts with their authors, oldest first."""
    authors = authors_of(facts)
    return tuple(Signed(x, authors.get(x.id, "")) for x in facts)
