"""What ought to be after a sequence of steps, in plain objects: it shares no code with the product.

Each method of `World` is a step and answers whether it is done or refused. What a step changed is put back by taking it
back, whatever came with a merge meanwhile; what a merge brought goes with it, but for what was done with it since.
Specification 12 (54), 13 (87); decisions 0054, 0057.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Self

ENDS = ("outcome death", "outcome transferred", "outcome care_ended")


@dataclass(eq=False)
class Fact:
    """One fact of one record. `on`: the number of the step that it is about."""

    what: str
    on: int
    versions: int = 1
    stands: bool = True


@dataclass(eq=False, kw_only=True)
class Stay:
    """One stay. `moved_on`: steps of the record that has it changed it; `brought`: by which merge it came."""

    place: tuple[str, str]  # ward, bed
    consultant: str  # as it is written on the ward
    since: int
    is_open: bool = True
    moved_on: bool = False
    brought: Merge | None = None


@dataclass(eq=False, kw_only=True)
class Done:
    """A step that was done, and what it changed: with None, nothing of that kind."""

    stay: Stay | None = None
    opened: bool = False
    closed: bool = False
    place: tuple[str, str] | None = None  # the one before
    written: str | None = None  # the consultant of the stay before
    leader: tuple[str, Merge | None] | None = None  # the one before
    fact: Fact | None = None
    consultant: str | None = None  # as it is written after the step


@dataclass(eq=False, kw_only=True)
class Record:
    """One record as the oracle knows it. `leader`: the consultant, and the merge that brought them."""

    number: str
    family: str
    stays: list[Stay] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    steps: list[Done] = field(default_factory=list)  # those that stand
    leader: tuple[str, Merge | None] = ("", None)
    team: set[str] = field(default_factory=set)

    @property
    def lies(self) -> Stay | None:
        return next((x for x in self.stays if x.is_open), None)

    @property
    def standing(self) -> list[Fact]:
        """The facts that stand, oldest first."""
        return sorted((x for x in self.facts if x.stands), key=lambda x: x.on)

    @property
    def last_consultant(self) -> str:
        """As the last step that stands has it."""
        return (self.steps[-1].consultant or "") if self.steps else ""

    @property
    def is_dead(self) -> bool:
        return any(x.what == "outcome death" for x in self.standing)

    @property
    def left_at(self) -> int | None:
        """When the patient left, if that stands: of admissions and discharges the last is a discharge, or the care has
        ended since the last admission."""
        admitted = max((x.on for x in self.standing if x.what == "admission"), default=-1)
        left = max((x.on for x in self.standing if x.what.startswith("discharge") or x.what in ENDS), default=-1)
        return left if left > admitted or (left >= 0 and self.is_dead) else None

    @property
    def ended(self) -> str:
        """The end of care that stands."""
        ends = [x for x in self.standing if x.what in ENDS]
        if self.is_dead:
            return "death"
        if not ends or any(x.what == "admission" and x.on >= ends[-1].on for x in self.standing):
            return ""
        return ends[-1].what.removeprefix("outcome ")


@dataclass(eq=False, kw_only=True)
class Merge:
    """Two records that are one: what the kept one got."""

    kept: str
    absorbed: str
    stays: list[tuple[Stay, Stay]] = field(default_factory=list)  # the one that was, its copy
    facts: list[Fact] = field(default_factory=list)
    team: set[str] = field(default_factory=set)
    stands: bool = True


class World:
    """All records and merges, and how many rows were ever stored. Every method but `copy` is a step."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.merges: list[Merge] = []
        self.clock = 0
        self.steps = 0  # rows of steps
        self.corrections = 0  # of an identity
        self.withdrawn_stays = 0  # whose admission was taken back: the row stays

    def copy(self) -> Self:
        return deepcopy(self)

    # -- coming and going: each answers whether it is done

    def register(self, name: str, number: str, ward: str, bed: str, consultant: str) -> bool:
        """Without a ward the record is only opened."""
        self.clock += 1
        if self._has_number(number) or self._taken((ward, bed), name):
            return False
        self.records[name] = Record(number=number, family=name)
        return not ward or self.admit(name, ward, bed, consultant)

    def admit(self, name: str, ward: str, bed: str, consultant: str) -> bool:
        """Without a consultant whoever is responsible stays so."""
        self.clock += 1
        record = self.records[name]
        if self.absorbed(name) or record.lies or record.is_dead or self._taken((ward, bed), name):
            return False
        done = Done(opened=True)
        if record.left_at is not None:
            done.fact = self._write(record, "admission", self.clock)
        known = record.leader[0] or record.last_consultant
        stay = Stay(place=(ward, bed), consultant=consultant or known, since=self.clock)
        record.stays.append(stay)
        if consultant:
            self._lead(record, consultant, done)
        return self._did(record, done, stay)

    def move(self, name: str, ward: str, bed: str) -> bool:
        self.clock += 1
        record = self.records[name]
        stay = record.lies
        if self.absorbed(name) or not stay or stay.place == (ward, bed) or self._taken((ward, bed), name):
            return False
        done = Done(place=stay.place)
        stay.place = (ward, bed)
        return self._did(record, done, stay)

    def consultant(self, name: str, who: str) -> bool:
        self.clock += 1
        record = self.records[name]
        if self.absorbed(name):
            return False
        done, stay = Done(consultant=who), record.lies
        if stay:
            done.written, stay.consultant = stay.consultant, who
        self._lead(record, who, done)
        return self._did(record, done, stay)

    def discharge(self, name: str, to: str) -> bool:
        self.clock += 1
        record = self.records[name]
        stay = record.lies
        if self.absorbed(name) or not stay or to == "other_ward":
            return False
        stay.is_open = False
        return self._did(record, Done(closed=True, fact=self._write(record, f"discharge {to}", self.clock)), stay)

    def outcome(self, name: str, what: str) -> bool:
        self.clock += 1
        record = self.records[name]
        if self.absorbed(name) or record.is_dead or record.ended == what:
            return False
        stay, ends = record.lies, f"outcome {what}" in ENDS
        done = Done(closed=bool(stay) and ends, fact=self._write(record, f"outcome {what}", self.clock))
        if stay and ends:
            stay.is_open = False
        return self._did(record, done, stay)

    def take_back(self, name: str) -> bool:
        self.clock += 1
        record = self.records[name]
        if self.absorbed(name) or not record.steps or self._in_the_way(name, record, record.steps[-1]):
            return False
        done = record.steps.pop()
        stay = done.stay
        self.steps += 1
        self._withdraw([done.fact] if done.fact else [])
        if done.leader is not None:
            self._lead_again(record, done.leader)
        if stay is None:
            return True
        if done.opened:
            record.stays.remove(stay)
            self.withdrawn_stays += 1
        stay.place = done.place or stay.place
        stay.consultant = stay.consultant if done.written is None else done.written
        stay.is_open = stay.is_open or _comes_back(done)
        return True

    # -- who a record is about

    def tell(self, name: str, what: str) -> bool:
        """A document: an admission elsewhere, or the value of a day that the record does not have yet."""
        self.clock += 1
        if self.absorbed(name):
            return False
        fact = (what, self.clock) if what == "admission" else (f"ferritin {what}", 0)
        self._write(self.records[name], *fact)
        return True

    def correct(self, name: str, what: str, value: str) -> bool:
        self.clock += 1
        record = self.records[name]
        if self.absorbed(name) or getattr(record, what) == value or (what == "number" and self._has_number(value)):
            return False
        setattr(record, what, value)
        self.corrections += 1
        return True

    def merge(self, into: str, name: str) -> bool:
        self.clock += 1
        kept, absorbed = self.records[into], self.records[name]
        if self.absorbed(into) or self.absorbed(name) or (kept.lies and absorbed.lies):
            return False
        if (kept.lies or absorbed.lies) and (kept.is_dead or absorbed.is_dead):
            return False
        merge = Merge(kept=into, absorbed=name)
        self._carry_over(merge, kept, absorbed)
        self.merges.append(merge)
        return True

    def part(self, number: str) -> bool:
        """Take a merge back."""
        self.clock += 1
        merge = self.merges[int(number)]
        later = [x for x in self.merges[int(number) + 1 :] if x.stands and x.kept == merge.kept]
        if not merge.stands or self.absorbed(merge.kept) or later or self._cannot_return(merge):
            return False
        merge.stands = False
        record = self.records[merge.kept]
        for was, copy in merge.stays:
            if not copy.moved_on:
                was.is_open = copy.is_open
                record.stays.remove(copy)
        self._withdraw(x for x in merge.facts if x.stands)
        self._say_admission(record)
        record.team -= merge.team
        if record.leader[1] is merge:
            record.leader = ("", None)
        return True

    # -- what is asked

    def absorbed(self, name: str) -> bool:
        return any(x.stands and x.absorbed == name for x in self.merges)

    @property
    def versions(self) -> int:
        """Versions of facts that were ever stored."""
        return sum(x.versions for record in self.records.values() for x in record.facts)

    @property
    def stays(self) -> int:
        """Rows of stays."""
        return self.withdrawn_stays + sum(len(x.stays) for x in self.records.values())

    # -- inside

    def _did(self, record: Record, done: Done, stay: Stay | None) -> bool:
        done.stay = stay
        if stay:
            stay.moved_on, done.consultant = True, stay.consultant
        elif done.consultant is None:
            done.consultant = record.last_consultant
        record.steps.append(done)
        self.steps += 1
        return True

    def _lead(self, record: Record, who: str, done: Done) -> None:
        if record.leader != (who, None):
            done.leader, record.leader = record.leader, (who, None)

    def _lead_again(self, record: Record, before: tuple[str, Merge | None]) -> None:
        """Whom a merge had brought that was taken back does not come again. Whom one has brought since stays: as the
        consultant, or of the team where there is one again."""
        who, merge = record.leader
        if before[1] is not None and not before[1].stands:
            record.leader = ("", None) if merge is None else record.leader
            return
        if merge is not None and who not in (before[0], *record.team):
            record.team.add(who)
            merge.team.add(who)
        record.leader = before

    def _write(self, record: Record, what: str, on: int) -> Fact:
        fact = Fact(what, on)
        record.facts.append(fact)
        return fact

    def _withdraw(self, facts: Iterable[Fact]) -> None:
        """A cancellation is a version too."""
        for fact in facts:
            fact.stands, fact.versions = False, fact.versions + 1

    def _in_the_way(self, name: str, record: Record, done: Done) -> bool:
        """Why the last step cannot be taken back: by what happened elsewhere, or came with a merge since."""
        stay = done.stay
        if stay is None:
            return False
        if done.place and stay.is_open:
            return self._taken(done.place, name)
        if not _comes_back(done):
            return False
        assert done.fact
        done.fact.stands = False
        gone = record.left_at is not None
        done.fact.stands = True
        return bool(gone or record.lies or self._taken(stay.place, name))

    def _carry_over(self, merge: Merge, kept: Record, absorbed: Record) -> None:
        known = {(x.what, x.on) for x in kept.standing}
        merge.facts = [
            Fact(x.what, x.on, x.versions, x.stands)
            for x in absorbed.facts
            if not (x.stands and (x.what, x.on) in known)
        ]
        kept.facts += merge.facts
        for was in absorbed.stays:
            copy = Stay(place=was.place, consultant=was.consultant, since=was.since, is_open=was.is_open, brought=merge)
            was.is_open = False
            kept.stays.append(copy)
            merge.stays.append((was, copy))
        merge.facts += self._say_admission(kept)
        mine, theirs = kept.leader[0], absorbed.leader[0]
        known_people = {"", mine, *kept.team}
        merge.team = absorbed.team - known_people
        if theirs not in known_people and mine:
            merge.team.add(theirs)
        elif theirs not in known_people:
            kept.leader = (theirs, merge)
        kept.team |= merge.team

    def _say_admission(self, record: Record) -> list[Fact]:
        """Who lies on a ward is in hospital."""
        left, lies = record.left_at, record.lies
        return [self._write(record, "admission", max(lies.since, left))] if lies and left is not None else []

    def _cannot_return(self, merge: Merge) -> bool:
        """The stay that came was changed, and is open; or the bed of the one that would be open again is another's."""
        return any(x.is_open and (x.moved_on or self._taken(was.place, merge.kept)) for was, x in merge.stays)

    def _has_number(self, number: str) -> bool:
        return any(x.number == number for x in self.records.values())

    def _taken(self, place: tuple[str, str], name: str) -> bool:
        lying = [x.lies for other, x in self.records.items() if other != name]
        return bool(place[1]) and any(x.place == place for x in lying if x)


def _comes_back(done: Done) -> bool:
    """Does taking the step back put the patient on the ward again? Not on a stay that turned out to be another's."""
    return bool(done.closed and done.stay and (done.stay.brought is None or done.stay.brought.stands))
