"""What was typed into a sheet and not stored: found again when the sheet is opened, by whoever typed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from ildcare.morning.boxes import Boxes, boxes_of, values_in
from patients.models import Patient, SheetDraft, User

Restored = tuple[int, datetime]
WARD = "ward "  # begins the name of a page that is the sheet of a whole ward


@dataclass(frozen=True, slots=True)
class Drafts:
    """The draft that the page begins with, and others of the same user that stand beside it."""

    restored: SheetDraft | None = None
    others: tuple[SheetDraft, ...] = ()

    @property
    def typed(self) -> Boxes | None:
        """The boxes of the restored one."""
        return boxes_of(self.restored.typed) if self.restored else None

    @property
    def word(self) -> str:
        """Names the restored draft, and the moment of its last change, in the form."""
        return word_of(self.restored)

    @property
    def counted(self) -> Sequence[tuple[SheetDraft, int]]:
        """The others, each with the number of its values."""
        return [(x, len(values_in(x.typed))) for x in self.others]


def word_of(draft: SheetDraft | None) -> str:
    """Names a draft and the moment of its last change."""
    return f"{draft.pk} {draft.changed_at.isoformat()}" if draft else ""


def restored_of(data: Mapping[str, str]) -> Restored | None:
    """The draft that a page began with, as its form names it; None without one."""
    number, _blank, changed = (data.get("draft") or "").partition(" ")
    moment = parse_datetime(changed) if changed else None
    if not number.isdecimal() or len(number) > 18 or moment is None or moment.tzinfo is None:
        return None
    return int(number), moment


def drafts_of(patient: Patient, user: User, wanted: str = "") -> Drafts:
    """The drafts of a user for a patient: the one that is wanted by its number, else the newest, is restored."""
    found = list(SheetDraft.objects.filter(patient=patient, user=user).exclude(page__startswith=WARD))
    if not found:
        return Drafts()
    first = next((x for x in found if str(x.pk) == wanted), found[0])
    return Drafts(first, tuple(x for x in found if x is not first))


def ward_drafts(patients: Iterable[Patient], user: User) -> dict[int, SheetDraft]:
    """The newest draft of a row of the ward's sheet by patient. One query."""
    found = SheetDraft.objects.filter(patient__in=list(patients), user=user, page__startswith=WARD)
    return {x.patient_id: x for x in reversed(found)}


def beside(patient: Patient, user: User, draft: SheetDraft | None) -> SheetDraft | None:
    """Another page of the same user with values for this patient, the newest; None without one."""
    others = SheetDraft.objects.filter(patient=patient, user=user).exclude(page__startswith=WARD)
    return (others.exclude(pk=draft.pk) if draft else others).first()
