"""The cards of everybody whom the reader sees, those that ask first; a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from ildcare.ward.look_alikes import look_alikes_among
from monitoring.actions import ASKING
from monitoring.cards import Card, cards_of
from monitoring.engine import Severity
from monitoring.marking import marks_of
from monitoring.models import Alert, AlertEvent, AlertQuerySet, MarkedTest
from monitoring.owning import Owned, owners_of
from monitoring.queries import AlertView, view_of
from monitoring.rules import group_of
from patients.clinical.wall_clock import start_of_day
from patients.models import Admission, Patient, Role, User
from patients.queries import site_settings, site_zone
from patients.wording import short_moment

SENTENCES = 2  # of a card, on a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A card of a patient. `calls_at`: when it is passed on if nobody acknowledges it, to `calls`; None where it was,
    or is not. `marks`: what was said of tests that its alerts ask for."""

    patient: Patient
    stay: Admission | None
    card: Card
    owned: Owned | None
    calls_at: datetime | None = None
    calls: str = ""
    marks: tuple[MarkedTest, ...] = ()
    alike: tuple[Patient, ...] = ()

    @property
    def key(self) -> str:
        """Names the row on the page."""
        return f"{self.patient.pk}-{self.card.group}"

    @property
    def critical(self) -> bool:
        """Does something critical wait on it?"""
        return bool(self.card.waiting) and self.card.severity == Severity.CRITICAL

    @property
    def asks(self) -> bool:
        """Waits it for somebody now?"""
        return bool(self.card.waiting) and self.card.snoozed_until is None

    @property
    def owner(self) -> User | None:
        """Who has it."""
        return self.owned.owner if self.owned else None

    @property
    def calls_when(self) -> str:
        """The clock at which it is passed on; with the day, where that is another one."""
        return _clock(self.calls_at, self.card.now)

    @property
    def passed_on(self) -> str:
        """When it was passed on."""
        return _clock(self.card.escalated_at, self.card.now)

    @property
    def more_reasons(self) -> int:
        """How many of its sentences a list leaves to the record."""
        return max(0, len(self.card.deciding) - SENTENCES)

    @property
    def open_for(self) -> str:
        """How long it has been open."""
        return duration_text(self.card.now - self.card.since)

    @property
    def owner_row(self) -> int:
        """The word that was last said of who has it, as a form names it."""
        return self.owned.row if self.owned else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A card as it ended: its alerts that are over, those of one answer together."""

    patient: Patient
    stay: Admission | None
    views: tuple[AlertView, ...]

    @property
    def alert(self) -> Alert:
        """The alert that ended last: who acknowledged it, what was done, why it ended."""
        return self.views[0].alert


def _clock(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == timezone.localdate(now) else short_moment(moment)


def duration_text(span: timedelta) -> str:
    """ "37 min", "2 h 22 min", "3 d"."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        return _("%(n)s d") % {"n": hours // 24}
    return (
        _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest} if hours else _("%(n)s min") % {"n": rest}
    )


def open_rows(user: User, now: datetime) -> list[Row]:
    """Every card with an open alert of whom the reader sees, in the order of the list."""
    views = _views(Alert.objects.open(), user)
    people = {x.alert.patient_id: x.alert.patient for x in views}
    stays, owners = stays_of(people), owners_of(people)
    marks, alike = marks_by_patient(people), look_alikes_among(people.values())
    site = site_settings()
    rows = []
    for pk, of_patient in by_patient(views).items():
        for card in cards_of(of_patient, now):
            calls_at = _calls_at(card, site.escalation_minutes)
            row = Row(
                patient=people[pk],
                stay=stays.get(pk),
                card=card,
                owned=owners.get((pk, str(card.group))),
                calls_at=calls_at,
                calls=_called(site.escalation_role) if calls_at else "",
                marks=tuple(_of_card(card, marks.get(pk, ()))),
                alike=tuple(alike.get(pk, ())),
            )
            rows.append(row)
    return sorted(rows, key=_order)


def _called(role: str) -> str:
    """Who is told, in short."""
    return _("senior physician") if role == Role.SENIOR else str(dict(Role.choices).get(role, role))


def ended_rows(user: User, now: datetime, days: int) -> list[Ended]:
    """What ended in the last days, today included, the last first."""
    since = start_of_day((now.astimezone(site_zone())).date() - timedelta(days=days - 1), site_zone())
    views = _views(_ended(since), user)
    stays = stays_of({x.alert.patient_id: x.alert.patient for x in views})
    together: dict[tuple[object, ...], list[AlertView]] = {}
    for view in sorted(views, key=_closed_at, reverse=True):
        x = view.alert
        said = (x.acknowledged_by_id, x.doing, x.note, x.closed_because)
        together.setdefault((x.patient_id, group_of(x.rule), *said), []).append(view)
    return [
        Ended(patient=held[0].alert.patient, stay=stays.get(held[0].alert.patient_id), views=tuple(held))
        for held in together.values()
    ]


def ended_count(user: User, now: datetime) -> int:
    """How many cards ended today, as `ended_rows` puts them together. One query."""
    since = start_of_day(now.astimezone(site_zone()).date(), site_zone())
    alerts = _ended(since).filter(patient__in=Patient.objects.visible_to(user)).order_by()
    told = alerts.values_list("patient_id", "rule", "acknowledged_by_id", "doing", "note", "closed_because")
    return len({(patient, group_of(rule), *said) for patient, rule, *said in told})


def _ended(since: datetime) -> AlertQuerySet:
    return Alert.objects.filter(closed_at__gte=since, severity__gt=Severity.INFO)


def _closed_at(view: AlertView) -> datetime:
    assert view.alert.closed_at is not None
    return view.alert.closed_at


def _views(alerts: AlertQuerySet, user: User) -> list[AlertView]:
    seen = alerts.filter(patient__in=Patient.objects.visible_to(user)).select_related("patient", "acknowledged_by")
    events = AlertEvent.objects.select_related("by").defer("reasons", "evidence")
    return [view_of(x) for x in seen.prefetch_related(Prefetch("events", events)).worst_first()]


def by_patient(views: Iterable[AlertView]) -> dict[int, list[AlertView]]:
    """Alerts by whose they are."""
    found: dict[int, list[AlertView]] = {}
    for view in views:
        found.setdefault(view.alert.patient_id, []).append(view)
    return found


def stays_of(people: Mapping[int, Patient]) -> dict[int, Admission]:
    """Where these patients lie now. One query."""
    rows = Admission.objects.filter(patient__in=list(people), discharged_at=None).select_related("ward")
    return {x.patient_id: x for x in rows}


def marks_by_patient(patient_ids: Iterable[int]) -> dict[int, list[MarkedTest]]:
    """What was said of tests that are due, by patient."""
    found: dict[int, list[MarkedTest]] = {}
    for (pk, _code, _due), mark in marks_of(patient_ids).items():
        found.setdefault(pk, []).append(mark)
    return found


def _of_card(card: Card, marks: Sequence[MarkedTest]) -> Iterator[MarkedTest]:
    """Of a card of overdue tests: the marks of these tests, of the day on which they were due."""
    due = {(x.alert.subject, x.alert.value_on) for x in card.waiting if x.alert.rule == "OVERDUE"}
    yield from (x for x in marks if (x.code, x.due) in due)


def _calls_at(card: Card, minutes: int) -> datetime | None:
    """When the first of its critical alerts is passed on; None where none will be."""
    if not minutes or card.escalated_at is not None:
        return None
    waiting = [x for x in card.waiting if x.severity == Severity.CRITICAL and x.alert.snoozed_until is None]
    asked = [max((e.at for e in x.events if e.kind in ASKING), default=x.alert.opened_at) for x in waiting]
    return min(asked) + timedelta(minutes=minutes) if asked else None


def _order(row: Row) -> tuple[bool, bool, int, bool, datetime, str]:
    """Those that ask, the gravest first; of equal ones what is passed on soonest, what was passed on before it."""
    card = row.card
    since = card.escalated_at or row.calls_at or card.since
    return (not card.waiting, not row.asks, -card.severity, card.escalated_at is None, since, row.key)
