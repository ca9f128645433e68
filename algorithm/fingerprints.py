"""The one way to write a record down, and the fingerprints of records and of charts. Pure.

They stand apart: whoever judges and stores nothing needs no cryptography in memory.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from algorithm.walk.chart import Flowchart

Json = Any


def canonical(value: Json) -> str:
    """The one way to write a record down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: Json) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def digest(flowchart: Flowchart) -> str:
    """Fingerprint of everything that a chart says: a published chart keeps it for ever."""
    return hashlib.sha256(repr(_plain(flowchart)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *((x.name, _plain(getattr(value, x.name))) for x in fields(value))]
    return [_plain(x) for x in value] if isinstance(value, tuple) else value
