"""Random sequences of entries, corrections, merges and takings back, against an oracle that knows no database.

The oracle keeps, of each person's record, what was told to it. A merged record says what both say, once; a record whose
merge was taken back says what it said before, and what was told to it since. Answers of the chart are compared byte for
byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from patients import actions
from patients.changes import RecordMerged, Refused
from patients.clinical.snapshot import Snapshot
from patients.models import Patient, RecordMerge, Role, User
from patients.queries import find_version, take_snapshot, take_snapshots
from tests.effort import THIS_RUN, cases
from tests.patients.conftest import make_user
from tests.story import DAY_0, Story, moment

STEPS = 14
AS_OF = moment(200)  # every entry is about an earlier time
Content = tuple[str, int, str]  # test, day, value


@dataclass
class Known:
    """What the oracle knows of one record: what senders told, what stands of that, and what it absorbed."""

    patient: Patient
    told: dict[str, Content] = field(default_factory=dict)
    own: dict[str, Content] = field(default_factory=dict)  # by the name that the sender gives
    parts: list[Known] = field(default_factory=list)
    into: Known | None = None

    @property
    def says(self) -> set[Content]:
        """Every value that stands, each once."""
        return {*self.own.values(), *(x for part in self.parts for x in part.says)}


def answer(patient: Patient) -> str:
    """The chart's answer about a fixed day, as JSON."""
    snapshot = take_snapshot(patient, AS_OF, timezone.now())
    return json.dumps(output_of(opinion(CURRENT, snapshot)), sort_keys=True, default=str)


def stored(records: list[Known]) -> list[list[Content]]:
    """What stands in each record now, each value as often as it stands."""
    now = timezone.now()
    snapshots = take_snapshots([x.patient.pk for x in records], now, now)
    return [_values(snapshots[x.patient.pk]) for x in records]


def _values(snapshot: Snapshot) -> list[Content]:
    return sorted((x.code, (x.day - DAY_0).days, str(x.quantity.value)) for x in snapshot.measurements)


class Walk:
    """One sequence, step by step."""

    def __init__(self, seed: int, by: User) -> None:
        self.random, self.by, self.number = Random(seed), by, 0
        self.records = [Known(actions.register_patient(by=by, mrn=f"{seed}-{n}", **NAMES)) for n in range(3)]
        self.before: dict[int, tuple[str, str, bool]] = {}

    def step(self) -> None:
        """Something happens; then every record says what the oracle says."""
        self.random.choice((self.tell, self.tell, self.tell_again, self.correct, self.merge, self.take_back))()
        for known, found in zip(self.records, stored(self.records), strict=True):
            assert found == sorted(known.says)

    def tell(self) -> None:
        """A value that no record has at that time, or one that another record has too."""
        known = self.random.choice(self.records)
        self.number += 1
        others = [x for record in self.records for x in record.own.values()]
        new = ("ferritin", self.number, str(self.random.randrange(100, 3000)))
        content = self.random.choice(others) if others and self.random.random() < 0.4 else new
        if content in known.says:
            return
        if known.into is not None:
            with pytest.raises(RecordMerged), transaction.atomic():
                self._send(known, f"r{self.number}", content)
            return
        self._send(known, f"r{self.number}", content)
        known.own[f"r{self.number}"] = known.told[f"r{self.number}"] = content
        self._changed(known)

    def tell_again(self) -> None:
        """The sender repeats what it told: nothing is stored."""
        known = self.random.choice(self.records)
        if known.into is None and known.told:
            name = self.random.choice(sorted(known.told))
            assert self._send(known, name, known.told[name]).rows == ()

    def correct(self) -> None:
        """A person corrects a value that a record was told itself, which nobody else has."""
        known = self.random.choice([x for x in self.records if x.into is None])
        single = [n for n, x in known.own.items() if sum(x in r.says for r in self.records) == 1]
        if not single:
            return
        name = self.random.choice(sorted(single))
        code, day, value = known.own[name]
        snapshot = take_snapshot(known.patient, timezone.now(), timezone.now())
        (fact,) = [x for x in snapshot.series(code) if x.day == moment(day).date()]
        row = find_version(fact.id, known.patient)
        assert row is not None
        changes = {"value": int(value) + 1}
        version = row.version
        actions.correct_fact(row=row, changes=changes, by=self.by, reason="misread", expected_version=version)
        known.own[name] = (code, day, str(int(value) + 1))
        self._changed(known)

    def merge(self) -> None:
        """One record into another; refused where one of them was merged already."""
        kept, absorbed = self.random.sample(self.records, 2)
        was = (answer(kept.patient), answer(absorbed.patient), True)
        change = {"kept": kept.patient, "absorbed": absorbed.patient, "by": self.by, "reason": "one person"}
        if kept.into is not None or absorbed.into is not None:
            with pytest.raises(Refused):
                actions.try_merge(**change)
            return
        merged = actions.merge_records(**change)
        self.before[merged.merge.pk] = was
        self._changed(kept, but=merged.merge.pk)
        kept.parts.append(absorbed)
        absorbed.into = kept

    def take_back(self) -> None:
        """The last merge into a record that is alive; both answers are again what they were if nothing came since."""
        merges = list(RecordMerge.objects.standing().filter(kept__in=[x.patient for x in self.records]).order_by("pk"))
        if not merges:
            return
        merge = self.random.choice(merges)
        kept = next(x for x in self.records if x.patient == merge.kept)
        absorbed = next(x for x in self.records if x.patient == merge.absorbed)
        if kept.into is not None or kept.parts[-1] is not absorbed:
            with pytest.raises(Refused):
                actions.try_take_back(merge=merge, by=self.by, reason="two persons")
            return
        actions.take_back_merge(merge=merge, by=self.by, reason="two persons")
        kept.parts.remove(absorbed)
        absorbed.into = None
        was_kept, was_absorbed, unchanged = self.before.pop(merge.pk)
        assert answer(absorbed.patient) == was_absorbed
        if unchanged:
            assert answer(kept.patient) == was_kept

    def _changed(self, known: Known, but: int | None = None) -> None:
        """The answers kept for comparison hold no longer where a record got something since."""
        for merge in RecordMerge.objects.standing().filter(kept=known.patient).exclude(pk=but):
            if merge.pk in self.before:
                self.before[merge.pk] = (*self.before[merge.pk][:2], False)

    def _send(self, known: Known, name: str, content: Content) -> actions.facts.Recorded:
        code, day, value = content
        story = Story().test(day, code, value, id=f"measurement:{code}:id:{name}")
        return actions.record_facts(patient=known.patient, facts=story.versions, by=None, source="lab")


NAMES = {"family_name": "Sato", "given_name": "Hanako"}


@pytest.mark.django_db
def test_no_fact_is_lost_none_doubled_and_what_is_taken_back_is_as_it_was() -> None:
    """R22, R24: whatever is merged and taken back in whatever order."""
    by = make_user("physician", Role.SENIOR)
    for seed in range(THIS_RUN.seed, THIS_RUN.seed + cases(80)):
        with transaction.atomic():
            walk = Walk(seed, by)
            for number in range(STEPS):
                try:
                    walk.step()
                except BaseException as error:
                    error.add_note(f"sequence {seed}, step {number}")
                    raise
            transaction.set_rollback(True)
