"""Patients on no ward, and the patients of one person: who stands on the list, in which order, and what is new there.

A result is new until somebody saw the patient or acknowledged an alert since it came, whoever that was. Nobody walks a
round past a patient who has gone home: without this a late result would be news for nobody. What waits of a patient on
no ward whose consultant is nobody, or does not sign in, is said to be unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from ildcare.ward.changes import RESULT_TABLES
from ildcare.ward.line import Line
from ildcare.ward.lines import lines_of_rows
from ildcare.ward.off_ward import consultants_of, reads
from ildcare.ward.rows import Row, rows_of
from patients.models import Admission, CareOutcome, Patient, Responsibility, User
from patients.queries import wards_of
from patients.rounds import STANDS
from patients.stay_steps import last_steps, whereabouts_in_words
from patients.wording import name_of, short_moment

PAGE = 50  # patients

# of `listed.id`: since when a result is new (the head of a ward list counts so too, `ildcare.ward.off_ward`), and the
# results since then
SINCE = f"""SELECT greatest(
    person.registered_at,
    (SELECT max(discharged_at) FROM patients_admission WHERE patient_id = listed.id AND NOT taken_back),
    (SELECT max(visit.shown_at) FROM patients_roundvisit AS visit WHERE visit.patient_id = listed.id AND {STANDS}),
    (SELECT max(acknowledged_at) FROM monitoring_alert WHERE patient_id = listed.id)
) AS at"""  # noqa: S608 - the same text always
ARRIVED = " UNION ALL ".join(
    f"SELECT FROM {x._meta.db_table} WHERE patient_id = listed.id AND recorded_at > since.at AND status <> 'cancelled'"
    for x in RESULT_TABLES
)

# since when a result counts as new, how many there are, and the gravest alert that waits; the list in its order
RANKED = f"""
SELECT listed.id, since.at, news.number
FROM unnest(%(patients)s::bigint[]) AS listed (id)
JOIN patients_patient AS person ON person.id = listed.id
CROSS JOIN LATERAL ({SINCE}) AS since
CROSS JOIN LATERAL (SELECT count(*) AS number FROM ({ARRIVED}) AS result) AS news
CROSS JOIN LATERAL (
    SELECT max(severity) FILTER (WHERE acknowledged_at IS NULL) AS waiting, max(severity) AS seen
    FROM monitoring_alert WHERE patient_id = listed.id AND closed_at IS NULL
) AS alert
LEFT JOIN LATERAL (
    SELECT max(discharged_at) AS at FROM patients_admission WHERE patient_id = listed.id AND NOT taken_back
) AS gone ON true
ORDER BY coalesce(alert.waiting, 0) DESC, (news.number > 0) DESC, listed.id <> ALL (%(read)s::bigint[]) DESC,
    coalesce(alert.seen, 0) DESC, gone.at DESC NULLS LAST, listed.id
OFFSET %(skip)s LIMIT %(most)s
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One patient on the list. `where`: the ward, or what became of the stay and when; `news`: results since then;
    `unread`: why no consultant reads what waits, in words."""

    line: Line
    on_ward: bool
    where: str
    when: datetime | None
    consultant: str
    since: datetime
    news: int
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """One page of the list, and how many patients there are."""

    standing: tuple[Standing, ...]
    total: int
    number: int

    @property
    def before(self) -> int:
        """The page before; 0 for none."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The page after; 0 for none."""
        return self.number + 1 if self.number * PAGE < self.total else 0


def mine(user: User) -> QuerySet[Patient]:
    """The patients for whom the user is responsible, on a ward or not."""
    answers = Responsibility.objects.filter(patient=OuterRef("pk"), user=user, until=None)
    return Patient.objects.kept().filter(Exists(answers))


def roster(patients: QuerySet[Patient], user: User, now: datetime, number: int = 1) -> Roster:
    """A page of these patients: those with a grave alert first, then those with something new. Its number of queries
    does not depend on theirs."""
    ids = list(patients.order_by().values_list("pk", flat=True))
    consultants = consultants_of(ids)
    read = [pk for pk, consultant in consultants.items() if reads(consultant, now)]
    with connection.cursor() as cursor:
        cursor.execute(RANKED, {"patients": ids, "read": read, "skip": (number - 1) * PAGE, "most": PAGE})
        ranked = cursor.fetchall()
    standing = [_with_reader(x, consultants.get(x.line.patient.pk), now) for x in _standing(ranked, user, now)]
    return Roster(tuple(standing), len(ids), number)


def _with_reader(x: Standing, consultant: User | None, now: datetime) -> Standing:
    waits = not x.on_ward and (x.news or x.line.unacknowledged)
    if not waits or (consultant is not None and reads(consultant, now)):
        return x
    return replace(x, unread=_unread_because(consultant))


def _unread_because(consultant: User | None) -> str:
    if consultant is None:
        return _("unread: no consultant who signs in")
    who = {"who": consultant, "when": short_moment(consultant.last_login) if consultant.last_login else ""}
    if not consultant.is_active:
        return _("unread: %(who)s cannot sign in any more") % who
    if not who["when"]:
        return _("unread: %(who)s has never signed in") % who
    return _("unread: %(who)s last signed in %(when)s") % who


def _standing(ranked: Sequence[tuple[int, datetime, int]], user: User, now: datetime) -> list[Standing]:
    ids = [pk for pk, _since, _news in ranked]
    stays = {
        x.patient_id: x for x in Admission.objects.filter(patient__in=ids, discharged_at=None).select_related("ward")
    }
    rows = {x.patient.pk: x for x in rows_of(ids, user, now)}
    since = {pk: at for pk, at, _news in ranked if pk not in stays}
    told = [_seen_since(row, since[pk]) if pk in since else row for pk, row in rows.items()]
    lines = {x.patient.pk: x for x in lines_of_rows(told, wards_of(user), user, now)}
    steps, ended = last_steps(ids), ends(ids)
    return [
        Standing(
            line=lines[pk],
            on_ward=pk in stays,
            where=ended.get(pk) or whereabouts_in_words(stays.get(pk), steps.get(pk)),
            when=steps[pk].at if pk in steps and pk not in stays else None,
            consultant=stays[pk].consultant if pk in stays else (steps[pk].consultant if pk in steps else ""),
            since=at,
            news=lines[pk].changes.results if pk in stays else news,
        )
        for pk, at, news in ranked
    ]


def _seen_since(row: Row, since: datetime) -> Row:
    return replace(row, last_visit=replace(row.last_visit, since=since, whose="team"))


def ends(ids: Sequence[int]) -> dict[int, str]:
    """A death in words, by patient id: also of those of whom only a document told."""
    deaths = CareOutcome.objects.filter(patient__in=list(ids), what="death").standing().exclude(status="cancelled")
    return {x.patient_id: name_of("outcome", x.what).capitalize() for x in deaths}
