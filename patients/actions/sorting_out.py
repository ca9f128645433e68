"""What is new of a message, sorted before it is stored: what is taken, what was taken back before it came, what its
sender tells apart from a result that is here, and what takes a result back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from patients.actions.withdrawing import Verdict, Withdrawals, beside
from patients.imports.case_file import named_identity
from patients.imports.delivery import Taken, two_results
from patients.imports.understanding import Event, Held
from patients.models import FACT_TABLES, DeliveredFact, MessagePart, Patient


@dataclass(slots=True, kw_only=True)
class SortedOut:
    """What is new of a message: what is taken, what of that is withdrawn at once, what waits, what takes back,
    and what was sent again after it was taken back."""

    withdrawals: Withdrawals
    taken: list[Taken] = field(default_factory=list)
    withdrawn: list[Taken] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    taking_back: list[Event] = field(default_factory=list)
    again: set[tuple[str, str]] = field(default_factory=set)

    def take(self, x: Taken) -> None:
        """Take a result, as what its sender took back before says of it; or ask."""
        verdict = self.withdrawals.verdict(x)
        if verdict == Verdict.ASKED:
            self.held.append(self.withdrawals.held(x.event))
            return
        self.taken.append(x)
        if verdict == Verdict.SENT_AGAIN:
            self.again.add(key_of(x))
        if verdict == Verdict.WITHDRAWN:
            self.withdrawn.append(x)

    def close(self) -> bool:
        """Settle the questions about withdrawals that are decided by what was taken. Was there one?"""
        gone = [x.event for x in self.withdrawn]
        stand = [x.event for x in self.taken if not x.withdraws and x not in self.withdrawn]
        closed = self.withdrawals.close(gone, withdrawn=True)
        return self.withdrawals.close(stand, withdrawn=False) or closed


def sort_out(
    part: MessagePart, patient: Patient, new: Sequence[Taken], *, said: Mapping[int, Mapping[str, str]], fresh: bool
) -> SortedOut:
    """What is new of a message, sorted. `said`: what people said of its results, by number; `fresh`: it just came."""
    statuses = {number: x["status"] for number, x in said.items() if "status" in x}
    found = SortedOut(withdrawals=Withdrawals(part, patient, said=statuses))
    alone = fresh and not MessagePart.objects.filter(patient=patient).exclude(pk=part.pk).exists()
    if alone:  # a machine delivered nothing before
        found.taken.extend(new)
        return found
    results, others = _told_apart(patient, new)
    found.withdrawals.look_at(results)
    here = {key_of(x) for x in results if not x.withdraws}
    for x in results:
        if x.withdraws:
            takes_back = key_of(x) not in here and found.withdrawals.is_here(x.event)
            (found.taking_back.append(x.event) if takes_back else found.taken.append(x))
        elif (other := others.get(word_of(x.event))) is not None:
            found.held.append(two_results(x.event, other))
        else:
            found.take(x)
    return found


def _told_apart(patient: Patient, taken: Sequence[Taken]) -> tuple[list[Taken], dict[str, str]]:
    """Results under the identity of one that an earlier message told, and that their sender tells apart from it:
    by word how the other one is called. One that somebody put beside the other goes on there."""
    subs = [x for x in taken if x.event.observation.sub and x.event.content.get("id")]
    if not subs:
        return list(taken), {}
    known = _delivered_subs(patient, subs)
    moved = {id(x): _put_beside(x) for x in subs}
    found = [y if (y := moved.get(id(x))) is not None and key_of(y) in known else x for x in taken]
    others = {
        word_of(x.event): min(others_of_key)
        for x in found
        if x.event.observation.sub and (others_of_key := known.get(key_of(x), set()) - {"", x.event.observation.sub})
    }
    return found, others


def _delivered_subs(patient: Patient, subs: Sequence[Taken]) -> dict[tuple[str, str], set[str]]:
    """By kind and identity how the sender told apart what it delivered before."""
    told: dict[tuple[str, str], set[str]] = {}
    for kind in {x.event.content["kind"] for x in subs}:
        identities = [y for x in subs for y in (x.version.identity, _put_beside(x).version.identity)]
        rows = FACT_TABLES[kind]._default_manager.filter(patient=patient, identity__in=identities)
        of = dict(rows.values_list("pk", "identity"))
        for row, sub in DeliveredFact.objects.filter(kind=kind, row__in=of).values_list("row", "sub"):
            told.setdefault((kind, of[row]), set()).add(sub)
    return told


def _put_beside(taken: Taken) -> Taken:
    """A result as it is called beside another one of its order, test and time."""
    content, version = taken.event.content, taken.version
    name = beside(content["id"], taken.event)
    return replace(
        taken,
        version=replace(
            version, identity=named_identity(content["kind"], content.get("code", ""), name, version.fact.on)
        ),
    )


def key_of(taken: Taken) -> tuple[str, str]:
    """Kind and identity of a result: what names it in a record."""
    return taken.event.content["kind"], taken.version.identity


def word_of(event: Event) -> str:
    """By which a part notes that it understood an event: number and test."""
    return f"{event.observation.number}:{event.target}"
