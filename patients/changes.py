"""What every change needs: one transaction, its attribution, the lock on the patient, once only, never over another's.

A change is a write that a person (or the system) does to one patient's record; `patients.actions` holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from patients.audit import audit_context
from patients.clinical.reasons import Reason, reason, say
from patients.models import EvaluationMark, NonceUse, Patient, RecordMerge, User
from patients.signals import record_changed
from patients.wording import render

P = ParamSpec("P")
R = TypeVar("R")

RETRIED = frozenset({"40001", "40P01"})  # serialization failure, deadlock
ATTEMPTS = 3
# NO KEY: rows that merely refer to the patient are not held up; in one order, so that two merges do not lock each other
# out
ALONE_SQL = f"SELECT id FROM {Patient._meta.db_table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 - the same text always
# the records that a change around this place has alone
_changing: ContextVar[frozenset[int]] = ContextVar("records of a change", default=frozenset())


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a refused change: its label, what the loser wanted, what stands now."""

    field: str
    label: str
    yours: Any
    theirs: Any


class Conflict(Exception):  # noqa: N818 - what happened, in the words of the ward
    """A change that was refused because the world is not as its author saw it; answered with 409, nothing written."""


class StaleVersion(Conflict):
    """Somebody else changed the record first. `differences` says field by field what stands now."""

    def __init__(self, differences: tuple[Difference, ...] = ()) -> None:
        super().__init__("changed by somebody else")
        self.differences = differences


class RecordMerged(Conflict):
    """The record went into another one since its page was opened; that one is opened in its stead."""

    def __init__(self, merge: RecordMerge) -> None:
        super().__init__("the record was merged into another one")
        self.merge = merge


class Refused(Exception):  # noqa: N818 - the same
    """A change that its content forbids; nothing was written. `why`: the sentences, for readers of any language."""

    def __init__(self, *why: Reason | str) -> None:
        self.why = tuple(reason(x) if isinstance(x, str) else x for x in why)
        super().__init__("; ".join(map(say, self.why)))

    @property
    def faults(self) -> tuple[str, ...]:
        """The sentences in the language of who reads now."""
        return tuple(map(render, self.why))


def repeated_on_deadlock(change: Callable[P, R]) -> Callable[P, R]:
    """Run again, up to three times in all, when the database breaks a deadlock; not inside another transaction."""

    @wraps(change)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return change(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or attempt == ATTEMPTS or _sqlstate(error) not in RETRIED:
                    raise
        raise AssertionError("unreachable")

    return run


def _sqlstate(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def attributed_to(by: User | None, **known: Any) -> AbstractContextManager[None]:
    """Attribute writes to a user; a change of the system inside a request stays the request's user's."""
    return audit_context(**({"actor": by.pk} if by else {}), **known)


@contextmanager
def change_to(patient: Patient, *, by: User | None, reason: str = "") -> Iterator[None]:
    """One transaction on one patient: attributed to `by`, and alone (others on the same patient wait).

    Nothing is written to a record that was merged into another one: `RecordMerged`. A part of a larger change of the
    same record asks for neither again.
    """
    if patient.pk in _changing.get():
        with transaction.atomic(), attributed_to(by, patient=patient.pk, reason=reason):
            yield
        return
    with change_to_both(patient, by=by, reason=reason):
        # asked after the lock: a merge that went on meanwhile is seen
        merges = RecordMerge.objects.standing().filter(absorbed=patient)
        if merges.exists():
            raise RecordMerged(merges.select_related("kept").get())
        token = _changing.set(_changing.get() | {patient.pk})
        try:
            yield
        finally:
            _changing.reset(token)


@contextmanager
def change_to_both(patient: Patient, *others: Patient, by: User | None, reason: str = "") -> Iterator[None]:
    """One transaction on several records, alive or not, the first of which it is attributed to: merges only."""
    with transaction.atomic(), attributed_to(by, patient=patient.pk, reason=reason):
        keys = [x.pk for x in (patient, *others)]
        with connection.cursor() as cursor:
            cursor.execute(ALONE_SQL, [keys])
            if len(cursor.fetchall()) < len(set(keys)):
                raise Patient.DoesNotExist
        yield


def record_change(patient: Patient) -> None:
    """At the end of a change: the patient needs evaluation, and whoever listens is told. Once per change."""
    # the row lock of the change lets nobody else create the mark in between
    if not request_evaluation(EvaluationMark.objects.filter(patient=patient)):
        EvaluationMark.objects.create(patient=patient, needed_since=timezone.now(), requested_count=1)
    record_changed.send(sender=Patient, patient_id=patient.pk)


def request_evaluation(marks: models.QuerySet[EvaluationMark]) -> int:
    """Mark for evaluation; how many were. A mark that is set already keeps its age."""
    return marks.update(needed_since=Coalesce(F("needed_since"), Now()), requested_count=F("requested_count") + 1)


def request_evaluation_of_everybody(now: datetime) -> int:
    """The clock asks for everybody at once; of how many it would have asked later only."""
    return EvaluationMark.objects.filter(next_due_at__gt=now, failures=0).update(next_due_at=now)


@repeated_on_deadlock
def once(nonce: str, *, by: User, patient: Patient | None, change: Callable[[], Any]) -> tuple[Any, bool]:
    """Run a change for the first of all sendings of one form; returns its result and whether this was a repetition.

    The note of the form and the change commit together: a second sending waits for the first, then gets its result.
    The result must be JSON. A nonce of another user or patient is a conflict.
    """
    with transaction.atomic():
        use, first = NonceUse.objects.get_or_create(nonce=nonce, defaults={"user": by, "patient": patient})
        if not first:
            if (use.user_id, use.patient_id) != (by.pk, patient.pk if patient else None):
                raise Conflict("this form was sent by somebody else")
            return use.result, True
        use.result = change()
        use.save(update_fields=["result"])
        return use.result, False


def update_with_version(row: models.Model, expected_version: int, **changes: Any) -> None:
    """Change a row if it still has the version its author saw; the loser gets `StaleVersion` with the differences."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    if rows.filter(version=expected_version).update(version=F("version") + 1, **changes):
        row.refresh_from_db()
        return
    raise StaleVersion(differences(rows.get(), changes))


def differences(current: models.Model, wanted: dict[str, Any]) -> tuple[Difference, ...]:
    """Where what stands differs from what was wanted."""
    return tuple(
        Difference(name, str(current._meta.get_field(name).verbose_name), value, getattr(current, name))  # type: ignore[union-attr]
        for name, value in wanted.items()
        if getattr(current, name) != value
    )
