"""For modules of browser tests that only look: one ward for the whole module, emptied after its last test.

A module imports the fixtures it needs; they stand before those of conftest.py, which make everything anew for each
test. `server` is pytest-django's `live_server` without its rule that the database is emptied after every test.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from patients.models import Patient, Role, User, Ward
from tests.browser.people import admitted, awaiting_mda5
from tests.emptying import empty, is_test_database
from tests.patients.conftest import make_patient, make_user


@pytest.fixture(scope="module")
def server(django_db_setup) -> Iterator[str]:
    """Address of a server."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def ward(django_db_setup, django_db_blocker) -> Iterator[Ward]:
    """The ward; as long as it stands, tests have the database."""
    with django_db_blocker.unblock():
        yield Ward.objects.create(code="east-7", name="East 7", name_ja="東7病棟")
        if is_test_database():  # after the last module of a run it may be gone already
            empty()


@pytest.fixture(scope="module")
def physician(ward: Ward) -> User:
    return make_user("physician", Role.PHYSICIAN, ward)


@pytest.fixture(scope="module")
def undecided(ward: Ward, physician: User) -> Patient:
    """T2 or T3: anti-MDA5 is awaited."""
    return admitted("B-1", physician, ward, awaiting_mda5(), family_name="Yamada", given_name="Chiyo")


@pytest.fixture(scope="module")
def other(ward: Ward, physician: User) -> Patient:
    return make_patient("B-2", physician, ward, family_name="Yamada", given_name="Chiyoko")


@pytest.fixture
def signed_in(physician: User, server: str, context: BrowserContext, page: Page) -> Page:
    """The page of a new browser that carries the physician's session."""
    client = Client()
    client.force_login(physician)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server}])
    return page
