"""The browser of the tests: Debian's Chromium, installed by root, named to anybody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# fonts: Japanese pages are tested too; libatomic1: the browser driver's own Node needs it
PACKAGES = ("chromium", "libatomic1", "fonts-noto-cjk")
REQUIRED = "ILDCARE_BROWSER"  # "required": browser tests fail rather than skip (continuous integration)


def browser_path() -> str | None:
    """The installed Chromium, if any."""
    return shutil.which("chromium")


def missing_packages() -> list[str]:
    """Debian packages that browser tests need and this machine lacks."""
    lists = Path("/var/lib/dpkg/info")
    return [name for name in PACKAGES if not any(lists.glob(f"{name}[.:]*list"))]


def install_browser() -> str:
    """Install what is missing where that is possible (root on Debian). Returns what to do by hand, or ""."""
    missing = missing_packages()
    if not missing or (browser_path() and os.geteuid() != 0):
        return ""
    by_hand = f"Browser tests are skipped: run `sudo apt-get install {' '.join(missing)}` to have them."
    if os.geteuid() or not shutil.which("apt-get"):
        return by_hand
    print(f"Installing Debian's {', '.join(missing)} for the browser tests ...", flush=True)
    return "" if _apt("update", "-q") and _apt("install", "-yq", "--no-install-recommends", *missing) else by_hand


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S607 - Debian's own
    return done.returncode == 0
