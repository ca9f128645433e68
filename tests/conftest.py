"""Fixtures for all tests."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from hypothesis import HealthCheck, settings

from ildcare import places
from ildcare.operations.browser import REQUIRED, browser_path
from ildcare.operations.catalogues import compile_catalogues
from tests.effort import cases
from tests.emptying import empty
from tests.moments import wait_for_room
from tests.services import TEMPLATE, is_fast, longest_first
from tests.values import in_one_go

# a busy machine is no fault of what is tested: no deadlines, and slow generation is no finding
settings.register_profile(
    "any machine", deadline=None, max_examples=cases(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
# Templates name static files without the manifest that only `collectstatic` makes. For all tests at once: a page that a
# browser still asks for between two of them would bring the manifest back.
PLAIN_FILES = {
    **configured.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# the product's hasher is slow on purpose: half of the time of every seeded demonstration went into it
AT_ONCE = "django.contrib.auth.hashers.MD5PasswordHasher"
NO_BROWSER = "no Chromium on this machine: run `sudo apt-get install chromium-headless-shell libatomic1 fonts-noto-cjk`"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests carry their mark, and skip for a visible reason where there is no browser; never in CI."""
    skip = browser_path() is None and os.environ.get(REQUIRED) != "required"
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
        if skip and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
    if config.option.fast:
        config.hook.pytest_deselected(items=[x for x in items if not is_fast(x)])
        items[:] = [x for x in items if is_fast(x)]
    if hasattr(config, "workerinput"):
        items[:] = in_one_go(items)
    items.sort(key=longest_first)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No day, hour or minute turns under a test that counts on it."""
    wait_for_room(item)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium. As root it has no sandbox; its back/forward cache stays on, as in a ward's browser (R51)."""
    return {
        **browser_type_launch_args,
        "executable_path": browser_path() or "chromium",
        "args": ["--no-sandbox"] if os.geteuid() == 0 else [],
        "ignore_default_args": ["--disable-back-forward-cache"],
    }


@pytest.fixture(scope="session", autouse=True)
def _as_all_tests_need_it() -> Iterator[None]:
    """One fixture for all of this: each costs every test a moment, ten thousand times."""
    compile_catalogues()  # translations are never committed compiled
    with pytest.MonkeyPatch.context() as patched, override_settings(STORAGES=PLAIN_FILES, PASSWORD_HASHERS=[AT_ONCE]):
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())
        # a session writes down now and then that it lives: whoever counts queries would count that on a busy machine
        patched.setattr("ildcare.account.sessions.NOTED_EVERY", 600)
        yield


@pytest.fixture(scope="class")
def standing_database(django_db_setup, django_db_blocker) -> Iterator[None]:
    """What a fixture of a class stores stands for all of its tests; what these store is rolled back as usual."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """The worker that comes first makes the tables, in a database that every worker's own is a copy of."""
    if TEMPLATE in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = tables_made(Path(os.environ[TEMPLATE]))


def tables_made(folder: Path) -> str:
    """Name of a database with all tables; the first who asks makes them, others wait for it."""
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template").exists():
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(command, cwd=places.ROOT, env={**os.environ, "ILDCARE_NO_BOOTSTRAP": "1"}, check=True)
            (folder / "template").touch()
    return places.DATABASE
