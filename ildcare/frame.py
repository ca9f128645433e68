"""What every page shows around its content: is the monitoring alive, and which menu entries the user may open."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.queries import code_version
from ildcare.sessions import seconds_left, who
from monitoring.queries import is_late, last_sweep
from patients.access import may


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; of a visitor who is not signed in, only how pages look."""
    looks = {"theme": request.COOKIES.get("theme", ""), "keys_off": request.COOKIES.get("keys") == "off"}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return looks
    last = last_sweep()
    return looks | {
        "monitoring_late": is_late(last, timezone.now()),
        "monitoring_last": last.finished_at if last else None,
        "may_import": may(user, "import_cases"),
        "may_review": may(user, "review_cases"),
        "session_seconds": seconds_left(request.session),
        "session_who": who(user),
        "chart_in_use": CURRENT,
        "rules_in_use": code_version()[:8],
        "reader": user.get_full_name() or user.get_username(),
    }
