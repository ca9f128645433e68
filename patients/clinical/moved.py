"""Results that may be one whose time of sampling was corrected: both are marked wherever they are shown. Pure.

Source: specification 13 (84) [J]: results of one id, sampled at most 24 hours apart, one of which is a correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from patients.clinical.placing import MOVED_WITHIN
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.two_values import marks
from patients.clinical.versions import CORRECTED, Version, named_result

MOVED = _("corrected with another time of sampling under one id: moved, or another sample?")


def moved(versions: Iterable[Version]) -> dict[str, Reason]:
    """The mark of each such result, by the id of its version."""
    return {fact: reason(MOVED, facts=(fact,), basis="J") for fact in _moved(versions)}


def _moved(versions: Iterable[Version]) -> Iterator[str]:
    named: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        name = named_result(version.identity)
        if name:
            named[name].append(version)
    for same in named.values():
        corrected = [x for x in same if x.status == CORRECTED]
        for one in corrected:
            for other in same:
                if one.fact.on != other.fact.on and abs(one.fact.on - other.fact.on) <= MOVED_WITHIN:
                    yield from (one.fact.id, other.fact.id)


def marks_of(snapshot: Snapshot, versions: Iterable[Version]) -> dict[str, tuple[Reason, ...]]:
    """All that is to stand beside each value, by its id: in doubt, contradicted, or perhaps moved."""
    found = dict(marks(snapshot))
    for fact, why in moved(versions).items():
        found[fact] = (*found.get(fact, ()), why)
    return found
