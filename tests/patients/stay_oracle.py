"""What ought to be after a sequence of steps, kept in plain dictionaries: it shares no code with the product.

A step is refused or done; taking back puts the whole picture of before in its place. The picture: who lies where, who
is responsible, and which facts of coming and going stand.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field


@dataclass
class Person:
    """One patient as the oracle knows them."""

    place: tuple[str, str] | None = None  # ward, bed
    been: bool = False
    consultant: str = ""
    facts: list[str] = field(default_factory=list)  # those that stand, oldest first

    @property
    def is_dead(self) -> bool:
        return "outcome death" in self.facts

    @property
    def has_left(self) -> bool:
        """Of admissions and discharges the last is a discharge, or the care has ended since the last admission."""
        coming = [x for x in self.facts if x == "admission" or x.startswith("discharge")]
        return bool(coming) and coming[-1] != "admission"

    @property
    def ended(self) -> str:
        """The end of care that stands."""
        ends = ("outcome death", "outcome transferred", "outcome care_ended")
        last = max((n for n, x in enumerate(self.facts) if x in ends), default=-1)
        if last < 0 or (self.facts[last] != "outcome death" and "admission" in self.facts[last:]):
            return ""
        return self.facts[last].removeprefix("outcome ")


class World:
    """Everybody, and what can be taken back of each."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.before: dict[str, list[Person]] = {}
        self.written = 0  # versions of facts that were ever stored
        self.steps = 0

    # each answers whether it is done

    def register(self, name: str, ward: str, bed: str, consultant: str) -> bool:
        if name in self.people or self._taken(bed, ward, name):
            return False
        self.people[name], self.before[name] = Person(), []
        return self.admit(name, ward, bed, consultant)

    def admit(self, name: str, ward: str, bed: str, consultant: str) -> bool:
        person = self.people[name]
        if person.place or person.is_dead or self._taken(bed, ward, name):
            return False
        self._remember(name)
        if person.has_left or person.ended:
            self._write(name, "admission")
        person.place, person.been = (ward, bed), True
        person.consultant = consultant or person.consultant
        return True

    def move(self, name: str, ward: str, bed: str) -> bool:
        person = self.people[name]
        if not person.place or person.place == (ward, bed) or self._taken(bed, ward, name):
            return False
        self._remember(name)
        person.place = (ward, bed)
        return True

    def consultant(self, name: str, who: str) -> bool:
        self._remember(name)
        self.people[name].consultant = who
        return True

    def discharge(self, name: str, to: str) -> bool:
        person = self.people[name]
        if not person.place or to == "other_ward":
            return False
        self._remember(name)
        self._write(name, f"discharge {to}")
        person.place = None
        return True

    def outcome(self, name: str, what: str) -> bool:
        person = self.people[name]
        if person.is_dead or person.ended == what:
            return False
        self._remember(name)
        self._write(name, f"outcome {what}")
        if what != "lung_transplant":
            person.place = None
        return True

    def take_back(self, name: str) -> bool:
        if not self.before[name]:
            return False
        was = self.before[name][-1]
        if was.place and was.place != self.people[name].place and self._taken(was.place[1], was.place[0], name):
            return False
        self.before[name].pop()
        self.written += len(self.people[name].facts) - len(was.facts)  # a cancellation is a version too
        self.people[name] = was
        self.steps += 1
        return True

    def _remember(self, name: str) -> None:
        self.before[name].append(deepcopy(self.people[name]))
        self.steps += 1

    def _write(self, name: str, fact: str) -> None:
        self.people[name].facts.append(fact)
        self.written += 1

    def _taken(self, bed: str, ward: str, name: str) -> bool:
        return bool(bed) and any(x.place == (ward, bed) for other, x in self.people.items() if other != name)
