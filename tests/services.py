"""A pytest plugin: what a run tries (`--fast`, `--full`, `--seed`), on which servers, and which worker runs what.

The bundled PostgreSQL and Valkey run before Django reads its settings. They are started once, by the process that
starts the test workers (they inherit the addresses); nothing is started where DATABASE_URL names a server, or for
`--fast`.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from ildcare import places
from ildcare.operations import embedded
from tests.effort import THIS_RUN

TEMPLATE = "ILDCARE_TEST_TEMPLATE"  # folder in which the first worker notes that the tables are made
NOWHERE = "postgresql://nobody@/none?host=/nonexistent"  # a test that asks it fails

# the pure rooms, the vignettes, the rules of the house: in seconds; what of these needs the database is left out
FAST = (
    *(f"tests/patients/{x}/" for x in ("clinical", "imports")),
    *(f"tests/{x}/" for x in ("algorithm", "monitoring", "vignettes")),
    *(f"tests/ildcare/{x}/" for x in ("drawing", "moment", "trends")),
    "tests/test_house.py",
)
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}  # fixtures that have it

SELDOM = (100_000, 20, 100)  # how often Python looks for cycles: at its own pace a tenth of a run goes into it

# no test reads what the disk keeps through a power cut; what a killed server keeps does not depend on these
UNSAFE_AND_QUICK = ("fsync", "full_page_writes")

# long waits for real processes: one worker does all of these, first, while the others compute
REAL_PROCESSES = (
    "tests/faults/",
    "tests/ildcare/management/test_up.py",
    "tests/ildcare/management/test_single_commands.py",
    "tests/ildcare/operations/test_embedded.py",
    "tests/ildcare/operations/test_supervision.py",
)

# modules of half a minute and more, and of seconds among the pure ones, each before its like
LONG = ("tests/browser/test_accessibility.py", "tests/patients/test_stay_sequences.py", "tests/fuzz/test_extremes.py")
LONG_AMONG_PURE = (
    *("tests/algorithm/test_what_if.py", "tests/algorithm/test_unfolding.py", "tests/test_house.py"),
    *("tests/patients/imports/test_understanding.py", "tests/vignettes/rules/test_rule_vignettes.py"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this product's runs."""
    group = parser.getgroup("ildcare")
    group.addoption("--fast", action="store_true", help="only what needs no database, browser or process: in seconds")
    group.addoption("--full", action="store_true", help="random tests in full, and the guide's walk in any case")
    group.addoption("--seed", type=int, metavar="N", help="seed of the random tests, as an earlier run printed it")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper, so that it comes before every plugin that looks at the settings."""
    _choose(early_config.known_args_namespace)
    if early_config.known_args_namespace.fast:
        os.environ.update(DATABASE_URL=NOWHERE, REDIS_URL="redis+socket:///nonexistent")
    elif "DATABASE_URL" not in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        _start()
    return (yield)


def _start() -> None:
    var = Path(tempfile.mkdtemp(prefix="ildcare-test-"))
    var.chmod(0o755)
    services = embedded.Embedded(var)
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    atexit.register(services.stop)
    services.start()
    with psycopg.connect(f"host={services.run} user=postgres dbname=postgres", autocommit=True) as connection:
        for name in UNSAFE_AND_QUICK:
            connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    (var / "static").mkdir()  # whitenoise warns of a missing folder, and warnings are errors
    os.environ["ILDCARE_VAR"] = os.environ[TEMPLATE] = str(var)
    os.environ["DATABASE_URL"] = places.database_url(var, places.OWNER)
    os.environ["REDIS_URL"] = places.redis_url(var)


# -- what is tried ----------------------------------------------------------------------------------------------------


def _choose(options: argparse.Namespace) -> None:
    """Set what this run tries, before a test module asks."""
    drawn = random.SystemRandom().randrange(10**6)
    THIS_RUN.full, THIS_RUN.fast = options.full, options.fast
    THIS_RUN.seed = drawn if options.seed is None else options.seed


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the workers draws the seed; they are handed its options."""
    from hypothesis import core  # not at the top: hypothesis warns of plugins that load it before its own

    config.option.seed = core.global_force_seed = THIS_RUN.seed
    gc.set_threshold(*SELDOM)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how the random tests of this run are repeated."""
    how = " --full" if THIS_RUN.full else " --fast" if THIS_RUN.fast else ""
    terminalreporter.write_line(f"Random tests: repeat them with `manage.py test{how} --seed {THIS_RUN.seed}`.")


# -- who runs what ----------------------------------------------------------------------------------------------------


class Modules(LoadScopeScheduling):
    """A module stays on one worker, so that its fixtures are made once; all real processes are one module.

    xdist's own groups (`loadgroup`) write a name where this pytest no longer reads it.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "real processes" if module.startswith(REAL_PROCESSES) else module


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Modules | None:
    """In place of `--dist loadscope`; modules are handed out in the order of the collection (see `longest_first`)."""
    if config.getvalue("dist") != "loadscope":
        return None
    config.option.loadscopereorder = False
    return Modules(config, log)


def longest_first(item: pytest.Item) -> int:
    """Sort key of tests: a module that takes minutes and comes last would leave the other workers idle."""
    module = item.nodeid.partition("::")[0]
    ranks = (
        *(module.startswith(REAL_PROCESSES), module in LONG, module.startswith("tests/browser/")),
        *(needs_database(item), module in LONG_AMONG_PURE, True),
    )
    return ranks.index(True)


def needs_database(item: pytest.Item) -> bool:
    """Does the test, or a fixture of it, have the database?"""
    return bool(item.get_closest_marker("django_db")) or not DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For `--fast` other places are not even read."""
    if config.option.fast and collection_path.name.startswith("test_"):
        return None if collection_path.relative_to(places.ROOT).as_posix().startswith(FAST) else True
    return None


def is_fast(item: pytest.Item) -> bool:
    """Neither database nor process, of the test itself or of a fixture: what is left computes and compares."""
    return not needs_database(item) and not item.get_closest_marker("slow")
