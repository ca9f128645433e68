"""Figures of agreement: a page, a table, a workbook; and the cases as a file. No patient is named in any of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ildcare.review.figure_reads import PERIODS, UNITS, Agreement, agreement, figure_name, period_text, table_of
from ildcare.review.reader import Reader
from ildcare.review.words import reason_of
from patients.access import permission
from patients.audit import note_read
from patients.imports.table_text import guarded
from patients.models import ReviewCase, ReviewStep
from patients.requests import AuthenticatedHttpRequest
from patients.reviews import cases_of, entries_since_opened, signed_of
from patients.sign_off import SignOff, sign_off
from patients.workbooks import workbook_of

RIGHT = "review_cases"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
HEADS = (
    "ward",
    "from",
    "to",
    "figure",
    "code",
    "about",
    "n",
    "of",
    "median",
    "lower_quartile",
    "upper_quartile",
    "unit",
)


CASE_HEADS = (
    *("pseudonym", "reason", "in_words", "day", "state", "signatures"),
    *("chart", "delay", "lesson", "audience"),
)


@require_safe
@permission(RIGHT)
def review_figures(request: AuthenticatedHttpRequest) -> HttpResponse:
    """How often the chart was followed and how long things took, by ward, for a period."""
    days = days_of(request)
    found = agreement(request.user, days, timezone.now())
    first, last = period_text(found)
    context = {
        "page": "review_figures",
        "columns": [x.title for x in found.columns],
        "rows": table_of(found),
        "days": days,
        "periods": PERIODS,
        "first": first,
        "last": last,
    }
    return render(request, "ildcare/review/review_figures.html", context)


@require_safe
@permission(RIGHT)
def review_figures_file(request: AuthenticatedHttpRequest, kind: str) -> HttpResponse:
    """The same as a table (CSV) or a workbook (XLSX)."""
    if kind not in TYPES:
        raise Http404
    days = days_of(request)
    found = agreement(request.user, days, timezone.now())
    note_read(None, f"figures of agreement: {kind}", by=request.user)
    rows = list(_rows(found))
    body = workbook_of(_("Figures of agreement"), (HEADS, *rows)) if kind == "xlsx" else _csv(rows, HEADS)
    return _file(body, kind, f"review-figures-{days}d", found.end)


def _file(body: bytes, kind: str, name: str, now: datetime) -> HttpResponse:
    answer = HttpResponse(body, content_type=TYPES[kind])
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.{kind}"'
    return answer


@require_safe
@permission(RIGHT)
def review_list_file(request: AuthenticatedHttpRequest, kind: str) -> HttpResponse:
    """The cases of the reader's wards as a table (CSV) or a workbook (XLSX): pseudonyms, counted days, codes, no words
    of anybody."""
    if kind not in TYPES:
        raise Http404
    now = timezone.now()
    cases = list(
        cases_of(request.user).order_by("arose_at", "id").select_related("patient").prefetch_related("entries")
    )
    for patient in {x.patient_id for x in cases}:
        note_read(patient, f"cases to review: {kind}", by=request.user)
    rows = list(_case_rows(cases, Reader(request.user, [x.patient_id for x in cases], leaving=True)))
    body = workbook_of(_("Cases to review"), (CASE_HEADS, *rows)) if kind == "xlsx" else _csv(rows, CASE_HEADS)
    return _file(body, kind, "review-cases", now)


def _case_rows(cases: Sequence[ReviewCase], reader: Reader) -> Iterator[list[Any]]:
    for case in cases:
        entries = list(case.entries.all())
        state = SignOff.AGREED if case.closed_at else sign_off(signed_of(entries))
        arose = reader.day(case.patient_id, timezone.localtime(case.arose_at).date())
        about = [reader.name(case.patient), case.trigger, reason_of(case), arose, state.value]
        verdicts = [x for x in entries_since_opened(entries) if x.kind == ReviewStep.VERDICT]
        last = verdicts[-1] if verdicts else None
        said = [last.chart, last.delay, last.lesson, last.audience] if last else [""] * 4
        yield [*about, len({x.by_id for x in verdicts}), *said]


def days_of(request: AuthenticatedHttpRequest) -> int:
    """The period of the address; the middle one where it names none that is offered."""
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else PERIODS[1]


def _rows(found: Agreement) -> Iterator[list[Any]]:
    first, last = period_text(found)
    for column in found.columns:
        for x in column.lines:
            about = [column.title, first, last, figure_name(x.code, x.about), x.code, x.about]
            if x.spread is None:
                yield [*about, x.n, x.of, None, None, None, None]
            else:
                spread = [x.spread.median, x.spread.lower, x.spread.upper]
                yield [*about, x.spread.n, None, *spread, UNITS[x.code]]


def _csv(rows: list[list[Any]], heads: Sequence[str]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(heads)
    writer.writerows([_text(x) for x in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else guarded(str(value))
