"""A ward round: its patients in the order in which it was begun, and who is seen."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from patients.merged import kept_ids
from patients.models import Admission, Patient, RoundVisit, StayEvent, User, WardRound
from patients.stay_steps import last_steps, whereabouts_in_words
from patients.wording import short_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One patient of a round, with the place and the visit signed in this round (None: not seen yet).

    `elsewhere`: where a patient is by now who is no longer on a ward of this round, in words; "" for all others.
    """

    number: int
    patient: Patient
    ward: str
    bed: str
    visit: RoundVisit | None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A round in its order, and who is seen. `gone`: patients of it whom the user may no longer see, `now_on`: their
    wards."""

    round: WardRound
    stops: tuple[Stop, ...]
    gone: int
    now_on: tuple[str, ...] = ()

    @property
    def seen(self) -> int:
        """Patients signed in this round."""
        return sum(stop.visit is not None for stop in self.stops)

    @property
    def next_unseen(self) -> Stop | None:
        """Where the round goes on."""
        return next((x for x in self.stops if x.visit is None), None)

    def around(self, patient_id: int) -> tuple[Stop | None, Stop | None, Stop | None]:
        """The stop before, this one, and the one after."""
        place = next((n for n, x in enumerate(self.stops) if x.patient.pk == patient_id), None)
        if place is None:
            return None, None, None
        before = self.stops[place - 1] if place else None
        after = self.stops[place + 1] if place + 1 < len(self.stops) else None
        return before, self.stops[place], after


def progress_of(ward_round: WardRound, user: User) -> Progress:
    """The patients of a round whom the user may still see, wherever they are by now. Its number of queries does not
    depend on theirs.

    In place of a record that was merged since stands the one that goes on in its stead; it is to be seen once.
    """
    kept = kept_ids(ward_round.order)
    order: list[int] = list(dict.fromkeys(kept.get(pk, pk) for pk in ward_round.order))
    people = {x.pk: x for x in Patient.objects.visible_to(user).filter(pk__in=order)}
    stays = Admission.objects.filter(patient__in=order, discharged_at=None).select_related("ward")
    beds = {x.patient_id: x for x in stays}
    visits = {x.patient_id: x for x in ward_round.visits.standing().select_related("by").order_by("at")}
    visible = [pk for pk in order if pk in people]
    language = get_language() or "en"
    left = last_steps(pk for pk in visible if pk not in beds)
    stops = tuple(
        Stop(
            number=number,
            patient=people[pk],
            ward=beds[pk].ward.name_in(language) if pk in beds else "",
            bed=beds[pk].bed if pk in beds else "",
            visit=visits.get(pk),
            elsewhere=_elsewhere(ward_round, beds.get(pk), left.get(pk)),
        )
        for number, pk in enumerate(visible, 1)
    )
    now_on = {beds[pk].ward.name_in(language) for pk in order if pk in beds and pk not in people}
    return Progress(ward_round, stops, len(order) - len(visible), tuple(sorted(now_on)))


def _elsewhere(ward_round: WardRound, stay: Admission | None, last: StayEvent | None) -> str:
    if stay is not None and ward_round.ward_id in (None, stay.ward_id):
        return ""
    where = whereabouts_in_words(stay, last)
    return f"{where}, {short_moment(last.at)}" if stay is None and last is not None else where


def own_round(round_id: str | int, user: User) -> WardRound | None:
    """A round of this user; another's does not exist for this one."""
    if not str(round_id).isdecimal() or len(str(round_id)) > 18:
        return None
    return WardRound.objects.filter(pk=int(round_id), by=user).first()
