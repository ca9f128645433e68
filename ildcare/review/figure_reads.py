"""Reading what the figures of agreement are made of: a constant number of queries for all wards of a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from algorithm.models import Assessment
from ildcare.review.course import ANSWER, answer_of_row
from ildcare.review.delays import delays_of
from ildcare.review.figures import (
    Begun,
    Due,
    Line,
    Made,
    Read,
    Reviewed,
    Spread,
    Stay,
    Target,
    judgements_of,
    lines_of,
    targets_of,
)
from ildcare.review.triggers import alert_steps
from ildcare.review.waiting import waits
from ildcare.review.words import length_text
from monitoring.models import AlertEvent
from patients.clinical.reasons import _ as _msg
from patients.clinical.wall_clock import start_of_day
from patients.models import Admission, Decision, ReviewCase, ReviewEntry, ReviewStep, User, Ward
from patients.queries import site_zone, take_snapshots, wards_of
from patients.reviews import entries_since_opened, signed_of
from patients.wording import name_of, number_text, short_name_of, translated

PERIODS = (30, 90, 365)  # days
# what a figure is called; the unit in which its spread is written
NAMES = {
    "followed": _msg("Decisions that followed the chart"),
    "departed": _msg("Decisions that did not"),
    "departed_because": _msg("not followed: %(about)s"),
    "to_start": _msg("From the chart's answer to the start of its step"),
    "begun_before": _msg("begun before the answer was shown"),
    "not_begun": _msg("not begun yet"),
    "to_target": _msg("From the start of %(about)s to its target level"),
    "target_not_reached": _msg("%(about)s: target not reached"),
    "judged_on_time": _msg("Improvement judged on time"),
    "judged_late": _msg("judged late"),
    "not_judged": _msg("not judged"),
    "to_answer": _msg("From a critical alert to its acknowledgement"),
    "not_answered": _msg("ended without one, or waiting"),
    "chart_right": _msg("Reviewed: the chart's answer was right"),
    "chart_wrong": _msg("the chart's answer was wrong"),
    "delay_avoidable": _msg("the delay was avoidable"),
    "agreed_at_once": _msg("the first two reviewers agreed"),
}
DAYS, MINUTES = "days", "minutes"
UNITS = {"to_target": DAYS, "to_start": MINUTES, "to_answer": MINUTES}
KINDS = {"departed_because": "override_reason", "to_target": "drug", "target_not_reached": "drug"}


@dataclass(frozen=True, slots=True)
class Column:
    """The figures of a ward, or of all together (`ward` None)."""

    title: str
    ward: Ward | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The figures of a period: all wards together, then each."""

    start: datetime
    end: datetime
    columns: tuple[Column, ...]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What there is a figure of in any column: code and what it is about, in the order of the figures."""
        keys = dict.fromkeys((x.code, x.about) for column in self.columns for x in column.lines)
        codes = list(NAMES)
        return sorted(keys, key=lambda x: codes.index(x[0]))


def agreement(user: User, days: int, now: datetime) -> Agreement:
    """The figures of the reader's wards for the last days, today among them."""
    wards = wards_of(user)
    zone = site_zone()
    today = now.astimezone(zone).date()
    start, end = start_of_day(today - timedelta(days=days - 1), zone).astimezone(zone), now.astimezone(zone)
    read = read_for(wards, start, end)
    each = [(x.name_in(get_language() or "en"), x) for x in wards]
    columns = [Column(_("All wards"), None, tuple(lines_of(read, start, end)))]
    columns += [Column(name, ward, tuple(lines_of(read, start, end, ward.pk))) for name, ward in each]
    return Agreement(start=start, end=end, columns=tuple(columns))


def read_for(wards: Sequence[Ward], start: datetime, end: datetime) -> Read:
    """What happened to the patients who lay on these wards in a period. Seven queries."""
    stays = tuple(_stays(wards, start, end))
    ids = sorted({x.patient for x in stays})
    targets: list[Target] = []
    due: list[Due] = []
    for patient, snapshot in take_snapshots(ids, end, end).items():
        targets += targets_of(patient, snapshot)
        due += judgements_of(patient, snapshot)
    return Read(
        stays=stays,
        decisions=tuple(_decisions(ids, start, end)),
        begun=tuple(_begun(ids, end)),
        targets=tuple(targets),
        judgements=tuple(due),
        waits=tuple(waits(alert_steps(AlertEvent.objects.filter(patient__in=ids, at__gte=start, at__lt=end)))),
        reviewed=tuple(_reviewed(ids, start, end)),
    )


def _stays(wards: Sequence[Ward], start: datetime, end: datetime) -> Iterator[Stay]:
    within = Q(discharged_at=None) | Q(discharged_at__gt=start)
    rows = Admission.objects.filter(within, ward__in=wards, admitted_at__lt=end)
    for patient, ward, begun, ended in rows.values_list("patient", "ward", "admitted_at", "discharged_at"):
        yield Stay(patient, ward, max(start, begun), min(end, ended or end))


def _decisions(ids: Collection[int], start: datetime, end: datetime) -> Iterator[Made]:
    rows = Decision.objects.filter(patient__in=ids, on__gte=start, on__lt=end).exclude(step="").exclude(accepted=None)
    for patient, at, accepted, code in rows.standing().values_list("patient", "on", "accepted", "code"):
        yield Made(patient, at, accepted, code)


def _begun(ids: Collection[int], end: datetime) -> Iterator[Begun]:
    rows = Assessment.objects.filter(patient__in=ids, created_at__lt=end).order_by("patient_id", "id")
    for patient, of_patient in groupby(rows.values_list("patient_id", *ANSWER), key=lambda x: x[0]):
        answers = [answer_of_row(x[1:]) for x in of_patient]
        new = answers[:1] + [after for before, after in pairwise(answers) if after.content != before.content]
        yield from (Begun(patient, x) for x in delays_of(new, end))


def _reviewed(ids: Collection[int], start: datetime, end: datetime) -> Iterator[Reviewed]:
    cases = ReviewCase.objects.filter(patient__in=ids, closed_at__gte=start, closed_at__lt=end)
    for case in cases.prefetch_related("entries"):
        verdicts = signed_of(case.entries.all())
        last: ReviewEntry = [x for x in entries_since_opened(case.entries.all()) if x.kind == ReviewStep.VERDICT][-1]
        assert case.closed_at is not None
        at_once = len(verdicts) == 2  # the second signature closed it
        yield Reviewed(case.patient_id, case.closed_at, last.chart, last.delay, at_once)


# -- in words ---------------------------------------------------------------------------------------------------------


def figure_name(code: str, about: str) -> str:
    """What a figure is called."""
    if not about and code in KINDS:
        about_words = _("no coded reason")
    elif KINDS.get(code) == "drug":
        about_words = short_name_of("drug", about)
    else:
        about_words = name_of("override_reason", about) if about else ""
    return translated(NAMES[code]) % {"about": about_words}


def figure_text(line: Line | None) -> str:
    """A figure with the number that it rests on: "3 of 12", "14 h (6 h–30 h), n = 41"; "–" where there is none."""
    if line is None:
        return "–"
    if line.spread is not None:
        return _spread_text(line.code, line.spread)
    return _("%(n)s of %(all)s") % {"n": line.n, "all": line.of} if line.of is not None else str(line.n)


def _spread_text(code: str, found: Spread) -> str:
    if found.median is None or found.lower is None or found.upper is None:
        return _("n = %(n)s") % {"n": 0}
    if UNITS[code] == DAYS:
        median, lower, upper = (
            _("%(n)s d") % {"n": number_text(x, 1)} for x in (found.median, found.lower, found.upper)
        )
    else:
        median, lower, upper = (length_text(int(x)) for x in (found.median, found.lower, found.upper))
    told = {"median": median, "lower": lower, "upper": upper, "n": found.n}
    return _("%(median)s (%(lower)s–%(upper)s), n = %(n)s") % told


def table_of(found: Agreement) -> list[tuple[str, list[str]]]:
    """The figures as rows: what each is called, and its text for each column."""
    held = [{(x.code, x.about): x for x in column.lines} for column in found.columns]
    return [(figure_name(*key), [figure_text(x.get(key)) for x in held]) for key in found.rows]


def period_text(found: Agreement) -> tuple[date, date]:
    """The first and the last day of the period."""
    return timezone.localtime(found.start).date(), timezone.localtime(found.end).date()
