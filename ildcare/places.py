"""Where the bundled services live: folders, sockets, addresses and role names. No service is started or needed here."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "ildcare"
OWNER, APP = "ildcare_owner", "ildcare_app"
SOCKET_DIR_LIMIT = 80  # characters: a unix socket path may have 107, and PostgreSQL appends its own name


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
