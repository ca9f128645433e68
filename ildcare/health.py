"""Answers for whoever watches the product from outside: is the process alive, can it do its work? No patient data.

A process that is not alive is started again. One that is not ready cannot reach its database, or nobody watches the
patients: then the administrator is called, but requests still go to it, because a ward that is told by a red banner
that its alerts are late is better off than a ward without pages. So a load balancer asks `live`, a monitor `ready`.
"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.queries import is_late, last_sweep
from patients.access import public


@public
@require_safe
def health_live(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@public
@require_safe
def health_ready(_request: HttpRequest) -> JsonResponse:
    """The database answers and a sweep ended within the last two periods; 503 if not (R15)."""
    try:
        run = last_sweep()
    except DatabaseError:
        connection.close()
        return JsonResponse({"database": False}, status=503)
    late = is_late(run, timezone.now())
    finished = run.finished_at.isoformat() if run else None
    return JsonResponse({"database": True, "monitoring": not late, "last_sweep": finished}, status=503 if late else 200)
