"""R22: nothing is updated in place; the database itself refuses, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection

from patients.models import FACT_TABLES, Measurement
from tests.patients.conftest import as_runtime_role
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


@pytest.fixture
def row(record) -> Measurement:
    return record(Story().ferritin(0, "890")).rows[0]


def test_update_of_a_fact_is_refused_even_for_the_owner(row) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        Measurement.objects.filter(pk=row.pk).update(value="891")


def test_save_over_a_fact_is_refused(row) -> None:
    row.value = 1
    with pytest.raises(IntegrityError, match="append-only"):
        row.save()


def test_delete_of_a_fact_is_refused_even_for_the_owner(row) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        row.delete()


def test_the_triggers_fire_in_replica_mode_too(db) -> None:
    """ENABLE ALWAYS: the setting that silences ordinary triggers does not silence these."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(tgenabled = 'A'), count(*) FROM pg_trigger WHERE tgname IN"
            " ('fact_append_only', 'fact_never_truncated', 'fact_chain')"
        )
        assert cursor.fetchone() == (True, 3 * len(FACT_TABLES))


@pytest.mark.parametrize("table", [x._meta.db_table for x in FACT_TABLES.values()])
@pytest.mark.parametrize("statement", ["UPDATE {} SET source = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_runtime_role_has_no_right_to_change_facts(db, table, statement) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), as_runtime_role() as cursor:
        cursor.execute(statement.format(table))


def test_truncate_is_for_owners_of_test_databases_only(db) -> None:
    """The one exception, and that it is bound to the name of the database: see the function's text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'fact_refuse_change'")
        (source,) = cursor.fetchone()
    assert r"current_database() LIKE 'test\_%'" in source
    assert "session_user" in source


def test_a_version_cannot_replace_a_fact_of_another_identity(record) -> None:
    first, second = record(Story().ferritin(0, "890").ferritin(1, "900")).rows
    values = {f.attname: getattr(second, f.attname) for f in Measurement._meta.fields if f.attname != "id"}
    with pytest.raises(IntegrityError, match="replaces the version before it"):
        Measurement.objects.create(**{**values, "version": 2, "replaces_id": first.pk})


def test_a_version_is_replaced_once(record) -> None:
    story = Story().ferritin(0, "890", id="a").ferritin(0, "900", known=1, id="a")
    _first, second = record(story).rows
    values = {f.attname: getattr(second, f.attname) for f in Measurement._meta.fields if f.attname != "id"}
    with pytest.raises(IntegrityError, match=r"replaces_id|version_once"):
        Measurement.objects.create(**values)
