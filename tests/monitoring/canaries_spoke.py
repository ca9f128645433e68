"""Canaries that were tried, for tests of what is asked of their runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from monitoring.actions import record_canaries
from monitoring.models import CanaryRun
from monitoring.rules import RULES


def tried(age: timedelta = timedelta(), silent: Mapping[str, str] | None = None) -> None:
    """The canary of every rule was tried so long ago, and raised its alert; those that are `silent` did not: why."""
    errors = silent or {}
    record_canaries(
        [
            CanaryRun(
                rule=x.code,
                rule_version=x.version,
                ran_at=timezone.now() - age,
                fired=x.code not in errors,
                error=errors.get(x.code, ""),
                seconds=Decimal("0.05"),
            )
            for x in RULES
        ]
    )
