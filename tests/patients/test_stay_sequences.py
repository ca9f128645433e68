"""Random sequences of coming and going against an oracle: one open stay at most, one patient a bed, nobody out of
reach, no fact lost, every row in the audit log."""

from __future__ import annotations

import random
from collections import Counter
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from ildcare.ward.off_ward import off_ward
from patients import actions
from patients.changes import Refused
from patients.models import (
    FACT_TABLES,
    Admission,
    AuditEntry,
    Patient,
    Responsibility,
    Role,
    StayEvent,
    User,
    Ward,
)
from patients.persons import NewPerson
from patients.queries import site_clock
from tests.effort import THIS_RUN, cases
from tests.patients.conftest import make_user
from tests.patients.stay_oracle import World

pytestmark = pytest.mark.django_db
SEQUENCES, IN_THE_GATE, STEPS = 10_000, 80, 6  # a sequence takes a quarter of a second
NAMES, BEDS = ("A", "B"), ("1", "2", "")
BOTH_WAYS = ("register", "admit", "move", "discharge", "outcome", "take_back")
COMING = ("admission", "discharge", "outcome")


class Product:
    """The same steps, done by the actions of the product."""

    def __init__(self, wards: dict[str, Ward], users: dict[str, User | None]) -> None:
        self.wards, self.users = wards, users
        self.people: dict[str, Patient] = {}

    def do(self, step: str, name: str, *rest: str) -> bool:
        try:
            with transaction.atomic():
                getattr(self, step)(name, *rest)
        except Refused:
            return False
        return True

    def register(self, name: str, ward: str, bed: str, consultant: str) -> None:
        person = NewPerson(mrn=f"number {name}", family_name=name, given_name="x")
        self.people[name] = actions.register_and_admit(
            person=person,
            by=self.by,
            ward=self.wards[ward],
            bed=bed,
            consultant=self.users[consultant],
            admitted_at=timezone.now(),
        )

    def admit(self, name: str, ward: str, bed: str, consultant: str) -> None:
        place = {"ward": self.wards[ward], "bed": bed, "consultant": self.users[consultant]}
        actions.admit_patient(patient=self.people[name], by=self.by, admitted_at=timezone.now(), **place)

    def move(self, name: str, ward: str, bed: str) -> None:
        actions.move_patient(patient=self.people[name], by=self.by, ward=self.wards[ward], bed=bed)

    def consultant(self, name: str, who: str) -> None:
        actions.change_consultant(patient=self.people[name], by=self.by, consultant=self.users[who])

    def discharge(self, name: str, to: str) -> None:
        actions.discharge_patient(patient=self.people[name], by=self.by, at=timezone.now(), to=to)

    def outcome(self, name: str, what: str) -> None:
        actions.record_outcome(patient=self.people[name], by=self.by, at=timezone.now(), what=what)

    def take_back(self, name: str) -> None:
        last = StayEvent.objects.filter(patient=self.people[name]).standing().order_by("pk").last()
        if last is None:
            raise Refused("there is no step")
        actions.take_back_step(step=last, by=self.by)

    @property
    def by(self) -> User:
        user = self.users["x"]
        assert user is not None
        return user


def drawn(roll: random.Random, known: Any) -> tuple[str, ...]:
    """One step: of somebody who is not known yet it can only be the registration."""
    name = roll.choice(NAMES)
    place = (roll.choice(("east", "west")), roll.choice(BEDS))
    if name not in known:
        return ("register", name, *place, roll.choice(("", "x", "y")))
    step = roll.choice(("admit", "move", "move", "consultant", "discharge", "outcome", "take_back", "take_back"))
    more: dict[str, tuple[str, ...]] = {
        "admit": (*place, roll.choice(("", "x", "y"))),
        "move": place,
        "consultant": (roll.choice(("", "x", "y")),),
        "discharge": (roll.choice(("home", "other_hospital", "other_ward")),),
        "outcome": (roll.choice(("death", "transferred", "care_ended", "lung_transplant")),),
        "take_back": (),
    }
    return (step, name, *more[step])


def picture(product: Product) -> dict[str, Any]:
    """What the product says of everybody, in the words of the oracle."""
    stays = {
        x.patient_id: (x.ward.code, x.bed) for x in Admission.objects.filter(discharged_at=None).select_related("ward")
    }
    answers = Responsibility.objects.now().select_related("user")
    consultants = {x.patient_id: x.user.username for x in answers}
    return {
        name: (stays.get(x.pk), consultants.get(x.pk, ""), facts_of(x)) for name, x in sorted(product.people.items())
    }


def facts_of(patient: Patient) -> list[str]:
    found = []
    for kind in COMING:
        for row in FACT_TABLES[kind]._default_manager.filter(patient=patient).standing().exclude(status="cancelled"):
            detail = getattr(row, "to", "") or getattr(row, "what", "")
            found.append((row.on, row.recorded_at, f"{kind} {detail}".strip()))
    return sorted(x for _on, _at, x in found)


def expected(world: World) -> dict[str, Any]:
    return {name: (x.place, x.consultant, sorted(x.facts)) for name, x in sorted(world.people.items())}


def audited(product: Product, since: int) -> None:
    """Every row of patients, steps, stays, responsibilities and facts has its insertion in the log, by its author."""
    tables = [Patient, StayEvent, Responsibility, *(FACT_TABLES[x] for x in COMING)]
    log = AuditEntry.objects.filter(id__gt=since, op="INSERT", actor=product.by.pk).order_by()
    noted = dict(log.values_list("table_name").annotate(number=Count("id")))
    rows = {x._meta.db_table: x._default_manager.count() for x in tables}
    rows[Admission._meta.db_table] = Admission.every.count()
    assert {name: noted.get(name, 0) for name in rows} == rows


def within_reach(product: Product, world: World) -> None:
    """Everybody stands on exactly one list of the senior physician of both wards."""
    senior = product.by
    lying = Patient.objects.filter(admissions__discharged_at=None, admissions__ward__memberships__user=senior)
    listed = Counter([*lying.values_list("pk", flat=True), *off_ward(senior).values_list("pk", flat=True)])
    assert listed == Counter({x.pk: 1 for x in product.people.values()}), world.people


def test_random_sequences_of_coming_and_going(db) -> None:
    wards = {code: Ward.objects.create(code=code, name=code) for code in ("east", "west")}
    users: dict[str, User | None] = {"": None}
    users |= {name: make_user(name, Role.SENIOR, *wards.values()) for name in ("x", "y")}
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    with site_clock():
        for number in count():  # and more until every step was both done and refused: some refusals are seldom
            if number >= cases(SEQUENCES, gate=IN_THE_GATE) and all(done[x] and refused[x] for x in BOTH_WAYS):
                break
            with transaction.atomic():
                one_sequence(random.Random(f"{THIS_RUN.seed} {number}"), wards, users, done, refused)
                transaction.set_rollback(True)


def one_sequence(
    roll: random.Random,
    wards: dict[str, Ward],
    users: dict[str, User | None],
    done: Counter[str],
    refused: Counter[str],
) -> None:
    world, product = World(), Product(wards, users)
    since = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    told: list[tuple[str, ...]] = []
    for _ in range(STEPS):
        step, *rest = drawn(roll, world.people)
        told.append((step, *rest))
        is_done = getattr(world, step)(*rest)
        assert product.do(step, *rest) == is_done, told
        (done if is_done else refused)[step] += 1
    assert picture(product) == expected(world), told
    assert StayEvent.objects.count() == world.steps, told
    assert sum(FACT_TABLES[x]._default_manager.count() for x in COMING) == world.written, told
    within_reach(product, world)
    audited(product, since)
