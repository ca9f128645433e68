"""The ward list: everybody on a ward in one line each, whatever their number in the same few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

from algorithm.models import Assessment
from algorithm.queries import latest_assessments
from monitoring.engine import Severity
from monitoring.models import Alert
from monitoring.queries import open_alerts
from monitoring.rules import BY_CODE
from patients.clinical.written import reason_from_json
from patients.models import Admission, AntibodyResult, Diagnosis, EvaluationMark, Patient, User, Ward
from patients.queries import LatestValue, latest_values, look_alikes, site_zone
from patients.wording import number_text, render, short_day, short_moment, short_name_of, unit_symbol

SHOWN = ("ferritin", "kl6", "csa")


@dataclass(frozen=True, slots=True)
class Cell:
    """The newest value of a measurement: text with unit, direction against the one before, and the day."""

    label: str
    text: str
    unit: str
    direction: str
    previous: str
    day: str
    preliminary: bool


@dataclass(frozen=True, slots=True)
class Badge:
    """How many open alerts of one severity are acknowledged, or not yet."""

    severity: str
    count: int
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One patient on the list. Texts are ready to show; `worst` is the gravest alert that nobody acknowledged."""

    patient: Patient
    ward: str
    bed: str
    consultant: str
    age: int | None
    diagnosis: str
    mda5: str
    ars: str
    subtype: str
    subtypes_possible: tuple[str, ...]
    step: str
    steps_possible: tuple[str, ...]
    started: bool | None
    day_of_therapy: int | None
    cells: tuple[Cell, ...]
    badges: tuple[Badge, ...]
    worst: str
    top_alert: str
    top_reason: str
    unacknowledged: int
    evaluated: str
    waiting: bool
    failed: bool
    alike: tuple[str, ...]
    rank: tuple[int, ...]


def wards_of(user: User) -> list[Ward]:
    """The wards whose lists the user may open."""
    return list(Ward.objects.filter(memberships__user=user).order_by("code"))


def ward_lines(wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of these wards, most endangered first: unacknowledged alerts by severity and number, then the rest."""
    visible = Patient.objects.visible_to(user).values("pk")
    here = Admission.objects.filter(ward__in=wards, discharged_at=None, patient__in=visible)
    return _lines(list(here.select_related("patient", "ward")), now)


def found_lines(words: str, wards: Sequence[Ward], user: User, now: datetime) -> list[Line]:
    """The lines of everybody on the wards in whose name, kana or record number each of the words stands."""
    visible = Patient.objects.visible_to(user).values("pk")
    here = Admission.objects.filter(ward__in=wards, discharged_at=None, patient__in=visible)
    stays = [x for x in here.select_related("patient", "ward") if _holds(x.patient, words)]
    return _lines(stays, now)


def _holds(person: Patient, words: str) -> bool:
    """Without regard to case and width of letters."""
    names = (person.family_name, person.given_name, person.family_kana, person.given_kana, person.mrn)
    text = _plain(" ".join(names))
    return all(word in text for word in _plain(words).split())


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _lines(stays: Sequence[Admission], now: datetime) -> list[Line]:
    gathered = _gather([stay.patient for stay in stays])
    today = now.astimezone(gathered.zone).date()
    lines = [_line(stay, gathered, today) for stay in stays]
    return sorted(lines, key=lambda line: (line.rank, line.bed))


@dataclass(frozen=True, slots=True)
class _Gathered:
    zone: ZoneInfo
    assessments: dict[int, Assessment]
    values: dict[int, dict[str, LatestValue]]
    alerts: dict[int, list[Alert]]
    marks: dict[int, EvaluationMark]
    diagnoses: dict[int, Diagnosis]
    antibodies: dict[int, list[AntibodyResult]]
    alike: dict[int, list[Patient]]


def _gather(patients: Sequence[Patient]) -> _Gathered:
    ids = [patient.pk for patient in patients]
    return _Gathered(
        site_zone(),
        latest_assessments(ids),
        latest_values(ids, SHOWN),
        open_alerts(ids),
        EvaluationMark.objects.in_bulk(ids),
        {x.patient_id: x for x in Diagnosis.objects.filter(patient__in=ids).standing().order_by("on", "known")},
        _by_patient(AntibodyResult.objects.filter(patient__in=ids).standing().order_by("on", "known")),
        look_alikes(patients),
    )


def _by_patient(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found


def _line(stay: Admission, gathered: _Gathered, today: date) -> Line:
    patient, pk = stay.patient, stay.patient_id
    assessment, mark = gathered.assessments.get(pk), gathered.marks.get(pk)
    output: dict[str, Any] = assessment.output if assessment else {}
    alerts = sorted(gathered.alerts.get(pk, []), key=lambda x: (x.acknowledged_at is not None, -x.severity))
    waiting = [x for x in alerts if x.acknowledged_at is None]
    worst = max((x.severity for x in waiting), default=0)
    diagnosis = gathered.diagnoses.get(pk)
    antibodies = gathered.antibodies.get(pk, [])
    started = output.get("first_d0")
    return Line(
        patient,
        stay.ward.name_in(get_language() or "en"),
        stay.bed,
        stay.consultant,
        patient.age_on(today),
        _diagnosis_text(diagnosis),
        _answer([x for x in antibodies if x.code == "anti_mda5"]),
        _answer([x for x in antibodies if x.code != "anti_mda5"]),
        output.get("subtype") or "",
        tuple(output.get("subtypes_possible", ())),
        output.get("step") or "",
        tuple(output.get("steps_possible", ())),
        output.get("started") if output.get("step") else None,
        _days(started["d0"], gathered.zone, today) if started else None,
        tuple(_cell(code, gathered.values.get(pk, {}).get(code), gathered.zone, today) for code in SHOWN),
        tuple(_badges(alerts)),
        Severity(worst).label if worst else "",
        BY_CODE[alerts[0].rule].title if alerts and alerts[0].rule in BY_CODE else "",
        render(reason_from_json(alerts[0].reasons[0]), today=today) if alerts and alerts[0].reasons else "",
        sum(x.severity > Severity.INFO for x in waiting),
        _clock(mark.evaluated_at, today) if mark and mark.evaluated_at else "",
        mark is None or mark.needed_since is not None,
        mark is not None and mark.failures > 0,
        tuple(f"{x} ({x.mrn})" for x in gathered.alike.get(pk, [])),
        _rank(alerts, waiting),
    )


def _rank(alerts: Sequence[Alert], waiting: Sequence[Alert]) -> tuple[int, ...]:
    """Sorts the most endangered first: unacknowledged critical, unacknowledged warnings, then acknowledged ones."""
    grave = (Severity.CRITICAL, Severity.WARNING)
    counted = [-sum(x.severity == severity for x in group) for group in (waiting, alerts) for severity in grave]
    return tuple(counted)


def _diagnosis_text(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return ""
    name = {"hypomyopathic_DM": "hypo-DM"}.get(diagnosis.myositis, diagnosis.myositis)
    return f"{name} ?" if diagnosis.provisional else name


def _answer(results: Sequence[AntibodyResult]) -> str:
    """The gravest thing that results say: positive before negative before pending."""
    for answer in ("positive", "negative", "pending"):
        if any(x.result == answer for x in results):
            return answer
    return ""


def _clock(moment: datetime, today: date) -> str:
    """The day only where it is not today."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == today else short_moment(moment, today)


def _days(moment: str, zone: ZoneInfo, today: date) -> int:
    return (today - datetime.fromisoformat(moment).astimezone(zone).date()).days


def _cell(code: str, found: LatestValue | None, zone: ZoneInfo, today: date) -> Cell:
    label, unit = short_name_of(code), unit_symbol(code)
    if found is None:
        return Cell(label, "", unit, "", "", "", False)
    previous = number_text(found.previous) if found.previous else ""
    day = short_day(found.on.astimezone(zone).date(), today)
    text = number_text(found.quantity)
    return Cell(label, text, unit, found.direction, previous, day, found.status == "preliminary")


def _badges(alerts: Sequence[Alert]) -> Iterable[Badge]:
    for acknowledged in (False, True):
        for severity in sorted(Severity, reverse=True):
            count = sum(x.severity == severity and (x.acknowledged_at is not None) is acknowledged for x in alerts)
            if count:
                yield Badge(severity.label, count, acknowledged)
