"""The hospital that is measured: a full ward of patients with a course, one of a few, an empty one, and the rest.

The courses are those of the demonstration, stored the way of any case file and evaluated by the product itself; one
patient of the full ward also has five years of results. `background` adds the rest. Only ever into a database of its
own: where a patient is known already, nothing is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import background
from ildcare.demo.people import PEOPLE, Person
from ildcare.demo.roster import EAST, WEST, Stay
from ildcare.demo.seed import case_of, without_nudges
from ildcare.evaluation.sweep import evaluate_patients
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert, CanaryRun, Doing, SweepRun
from monitoring.rules import RULES
from patients.actions import add_task, admit_patient, register_patient, start_round, store_case
from patients.models import Patient, Role, RoundVisit, User, Ward, WardMembership
from patients.queries import site_zone

FULL, FEW, EMPTY = "bench-full", "bench-few", "bench-empty"
PATIENTS, FEW_PATIENTS = 50, 5  # on the full ward and on the ward of a few
FIRST_NUMBER = 10_000_001  # record number of the first of them
YEARS = 5  # of results of one patient
CONSULTANTS = ("林 智之", "大西 由香", "三浦 健")
COURSES: tuple[Stay, ...] = (*EAST, *WEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """Who signs in and what is opened. `long_stay`: five years of results; `twin`: the same course
    without them; `acute`: a course of some days; `one_of_few`: of the ward of a few, the same course as `twin`.
    `round` and `few_round`: begun over everybody on these wards."""

    full: User
    few: User
    empty: User
    long_stay: int
    twin: int
    acute: int
    one_of_few: int
    round: int
    few_round: int
    patients: int
    results: int


class Occupied(Exception):  # noqa: N818 - what happened
    """The database holds patients that no benchmark made."""


def load(patients: int, results: int, ward: int = PATIENTS, few: int = FEW_PATIENTS, years: int = YEARS) -> Hospital:
    """Fill an empty database with `patients` in all, `results` of each in the background. Raises Occupied."""
    if Patient.objects.exists():
        raise Occupied("measure in a database of its own")
    with without_nudges():
        readers = [_ward_with_reader(code) for code in (FULL, FEW, EMPTY)]
        local = timezone.now().astimezone(site_zone())
        ids = [_patient(n, readers[0], local) for n in range(ward)]
        ids += [_patient(n, readers[1], local, course=n - ward) for n in range(ward, ward + few)]
        _add_years(ids[0], years)
        evaluate_patients(ids)
        _attend(ids, readers[0], local)
        start_round(by=readers[0], order=ids[:ward])
        start_round(by=readers[1], order=ids[ward:])
    _monitoring_runs()
    background.fill(max(1, patients - len(ids)), results)
    return hospital()


def hospital() -> Hospital:
    """What an earlier `load` stored."""
    full, few, empty = (User.objects.get(username=code) for code in (FULL, FEW, EMPTY))
    ids = _on_ward(FULL)
    return Hospital(
        full=full,
        few=few,
        empty=empty,
        long_stay=ids[0].pk,
        twin=ids[1].pk,
        acute=ids[2].pk,
        one_of_few=_on_ward(FEW)[0].pk,
        round=full.rounds.latest("pk").pk,
        few_round=few.rounds.latest("pk").pk,
        patients=Patient.objects.count(),
        results=_estimate("patients_measurement"),
    )


def _on_ward(code: str) -> list[Patient]:
    """In the order in which they were made."""
    return list(Patient.objects.on_ward(Ward.objects.get(code=code)).order_by("mrn"))


def _estimate(table: str) -> int:
    """Rows of a table, as its last ANALYZE counted them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        found: int = cursor.fetchone()[0]
    return found


# -- patients with a course -------------------------------------------------------------------------------------------


def _ward_with_reader(code: str) -> User:
    """A ward and the physician who works there; both have the same name."""
    ward = Ward.objects.create(code=code, name=code, name_ja=code)
    user = User.objects.create(username=code, role=Role.PHYSICIAN, last_name="大西", first_name="由香", language="en")
    WardMembership.objects.create(user=user, ward=ward)
    return user


def _patient(number: int, reader: User, local: datetime, course: int | None = None) -> int:
    """The number-th patient, with the course of that or another number, on the ward of the reader."""
    stay, person = _stay(number if course is None else course), _person(number)
    case = case_of(person, stay, local, site_zone())
    names = {name: getattr(person, name) for name in ("family_kana", "given_kana", "sex", "birth_date")}
    patient = register_patient(
        by=reader, mrn=person.mrn, family_name=person.family_name, given_name=person.given_name, **names
    )
    admit_patient(
        patient=patient,
        ward=Ward.objects.get(code=reader.username),
        by=reader,
        admitted_at=datetime.combine(local.date() - timedelta(days=min(stay.days, 20) + 1), time(9), local.tzinfo),
        bed=person.bed,
        consultant=CONSULTANTS[number % len(CONSULTANTS)],
    )
    store_case(case, by=reader)
    return patient.pk


def _stay(number: int) -> Stay:
    """The first two have the same chronic course, the others whatever comes."""
    order = (WEST[0], *(x for x in COURSES if x is not WEST[0]))
    return order[max(0, number - 1) % len(order)]


def _person(number: int) -> Person:
    """Family name of one invented person, given name of another."""
    family, given = PEOPLE[number % len(PEOPLE)], PEOPLE[(number * 7 + 3) % len(PEOPLE)]
    return Person(
        mrn=str(FIRST_NUMBER + number),
        ward="",
        bed=f"{701 + number}",
        family_name=family.family_name,
        given_name=given.given_name,
        family_kana=family.family_kana,
        given_kana=given.given_kana,
        sex=given.sex,
        birth_date=given.birth_date,
    )


# the tests of a routine morning: place, code, usual value, spread
TESTS = """
CREATE TEMP TABLE routine (place, code, usual, spread) AS VALUES
    (0, 'wbc', 6400, 1800), (1, 'neutrophils', 4200, 1200), (2, 'lymphocytes', 1500, 500), (3, 'haemoglobin', 13, 1),
    (4, 'platelets', 230, 50), (5, 'creatinine', 0.7, 0.2), (6, 'ast', 28, 12), (7, 'alt', 26, 12),
    (8, 'ldh', 210, 50), (9, 'crp', 0.4, 0.4), (10, 'ck', 110, 60), (11, 'ferritin', 180, 90),
    (12, 'kl6', 420, 180), (13, 'spd', 90, 40), (14, 'spo2', 97, 1), (15, 'potassium', 4, 0.3),
    (16, 'glucose', 104, 14), (17, 'ggt', 34, 18), (18, 'bilirubin', 0.6, 0.2), (19, 'temperature', 36.5, 0.3)
"""
LONG_SERIES = """
INSERT INTO patients_measurement
    (patient_id, identity, version, "on", on_is_date, known, recorded_at, source, sender_id, status, correction_reason,
    code, value, comparator, typed_value, typed_unit, fio2, device, name, route, timing, kit, order_id, specimen_id)
SELECT %(patient)s, 'long ' || code || ' ' || n, 1, at, false, at + interval '2 hours', at + interval '2 hours',
    'long series', '', 'final', '', code,
    round((usual + spread * (0.5 * sin(n / 9.0) + random() - 0.5))::numeric, 2), '', '', '',
    CASE code WHEN 'spo2' THEN 0.21 END, '', '', '', '', '', '', ''
FROM generate_series(0, %(weeks)s / 2 - 1) AS n CROSS JOIN routine
CROSS JOIN LATERAL (SELECT now() - (n * 2 + 1) * interval '7 days' AS at) AS taken
"""


def _add_years(patient_id: int, years: int) -> None:
    """Every second week for these years the tests of a routine morning, beside the course. Audited as any other."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TESTS)
        cursor.execute(LONG_SERIES, {"patient": patient_id, "weeks": years * 52})
        cursor.execute("DROP TABLE routine")


# -- what the ward has done -------------------------------------------------------------------------------------------


def _attend(ids: list[int], reader: User, local: datetime) -> None:
    """Two alerts of three are acknowledged, four patients of five were seen yesterday, every third has a task."""
    opened = Alert.objects.open().filter(patient__in=ids).select_related("patient").order_by("patient", "rule")
    for alert in [x for n, x in enumerate(opened) if n % 3]:
        acknowledge_alert(alert=alert, by=reader, doing=Doing.REVIEW_AT_ROUND, expected_version=alert.version)
    people = Patient.objects.in_bulk(ids)
    for number, pk in enumerate(ids):
        if number % 5:
            _see(people[pk], reader, local - timedelta(hours=22))
        if number % 3 == 0:
            add_task(patient=people[pk], by=reader, text="Blood gases before breakfast", due=_due(local, number))


def _see(patient: Patient, reader: User, at: datetime) -> None:
    """A visit of yesterday: the change itself only knows now."""
    plan = "KL-6 and ferritin on Thursday; dyspnoea at the round."
    RoundVisit.objects.create(patient=patient, by=reader, at=at, shown_at=at, note="As yesterday.", plan=plan)


def _due(local: datetime, number: int) -> date:
    return local.date() + timedelta(days=number % 4 - 1)


def _monitoring_runs() -> None:
    """The sign of life of the monitoring for a day: no sweep falls into a measurement, and no page calls it late."""
    now = timezone.now()
    SweepRun.objects.create(started_at=now, finished_at=now + timedelta(days=1))
    spoke = {"ran_at": now + timedelta(days=1), "spoke_at": now + timedelta(days=1), "fired": True, "seconds": 0}
    CanaryRun.objects.bulk_create(CanaryRun(rule=x.code, rule_version=x.version, **spoke) for x in RULES)
