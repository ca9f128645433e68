"""What every page shows around its content: is the monitoring alive, and which menu entries the user may open."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from monitoring.queries import is_late, last_sweep
from patients.access import may


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; nothing for visitors who are not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    last = last_sweep()
    return {
        "monitoring_late": is_late(last, timezone.now()),
        "monitoring_last": last.finished_at if last else None,
        "may_import": may(user, "import_cases"),
        "reader": user.get_full_name() or user.get_username(),
    }
