"""What the worklists ask of a patient's record: tests that are due, drugs with levels, cyclophosphamide.

Worked out once for a state of the record and an hour and kept in the memory of this process: nothing of it hangs on who
reads. A patient whose record cannot be worked out is named; the others are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from ildcare.moment.state_cache import StateCache
from ildcare.record.treatments import next_cycle
from ildcare.trends.levels import verdict
from monitoring.engine import Situation
from monitoring.intervals import BLOOD_COUNT, LEVELS, NADIR_DAYS, DueTest, due_tests
from monitoring.levels import Band, band_at
from patients.clinical.drug_levels import lacking, levelled_drugs, runs_of
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.wall_clock import start_of_hour
from patients.models import EvaluationMark
from patients.queries import site_settings, site_zone, take_snapshots

MOST = 2048  # records, a few kB each
LAST_LEVELS = 5  # the last ones of a drug
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelDrug:
    """A drug with levels that is given. `levels`: the last ones of its run, oldest first; `place` of the newest: low,
    high, within, "" (not judged), and `why_not`; `band`: that judges it, or would."""

    drug: str
    order: Treatment
    levels: tuple[Measurement, ...]
    place: str = ""
    why_not: Reason | None = None
    band: Band | None = None
    due: DueTest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The last dose of intravenous cyclophosphamide: how many there were, when the next is due (None: it ended), the
    days of the nadir, the newest blood count."""

    last: Treatment
    number: int
    next: tuple[date, date] | None
    nadir: tuple[date, date]
    counts: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the worklists show of a record."""

    today: date
    tests: tuple[DueTest, ...]
    drugs: tuple[LevelDrug, ...]
    cycle: Cycle | None


_kept: StateCache[Watched] = StateCache(MOST)


def watched_of(patient_ids: Iterable[int], now: datetime) -> tuple[dict[int, Watched], set[int]]:
    """By patient id, and those whose record could not be worked out. Two queries, whatever their number; one where
    nothing changed since it was asked last."""
    ids = list(patient_ids)
    words = _words(ids, now)
    found = {pk: kept for pk, word in words.items() if (kept := _kept.find(word))}
    left = [pk for pk in ids if pk not in found]
    failed: set[int] = set()
    snapshots: Mapping[int, Snapshot] = take_snapshots(left, now, now) if left else {}
    for pk, snapshot in snapshots.items():
        try:
            found[pk] = _watched(snapshot)
        except Exception as error:  # one record must never hold up the list of the others
            log.error("worklist_failed", patient=pk, error=type(error).__name__)
            failed.add(pk)
        else:
            _kept.keep(words[pk], found[pk])
    return found, failed


def _words(ids: Iterable[int], now: datetime) -> dict[int, tuple[object, ...]]:
    """A word for the state of each record: how often it had changed, the hour, the choices of the site."""
    site, zone = site_settings(), site_zone()
    marks = EvaluationMark.objects.filter(patient__in=ids)
    counts = dict(marks.values_list("patient_id", "requested_count"))
    hour, choices = start_of_hour(now, zone), site.as_clinical()
    return {pk: (pk, counts.get(pk, 0), hour, zone.key, repr(choices)) for pk in ids}


def _watched(snapshot: Snapshot) -> Watched:
    tests = tuple(sorted(due_tests(Situation(snapshot)), key=lambda x: (x.due, x.code)))
    return Watched(
        today=snapshot.today, tests=tests, drugs=tuple(_level_drugs(snapshot, tests)), cycle=_cycle(snapshot)
    )


def _level_drugs(snapshot: Snapshot, tests: Iterable[DueTest]) -> Iterator[LevelDrug]:
    due = {x.code: x for x in tests if x.code in LEVELS}
    for drug in levelled_drugs():
        runs = [x for x in runs_of(drug, snapshot.treatments) if x.stop is None or x.stop >= snapshot.today]
        if not runs:
            continue
        order = runs[-1].courses[-1]
        levels = [x for x in snapshot.series(drug) if x.day >= runs[-1].start]
        newest = levels[-1] if levels else None
        yield LevelDrug(
            drug=drug,
            order=order,
            levels=tuple(levels[-LAST_LEVELS:]),
            place=verdict(newest, snapshot) if newest else "",
            why_not=lacking(newest.route, newest.timing) if newest else None,
            band=band_at(newest, snapshot) if newest else None,
            due=due.get(drug),
        )


def _cycle(snapshot: Snapshot) -> Cycle | None:
    doses = [x for x in snapshot.treatments if x.drug == "ivcy"]
    if not doses:
        return None
    first, last = NADIR_DAYS
    day = doses[-1].day.toordinal()
    newest = [snapshot.series(x)[-1] for x in BLOOD_COUNT[:2] if snapshot.series(x)]
    return Cycle(
        last=doses[-1],
        number=len(doses),
        next=next_cycle(snapshot),
        nadir=(date.fromordinal(day + first), date.fromordinal(day + last)),
        counts=tuple(newest),
    )
