"""What the alerts of wards asked in a period, read for the report on them (`monitoring.fatigue`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from monitoring.fatigue import Fatigue, Happened, Outcome, Stay, during, fatigue
from monitoring.models import AlertEvent, EventKind
from patients.clinical.regimen import rank
from patients.models import Admission, CareOutcome, Decision, Judgement, Ward

COLUMNS = ("patient_id", "alert_id", "alert__rule", "alert__subject", "at", "kind", "severity", "doing")


def load_of(wards: Sequence[Ward], start: datetime, end: datetime) -> Fatigue:
    """The report of the patients who lay on these wards between two moments, for that time. Seven queries.

    An alert counts for a ward while its patient lay there, in this period and in the one of the same length before it.
    """
    stays = _stays(wards, start, end)
    first = start - (end - start)
    earlier = _stays(wards, first, start)
    here = during(_happened(_events(stays, start, end)), stays)
    opened = during(_happened(_events(earlier, first, start).filter(kind=EventKind.OPENED)), earlier)
    return fatigue(here, stays, Counter(x.rule for x in opened), _outcomes({x.patient for x in stays}))


def _events(stays: Sequence[Stay], start: datetime, end: datetime) -> QuerySet[AlertEvent]:
    return AlertEvent.objects.filter(patient__in={x.patient for x in stays}, at__gte=start, at__lt=end)


def _happened(events: QuerySet[AlertEvent]) -> list[Happened]:
    rows = events.values_list(*COLUMNS).order_by("id")
    return [
        Happened(
            patient=patient,
            alert=str(alert),
            rule=rule,
            subject=subject,
            at=at,
            kind=kind,
            severity=severity,
            doing=doing,
        )
        for patient, alert, rule, subject, at, kind, severity, doing in rows
    ]


def _outcomes(patients: Collection[int]) -> list[Outcome]:
    """Judgements, accepted steps and deaths of these patients, whenever they were; three queries."""
    judged = Judgement.objects.filter(patient__in=patients).standing()
    found = [Outcome(who, on, told == "worse") for who, on, told in judged.values_list("patient", "on", "improvement")]
    died = CareOutcome.objects.filter(patient__in=patients, what="death").standing()
    found += [Outcome(who, on, worse=True) for who, on in died.values_list("patient", "on")]
    accepted = Decision.objects.filter(patient__in=patients, accepted=True).exclude(step="").standing()
    last: dict[int, int] = {}
    for who, on, step in accepted.order_by("on", "known", "id").values_list("patient", "on", "step"):
        found.append(Outcome(who, on, rank(step) > last.get(who, rank(step))))
        last[who] = rank(step)
    return found


def _stays(wards: Sequence[Ward], start: datetime, end: datetime) -> list[Stay]:
    within = Q(discharged_at=None) | Q(discharged_at__gt=start)
    rows = Admission.objects.filter(within, ward__in=wards, admitted_at__lt=end)
    return [
        Stay(x.patient_id, x.admitted_at, max(start, x.admitted_at), min(end, x.discharged_at or end))
        for x in rows.only("patient_id", "admitted_at", "discharged_at")
    ]
