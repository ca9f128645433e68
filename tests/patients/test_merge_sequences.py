"""Random sequences of entries, corrections, merges and takings back, against an oracle that knows no database.

The oracle keeps, of each person's record, what was told to it. A merged record says what both say, once; a record whose
merge was taken back says what it said before, and what was told to it since. Answers of the chart are compared byte for
byte. Coming and going is in `test_stay_sequences`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import pytest
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from patients import actions
from patients.changes import Conflict, Refused
from patients.clinical.snapshot import Snapshot
from patients.models import Patient, RecordMerge, Role, User
from patients.queries import find_version, site_clock, take_snapshot, take_snapshots
from tests.branches import Step, Trees
from tests.effort import cases
from tests.patients.conftest import make_user
from tests.story import DAY_0, Story, moment

SEQUENCES, IN_THE_GATE = 2_000, 160
FANS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 5)  # fourteen steps
NAMES = ("A", "B", "C")
KINDS = ("tell", "tell", "tell again", "correct", "merge", "part")
AS_OF = moment(200)  # every entry is about an earlier time
Content = tuple[str, int, str]  # test, day, value


@dataclass
class Known:
    """What the oracle knows of one record: what senders told, what stands of that, and what it absorbed."""

    told: dict[str, Content] = field(default_factory=dict)
    own: dict[str, Content] = field(default_factory=dict)  # by the name that the sender gives
    parts: list[str] = field(default_factory=list)
    into: str = ""


@dataclass
class Merged:
    """A merge: both answers before it, and whether the kept record has got nothing since."""

    kept: str
    absorbed: str
    key: int
    was: tuple[str, str]
    unchanged: bool = True
    stands: bool = True


class World:
    """Every record, and every merge that there was."""

    def __init__(self) -> None:
        self.records = {name: Known() for name in NAMES}
        self.merges: list[Merged] = []
        self.number = 0  # of what was told

    def says(self, name: str) -> set[Content]:
        """Every value that stands, each once."""
        known = self.records[name]
        return {*known.own.values(), *(x for part in known.parts for x in self.says(part))}

    def single(self, name: str) -> list[str]:
        """What a record was told itself, and nobody else has."""
        everything = [self.says(x) for x in NAMES]
        return sorted(n for n, x in self.records[name].own.items() if sum(x in y for y in everything) == 1)

    def changed(self, name: str) -> None:
        """Answers from before a merge hold no longer where the record has got something since."""
        for merge in self.merges:
            merge.unchanged &= not (merge.stands and merge.kept == name)


class Walk:
    """A sequence: the oracle, and the same steps done by the actions of the product."""

    def __init__(self, by: User, patients: dict[str, Patient], world: World) -> None:
        self.by, self.patients, self.world = by, patients, world

    def branch(self) -> Self:
        return type(self)(self.by, self.patients, deepcopy(self.world))

    def do(self, step: Step) -> bool:
        """Something happens; then every record says what the oracle says."""
        kind, *rest = step
        done: bool = getattr(self, kind.replace(" ", "_"))(*rest)
        assert stored(self.patients) == {name: sorted(self.world.says(name)) for name in NAMES}
        return done

    def check(self) -> None:
        """Nothing is left to be compared at the end."""

    # -- what may come next

    def drawn(self, roll: Random) -> Step:
        step = None
        while step is None:
            kind, name = roll.choice(KINDS), roll.choice(NAMES)
            step = self._drawn(kind, name, roll)
        return step

    def _drawn(self, kind: str, name: str, roll: Random) -> Step | None:
        world, known = self.world, self.world.records[name]
        match kind:
            case "tell":
                return self._new(name, roll)
            case "tell again":
                return (kind, name, roll.choice(sorted(known.told))) if known.told and not known.into else None
            case "correct":
                single = [] if known.into else world.single(name)
                return (kind, name, roll.choice(single)) if single else None
            case "merge":
                return kind, name, roll.choice([x for x in NAMES if x != name])
        return (kind, str(roll.randrange(len(world.merges)))) if world.merges else None

    def _new(self, name: str, roll: Random) -> Step | None:
        """A value that no record has at that time, or one that another record has too."""
        others = sorted(x for known in self.world.records.values() for x in known.own.values())
        new = ("ferritin", self.world.number + 1, str(roll.randrange(100, 3000)))
        code, day, value = roll.choice(others) if others and roll.random() < 0.4 else new
        return ("tell", name, code, str(day), value) if (code, day, value) not in self.world.says(name) else None

    # -- the steps: each answers whether it is done

    def tell(self, name: str, code: str, day: str, value: str) -> bool:
        self.world.number += 1
        number, content, known = f"r{self.world.number}", (code, int(day), value), self.world.records[name]
        if known.into:
            return refused(lambda: self._send(name, number, content))
        assert len(self._send(name, number, content).rows) == 1
        known.own[number] = known.told[number] = content
        self.world.changed(name)
        return True

    def tell_again(self, name: str, number: str) -> bool:
        """The sender repeats what it told: nothing is stored."""
        assert self._send(name, number, self.world.records[name].told[number]).rows == ()
        return True

    def correct(self, name: str, number: str) -> bool:
        """A person corrects a value that a record was told itself, which nobody else has."""
        known = self.world.records[name]
        code, day, value = known.own[number]
        snapshot = take_snapshot(self.patients[name], timezone.now(), timezone.now())
        (fact,) = [x for x in snapshot.series(code) if x.day == moment(day).date()]
        row = find_version(fact.id, self.patients[name])
        assert row is not None
        changes, version = {"value": int(value) + 1}, row.version
        actions.correct_fact(row=row, changes=changes, by=self.by, reason="misread", expected_version=version)
        known.own[number] = (code, day, str(int(value) + 1))
        self.world.changed(name)
        return True

    def merge(self, into: str, name: str) -> bool:
        """One record into another; refused where one of them was merged already."""
        kept, absorbed = self.world.records[into], self.world.records[name]
        change = {"kept": self.patients[into], "absorbed": self.patients[name], "by": self.by, "reason": "one person"}
        if kept.into or absorbed.into:
            return refused(lambda: actions.try_merge(**change))
        was = (answer(self.patients[into]), answer(self.patients[name]))
        key = actions.merge_records(**change).merge.pk
        self.world.changed(into)
        kept.parts.append(name)
        absorbed.into = into
        self.world.merges.append(Merged(into, name, key, was))
        return True

    def part(self, number: str) -> bool:
        """A merge is taken back, if it is the last into a record that is alive; both answers are again what they were
        if nothing came since."""
        merged = self.world.merges[int(number)]
        kept, absorbed = self.world.records[merged.kept], self.world.records[merged.absorbed]
        merge = RecordMerge.objects.select_related("kept", "absorbed").get(pk=merged.key)
        change = {"merge": merge, "by": self.by, "reason": "two persons"}
        if not merged.stands or kept.into or kept.parts[-1] != merged.absorbed:
            return refused(lambda: actions.try_take_back(**change))
        actions.take_back_merge(**change)
        kept.parts.remove(merged.absorbed)
        absorbed.into, merged.stands = "", False
        assert answer(self.patients[merged.absorbed]) == merged.was[1]
        if merged.unchanged:
            assert answer(self.patients[merged.kept]) == merged.was[0]
        return True

    def _send(self, name: str, number: str, content: Content) -> actions.facts.Recorded:
        code, day, value = content
        story = Story().test(day, code, value, id=f"measurement:{code}:id:{number}")
        return actions.record_facts(patient=self.patients[name], facts=story.versions, by=None, source="lab")


def refused(change: Callable[[], Any]) -> bool:
    """It has to be refused, and is not done."""
    with pytest.raises((Refused, Conflict)):
        change()
    return False


def answer(patient: Patient) -> str:
    """The chart's answer about a fixed day, as JSON."""
    snapshot = take_snapshot(patient, AS_OF, timezone.now())
    return json.dumps(output_of(opinion(CURRENT, snapshot)), sort_keys=True, default=str)


def stored(patients: dict[str, Patient]) -> dict[str, list[Content]]:
    """What stands in each record now, each value as often as it stands."""
    now = timezone.now()
    snapshots = take_snapshots([x.pk for x in patients.values()], now, now)
    return {name: _values(snapshots[x.pk]) for name, x in patients.items()}


def _values(snapshot: Snapshot) -> list[Content]:
    return sorted((x.code, (x.day - DAY_0).days, str(x.quantity.value)) for x in snapshot.measurements)


@pytest.mark.django_db
def test_no_fact_is_lost_none_doubled_and_what_is_taken_back_is_as_it_was() -> None:
    """R22, R24: whatever is merged and taken back in whatever order."""
    by = make_user("physician", Role.SENIOR)
    person = {"family_name": "Sato", "given_name": "Hanako"}
    patients = {name: actions.register_patient(by=by, mrn=name, **person) for name in NAMES}
    wanted, trees = cases(SEQUENCES, gate=IN_THE_GATE), Trees(FANS)
    with site_clock():
        trees.grow(wanted, lambda: Walk(by, patients, World()), "entries and merges")
    assert len(trees.sequences) == wanted
    assert {x for x in KINDS if not trees.done[x]} == set()
    assert {x for x in ("tell", "merge", "part") if not trees.refused[x]} == set()
