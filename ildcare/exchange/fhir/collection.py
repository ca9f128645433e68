"""Records as one Bundle of type collection, to be handed over as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings

from ildcare.exchange.fhir.everything import Everything
from ildcare.exchange.fhir.outcomes import WARNING, Issue, outcome
from patients.exports.elements import Json
from patients.models import Patient


def collection_of(patients: Sequence[Patient], words: str, at: datetime) -> Json:
    """Everything of these patients as it is known at a moment; `words` says who made it, and stands as its tag.

    What is known and not among the resources is said by an OperationOutcome at the end of each record.
    """
    entries = [y for x in patients for y in _entries(Everything(x, at))]
    return {
        "resourceType": "Bundle",
        "meta": {"tag": [{"display": words}]},
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": entries,
    }


def _entries(everything: Everything) -> Iterator[Json]:
    for x in everything.all():
        yield {"fullUrl": f"{settings.SITE_ADDRESS}/fhir/{x['resourceType']}/{x['id']}", "resource": x}
    notes = [Issue(WARNING, "incomplete", x) for x in everything.notes()]
    if notes:
        name = f"notes-{everything.patient.pk}"
        said = {"id": name, **outcome(notes)}
        yield {"fullUrl": f"{settings.SITE_ADDRESS}/fhir/OperationOutcome/{name}", "resource": said}
