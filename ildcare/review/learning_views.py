"""What a month teaches, on one page to be printed: numbers only, no patient is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from algorithm.models import Assessment
from algorithm.overrides import WITHIN_THE_MINUTE
from algorithm.queries import chart_in_use
from ildcare.review.alert_load import load_of
from ildcare.review.course import ANSWER, answer_of_row
from ildcare.review.delays import Answer
from ildcare.review.learning import Departure, HeldUp, Node, held_by, held_up, nodes_of
from monitoring.fatigue import RuleLine
from patients.access import permission
from patients.clinical.wall_clock import start_of_day
from patients.models import Admission, Audience, Decision, Lesson, ReviewEntry, ReviewStep, Ward
from patients.queries import site_zone, wards_of
from patients.requests import AuthenticatedHttpRequest
from patients.wording import month_text, translated

RIGHT = "review_cases"
MOST = 8  # lines of a table


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of the site."""

    first: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return start_of_day(self.first, self.zone)

    @property
    def following(self) -> date:
        """The first day of the next one."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def end(self) -> datetime:
        """The first moment that is no part of it."""
        return start_of_day(self.following, self.zone)

    @property
    def before(self) -> date:
        """The first day of the one before."""
        return (self.first - timedelta(days=1)).replace(day=1)


@require_safe
@permission(RIGHT)
def review_learning(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Where the chart was not followed and why, which alerts were answered by doing nothing, which tests held up steps,
    and what reviewers found that cases teach."""
    now = timezone.now()
    month = month_of(request.GET.get("month", ""), now)
    wards = wards_of(request.user)
    ids = _there(wards, month)
    end = min(month.end, now)
    context = {
        "page": "review_learning",
        "month": month,
        "title": month_text(month.first),
        "title_before": month_text(month.before),
        "title_following": month_text(month.following),
        "is_over": month.end <= now,
        "nodes": [(_question(x.node), x) for x in _nodes(ids, month)[:MOST]],
        "rules": _without_action(wards, month.start, end),
        "tests": _tests(ids, month, end)[:MOST],
        "lessons": _lessons(ids, month)[:MOST],
    }
    return render(request, "ildcare/review/review_learning.html", context)


def month_of(text: str, now: datetime) -> Month:
    """The month of an address ("2026-11"); the one before this one where it names none, or one that lies ahead."""
    zone = site_zone()
    this = now.astimezone(zone).date().replace(day=1)
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else None
    except ValueError:
        first = None
    if first is None or first > this or first.year < 1900:
        return Month(Month(this, zone).before, zone)
    return Month(first, zone)


def _there(wards: Collection[Ward], month: Month) -> list[int]:
    """Who lay on these wards in the month."""
    rows = Admission.objects.filter(ward__in=wards, admitted_at__lt=month.end)
    stayed = rows.exclude(discharged_at__lte=month.start)
    return sorted(set(stayed.values_list("patient", flat=True)))


def _nodes(ids: Collection[int], month: Month) -> list[Node]:
    decisions = Decision.objects.filter(patient__in=ids, accepted=False, on__gte=month.start, on__lt=month.end)
    made = list(decisions.exclude(step="").standing().values_list("patient", "on", "shown", "recorded_at", "code"))
    rows = Assessment.objects.filter(patient__in={x[0] for x in made}, known_at__lt=month.end).order_by("-id")
    stored: dict[int, list[_Stored]] = {}
    for patient, known, created, path in rows.values_list("patient", "known_at", "created_at", "output__path"):
        stored.setdefault(patient, []).append(_Stored(known, created, tuple(path or ())))
    return nodes_of(
        Departure(_last_question(stored.get(patient, ()), shown or on + WITHIN_THE_MINUTE, recorded), code)
        for patient, on, shown, recorded, code in made
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored evaluation: what it knew, when it was stored, its way through the chart."""

    known: datetime
    created: datetime
    path: tuple[str, ...]


def _last_question(stored: Collection[_Stored], shown: datetime, recorded: datetime) -> str:
    """The last question on the way to the answer that a decision was about: the newest evaluation that knew what was
    shown, else the one that stood when the decision was recorded; "" where none was stored."""
    paths = [x.path for x in stored if x.known <= shown] or [x.path for x in stored if x.created <= recorded]
    return next((x for x in reversed(paths[0]) if x in _questions()), "") if paths else ""


def _questions() -> dict[str, str]:
    """The questions of the chart in use, which its versions call alike."""
    return {x.id: x.title for x in chart_in_use().nodes if x.id.startswith("N")}


def _question(node: str) -> str:
    """The question of a node in words."""
    title = _questions().get(node, "")
    return f"{node}: {translated(title)}" if title else node


def _without_action(wards: Collection[Ward], start: datetime, end: datetime) -> list[RuleLine]:
    lines = [x for x in load_of(list(wards), start, end).rules if x.without_action]
    return sorted(lines, key=lambda x: (-x.without_action, x.rule))[:MOST]


def _tests(ids: Collection[int], month: Month, end: datetime) -> list[HeldUp]:
    stretches = [x for answers in _answers(ids, end) for x in held_by(answers)]
    return held_up(x for x in stretches if month.start <= x.until < month.end)


def _answers(ids: Collection[int], end: datetime) -> Iterator[list[Answer]]:
    rows = Assessment.objects.filter(patient__in=ids, created_at__lt=end).order_by("patient_id", "id")
    for _patient, of_patient in groupby(rows.values_list("patient_id", *ANSWER), key=lambda x: x[0]):
        yield [answer_of_row(x[1:]) for x in of_patient]


def _lessons(ids: Collection[int], month: Month) -> list[tuple[str, str, int]]:
    """What the last verdict of each case that was closed in the month teaches, for whom, and how often."""
    entries = ReviewEntry.objects.filter(
        kind=ReviewStep.VERDICT,
        case__patient__in=ids,
        case__closed_at__gte=month.start,
        case__closed_at__lt=month.end,
    )
    last = entries.order_by("case_id", "-id").distinct("case_id").values_list("lesson", "audience")
    counted = Counter(last)
    ordered = sorted(counted.items(), key=lambda x: (-x[1], x[0]))
    return [(str(Lesson(lesson).label), str(Audience(audience).label), n) for (lesson, audience), n in ordered]
