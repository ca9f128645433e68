"""What may stand in a log line: events, ids, places in the code. Never a patient's data (R58).

The text of an exception can hold a row ("Key (mrn)=(P-1) already exists"), and a search names a patient in the query of
its address. Both are left out: the class of the error and where it arose are enough to find it. Libraries write such
texts into their own sentences (Celery: "Task ... raised unexpected: ..."), so these are put together here.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any

FRAMES = 6  # the innermost are kept
QUOTING = ("exc", "traceback", "args", "kwargs", "return_value", "reason")  # what Celery's sentences quote
LEFT_OUT = "(left out)"

Event = MutableMapping[str, Any]


def without_patient_data(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor, for our own events and for those of the libraries."""
    if "positional_args" in event:
        event["event"] = _sentence(event["event"], event.pop("positional_args"))
    exc_info, exception = event.pop("exc_info", None), event.pop("exception", None)
    error = _error(exc_info) if exc_info else exception
    if isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__name__, _where(error.__traceback__)
        event["event"] = _without_text_of(error, str(event.get("event", "")))
    if not str(event.get("error", "")).replace(".", "").isidentifier():
        event.pop("error", None)  # its text, not its class
    event.pop("stack", None)
    if event.get("event") == "task_retrying":
        event.pop("reason", None)
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def _sentence(template: str, args: Any) -> str:
    """The sentence of a library, with the class in place of an error and without what Celery quotes."""
    if isinstance(args, Mapping):
        return template % {name: LEFT_OUT if name in QUOTING else value for name, value in args.items()}
    return template % tuple(type(x).__name__ if isinstance(x, BaseException) else x for x in args) if args else template


def _without_text_of(error: BaseException, sentence: str) -> str:
    texts = (text for text in (repr(error), str(error)) if text)
    for text in texts:
        sentence = sentence.replace(text, LEFT_OUT)
    return sentence


def _error(exc_info: Any) -> BaseException | None:
    """The exception itself, from any of the forms that `exc_info` takes."""
    if isinstance(exc_info, BaseException):
        return exc_info
    return exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1]


def _where(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return " < ".join(f"{PurePath(x.filename).name}:{x.lineno} {x.name}" for x in reversed(frames))
