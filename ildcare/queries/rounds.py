"""The round page: one patient on one screen, as compared with the last look; and the state of a whole round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import get_language

from algorithm.difference import Difference, difference
from algorithm.models import Assessment
from algorithm.opinion import output_of
from algorithm.record import inputs_of
from ildcare.changed import Changes
from ildcare.news import NewResult, new_results
from ildcare.queries.changes import Look, changes_of, last_looks
from ildcare.queries.levels import judged_text, target_text, verdict
from ildcare.queries.records import FactLine, Record, describe_lines, record_of
from ildcare.queries.results import Latest, as_told, latest_results
from ildcare.state_code import code_of
from monitoring.clock import Appointment, appointments
from monitoring.engine import Situation
from monitoring.intervals import Owed, owed
from patients.clinical import facts as f
from patients.clinical.drug_levels import LEVELLED, runs_of
from patients.clinical.snapshot import Snapshot
from patients.models import FACT_TABLES, Admission, CareTask, Patient, RoundDraft, RoundVisit, User, WardRound
from patients.rounds import draft_of, judgement_owners, last_plans, last_visits, open_tasks

SOON = timedelta(days=1)  # a test due tomorrow is ordered today
BANDED = frozenset({"csa"})  # drugs whose levels have a band


@dataclass(frozen=True, slots=True)
class Level:
    """The newest level of a drug that is given. `place`: within, low, high or "" (not judged); `word` says it.

    `target`: when a level of this run first lay in its band ("" for a drug without one).
    """

    drug: str
    level: f.Measurement | None
    place: str
    word: str
    target: str


@dataclass(frozen=True, slots=True)
class Due:
    """A test that is asked for. `late`: days past its grace (0: not yet); `today`: due today or before."""

    owed: Owed
    late: int
    today: bool


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """All that the round page shows. `moved` says what the chart says otherwise than at the last look, and why."""

    record: Record
    look: Look
    changes: Changes
    results: tuple[NewResult, ...]
    others: tuple[FactLine, ...]
    latest: tuple[Latest, ...]
    levels: tuple[Level, ...]
    due: tuple[Due, ...]
    clock: tuple[tuple[Appointment, str], ...]
    moved: Difference | None
    plan: RoundVisit | None
    visit: RoundVisit | None
    tasks: tuple[CareTask, ...]
    draft: RoundDraft | None
    code: str

    @property
    def quiet(self) -> bool:
        """Nothing at all came since the last look."""
        return not (self.results or self.others or self.changes.any)


def round_sheet(patient: Patient, user: User | None, now: datetime) -> RoundSheet:
    """The patient as known now, beside what the reader (None: the team) saw at the last look."""
    record = record_of(patient, now)
    snapshot = record.snapshot
    look = last_looks([patient.pk], user, now)[patient.pk]
    arrived = arrived_since(patient, look)
    situation = Situation(snapshot, record.pathway.indicated)
    first = record.pathway.regimen.first_d0
    return RoundSheet(
        record,
        look,
        changes_of({patient.pk: look}, now)[patient.pk],
        new_results(snapshot, arrived, first.day if first else None),
        tuple(describe_lines(_told(snapshot, arrived), snapshot.today)),
        tuple(latest_results(snapshot, as_told(record.texts), patient.sex)),
        tuple(levels_of(snapshot)),
        tuple(due_tests(situation, snapshot.today)),
        tuple(open_judgements(patient, situation)),
        _moved(patient, snapshot, look.since, record),
        last_plans([patient.pk]).get(patient.pk),
        last_visits([patient.pk]).get(patient.pk),
        tuple(open_tasks([patient.pk]).get(patient.pk, ())),
        draft_of(patient, user),
        code_of(patient.pk, now),
    )


def _told(snapshot: Snapshot, arrived: set[str]) -> list[f.Fact]:
    """New facts that are no measurements, newest first."""
    return [x for x in reversed(snapshot.all_facts) if x.id in arrived and not isinstance(x, f.Measurement)]


def arrived_since(patient: Patient, look: Look) -> set[str]:
    """Ids of the versions that this system received since the look, in one query.

    Where nobody has seen the patient yet, only what also became known since: an imported past is no news.
    """
    unseen = look.whose == "nobody"
    with connection.cursor() as cursor:
        cursor.execute(_arrived_sql(), {"patient": patient.pk, "since": look.since, "unseen": unseen})
        return {f"{kind}:{pk:010d}" for kind, pk in cursor}


def _arrived_sql() -> str:
    return " UNION ALL ".join(
        f"SELECT '{kind}', id FROM {table._meta.db_table} WHERE patient_id = %(patient)s"  # noqa: S608 - names of our own tables
        " AND recorded_at > %(since)s AND (NOT %(unseen)s OR known > %(since)s)"
        for kind, table in FACT_TABLES.items()
    )


def _moved(patient: Patient, snapshot: Snapshot, since: datetime, record: Record) -> Difference | None:
    """What the chart says otherwise than in the stored answer that stood at the last look; None if there was none."""
    then = Assessment.objects.filter(patient=patient, created_at__lte=since).order_by("-id").first()
    if then is None:
        return None
    return difference(then.inputs, then.output, inputs_of(snapshot), output_of(record.opinion))


# -- drug levels ------------------------------------------------------------------------------------------------------


def levels_of(snapshot: Snapshot) -> list[Level]:
    """The newest level of each drug that is given and whose levels are known to the product."""
    found = (_level(drug, snapshot) for drug in LEVELLED)
    return [x for x in found if x is not None]


def _level(drug: str, snapshot: Snapshot) -> Level | None:
    runs = [x for x in runs_of(drug, snapshot.treatments) if x.stop is None or x.stop >= snapshot.today]
    if not runs:
        return None
    run = runs[-1]
    target = target_text(run, snapshot) if drug in BANDED else ""
    series = [x for x in snapshot.series(drug) if x.day >= run.start]
    if not series:
        return Level(drug, None, "", "", target)
    return Level(drug, series[-1], verdict(series[-1]), judged_text(series[-1]), target)


# -- what is due ------------------------------------------------------------------------------------------------------


def due_tests(situation: Situation, today: date) -> list[Due]:
    """Tests that are asked for by tomorrow, the longest due first."""
    asked = sorted(owed(situation), key=lambda x: (x.due, x.code))
    return [Due(x, max(0, (today - x.overdue_from).days + 1), x.due <= today) for x in asked if x.due <= today + SOON]


def open_judgements(patient: Patient, situation: Situation) -> list[tuple[Appointment, str]]:
    """Judgements of improvement still to be made on the running step, and who is to make them ("" where nobody)."""
    asked = [x for x in appointments(situation.snapshot, situation.regimen) if x.judgement is None]
    owners = judgement_owners([patient.pk]) if asked else {}
    consultant = patient.admission.consultant if asked and patient.admission else ""
    found = ((x, owners.get((patient.pk, x.step, x.day))) for x in asked)
    return [(x, (y.owner.get_full_name() or y.owner.username) if y else consultant) for x, y in found]


# -- the round --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """One patient of a round. `here`: still among the patients that the user may see."""

    number: int
    patient: Patient
    ward: str
    bed: str
    visit: RoundVisit | None


@dataclass(frozen=True, slots=True)
class Course:
    """A round in its order, and who is seen."""

    round: WardRound
    stops: tuple[Stop, ...]
    gone: int

    @property
    def seen(self) -> int:
        """Patients signed in this round."""
        return sum(stop.visit is not None for stop in self.stops)

    @property
    def next_unseen(self) -> Stop | None:
        """Where the round goes on."""
        return next((x for x in self.stops if x.visit is None), None)

    def around(self, patient_id: int) -> tuple[Stop | None, Stop | None, Stop | None]:
        """The stop before, this one, and the one after."""
        place = next((n for n, x in enumerate(self.stops) if x.patient.pk == patient_id), None)
        if place is None:
            return None, None, None
        before = self.stops[place - 1] if place else None
        after = self.stops[place + 1] if place + 1 < len(self.stops) else None
        return before, self.stops[place], after


def course_of_round(ward_round: WardRound, user: User) -> Course:
    """The patients of a round whom the user may still see, in three queries; `gone` counts the others."""
    order: list[int] = ward_round.order
    people = {x.pk: x for x in Patient.objects.visible_to(user).filter(pk__in=order)}
    stays = Admission.objects.filter(patient__in=order, discharged_at=None).select_related("ward")
    beds = {x.patient_id: x for x in stays}
    visits = {x.patient_id: x for x in ward_round.visits.select_related("by").order_by("at")}
    shown = [pk for pk in order if pk in people]
    language = get_language() or "en"
    stops = tuple(
        Stop(
            number,
            people[pk],
            beds[pk].ward.name_in(language) if pk in beds else "",
            beds[pk].bed if pk in beds else "",
            visits.get(pk),
        )
        for number, pk in enumerate(shown, 1)
    )
    return Course(ward_round, stops, len(order) - len(shown))


def own_round(round_id: str | int, user: User) -> WardRound | None:
    """A round of this user; another's does not exist for him."""
    if not str(round_id).isdecimal() or len(str(round_id)) > 18:
        return None
    return WardRound.objects.filter(pk=int(round_id), by=user).first()


__all__ = [
    "Course",
    "RoundSheet",
    "arrived_since",
    "course_of_round",
    "due_tests",
    "levels_of",
    "open_judgements",
    "own_round",
    "round_sheet",
]
