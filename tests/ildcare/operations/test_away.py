"""While the database is away a page says so, in two languages, and where the paper lies. Nothing of a patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from ildcare.operations.away import is_away
from tests.reading import words_of


def broken(state: str | None, kind: type[Exception] = OperationalError) -> Exception:
    """What Django raises of an error of the database with this SQLSTATE (None: the connection was lost)."""
    error = kind("connection to server failed: user secret")
    cause = psycopg.OperationalError()
    if state:
        cause = psycopg.errors.lookup(state)()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("state", "away"),
    [
        (None, True),
        ("57P01", True),
        ("57P03", True),
        ("53100", True),
        ("08006", True),
        ("40P01", False),
        ("57014", False),
    ],
)
def test_what_counts_as_away(state: str | None, away: bool) -> None:
    assert is_away(broken(state)) is away


def test_a_connection_that_was_closed_counts_and_other_errors_do_not() -> None:
    assert is_away(broken(None, InterfaceError))
    assert not is_away(ValueError())
    assert not is_away(None)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask for a page while every statement fails."""

    def ask(error: Exception, language: str = "en", method: str = "get") -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise error

        monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", fail)
        client = Client(raise_request_exception=False, headers={"accept-language": language})
        client.cookies["sessionid"] = "x" * 32
        return getattr(client, method)("/")

    return ask


def test_the_page_says_so_and_where_the_paper_lies(asking: Any, settings: Any, tmp_path: Path) -> None:
    settings.DOWNTIME_DIR, settings.DOWNTIME_MINUTES = tmp_path, 10
    state = {"written_at": "2026-03-02T07:20:00+09:00", "wards": []}
    (tmp_path / "downtime.json").write_text(json.dumps(state))
    answer = asking(broken(None))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    text = words_of(answer.content.decode())
    assert "The database cannot be reached" in text
    assert str(tmp_path) in text
    assert "07:20" in text
    assert "secret" not in text
    assert 'http-equiv="refresh"' in answer.content.decode()


def test_without_paper_it_names_no_folder(asking: Any, settings: Any, tmp_path: Path) -> None:
    settings.DOWNTIME_DIR = tmp_path
    assert str(tmp_path) not in asking(broken("57P03")).content.decode()


def test_what_was_sent_is_not_sent_again_by_itself(asking: Any) -> None:
    answer = asking(broken(None), method="post")
    assert answer.status_code == 503
    assert "refresh" not in answer.content.decode()


def test_a_full_disk_is_called_that(asking: Any) -> None:
    assert "The database has no room" in words_of(asking(broken("53100")).content.decode())


def test_it_is_japanese_too(asking: Any) -> None:
    assert "データベースに接続できません" in asking(broken(None), "ja").content.decode()


def test_any_other_error_stays_a_fault_of_the_program(asking: Any) -> None:
    answer = asking(broken("40P01"))
    assert answer.status_code == 500
    assert "A fault in the program" in answer.content.decode()
