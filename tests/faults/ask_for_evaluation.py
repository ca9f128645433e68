"""Asks the worker for evaluations as requests of a web process do: `python -m tests.faults.ask_for_evaluation`.

Arguments: username, then the argument of the task for each request. Prints the id of each request.
"""

from __future__ import annotations

import os
import sys

import django


def main(username: str, *arguments: str) -> None:
    """One request of this user for each argument, with one nudge in it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    django.setup()
    import structlog
    from celery import current_app
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory
    from django_structlog.middlewares import RequestMiddleware

    from monitoring.receivers import EVALUATE
    from patients.models import User

    def page(request: HttpRequest) -> HttpResponse:
        current_app.send_task(EVALUATE, args=[request.POST["argument"]], retry=False, expires=60)
        print("request", structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    reader = User.objects.get(username=username)
    for argument in arguments:
        request = RequestFactory().post("/", {"argument": argument})
        request.user = reader
        RequestMiddleware(page)(request)


if __name__ == "__main__":
    main(*sys.argv[1:])
