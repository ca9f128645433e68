"""Answers for whoever watches the product from outside: is the process alive, can it do its work? No patient data.

A process that is not alive is started again. One that is not ready cannot reach its database, or nobody watches the
patients (or one of them, whose evaluation keeps failing), or a rule could not be shown to speak, or the downtime sheets
are old: then the administrator is called, but requests still go to it, because a ward that is told by a red banner that
its alerts are late is better off than a ward without pages. So a load balancer asks `live`, a monitor `ready`.
"""

from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.paper.downtime_state import are_late
from monitoring.canaries.silence import canary_figures
from monitoring.queries import count_of_questions, failing_evaluations, is_late, last_sweep, off_record, oldest_question
from monitoring.undelivered import delivery_state, is_stuck
from patients.access import public


@public
@require_safe
def health_live(_request: HttpRequest) -> JsonResponse:
    """Answer, which shows that the process is alive."""
    return JsonResponse({"live": True})


@public
@require_safe
def health_ready(_request: HttpRequest) -> JsonResponse:
    """200 while the database answers, a sweep ended within two periods (R15), no evaluation keeps failing, no
    canary of a rule is silent (R16, R70), messages about alerts arrive (R70) and the sheets are fresh; else 503.

    How many questions about what machines sent wait for a person, numbers that nobody here has and messages of a day
    that could not be read, and for how many seconds the oldest of each, is told beside:
    a monitor may have a limit for it. It is no fault of the product, and says nothing of a patient.
    """
    try:
        run, failing = last_sweep(), failing_evaluations()
        questions, since = count_of_questions(), oldest_question()
        now = timezone.now()
        off = off_record(now)
        canaries = canary_figures(now)
        delivery = delivery_state()
    except DatabaseError:
        connection.close()
        return JsonResponse({"database": False}, status=503)
    watched = not is_late(run, now)
    paper = not are_late(settings.DOWNTIME_DIR, now) if settings.DOWNTIME_MINUTES else None
    arriving = not is_stuck(delivery.unsent_since, now)
    finished = run.finished_at.isoformat() if run else None
    state = {
        "database": True,
        "monitoring": watched,
        "last_sweep": finished,
        "sweep_age_seconds": _seconds(run.finished_at if run else None, now),
        "failing_evaluations": failing,
        "silent_canaries": canaries.silent,
        "last_canary_seconds": canaries.age,
        "downtime_sheets": paper,
        "delivery": arriving,
        "unsent_messages": delivery.waiting,
        "given_up_messages": delivery.given_up,
        "oldest_unsent_seconds": _seconds(delivery.unsent_since, now),
        "waiting_questions": questions,
        "oldest_question_seconds": _seconds(since, now),
        "unregistered_numbers": off.strangers,
        "oldest_unregistered_seconds": _seconds(off.strangers_since, now),
        "unreadable_messages": off.unread,
        "oldest_unreadable_seconds": _seconds(off.unread_since, now),
    }
    good = watched and arriving and not failing and not canaries.silent and paper is not False
    return JsonResponse(state, status=200 if good else 503)


def _seconds(since: datetime | None, now: datetime) -> int | None:
    return max(0, int((now - since).total_seconds())) if since is not None else None
