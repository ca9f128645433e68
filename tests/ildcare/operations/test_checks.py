"""R35: a product that runs as an all too powerful role is told so."""

from __future__ import annotations

import io

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, transaction

from ildcare.operations.checks import powers, runtime_role_is_powerless

pytestmark = pytest.mark.django_db


def powers_as(role: str) -> list[str]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
        found = powers()
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
    return found


def test_R35_the_runtime_role_has_no_such_power() -> None:
    assert powers_as("ildcare_app") == []


def test_R35_the_owner_of_the_tables_is_refused() -> None:
    """Tests run as the owner."""
    assert "owns tables" in powers()
    assert {x.id for x in runtime_role_is_powerless(databases=["default"])} == {"ildcare.E001"}


def test_R35_a_member_of_an_owner_is_refused() -> None:
    """Tests run as ildcare_owner, a member of ildcare_audit; a table of that role makes the membership a power."""
    member = "is a member of the role that owns the tables"
    assert member not in powers()
    with connection.cursor() as cursor:
        cursor.execute("GRANT CREATE ON SCHEMA public TO ildcare_audit")
        cursor.execute("CREATE TABLE theirs (x int)")
        cursor.execute("ALTER TABLE theirs OWNER TO ildcare_audit")
    assert member in powers()


def test_R35_a_role_that_can_write_the_audit_log_is_refused() -> None:
    assert powers_as("ildcare_audit") == ["owns tables", "can write the audit log"]


def test_the_check_belongs_to_deployment_and_a_named_database() -> None:
    assert [x for x in run_checks(include_deployment_checks=True) if x.id == "ildcare.E001"] == []
    named = run_checks(include_deployment_checks=True, databases=["default"])
    assert [x for x in named if x.id == "ildcare.E001"]
    assert [x for x in run_checks(databases=["default"]) if x.id == "ildcare.E001"] == []


def test_R35_up_refuses_a_powerful_role_of_a_database_of_ones_own(settings) -> None:
    """Tests run as the owner: `up` says so in a sentence, and starts nothing."""
    settings.USES_EMBEDDED = False
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("up", port=0, stderr=said)
    assert "connect as ildcare_app" in said.getvalue()
