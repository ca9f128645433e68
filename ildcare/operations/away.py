"""What a page says while the database cannot be reached, or has no room: that, and where the paper lies.

Nothing is asked of the database here, and no session: who it is cannot be known, so that nothing of a patient is shown.
What a browser shows already stays; its parts say that they could not be renewed.
"""

from __future__ import annotations

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from ildcare.paper.downtime_state import read_state

AGAIN_AFTER = 10  # seconds
NO_ROOM = "53100"  # SQLSTATE disk_full
AWAY = ("08", "57P", "53")  # connection exceptions, shut down or starting, out of resources


def unexpected_error(request: HttpRequest) -> HttpResponse:
    """The page of an error that nobody caught: 503 where the database is away or full, else 500."""
    error = sys.exc_info()[1]
    if not is_away(error):
        return server_error(request)
    made = read_state(settings.DOWNTIME_DIR)[0] if settings.DOWNTIME_MINUTES else None
    context = {
        "no_room": _state(error) == NO_ROOM,
        "folder": settings.DOWNTIME_DIR if made else None,
        "made": made,
        "again_after": AGAIN_AFTER if request.method == "GET" else None,
    }
    response = HttpResponse(render_to_string("503.html", context), status=503)  # no processor of contexts: they ask
    response.headers["Retry-After"] = str(AGAIN_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response


def is_away(error: BaseException | None) -> bool:
    """Is it an error of a database that cannot be reached, shuts down, starts up, or has no room?

    A deadlock, or a statement that ran out of time, is none: the database is there."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = _state(error)
    return state == "" or state.startswith(AWAY)


def _state(error: BaseException | None) -> str:
    """The SQLSTATE of what the database said; "" where it said nothing any more."""
    return getattr(error.__cause__, "sqlstate", None) or "" if error is not None else ""
