"""Pieces of sheets, as texts and shares of a drawing in the active language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ildcare.flowsheet import Told
from ildcare.queries.levels import sample_text
from ildcare.queries.records import Record
from ildcare.queries.rounds import Due, Level
from ildcare.queries.trends import Figure
from monitoring.clock import Appointment
from monitoring.queries import AlertView
from monitoring.wording import subject_text
from patients.clinical.drug_levels import LEVELLED
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason
from patients.wording import (
    code_name,
    measured_text,
    number_text,
    render,
    short_day,
    short_moment,
    short_name_of,
    translated,
)

SIGNS = {3: "▲▲", 2: "▲", 1: "○"}


def answer_box(record: Record) -> dict[str, str]:
    """Subtype and step indicated, whether it runs, and the day of therapy."""
    pathway, subtype = record.pathway, record.opinion.subtype
    step = step_text(pathway.step) if pathway.step else " / ".join(step_text(x) for x in pathway.steps_possible) + " ?"
    started = ""
    if pathway.step and pathway.step != "observation":
        started = _("recorded as started") if pathway.indicated.started else _("not recorded as started")
    day = _("no treatment of the chart recorded")
    if record.day_n is not None:
        day = _("therapy day %(n)s") % {"n": record.day_n}
    running = pathway.running
    if running is not None and running.step != pathway.step:
        day += " · " + _("%(step)s: day %(n)s") % {"step": running.step, "n": record.step_day}
    name = subtype.subtype or " / ".join(subtype.possible) + " ?"
    return {"name": f"{_('Subtype')} · {_('Step indicated')}", "big": f"{name} · {step}", "small": f"{started} · {day}"}


def step_text(step: str) -> str:
    """Steps keep their sign; observation is a word."""
    return code_name(step) if step == "observation" else step


def level_box(level: Level) -> dict[str, str]:
    """The newest level of a drug and how it is judged."""
    if level.level is None:
        return {"name": short_name_of(level.drug), "big": _("no level yet"), "small": level.target}
    name = f"{short_name_of(level.drug)} {short_day(level.level.day)}, {sample_text(level.level)}"
    return {"name": name, "big": measured_text(level.drug, level.level.quantity), "small": level.word}


def alert_lines(view: AlertView, longest: int, *, seen: bool = True) -> dict[str, str]:
    """An alert: sign of severity, title, and its reasons of at most so many letters; `seen`: with what is done."""
    alert = view.alert
    about = f" · {subject_text(alert.subject)}" if alert.subject else ""
    done = f" ✓ {alert.get_doing_display()}" if seen and alert.acknowledged_at else ""
    say = render if view.basis == "J" else with_basis  # a rule that is a judgement as a whole says so once
    reasons = cut("; ".join(say(x) for x in view.reasons), longest)
    basis = _("judgement") if view.basis == "J" else ""
    said = f"{reasons}{' [' + basis + ']' if basis else ''}{done}"
    return {"sign": SIGNS[alert.severity], "title": translated(view.title) + about, "text": said}


def with_basis(why: Reason) -> str:
    """A sentence that says so where it is a judgement of this product."""
    return f"{render(why)} [{_('judgement')}]" if why.basis == "J" else render(why)


def value_text(x: Measurement | Told) -> str:
    """A result with its moment, as reported; a gas with its oxygen."""
    if isinstance(x, Told):
        return f"“{cut(x.text, 40)}” ({short_moment(x.on)})"
    air = f" FiO2 {x.fio2:f}" if x.fio2 is not None else ""
    sample = f", {sample_text(x)}" if x.code in LEVELLED else ""
    return f"{number_text(x.quantity)}{air} ({short_moment(x.on)}{sample})"


def due_text(due: Due) -> str:
    """A test that is asked for, and when."""
    state = _("overdue") if due.late else (_("due") if due.today else _("tomorrow"))
    return f"{translated(due.owed.name.text)} – {state}"


def judgement_text(asked: Appointment, owner: str) -> str:
    """A judgement of improvement that is still to be made, its day, and who is to make it."""
    words = {"step": asked.step, "n": asked.number, "day": short_day(asked.day)}
    text = _("judge improvement on %(step)s, day %(n)s, %(day)s") % words
    return f"{text} ({owner})" if owner else text


def small_chart(figure: Figure) -> dict[str, Any]:
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


def cut(text: str, longest: int) -> str:
    """At most so many letters; that some are missing is seen."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
