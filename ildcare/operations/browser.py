"""The browser of the tests: Debian's Chromium without windows, installed by root, named to anybody else.

It is the engine of the ward's browser without menus, tabs and profiles: a page costs a quarter of the time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

BROWSERS = ("chromium-headless-shell", "chromium")  # whichever there is: the first is the quicker one
# fonts: Japanese pages are tested too; libatomic1: the browser driver's own Node needs it
BESIDE = ("libatomic1", "fonts-noto-cjk")
REQUIRED = "ILDCARE_BROWSER"  # "required": browser tests fail rather than skip (continuous integration)


def browser_path() -> str | None:
    """The installed Chromium, if any."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing_packages() -> list[str]:
    """Debian packages that browser tests need and this machine lacks."""
    lists = Path("/var/lib/dpkg/info")
    browser = () if shutil.which(BROWSERS[0]) else BROWSERS[:1]
    return [*browser, *(name for name in BESIDE if not any(lists.glob(f"{name}[.:]*list")))]


def install_browser() -> str:
    """Install what is missing where that is possible (root on Debian). Returns what to do by hand, or ""."""
    missing = missing_packages()
    if not missing or (browser_path() and os.geteuid() != 0):
        return ""
    by_hand = f"Browser tests are skipped: run `sudo apt-get install {' '.join(missing)}` to have them."
    if os.geteuid() or not shutil.which("apt-get"):
        return by_hand
    print(f"Installing Debian's {', '.join(missing)} for the browser tests ...", flush=True)
    older = ["chromium" if name in BROWSERS else name for name in missing]  # a Debian of before has but that
    install = ("install", "-yq", "--no-install-recommends")
    return "" if _apt("update", "-q") and (_apt(*install, *missing) or _apt(*install, *older)) else by_hand


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S607 - Debian's own
    return done.returncode == 0
