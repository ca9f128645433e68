"""What a person says of a card: what is being done, or until when it may wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.acknowledging import NEEDS_NOTE, longest_snooze
from monitoring.card_trends import Trend, trends_of
from monitoring.cards import Card, Unit, cards_of
from monitoring.engine import Severity
from monitoring.models import Alert, Doing
from monitoring.owning import Owned, owners_of
from monitoring.queries import Watch
from monitoring.wording import subject_text
from monitoring.worklist_forms import target_of_card
from patients.access import may
from patients.clinical.snapshot import Snapshot
from patients.context import issue_context
from patients.forms.layouts import beside
from patients.forms.since_shown import AsksWhenStale
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.wording import short_moment

SEEN = ("", _("seen"))
CHOOSE = ("", _("choose …"))
ALL = "all"  # slug of the unit of all cards of a patient
MORNING = time(7)
HOURS = (1, 4, 12, 24)


def versions_of(text: str) -> dict[UUID, int]:
    """Ids of alerts and the versions that were shown, from "id:version id:version"; ValueError for anything else."""
    pairs = [x.rpartition(":") for x in text.split()]
    return {UUID(key): int(version) for key, _colon, version in pairs}


def doings(critical: bool) -> list[tuple[str, Any]]:
    """What may be said of alerts: of critical ones not that they are known already."""
    return [(x.value, x.label) for x in Doing if not (critical and x == Doing.ALREADY_KNOWN)]


class CardForm(AsksWhenStale):
    """For the alerts of a unit of cards, in the versions that its reader saw."""

    alerts = forms.CharField(widget=forms.HiddenInput)
    verb = ""

    def __init__(
        self,
        *args: Any,
        request: AuthenticatedHttpRequest,
        patient: Patient,
        slug: str,
        alerts: Sequence[Alert],
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *args,
            request=request,
            patient=patient,
            target=target_of(self.verb, slug),
            prefix=f"{self.verb}-{slug}",
            **kwargs,
        )
        self.slug, self.of = slug, tuple(alerts)
        self.fields["alerts"].initial = alerts_text(alerts)

    @classmethod
    def sent(cls, request: AuthenticatedHttpRequest, patient: Patient, slug: str) -> Self:
        """The form as it came back, about the alerts that it names and that are this patient's."""
        try:
            named = versions_of(request.POST.get(f"{cls.verb}-{slug}-alerts", ""))
        except ValueError:
            named = {}
        alerts = Alert.objects.filter(patient=patient, pk__in=named)
        return cls(request.POST, request=request, patient=patient, slug=slug, alerts=list(alerts))

    @property
    def critical(self) -> bool:
        """Whether one of the alerts is."""
        return any(x.severity == Severity.CRITICAL for x in self.of)

    @property
    def versions(self) -> Mapping[UUID, int]:
        """Of each alert the version that was shown."""
        return versions_of(self.cleaned_data["alerts"])

    def clean_alerts(self) -> str:
        """Only what our own page wrote there."""
        text: str = self.cleaned_data["alerts"]
        try:
            versions_of(text)
        except ValueError as error:
            raise forms.ValidationError(_("This card cannot be read: load the page again.")) from error
        return text

    def is_settled(self) -> bool:
        """What became known has changed an alert itself: the change refuses that, whatever was seen."""
        shown = self.cleaned_data.get("alerts")
        changed = bool(shown) and any(x.version != self.versions.get(x.pk) for x in self.of)
        return super().is_settled() or changed


class AcknowledgementForm(CardForm):
    """What is being done about a card; one with a critical alert asks for it."""

    verb = "acknowledge"
    doing = forms.ChoiceField(label=_("What is being done"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        doing = self.fields["doing"]
        assert isinstance(doing, forms.ChoiceField)
        doing.choices = [CHOOSE if self.critical else SEEN, *doings(self.critical)]
        doing.required = self.critical

    @property
    def helper(self) -> FormHelper:
        """One line below the card."""
        return beside(
            "alerts", Field("doing", wrapper_class="grow"), Field("note", wrapper_class="grow"), button=_("Acknowledge")
        )

    def clean(self) -> dict[str, Any]:
        """Some changes are nothing without a name or a cause."""
        values = super().clean() or {}
        if values.get("doing") in NEEDS_NOTE and not values.get("note", "").strip():
            self.add_error("note", _("Add a note: with whom, or which cause."))
        return values


class SnoozeForm(CardForm):
    """Until when a card may wait, and why."""

    verb = "snooze"
    until = forms.ChoiceField(label=_("Wait until"))
    reason = forms.CharField(
        label=_("Why it can wait"), max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = self.fields["until"]
        assert isinstance(until, forms.ChoiceField)
        # one that was offered a moment ago is taken; whether it is too late is asked when it is stored
        sent = self.data.get(f"{self.prefix}-until", "") if self.is_bound else ""
        until.choices = snooze_ends(timezone.now(), self.critical)
        if sent and sent not in dict(until.choices) and _moment(sent):
            until.choices = [*until.choices, (sent, sent)]

    @property
    def helper(self) -> FormHelper:
        """One line below the card."""
        return beside(
            "alerts", Field("until", wrapper_class="grow"), Field("reason", wrapper_class="grow"), button=_("Snooze")
        )

    @property
    def ends_at(self) -> datetime:
        """The moment that was chosen; text until now, because no other form takes a moment that is still to come."""
        moment = _moment(self.cleaned_data["until"])
        assert moment is not None  # it is one of the choices
        return moment


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def snooze_ends(now: datetime, critical: bool) -> list[tuple[str, str]]:
    """Until when a card may be offered to wait, as a form names it and in words."""
    return [(x.isoformat(), short_moment(x)) for x in _ends(now, critical)]


def target_of(verb: str, slug: str) -> str:
    """What the form of a unit is made for."""
    return f"{verb}:{slug}"


def alerts_text(alerts: Iterable[Alert]) -> str:
    """Alerts with the versions that are shown, as `versions_of` reads them."""
    return " ".join(f"{x.pk}:{x.version}" for x in alerts)


def label_of(unit: Unit) -> str:
    """What the button says that opens the forms of a unit."""
    views = unit.views
    if unit.slug == ALL:
        return gettext("Acknowledge all of these …")
    if unit.alone:
        about = subject_text(views[0].alert.rule, views[0].alert.subject)
        return gettext("Acknowledge %(subject)s …") % {"subject": about}
    return gettext("Acknowledge …")


def _ends(now: datetime, critical: bool) -> Iterator[datetime]:
    """Hours from now, to the next five minutes, the longest that the card may wait, and the morning if it may."""
    longest = longest_snooze(Severity.CRITICAL if critical else Severity.WARNING)
    latest = now + longest
    local = timezone.localtime(now).replace(second=0, microsecond=0)
    begun = local - timedelta(minutes=local.minute % 5)
    morning = timezone.make_aware(datetime.combine(local.date() + timedelta(days=local.time() >= MORNING), MORNING))
    yield from sorted(
        {x for x in (*(begun + timedelta(hours=n) for n in HOURS), begun + longest, morning) if now < x <= latest}
    )


@dataclass(frozen=True, slots=True)
class UnitForms:
    """What a reader may say of a unit of a card."""

    unit: Unit
    acknowledge: AcknowledgementForm
    snooze: SnoozeForm

    @property
    def label(self) -> str:
        """What the button says that opens them."""
        return label_of(self.unit)


@dataclass(frozen=True, slots=True)
class CardWithForms:
    """A card with its forms; none where nothing waits, or where it is not the reader's to do. `owned`: who has it;
    `take`: the token of the form that takes it, "" where the reader has it or may not; `trends`: its last values."""

    card: Card
    trends: tuple[Trend, ...]
    forms: tuple[UnitForms, ...] = ()
    owned: Owned | None = None
    take: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a page of a patient: those that wait, those that are snoozed, those that somebody acknowledged; and
    the form that acknowledges all that wait at once, where it is more than one."""

    waiting: tuple[CardWithForms, ...]
    snoozed: tuple[CardWithForms, ...]
    known: tuple[CardWithForms, ...]
    all: UnitForms | None = None

    def holds(self, slug: str) -> bool:
        """Whether there still is what a form was about."""
        shown = (*self.waiting, *self.snoozed)
        return any(x.unit.slug == slug for card in shown for x in card.forms) or (slug == ALL and self.all is not None)


def cards_without_forms(watch: Watch, now: datetime, snapshot: Snapshot) -> Cards:
    """Cards that nobody can say anything of: of the past, or of a record that is closed."""
    return _sorted([CardWithForms(x, trends_of(x.tests, snapshot)) for x in cards_of(watch.open, now)])


def alert_cards(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    watch: Watch,
    snapshot: Snapshot,
    refused: CardForm | None = None,
) -> Cards:
    """The cards of a page of a patient whose record is open; `refused` is the form that came back with faults."""
    now = timezone.now()
    if not may(request.user, "acknowledge_alerts"):
        return cards_without_forms(watch, now, snapshot)

    def forms_of(unit: Unit) -> UnitForms:
        alerts = [x.alert for x in unit.views]
        said = {"request": request, "patient": patient, "slug": unit.slug, "alerts": alerts}
        back = refused if refused is not None and refused.slug == unit.slug else None
        acknowledge = back if isinstance(back, AcknowledgementForm) else AcknowledgementForm(**said)
        snooze = back if isinstance(back, SnoozeForm) else SnoozeForm(**said)
        return UnitForms(unit, acknowledge, snooze)

    found = cards_of(watch.open, now)
    owners = owners_of([patient.pk]) if found else {}
    owned = [owners.get((patient.pk, str(x.group))) for x in found]
    shown = [
        CardWithForms(
            x, trends_of(x.tests, snapshot), tuple(map(forms_of, x.units)), owner, _to_take(request, patient, x, owner)
        )
        for x, owner in zip(found, owned, strict=True)
    ]
    cards = _sorted(shown)
    units = [unit for x in cards.waiting for unit in x.card.units if not unit.alone]
    together = tuple(view for unit in units for view in unit.views)
    every = forms_of(Unit(slug=ALL, views=together)) if len(units) > 1 else None
    return Cards(cards.waiting, cards.snoozed, cards.known, every)


def _to_take(request: AuthenticatedHttpRequest, patient: Patient, card: Card, owned: Owned | None) -> str:
    if card.known or (owned is not None and owned.owner == request.user):
        return ""
    target, row = target_of_card(str(card.group)), owned.row if owned else 0
    return issue_context(request, patient=patient, target=target, version=row)


def _sorted(shown: Iterable[CardWithForms]) -> Cards:
    shown = list(shown)
    asleep = tuple(x for x in shown if x.card.snoozed_until)
    return Cards(
        waiting=tuple(x for x in shown if x.card.waiting and x not in asleep),
        snoozed=asleep,
        known=tuple(x for x in shown if not x.card.waiting),
    )
