"""Changes of drafts of a sheet of values: keep what is typed, use it up; drop what was typed for a merged record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from patients.changes import change_to, repeated_on_deadlock
from patients.models import NonceUse, Patient, RoundDraft, SheetDraft, User

MOST_DRAFTS = 20  # of one user and patient: the oldest go


@repeated_on_deadlock
def keep_sheet_draft(
    *,
    patient: Patient,
    by: User,
    page: str,
    typed: Mapping[str, str],
    restored: tuple[int, datetime] | None = None,
    nonce: str = "",
) -> SheetDraft | None:
    """Keep what a page has typed; nothing typed keeps nothing. A form (`nonce`) that is stored by now neither.

    `restored`: the draft that the page began with, and when that was last changed. It becomes the page's own, unless
    another page has gone on with it since: then both stand.
    """
    with change_to(patient, by=by):
        if NonceUse.objects.filter(nonce=nonce).exists():  # asked after the lock: it was stored while this draft waited
            return None
        mine = SheetDraft.objects.filter(patient=patient, user=by)
        if restored is not None and not mine.filter(page=page).exists():
            mine.filter(pk=restored[0], changed_at=restored[1]).update(page=page)
        if not typed:
            mine.filter(page=page).delete()
            return None
        kept = {"typed": dict(typed), "changed_at": timezone.now()}
        draft, is_new = SheetDraft.objects.update_or_create(patient=patient, user=by, page=page, defaults=kept)
        if is_new:
            oldest = mine.order_by("-changed_at", "-id").values_list("pk", flat=True)[MOST_DRAFTS:]
            mine.filter(pk__in=list(oldest)).delete()
    return draft


@repeated_on_deadlock
def drop_sheet_draft(
    *, patient: Patient, by: User, page: str = "", restored: tuple[int, datetime] | None = None
) -> None:
    """The draft of a page, and the one that it began with if nobody has gone on with it, are used up or not wanted."""
    with change_to(patient, by=by):
        mine = SheetDraft.objects.filter(patient=patient, user=by)
        mine.filter(page=page).delete()
        if restored is not None:
            mine.filter(pk=restored[0], changed_at=restored[1]).delete()


@repeated_on_deadlock
def drop_left_drafts(*, patient: Patient, absorbed: Iterable[int], by: User) -> int:
    """What the user typed for records (by id) that went into this one is not needed any more; how many drafts."""
    with change_to(patient, by=by):
        mine = {"patient__in": list(absorbed), "user": by}
        return RoundDraft.objects.filter(**mine).delete()[0] + SheetDraft.objects.filter(**mine).delete()[0]
