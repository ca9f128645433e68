"""Numbers of rules that a site may choose and that are read on this floor: code and default; the rule that tells them
declares what they are and within which bounds (`monitoring.site_values`). Pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.snapshot import Snapshot


class SiteNumber(NamedTuple):
    """code: "RULE.part", for ever the same; default: that of the specification [J]."""

    code: str
    default: Decimal

    def of(self, snapshot: Snapshot) -> Decimal:
        """The number at the site of the snapshot."""
        return snapshot.settings.rules.by_code.get(self.code, self.default)

    def days(self, snapshot: Snapshot) -> int:
        """The number, where it counts days or years."""
        return int(self.of(snapshot))

    def hours(self, snapshot: Snapshot) -> timedelta:
        """The length of time, where the number counts hours."""
        return timedelta(hours=int(self.of(snapshot)))
