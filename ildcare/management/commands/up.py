"""`up`: everything with one command: database, broker, tables, demo data, web, worker, beat; until it is stopped."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from multiprocessing.context import ForkProcess as Process
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from ildcare.operations.catalogues import compile_catalogues
from ildcare.operations.checks import powers
from ildcare.operations.clock import refuse_second_clock
from ildcare.operations.embedded import CannotStart, Embedded
from ildcare.operations.forks import FORKS, part
from ildcare.operations.supervision import Supervised, product_processes
from ildcare.operations.tables import make_tables, migrations_due

CHECK_SECONDS = 0.5  # between two checks of the processes
PORT_PATIENCE = 3.0  # seconds: after kill -9 the last web server needs a moment to let go of the port
ANSWER_PATIENCE = 60.0  # seconds the web server has to answer
SWEEP_PATIENCE = 30.0  # seconds the first sweep has to end
SHARED = (
    *("ildcare.urls", "ildcare.celery", "ildcare.tasks", "ildcare.management.commands.downtime"),
    *("celery.bin.celery", "celery.apps.worker", "celery.apps.beat", "celery.concurrency.prefork"),
    *("gunicorn.app.wsgiapp", "gunicorn.arbiter", "gunicorn.workers.gthread"),
)


class Command(BaseCommand):
    """Starts and supervises one installation in the foreground."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Port, and whether invented patients come into a database of one's own."""
        parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (8000)")
        parser.add_argument("--listen", type=int, metavar="PORT", help="listen for HL7 v2 messages (MLLP) on this port")
        parser.add_argument("--demo", action="store_true", help="invented patients even with DATABASE_URL, if empty")

    def handle(self, *_args: Any, port: int, demo: bool, listen: int | None, **_options: Any) -> None:
        """Start, watch, and on Ctrl-C or TERM stop everything. Exit code 1, and one sentence, if it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        if settings.PRODUCTION:
            self.stderr.write(
                "`up` is for trial and demonstration: production runs as README.md says (docker-compose.yml)."
            )
            sys.exit(1)
        if "ILDCARE_ADDRESS" not in os.environ:  # the processes are copies of this one, or ask the environment
            settings.SITE_ADDRESS = os.environ["ILDCARE_ADDRESS"] = f"http://127.0.0.1:{port}"
        try:
            with self._services(port) as services:
                self._prepare(demo)
                self._run(services, port, listen)
        except CannotStart as problem:
            self.stderr.write(str(problem))
            sys.exit(1)
        except KeyboardInterrupt:
            self.stdout.write("Stopped; nothing was lost.")

    @contextlib.contextmanager
    def _services(self, port: int) -> Iterator[Embedded | None]:
        """The bundled servers, or none where DATABASE_URL names one's own."""
        if not settings.USES_EMBEDDED:
            _require_free(port)
            yield None
            return
        services = Embedded()
        services.reserve()
        _require_free(port)
        with services:
            try:
                yield services
            finally:
                _deaf_to_signals()

    # -- before the processes -------------------------------------------------------------------------------------

    def _prepare(self, demo: bool) -> None:
        """Tables, languages, static files, and the first time the demo wards; beside it, what the processes share."""
        _forget_counts()
        with _told_in_words():
            if migrations_due():
                self.stdout.write("Making the tables ...")
                make_tables()
            refuse_second_clock()
            if not settings.USES_EMBEDDED:
                _refuse_powerful_role()
            compile_catalogues()  # before anything is loaded that could read them
        connections.close_all()
        if not FORKS:
            self._fill(demo)
            return
        filling = Process(target=self._fill_or_say_why, args=(demo,), daemon=True)
        filling.start()
        try:
            _load()
            filling.join()
        finally:
            filling.terminate()
        if filling.exitcode:
            sys.exit(1)  # it has said why

    def _fill_or_say_why(self, demo: bool) -> None:
        """In a process that ends, with all that this takes."""
        part()
        try:
            self._fill(demo)
        except CannotStart as problem:
            self.stderr.write(str(problem))
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(1)

    def _fill(self, demo: bool) -> None:
        with _told_in_words():
            _collect_static()
            if settings.USES_EMBEDDED or demo:
                self._seed()
            self._try_rules()
        connections.close_all()

    def _seed(self) -> None:
        """Invented patients, once; again after a start that was killed in the middle of it."""
        from patients.models import Patient

        unfinished = settings.VAR / "demo-unfinished"
        if unfinished.exists() or not Patient.objects.exists():
            self.stdout.write("Inventing two wards of patients ...")
            unfinished.touch()
            call_command("seed_demo", stdout=io.StringIO())
            unfinished.unlink()

    def _try_rules(self) -> None:
        """The canaries of a new installation: else its first pages would say that no rule was shown to work."""
        from ildcare.evaluation.canaries import try_all
        from monitoring.models import CanaryRun

        if not CanaryRun.objects.exists():
            self.stdout.write("Trying every rule on its invented patient ...")
            try_all()

    # -- the processes --------------------------------------------------------------------------------------------

    def _run(self, services: Embedded | None, port: int, listen: int | None) -> None:
        log = settings.VAR / "log"
        log.mkdir(parents=True, exist_ok=True)
        processes = product_processes(
            port,
            log,
            settings.CELERY_BEAT_SCHEDULE_FILENAME,
            loaded=True,
            listen=listen,
            backup_hours=settings.BACKUP_HOURS if settings.BACKUP_TO else 0,
        )
        try:
            for process in processes:
                process.start()
            self._announce(processes[0], port, listen)
            self._watch(services, processes)
        finally:
            _deaf_to_signals()
            self.stdout.write("Stopping ...")
            for process in processes:
                process.ask_to_stop()
            for process in processes:
                process.stop()

    def _announce(self, web: Supervised, port: int, listen: int | None) -> None:
        address = f"http://127.0.0.1:{port}"
        _await_web(web, address)
        _ask_for_sweep()
        watching = _await_sweep(address)
        self.stdout.write(f"\nildcare is ready: {address}/")
        login = settings.VAR / "demo-login"
        if login.exists():
            people = "".join(f"\n  {line}" for line in login.read_text().splitlines())
            self.stdout.write(f"Sign in as (user and password):{people}")
        if settings.DOWNTIME_MINUTES:
            self.stdout.write(f"Sheets for when it is down: {settings.DOWNTIME_DIR / 'index.html'}")
        if not watching:
            self.stdout.write(f"The monitoring has not finished its first round yet: see {settings.VAR / 'log'}.")
        if listen is not None:
            self.stdout.write(f"Messages (HL7 v2, MLLP): 127.0.0.1:{listen}")
        self.stdout.write("Stop it with Ctrl-C.")
        self.stdout.flush()

    def _watch(self, services: Embedded | None, processes: list[Supervised]) -> NoReturn:
        """Start again whatever ends, servers too, until a signal ends the loop."""
        while True:
            if services and (name := services.exited()):
                self.stderr.write(f"{name} ended and is started again.")
                services.revive()
            for process in processes:
                if event := process.revive():
                    self.stderr.write(event)
            time.sleep(CHECK_SECONDS)


@contextlib.contextmanager
def _told_in_words() -> Iterator[None]:
    """What database and disk refuse ends the start with a sentence. Raises CannotStart."""
    try:
        yield
    except DatabaseError as error:
        raise CannotStart(f"The database refused its work: {str(error).strip().splitlines()[0]}.") from error
    except OSError as error:
        raise CannotStart(
            f"{error.filename or settings.VAR} cannot be written ({error.strerror}): start as its owner, or free "
            "space on the disk."
        ) from error


def _load() -> None:
    """Import what web, worker, beat and paper import, and leave it where it lies: a look for cycles would copy it."""
    for module in SHARED:
        import_module(module)
    os.environ["CELERY_SKIP_CHECKS"] = "1"  # worker and beat would check all forms and pages, and look at no answer
    gc.collect()
    gc.freeze()


def _forget_counts() -> None:
    """What the web processes of the last start counted for `/metrics` is over."""
    for path in Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "/nonexistent")).glob("*.db"):
        path.unlink(missing_ok=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _deaf_to_signals() -> None:
    """Ignore a second Ctrl-C, which would leave half of it running; stopping takes a bounded time."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _require_free(port: int) -> None:
    deadline = time.monotonic() + PORT_PATIENCE
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return
            except (OSError, OverflowError) as error:
                if time.monotonic() > deadline:
                    raise CannotStart(
                        f"Port {port} cannot be used ({getattr(error, 'strerror', None) or error}): stop the program "
                        "that has it, or start with another, for example --port 8080."
                    ) from error
        time.sleep(0.1)


def _refuse_powerful_role() -> None:
    if held := powers():
        raise CannotStart(
            f"The role of DATABASE_URL {' and '.join(held)}: connect as ildcare_app (ildcare/sql/roles.sql makes it), "
            "or the audit log proves nothing."
        )


def _collect_static() -> None:
    """Collect and compress static files, unless none changed since the last start."""
    paths = (storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    state = sorted((path, Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in paths)
    digest, stamp = sha256(repr(state).encode()).hexdigest(), settings.STATIC_ROOT / ".collected"
    if not stamp.exists() or stamp.read_text() != digest:
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(digest)


def _answer(address: str) -> tuple[int, dict[str, Any]]:
    """Status and content of a health page; 0 while nobody answers."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, _object_in(error.read())
    except (URLError, OSError, ValueError):
        return 0, {}


def _await_web(web: Supervised, address: str) -> None:
    deadline = time.monotonic() + ANSWER_PATIENCE
    while _answer(f"{address}/health/live")[0] != 200:
        if time.monotonic() > deadline or (web.process and web.process.poll() is not None):
            raise CannotStart(f"The web server did not start: its log, {web.log}, says why.")
        time.sleep(0.1)


def _object_in(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; empty where the body is none."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _await_sweep(address: str) -> bool:
    deadline = time.monotonic() + SWEEP_PATIENCE
    while not _answer(f"{address}/health/ready")[1].get("monitoring"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _ask_for_sweep() -> None:
    """Ask for the first sweep and canaries now instead of at beat's first ticks; if the broker is away, these do it."""
    from kombu.exceptions import OperationalError

    from ildcare.celery import app
    from ildcare.tasks import sweep, try_canaries

    # a connection of its own, closed at once: what is started again later would be born with it
    with contextlib.suppress(OperationalError, OSError), app.connection_for_write() as connection:
        for task in (sweep, try_canaries):
            app.send_task(task.name, connection=connection)
