#!/usr/bin/env python3
"""Entry point of every command. On a new machine it first makes `.venv` with the locked packages, then runs there."""

import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
WITHOUT_DATABASE = {
    *(
        "up",
        "measure",
        "test",
        "mutate",
        "replay",
        "read",
        "traceability",
        "messages",
        "check",
        "makemigrations",
        "collectstatic",
        "drill",
        "hazards",
        "restore",
    ),
    *("help", "version", "--help", "--version", "-h"),
}
AS_OWNER = {"migrate", "backup"}


def bootstrap() -> None:
    """Make or refresh `.venv` from the lock and run this command again inside it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - started by whatever python3 a machine has
        sys.exit("ildcare needs Python 3.11 or newer: install it (Debian 12 has it) and start again.")
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not is_ready(wanted):
        try:
            with (ROOT / ".venv.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once: the second waits for the first
                if not is_ready(wanted):
                    install()
                    (VENV / ".lock-sha").write_text(wanted)
        except OSError as error:
            sys.exit(f"The environment {VENV} cannot be made ({error}): start as the owner of this folder.")
    os.execv(python(), [str(python()), str(ROOT / "manage.py"), *sys.argv[1:]])  # noqa: S606 - our own interpreter


def is_ready(wanted: str) -> bool:
    """Does the environment hold the packages of this lock?"""
    stamp = VENV / ".lock-sha"
    return stamp.exists() and stamp.read_text() == wanted and python().exists()


def python() -> Path:
    """The interpreter of the environment."""
    return VENV / "bin" / "python"


def has_installer() -> bool:
    """Is pip in the environment? (An environment made by another tool may lack it.)"""
    if run([str(python()), "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return True
    return run([str(python()), "-m", "ensurepip"], capture_output=True).returncode == 0


def install() -> None:
    """Create the environment if needed and bring it exactly to the lock, by uv, or by pip where uv is not to be had."""
    started = time.monotonic()
    if not python().exists() or not has_installer():
        make_venv()
    print(f"Installing the locked packages into {VENV} (once) ...", file=sys.stderr, flush=True)
    locked = ("--require-hashes", "--only-binary", ":all:")
    pip = [str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check", *locked]
    # the machine's certificates: behind a hospital's proxy the packages come with the hospital's own
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "-q", "--system-certs", "--python", str(python()), *locked]
    fast = Path(uv[0]).exists() or run([*pip, "-r", str(ROOT / "bootstrap.lock")]).returncode == 0
    fast = fast and run([*uv, "-r", str(LOCK)], capture_output=True).returncode == 0
    if not fast and run([*pip, "-r", str(LOCK)]).returncode:
        sys.exit("The packages could not be installed: check this machine's network or package mirror and start again.")
    print(f"Packages ready in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def make_venv() -> None:
    """An empty virtual environment; as root on Debian the missing python3-venv is installed first."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's python3-venv ...", file=sys.stderr, flush=True)
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
        run(["apt-get", "update", "-q"], **quiet)
        run(["apt-get", "install", "-yq", "--no-install-recommends", "python3-venv"], **quiet)
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Python's venv is missing: run `sudo apt-get install python3-venv` and start again.")


def run(command: list[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
    """A command whose failure the caller judges."""
    return subprocess.run(command, check=False, **options)


def main() -> None:
    """Bootstrap if need be, then hand over to Django; commands that store something get the bundled services."""
    if Path(sys.prefix).resolve() != VENV.resolve() and not os.environ.get("ILDCARE_NO_BOOTSTRAP"):
        bootstrap()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what it says is seen at once, in a pipe or a log too
    try:
        command_line()
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in {"", "ildcare", "patients", "algorithm", "monitoring"}:
            raise  # ours: a programming error, not an incomplete environment
        sys.exit(f"The Python package {missing.name} is missing: delete {VENV} and start again.")


def keep_compiled() -> None:
    """Where Python writes nothing beside the code, each start compiles a thousand modules: keep them under `var/`."""
    if not sys.dont_write_bytecode or sys.pycache_prefix:
        return
    var = Path(os.environ.get("ILDCARE_VAR") or ROOT / "var")  # ildcare.places would be the first of them
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(var.absolute() / "compiled")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def command_line() -> None:
    """Run the command, with the bundled services where it needs a database and none is named."""
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in {"up", "test"}:
        keep_compiled()
    if command == "test":  # becomes pytest, which sets Django up itself
        from ildcare.management.commands.test import Command

        Command().run_from_argv(sys.argv)
    from django.core.management import execute_from_command_line

    if command in WITHOUT_DATABASE or "--help" in sys.argv or os.environ.get("DATABASE_URL"):
        execute_from_command_line(sys.argv)
        return
    if command in AS_OWNER:
        os.environ["ILDCARE_AS_OWNER"] = "1"  # the runtime role owns no table
    from ildcare.operations.embedded import CannotStart, available

    try:
        with available():
            if command not in AS_OWNER:
                bring_tables_up_to_date()
            execute_from_command_line(sys.argv)
    except CannotStart as problem:
        sys.exit(str(problem))


def bring_tables_up_to_date() -> None:
    """A single command on a new clone finds its tables, as `up` would have made them."""
    import django

    django.setup()
    from ildcare.operations.tables import make_tables, migrations_due

    if migrations_due():
        make_tables()


if __name__ == "__main__":
    main()
