"""R58: no patient data in a log line, however an error or an address words it."""

from __future__ import annotations

import logging

import structlog

from ildcare.operations.logs import without_patient_data


def failed() -> BaseException:
    try:
        raise ValueError("Key (mrn)=(P-17) already exists")
    except ValueError as error:
        return error


def test_R58_an_error_is_named_by_class_and_place_never_by_its_text() -> None:
    error = failed()
    for given in (error, (ValueError, error, error.__traceback__)):
        event = without_patient_data(
            None, "error", {"event": "request_failed", "exc_info": given, "exception": str(error)}
        )
        assert event["error"] == "ValueError"
        assert "test_logs.py" in event["where"]
        assert "P-17" not in str(event)


def test_R58_an_error_being_handled_is_found() -> None:
    try:
        raise ValueError("P-17")
    except ValueError:
        event = without_patient_data(None, "error", {"exc_info": True})
    assert (event["error"], "P-17" in str(event)) == ("ValueError", False)


def test_R58_the_words_of_a_search_stay_out_of_the_address() -> None:
    event = without_patient_data(None, "info", {"request": "GET /search?words=Sato"})
    assert event["request"] == "GET /search"


def test_R58_lines_of_libraries_pass_there_too() -> None:
    """As configured: what a library logs with its traceback, and what the product logs itself."""
    formatter = _configured()
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "Internal Server Error: %s", ("/x",), None)
    error = failed()
    record.exc_info = (ValueError, error, error.__traceback__)
    line = formatter.format(record)
    assert "ValueError" in line
    assert "P-17" not in line
    assert without_patient_data in structlog.get_config()["processors"]


def test_R58_an_error_that_a_library_puts_into_its_sentence_is_left_out() -> None:
    """Celery words a failed task so; other libraries hand on the error itself, or put its text in beforehand."""
    formatter, error = _configured(), failed()
    context = {
        "name": "sweep",
        "id": "5f1",
        "description": "raised unexpected",
        "exc": repr(error),
        "args": "('P-17',)",
    }
    for message, args in (
        ("Task %(name)s[%(id)s] %(description)s: %(exc)s %(args)s", (context,)),
        ("Process cleanup failed: %r", (error,)),
        (f"it said: {error}", ()),
    ):
        record = logging.LogRecord("celery.app.trace", logging.ERROR, "x.py", 1, message, args, None)
        record.exc_info = (ValueError, error, error.__traceback__)
        assert "P-17" not in formatter.format(record)
        assert "ValueError" in formatter.format(record)
    assert "sweep[5f1] raised unexpected" in formatter.format(
        logging.LogRecord("x", logging.ERROR, "x.py", 1, "Task %(name)s[%(id)s] %(description)s", (context,), None)
    )


def test_R58_the_text_of_an_error_is_not_taken_for_its_class() -> None:
    event = without_patient_data(None, "info", {"event": "task_failed", "error": "no patient P-17"})
    assert "error" not in event
    assert without_patient_data(None, "info", {"error": "ValueError"})["error"] == "ValueError"
    retried = without_patient_data(None, "info", {"event": "task_retrying", "reason": "Retry: P-17"})
    assert "P-17" not in str(retried)


def _configured() -> logging.Formatter:
    return next(
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
