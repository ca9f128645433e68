"""Who has which course, and on which day of it today is. In the order of `people.PEOPLE`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ildcare.demo import acute, anti_mda5, care, chronic, undecided
from ildcare.demo.course import Course
from ildcare.demo.people import GONE, PEOPLE, REFERRED, Person


class Seen(Enum):
    """Which alerts of more than two days ago somebody has acknowledged."""

    ALL = "all"
    ENTRY = "entry"  # those of the course and its risk; nobody has acknowledged what went wrong since
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Stay:
    """A course, which day of it is today, the day of admission, the consultant's number on the ward, and `Seen`.

    `course` adds the events to an empty course; its name is the name of the course.
    """

    course: Callable[[Course], Course]
    days: int
    admitted: int
    consultant: int = 0
    seen: Seen = Seen.ALL


EAST = (
    Stay(anti_mda5.deteriorating, 16, -4, 0, Seen.ENTRY),
    Stay(anti_mda5.level_too_low, 6, -2, 1, Seen.ENTRY),
    Stay(anti_mda5.on_salvage, 22, -3, 2),
    Stay(anti_mda5.improved, 26, -3, 0),
    Stay(undecided.awaiting_mda5, 2, 0, 1),
    Stay(acute.t2_to_be_judged, 8, -3, 2, Seen.ENTRY),
    Stay(acute.t2_improved, 21, -2, 0),
    Stay(acute.t1_to_be_judged, 15, -3, 1),
    Stay(acute.gc_resistant, 17, -2, 2, Seen.ENTRY),
    Stay(acute.t1_improved, 30, -3, 0),
    Stay(anti_mda5.not_yet_treated, 1, 0, 1),
    Stay(acute.figure_against_table, 11, -3, 2),
    Stay(acute.result_corrected, 6, -3, 0),
    Stay(anti_mda5.result_cancelled, 10, -3, 1),
    Stay(anti_mda5.kl6_forgotten, 13, -2, 2, Seen.ENTRY),
    Stay(undecided.censored, 0, -1, 0),
    Stay(undecided.on_oxygen, 2, -1, 1),
    Stay(anti_mda5.just_begun, 3, -2, 2),
    Stay(acute.t1_begun, 5, -2, 0),
    Stay(acute.anti_ars_on_tacrolimus, 26, -3, 1),
    Stay(anti_mda5.level_too_high, 18, -3, 2, Seen.ENTRY),
    Stay(acute.pm_with_low_oxygen, 4, -1, 0),
    Stay(anti_mda5.infection_on_triple, 24, -3, 1, Seen.NONE),
    Stay(undecided.referral, 1, 0, 2),
    Stay(anti_mda5.hyperinflamed, 12, -3, 0),
    Stay(anti_mda5.ferritin_against_titre, 19, -3, 1, Seen.ENTRY),
)
WEST = (
    Stay(chronic.observed, 425, 421, 0),
    Stay(chronic.observed_with_ars, 195, 192, 1),
    Stay(chronic.steroid_begun, 242, 238, 0),
    Stay(chronic.on_rituximab, 370, 366, 1),
    Stay(chronic.recurrence, 300, 296, 0, Seen.NONE),
    Stay(chronic.on_tacrolimus, 362, 359, 1),
    Stay(chronic.on_azathioprine, 244, 241, 0),
    Stay(chronic.observed_with_mda5, 190, 188, 1),
    Stay(anti_mda5.convalescent, 75, -3, 0),
    Stay(chronic.decided_chronic, 380, 375, 1),
    Stay(acute.t3_to_be_judged, 9, -20, 0, Seen.NONE),
    Stay(acute.t2_with_ivcy, 35, -3, 1),
    Stay(acute.t2_after_t1, 12, -34, 0),
    Stay(chronic.treatment_due, 0, -3, 1),
    Stay(chronic.lung_function_overdue, 256, 253, 0, Seen.ENTRY),
    Stay(chronic.steroid_to_be_judged, 266, 246, 1),
    Stay(undecided.course_unknown, 1, 0, 0),
    Stay(chronic.mostly_below_detection, 200, 197, 1),
    Stay(chronic.on_mycophenolate, 365, 361, 0),
    Stay(chronic.pm_decided_chronic, 260, 255, 1),
    Stay(acute.ferritin_preliminary, 4, -3, 0),
    Stay(undecided.one_factor_settles, 1, -1, 1),
    Stay(acute.gases_falling, 6, -4, 0),
    Stay(chronic.observed_with_ars, 188, 185, 1),
    Stay(acute.tacrolimus_slow, 7, -2, 0, Seen.ENTRY),
)

NOT_SCREENED = {acute.t1_begun}  # of all others hepatitis, tuberculosis, IgG were looked for when they came


def stays() -> Iterator[tuple[Person, Stay]]:
    """Every patient with their course."""
    return zip(PEOPLE, (*EAST, *WEST), strict=True)


def away() -> tuple[tuple[Person, Stay], ...]:
    """Who is on no ward: discharged two days ago, and referred yesterday."""
    return (GONE, Stay(acute.t1_improved, 30, -3, 0)), (REFERRED, Stay(undecided.referral, 1, 0))


def course_of(person: Person, stay: Stay, now: datetime) -> Course:
    """The events of a patient's course, ending `now` (an aware time at the site)."""
    course = stay.course(Course(person, days=stay.days, now=now))
    if stay.admitted > 0:
        care.on_the_ward(course, stay.admitted)
    return course if stay.course in NOT_SCREENED else care.screening(course, min(stay.admitted, 0))
