"""Fixtures for all tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    """Templates name static files without the manifest that only `collectstatic` makes."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
