"""What is done with cases that are looked at afterwards: opened, taken, signed by two, commented, opened again.

Each is one more line of the case; nothing is changed or removed. A correction that a reviewer asks for is a task of the
ward on the patient's record, and how the task ends is the answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.rounds import add_task
from patients.changes import Refused, attributed_to, change_to, repeated_on_deadlock
from patients.clinical.reasons import _ as _msg
from patients.models import (
    CareTask,
    ChartVerdict,
    DelayVerdict,
    Lesson,
    Patient,
    ReviewCase,
    ReviewEntry,
    ReviewKey,
    ReviewStep,
    User,
)
from patients.reviews import verdicts_since_opened
from patients.sign_off import Signed, SignOff, repeats, sign_off

CLOSED = _msg("This case is closed: open it again first.")
NOT_CLOSED = _msg("This case is open.")
SAME_PERSON = _msg("You have signed these answers: it takes a second person to close a case.")
NO_WORDS = _msg("Say it in words.")
LONGEST_TASK = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Arisen:
    """Something that leads to a case: of whom, what (`ReviewTrigger`), by which key it is known again, when it was."""

    patient: int
    trigger: str
    key: str
    arose_at: datetime
    about: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answers of a reviewer, as codes, and in words."""

    chart: str
    delay: str
    lesson: str
    audience: str
    text: str = ""


def make_review_key() -> str:
    """The secret of the site, made when it is first needed."""
    with transaction.atomic(), attributed_to(None):
        row, _new = ReviewKey.objects.get_or_create(pk=1, defaults={"secret": secrets.token_hex(32)})
    return row.secret


@repeated_on_deadlock
def open_cases(*, arisen: Collection[Arisen], now: datetime) -> int:
    """Open a case for each of these that never led to one; returns how many. Nothing is opened of a merged record."""
    make_review_key()
    with transaction.atomic(), attributed_to(None):
        patients = {x.patient for x in arisen}
        alive = set(Patient.objects.kept().filter(pk__in=patients).values_list("pk", flat=True))
        known = set(ReviewCase.objects.filter(patient__in=alive).values_list("patient", "trigger", "key"))
        new = {(x.patient, x.trigger, x.key): x for x in arisen if x.patient in alive}
        rows = [_case(x, now) for key, x in new.items() if key not in known]
        ReviewCase.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _case(arisen: Arisen, now: datetime) -> ReviewCase:
    return ReviewCase(
        patient_id=arisen.patient,
        trigger=arisen.trigger,
        key=arisen.key,
        about=arisen.about,
        arose_at=arisen.arose_at,
        opened_at=now,
    )


@repeated_on_deadlock
def take_case(*, case: ReviewCase, by: User, release: bool = False) -> ReviewEntry:
    """Whoever takes a case has it among their own, until they release it or another one takes it."""
    with _change(case, by) as held:
        _refuse_closed(held)
        return _append(held, by, ReviewStep.RELEASED if release else ReviewStep.TAKEN)


@repeated_on_deadlock
def sign_verdict(*, case: ReviewCase, by: User, verdict: Verdict) -> ReviewEntry:
    """Sign a verdict; it closes the case where another person's last one gives the same answers.

    Refused on a closed case, and for answers that the same person signed last: a second person closes a case.
    """
    if verdict.lesson == Lesson.OTHER and not verdict.text.strip():
        raise Refused(NO_WORDS)
    if verdict.chart not in ChartVerdict.values or verdict.delay not in DelayVerdict.values:
        raise ValueError(f"unknown answer: {verdict}")
    with _change(case, by) as held:
        _refuse_closed(held)
        before, new = verdicts_since_opened(held), Signed(by.pk, verdict.chart, verdict.delay)
        if repeats(before, new):
            raise Refused(SAME_PERSON)
        entry = _append(
            held,
            by,
            ReviewStep.VERDICT,
            chart=verdict.chart,
            delay=verdict.delay,
            lesson=verdict.lesson,
            audience=verdict.audience,
            text=verdict.text.strip(),
        )
        if sign_off([*before, new]) is SignOff.AGREED:
            held.closed_at = entry.at
            held.save(update_fields=["closed_at"])
    return entry


@repeated_on_deadlock
def comment_case(*, case: ReviewCase, by: User, text: str) -> ReviewEntry:
    """Say something beside the verdicts."""
    _refuse_silence(text)
    with _change(case, by) as held:
        return _append(held, by, ReviewStep.COMMENT, text=text.strip())


@repeated_on_deadlock
def reopen_case(*, case: ReviewCase, by: User, reason_given: str) -> ReviewEntry:
    """Open a closed case again. The verdicts stay; two people sign anew."""
    _refuse_silence(reason_given)
    with _change(case, by) as held:
        if held.closed_at is None:
            raise Refused(NOT_CLOSED)
        held.closed_at = None
        held.save(update_fields=["closed_at"])
        return _append(held, by, ReviewStep.REOPENED, text=reason_given.strip())


@repeated_on_deadlock
def ask_correction(*, case: ReviewCase, by: User, doubt: str, due: date, fact: str = "", words: str = "") -> CareTask:
    """Ask the ward about an entry of the record (`fact`, in `words`) or one that is missing: a task of the patient."""
    _refuse_silence(doubt)
    with _change(case, by) as held:
        asked = _("Review asks: %(what)s") % {"what": f"{words}: {doubt.strip()}" if words else doubt.strip()}
        text = asked if len(asked) <= LONGEST_TASK else f"{asked[: LONGEST_TASK - 1]}…"
        task = add_task(patient=held.patient, by=by, text=text, due=due)
        _append(held, by, ReviewStep.REQUEST, text=doubt.strip(), fact=fact, task=task)
    return task


@contextmanager
def _change(case: ReviewCase, by: User) -> Iterator[ReviewCase]:
    """The case, locked, inside a change of its patient's record."""
    with change_to(case.patient, by=by):
        yield ReviewCase.objects.select_for_update(of=("self",)).select_related("patient").get(pk=case.pk)


def _append(case: ReviewCase, by: User, kind: ReviewStep, **said: Any) -> ReviewEntry:
    return ReviewEntry.objects.create(case=case, kind=kind, by=by, role=by.role, at=timezone.now(), **said)


def _refuse_closed(case: ReviewCase) -> None:
    if case.closed_at is not None:
        raise Refused(CLOSED)


def _refuse_silence(text: str) -> None:
    if not text.strip():
        raise Refused(NO_WORDS)
