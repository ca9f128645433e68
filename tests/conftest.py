"""Fixtures for all tests."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from ildcare.browser import REQUIRED, browser_path
from ildcare.catalogues import compile_catalogues

# a busy machine is no fault of what is tested: no deadlines, and slow generation is no finding
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
NO_BROWSER = "no Chromium on this machine: run `sudo apt-get install chromium libatomic1 fonts-noto-cjk`"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests carry their mark, and skip for a visible reason where there is no browser; never in CI."""
    skip = browser_path() is None and os.environ.get(REQUIRED) != "required"
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
        if skip and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


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
def _catalogues() -> None:
    """Compiled translations are never committed."""
    compile_catalogues()


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    """Templates name static files without the manifest that only `collectstatic` makes."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
