"""Documents on disk, for the commands that read them."""

from __future__ import annotations

from pathlib import Path

from patients.imports import refuse_size


def document_in(path: Path) -> bytes:
    """The bytes of a file. Raises CaseFaults, before reading, for one that is too large; OSError as the disk does."""
    refuse_size(path.stat().st_size)
    return path.read_bytes()
