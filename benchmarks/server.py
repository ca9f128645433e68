"""An installation of its own: servers, tables, static files, and the web processes as `up` starts them."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ildcare import places
from ildcare.operations import embedded

running: list[embedded.Embedded] = []  # the servers of this run
PATIENCE = 60.0  # seconds the web server has to answer


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """The bundled servers with their data in `folder`; this process speaks to them as the owner of the tables.

    To be entered before Django reads its settings.
    """
    os.environ["ILDCARE_VAR"] = str(folder)
    note_commits(folder)
    with embedded.Embedded(folder) as servers:
        os.environ["DATABASE_URL"] = places.database_url(folder, places.OWNER)
        os.environ["REDIS_URL"] = places.redis_url(folder)
        running.append(servers)
        yield
        running.clear()


def kill_and_revive(name: str) -> None:
    """kill -9 of "database" or "broker" with all its processes, and the start that `up` makes after it."""
    (servers,) = running
    process = servers.postgres if name == "database" else servers.valkey
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    servers.revive()


def note_commits(folder: Path) -> None:
    """From the next start on the server keeps when each transaction was committed: what is visible, and since when."""
    import psycopg

    with embedded.Embedded(folder) as servers:
        place = f"host={servers.run} user=postgres dbname=postgres"
        with psycopg.connect(place, autocommit=True) as owner:
            owner.execute("ALTER SYSTEM SET track_commit_timestamp = on")


def make_tables() -> None:
    """Tables, languages and static files, as `up` makes them."""
    from django.core.management import call_command

    from ildcare.operations.catalogues import compile_catalogues

    call_command("migrate", verbosity=0)
    compile_catalogues()
    call_command("collectstatic", verbosity=0, interactive=False)


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """The web processes of `up` with the runtime role, audit and all; gives their address, ends with them."""
    from ildcare.operations.supervision import product_processes

    port = free_port()
    process = product_processes(port, folder / "log", "")[0]
    process.environment["DATABASE_URL"] = places.database_url(folder)
    process.start()
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


@contextmanager
def worker(folder: Path, processes: int = 1) -> Iterator[int]:
    """The Celery worker of `up` with the runtime role, or with more processes than it has: its process id. What was
    asked of it and not done is forgotten with it."""
    from celery import current_app

    from ildcare.operations.supervision import product_processes

    process = next(x for x in product_processes(0, folder / "log", "") if x.name == "worker")
    process.environment["DATABASE_URL"] = places.database_url(folder)
    process.command = [*process.command, "--concurrency", str(processes)]
    current_app.control.purge()
    process.start()
    assert process.process is not None
    try:
        yield process.process.pid
    finally:
        process.stop()
        current_app.control.purge()


def free_port() -> int:
    """One that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def await_port(port: int) -> None:
    """Wait until somebody listens there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _await(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
        finally:
            connection.close()
        time.sleep(0.1)
