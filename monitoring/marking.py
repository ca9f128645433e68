"""What somebody says of a test that is due: taken, not needed, cannot be done, moved to another day.

No rule hears of it: the test stays due, and its alert comes as before, until there is a result. What was said stands
beside both, with its author, so that nothing that a rule demands goes out of sight [J].
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.models import Mark, MarkedTest
from patients.changes import Refused, change_to, repeated_on_deadlock
from patients.models import Patient, User

LONGEST_MOVE = timedelta(days=14)  # a test is moved so far at most, from the day on which it is said [J]
# so long a mark answers for the list; after that the test is asked for again, with what was said beside it [J]
RESULT_WITHIN = timedelta(hours=24)  # taken, and no result yet
NOT_NEEDED_FOR = timedelta(days=7)
Key = tuple[int, str, date]  # patient, test, due


@repeated_on_deadlock
def mark_test(
    *, patient: Patient, code: str, due: date, what: str, by: User, note: str = "", moved_to: date | None = None
) -> MarkedTest:
    """Append what is said of a test that is due on a day. Refused: not done without a reason; moved to no day, to one
    that is past, or too far away."""
    note, today = note.strip(), timezone.localdate()
    if what not in Mark.values:
        raise ValueError(f"unknown mark: {what}")
    if what in (Mark.NOT_NEEDED, Mark.CANNOT) and not note:
        raise Refused(_("Say why the test is not done."))
    if what == Mark.MOVED and (moved_to is None or not today < moved_to <= today + LONGEST_MOVE):
        words = {"n": LONGEST_MOVE.days}
        raise Refused(_("A test is moved to a day after today, at most %(n)s days away.") % words)
    day = moved_to if what == Mark.MOVED else None
    with change_to(patient, by=by):
        return MarkedTest.objects.create(
            patient=patient, code=code, due=due, what=what, note=note, moved_to=day, by=by, at=timezone.now()
        )


def marks_of(patient_ids: Iterable[int]) -> dict[Key, MarkedTest]:
    """By patient, test and its due day the last that was said of it, unless it was opened again. One query."""
    rows = MarkedTest.objects.filter(patient__in=list(patient_ids)).select_related("by")
    last = rows.order_by("patient_id", "code", "due", "-id").distinct("patient_id", "code", "due")
    return {(x.patient_id, x.code, x.due): x for x in last if x.what != Mark.OPEN}


def answers(mark: MarkedTest, now: datetime) -> bool:
    """Does a mark still answer for its test? Taken: for a day, until the result; not needed: for a week; cannot be
    done: for that day; moved: until its new day."""
    said, today = timezone.localdate(mark.at), timezone.localdate(now)
    if mark.what == Mark.TAKEN:
        return now - mark.at < RESULT_WITHIN
    if mark.what == Mark.MOVED:
        return mark.moved_to is not None and today < mark.moved_to
    return today - said < (NOT_NEEDED_FOR if mark.what == Mark.NOT_NEEDED else timedelta(days=1))
