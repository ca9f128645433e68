"""Results that their sender takes back, and results that were taken back before they came.

A withdrawal finds what it withdraws by its number, test and time; without a number by the only result of that test and
time that the machine sent. Whatever the order of arrival, what was sent last decides (specification 12 (84)): a result
that was sent before its withdrawal is withdrawn, one that was sent again after it stands. Where the messages do not say
which came first, the result waits for a person [J], and no question about a withdrawal is closed by a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from patients.actions.asking import questions_about, settle
from patients.actions.facts import withdraw
from patients.clinical.reasons import _ as _msg
from patients.clinical.reasons import reason
from patients.clinical.versions import CANCELLED
from patients.imports.case_file import named_identity
from patients.imports.delivery import Taken
from patients.imports.same_result import same_result
from patients.imports.understanding import NO_STATUS, Event, Held
from patients.models import (
    FACT_TABLES,
    MACHINE,
    DeliveredFact,
    Fact,
    Message,
    MessagePart,
    Patient,
    WaitingResult,
    standing_row,
)

RESULTS = ("measurement", "antibody")
ID = ":id:"  # in the identity of a result that its sender names
NOT_HERE = _msg("withdraws a result that is not here")
OF_SEVERAL = _msg("withdraws one of several results of this test and time, and does not say which")
SENT_AGAIN = _msg("withdraws a result that was sent again later: does the result hold?")
WITHDRAWN_BEFORE = _msg("its sender has withdrawn a result of this test and time: does this one hold?")
HOLDS, HOLDS_NOT = "final", CANCELLED  # what a person may say of it


class Verdict(Enum):
    """What becomes of a result whose withdrawal is here already."""

    STANDS = "stands"
    SENT_AGAIN = "sent again"
    WITHDRAWN = "withdrawn"
    ASKED = "asked"


class Withdrawals:
    """What a sender took back of a patient in other messages, and what it takes back in this one."""

    def __init__(self, part: MessagePart, patient: Patient, *, said: dict[int, str]) -> None:
        self.part, self.patient, self.said = part, patient, said
        self.sent_at = part.message.sent_at
        self.source = f"{MACHINE}:{part.message.source.name}"
        rows = questions_about(part).filter(status=CANCELLED).exclude(taken=True)
        self.before = list(rows.select_related("part__message").order_by("pk"))
        self.cancelled: dict[tuple[str, str, datetime], dict[str, datetime | None]] = {}

    def look_at(self, results: Sequence[Taken]) -> None:
        """Look at which results of these tests and times were withdrawn before anything came that they withdraw."""
        for kind in {x.event.content["kind"] for x in results}:
            own = [x for x in results if x.event.content["kind"] == kind]
            if kind in RESULTS:
                self._look_at(kind, own)

    def _look_at(self, kind: str, results: Sequence[Taken]) -> None:
        codes, times = {x.event.content.get("code", "") for x in results}, {x.version.fact.on for x in results}
        table: Any = FACT_TABLES[kind]
        rows = table.objects.filter(patient=self.patient, code__in=codes, on__in=times)
        withdrawn: dict[tuple[str, datetime, str], list[tuple[int, str]]] = {}
        for pk, code, on, identity, status in rows.filter(source=self.source).values_list(
            "pk", "code", "on", "identity", "status"
        ):
            withdrawn.setdefault((code, on, identity), []).append((pk, status))
        for (code, on, identity), versions in withdrawn.items():
            if all(status == CANCELLED for _pk, status in versions):
                parts = DeliveredFact.objects.filter(kind=kind, row__in=[pk for pk, _status in versions])
                last = Message.objects.filter(pk__in=parts.values("part__message")).aggregate(last=Max("sent_at"))
                self.cancelled.setdefault((kind, code, on), {})[identity] = last["last"]

    def verdict(self, result: Taken) -> Verdict:
        """What becomes of a result: was it withdrawn before it came?"""
        event = result.event
        verdicts = [self._order(x.part.message.sent_at, settled=x.settled_at is not None) for x in self._of(event)]
        verdicts += [self._order(x, settled=False) for x in self._cancelled_alone(result)]
        if verdicts and self.said.get(event.observation.number) == HOLDS:
            return Verdict.SENT_AGAIN
        if verdicts and self.said.get(event.observation.number) == HOLDS_NOT:
            return Verdict.WITHDRAWN
        return next(
            (x for x in (Verdict.ASKED, Verdict.WITHDRAWN, Verdict.SENT_AGAIN) if x in verdicts), Verdict.STANDS
        )

    def _cancelled_alone(self, result: Taken) -> list[datetime | None]:
        """When withdrawals of a result were sent that came before it; one of the two may have no number."""
        event, own = result.event, result.version.identity
        found = self.cancelled.get((event.content["kind"], event.content.get("code", ""), result.version.fact.on), {})
        return [sent for x, sent in found.items() if x == own or ID not in x or ID not in own]

    def _order(self, withdrawn_at: datetime | None, *, settled: bool) -> Verdict:
        if withdrawn_at is None or self.sent_at is None or withdrawn_at == self.sent_at:
            return Verdict.ASKED
        if self.sent_at > withdrawn_at:
            return Verdict.SENT_AGAIN
        return Verdict.ASKED if settled else Verdict.WITHDRAWN  # a person has said of the withdrawal what they know

    def held(self, event: Event) -> Held:
        """The question about a result that was withdrawn before it came."""
        why = reason(WITHDRAWN_BEFORE, basis="J")
        return Held(observation=event.observation, kind=NO_STATUS, why=why, target=event.target)

    def close(self, events: Iterable[Event], *, withdrawn: bool) -> bool:
        """Settle the open questions about withdrawals of these results, which are decided now. Was there one?"""
        rows = {x.pk: x for event in events for x in self._of(event) if x.settled_at is None}
        for row in rows.values():
            settle(row, _("Withdrawn by its sender.") if withdrawn else _("Sent again, and taken."))
        return bool(rows)

    def _of(self, event: Event) -> list[WaitingResult]:
        return [x for x in self.before if same_result(x.result, event.observation, event.target)]

    def is_here(self, event: Event) -> bool:
        """Is a result on the record that an event takes back?"""
        return bool(self._identities(event))

    def withdraw(self, event: Event, *, in_any_case: bool = False) -> Held | None:
        """Withdraw what an event takes back, and the questions about it; or the question that this is.

        `in_any_case`: nobody asks whether it was sent again since.
        """
        said = self.said.get(event.observation.number)
        if said == HOLDS:
            return None
        identities = self._identities(event)
        if len(identities) > 1:
            return self._question(event, OF_SEVERAL)
        for identity in identities:
            if not in_any_case and said != HOLDS_NOT and self._was_sent_later(event, identity):
                return self._question(event, SENT_AGAIN)
            table = FACT_TABLES[event.content["kind"]]
            withdraw(self.patient, table, identity, by=None, reason=_("Withdrawn by its sender."))
        waiting = self._open_questions(event)
        for row in waiting:
            settle(row, _("Withdrawn by its sender."))
        return None if identities or waiting else self._question(event, NOT_HERE)

    def _question(self, event: Event, why: str) -> Held:
        return Held(observation=event.observation, kind=NO_STATUS, why=reason(why), target=event.target)

    def _identities(self, event: Event) -> Sequence[str]:
        """The results on the record that an event takes back: the one of its number; without a number all of its test
        and time that this machine sent and that stand."""
        content, moment = event.content, event.observation.time.moment
        if moment is None:
            return ()
        rows = FACT_TABLES[content["kind"]]._default_manager.filter(patient=self.patient)
        code = content.get("code", "")
        if name := content.get("id"):
            identities = [named_identity(content["kind"], code, x, moment.at) for x in (beside(name, event), name)]
            known = set(
                rows.filter(identity__in=identities).exclude(status=CANCELLED).values_list("identity", flat=True)
            )
            return [x for x in identities if x in known][:1]
        histories: dict[str, list[Fact]] = {}
        for row in rows.filter(code=code, on=moment.at, source=self.source).order_by("version"):
            histories.setdefault(row.identity, []).append(row)
        return [x for x, rows_of in histories.items() if standing_row(rows_of).status != CANCELLED]

    def _was_sent_later(self, event: Event, identity: str) -> bool:
        """Did its sender send a result again after it took it back?"""
        if self.sent_at is None:
            return False
        kind = event.content["kind"]
        rows = FACT_TABLES[kind]._default_manager.filter(patient=self.patient, identity=identity).values("pk")
        parts = DeliveredFact.objects.filter(kind=kind, row__in=rows).values("part__message")
        last = Message.objects.filter(pk__in=parts).aggregate(last=Max("sent_at"))["last"]
        return last is not None and last > self.sent_at

    def _open_questions(self, event: Event) -> list[WaitingResult]:
        """Questions about the results that an event takes back; without a number only where there is one."""
        rows = questions_about(self.part).open().exclude(status=CANCELLED)
        found = [x for x in rows.order_by("pk") if same_result(x.result, event.observation, event.target)]
        return found if event.observation.order or len(found) == 1 else []


def beside(name: str, event: Event) -> str:
    """What a result is called that stands beside another one of the same number, test and time."""
    sub = event.observation.sub
    return f"{name}#{sub}" if sub else name
