"""A step of a stay by which its author lost sight of the patient: a move to a ward of others, another consultant. It is
kept with the form that was sent, as an entry is, and taken back within the same five minutes."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from patients.entries import UNDONE_WITHIN
from patients.models import NonceUse, Patient, StayEvent, User

LOST = "out_of_sight"  # names the step in what is kept with the form


def result_of_step(patient: Patient, step: int, user: User) -> dict[str, int]:
    """What is kept of a step with its form, inside the change."""
    if Patient.objects.visible_to(user).filter(pk=patient.pk).exists():
        return {"step": step}
    return {"step": step, LOST: step}


def lost_steps(user: User) -> list[StayEvent]:
    """The user's steps of the last minutes after which they no longer see the patient, if each is still the last of its
    patient. One query where there is none."""
    numbers = [x.result[LOST] for x in _uses(user) if x.result]
    if not numbers:
        return []
    steps = StayEvent.objects.filter(pk__in=numbers).select_related("ward", "patient", "recorded_by").order_by("-pk")
    unseen = _unseen({x.patient_id for x in steps}, user)
    return [x for x in steps if x.patient_id in unseen and _is_last(x)]


def lost_by(step: StayEvent, user: User) -> bool:
    """Did the user lose sight of the patient by this step, a moment ago?"""
    return any(x.result and x.result[LOST] == step.pk for x in _uses(user))


def _uses(user: User) -> Iterable[NonceUse]:
    since = timezone.now() - UNDONE_WITHIN
    return NonceUse.objects.filter(used_at__gte=since, user=user, result__has_key=LOST)


def _unseen(patient_ids: set[int], user: User) -> set[int]:
    seen = Patient.objects.visible_to(user).filter(pk__in=patient_ids).values_list("pk", flat=True)
    return patient_ids - set(seen)


def _is_last(step: StayEvent) -> bool:
    newest = StayEvent.objects.filter(patient=step.patient_id).order_by("-pk").values_list("pk", flat=True).first()
    return newest == step.pk
