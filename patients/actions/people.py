"""What is changed of people who sign in."""

from __future__ import annotations

from django.db import transaction

from patients.changes import attributed_to
from patients.models import User


def change_own_password(*, by: User, password: str) -> None:
    """Give a person the password that they chose. Their other sessions end with the next request: a session holds for
    one password."""
    with transaction.atomic(), attributed_to(by):
        by.set_password(password)
        by.save(update_fields=["password"])
