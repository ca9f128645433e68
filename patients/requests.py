"""What a view that needs a sign-in receives. Public views take Django's own HttpRequest: its user may be anonymous."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from patients.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """A request as the middleware hands it on: of a signed-in user, begun at a moment, perhaps sent by htmx.

    A type and nothing else: Django makes the requests, `LoginRequiredMiddleware` makes it true.
    """

    user: User
    htmx: HtmxDetails
    begun_at: datetime  # when the server began to answer: the moment of the page
