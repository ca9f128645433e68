"""Acknowledges what the invented staff have seen: alerts of more than two days ago, but for a few patients, and grave
ones at once, but for two that nobody answered, so that they were passed on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from ildcare.demo.people import EAST, PUBLISHED, WEST
from ildcare.demo.roster import Seen, stays
from ildcare.evaluation.sweep import evaluate_patients
from monitoring.acknowledging import acknowledge_alert
from monitoring.engine import Severity
from monitoring.models import Alert, Doing
from patients.models import Admission, MedicationCourse, User

ACKNOWLEDGED_AFTER = timedelta(days=2)
PHYSICIANS = {EAST: "physician", WEST: "physician-west", PUBLISHED.code: "physician"}
OF_THE_ENTRY = ("AS_ENTRY", "POOR_RISK_MET", "DYSPNOEA_WORSE", "INTERACTION")
DOING = {
    "CSA_LOW": Doing.DOSE_CHANGED,
    "CSA_HIGH": Doing.DOSE_CHANGED,
    "AS_ENTRY": Doing.TREATMENT_STARTED,
    "POOR_RISK_MET": Doing.TREATMENT_STARTED,
    "OVERDUE": Doing.REPEAT_ORDERED,
    "PAO2_LOW": Doing.TREATMENT_STARTED,
    "FERRITIN_HIGH": Doing.TREATMENT_STARTED,
}
# (course, rule) that is left to the reader; who acknowledges an event has ended it
UNANSWERED = {("on_salvage", "PNEUMOMEDIASTINUM"), ("on_azathioprine", "GC_STOPPED")}


def evaluate_and_acknowledge(patient_ids: Iterable[int], today: date) -> None:
    """Evaluate these patients now, then acknowledge what has long been seen."""
    ids = list(patient_ids)
    evaluate_patients(ids)
    acknowledge_seen(ids, today)


def acknowledge_seen(ids: Collection[int], today: date, *, grave: bool = False) -> None:
    """Acknowledge in the name of each ward's physician what has long been seen, with `grave` what is critical too."""
    wards = dict(Admission.objects.filter(patient__in=ids).values_list("patient", "ward__code"))
    people = {user.username: user for user in User.objects.filter(username__in=PHYSICIANS.values())}
    treated = set(MedicationCourse.objects.filter(patient__in=ids).values_list("patient", flat=True))
    told = {person.mrn: stay for person, stay in stays()}
    waiting = Alert.objects.open().filter(patient__in=ids, acknowledged_at=None)
    for alert in waiting.select_related("patient"):
        stay = told.get(alert.patient.mrn)
        if (stay.course.__name__ if stay else "", alert.rule) in UNANSWERED:
            continue
        old = alert.opened_on < today - ACKNOWLEDGED_AFTER and _was_seen(alert, stay.seen if stay else Seen.ALL)
        if old or (grave and alert.severity == Severity.CRITICAL):
            by = people[PHYSICIANS[wards.get(alert.patient_id, EAST)]]
            doing = DOING.get(alert.rule, Doing.REVIEW_AT_ROUND)
            if doing == Doing.TREATMENT_STARTED and alert.patient_id not in treated:
                doing = Doing.REVIEW_AT_ROUND
            acknowledge_alert(alert=alert, by=by, doing=doing, expected_version=alert.version)


def _was_seen(alert: Alert, seen: Seen) -> bool:
    return seen is Seen.ALL or (seen is Seen.ENTRY and alert.rule in OF_THE_ENTRY)
