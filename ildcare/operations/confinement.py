"""Words to put before a command (`setpriv` of util-linux): they tie it to its parent and take root from it for good.

The kernel sends the signal when the parent dies, kill -9 included, so nothing is left behind; and a server that was
started by root runs as nobody, without creating a user and without opening root's folders to others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

NOBODY = 65534  # the user id that owns nothing, on every Linux
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}  # of the servers: nothing of the caller's
READ_SEARCH = 2  # number of CAP_DAC_READ_SEARCH


def tied(last_signal: str = "TERM") -> list[str]:
    """Words that have the kernel send `last_signal` when the parent dies; none where the system is not Linux."""
    return ["setpriv", f"--pdeathsig={last_signal}", "--"] if sys.platform == "linux" else []


def confined(last_signal: str, *, as_nobody: bool, reads: Iterable[Path]) -> list[str]:
    """The words of `tied`; with `as_nobody` the command also loses root, but can still read the folders `reads`."""
    words = tied(last_signal)
    if not words or not as_nobody:
        return words
    drop = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    return [*words[:-1], *drop, *_reading_rights(reads), "--"]


def _reading_rights(places: Iterable[Path]) -> list[str]:
    """The capability to read in a clone that others may not enter (/root is 0700); never one to write others' files."""
    folders = {folder for place in places for folder in (place, *place.parents) if folder.exists()}
    if all(folder.stat().st_mode & 0o001 for folder in folders):
        return []
    right = "dac_read_search" if _bounds() >> READ_SEARCH & 1 else "dac_override"
    only = f"-all,+{right}"
    return [
        "--securebits=+no_setuid_fixup",
        *(f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"),
    ]


def _bounds() -> int:
    """The capability bounding set of this process, as a bit mask."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    return 0
