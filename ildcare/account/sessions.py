"""How long somebody stays signed in: counted here on the server, not by the cookie (R45).

Fifteen minutes without a request of theirs, twelve hours in all; a page that asks by itself (`X-Poll`) is no sign of
life. A change of role ends the session, as the pages shown may not be theirs any more.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from patients.models import User

NOTED_EVERY = 20  # seconds; not every request writes the session
BEGUN, SEEN, ROLE = "begun", "seen", "role"
CONFIRMED = "confirmed"  # when the password was typed again, see `confirming`


@receiver(user_logged_in)
def begin(*, request: HttpRequest, user: User, **_: Any) -> None:
    """A session starts with its sign-in."""
    now = moment()
    request.session.update({BEGUN: now, SEEN: now, ROLE: user.role})


def seconds_left(session: SessionBase) -> int:
    """Until the session ends if nothing is asked; 0 when it has ended, or when it does not say when it began."""
    idle: int = session.get(SEEN, 0) + settings.SESSION_IDLE_SECONDS
    whole: int = session.get(BEGUN, 0) + settings.SESSION_COOKIE_AGE
    return max(0, min(idle, whole) - moment())


def keep_within_limits(request: HttpRequest) -> None:
    """End a session that is over; note that its user is there, unless it is the page that asks by itself."""
    if not request.user.is_authenticated:
        return
    session = request.session
    if not seconds_left(session) or session.get(ROLE) != request.user.role:
        logout(request)
    elif not is_poll(request) and moment() - session[SEEN] >= NOTED_EVERY:
        session[SEEN] = moment()


def extend(request: HttpRequest) -> None:
    """The user says that they are there."""
    request.session[SEEN] = moment()


def is_poll(request: HttpRequest) -> bool:
    """Sent by a page that brings itself up to date, not by its reader."""
    return bool(request.headers.get("X-Poll"))


def who(user: Any) -> str:
    """A name for the signed-in user that says nothing of them; "" for nobody."""
    return salted_hmac("ildcare.account.sessions.who", str(user.pk)).hexdigest()[:16] if user.is_authenticated else ""


def moment() -> int:
    """Now, in whole seconds, as a session keeps it."""
    return int(timezone.now().timestamp())
