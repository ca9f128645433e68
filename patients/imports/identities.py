"""Which events of a case file tell of the same result, and in which order its versions became known.

A result is recognised by the sender's `id`; without one by its kind, code, time and qualifiers and its place among the
events of the file that share them.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC
from decimal import Decimal

from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.imports.case_events import CANCELLED, READERS
from patients.imports.moments import Moment

BASE_FIELDS = frozenset(x.name for x in fields(f.Fact))


class Places:
    """Which events tell of the same result: identities, and the versions of each in the order of the file."""

    def __init__(self) -> None:
        self.histories: dict[str, list[tuple[Version, str]]] = {}
        self.occurrences: dict[str, int] = {}
        self.sequence = 0

    def version_of(
        self, kind: str, fact: f.Fact, status: str, sender_id: str | None, *, known_given: bool
    ) -> Version | None:
        """The next version of its identity; None when the version before says the same."""
        identity = self._identity(kind, fact, status, sender_id)
        history = self.histories.setdefault(identity, [])
        cancelled = status == CANCELLED
        if history and (_content(history[-1][0].fact), history[-1][0].cancelled) == (_content(fact), cancelled):
            return None
        if history and not known_given:  # told after it, so not known before it
            fact = _known_not_before(fact, history[-1][0].fact)
        self.sequence += 1
        version = Version(identity=identity, fact=fact, cancelled=cancelled, sequence=self.sequence)
        history.append((version, status))
        return version

    def told_before(self, kind: str, code: object, sender_id: str | None, on: Moment) -> Version | None:
        """The last version that the file told of this result and did not withdraw: by its id, else by its moment."""
        found = None
        for identity, history in self.histories.items():
            version, _status = history[-1]
            named, _, its_id = identity.partition(":id:")
            same = its_id == sender_id if sender_id else not its_id and version.fact.on == on.at
            if same and not version.cancelled and f"{named}:".startswith(f"{kind}:{code}:" if code else f"{kind}:"):
                found = version
        return found

    def withdrawal(self, earlier: Version, fact: f.Fact) -> Version:
        """The version that withdraws what was told before."""
        self.sequence += 1
        fact = _known_not_before(fact, earlier.fact)
        version = Version(identity=earlier.identity, fact=fact, cancelled=True, sequence=self.sequence)
        self.histories[earlier.identity].append((version, CANCELLED))
        return version

    def _identity(self, kind: str, fact: f.Fact, status: str, sender_id: str | None) -> str:
        reader = READERS[kind]
        code = str(getattr(fact, reader.code) or "") if reader.code else ""
        if sender_id:
            return f"{kind}:{code}:id:{sender_id}"
        qualifiers = ",".join(_plain(getattr(fact, name)) for name in reader.qualifiers)
        key = f"{kind}:{code}:{fact.on.astimezone(UTC).isoformat()}:{qualifiers}"
        last = self.occurrences.get(key, 0)
        if not (last and self._follows(f"{key}:{last}", status)):
            last = self.occurrences[key] = last + 1
        return f"{key}:{last}"

    def _follows(self, identity: str, status: str) -> bool:
        """Does a result with this status replace the last one of the same moment, rather than stand beside it?"""
        _version, before = self.histories[identity][-1]
        return status in ("corrected", CANCELLED) or (status == "final" and before == "preliminary")


def _plain(value: object) -> str:
    """A qualifier in an identity: 0.21 and 0.210 are the same."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def _content(fact: f.Fact) -> tuple[object, ...]:
    own = (getattr(fact, x.name) for x in fields(fact) if x.name not in BASE_FIELDS)
    return (fact.on, *own)


def _known_not_before(fact: f.Fact, earlier: f.Fact) -> f.Fact:
    if fact.known >= earlier.known:
        return fact
    return replace(fact, known=earlier.known, known_day=earlier.known_day, first_known=earlier.known)
