"""A pytest plugin that has the bundled PostgreSQL and Valkey running before Django reads its settings.

Started once, by the process that starts the test workers (they inherit the addresses); nothing is started where
DATABASE_URL names a server.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ildcare import embedded


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """A wrapper, so that it comes before every plugin that looks at the settings."""
    if "DATABASE_URL" not in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        _start()
    return (yield)


def _start() -> None:
    var = Path(tempfile.mkdtemp(prefix="ildcare-test-"))
    var.chmod(0o755)
    services = embedded.Embedded(var)
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    atexit.register(services.stop)
    services.start()
    (var / "static").mkdir()  # whitenoise warns of a missing folder, and warnings are errors
    os.environ["ILDCARE_VAR"] = str(var)
    os.environ["DATABASE_URL"] = embedded.database_url(var, embedded.OWNER)
    os.environ["REDIS_URL"] = embedded.redis_url(var)
