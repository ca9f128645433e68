"""Has anything changed? A word for the state of each line of a list, and for the list of them. One query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ildcare.ward.rows import LIES_HERE, WORD, WORD_JOINS, of_wards
from monitoring.models import SweepRun
from monitoring.queries import LAST_SWEEP_SQL, sweep_as_read
from patients.models import User, Ward
from patients.prepared import prepared_cursor

# Of the reader's other wards only who lies there: their names may be taken for those on the list.
STATE = f"""
SELECT
    (SELECT json_object_agg(stay.patient_id, {WORD} ORDER BY stay.id) {WORD_JOINS} {LIES_HERE}),
    (SELECT coalesce(string_agg(DISTINCT concat(person.id, '.', person.version), ','), '')
        FROM patients_wardmembership AS mine
        JOIN patients_admission AS stay ON stay.ward_id = mine.ward_id AND stay.discharged_at IS NULL
        JOIN patients_patient AS person ON person.id = stay.patient_id
        WHERE mine.user_id = %(user)s),
    {LAST_SWEEP_SQL}
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True)
class WardState:
    """What the list of some wards shows to a user, in words that are others after every change of it.

    `lines`: by patient id in the order of admission; `people`: who lies on any ward of the user, under which names. The
    words of lines hold for the hour. `last_sweep`: of the monitoring, None before the first.
    """

    lines: Mapping[int, str]
    people: str
    last_sweep: SweepRun | None


def ward_state(wards: Sequence[Ward], user: User | None, now: datetime) -> WardState:
    """The state of the lists of these wards for this user. One query."""
    with prepared_cursor() as cursor:
        cursor.execute(STATE, of_wards(wards, user, now, None))
        lines, people, *sweep = cursor.fetchone()
    return WardState({int(pk): word for pk, word in (lines or {}).items()}, people, sweep_as_read(*sweep))
