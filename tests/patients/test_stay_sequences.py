"""Random sequences of coming and going, of merges and of corrected identities against an oracle: one open stay at most,
one patient a bed, nobody out of reach, no fact lost, every row in the audit log."""

from __future__ import annotations

from collections import Counter
from copy import copy
from random import Random
from typing import Any, Self
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Count, Model, QuerySet, Value
from django.utils import timezone

from ildcare.ward.off_ward import off_ward
from patients import actions
from patients.changes import Conflict, Refused
from patients.clinical import facts as f
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import Version, standing
from patients.clinical.whereabouts import care_ended, in_hospital
from patients.models import (
    FACT_TABLES,
    Admission,
    AuditEntry,
    IdentityChange,
    MergedEntry,
    Patient,
    RecordMerge,
    Responsibility,
    Role,
    StayEvent,
    User,
    Ward,
)
from patients.persons import NewPerson
from patients.queries import site_clock, site_zone
from patients.reading import versions_of
from tests.branches import Step, Trees
from tests.effort import cases
from tests.patients.conftest import make_user
from tests.patients.stay_oracle import World
from tests.story import Story

pytestmark = pytest.mark.django_db
SEQUENCES, IN_THE_GATE = 10_000, 260
FANS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 5)  # twelve steps; a hundred trees in the gate
NAMES, WARDS, BEDS = ("A", "B", "C"), ("east", "west"), ("1", "2", "")
PEOPLE = ("", "x", "y")
DAYS = ("1", "2", "3")
ANYWHERE = ("consultant", "take_back", "take_back", "outcome", "tell", "correct", *("merge", "part") * 3)
LYING = ("move", "move", "discharge", "discharge", *ANYWHERE)
AWAY = ("admit", "admit", "admit", *ANYWHERE)
KINDS = ("register", "admit", "move", "discharge", *dict.fromkeys(ANYWHERE))
WRITTEN = ("admission", "discharge", "outcome", "measurement")
ROWS: tuple[type[Model], ...] = (  # what the audit log has to know
    *(Patient, Admission, StayEvent, Responsibility, IdentityChange, RecordMerge, MergedEntry),
    *(FACT_TABLES[x] for x in WRITTEN),
)


class Product:
    """The same steps, done by the actions of the product. `x` does them; `y` sees the ward west only."""

    def __init__(self, wards: dict[str, Ward], users: dict[str, User | None]) -> None:
        self.wards, self.users = wards, users
        self.people: dict[str, Patient] = {}
        self.merges: list[int] = []

    def copy(self) -> Product:
        other = Product(self.wards, self.users)
        other.people = {name: copy(x) for name, x in self.people.items()}
        other.merges = [*self.merges]
        return other

    def do(self, step: str, *rest: str) -> bool:
        """An action leaves nothing where it refuses: no transaction of the test's own is around it."""
        try:
            getattr(self, step)(*rest)
        except (Refused, Conflict):
            return False
        return True

    def register(self, name: str, number: str, ward: str, bed: str, consultant: str) -> None:
        if not ward:
            self.people[name] = actions.register_patient(by=self.by, mrn=number, family_name=name, given_name="x")
            return
        self.people[name] = actions.register_and_admit(
            person=NewPerson(mrn=number, family_name=name, given_name="x"),
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

    def tell(self, name: str, what: str) -> None:
        facts = document(f"{name}{what}", what)
        actions.record_facts(patient=self.people[name], facts=facts, by=self.by, source="document")

    def correct(self, name: str, what: str, value: str) -> None:
        patient = self.people[name]
        change = {"number": "mrn", "family": "family_name"}[what]
        version = patient.version
        actions.correct_identity(
            patient=patient, by=self.by, expected_version=version, reason="misread", **{change: value}
        )

    def merge(self, into: str, name: str) -> None:
        both = {"kept": self.people[into], "absorbed": self.people[name]}
        self.merges.append(actions.merge_records(**both, by=self.by, reason="one person").merge.pk)

    def part(self, number: str) -> None:
        merge = RecordMerge.objects.select_related("kept", "absorbed").get(pk=self.merges[int(number)])
        actions.take_back_merge(merge=merge, by=self.by, reason="two persons")

    @property
    def by(self) -> User:
        return self.user("x")

    def user(self, name: str) -> User:
        user = self.users[name]
        assert user is not None
        return user


def document(identity: str, what: str) -> list[Version]:
    """What a document tells: that somebody is in hospital, here or elsewhere, or the value of a day."""
    if what != "admission":
        return Story().ferritin(int(what), f"{what}00", id=identity).versions
    at = timezone.localtime()
    days = {"day": at.date(), "known_day": at.date()}
    return [Version(identity=uuid4().hex, fact=f.HospitalAdmission(id="", on=at, known=at, first_known=at, **days))]


class Going:
    """A sequence: what the product and the oracle have come to."""

    def __init__(self, product: Product, world: World, reads: Reads) -> None:
        self.product, self.world, self.reads = product, world, reads

    def branch(self) -> Self:
        return type(self)(self.product.copy(), self.world.copy(), self.reads)

    def drawn(self, roll: Random) -> Step:
        return drawn(roll, self.world)

    def do(self, step: Step) -> bool:
        kind, *rest = step
        done: bool = getattr(self.world, kind)(*rest)
        assert self.product.do(kind, *rest) == done, f"expected: {'done' if done else 'refused'}"
        return done

    def check(self) -> None:
        ids = {name: x.pk for name, x in self.product.people.items()}
        snapshots = self.reads.snapshots(ids, self.world)
        assert self.reads.pictures(ids, snapshots) == expected(self.world)
        for name in (x for x, record in self.world.records.items() if record.lies):
            assert in_hospital(snapshots[name]), name  # by the clinical part too
            assert care_ended(snapshots[name]) is None, name
        self._counted()
        self._within_reach(ids)

    def _counted(self) -> None:
        """No row is lost or too many, and each has its insertion in the log, by its author."""
        world, rows = self.world, self.reads.stored()
        assert sum(rows[FACT_TABLES[x]._meta.db_table] for x in WRITTEN) == world.versions
        assert rows[StayEvent._meta.db_table] == world.steps
        assert rows[Admission._meta.db_table] == world.stays
        assert rows[IdentityChange._meta.db_table] == world.corrections
        assert rows[RecordMerge._meta.db_table] == len(world.merges)
        assert self.reads.noted() == rows

    def _within_reach(self, ids: dict[str, int]) -> None:
        """Everybody alive stands on exactly one list of the senior physician of both wards; who works on one ward sees
        its patients, those who lay there last, and their own."""
        alive = {name: x for name, x in self.world.records.items() if not self.world.absorbed(name)}
        listed, seen = self.reads.reach()
        assert sorted(listed) == sorted(ids[name] for name in alive)
        assert sorted(seen) == sorted(ids[name] for name, x in alive.items() if is_seen(x))


def is_seen(record: Any) -> bool:
    """Does the physician of the ward west see this record?"""
    wards = [record.lies.place[0]] if record.lies else [x.place[0] for x in record.stays]
    return "west" in wards or "y" in {record.leader[0], *record.team}


# -- what comes next --------------------------------------------------------------------------------------------------


def drawn(roll: Random, world: World) -> Step:
    """One step: of somebody who is not known yet it can only be the registration; mostly one that is possible."""
    name = roll.choice(NAMES)
    alive = [x for x in world.records if not world.absorbed(x)]
    if name in world.records and name not in alive and roll.random() < 0.5:
        name = roll.choice(alive)
    place = (roll.choice(WARDS), roll.choice(BEDS))
    if name not in world.records:
        number = roll.choice((*[name] * 6, *NAMES))
        return ("register", name, number, *roll.choice((place, place, ("", ""))), roll.choice(PEOPLE))
    likely = KINDS[1:] if name not in alive else LYING if world.records[name].lies else AWAY
    kind = roll.choice(likely if roll.random() < 0.8 else (*LYING, *AWAY))
    rest = rest_of(kind, name, place, roll, world)
    return drawn(roll, world) if rest is None else (kind, *rest)


def rest_of(kind: str, name: str, place: tuple[str, str], roll: Random, world: World) -> tuple[str, ...] | None:
    """Of whom and what; None where there is nothing of the kind to do."""
    match kind:
        case "merge":
            return pair(name, roll, world)
        case "part":
            last = len(world.merges) - 1
            return (str(roll.choice([last, roll.randrange(last + 1)])),) if world.merges else None
        case "tell":
            told = {x.what for x in world.records[name].standing}
            return name, roll.choice(["admission", *(x for x in DAYS if f"ferritin {x}" not in told)])
        case "correct":
            return name, *roll.choice((("number", roll.choice((*NAMES, "new"))), ("family", roll.choice(("A", "D")))))
        case "admit":
            return name, *place, roll.choice(PEOPLE)
        case "move":
            return name, *place
        case "consultant":
            return name, roll.choice(PEOPLE)
        case "discharge":
            return name, roll.choice(("home", "home", "other_hospital", "other_ward"))
        case "outcome":
            return name, roll.choice(("death", "transferred", "care_ended", "care_ended", "lung_transplant"))
    return (name,)


def pair(name: str, roll: Random, world: World) -> tuple[str, str] | None:
    """The record that goes on and another one; mostly two that can be merged."""
    others = [x for x in world.records if x != name]
    lies = world.records[name].lies
    fitting = [x for x in others if not (world.absorbed(x) or (lies and world.records[x].lies))]
    if fitting and roll.random() < 0.8:
        others = fitting
    return (name, roll.choice(others)) if others else None


# -- what is there ----------------------------------------------------------------------------------------------------


class Reads:
    """What is asked after every sequence. Each query is put into words once: that takes longer than to answer it."""

    def __init__(self, product: Product) -> None:
        senior, other = product.by, product.user("y")
        self.since = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        log = AuditEntry.objects.filter(id__gt=self.since, actor=senior.pk, op__in=("INSERT", "DELETE")).order_by()
        lying = Patient.objects.filter(admissions__discharged_at=None, admissions__ward__memberships__user=senior)
        lists = [labelled(x, "list") for x in (lying, off_ward(senior))]
        people = Responsibility.objects.now()
        self._log = worded(log.values_list("table_name", "op").annotate(n=Count("id")))
        self._rows = worded(united([labelled(x._base_manager.all(), x._meta.db_table) for x in ROWS]))
        self._reach = worded(united([*lists, labelled(Patient.objects.visible_to(other), "seen")]))
        self._identities = worded(Patient.objects.values_list("pk", "mrn", "family_name"))
        self._stays = worded(
            Admission.objects.filter(discharged_at=None).values_list("patient", "ward__code", "bed", "consultant")
        )
        self._people = worded(people.values_list("patient", "kind", "user__username"))

    def snapshots(self, ids: dict[str, int], world: World) -> dict[str, Snapshot]:
        """What stands of everybody, of the kinds that are written here; who is on a ward is compared beside it."""
        now, zone = timezone.now(), site_zone()
        versions = versions_of(ids.values(), now, zone, WRITTEN)
        return {
            name: freeze(
                standing(versions.get(pk, ()), now),
                as_of=now,
                known_at=now,
                zone=zone.key,
                on_ward=bool(world.records[name].lies),
            )
            for name, pk in ids.items()
        }

    def pictures(self, ids: dict[str, int], snapshots: dict[str, Snapshot]) -> dict[str, Any]:
        """What the product says of everybody, in the words of the oracle."""
        identities = grouped(asked(self._identities))
        stays, people = grouped(asked(self._stays)), grouped(asked(self._people))
        return {
            name: {
                "identity": identities[pk],
                "lies": stays.get(pk, []),
                "responsible": sorted(people.get(pk, [])),
                "facts": sorted(in_words(x) for x in snapshots[name].all_facts),
            }
            for name, pk in ids.items()
        }

    def stored(self) -> dict[str, int]:
        """How many rows each table has."""
        found = Counter(table for table, _pk in asked(self._rows))
        return {x._meta.db_table: found[x._meta.db_table] for x in ROWS}

    def noted(self) -> dict[str, int]:
        """How many rows each table has by the audit log of what `x` did."""
        found = {(table, op): n for table, op, n in asked(self._log)}
        return {
            x._meta.db_table: found.get((x._meta.db_table, "INSERT"), 0) - found.get((x._meta.db_table, "DELETE"), 0)
            for x in ROWS
        }

    def reach(self) -> tuple[list[int], list[int]]:
        """Who stands on the lists of the senior physician, as often as they do, and whom the other one sees."""
        rows = asked(self._reach)
        return [pk for label, pk in rows if label == "list"], [pk for label, pk in rows if label == "seen"]


def labelled(rows: QuerySet[Any], label: str) -> Any:
    return rows.order_by().annotate(label=Value(label)).values_list("label", "pk")


def united(queries: list[Any]) -> Any:
    return queries[0].union(*queries[1:], all=True)


def worded(query: Any) -> str:
    """The statement that asks this, which the database plans once too."""
    name = f"asked_{uuid4().hex}"
    sql, params = query.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE {name} AS {sql}", params)
    return f"EXECUTE {name}"


def asked(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def grouped(rows: list[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """By the first column, what the others say."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for pk, *rest in rows:
        found.setdefault(pk, []).append(tuple(rest))
    return found


def in_words(fact: f.Fact) -> str:
    match fact:
        case f.HospitalAdmission():
            return "admission"
        case f.Discharge():
            return f"discharge {fact.to}"
        case f.Outcome():
            return f"outcome {fact.what}"
        case f.Measurement():
            return f"{fact.code} {fact.quantity.value / 100:f}"
    raise AssertionError(fact)


def expected(world: World) -> dict[str, Any]:
    return {
        name: {
            "identity": [(x.number, x.family)],
            "lies": [(*x.lies.place, x.lies.consultant)] if x.lies else [],
            "responsible": sorted([("consultant", x.leader[0])] * bool(x.leader[0]) + [("team", y) for y in x.team]),
            "facts": sorted(y.what for y in x.standing),
        }
        for name, x in world.records.items()
    }


# -- the sequences ----------------------------------------------------------------------------------------------------


def test_random_sequences_of_coming_and_going(db) -> None:
    wards = {code: Ward.objects.create(code=code, name=code) for code in WARDS}
    users: dict[str, User | None] = {"": None, "x": make_user("x", Role.SENIOR, *wards.values())}
    users["y"] = make_user("y", Role.PHYSICIAN, wards["west"])
    wanted, trees = cases(SEQUENCES, gate=IN_THE_GATE), Trees(FANS)
    reads = Reads(Product(wards, users))
    with site_clock():
        trees.grow(wanted, lambda: Going(Product(wards, users), World(), reads), "coming and going")
    assert len(trees.sequences) == wanted
    assert {x for x in KINDS if not (trees.done[x] and trees.refused[x])} == set()
