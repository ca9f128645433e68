"""What came late for a patient on no ward, and waits for somebody: alerts and results, each with the one click that
settles it. An alert is acknowledged as on every page, a result is seen by a signed visit: there is no third way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Prefetch
from django.utils import timezone

from ildcare.admission.roster import Standing
from ildcare.ward.changes import RESULT_TABLES
from monitoring.cards import Card, cards_of
from monitoring.engine import Severity
from monitoring.forms import AcknowledgementForm
from monitoring.models import Alert, AlertEvent
from monitoring.queries import AlertView, view_of
from patients.access import may
from patients.context import ContextForm
from patients.fact_words import summary_of
from patients.models import FACT_TABLES, Fact, Patient
from patients.requests import AuthenticatedHttpRequest
from patients.wording import short_moment

MOST_CARDS, MOST_RESULTS = 3, 5  # of one patient, in words; the others are counted

NEWEST = " UNION ALL ".join(
    f"(SELECT '{x.KIND}' AS kind, id, recorded_at FROM {x._meta.db_table}"  # noqa: S608 - the same text always
    f" WHERE patient_id = listed.id AND recorded_at > listed.since AND status <> 'cancelled'"
    f" ORDER BY recorded_at DESC, id DESC LIMIT {MOST_RESULTS})"
    for x in RESULT_TABLES
)
ARRIVED = f"""
SELECT listed.id, result.kind, result.id
FROM unnest(%(patients)s::bigint[], %(since)s::timestamptz[]) AS listed (id, since)
CROSS JOIN LATERAL ({NEWEST}) AS result
ORDER BY listed.id, result.recorded_at DESC, result.id DESC
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """A card that nobody acknowledged. `form`: one click says "seen"; None for a critical one, which asks what is being
    done, for what is acknowledged one by one, and for who may not."""

    card: Card
    form: AcknowledgementForm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What waits of one patient. `seen` signs that the patient was seen, with the results that are shown."""

    cards: tuple[WaitingCard, ...] = ()
    more_cards: int = 0
    results: tuple[str, ...] = ()
    more_results: int = 0
    seen: ContextForm | None = None


def inboxes(request: AuthenticatedHttpRequest, standing: Sequence[Standing]) -> list[tuple[Standing, Inbox]]:
    """What waits of each patient of a list. A constant number of queries."""
    alerts = _waiting(x.line.patient.pk for x in standing)
    late = {x.line.patient.pk: x.since for x in standing if x.news and not x.on_ward}
    results = _newest(late)
    signs, acknowledges = may(request.user, "sign_round"), may(request.user, "acknowledge_alerts")
    found = []
    for x in standing:
        patient = x.line.patient
        told, waiting = results.get(patient.pk, ()), alerts.get(patient.pk, ())
        inbox = Inbox(
            cards=tuple(_card(request, patient, card, acknowledges) for card in waiting[:MOST_CARDS]),
            more_cards=max(0, len(waiting) - MOST_CARDS),
            results=tuple(f"{summary_of(row)} ({short_moment(row.on)})" for row in told[:MOST_RESULTS]),
            more_results=max(0, x.news - MOST_RESULTS) if told else 0,
            seen=ContextForm(request=request, patient=patient, target="round") if told and signs else None,
        )
        found.append((x, inbox))
    return found


def _waiting(patient_ids: Iterable[int]) -> dict[int, tuple[Card, ...]]:
    rows = Alert.objects.open().filter(patient__in=list(patient_ids), acknowledged_at=None, severity__gt=Severity.INFO)
    found: dict[int, list[AlertView]] = {}
    for alert in rows.prefetch_related(Prefetch("events", AlertEvent.objects.select_related("by"))).worst_first():
        found.setdefault(alert.patient_id, []).append(view_of(alert))
    now = timezone.now()
    return {patient: cards_of(views, now) for patient, views in found.items()}


def _card(request: AuthenticatedHttpRequest, patient: Patient, card: Card, may_do: bool) -> WaitingCard:
    (unit, *others) = card.units
    if not may_do or card.severity == Severity.CRITICAL or unit.alone or others:
        return WaitingCard(card, None)
    alerts = [x.alert for x in unit.views]
    return WaitingCard(card, AcknowledgementForm(request=request, patient=patient, slug=str(card.group), alerts=alerts))


def _newest(since: Mapping[int, datetime]) -> dict[int, list[Fact]]:
    """The newest results of each patient since a moment, the last version of each."""
    if not since:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ARRIVED, {"patients": list(since), "since": list(since.values())})
        rows = cursor.fetchall()
    stored = {
        (kind, row.pk): row
        for kind in {kind for _patient, kind, _id in rows}
        for row in FACT_TABLES[kind]._default_manager.filter(pk__in=[x for _p, of, x in rows if of == kind])
    }
    found: dict[int, dict[tuple[str, str], Fact]] = {}
    for patient_id, kind, number in rows:
        row = stored[kind, number]
        found.setdefault(patient_id, {}).setdefault((kind, row.identity), row)
    return {patient_id: list(results.values()) for patient_id, results in found.items()}
