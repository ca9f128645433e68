"""What every page shows around its content: is the monitoring alive, and which menu entries the user may open."""

from datetime import datetime
from functools import cache, partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from algorithm.queries import chart_in_use, code_version
from ildcare.account.sessions import seconds_left, who
from ildcare.inbox.counts import Counts, card_counts
from monitoring.canaries.silence import Silence, silence_of
from monitoring.models import SweepRun
from monitoring.queries import is_late, last_sweep
from monitoring.rules import BY_CODE
from monitoring.undelivered import is_stuck
from monitoring.unwatched import unwatched
from monitoring.wording import rules_off
from patients.access import may
from patients.models import User
from patients.queries import site_settings
from patients.wording import translated


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; of a visitor who is not signed in, only how pages look."""
    appearance = {"theme": request.COOKIES.get("theme", ""), "keys_off": request.COOKIES.get("keys") == "off"}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return appearance
    last = cache(partial(_last_sweep, request))  # asked for by a page, and not by a part of one
    return (
        appearance
        | {
            "monitoring_late": lambda: is_late(last(), timezone.now()),
            "monitoring_last": lambda: getattr(last(), "finished_at", None),
            "evaluations_failing": lambda: getattr(last(), "failing", 0),
            "rules_silent": lambda: _rules_silent(last()),
            "delivery_stuck_since": lambda: _stuck_since(last()),
            "may_import": may(user, "import_cases"),
            "may_export": may(user, "export_records"),
            "may_import_tables": may(user, "import_tables"),
            "may_settle": may(user, "settle_arrivals"),
            "arrivals_waiting": lambda: getattr(last(), "sent", 0),
            "arrivals_strange": lambda: getattr(last(), "strange", 0),
            "machines_silent": lambda: getattr(last(), "silent", ()),
            "may_be_told": may(user, "see_ward"),
            "card_counts": cache(partial(_card_counts, user)),  # asked for several times by the head of a page
            "may_manage": may(user, "manage_site"),
            "may_admit": may(user, "admit_patients"),
            "may_review": may(user, "review_cases"),
            "session_seconds": seconds_left(request.session),
            "session_who": who(user),
            "chart_in_use": chart_in_use,
            "rules_in_use": code_version()[:8],
            "unwatched": lambda: [*(translated(x) for x in unwatched(BY_CODE)), *rules_off()],
            "reader": user.get_full_name() or user.get_username(),
        }
    )


def _card_counts(user: User) -> Counts:
    return card_counts(user, timezone.now())


def _stuck_since(run: SweepRun | None) -> datetime | None:
    """Since when a message about an alert has not arrived, if that is too long."""
    since: datetime | None = getattr(run, "unsent", None)
    return since if is_stuck(since, timezone.now()) else None


def _last_sweep(request: HttpRequest) -> SweepRun | None:
    return request.last_sweep if hasattr(request, "last_sweep") else last_sweep()  # a page may have read it already


def _rules_silent(last: SweepRun | None) -> Silence:
    """Rules that could not be shown to speak; before the first sweep nobody watches, and another banner says so."""
    if last is None:
        return Silence()
    newest = last.canaries  # type: ignore[attr-defined]  # see `last_sweep`
    return silence_of(newest, timezone.now(), site_settings().rule_choices.off)
