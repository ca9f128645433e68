"""One patient on the ward list: from what was read to texts that are ready to show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ildcare.changed import AlertChange, Changes
from ildcare.queries.changes import Look
from ildcare.queries.ward_rows import Decided, Row, Series
from ildcare.ranking import OXYGENATION, Danger, Gas, falling, why_here
from ildcare.ward_cells import Cell, cells_of
from monitoring.engine import Severity
from patients.clinical.written import reason_from_json
from patients.models import CareTask, Patient, Ward
from patients.wording import code_name, render, short_day, short_moment


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
    rank: tuple[object, ...]
    ward_code: str = ""
    course: str = ""
    overridden: str = ""
    why: tuple[str, ...] = ()
    changes: Changes | None = None
    changed: tuple[str, ...] = ()
    since: str = ""
    look: Look | None = None
    seen: str = ""
    seen_today: bool = False
    tasks_open: int = 0
    tasks_late: int = 0
    next_task: str = ""
    alert_keys: frozenset[str] = frozenset()
    unread: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything read for a list. `unread`: sources that broke ("values", "results", "answers", "alerts", "tasks")."""

    zone: ZoneInfo
    now: datetime
    reader: int | None
    wards: Mapping[int, Ward]
    series: Mapping[int, Mapping[str, Series]]
    changes: Mapping[int, Changes]
    tasks: Mapping[int, Sequence[CareTask]]
    alike: Mapping[int, Sequence[str]]
    unread: frozenset[str]

    @property
    def today(self) -> date:
        """The day at the site."""
        return self.now.astimezone(self.zone).date()


def line_of(row: Row, gathered: Gathered) -> Line:
    """The line of one patient."""
    pk, today = row.patient.pk, gathered.today
    series, changes = gathered.series.get(pk, {}), gathered.changes[pk]
    alerts = changes.alerts_open
    ward = gathered.wards[row.ward_id]
    danger = danger_of(row, changes, series, gathered)
    line = Line(
        row.patient,
        ward.name_in(get_language() or "en"),
        row.bed,
        row.consultant,
        row.patient.age_on(today),
        diagnosis_text(row),
        answer_of(row, mda5=True),
        answer_of(row, mda5=False),
        row.subtype,
        row.subtypes_possible,
        row.step,
        row.steps_possible,
        row.started if row.step else None,
        _days(row.d0, gathered) if row.d0 else None,
        cells_of(series, gathered.now, gathered.zone),
        tuple(badges_of(alerts)),
        _worst(alerts),
        alerts[0].title if alerts else "",
        _reason_text(alerts[0].stored_reason, today, get_language() or "en") if alerts else "",
        sum(not x.acknowledged and x.severity > Severity.INFO for x in alerts),
        _clock(row.evaluated_at, gathered) if row.evaluated_at else "",
        not row.marked or row.needed_since is not None,
        row.failures > 0,
        tuple(gathered.alike.get(pk, ())),
        danger.key,
        ward.code,
        row.course,
        _overridden(row.decided, row.step, today, gathered),
        tuple(render(x, today=today) for x in why_here(danger)),
        changes,
        tuple(changes.sentences()),
    )
    return _with_round(line, row, gathered)


def _with_round(line: Line, row: Row, gathered: Gathered) -> Line:
    """Who saw the patient, what is still to be done, and by what the line is found."""
    tasks = gathered.tasks.get(row.patient.pk, ())
    look, today = row.look, gathered.today
    return replace(
        line,
        since=_since(look, gathered),
        look=look,
        seen=_seen(look, gathered),
        seen_today=look.seen_at is not None and look.seen_at.astimezone(gathered.zone).date() == today,
        tasks_open=len(tasks),
        tasks_late=sum(x.due < today for x in tasks),
        next_task=f"{tasks[0].text} ({short_day(tasks[0].due, today)})" if tasks else "",
        alert_keys=_alert_keys(line.changes.alerts_open if line.changes else ()),
        unread=gathered.unread,
    )


def danger_of(row: Row, changes: Changes, series: Mapping[str, Series], gathered: Gathered) -> Danger:
    """What the patient's place on the list depends on."""

    def count(severity: Severity, *, acknowledged: bool) -> int:
        return sum(x.severity == severity and x.acknowledged is acknowledged for x in changes.alerts_open)

    return Danger(
        critical=count(Severity.CRITICAL, acknowledged=False),
        course=row.course,
        fall=falling(list(_gases(series, gathered)), gathered.today),
        news=changes.results + changes.corrected + changes.cancelled,
        warnings=count(Severity.WARNING, acknowledged=False),
        critical_seen=count(Severity.CRITICAL, acknowledged=True),
        warnings_seen=count(Severity.WARNING, acknowledged=True),
        bed=row.bed,
    )


def _gases(series: Mapping[str, Series], gathered: Gathered) -> Iterable[Gas]:
    for code in OXYGENATION:
        if code in series:
            for point in reversed(series[code].points):
                yield Gas(code, point.at.astimezone(gathered.zone).date(), point.quantity, point.fio2)


# -- diagnosis, chart -------------------------------------------------------------------------------------------------


def diagnosis_text(row: Row) -> str:
    """Short, with "?" while it is provisional; "" where it is not known."""
    if row.myositis is None:
        return ""
    name = {"hypomyopathic_DM": "hypo-DM"}.get(row.myositis, row.myositis)
    return f"{name} ?" if row.provisional else name


def answer_of(row: Row, *, mda5: bool) -> str:
    """The gravest thing that results of anti-MDA5 (or of the others) say: positive before negative before pending."""
    given = {result for code, result in row.antibodies if (code == "anti_mda5") is mda5}
    return next((x for x in ("positive", "negative", "pending") if x in given), "")


def _overridden(decided: Decided | None, step: str, today: date, gathered: Gathered) -> str:
    """The step that is followed instead of the chart's, and since when; or that the chart says something else now."""
    if decided is None or decided.accepted or decided.step == step:
        return ""
    day = short_day(decided.on.astimezone(gathered.zone).date(), today)
    name = code_name(decided.step) if decided.step == "observation" else decided.step
    if decided.stands is False:
        return _("decided otherwise: %(step)s, %(day)s; the facts changed since") % {"step": name, "day": day}
    return _("decided otherwise: %(step)s, %(day)s") % {"step": name, "day": day}


def _days(moment: str, gathered: Gathered) -> int:
    return (gathered.today - datetime.fromisoformat(moment).astimezone(gathered.zone).date()).days


# -- alerts -----------------------------------------------------------------------------------------------------------


def badges_of(alerts: Sequence[AlertChange]) -> Iterable[Badge]:
    """Numbers of open alerts by severity, those that wait for somebody first."""
    for acknowledged in (False, True):
        for severity in sorted(Severity, reverse=True):
            count = sum(x.severity == severity and x.acknowledged is acknowledged for x in alerts)
            if count:
                yield Badge(severity.label, count, acknowledged)


def _worst(alerts: Sequence[AlertChange]) -> str:
    worst = max((x.severity for x in alerts if not x.acknowledged), default=None)
    return worst.label if worst else ""


def _alert_keys(alerts: Sequence[AlertChange]) -> frozenset[str]:
    return frozenset({x.rule for x in alerts} | {x.severity.label for x in alerts if not x.acknowledged})


@lru_cache(maxsize=4096)
def _reason_text(stored: str, today: date, _language: str) -> str:
    """The sentence of an alert in the active language (which is part of the key)."""
    return render(reason_from_json(json.loads(stored)), today=today) if stored else ""


# -- the round --------------------------------------------------------------------------------------------------------


def _seen(look: Look, gathered: Gathered) -> str:
    """By whom and when, in the reader's words; "" where nobody has."""
    if look.seen_at is None:
        return ""
    who = _("you") if look.seen_by_id and look.seen_by_id == gathered.reader else look.seen_by
    return f"{_clock(look.seen_at, gathered)} {who}"


def _since(look: Look, gathered: Gathered) -> str:
    """From when on something counts as changed."""
    when = {"when": _clock(look.since, gathered)}
    if look.whose == "own":
        return _("since you saw the patient, %(when)s") % when
    return _("since the team's visit, %(when)s") % when if look.whose == "team" else _("in the last 24 hours")


def _clock(moment: datetime, gathered: Gathered) -> str:
    """The day only where it is not today."""
    local = moment.astimezone(gathered.zone)
    return f"{local:%H:%M}" if local.date() == gathered.today else short_moment(moment, gathered.today)
