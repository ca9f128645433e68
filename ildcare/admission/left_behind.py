"""What stays with people of a former ward: open tasks and coming judgements that a move leaves with somebody who no
longer sees the patient."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from patients.models import CareTask, JudgementOwner, Patient, User


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Who no longer sees the patient, and what is theirs: the words of open tasks, and how many judgements."""

    user: User
    tasks: tuple[str, ...]
    judgements: int


def left_behind(patient: Patient) -> list[LeftBehind]:
    """Everybody who has something to do for the patient and no longer sees the record. A name a line."""
    tasks = CareTask.objects.open().filter(patient=patient).exclude(assigned_to=None).select_related("assigned_to")
    owners = JudgementOwner.objects.filter(patient=patient, due__gte=timezone.localdate()).select_related("owner")
    people = {x.assigned_to.pk: x.assigned_to for x in tasks if x.assigned_to} | {x.owner.pk: x.owner for x in owners}
    return [
        LeftBehind(
            user,
            tuple(x.text for x in tasks if x.assigned_to_id == pk),
            sum(x.owner_id == pk for x in owners),
        )
        for pk, user in people.items()
        if not Patient.objects.visible_to(user).filter(pk=patient.pk).exists()
    ]
