"""The round sheet: one patient on one page, as data for the template. What does not fit is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ildcare.paper.head import foot_of, identity_of, labels
from ildcare.paper.parts import (
    Marks,
    alert_texts,
    answer_box,
    cell_texts,
    cut,
    decision_box,
    due_text,
    flag_text,
    judgement_text,
    last_decision,
    level_box,
    small_chart,
    unjudged,
    value_text,
    waiting_text,
    watch_doubts,
    with_basis,
)
from ildcare.paper.render import last_pages_of, render_pdf
from ildcare.record.page import Record
from ildcare.record.results import Latest
from ildcare.round.sheet import RoundSheet, round_sheet
from monitoring.cards import once
from patients.clinical.reasons import Reason
from patients.models import Patient, User
from patients.queries import authors_of
from patients.result_words import short_name_of_test, unit_text
from patients.wording import listed, name_of, render, short_day, short_moment

log = structlog.get_logger(__name__)
Lengths = dict[str, int]  # how many of each kind; "words": letters of a sentence, "plan": letters of the plan
# the lengths that are tried for one page, the fullest first
TRIED: tuple[Lengths, ...] = (
    {"alerts": 12, "results": 30, "due": 12, "tasks": 10, "why": 8, "trends": 6, "words": 400, "plan": 800},
    {"alerts": 9, "results": 22, "due": 10, "tasks": 8, "why": 6, "trends": 6, "words": 320, "plan": 500},
    {"alerts": 7, "results": 14, "due": 8, "tasks": 6, "why": 5, "trends": 6, "words": 260, "plan": 420},
    {"alerts": 5, "results": 10, "due": 5, "tasks": 4, "why": 3, "trends": 3, "words": 200, "plan": 260},
    {"alerts": 3, "results": 6, "due": 3, "tasks": 2, "why": 2, "trends": 0, "words": 120, "plan": 140},
)


@dataclass(frozen=True, slots=True)
class NoSheet:
    """A patient whose sheet could not be made: a page of its own says so, and the others are printed."""

    patient: Patient


def sheet_or_none(patient: Patient, user: User | None, now: datetime) -> RoundSheet | NoSheet:
    """The sheet of one patient among others: what cannot be read there must not cost the ward its paper."""
    try:
        return round_sheet(patient, user, now)
    except Exception as error:
        log.error("sheet_failed", patient=patient.pk, error=type(error).__name__)
        return NoSheet(patient)


def round_sheet_pdf(patient: Patient, user: User, now: datetime) -> bytes:
    """The sheet of a patient as known now: with as much as stays on one page."""
    title = f"{_('Round sheet')} {patient.mrn}"
    return round_sheets_pdf([round_sheet(patient, user, now)], user, now, title)


def round_sheets_pdf(sheets: Sequence[RoundSheet | NoSheet], user: User | None, now: datetime, title: str) -> bytes:
    """One page for each of them in this order. A sheet that is too long is made shorter, patient by patient."""
    texts = [_texts(x, user, now, 0) for x in sheets]
    for k in _overlong(texts, title):
        for tried in range(1, len(TRIED)):  # if nothing is left to leave out: two pages are better than none
            texts[k] = _texts(sheets[k], user, now, tried)
            if not _overlong([texts[k]], title):
                break
    return render_pdf("round_sheet", _bundle(texts, title))


def _overlong(texts: Sequence[dict[str, Any]], title: str) -> set[int]:
    """Which of them take more than one page."""
    last_pages = last_pages_of("round_sheet", _bundle(texts, title))
    pages = [0, *(last_pages[str(k)] for k in range(len(texts)))]
    return {k for k in range(len(texts)) if pages[k + 1] - pages[k] > 1}


def _texts(sheet: RoundSheet | NoSheet, user: User | None, now: datetime, tried: int) -> dict[str, Any]:
    """All texts of one page; `tried`: which of the lengths."""
    if isinstance(sheet, RoundSheet):
        return sheet_data(sheet, user, now, TRIED[tried])
    return _no_sheet(sheet.patient, user, now)


def _bundle(texts: Sequence[dict[str, Any]], title: str) -> dict[str, Any]:
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": title,
        "labels": _labels(),
        "sheets": [{"key": str(k), **x} for k, x in enumerate(texts)],
    }


def _no_sheet(patient: Patient, user: User | None, now: datetime) -> dict[str, Any]:
    empty = {kind: _first([], 0) for kind in ("why", "alerts", "results", "due", "tasks", "trends")}
    return {
        "name": _("Round sheet"),
        "head": identity_of(patient),
        "foot": foot_of(user, now, None),
        "nothing": _("not known"),
        "boxes": [
            {
                "name": _("Attention"),
                "big": _("This sheet could not be made"),
                "small": _("Nothing below is known."),
            }
        ],
        "missing": "",
        "plan": "",
        "given": [],
        **empty,
    }


def sheet_data(sheet: RoundSheet, user: User | None, now: datetime, most: Lengths) -> dict[str, Any]:
    """All texts and coordinates of a sheet, in the active language; `most`: how many of each kind."""
    record, patient = sheet.record, sheet.record.patient

    def first(items: Sequence[Any], kind: str) -> dict[str, Any]:
        return _first(items, most[kind])

    def short(text: str) -> str:
        return cut(text, most["words"])

    levels = [level_box(x, record.marks) for x in sheet.levels[:2]]
    return {
        "name": _("Round sheet"),
        "head": identity_of(patient),
        "foot": foot_of(user, now, record.newest, sheet.code, swept=record.swept),
        "nothing": _("none"),
        "boxes": [answer_box(record), *_decision(record, most["plan"]), *levels],
        "given": cell_texts(record.bar.drugs, record.bar.prophylaxis),
        "why": first(
            [short(with_basis(render(x), x.basis)) for x in _last_among(record.pathway.reasons, most["why"])], "why"
        ),
        "missing": short(listed(name_of("missing", x) for x in record.pathway.deciding_facts)),
        "alerts": first(_alerts(record, most["words"]), "alerts"),
        "results": first([_result(x, record.marks) for x in sheet.latest], "results"),
        "due": first([*(judgement_text(*x) for x in sheet.clock), *(due_text(x) for x in sheet.due)], "due"),
        "tasks": first([f"{short(x.text)} ({short_day(x.due)})" for x in sheet.tasks], "tasks"),
        "plan": _plan(sheet, most["plan"]),
        "trends": first([small_chart(x) for x in record.figures], "trends"),
    }


def _decision(record: Record, longest: int) -> Iterator[dict[str, str]]:
    """What was decided about a step, as long as that is the chart's answer; one against the chart in any case."""
    decision = last_decision(record.snapshot)
    if decision is None or (decision.accepted and decision.step != record.pathway.step):
        return
    author = authors_of([decision]).get(decision.id, "")
    box = decision_box(decision, author, expired=bool(record.override and not record.override.standing))
    yield {**box, "small": cut(box["small"], longest)}


def _alerts(record: Record, longest: int) -> list[dict[str, str]]:
    """What waits and what makes the list doubtful first, then the open alerts, then what could not be judged."""

    watch = record.watch

    def question(text: str) -> dict[str, str]:
        return {"sign": "?", "title": cut(text, longest), "text": ""}

    doubts = [*filter(None, [waiting_text(record.patient)]), *watch_doubts(watch, record.snapshot.unreadable)]
    alerts = [alert_texts(x, longest) for x in once(watch.open)]
    return [*map(question, doubts), *alerts, *map(question, unjudged(watch))]


def _labels() -> dict[str, str]:
    return labels(
        number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
        why=_("Why"), missing=_("Missing facts that can still change the step"), alerts=_("Open alerts"),
        results=_("Results"), newest=_("newest"), before=_("Before"),
        due=_("Tests and judgements due"), tasks=_("Tasks"),
        plan=_("Plan"), notes=_("Notes"), trends=_("Trends"), page=_("page"),
    )  # fmt: skip


def _last_among(reasons: Sequence[Reason], most: int) -> list[Reason]:
    """The reasons in an order in which the last is among the first `most`: it moved the patient to this step."""
    if len(reasons) <= most:
        return list(reasons)
    return [*reasons[: most - 1], reasons[-1], *reasons[most - 1 : -1]]


def _first(items: Sequence[Any], most: int) -> dict[str, Any]:
    """As many as fit, and how many are left on the screen."""
    left = len(items) - most
    more = ngettext("%(n)s more on the screen", "%(n)s more on the screen", left) % {"n": left} if left > 0 else ""
    return {"items": list(items[:most]), "more": more}


def _result(latest: Latest, told: Marks) -> list[str]:
    name = f"{short_name_of_test(latest.code, latest.name)} {unit_text(latest.code, latest.typed)}".strip()
    before = value_text(latest.before, told) if latest.before else "–"
    return [name, flag_text(latest), value_text(latest.newest, told), before]


def _plan(sheet: RoundSheet, longest: int) -> str:
    if sheet.plan is None:
        return ""
    return f"{cut(sheet.plan.plan, longest)} ({short_moment(sheet.plan.at)}, {sheet.plan.by})"
