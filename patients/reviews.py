"""Reading cases that are looked at afterwards: who sees which, how far each is, what patients are called on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db.models import QuerySet

from patients.models import Patient, ReviewCase, ReviewEntry, ReviewKey, ReviewStep, User
from patients.pseudonyms import pseudonym
from patients.sign_off import Signed


def cases_of(user: User) -> QuerySet[ReviewCase]:
    """The cases of the patients whom a user may see: those of the wards of the user."""
    return ReviewCase.objects.filter(patient__in=Patient.objects.visible_to(user).values("pk"))


def entries_since_opened(entries: Iterable[ReviewEntry]) -> list[ReviewEntry]:
    """Of the entries of a case, in order, those since it was last opened again."""
    found: list[ReviewEntry] = []
    for entry in entries:
        if entry.kind == ReviewStep.REOPENED:
            found = []
        found.append(entry)
    return found


def signed_of(entries: Iterable[ReviewEntry]) -> list[Signed]:
    """The verdicts that count: those since the case was last opened again."""
    verdicts = (x for x in entries_since_opened(entries) if x.kind == ReviewStep.VERDICT)
    return [Signed(x.by_id, x.chart, x.delay) for x in verdicts]


def verdicts_since_opened(case: ReviewCase) -> list[Signed]:
    """The verdicts of one case that count. One query."""
    return signed_of(case.entries.order_by("id"))


def holder_of(entries: Sequence[ReviewEntry]) -> User | None:
    """Who has taken a case and not released it; the last word counts."""
    last = next((x for x in reversed(entries) if x.kind in (ReviewStep.TAKEN, ReviewStep.RELEASED)), None)
    return last.by if last is not None and last.kind == ReviewStep.TAKEN else None


def pseudonyms_of_site() -> Callable[[int], str]:
    """What each patient is called by its number. One query; a site without cases has no secret, and calls nobody."""
    secret = ReviewKey.objects.values_list("secret", flat=True).first()
    return lambda patient_id: pseudonym(secret, patient_id) if secret else ""
