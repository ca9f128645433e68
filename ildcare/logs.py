"""What may stand in a log line: events, ids, places in the code. Never a patient's data (R58).

The text of an exception can hold a row ("Key (mrn)=(P-1) already exists"), and a search names a patient in the query of
its address. Both are left out: the class of the error and where it arose are enough to find it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any

FRAMES = 6  # the innermost are kept

Event = MutableMapping[str, Any]


def without_patient_data(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor, for our own events and for those of the libraries."""
    given = event.pop("exc_info", None)
    if given:
        error = _error(given)
        if error is not None:
            event["error"], event["where"] = type(error).__name__, _where(error.__traceback__)
    event.pop("exception", None)
    event.pop("stack", None)
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def _error(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    return given[1] if isinstance(given, tuple) else sys.exc_info()[1]


def _where(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return " < ".join(f"{PurePath(x.filename).name}:{x.lineno} {x.name}" for x in reversed(frames))
