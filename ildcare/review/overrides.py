"""Overrides of all patients that a reviewer may see, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from algorithm.charts import chart_for
from algorithm.overrides import Override, override_of
from patients.models import Decision, Patient, User
from patients.queries import authors_of, site_zone, take_snapshots
from patients.reading import versions_of


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A patient whose last decision about a step was not to follow the chart; `by` is who decided."""

    patient: Patient
    override: Override
    by: str


def overrides_to_review(user: User, now: datetime) -> list[ReviewRow]:
    """Expired ones first, then the newest first."""
    refused = Decision.objects.filter(accepted=False).values("patient")
    people = {x.pk: x for x in Patient.objects.visible_to(user).filter(pk__in=refused)}
    snapshots = take_snapshots(list(people), now, now)
    versions = versions_of(list(people), now, site_zone())
    judged = {pk: override_of(chart_for(x), x, versions.get(pk, ())) for pk, x in snapshots.items()}
    overrides = {pk: override for pk, override in judged.items() if override is not None}
    authors = authors_of(x.decision for x in overrides.values())
    rows = [
        ReviewRow(people[pk], override, authors.get(override.decision.id, "")) for pk, override in overrides.items()
    ]
    return sorted(rows, key=lambda x: (x.override.standing, -x.override.decision.on.timestamp()))
