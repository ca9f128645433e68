"""Backups: whole, encrypted, restored into another database, and compared; what is lost or altered is found."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ildcare.backup_state import STAMP, backups_in, manifest_of, state_of
from ildcare.operations.backup.contents import contents_of, differences
from ildcare.operations.backup.keeping import Keeping, kept
from ildcare.operations.backup.making import (
    Backup,
    backup_at,
    make_backup,
    new_key,
    recipients_of,
)
from ildcare.operations.backup.placing import prune
from ildcare.operations.backup.programs import BackupError, address_for, program
from ildcare.operations.backup.restoring import identities_in, restore
from patients.models import Role
from tests.patients.conftest import make_user

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


def url(name: str, user: str = "postgres") -> str:
    return make_conninfo(host=connection.get_connection_params()["host"], user=user, dbname=name)


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, Path]:
    path = tmp_path / "key"
    return new_key(path), path


@pytest.fixture
def backup(transactional_db, tmp_path: Path, key) -> Backup:
    """Of the tables of the product, with a few rows in them."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO patients_ward (code, name, name_ja) VALUES ('b-1', 'Backup', 'バックアップ')")
    owner = url(connection.settings_dict["NAME"], "ildcare_owner")
    return make_backup(owner, tmp_path / "backups", recipients_of(key[0]), NOW)


@pytest.fixture
def empty() -> Iterator[str]:
    """An empty database of the owner."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER ildcare_owner").format(sql.Identifier(name)))
        yield url(name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_R59_a_backup_is_restored_the_same_in_every_row_and_every_alteration_is_found(backup, key, empty) -> None:
    assert restore(backup, identities_in(key[1]), empty) == []
    with psycopg.connect(empty) as restored:
        assert restored.execute("SELECT name_ja FROM patients_ward").fetchall() == [("バックアップ",)]
        owners = restored.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'audit'").fetchall()
        assert owners == [("ildcare_audit",)]
        planted = {
            "patients_ward: 1 rows, not the same": "UPDATE patients_ward SET name_ja = 'バックアップ２'",
            "patients_ward: 1 rows in the backup, 0 restored": "DELETE FROM patients_ward",
            "patients_ward: 1 rows in the backup, 2 restored": (
                "INSERT INTO patients_ward (code, name, name_ja) VALUES ('b-2', 'x', 'x')"
            ),
            "public.patients_bed: only in the backup": "DROP TABLE patients_bed CASCADE",
            "counts from": "SELECT setval('patients_ward_id_seq', 1, false)",
        }
        for said, change in planted.items():
            with restored.transaction(force_rollback=True):
                restored.execute("SET LOCAL session_replication_role = replica")
                restored.execute(change)
                found = "\n".join(differences(backup.contents, contents_of(restored)))
            if "counts from" not in said:  # sequences know no way back, and are asked last
                assert said in found, (said, found)


def test_a_backup_can_be_read_by_nobody_without_the_key(backup, tmp_path: Path, empty) -> None:
    assert "バックアップ".encode() not in backup.path.read_bytes()
    assert "バックアップ" not in backup.manifest.read_text(encoding="utf-8")
    assert backup.path.stat().st_mode & 0o077 == 0
    other = tmp_path / "other"
    new_key(other)
    with pytest.raises(BackupError, match="key does not open"):
        restore(backup, identities_in(other), empty)
    with psycopg.connect(empty) as untouched:
        assert untouched.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_backup_is_never_restored_over_something(backup, key, empty) -> None:
    with psycopg.connect(empty) as database:
        database.execute("CREATE TABLE precious (x int)")
    with pytest.raises(BackupError, match="not empty"):
        restore(backup, identities_in(key[1]), empty)


@pytest.mark.parametrize("harm", ["cut", "changed", "no manifest", "another manifest"])
def test_a_backup_that_is_not_what_it_was_is_refused(backup, harm: str) -> None:
    whole = backup.path.read_bytes()
    if harm == "cut":
        backup.path.write_bytes(whole[:-1])
    elif harm == "changed":
        backup.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif harm == "no manifest":
        backup.manifest.unlink()
    else:
        backup.manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(BackupError):
        backup_at(backup.path)


def test_what_is_not_whole_is_not_left_under_its_name(tmp_path: Path, key, monkeypatch) -> None:
    with pytest.raises(BackupError, match="cannot be read"):
        make_backup(url("there_is_none"), tmp_path / "b", recipients_of(key[0]), NOW)
    monkeypatch.setenv("ILDCARE_PG_BIN", str(tmp_path))
    failing = tmp_path / "pg_dump"
    failing.write_text("#!/bin/sh\necho half of it\necho 'pg_dump: error: the disk is gone' >&2\nexit 1\n")
    failing.chmod(0o755)
    with pytest.raises(BackupError, match="the disk is gone"):
        make_backup(url("postgres"), tmp_path / "b", recipients_of(key[0]), NOW)
    assert list((tmp_path / "b").iterdir()) == []


def test_a_key_is_never_overwritten_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = new_key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert [str(x.to_public()) for x in identities_in(path)] == [public]
    with pytest.raises(BackupError, match="never overwritten"):
        new_key(path)


@pytest.mark.parametrize(
    ("text", "said"), [("", "Nobody could read"), ("age1abc", "no public key"), ("x", "no public")]
)
def test_without_a_reader_nothing_is_backed_up(text: str, said: str) -> None:
    with pytest.raises(BackupError, match=said):
        recipients_of(text)


@pytest.mark.parametrize("text", ["", "# nothing\n", "AGE-SECRET-KEY-1ABC\n"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(BackupError, match="secret key"):
        identities_in(path)


@pytest.mark.parametrize("named", ["postgresql://owner:s3cret@db/ildcare", "host=db user=owner password=s3cret"])
def test_a_password_stands_on_no_command_line(named: str) -> None:
    address, environment = address_for(named)
    assert "s3cret" not in address
    assert "user=owner" in address
    assert environment["PGPASSWORD"] == "s3cret"


def test_a_program_that_is_missing_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("ildcare.operations.backup.programs.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="install PostgreSQL's client programs"):
        program("pg_dump")


# -- which are kept ---------------------------------------------------------------------------------------------------


def test_the_newest_and_one_a_day_a_week_a_month_are_kept() -> None:
    hourly = [NOW - timedelta(hours=n) for n in range(24 * 400)]
    stays = sorted(kept(hourly, Keeping(newest=3, days=4, weeks=3, months=2)))
    # the last of a day is that of 23:00; today is a Tuesday
    assert [x.strftime("%m-%d %H") for x in stays] == [
        *("11-22 23", "11-28 23", "11-29 23", "11-30 23"),
        *("12-01 01", "12-01 02", "12-01 03"),
    ]


def test_one_is_always_kept() -> None:
    assert kept([NOW], Keeping(0, 0, 0, 0)) == {NOW}
    assert kept([], Keeping()) == set()


def test_who_is_not_kept_goes_with_its_manifest(tmp_path: Path) -> None:
    for n in range(5):
        path = tmp_path / f"ildcare-2026120{n + 1}T030000Z.dump.age"
        path.write_bytes(b"x")
        manifest_of(path).write_text("{}")
    assert len(prune(tmp_path, Keeping(2, 0, 0, 0))) == 3
    assert len(backups_in(tmp_path)) == 2
    assert len(list(tmp_path.iterdir())) == 4


# -- commands ---------------------------------------------------------------------------------------------------------


def told(name: str, *words: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, *words, stdout=out, **options)
    return out.getvalue()


def test_the_commands_from_the_key_to_the_drill(transactional_db, tmp_path: Path, monkeypatch) -> None:
    owner = url(connection.settings_dict["NAME"], "ildcare_owner")
    monkeypatch.setattr("ildcare.management.commands.backup.address", lambda: owner)
    key, folder = tmp_path / "key", tmp_path / "backups"
    public = re.search(r"age1\w+", told("backup", new_key=key))
    assert public is not None
    assert state_of(folder).last is None
    assert "rows of" in told("backup", to=[public.group()], into=folder)
    assert "rows of" in told("backup", list=True, into=folder)
    passed = told("drill", key=key, folder=folder)
    assert "the same in every row" in passed
    state = state_of(folder)
    assert state.last is not None
    assert state.drill_passed
    report = json.loads(next(folder.glob("drill-*.json")).read_text())
    assert report["differs"] == []
    assert report["seconds"] > 0


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("backup", [], "Nobody could read"),
        ("drill", ["--key", "none"], "There is no backup"),
        ("restore", ["none.dump.age", "--key", "none", "--var", "x"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path, monkeypatch, name, words, said) -> None:
    monkeypatch.setattr(settings, "BACKUP_DIR", tmp_path / "backups")
    monkeypatch.setattr(settings, "BACKUP_TO", "")
    with pytest.raises(CommandError, match=said):
        call_command(name, *words)


# -- how old they are -------------------------------------------------------------------------------------------------


def a_backup(folder: Path, age: timedelta) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / f"ildcare-{(timezone.now() - age).strftime(STAMP)}.dump.age"
    path.write_bytes(b"x")
    manifest_of(path).write_text("{}")


def a_drill(folder: Path, age: timedelta, passed: bool) -> None:
    told = {"at": (timezone.now() - age).isoformat(), "passed": passed}
    (folder / "drill-1.json").write_text(json.dumps(told))


@pytest.fixture
def keeper(db, client, tmp_path: Path, settings) -> Any:
    settings.BACKUP_DIR, settings.BACKUP_TO, settings.BACKUP_HOURS = tmp_path / "backups", "age1x", 6
    client.force_login(make_user("keeper", Role.ADMINISTRATOR))
    return client


def well(client: Any) -> dict[str, bool]:
    return {x.name: x.well for x in client.get("/site/").context["states"]}


@pytest.mark.parametrize(("hours", "fine"), [(11.9, True), (12.1, False)])
def test_a_backup_that_is_missing_is_said_to_the_administrator(keeper, tmp_path: Path, hours, fine) -> None:
    assert well(keeper)["Backups"] is False
    a_backup(tmp_path / "backups", timedelta(hours=hours))
    assert well(keeper)["Backups"] is fine


@pytest.mark.parametrize(("days", "passed", "fine"), [(89, True, True), (91, True, False), (1, False, False)])
def test_that_restoring_was_tried_is_said_too(keeper, tmp_path: Path, days, passed, fine) -> None:
    a_backup(tmp_path / "backups", timedelta(hours=1))
    assert well(keeper)["Restoring"] is False
    a_drill(tmp_path / "backups", timedelta(days=days), passed)
    assert well(keeper)["Restoring"] is fine


def test_a_trial_that_makes_no_backups_is_not_blamed_for_it(keeper, settings) -> None:
    settings.BACKUP_TO = ""
    assert "Backups" not in well(keeper)
