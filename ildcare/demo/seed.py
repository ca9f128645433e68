"""Storing the demonstration: staff, wards, invented patients whose courses end now, and the published cases.

Everything goes the way of any import (`store_case`), in one transaction. What is there already is left as it is.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from ildcare.demo.attention import acknowledge_seen, evaluate_and_acknowledge
from ildcare.demo.earlier import clock_at, received_at
from ildcare.demo.openings import ANSWERED_AFTER, JUST_NOW, openings
from ildcare.demo.people import (
    EAST,
    FREE_BEDS,
    GONE,
    LABORATORIES,
    PEOPLE,
    PUBLISHED,
    USERS,
    WARDS,
    WEST,
    DemoUser,
    DemoWard,
    Person,
)
from ildcare.demo.reviews import hold_reviews
from ildcare.demo.roster import Stay, away, course_of, stays
from ildcare.demo.sending import send_what_waits
from ildcare.demo.visits import hold_rounds, is_seen, see_this_morning, was_known
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.review.triggers import gather
from monitoring.actions import pass_on_unacknowledged
from monitoring.receivers import nudge_on_commit
from patients.actions import (
    admit_patient,
    correct_identity,
    discharge_patient,
    join_team,
    register_patient,
    store_case,
)
from patients.clinical.facts import Measurement
from patients.imports.case import Case, CaseEvent
from patients.imports.case_file import parse
from patients.models import Bed, Patient, Source, User, Ward, WardMembership
from patients.queries import site_zone
from patients.signals import record_changed

CASES = Path(__file__).parent / "cases"
ADMISSION_CLOCK = time(0, 5)
PASSED_ON = time(20, 15)  # of yesterday: what nobody answered
NUDGE = "monitoring.nudge_on_commit"  # as monitoring.apps connects it


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was stored: patients and versions of facts; `logins` are the user names."""

    patients: int
    facts: int
    logins: tuple[str, ...]


@contextmanager
def without_nudges() -> Iterator[None]:
    """No "look now" for every single change: the next sweep looks at everybody at once."""
    record_changed.disconnect(dispatch_uid=NUDGE)
    try:
        yield
    finally:
        record_changed.connect(nudge_on_commit, dispatch_uid=NUDGE)


@transaction.atomic
@without_nudges()
def seed(*, now: datetime, password: str, renew: bool = False) -> Seeded:
    """Store what is missing of the demonstration. New users get the password, with `renew` the others too."""
    local = now.astimezone(site_zone())
    wards = {ward.code: _ward(ward) for ward in (*WARDS, PUBLISHED)}
    for user in USERS:
        _user(user, wards, password, renew=renew)
    for name, title, sender in LABORATORIES:
        Source.objects.get_or_create(name=name, defaults={"title": title, "sender": sender})
    known = set(Patient.objects.values_list("mrn", flat=True))
    before = set(Patient.objects.values_list("pk", flat=True))
    new = [_admit(person, stay, wards, local) for person, stay in stays() if person.mrn not in known]
    _store_as_time_went(new, local)
    stored = [_store(admitted) for admitted in new]
    send_what_waits([x.patient for x in new if x.course == "censored"], local)
    published = [(n, case) for n, case in _published(local) if case.patient.mrn not in known]
    stored += [_store_published(case, wards[PUBLISHED.code], n) for n, case in published]
    stored += [_store_away(*x, wards, local) for x in away() if x[0].mrn not in known]
    others = Patient.objects.exclude(pk__in=before).exclude(pk__in=[x.patient.pk for x in new])
    evaluate_and_acknowledge(others.values_list("pk", flat=True), local.date())
    evaluate_patients(x.patient.pk for x in new)
    if gather(local) and new:
        hold_reviews()
    return Seeded(len(stored), sum(stored), tuple(user.username for user in USERS))


def fresh_password() -> str:
    """A password that a person can type."""
    return f"ward-{secrets.token_hex(4)}"


def _ward(ward: DemoWard) -> Ward:
    row, _created = Ward.objects.get_or_create(code=ward.code, defaults={"name": ward.name, "name_ja": ward.name_ja})
    beds = sorted([*(x.bed for x in PEOPLE if x.ward == ward.code), *FREE_BEDS.get(ward.code, ())])
    for position, label in enumerate(beds):
        Bed.objects.get_or_create(ward=row, label=label, defaults={"position": position})
    return row


def _user(user: DemoUser, wards: dict[str, Ward], password: str, *, renew: bool) -> None:
    names = {"first_name": user.given_name, "last_name": user.family_name, "role": user.role, "is_staff": user.staff}
    row, created = User.objects.get_or_create(username=user.username, defaults={**names, "is_superuser": user.staff})
    if created or renew:
        row.set_password(password)
        row.save(update_fields=["password"])
    for code in user.wards:
        WardMembership.objects.get_or_create(user=row, ward=wards[code])


# -- invented patients ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A patient on the ward, the course as it will have come to today, and its name."""

    patient: Patient
    case: Case
    course: str
    ward: str
    since: datetime


def _admit(person: Person, stay: Stay, wards: dict[str, Ward], local: datetime) -> _Admitted:
    case = case_of(person, stay, local, site_zone())
    patient = register_patient(
        by=None,
        mrn=person.mrn,
        family_name=person.family_name,
        given_name=person.given_name,
        family_kana=person.family_kana,
        given_kana=person.given_kana,
        sex=person.sex,
        birth_date=person.birth_date,
        source=case.source,
    )
    since = _start_of(local, stay.admitted - stay.days)
    admit_patient(
        patient=patient,
        ward=wards[person.ward],
        by=None,
        admitted_at=since,
        bed=person.bed,
        consultant=_consultant(person, stay),
    )
    return _Admitted(patient, case, stay.course.__name__, person.ward, since)


def _consultant(person: Person, stay: Stay) -> User | str:
    """The user of this name; a consultant who does not sign in is a name."""
    ward = next(ward for ward in WARDS if ward.code == person.ward)
    name = ward.consultants[stay.consultant % len(ward.consultants)]
    return next((x for x in User.objects.filter(last_name=name.split()[0]) if str(x) == name), name)


def _store_away(person: Person, stay: Stay, wards: dict[str, Ward], local: datetime) -> int:
    """Somebody who is on no ward: discharged, or known from a document alone."""
    physician = User.objects.get(username="physician")
    if person is not GONE:
        case = case_of(person, stay, local, site_zone())
        patient = store_case(case, by=physician).patient
        kana = {"family_kana": person.family_kana, "given_kana": person.given_kana}
        correct_identity(
            patient=patient,
            by=physician,
            expected_version=patient.version,
            reason="The document had no kana.",
            **kana,
        )
        return len(case.events)
    admitted = _admit(person, stay, wards, local)
    at = min(local, _start_of(local, -2) + timedelta(hours=14))
    discharge_patient(patient=admitted.patient, by=physician, at=at, to="home", known=at)
    join_team(patient=admitted.patient, user=physician, by=physician)
    _store_as_it_came(admitted.case, admitted.patient)
    return len(admitted.case.events)


def _store(admitted: _Admitted) -> int:
    """All that is known: what came since is news."""
    store_case(admitted.case, by=None)
    return len(admitted.case.events)


def _store_as_time_went(new: Sequence[_Admitted], local: datetime) -> None:
    """What was known at each look of the days before and of this morning, with the alerts of that moment and who
    answered them, and the rounds of yesterday between them."""
    here = {x.patient.mrn: x for x in new}
    stored: dict[int, int] = {}  # how many events of each patient
    begun = [(x.patient.mrn, x.course, None if _was_corrected(x, local) else x.since) for x in new]
    steps: list[tuple[datetime, Callable[[], None]]] = [
        (moment, partial(_look, [here[mrn] for mrn in mrns], moment, local, stored))
        for moment, mrns in openings(begun, local)
    ]
    for ward in (EAST, WEST):
        moment = was_known(local, ward)
        steps.append((moment, partial(_go_round, [x for x in new if x.ward == ward], moment, ward, local, stored)))
    evening = datetime.combine(local.date() - timedelta(days=1), PASSED_ON, local.tzinfo)
    steps.append((evening, partial(_pass_on, evening)))
    for _moment, step in sorted(steps, key=lambda x: x[0]):
        step()
    see_this_morning({x.course: x.patient for x in new if is_seen(x.course)}, local)


def _look(there: Sequence[_Admitted], moment: datetime, local: datetime, stored: dict[int, int]) -> None:
    """What has come of these patients at a moment is stored and judged; what is grave has its answer soon after."""
    cases = {x.patient.pk: _known_at(x.case, moment) for x in there}
    group = [x for x in there if len(cases[x.patient.pk].events) > stored.get(x.patient.pk, 0)]
    with received_at(moment):
        for admitted in group:
            case = cases[admitted.patient.pk]
            if admitted.patient.pk in stored:
                store_case(case, by=None)
            else:
                _store_as_it_came(case, admitted.patient)
            stored[admitted.patient.pk] = len(case.events)
        evaluate_patients(x.patient.pk for x in group)
    if moment + ANSWERED_AFTER < local - timedelta(minutes=max(JUST_NOW.values())):
        with clock_at(moment + ANSWERED_AFTER):
            acknowledge_seen([x.patient.pk for x in there], moment.date(), grave=True)


def _go_round(there: Sequence[_Admitted], moment: datetime, ward: str, local: datetime, stored: dict[int, int]) -> None:
    """The rounds of a ward, on what is known at their begin."""
    _look(there, moment, local, stored)
    hold_rounds({x.course: x.patient for x in there if is_seen(x.course)}, moment, ward)


def _pass_on(moment: datetime) -> None:
    """What nobody had answered by then, as the sweep does it."""
    with clock_at(moment):
        pass_on_unacknowledged()


def _was_corrected(admitted: _Admitted, local: datetime) -> bool:
    """Was a result corrected before the rounds of yesterday? Then they see it before and after: no earlier look."""
    case = _known_at(admitted.case, was_known(local))
    return len(tuple(_before_corrections(case))) < len(case.events)


def _known_at(case: Case, moment: datetime) -> Case:
    return replace(case, events=tuple(x for x in case.events if x.version.fact.known <= moment))


def case_of(person: Person, stay: Stay, local: datetime, zone: ZoneInfo) -> Case:
    """The course of an invented patient, read as any case file."""
    document = json.dumps(course_of(person, stay, local).as_case_file(), ensure_ascii=False)
    return parse(document, zone=zone.key, now=local)


def _store_as_it_came(case: Case, patient: Patient) -> None:
    """First as it was before a result was corrected, then all: what rested on the result is seen to be withdrawn."""
    before = tuple(_before_corrections(case))
    if len(before) < len(case.events):
        store_case(replace(case, events=before), by=None)
        evaluate_patients([patient.pk])
    store_case(case, by=None)


def _before_corrections(case: Case) -> Iterator[CaseEvent]:
    """All entries but corrections, and but newer results of the same test, which would have ended the alert."""
    seen: set[str] = set()
    corrected: dict[str, datetime] = {}
    for version in case.versions:
        if version.identity in seen and isinstance(version.fact, Measurement):
            corrected[version.fact.code] = version.fact.on
        seen.add(version.identity)
    for entry in case.events:
        fact = entry.version.fact
        first = entry.version.identity in seen
        seen.discard(entry.version.identity)
        newer = isinstance(fact, Measurement) and fact.code in corrected and fact.on > corrected[fact.code]
        if first and not newer:
            yield entry


def _start_of(local: datetime, days: int) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), ADMISSION_CLOCK, local.tzinfo)


# -- published cases --------------------------------------------------------------------------------------------------


def _published(local: datetime) -> Iterator[tuple[int, Case]]:
    for number, path in enumerate(sorted(CASES.glob("*.json")), start=1):
        yield number, parse(path.read_bytes(), zone=site_zone().key, now=local)


def _store_published(case: Case, ward: Ward, number: int) -> int:
    patient = store_case(case, by=None).patient
    day = min(entry.version.fact.day for entry in case.events)
    admitted = datetime.combine(day, ADMISSION_CLOCK, site_zone())
    admit_patient(patient=patient, ward=ward, by=None, admitted_at=admitted, bed=str(number))
    return len(case.events)
