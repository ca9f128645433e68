"""Versions of facts, and the one rule which of them stands. Pure.

A correction is a new version of the same identity; a cancellation is a version that withdraws the fact. Of the versions
of an identity that were known at a moment, the one with the last place stands; of several at one place a cancellation
before a correction before a final before a preliminary version, and of equal ones the one that arrived last. If that
one is cancelled, nothing stands. A status never goes back: a preliminary version does not stand beside a final or
corrected one, whatever its place (specification 12 (45)).

The place of a version is the time at which it became known, where its sender says it; `patients.clinical.placing` gives
the others theirs, so that what stands does not depend on the order in which versions arrive.

The rule is `standing_key` in Python and `STANDING_SQL` in the database; whatever asks what stands uses one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from patients.clinical.bounds import FIRST_MOMENT, LAST_MOMENT
from patients.clinical.entry import Entry, by_code
from patients.clinical.facts import Fact, Measurement, Unreadable, WithoutValue
from patients.clinical.reasons import _
from patients.clinical.snapshot import Snapshot, freeze

PRELIMINARY, FINAL, CORRECTED = "preliminary", "final", "corrected"
CANCELLED = "cancelled"  # withdraws the fact from then on
STATUSES = by_code(
    (
        Entry(PRELIMINARY, _("preliminary")),
        Entry(FINAL, _("final")),
        Entry(CORRECTED, _("corrected")),
        Entry(CANCELLED, _("cancelled")),
    )
)
RANK = {PRELIMINARY: 0, FINAL: 1, CORRECTED: 2, CANCELLED: 3}  # what stands of two versions at one place
SETTLED = (FINAL, CORRECTED)  # no preliminary version stands beside these


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one fact. `identity` is the same for all versions; `sequence` orders those at one place.

    `details`: columns that only storage keeps (`order_id`, `specimen_id`, `resulted_at`, `sender_id`), or that it keeps
    otherwise than the fact says it (`typed_value` of a result that is no number).
    `status_sent`: the status that its sender told, "" for what the fact itself says. `placed`: its place among the
    versions, where that is not the time at which it became known. `dated`: does the sender say when it became known?
    None: if that is later than the time the fact is about.
    """

    identity: str
    fact: Fact
    cancelled: bool = False
    sequence: int = 0
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
    status_sent: str = ""
    placed: datetime | None = None
    dated: bool | None = None

    @property
    def status(self) -> str:
        """preliminary, final, corrected or cancelled."""
        return self.status_sent or (CANCELLED if self.cancelled else getattr(self.fact, "status", FINAL))

    @property
    def place(self) -> datetime:
        """Where it stands among the versions of its identity."""
        return self.placed or self.fact.known

    @property
    def says_when(self) -> bool:
        """Does its sender say when it became known? One that gives no other time lets it be the time it is about."""
        return self.fact.known > self.fact.on if self.dated is None else self.dated

    @property
    def silent(self) -> bool:
        """A result without a value ("haemolysed"): stored and shown, but nothing to compute with."""
        return "value" in self.details and self.details["value"] is None


SAMPLED_AT = ":at:"  # parts the identity of a result that its sender names: what it is called, and the time of sampling


def named_result(identity: str) -> str:
    """What a sender calls a result, whenever the sample was taken; "" where the sender gives it no id."""
    return identity.rpartition(SAMPLED_AT)[0]


_RANK_SQL = "CASE {row}.status WHEN 'cancelled' THEN 3 WHEN 'corrected' THEN 2 WHEN 'final' THEN 1 ELSE 0 END"
_KEY_SQL = f"(coalesce({{row}}.placed, {{row}}.known), {_RANK_SQL}, {{row}}.version)"
# Does the row "{this}" of {table}, a table of facts, stand now? ("this", unless the query calls it otherwise.)
# One whose time is out of bounds cannot be read and says nothing, and hides what it replaced nevertheless
STANDING_SQL_OF = f"""{{this}}.status <> 'cancelled' AND {{this}}.on >= '{FIRST_MOMENT.isoformat()}'
    AND {{this}}.on < '{LAST_MOMENT.isoformat()}' AND NOT EXISTS (
    SELECT FROM {{table}} AS newer WHERE newer.patient_id = {{this}}.patient_id AND newer.identity = {{this}}.identity
        AND CASE WHEN {{this}}.status = 'preliminary' AND newer.status IN ('final', 'corrected') THEN true
            WHEN newer.status = 'preliminary' AND {{this}}.status <> 'preliminary' THEN false
            ELSE {_KEY_SQL.format(row="newer")} > {_KEY_SQL.format(row="{this}")} END
)"""
STANDING_SQL = STANDING_SQL_OF.replace("{this}", "this")

StandingKey = tuple[bool, datetime, int, int]


def standing_key(status: str, place: datetime, number: int, *, settled: bool) -> StandingKey:
    """Sort key of the versions of one identity: the last one stands, unless it is cancelled.

    `number`: its place among those that arrived; `settled`: is one of the versions final or corrected?
    """
    return (status != PRELIMINARY or not settled, place, RANK[status], number)


def in_standing_order(history: Iterable[Version]) -> list[Version]:
    """The versions of one identity, the one that stands (or withdraws the fact) at the end."""
    versions = list(history)
    if len(versions) < 2:  # as of most
        return versions
    settled = any(x.status in SETTLED for x in versions)
    return sorted(versions, key=lambda x: standing_key(x.status, x.place, x.sequence, settled=settled))


def standing(versions: Iterable[Version], known_at: datetime) -> list[Fact]:
    """The facts that stood at `known_at`: of every identity the version that stood by then, unless cancelled.

    Each fact comes with `first_known` (of the first version of its identity) and `corrected` filled in.
    """
    histories = defaultdict[str, list[Version]](list)
    for version in versions:
        if version.fact.known <= known_at:
            histories[version.identity].append(version)
    return [fact for history in histories.values() if (fact := standing_of(history)) is not None]


def left_out(versions: Iterable[Version], known_at: datetime) -> tuple[Unreadable, ...]:
    """The entries that stood at `known_at` and cannot be read."""
    versions = tuple(versions)
    odd = {x.identity for x in versions if isinstance(x.fact, Unreadable)}
    stood = standing((x for x in versions if x.identity in odd), known_at) if odd else []
    return tuple(x for x in stood if isinstance(x, Unreadable))


def standing_of(history: Sequence[Version]) -> Fact | None:
    """The fact that stands of the versions of one identity that are known, if one does."""
    if len(history) == 1:
        only = history[0]
        return _without_value(only) if only.cancelled or only.silent else _first(only.fact)
    last = in_standing_order(history)[-1]
    told = _without_value(last) if last.cancelled or last.silent else last.fact
    return told and replace(told, first_known=min(x.fact.known for x in history), corrected=True)


def _without_value(version: Version) -> Fact | None:
    """What stands of a version that has no value to compute with: that it has none, and why; nothing if cancelled."""
    fact = version.fact
    if version.status == CANCELLED or isinstance(fact, WithoutValue):
        return None if version.status == CANCELLED else fact
    if not isinstance(fact, Measurement):
        return None
    return WithoutValue(
        id=fact.id,
        on=fact.on,
        known=fact.known,
        day=fact.day,
        known_day=fact.known_day,
        first_known=fact.known,
        code=fact.code,
        why=str(version.details.get("typed_value", "")),
    )


def _first(fact: Fact) -> Fact:
    """A fact that was told once: as a rule it says so already, and copying thousands of them is what costs."""
    if fact.first_known == fact.known and not fact.corrected:
        return fact
    return replace(fact, first_known=fact.known, corrected=False)


def snapshot_at(snapshot: Snapshot, versions: Iterable[Version], moment: datetime) -> Snapshot:
    """Of the same patient at the same site, the snapshot that was taken, or would have been, at another moment."""
    return freeze(
        standing(versions, moment),
        as_of=moment,
        known_at=moment,
        zone=snapshot.zone,
        sex=snapshot.sex,
        birth_date=snapshot.birth_date,
        settings=snapshot.settings,
        on_ward=snapshot.on_ward,
    )
