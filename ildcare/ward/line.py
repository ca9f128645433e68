"""One patient on the ward list: from what was read to texts that are ready to show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ildcare.ward.cells import Cell, cells_of
from ildcare.ward.changes import AlertChange, Changes
from ildcare.ward.drugs import Course, levelled, treatments_of
from ildcare.ward.glance import Glance, Read, glance_of
from ildcare.ward.rows import Decided, Row, Task
from ildcare.ward.series import Series
from monitoring.engine import Group, Severity
from monitoring.rules import group_of
from patients.clinical.antibodies import ANTI_ARS
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.mda5 import CODE as MDA5
from patients.clinical.mda5 import NEGATIVE, PENDING, POSITIVE, WEAK
from patients.clinical.snapshot import RuleChoices
from patients.clinical.written import reason_from_json
from patients.models import Patient, Ward
from patients.rounds import LastVisit
from patients.wording import name_of, render, short_day, short_moment, short_name_of


@dataclass(frozen=True, slots=True)
class Badge:
    """How many cards of open alerts of one severity are acknowledged, or not yet."""

    severity: str
    count: int
    acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One patient on the list. Texts are ready to show; `worst` is the gravest alert that nobody acknowledged.

    `alike`: whose names on the list could be taken for this one, which the list knows and a line does not.
    `off_ward`: since when the patient is not on a ward; "" of one who is. Only a search shows such patients.
    """

    patient: Patient
    off_ward: str
    ward: str
    ward_code: str
    bed: str
    consultant: str
    age: int | None
    alike: tuple[Patient, ...]

    diagnosis: str
    mda5: str
    mda5_from_titre: bool
    ars: str
    course: str
    subtype: str
    subtypes_possible: tuple[str, ...]
    step: str
    steps_possible: tuple[str, ...]
    started: bool | None
    day_of_therapy: int | None
    decided: Decided | None
    overridden: str

    cells: tuple[Cell, ...]

    badges: tuple[Badge, ...]
    worst: str
    top_alert: str
    top_reason: str
    unacknowledged: int
    passed_on: bool
    alert_keys: frozenset[str]

    evaluated: str
    waiting: bool
    failed: bool
    unread: frozenset[str]

    rank: tuple[object, ...]
    glance: Glance

    changes: Changes
    changed: tuple[str, ...]
    since: str
    last_visit: LastVisit
    seen: str
    seen_when: str
    seen_who: str
    seen_today: bool
    mine: bool

    tasks_open: int
    tasks_late: int
    next_task: str
    tasks: tuple[tuple[str, bool], ...]
    level_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything read for a list. `unread`: sources that broke ("values", "results", "answers", "alerts", "tasks",
    "drugs", "tests")."""

    zone: ZoneInfo
    choices: RuleChoices
    now: datetime
    reader: int | None
    wards: Mapping[int, Ward]
    series: Mapping[int, Mapping[str, Series]]
    changes: Mapping[int, Changes]
    tasks: Mapping[int, Sequence[Task]]
    unread: frozenset[str]
    courses: Mapping[int, Sequence[Course]]
    done: Mapping[int, Mapping[str, datetime]]

    @property
    def today(self) -> date:
        """The day at the site."""
        return self.now.astimezone(self.zone).date()


def line_of(row: Row, gathered: Gathered) -> Line:
    """The line of one patient."""
    pk, today, language = row.patient.pk, gathered.today, get_language() or "en"
    series, changes, tasks = gathered.series.get(pk, {}), gathered.changes[pk], gathered.tasks.get(pk, ())
    changes = replace(changes, decided=_decided_since(row, changes, gathered))
    alerts, visit = changes.alerts_open, row.last_visit
    ward = gathered.wards[row.ward_id] if row.ward_id is not None else None
    mda5, courses, since = mda5_state(row), gathered.courses.get(pk, ()), _since(visit, gathered)
    glance, danger = glance_of(
        row,
        Read(
            series=series,
            changes=changes,
            courses=courses,
            done=gathered.done.get(pk, {}),
            mda5=mda5,
            choices=gathered.choices,
            since=since,
            unread=gathered.unread,
            zone=gathered.zone,
            now=gathered.now,
        ),
    )
    seen_when, seen_who = _seen(visit, gathered)
    level = levelled(series, treatments_of(courses, today, gathered.zone), today)
    return Line(
        patient=row.patient,
        off_ward="" if ward else _off_ward(row, gathered),
        ward=ward.name_in(language) if ward else "",
        ward_code=ward.code if ward else "",
        bed=row.bed,
        consultant=row.consultant,
        age=row.patient.age_on(today),
        alike=(),
        diagnosis=diagnosis_text(row),
        mda5=mda5,
        mda5_from_titre=bool(row.antibodies_read and row.antibodies_read["from_titre"]),
        ars=ars_state(row),
        course=row.course,
        subtype=row.subtype,
        subtypes_possible=row.subtypes_possible,
        step=row.step,
        steps_possible=row.steps_possible,
        started=row.started if row.step else None,
        day_of_therapy=_days(row.d0, gathered) if row.d0 else None,
        decided=row.decided,
        overridden=_overridden(row.decided, today, gathered),
        cells=cells_of(series, gathered.now, gathered.zone, level),
        badges=tuple(badges_of(alerts)),
        worst=_worst(alerts),
        top_alert=alerts[0].title if alerts else "",
        top_reason=_reason_text(alerts[0].stored_reason, today) if alerts else "",
        unacknowledged=sum(not known and severity > Severity.INFO for severity, known in card_states(alerts)),
        passed_on=any(x.passed_on for x in alerts),
        alert_keys=frozenset({x.rule for x in alerts} | {x.severity.label for x in alerts if not x.acknowledged}),
        evaluated=_clock(row.evaluated_at, gathered) if row.evaluated_at else "",
        waiting=not row.marked or row.needed_since is not None,
        failed=row.failures > 0,
        unread=gathered.unread,
        rank=danger.key,
        glance=glance,
        changes=changes,
        changed=tuple(changes.sentences()),
        since=since,
        last_visit=visit,
        seen=f"{seen_when} {seen_who}".strip(),
        seen_when=seen_when,
        seen_who=seen_who,
        seen_today=visit.seen_at is not None and visit.seen_at.astimezone(gathered.zone).date() == today,
        mine=row.mine,
        tasks_open=len(tasks),
        tasks_late=sum(x.due < today for x in tasks),
        next_task=f"{tasks[0].text} ({short_day(tasks[0].due, today)})" if tasks else "",
        tasks=tuple((f"{x.text} ({short_day(x.due, today)})", x.due < today) for x in tasks),
        level_due=any(x in levelled_drugs() for x in changes.overdue),
    )


def _off_ward(row: Row, gathered: Gathered) -> str:
    if row.left_at is None:
        return _("not on a ward so far")
    return _("not on a ward since %(day)s") % {
        "day": short_day(row.left_at.astimezone(gathered.zone).date(), gathered.today)
    }


def _decided_since(row: Row, changes: Changes, gathered: Gathered) -> bool:
    """Did somebody else than the reader decide about the step since?"""
    decided = row.decided
    if decided is None or decided.at is None:
        return False
    return decided.at > changes.since and (decided.by is None or decided.by != gathered.reader)


# -- diagnosis, chart -------------------------------------------------------------------------------------------------


def diagnosis_text(row: Row) -> str:
    """Short, with "?" while it is provisional; "" where it is not known."""
    if row.myositis is None:
        return ""
    name = {"hypomyopathic_DM": "hypo-DM"}.get(row.myositis, row.myositis)
    return f"{name} ?" if row.provisional else name


def mda5_state(row: Row) -> str:
    """Where anti-MDA5 stands by results and titres together, as the last evaluation read them (`clinical.mda5`).

    Before the first evaluation what a result in words says; "" where none does: a titre may be there.
    """
    if row.antibodies_read is not None:
        return str(row.antibodies_read["mda5"])
    told = {"positive": POSITIVE, "negative": NEGATIVE, "weak_positive": WEAK, "indeterminate": WEAK}
    results = {told.get(result, PENDING) for code, result in row.antibodies if code == MDA5}
    return next((x for x in (POSITIVE, WEAK, NEGATIVE, PENDING) if x in results), "")


def ars_state(row: Row) -> str:
    """positive or negative, as the last evaluation read it; "" while it is not known, or not all of it.

    Before the first evaluation: positive where any result says so, negative where the pooled one does.
    """
    if row.antibodies_read is not None:
        return {"yes": "positive", "no": "negative"}.get(row.antibodies_read["ars"], "")
    if any(code in ("anti_ars", *ANTI_ARS) and result == "positive" for code, result in row.antibodies):
        return "positive"
    return "negative" if ("anti_ars", "negative") in row.antibodies else ""


def _overridden(decided: Decided | None, today: date, gathered: Gathered) -> str:
    """The step of the chart that is not followed, why and since when; or that the chart says something else now."""
    if decided is None or decided.accepted:
        return ""
    words = {
        "step": short_name_of("step", decided.step),
        "why": name_of("override_reason", decided.code) if decided.code else _("reason not stated"),
        "day": short_day(decided.on.astimezone(gathered.zone).date(), today),
    }
    if decided.stands is False:
        return _("%(step)s not followed: %(why)s, %(day)s; the facts changed since") % words
    return _("%(step)s not followed: %(why)s, %(day)s") % words


def _days(moment: str, gathered: Gathered) -> int:
    return (gathered.today - datetime.fromisoformat(moment).astimezone(gathered.zone).date()).days


# -- alerts -----------------------------------------------------------------------------------------------------------


def badges_of(alerts: Sequence[AlertChange]) -> Iterable[Badge]:
    """Numbers of cards by severity, those that wait for somebody first."""
    states = card_states(alerts)
    for acknowledged in (False, True):
        for severity in sorted(Severity, reverse=True):
            if count := states.count((severity, acknowledged)):
                yield Badge(severity.label, count, acknowledged)


def card_states(alerts: Iterable[AlertChange]) -> list[tuple[Severity, bool]]:
    """Of each card the severity of what waits, or of all where nothing does, and whether all is acknowledged."""
    held: dict[Group, list[AlertChange]] = {}
    for alert in alerts:
        held.setdefault(group_of(alert.rule), []).append(alert)
    waiting = {group: [x for x in of_group if not x.acknowledged] for group, of_group in held.items()}
    return [(max(x.severity for x in waiting[group] or held[group]), not waiting[group]) for group in held]


def _worst(alerts: Sequence[AlertChange]) -> str:
    worst = max((x.severity for x in alerts if not x.acknowledged), default=None)
    return worst.label if worst else ""


def _reason_text(stored: str, today: date) -> str:
    """The sentence of an alert in the active language."""
    return render(reason_from_json(json.loads(stored)), today=today) if stored else ""


# -- the round --------------------------------------------------------------------------------------------------------


def _seen(last_visit: LastVisit, gathered: Gathered) -> tuple[str, str]:
    """When (the clock of today, else the day) and by whom, in the reader's words; nothing where nobody has."""
    if last_visit.seen_at is None:
        return "", ""
    local = last_visit.seen_at.astimezone(gathered.zone)
    when = f"{local:%H:%M}" if local.date() == gathered.today else short_day(local.date(), gathered.today)
    who = _("you") if last_visit.seen_by_id and last_visit.seen_by_id == gathered.reader else last_visit.seen_by
    return when, who


def _since(last_visit: LastVisit, gathered: Gathered) -> str:
    """From when on something counts as changed."""
    when = {"when": _clock(last_visit.since, gathered)}
    if last_visit.whose == "own":
        return _("since you saw the patient, %(when)s") % when
    return _("since the team's visit, %(when)s") % when if last_visit.whose == "team" else _("in the last 24 hours")


def _clock(moment: datetime, gathered: Gathered) -> str:
    """The day only where it is not today."""
    local = moment.astimezone(gathered.zone)
    return f"{local:%H:%M}" if local.date() == gathered.today else short_moment(moment, gathered.today)
