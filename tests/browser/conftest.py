"""A ward with a signed-in physician, in Chromium, against a live server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import BrowserContext, Page, expect

from patients.models import Role, Ward
from tests.browser.accessible import REFUSED
from tests.browser.people import admitted, awaiting_mda5
from tests.browser.slow import slowed
from tests.patients.conftest import make_patient, make_user

expect.set_options(timeout=20_000)  # a busy machine is no fault of what is tested
SLOW = float(os.environ.get("ILDCARE_SLOW_BROWSER", 0))  # how many times slower than this machine
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in the thread of the test


@pytest.fixture(scope="session", autouse=True)
def nobody_left_in_the_database(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A page that asks by itself, or keeps a draft as it closes, may still hold a connection of the live server's."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


@pytest.fixture(scope="session", autouse=True)
def static_files_are_kept() -> Iterator[None]:
    """As of an installation: of Django's own server a browser asks for each of them again on every page."""
    serve = StaticFilesHandler.serve

    def kept(self: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        response = serve(self, request)
        response.headers["Cache-Control"] = "max-age=86400"
        return response

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StaticFilesHandler, "serve", kept)
        yield


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Makes browsers; slow ones, behind a slow network, where the environment asks for them."""
    return (lambda **given: slowed(new_context(**given), SLOW)) if SLOW else new_context


@pytest.fixture
def ward(transactional_db) -> Ward:
    return Ward.objects.create(code="east-7", name="East 7", name_ja="東7病棟")


@pytest.fixture
def physician(ward):
    return make_user("physician", Role.PHYSICIAN, ward)


@pytest.fixture
def undecided(ward, physician):
    """T2 or T3: anti-MDA5 is awaited."""
    return admitted("B-1", physician, ward, awaiting_mda5(), family_name="Yamada", given_name="Chiyo")


@pytest.fixture
def other(ward, physician):
    return make_patient("B-2", physician, ward, family_name="Yamada", given_name="Chiyoko")


@pytest.fixture(autouse=True)
def nobody_is_late(settings) -> None:
    """No sweep runs beside these tests: half a minute after the first, every page would say that nobody watches."""
    settings.SWEEP_SECONDS = 3600


class Faults:
    """What the browser complained of, but for the answers that a test expects to be refused."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: set[int] = set()

    def expect(self, status: int) -> None:
        """An answer of this status is no fault. The browser may note it late: it is left out at the end."""
        self.expected.add(status)

    @property
    def unexpected(self) -> list[str]:
        refused = tuple(f"{REFUSED}: the server responded with a status of {x} " for x in self.expected)
        return [x for x in self.found if not x.startswith(refused)] if refused else self.found


@pytest.fixture
def faults(page: Page) -> Iterator[Faults]:
    """Everything the browser complained of: policy violations, script errors. Empty at the end."""
    faults = Faults()
    page.on("console", lambda message: faults.found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.found.append(str(error)))
    yield faults
    assert faults.unexpected == []


@pytest.fixture
def signed_in(client, context: BrowserContext, page: Page, live_server, physician) -> Page:
    """The page of a browser that carries the physician's session."""
    client.force_login(physician)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page
