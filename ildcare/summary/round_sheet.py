"""The round sheet: one patient on one page, as data for the template. What does not fit is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ildcare.flowsheet import Told
from ildcare.queries.records import Record
from ildcare.queries.results import Latest
from ildcare.queries.rounds import Level, RoundSheet, round_sheet
from ildcare.queries.trends import Figure
from ildcare.summary.head import foot_of, identity_of, words
from ildcare.summary.render import ends, page_count, render_pdf
from patients.clinical.facts import Measurement
from patients.models import Patient, User
from patients.wording import (
    code_name,
    measured_text,
    number_text,
    render,
    short_day,
    short_moment,
    short_name_of,
    translated,
    unit_symbol,
)

Most = dict[str, int]
# how much of each kind is tried on one page, the most first
TRIED: tuple[Most, ...] = (
    {"alerts": 12, "results": 30, "due": 12, "tasks": 10, "why": 8, "trends": 6, "words": 200, "plan": 800},
    {"alerts": 9, "results": 22, "due": 10, "tasks": 8, "why": 6, "trends": 6, "words": 160, "plan": 500},
    {"alerts": 7, "results": 14, "due": 8, "tasks": 6, "why": 5, "trends": 6, "words": 150, "plan": 420},
    {"alerts": 5, "results": 10, "due": 5, "tasks": 4, "why": 3, "trends": 3, "words": 110, "plan": 260},
    {"alerts": 3, "results": 6, "due": 3, "tasks": 2, "why": 2, "trends": 0, "words": 70, "plan": 140},
)
SIGNS = {3: "▲▲", 2: "▲", 1: "○"}


@dataclass(frozen=True, slots=True)
class NoSheet:
    """A patient whose sheet could not be made: a page of its own says so, and the others are printed."""

    patient: Patient


def round_sheet_pdf(patient: Patient, user: User, now: datetime) -> bytes:
    """The sheet of a patient as known now: with as much as stays on one page."""
    title = f"{_('Round sheet')} {patient.mrn}"
    return round_sheets_pdf([round_sheet(patient, user, now)], user, now, title)


def round_sheets_pdf(sheets: Sequence[RoundSheet | NoSheet], user: User | None, now: datetime, title: str) -> bytes:
    """One page for each of them in this order. What is too long is told shorter, patient by patient."""
    tries = [0] * len(sheets)
    while True:
        data = bundle_data(sheets, user, now, title, tries)
        pdf = render_pdf("round_sheet", data)
        if page_count(pdf) == len(sheets):
            return pdf
        long = _overlong(ends("round_sheet", data), len(sheets))
        shorter = [min(n + (k in long), len(TRIED) - 1) for k, n in enumerate(tries)]
        if shorter == tries:
            return pdf  # nothing left to leave out: two pages are better than none
        tries = shorter


def _overlong(last_pages: dict[str, int], count: int) -> set[int]:
    """Which of them take more than one page."""
    pages = [0, *(last_pages[str(k)] for k in range(count))]
    return {k for k in range(count) if pages[k + 1] - pages[k] > 1}


def bundle_data(
    sheets: Sequence[RoundSheet | NoSheet], user: User | None, now: datetime, title: str, tries: Sequence[int]
) -> dict[str, Any]:
    """Sheets of several patients; `tries`: which of the lengths is tried for each."""
    texts = [
        sheet_data(x, user, now, TRIED[n]) if isinstance(x, RoundSheet) else _no_sheet(x.patient, user, now)
        for x, n in zip(sheets, tries, strict=True)
    ]
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": title,
        "labels": _labels(),
        "sheets": [{"key": str(k), **x} for k, x in enumerate(texts)],
    }


def _no_sheet(patient: Patient, user: User | None, now: datetime) -> dict[str, Any]:
    empty = {kind: _some([], 0) for kind in ("why", "alerts", "results", "due", "tasks", "trends")}
    box = {"name": _("Attention"), "big": _("This sheet could not be made"), "small": _("Nothing below is known.")}
    head, foot = identity_of(patient), foot_of(user, now, None)
    return {"name": _("Round sheet"), "head": head, "foot": foot, "boxes": [box], "missing": "", "plan": "", **empty}


def round_sheet_data(patient: Patient, user: User, now: datetime) -> dict[str, Any]:
    """The fullest sheet of a patient, as data."""
    return sheet_data(round_sheet(patient, user, now), user, now, TRIED[0])


def sheet_data(sheet: RoundSheet, user: User | None, now: datetime, most: Most) -> dict[str, Any]:
    """All texts and coordinates of a sheet, in the active language; `most`: how many of each kind."""
    record, patient = sheet.record, sheet.record.patient

    def some(items: Sequence[Any], kind: str) -> dict[str, Any]:
        return _some(items, most[kind])

    def short(text: str) -> str:
        return _short(text, most["words"])

    return {
        "name": _("Round sheet"),
        "head": identity_of(patient),
        "foot": foot_of(user, now, record.newest, sheet.code, swept=record.swept),
        "boxes": [_answer(record), *(_level(x) for x in sheet.levels[:2])],
        "why": some([short(render(x)) for x in record.pathway.reasons], "why"),
        "missing": short(", ".join(code_name(x) for x in record.pathway.deciding_facts)),
        "alerts": some([_alert(x, most["words"]) for x in record.watch.open], "alerts"),
        "results": some([_result(x) for x in sheet.latest], "results"),
        "due": some([_due(x) for x in sheet.due], "due"),
        "tasks": some([f"{short(x.text)} ({short_day(x.due)})" for x in sheet.tasks], "tasks"),
        "plan": _plan(sheet, most["plan"]),
        "trends": some([_trend(x) for x in record.figures], "trends"),
    }


def _labels() -> dict[str, str]:
    return words(
        number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
        why=_("Why"), missing=_("Missing facts that can still change the step"), alerts=_("Open alerts"),
        results=_("Results"), newest=_("newest"), before=_("Before"), due=_("Tests due"), tasks=_("Tasks"),
        plan=_("Plan"), notes=_("Notes"), trends=_("Trends"), none=_("none"), page=_("page"),
    )  # fmt: skip


def _some(items: Sequence[Any], most: int) -> dict[str, Any]:
    """As many as fit, and how many are left on the screen."""
    left = len(items) - most
    more = ngettext("%(n)s more on the screen", "%(n)s more on the screen", left) % {"n": left} if left > 0 else ""
    return {"shown": list(items[:most]), "more": more}


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _answer(record: Record) -> dict[str, str]:
    pathway, subtype = record.pathway, record.opinion.subtype
    step = _step(pathway.step) if pathway.step else " / ".join(_step(x) for x in pathway.steps_possible) + " ?"
    started = ""
    if pathway.step and pathway.step != "observation":
        started = _("recorded as started") if pathway.indicated.started else _("not recorded as started")
    day = _("day %(n)s") % {"n": record.day_n} if record.day_n is not None else _("no treatment of the chart recorded")
    name = subtype.subtype or " / ".join(subtype.possible) + " ?"
    return {"name": f"{_('Subtype')} · {_('Step indicated')}", "big": f"{name} · {step}", "small": f"{started} · {day}"}


def _step(step: str) -> str:
    return code_name(step) if step == "observation" else step


def _level(level: Level) -> dict[str, str]:
    if level.level is None:
        return {"name": short_name_of(level.drug), "big": _("no level yet"), "small": level.target}
    name = f"{short_name_of(level.drug)} {short_day(level.level.day)}"
    return {"name": name, "big": measured_text(level.drug, level.level.quantity), "small": level.word}


def _alert(view: Any, longest: int) -> dict[str, str]:
    alert = view.alert
    about = f" · {code_name(alert.subject)}" if alert.subject else ""
    seen = f" ✓ {alert.get_doing_display()}" if alert.acknowledged_at else ""
    reasons = _short("; ".join(render(x) for x in view.reasons), longest)
    basis = _("judgement") if view.basis == "J" else ""
    said = f"{reasons}{' [' + basis + ']' if basis else ''}{seen}"
    return {"sign": SIGNS[alert.severity], "title": translated(view.title) + about, "text": said}


def _result(latest: Latest) -> list[str]:
    flag = {"high": "H", "low": "L"}.get(latest.position, "")
    name = f"{short_name_of(latest.code)} {unit_symbol(latest.code)}".strip()
    before = _value(latest.before) if latest.before else "–"
    return [name, f"▲{flag}" if latest.beyond else flag, _value(latest.newest), before]


def _value(x: Measurement | Told) -> str:
    if isinstance(x, Told):
        return f"“{_short(x.text, 40)}” ({short_moment(x.on)})"
    air = f" FiO2 {x.fio2:f}" if x.fio2 is not None else ""
    return f"{number_text(x.quantity)}{air} ({short_moment(x.on)})"


def _due(due: Any) -> str:
    state = _("overdue") if due.late else (_("due") if due.today else _("tomorrow"))
    return f"{translated(due.owed.name.text)} – {state}"


def _plan(sheet: RoundSheet, longest: int) -> str:
    if sheet.plan is None:
        return ""
    return f"{_short(sheet.plan.plan, longest)} ({short_moment(sheet.plan.at)}, {sheet.plan.by})"


def _trend(figure: Figure) -> dict[str, Any]:
    """A small chart in shares of its plot: dots and lines, the band, what the axis says."""
    chart = figure.chart
    ticks = sorted(chart.x_ticks, key=lambda x: x.at)

    def at(x: float, y: float) -> list[float]:
        return [round((x - chart.left) / chart.plot_width, 4), round((y - chart.top) / chart.plot_height, 4)]

    lines = [[at(*(float(n) for n in pair.split(","))) for pair in line.split()] for line in chart.lines]
    band = [(chart.band[0] - chart.top) / chart.plot_height, chart.band[1] / chart.plot_height] if chart.band else []
    limits = [[(x.at - chart.top) / chart.plot_height, x.label] for x in chart.limits]
    return {
        "name": f"{figure.name} {figure.unit}",
        "newest": figure.summary,
        "lines": lines,
        "dots": [[*at(float(x.x), float(x.y)), x.beyond] for x in chart.dots],
        "band": band,
        "limits": limits,
        "high": chart.y_ticks[-1].label if chart.y_ticks else "",
        "low": chart.y_ticks[0].label if chart.y_ticks else "",
        "first": ticks[0].label if ticks else "",
        "last": ticks[-1].label if len(ticks) > 1 else "",
    }
