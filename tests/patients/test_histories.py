"""What stands of a result does not depend on the order in which its versions arrive, nor on how they are split.

2,000 random histories in the gate, 100,000 with `--full`, against an independent oracle: through the file reader alone,
and through files, table and Snapshot, the standing rows of the database besides.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.clinical.versions import standing
from patients.imports.case import snapshot_of
from patients.models import Measurement
from patients.queries import take_snapshot
from tests.effort import THIS_RUN, dice
from tests.patients.histories import Message, a_history, deliveries, what_stands
from tests.patients.imports.writing import NOW, PATIENT, case, ferritin

pytestmark = pytest.mark.django_db
HISTORIES = 100_000 if THIS_RUN.full else 2_000
AT_ONCE = 400  # results of one patient: one file tells of all


def event(name: str, day: int, message: Message) -> dict[str, Any]:
    """A message as an event of a file; the sample is of that day of May."""
    told: dict[str, Any] = {"on": f"2024-05-{day:02}T08:00", "id": name, "status": message.status}
    if message.known is not None:
        told["known"] = f"2024-05-{day + message.known:02}"
    if message.bare:
        return {"kind": "measurement", "code": "ferritin", **told}
    return ferritin(str(100 * message.value), **told)


def stored_in_turn(mrn: str, histories: list[list[list[Message]]]) -> dict[str, str]:
    """Each history in its deliveries, the n-th deliveries of all in one file; what stands of each in the end."""
    for turn in range(max(len(x) for x in histories)):
        events = [
            event(f"R{number}", number % 9 + 1, message)
            for number, parts in enumerate(histories)
            for message in (parts[turn] if turn < len(parts) else [])
        ]
        stored = actions.store_case(case(*events, patient={**PATIENT, "mrn": mrn}), by=None)
    now = timezone.now()
    snapshot = take_snapshot(stored.patient, now, now)
    rows = {x.pk: x.identity for x in Measurement.objects.filter(patient=stored.patient)}
    standing_now = set(Measurement.objects.filter(patient=stored.patient).standing().values_list("pk", flat=True))
    assert standing_now == {int(x.id.partition(":")[2]) for x in snapshot.measurements}, "table and snapshot differ"
    names = {pk: identity.split(":id:")[1].split(":")[0] for pk, identity in rows.items()}
    return {names[int(x.id.partition(":")[2])]: str(x.quantity.value) for x in snapshot.measurements}


def wanted(histories: Iterable[list[Message]]) -> dict[str, str]:
    answers = {f"R{number}": what_stands(x) for number, x in enumerate(histories)}
    return {name: str(100 * value) for name, value in answers.items() if value is not None}


def test_45_84_any_order_and_any_split_of_deliveries_ends_in_the_same_standing_facts(db) -> None:
    mismatches: list[object] = []
    for batch in range(0, HISTORIES, AT_ONCE):
        dealt = dice("histories", batch)
        histories = [a_history(dealt) for _ in range(AT_ONCE)]
        parts = [deliveries(x, dealt) for x in histories]
        right, found = wanted(histories), stored_in_turn(f"H-{batch}", parts)
        names = {x for x in {*right, *found} if right.get(x) != found.get(x)}
        mismatches += [(parts[int(x[1:])], right.get(x), found.get(x)) for x in sorted(names)]
    assert not mismatches, f"{len(mismatches)} of {HISTORIES}: {mismatches[:3]}"


def test_45_84_a_file_that_tells_all_of_it_in_any_order_says_the_same(db) -> None:
    dealt = dice("one file")
    for _ in range(HISTORIES // 2):
        history = a_history(dealt)
        shuffled = dealt.sample(history, len(history))
        told = case(*(event("R", 1, x) for x in shuffled))
        (fact,) = standing(told.versions, NOW) or (None,)
        right = what_stands(history)
        assert (fact and int(fact.quantity.value)) == (right and 100 * right), shuffled
        assert snapshot_of(told, NOW, NOW).measurements == (() if fact is None else (fact,))


@pytest.mark.parametrize("seed", range(3))
def test_the_oracle_tells_histories_apart(seed: int) -> None:
    """It is no oracle if it says the same of everything."""
    dealt = random.Random(seed)
    answers = {what_stands(a_history(dealt)) for _ in range(200)}
    assert answers == {None, 1, 2, 3, 4}
