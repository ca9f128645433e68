"""What leads to a case that is looked at afterwards, out of what is stored: nobody is evaluated for it.

Subtypes and courses come from the stored evaluations, overrides from decisions, unanswered cards and steps that were
not started from what happened to alerts, deaths and transfers from outcomes, and a few patients of each month are drawn
at random. One statement each, whatever the number of patients. What happened longer than `LOOKED_BACK` ago leads to no
case: a course that is imported late is history [J].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from algorithm.models import Assessment
from ildcare.review.waiting import AlertStep, unanswered
from monitoring.engine import Severity
from monitoring.models import Alert, AlertEvent, ClosedBecause
from patients.actions import Arisen, make_review_key, open_cases
from patients.clinical.findings import LATER_EVIDENCE
from patients.clinical.wall_clock import start_of_day
from patients.models import (
    Admission,
    CareOutcome,
    Decision,
    Discharge,
    ReviewCase,
    ReviewTrigger,
    SiteSettings,
)
from patients.pseudonyms import drawn
from patients.queries import site_settings, site_zone

LOOKED_BACK = timedelta(days=90)  # [J]
STEP_RULE = "STEP_NOT_STARTED"
# Codes of overrides by which somebody follows later evidence against the chart: these lead to a case of their own kind.
# The one place where such a code joins the review.
FOLLOWS_EVIDENCE = frozenset({LATER_EVIDENCE})


def gather(now: datetime) -> int:
    """Open a case for whatever led to none yet; returns how many."""
    return open_cases(arisen=tuple(arisen(now)), now=now)


def arisen(now: datetime) -> Iterator[Arisen]:
    """Everything that leads to a case, also where there is one. A constant number of statements."""
    since = now - LOOKED_BACK
    yield from _settled(since)
    yield from _overrides(since)
    yield from _cards(since, now)
    yield from _steps(since)
    yield from _outcomes(since)
    yield from _sample(now)


def unanswered_after(site: SiteSettings) -> timedelta:
    """How long a critical card waits until it is a case: the choice of the site, else when it is passed on, else as
    long as it may be snoozed [J]."""
    minutes = site.review_after_minutes if site.review_after_minutes is not None else site.escalation_minutes
    return timedelta(minutes=minutes) if minutes else timedelta(hours=site.snooze_critical_hours)


# -- the chart --------------------------------------------------------------------------------------------------------


def _settled(since: datetime) -> Iterator[Arisen]:
    """A subtype that the chart gives for the first time; a course, where no subtype came with it."""
    same = {"patient": OuterRef("patient"), "course": OuterRef("course"), "subtype": OuterRef("subtype")}
    before = Assessment.objects.filter(**same, created_at__lt=since)
    rows = Assessment.objects.filter(created_at__gte=since).exclude(course="", subtype="").exclude(Exists(before))
    firsts = rows.order_by("patient_id", "course", "subtype", "id").distinct("patient_id", "course", "subtype")
    of_patient: dict[int, list[tuple[int, str, str, datetime]]] = defaultdict(list)
    for number, patient, course, subtype, at in firsts.values_list("id", "patient", "course", "subtype", "known_at"):
        of_patient[patient].append((number, course, subtype, at))
    for patient, found in of_patient.items():
        yield from _labels(patient, sorted(found))


def _labels(patient: int, found: Iterable[tuple[int, str, str, datetime]]) -> Iterator[Arisen]:
    """In the order in which they were stored; what comes after its own subtype says nothing new."""
    subtypes: set[str] = set()
    courses: set[str] = set()
    for _number, course, subtype, at in found:
        if subtype in subtypes or (not subtype and course in courses):
            continue
        subtypes |= {subtype} if subtype else set()
        courses |= {course} if course else set()
        about = {"course": course, "subtype": subtype}
        key = subtype or course
        yield Arisen(patient=patient, trigger=ReviewTrigger.SUBTYPE, key=key, arose_at=at, about=about)


def _overrides(since: datetime) -> Iterator[Arisen]:
    """Decisions not to follow an indicated step, also those that were followed by another one."""
    rows = Decision.objects.filter(accepted=False, on__gte=since).exclude(step="").standing()
    for patient, identity, at, step, code in rows.values_list("patient", "identity", "on", "step", "code"):
        trigger = ReviewTrigger.EVIDENCE if code in FOLLOWS_EVIDENCE else ReviewTrigger.OVERRIDE
        about = {"step": step, "code": code}
        yield Arisen(patient=patient, trigger=trigger, key=identity, arose_at=at, about=about)


# -- the alerts -------------------------------------------------------------------------------------------------------


def _cards(since: datetime, now: datetime) -> Iterator[Arisen]:
    """Critical cards that nobody answered in time, once for each time of waiting."""
    after = unanswered_after(site_settings())
    critical = AlertEvent.objects.filter(alert=OuterRef("pk"), at__gte=since, severity=Severity.CRITICAL)
    alerts = Alert.objects.filter(Exists(critical)).exclude(closed_because=ClosedBecause.WITHDRAWN)
    events = AlertEvent.objects.filter(alert__in=alerts.values("pk"), at__gte=since)
    told = alert_steps(events)
    minutes = int(after / timedelta(minutes=1))
    for wait in unanswered(told, after, now):
        about = {"rule": wait.rule, "subject": wait.subject, "minutes": minutes}
        key, at = wait.alert, wait.since + after
        yield Arisen(patient=wait.patient, trigger=ReviewTrigger.CARD, key=key, arose_at=at, about=about)


def alert_steps(events: QuerySet[AlertEvent]) -> list[AlertStep]:
    """Stored events of alerts, in the order in which they happened. One query."""
    rows = events.order_by("id").values_list(
        "patient", "alert", "alert__rule", "alert__subject", "at", "kind", "severity"
    )
    return [
        AlertStep(
            patient=patient,
            alert=str(alert),
            rule=rule,
            subject=subject,
            at=at,
            kind=kind,
            critical=severity == Severity.CRITICAL,
        )
        for patient, alert, rule, subject, at, kind, severity in rows
    ]


def _steps(since: datetime) -> Iterator[Arisen]:
    """Steps that were not started in time, by the rule that says so."""
    rows = Alert.objects.filter(rule=STEP_RULE, opened_at__gte=since).exclude(closed_because=ClosedBecause.WITHDRAWN)
    for key, patient, step, at in rows.values_list("pk", "patient", "subject", "opened_at"):
        about = {"step": step}
        yield Arisen(patient=patient, trigger=ReviewTrigger.STEP, key=str(key), arose_at=at, about=about)


# -- the course -------------------------------------------------------------------------------------------------------


def _outcomes(since: datetime) -> Iterator[Arisen]:
    """Deaths, and transfers to another hospital, however they were entered; of one patient and day once."""
    ends = CareOutcome.objects.filter(what__in=("death", "transferred"), on__gte=since).standing()
    transfers: set[tuple[int, date]] = set()
    zone = site_zone()
    for patient, identity, at, what, cause in ends.values_list("patient", "identity", "on", "what", "cause"):
        if what == "death":
            trigger, about = ReviewTrigger.DEATH, {"cause": cause}
        else:
            trigger, about = ReviewTrigger.TRANSFER, {}
            transfers.add((patient, at.astimezone(zone).date()))
        key = f"outcome:{identity}"[:220]
        yield Arisen(patient=patient, trigger=trigger, key=key, arose_at=at, about=about)
    left = Discharge.objects.filter(to="other_hospital", on__gte=since).standing()
    for patient, identity, at in left.values_list("patient", "identity", "on"):
        if (patient, at.astimezone(zone).date()) not in transfers:
            key = f"discharge:{identity}"[:220]
            yield Arisen(patient=patient, trigger=ReviewTrigger.TRANSFER, key=key, arose_at=at, about={})


def _sample(now: datetime) -> Iterator[Arisen]:
    """Patients who lay on a ward in the month that is over, drawn once: who is registered later is not drawn."""
    zone = site_zone()
    end = start_of_day(now.astimezone(zone).date().replace(day=1), zone)
    first = (end.astimezone(zone).date() - timedelta(days=1)).replace(day=1)
    start, month, size = start_of_day(first, zone), f"{first:%Y-%m}", site_settings().review_sample
    if not size or ReviewCase.objects.filter(trigger=ReviewTrigger.SAMPLE, key=month).exists():
        return
    within = Q(discharged_at=None) | Q(discharged_at__gt=start)
    there = Admission.objects.filter(within, admitted_at__lt=end, patient__absorptions=None)
    ids = there.values_list("patient", flat=True).distinct()
    for patient in drawn(make_review_key(), month, ids, size):
        about = {"month": month}
        yield Arisen(patient=patient, trigger=ReviewTrigger.SAMPLE, key=month, arose_at=end, about=about)
