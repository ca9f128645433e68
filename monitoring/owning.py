"""Who has taken a card upon themselves: taken, given to another, released. The last word counts while the card lasts.

A card lasts from evaluation to evaluation as long as one of its alerts is open: that the alerts change does not take it
from its owner. One that ended and comes back is a new card, which nobody has taken. An owner who cannot see the patient
any more, or may not acknowledge, is none: the card asks for somebody again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.models import Alert, CardOwner
from monitoring.rules import group_of
from patients.access import RIGHTS
from patients.changes import Refused, StaleVersion, change_to, repeated_on_deadlock
from patients.models import Admission, Patient, Responsibility, Role, User

Key = tuple[int, str]  # patient, group


@dataclass(frozen=True, slots=True)
class Owned:
    """What was last said of a card. `owner`: None for nobody; `lost`: who was, and cannot be it any more."""

    row: int
    owner: User | None
    by: User
    at: datetime
    lost: User | None = None


@repeated_on_deadlock
def own_card(*, patient: Patient, group: str, owner: User | None, by: User, expected: int) -> CardOwner:
    """A card is `owner`'s from now on (None: nobody's). `expected`: the row that its author saw, 0 for none.

    StaleVersion where somebody was faster; Refused where nothing of the card is open, or for an owner who may not
    acknowledge, or does not see the patient. Said again it changes nothing.
    """
    with change_to(patient, by=by):
        last = CardOwner.objects.filter(patient=patient, group=group).order_by("-id").first()
        again = last is not None and (last.owner_id, last.by_id) == (owner.pk if owner else None, by.pk)
        if last is not None and again and _unbroken(patient, group, last.at):
            return last
        if (last.pk if last else 0) != expected:
            raise StaleVersion
        if not any(
            group_of(x) == group for x in Alert.objects.open().filter(patient=patient).values_list("rule", flat=True)
        ):
            raise Refused(_("Nothing of this card is open any more."))
        if owner is not None and not can_own(patient, owner):
            raise Refused(
                _("%(who)s cannot take this card: no right to acknowledge, or not on this ward.") % {"who": owner}
            )
        return CardOwner.objects.create(patient=patient, group=group, owner=owner, by=by, at=timezone.now())


def can_own(patient: Patient, user: User) -> bool:
    """May this person answer for a card of the patient?"""
    allowed = user.is_active and user.role in RIGHTS["acknowledge_alerts"]
    return allowed and Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


def owners_of(patient_ids: Iterable[int]) -> dict[Key, Owned]:
    """By patient and group, of the cards that are open now, what was last said of who has them. Two queries."""
    ids = list(patient_ids)
    rows = list(_last_rows(ids)) if ids else []
    spans = _spans({x.patient_id for x in rows}, min((x.at for x in rows), default=None))
    return {(x.patient_id, x.group): _owned(x) for x in rows if lasts(x.at, spans.get((x.patient_id, x.group), ()))}


def _owned(row: CardOwner) -> Owned:
    fits = row.owner is not None and row.sees and row.owner.is_active  # type: ignore[attr-defined]  # `_last_rows`
    fits = fits and row.owner is not None and row.owner.role in RIGHTS["acknowledge_alerts"]
    return Owned(row.pk, row.owner if fits else None, row.by, row.at, None if fits else row.owner)


def _last_rows(ids: Sequence[int]) -> QuerySet[CardOwner]:
    """The last row of each card, each with whether its owner `sees` the patient: as `visible_to`, of many owners."""
    rows = CardOwner.objects.filter(patient__in=ids).order_by("patient_id", "group", "-id")
    stays = Admission.objects.filter(patient=OuterRef("patient"))
    theirs = stays.filter(ward__memberships__user=OuterRef("owner"))
    answers = Responsibility.objects.filter(patient=OuterRef("patient"), user=OuterRef("owner"), until=None)
    registered = Patient.objects.filter(pk=OuterRef("patient"), registered_by=OuterRef("owner"))
    seniors = User.objects.filter(pk=OuterRef("owner"), role=Role.SENIOR)
    here = Exists(theirs.filter(discharged_at=None)) | (~Exists(stays.filter(discharged_at=None)) & Exists(theirs))
    unplaced = ~Exists(stays) & (Exists(registered) | Exists(seniors))
    sees = rows.annotate(sees=Q(here) | Q(Exists(answers)) | Q(unplaced))
    return sees.distinct("patient_id", "group").select_related("owner", "by")


Spans = list[tuple[datetime, datetime | None]]


def _spans(patient_ids: Iterable[int], since: datetime | None) -> dict[Key, Spans]:
    """From when to when the alerts of each card were open, of those that were open since a moment."""
    if since is None:
        return {}
    alerts = Alert.objects.filter(Q(closed_at=None) | Q(closed_at__gte=since), patient__in=list(patient_ids))
    found: dict[Key, Spans] = {}
    for patient, rule, begun, ended in alerts.values_list("patient_id", "rule", "opened_at", "closed_at"):
        found.setdefault((patient, str(group_of(rule))), []).append((begun, ended))
    return found


def lasts(since: datetime, spans: Iterable[tuple[datetime, datetime | None]]) -> bool:
    """Has something of the card been open without a gap since a moment until now?"""
    reached = since
    for begun, ended in sorted(spans, key=lambda x: x[0]):
        if begun > reached:
            return False
        if ended is None:
            return True
        reached = max(reached, ended)
    return False


def _unbroken(patient: Patient, group: str, since: datetime) -> bool:
    return lasts(since, _spans([patient.pk], since).get((patient.pk, group), ()))
