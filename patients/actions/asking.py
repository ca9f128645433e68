"""What waits for a person: each result is asked about once, however often and by whatever door it comes.

Results of one sender and patient with the same number, test and time of sample are one (specification 12 (45)). The
same again is settled by the first question. A result that is told again and can be taken, or is withdrawn, takes the
place of the one that waits; so does a line of a table that was mended and sent again. Where it cannot be said which of
two holds, both are asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.clinical.versions import CANCELLED
from patients.clinical.written import reason_as_json
from patients.imports.observation import Observation
from patients.imports.same_result import is_not_older, result_words, status_of
from patients.imports.understanding import Held
from patients.models import MessagePart, RecordMerge, WaitingQuerySet, WaitingResult

LONGEST_TEXT, LONGEST_NAME, LONGEST_UNIT = 200, 200, 60
TABLE_PART = "table_part"  # a format whose lines people mend and send again


def ask(part: MessagePart, held: Sequence[Held], *, fresh: bool) -> bool:
    """Ask what is held of a part, and nothing else any more; is that anything else than before?

    `fresh`: the part has just come. Call it inside a change of the patient.
    """
    rows = () if fresh else part.waiting.all()
    before, otherwise = {(x.number, x.target): x for x in rows}, False
    told = Counter(result_words(x.observation, x.target) for x in held)
    for x in held:
        known = before.pop((x.observation.number, x.target), None)
        if known is None:
            otherwise |= _ask_anew(part, x, alone=told[result_words(x.observation, x.target)] == 1)
        elif known.settled_at is None:
            known.question, known.why = x.kind, reason_as_json(x.why)
            known.save(update_fields=["question", "why"])
    settled = [x for x in before.values() if x.settled_at is None]
    for row in settled:
        row.settled_at, row.taken = timezone.now(), True
        row.save(update_fields=["settled_at", "taken"])
    return otherwise or bool(settled)


def overtake(part: MessagePart, taken: Iterable[tuple[Observation, str, str]]) -> bool:
    """Withdraw older questions about results that a part tells again and that are taken now (result, test, status of
    each). Was there one?"""
    told = list(taken)
    counted = Counter(result_words(x, target) for x, target, _status in told)
    asked = questions_about(part).open().filter(result__in=[x for x in counted if x]).values_list("result", flat=True)
    waiting = frozenset(asked) if told else frozenset()  # of a laboratory's day hardly ever one
    withdrawn = False
    for x, target, status in told:
        words = result_words(x, target)
        if words not in waiting:
            continue
        rows = _older(part, x, words, alone=counted[words] == 1).open()
        for row in rows.exclude(status=CANCELLED):  # of a withdrawal: patients.actions.withdrawing
            if is_not_older(status, row.status):
                settle(row, _("Sent again, and taken."))
                withdrawn = True
    return withdrawn


def questions_about(part: MessagePart) -> WaitingQuerySet:
    """What was asked about results of the same sender and patient in other messages."""
    if part.patient is None:
        return WaitingResult.objects.none()
    absorbed = RecordMerge.objects.standing().filter(kept=part.patient).values("absorbed")
    whose = Q(part__patient=part.patient) | Q(part__patient__in=absorbed)
    rows = WaitingResult.objects.filter(whose, part__message__source=part.message.source)
    return rows.exclude(part__message=part.message)


def _ask_anew(part: MessagePart, held: Held, *, alone: bool) -> bool:
    """Ask about a result, unless it was asked about in another message. Does anything wait otherwise now?"""
    row, x = _waiting(part, held), held.observation
    older = _of_the_same(part, row.result)
    same = older.filter(text=row.text, unit=row.unit, status=row.status).order_by("pk").first()
    if same is not None:
        row.settled_at, row.taken, row.again = timezone.now(), False, same.again or same
        row.save(force_insert=True)
        return False
    row.save(force_insert=True)
    if part.message.format == TABLE_PART:
        for mended in _older(part, x, row.result, alone=alone).open():
            settle(mended, _("Its line was sent again."), row)
    return True


def settle(row: WaitingResult, why: str, again: WaitingResult | None = None) -> None:
    """Settle a question by what came since: it is not taken out of its own message any more."""
    row.settled_at, row.taken, row.reason, row.again = timezone.now(), False, why, again
    row.save(update_fields=["settled_at", "taken", "reason", "again"])


def _older(part: MessagePart, x: Observation, words: str, *, alone: bool) -> WaitingQuerySet:
    """What was asked about the same result in other messages. Without a number of its own its value has to be the same
    too, or it is the only one of its test and sample in both tables."""
    rows = _of_the_same(part, words)
    if x.order:
        return rows
    if part.message.format == TABLE_PART and alone and rows.open().count() == 1:
        return rows.filter(part__message__format=TABLE_PART)
    return rows.filter(text=x.text[:LONGEST_TEXT])


def _of_the_same(part: MessagePart, words: str) -> WaitingQuerySet:
    """Questions about a result of the same sender and patient in other messages."""
    return questions_about(part).filter(result=words) if words else WaitingResult.objects.none()


def _waiting(part: MessagePart, held: Held) -> WaitingResult:
    x = held.observation
    coding = x.codings[0] if x.codings else None
    return WaitingResult(
        part=part,
        number=x.number,
        question=held.kind,
        why=reason_as_json(held.why),
        system=coding.system[:100] if coding else "",
        code=x.code[:100],
        called=x.name[:LONGEST_NAME],
        target=held.target,
        text=x.text[:LONGEST_TEXT],
        unit=x.unit[:LONGEST_UNIT],
        on=x.time.moment.at if x.time.moment else None,
        result=result_words(x, held.target),
        status=status_of(x),
    )
