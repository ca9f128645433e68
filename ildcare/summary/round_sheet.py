"""The round sheet: one patient on one page, as data for the template. What does not fit is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ildcare.flowsheet import Row
from ildcare.queries.records import Record
from ildcare.queries.rounds import Level, RoundSheet, round_sheet
from ildcare.queries.trends import Figure
from ildcare.summary.head import foot_of, identity_of, words
from ildcare.summary.render import render_pdf
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

MOST = {"alerts": 7, "results": 14, "due": 8, "tasks": 6, "why": 5, "trends": 6}
LONGEST = 150  # characters of a sentence
LONGEST_PLAN = 420
SIGNS = {3: "▲▲", 2: "▲", 1: "○"}


def round_sheet_pdf(patient: Patient, user: User, now: datetime) -> bytes:
    """The sheet of a patient as known now."""
    return render_pdf("round_sheet", round_sheet_data(patient, user, now))


def round_sheet_data(patient: Patient, user: User, now: datetime) -> dict[str, Any]:
    """All texts and coordinates of the sheet, in the active language."""
    sheet = round_sheet(patient, user, now)
    record = sheet.record
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": _("Round sheet"),
        "head": identity_of(patient),
        "foot": foot_of(user, now, record.newest, sheet.code),
        "labels": _labels(),
        "boxes": [_answer(record), *(_level(x) for x in sheet.levels)],
        "why": _some([_short(render(x)) for x in record.pathway.reasons], "why"),
        "missing": ", ".join(code_name(x) for x in record.pathway.deciding_facts),
        "alerts": _some([_alert(x) for x in record.watch.open], "alerts"),
        "results": _some([_result(x) for x in record.sheet.rows if _values(x)], "results"),
        "due": _some([_due(x) for x in sheet.due], "due"),
        "tasks": _some([f"{x.text} ({short_day(x.due)})" for x in sheet.tasks], "tasks"),
        "plan": _plan(sheet),
        "trends": [_trend(x) for x in record.figures[: MOST["trends"]]],
    }


def _labels() -> dict[str, str]:
    return words(
        number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
        why=_("Why"), missing=_("Missing facts that can still change the step"), alerts=_("Open alerts"),
        results=_("Results"), newest=_("newest"), before=_("Before"), due=_("Tests due"), tasks=_("Tasks"),
        plan=_("Plan"), notes=_("Notes"), trends=_("Trends"), none=_("none"), page=_("page"),
    )  # fmt: skip


def _some(items: Sequence[Any], kind: str) -> dict[str, Any]:
    """As many as fit, and how many are left on the screen."""
    left = len(items) - MOST[kind]
    more = ngettext("%(n)s more on the screen", "%(n)s more on the screen", left) % {"n": left} if left > 0 else ""
    return {"shown": list(items[: MOST[kind]]), "more": more}


def _short(text: str, longest: int = LONGEST) -> str:
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


def _alert(view: Any) -> dict[str, str]:
    alert = view.alert
    about = f" · {code_name(alert.subject)}" if alert.subject else ""
    seen = f" ✓ {alert.get_doing_display()}" if alert.acknowledged_at else ""
    reasons = _short("; ".join(render(x) for x in view.reasons))
    basis = _("judgement") if view.basis == "J" else ""
    said = f"{reasons}{' [' + basis + ']' if basis else ''}{seen}"
    return {"sign": SIGNS[alert.severity], "title": translated(view.title) + about, "text": said}


def _values(row: Row) -> list[Any]:
    return [value.standing for cell in row.cells for value in reversed(cell) if value.standing is not None]


def _result(row: Row) -> list[str]:
    values = _values(row)
    marked = next((x for cell in row.cells for x in reversed(cell) if x.standing is values[0]), None)
    flag = {"high": "H", "low": "L"}.get(marked.position if marked else "", "")
    name = f"{short_name_of(row.code)} {unit_symbol(row.code)}".strip()
    return [name, flag, _value(values[0]), *([_value(values[1])] if len(values) > 1 else ["–"])]


def _value(x: Any) -> str:
    air = f" FiO2 {x.fio2:f}" if x.fio2 is not None else ""
    return f"{number_text(x.quantity)}{air} ({short_moment(x.on)})"


def _due(due: Any) -> str:
    state = _("overdue") if due.late else (_("due") if due.today else _("tomorrow"))
    return f"{translated(due.owed.name.text)} – {state}"


def _plan(sheet: RoundSheet) -> str:
    if sheet.plan is None:
        return ""
    when = short_moment(sheet.plan.at)
    return _short(f"{sheet.plan.plan} ({when}, {sheet.plan.by})", LONGEST_PLAN)


def _trend(figure: Figure) -> dict[str, Any]:
    """A small chart in shares of its plot: dots and lines, the band, what the axis says."""
    chart = figure.chart

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
        "first": chart.x_ticks[0].label if chart.x_ticks else "",
        "last": chart.x_ticks[-1].label if chart.x_ticks else "",
    }
