"""How long a high dose of prednisolone has been given, as the rules of prophylaxis count it."""

from __future__ import annotations

from patients.clinical.prophylaxis import PREDNISOLONE_MG, _Medication
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES


def high_dose_days(snapshot: Snapshot) -> int:
    """Days without a pause, up to today, on at least 20 mg/day of prednisolone; 0 if not today."""
    given = _Medication(snapshot)
    since = given.since(lambda day: given.at_least(PREDNISOLONE_MG, day) is YES)
    return (snapshot.today - since).days + 1 if since is not None else 0
