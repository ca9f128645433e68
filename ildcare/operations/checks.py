"""Checks that the role the product runs as cannot reach the audit log (R35).

Nothing fails when web and worker connect as the owner of the tables or as a superuser; only the promise of the audit
log is gone. So `up` asks before it starts on a database of one's own, and so does
`manage.py check --deploy --database default`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

POWERS = {
    "is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
    "owns tables": (
        "SELECT EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relowner = current_user::regrole)"
    ),
    "is a member of the role that owns the tables": (
        "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relowner <> current_user::regrole AND pg_has_role(relowner, 'MEMBER'))"
    ),
    "can write the audit log": (
        "SELECT coalesce(has_table_privilege(to_regclass('audit.log'), 'INSERT, UPDATE, DELETE, TRUNCATE'), false)"
    ),
}


def powers(alias: str = "default") -> list[str]:
    """What the role of this connection can do and must not, in words; empty for the runtime role."""
    held = []
    with connections[alias].cursor() as cursor:
        for power, question in POWERS.items():
            cursor.execute(question)
            row = cursor.fetchone()
            if row and row[0]:
                held.append(power)
    return held


@register(Tags.database, deploy=True)
def runtime_role_is_powerless(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Deployment check, asked for a named database only."""
    return [
        Error(
            f"The role of DATABASE_URL {power}.",
            hint="Connect as ildcare_app, which ildcare/sql/roles.sql makes.",
            id="ildcare.E001",
        )
        for alias in databases or ()
        for power in powers(alias)
    ]
