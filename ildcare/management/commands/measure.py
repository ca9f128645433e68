"""`measure chaos`: an installation of its own is killed process by process while results are sent and typed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

READY_WITHIN = 600.0  # seconds: tables, demo and first sweep of a busy machine
INSIDE = "ILDCARE_CHAOS"  # the place of the installation, for the process that does the work


class Command(BaseCommand):
    """Starts the installation, does the work beside it, and removes it again."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is measured, how often something is killed, and how far apart."""
        parser.add_argument("what", choices=["chaos"])
        parser.add_argument("--kills", type=int, default=20, help="how many processes are killed (20)")
        parser.add_argument("--every", type=float, default=3.0, help="seconds between two kills, on average (3)")
        parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="repeats the order of kills")
        parser.add_argument("--keep", action="store_true", help="keep the folder of the installation")

    def handle(self, *_args: Any, kills: int, every: float, seed: int, keep: bool, **_options: Any) -> None:
        """Exit code 1 where anything was lost, wrong or doubled."""
        if INSIDE in os.environ:
            self._inside(kills, every, seed)
            return
        folder = Path(tempfile.mkdtemp(prefix="ildcare-chaos-"))
        folder.chmod(0o755)
        code = 1
        try:
            code = _beside_an_installation(folder, ["--kills", str(kills), "--every", str(every), "--seed", str(seed)])
        finally:
            if code == 0 and not keep:
                shutil.rmtree(folder)
            else:
                self.stdout.write(f"The installation is kept: {folder}")
        if code:
            raise CommandError(f"Something was lost, wrong or doubled, or the work broke (seed {seed}).")

    def _inside(self, kills: int, every: float, seed: int) -> None:
        from ildcare.operations.chaos import Place, run

        place = Place(**json.loads(os.environ[INSIDE]), password=_password())
        outcome = run(place, kills=kills, every=every, seed=seed, tell=self.stdout.write)
        told = asdict(outcome) | {"seed": seed, "faults": outcome.faults}
        self.stdout.write(json.dumps(told, indent=2, default=float))
        if outcome.faults:
            sys.exit(1)


def _beside_an_installation(folder: Path, arguments: list[str]) -> int:
    """The exit code of the work, done while `up` runs in this folder."""
    web, listener = _free_port(), _free_port()
    ours = {x: y for x, y in os.environ.items() if x not in ("DATABASE_URL", "REDIS_URL")}
    environment = {**ours, "ILDCARE_VAR": str(folder)}
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    with (folder / "up.log").open("wb") as log:
        command = [*manage, "up", "--port", str(web), "--listen", str(listener)]
        up = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _until_ready(up, web, folder / "up.log")
            place = json.dumps({"up": up.pid, "web": web, "listener": listener})
            work = [*manage, "measure", "chaos", *arguments]
            return subprocess.run(work, env={**environment, INSIDE: place}, check=False).returncode
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait()


def _until_ready(up: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and up.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
                if answer.status == 200 and "Stop it with" in log.read_text(errors="replace"):
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.5)
    raise CommandError(f"The installation did not come up: {log.read_text(errors='replace')[-500:]}")


def _password() -> str:
    """The password of the invented people of this installation."""
    return (settings.VAR / "demo-login").read_text().split()[1]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
