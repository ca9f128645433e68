"""Is the patient still cared for, in hospital or at home, and since when is he known? Pure.

Source: specification 12 (54), (58), 13 (87), (89) [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from patients.clinical import facts as f
from patients.clinical.course import ACUTE, CHRONIC, course_of
from patients.clinical.physiology import WINDOW_DAYS
from patients.clinical.snapshot import FIELD_OF, Snapshot, from_day, in_order, latest, once

ENDING = ("death", "transferred", "care_ended")
TRANSPLANT = "lung_transplant"
LEAVING = ("home", "other_hospital", None)  # a discharge to another ward leaves the patient in hospital


@once
def care_ended(snapshot: Snapshot) -> f.Outcome | None:
    """The outcome that ended the care, if it stands; after a transfer or an end of care a new admission resumes it.

    A death ends all, whatever another record or document tells of later. Of one time what became known later counts.
    """
    return ended_by(snapshot.outcomes, snapshot.hospital_admissions)


def ended_by(outcomes: Sequence[f.Outcome], admissions: Sequence[f.HospitalAdmission]) -> f.Outcome | None:
    """Of outcomes and admissions, in time, the outcome that ended the care."""
    deaths = [x for x in outcomes if x.what == "death"]
    if deaths:
        return deaths[-1]
    ended = latest([x for x in outcomes if x.what in ENDING])
    if ended is None:
        return None
    resumed = any((x.on, x.known) > (ended.on, ended.known) for x in admissions)
    return None if resumed else ended


@once
def transplanted(snapshot: Snapshot) -> f.Outcome | None:
    """The lung transplant after which chart, response and rules of the disease end; levels and organs go on."""
    return latest([x for x in snapshot.outcomes if x.what == TRANSPLANT])


@once
def in_hospital(snapshot: Snapshot) -> bool | None:
    """In-patient by the last admission or discharge; without either, while on a ward; None where nobody says."""
    last = _last_stay(snapshot)
    return snapshot.on_ward if last is None else isinstance(last, f.HospitalAdmission)


def _last_stay(snapshot: Snapshot) -> f.Fact | None:
    stays: list[f.Fact] = [*snapshot.hospital_admissions, *(x for x in snapshot.discharges if x.to in LEAVING)]
    return max(stays, key=in_order, default=None)


@once
def left(snapshot: Snapshot) -> f.Fact | None:
    """The death, or the last end of care or discharge that no admission has followed."""
    ended, last = care_ended(snapshot), _last_stay(snapshot)
    if not isinstance(last, f.Discharge) or (ended is not None and ended.what == "death"):
        return ended
    return last if ended is None else max(ended, last, key=in_order)


@once
def first_seen(snapshot: Snapshot) -> date | None:
    """First day with a measurement, an HRCT or a treatment of the present episode; before it no test was due.

    Diagnosis, antibody, histology and onset do not count (13 (89)). Who lies in hospital is seen all the same: from the
    admission, or from the first thing that was known.
    """
    course = course_of(snapshot)
    start = course.since - timedelta(days=WINDOW_DAYS) if course.course == ACUTE and course.since else None
    if course.course == CHRONIC and course.since:
        start = course.since
    kinds = (snapshot.measurements, snapshot.hrcts, snapshot.treatments, snapshot.hospital_admissions)
    first = [x.day for facts in kinds for x in from_day(facts, start or date.min)[:1]]
    if in_hospital(snapshot):
        every = (x.known_day for name in FIELD_OF.values() for x in getattr(snapshot, name))
        first += [x for x in every if start is None or x >= start]
    return min(first, default=None)
