"""Changes about runs on the cohort: asked for by a person, gone on with by a worker in slices, ended once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.changes import Refused, attributed_to
from patients.models import CohortRun, RunState, User

MOST_FAILURES = 3
SILENCE = timedelta(minutes=2)  # after which a slice that was begun is nobody's any more


def ask_for_cohort(*, with_rules: bool, by: User) -> CohortRun:
    """Ask for a look at everybody as known now. Raises Refused while another one is being worked out."""
    try:
        with transaction.atomic(), attributed_to(by):
            return CohortRun.objects.create(known_at=timezone.now(), with_rules=with_rules, by=by)
    except IntegrityError:
        raise Refused(_("A run is being worked out already: wait for it, or cancel it.")) from None


def take_slice() -> CohortRun | None:
    """The run that waits for somebody to go on with it; it is the caller's until `end_slice`. None where none waits."""
    now = timezone.now()
    with transaction.atomic():
        free = Q(taken_at=None) | Q(taken_at__lt=now - SILENCE)
        run = CohortRun.objects.select_for_update(skip_locked=True).filter(free, state=RunState.RUNNING).first()
        if run is not None:
            run.taken_at = now
            run.save(update_fields=["taken_at"])
    return run


def end_slice(*, run: CohortRun, done: int, total: int, result: dict[str, Any], ended: bool) -> None:
    """Keep how far a run is and what came out so far. Nothing is written where it was cancelled, or where another
    process has it meanwhile."""
    mine = CohortRun.objects.filter(pk=run.pk, state=RunState.RUNNING, taken_at=run.taken_at)
    state, at = (RunState.DONE, timezone.now()) if ended else (RunState.RUNNING, None)
    mine.update(done=done, total=total, result=result, taken_at=None, failures=0, state=state, ended_at=at)


def cancel_run(*, run: CohortRun, by: User) -> None:
    """Do not go on with a run. Raises Refused for one that has ended."""
    with transaction.atomic(), attributed_to(by):
        running = CohortRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
        if not running.update(state=RunState.CANCELLED, result={}, ended_at=timezone.now()):
            raise Refused(_("The run has ended meanwhile."))


def note_slice_failure(*, run: CohortRun) -> None:
    """A run could not go on now: it is tried again, and stops the third time."""
    mine = CohortRun.objects.filter(pk=run.pk, state=RunState.RUNNING, taken_at=run.taken_at)
    if run.failures + 1 < MOST_FAILURES:
        mine.update(failures=F("failures") + 1, taken_at=None)
        return
    why = _("It could not be worked out. Tell the administrator.")
    mine.update(failures=F("failures") + 1, state=RunState.STOPPED, result={}, why=why, ended_at=timezone.now())
