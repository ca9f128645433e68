"""Single commands on a new clone, with nothing running: they find their database, or need none."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ildcare.operations.embedded import ROOT
from tests.effort import THIS_RUN

pytestmark = pytest.mark.slow
CASE = ROOT / "ildcare" / "demo" / "cases" / "TAKEDA2021.json"
OURS = ("DATABASE_URL", "REDIS_URL", "ILDCARE_", "DJANGO_SETTINGS", "PYTEST_")


@pytest.fixture
def var() -> Iterator[Path]:
    """A data folder of its own, reachable for the user the servers run as."""
    with tempfile.TemporaryDirectory(prefix="ildcare-alone-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "ILDCARE_NO_BOOTSTRAP": "1", "ILDCARE_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.skipif(not THIS_RUN.full, reason="a minute: with --full")
def test_a_case_is_imported_and_evaluated_before_anything_else_was_ever_started(var: Path) -> None:
    first = manage(var, "import_case", str(CASE))
    assert (first.returncode, first.stderr) == (0, "")
    assert "New patient" in first.stdout
    assert "Known patient" in manage(var, "import_case", str(CASE)).stdout
    assert manage(var, "sweep").stdout.strip() == "1 evaluated, 0 failed, 0 waiting"


def test_replay_and_check_start_no_server(var: Path) -> None:
    assert manage(var, "replay", str(CASE)).returncode == 0
    assert manage(var, "check").returncode == 0
    assert [path.name for path in var.iterdir() if path.name != "secret-key"] == []


def test_migrate_runs_as_the_owner_of_the_tables(var: Path) -> None:
    """Of one app: the runtime role could not make a single table, and what makes all of them is tried above."""
    done = manage(var, "migrate", "--verbosity", "0", "contenttypes")
    assert (done.returncode, done.stderr) == (0, "")


TOLD = """
import os, sys
import manage
manage.keep_compiled()
print(sys.pycache_prefix, os.environ.get("PYTHONPYCACHEPREFIX"), sys.dont_write_bytecode)
import ildcare.places
"""


@pytest.mark.parametrize("flag", ["-B", "-b"])
def test_what_is_compiled_is_kept_even_where_nothing_is_written_beside_the_code(var: Path, flag: str) -> None:
    """Of `up`: a thousand modules."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", *OURS))}
    done = subprocess.run(
        [sys.executable, flag, "-c", TOLD],
        cwd=ROOT,
        env={**kept, "ILDCARE_VAR": str(var)},
        capture_output=True,
        text=True,
        check=True,
    )
    folder = str(var / "compiled") if flag == "-B" else "None"
    assert done.stdout.split() == [folder, folder, "False"]
    assert bool(list(var.rglob("ildcare/places.*.pyc"))) == bool(list(var.rglob("celery/*.pyc"))) == (flag == "-B")
