"""Where a version stands among those of its identity whose sender does not say when it became known. Pure.

A sender that says when gives the place itself. Without that, statuses tell the order: the first preliminary and the
first final version belong to the time they are about, however late they arrive; a correction and a cancellation belong
behind everything that was told, and a correction never behind the cancellation that stands. So a correction or
cancellation that arrives before its original applies when the original comes, and what stands does not depend on the
order of arrival [J] (specification 12 (45), 13 (84)).

What no status can order, arrival does: of two versions of one status with other content, one of them undated, the one
that is told later stands; and an undated final version that is told again after it was cancelled was sent again (84).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY, SETTLED, Version, standing_key

BEHIND = timedelta(microseconds=1)
MOVED_WITHIN = timedelta(hours=24)  # [J] (84): a correction that moves the time of sampling by so much is looked at


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """What placing asks of a version that was told before.

    was_placed: its place was given to it; same: it says what the arriving version says.
    """

    status: str
    place: datetime
    was_placed: bool
    number: int
    same: bool


def place_of(history: Sequence[EarlierVersion], status: str, *, on: datetime, now: datetime) -> datetime:
    """The place of an undated version about `on` that arrives `now` after `history`.

    The original is the first of its status, or one that a dated version repeats.
    """
    newest = max((x.place for x in history), default=now)
    if status == CORRECTED:
        last = last_of(history)
        withdrawn = last is not None and last.status == CANCELLED and last.was_placed
        return last.place if last is not None and withdrawn else max(now, newest)
    if status == CANCELLED:
        return max(now, newest)
    told_before = any(
        x.status == status and not (x.same and is_dated(x.place, on, placed=x.was_placed)) for x in history
    )
    return max(now, newest + BEHIND) if told_before else on


def is_dated(place: datetime, on: datetime, *, placed: bool) -> bool:
    """Did a version that has this place, given to it or not, come with its date?"""
    return not placed and place > on


def last_of(history: Sequence[EarlierVersion]) -> EarlierVersion | None:
    """The one that stands, or withdraws."""
    settled = any(x.status in SETTLED for x in history)
    return max(history, key=lambda x: standing_key(x.status, x.place, x.number, settled=settled), default=None)


def comes_back(status: str, standing: str, *, told_since: bool) -> bool:
    """Does an undated version that is told again stand again, when one of status `standing` does now?

    Only if that one was told since: then its sender goes back to it. A repeated message never undoes a correction, nor
    a correction a cancellation; a final version that is told again after a cancellation was sent again (84).
    """
    if not told_since:
        return False
    overruled = {
        PRELIMINARY: (PRELIMINARY,),
        FINAL: (FINAL, CANCELLED),
        CORRECTED: (FINAL, CORRECTED),
        CANCELLED: (PRELIMINARY, FINAL, CORRECTED),
    }
    return standing in overruled[status]


def tells_again(version: Version, *, known: datetime, placed: datetime | None) -> bool:
    """Is a version of the same content and status the one that became `known` then and has this place?

    A dated one is, if it is of that date; an undated one, if that one was undated too.
    """
    if version.says_when:
        return version.fact.known in (known, placed)
    if version.status in (CORRECTED, CANCELLED):
        return placed is not None
    return not is_dated(known, version.fact.on, placed=placed is not None)
