"""Tools that only deep tests ask for: installed from a lock of their own, beside the environment, when first asked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path


def installed_beside(lock: Path, folder: Path) -> bool:
    """Install what a lock names into a folder, once. False where it could not be."""
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / ".lock-sha"
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    print(f"Installing what {lock.name} names (once) ...", file=sys.stderr, flush=True)
    if not _installed(lock, folder):
        return False
    stamp.write_text(wanted)
    return True


def _installed(lock: Path, folder: Path) -> bool:
    locked = ("-q", "--no-deps", "--target", str(folder), "--require-hashes", "--only-binary", ":all:", "-r", str(lock))
    uv = Path(sys.executable).with_name("uv")
    ways = [
        [str(uv), "pip", "install", "--system-certs", "--python", sys.executable, *locked],
        [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *locked],
    ]
    return any(Path(x[0]).exists() and not subprocess.run(x, check=False).returncode for x in ways)
