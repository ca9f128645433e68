"""Pieces that several sheets share: boxes, alerts, results and small charts, as texts in the active language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ildcare.drawing.axes import Tick
from ildcare.record.flow_sheet import TextResult
from ildcare.record.page import Record
from ildcare.record.results import Latest
from ildcare.record.state_bar import CRITICAL, OPEN, WARNING, Said
from ildcare.round.sheet import Due
from ildcare.trends.figures import Figure
from ildcare.trends.levels import Level
from monitoring.cards import attention_texts
from monitoring.clock import Appointment
from monitoring.engine import Severity
from monitoring.queries import AlertView, Watch
from monitoring.wording import rule_title, subject_text
from patients import wording
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Decision, Measurement, Unreadable
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.dose_words import sample_text
from patients.fact_words import unreadable_lines
from patients.models import Patient
from patients.queries import waiting_results
from patients.result_words import oxygen_of, short_name_of_waiting, without_value_text
from patients.wording import (
    day_text,
    listed,
    listed_apart,
    measured_text,
    name_of,
    render,
    short_day,
    short_moment,
    short_name_of,
    translated,
)

Marks = Mapping[str, Sequence[Reason]]  # by fact

SIGNS = {Severity.CRITICAL: "▲▲", Severity.WARNING: "▲", Severity.INFO: "○"}


def answer_box(record: Record) -> dict[str, str]:
    """Subtype and step indicated, whether it runs, and the day of therapy."""
    pathway, subtype = record.pathway, record.opinion.subtype
    step = (
        short_name_of("step", pathway.step)
        if pathway.step
        else " / ".join(short_name_of("step", x) for x in pathway.steps_possible) + " ?"
    )
    started = ""
    if record.by_choice:
        step = record.by_choice
    elif pathway.step and pathway.step != "observation":
        started = _("recorded as started") if pathway.indicated.started else _("not recorded as started")
    day = _("no treatment of the chart recorded")
    if record.day_n is not None:
        day = _("therapy day %(n)s") % {"n": record.day_n}
    running = pathway.running
    if running is not None and running.step != pathway.step:
        day += " · " + _("%(step)s: day %(n)s") % {"step": running.step, "n": record.step_day}
    name = subtype.subtype or " / ".join(subtype.possible) + " ?"
    head = _("Step") if record.by_choice else _("Step indicated")
    return {"name": f"{_('Subtype')} · {head}", "big": f"{name} · {step}", "small": f"{started} · {day}".lstrip(" ·")}


def level_box(level: Level, marks: Marks) -> dict[str, str]:
    """The newest level of a drug, how it is judged, and what is in doubt about it."""
    if level.level is None:
        return {"name": short_name_of("drug", level.drug), "big": _("no level yet"), "small": level.target}
    name = f"{short_name_of('drug', level.drug)} {short_day(level.level.day)}, {sample_text(level.level)}"
    about = [level.word, *marked_texts(level.level.id, marks)]
    return {"name": name, "big": measured_text(level.drug, level.level.quantity), "small": listed_apart(about)}


def marked_texts(fact: str, marks: Marks) -> list[str]:
    """What is to stand beside a value, in sentences."""
    return [render(x) for x in marks.get(fact, ())]


def alert_texts(view: AlertView, longest: int, *, seen: bool = True) -> dict[str, str]:
    """Sign of severity, title, and reasons of at most `longest` letters; `seen`: with what an acknowledger does."""
    alert = view.alert
    about = f" · {subject_text(alert.rule, alert.subject)}" if alert.subject else ""
    done = f" ✓ {alert.get_doing_display()}" if seen and alert.acknowledged_at else ""
    tags = [_("possible")] if alert.possible else []
    tags += [_("result corrected since")] if view.corrected else []
    done = "".join(f" – {x}" for x in (*tags, *attention_texts(view))) + done
    whole = view.basis == "J"  # a rule that is a judgement as a whole says so once
    reasons = cut(listed_apart(with_basis(render(x), "" if whole else x.basis) for x in view.reasons), longest)
    text = with_basis(reasons, view.basis) + done
    return {"sign": SIGNS[Severity(alert.severity)], "title": translated(view.title) + about, "text": text}


def watch_doubts(watch: Watch, unreadable: Iterable[Unreadable]) -> list[str]:
    """Why "no alert" might not mean that there is nothing: on paper as on the page."""
    doubts = [f"{x.kind}: {x.text}." for x in unreadable_lines(unreadable)]
    doubts += [] if watch.evaluated_at else [_("Not evaluated yet: this does not mean that there is nothing.")]
    if watch.failed:
        doubts.append(
            _(
                "The last evaluation of this patient failed. What is shown may be out of date; it is tried again by"
                " itself."
            )
        )
    if watch.waiting and watch.evaluated_at:
        doubts.append(_("newer data is being evaluated"))
    if watch.failed_rules:
        doubts.append(f"{_('Rules that could not be judged:')} {listed_apart(map(rule_title, watch.failed_rules))}")
    return doubts


def waiting_text(patient: Patient) -> str:
    """How many results machines sent that the record does not have yet, and of which tests; "" for none. No value that
    is not on the record goes to paper."""
    waiting = waiting_results(patient)
    if not waiting:
        return ""
    names = Counter(short_name_of_waiting(x) for x in waiting)
    tests = listed(f"{name} ({n})" if n > 1 else name for name, n in names.items())
    text = ngettext(
        "%(n)s result was sent and waits for a person: %(tests)s",
        "%(n)s results were sent and wait for a person: %(tests)s",
        len(waiting),
    )
    return text % {"n": len(waiting), "tests": tests}


def unjudged(watch: Watch) -> list[str]:
    """What the rules could not judge for want of a fact."""
    return [f"{_('Could not be judged')}: {render(x)}" for x in watch.remarks]


def decision_box(decision: Decision, author: str, *, expired: bool) -> dict[str, str]:
    """The last decision about a step: which, whether it is followed, who decided and when, and the whole reason."""
    about = listed(x for x in (short_moment(decision.on), author, _("expired") if expired else "") if x)
    return {"name": f"{_('Decision')} {about}", "big": verdict_text(decision), "small": decision_reason(decision)}


def verdict_text(decision: Decision) -> str:
    """ "Not followed: T3"."""
    verdict = _("Accepted: %(step)s") if decision.accepted else _("Not followed: %(step)s")
    return verdict % {"step": short_name_of("step", decision.step or "")}


def last_decision(snapshot: Snapshot) -> Decision | None:
    """The newest decision about a step, accepted or not."""
    return next((x for x in reversed(snapshot.decisions) if x.step and x.accepted is not None), None)


def decision_reason(decision: Decision) -> str:
    """Why a step was not followed: the coded reason, the source that is followed and the sentence, as recorded."""
    kind = name_of("override_reason", decision.code) if decision.code else ""
    return " – ".join(x for x in (kind, decision.follows or "", decision.reason) if x)


def with_basis(text: str, basis: str) -> str:
    """A sentence that says so where it is a judgement of this product, rests on the band of the order, or on a source
    that was not read."""
    marks = {"J": _("judgement"), "O": pgettext("basis", "order"), "L2": _("source not checked")}
    return f"{text} [{marks[basis]}]" if basis in marks else text


def value_text(result: Measurement | TextResult, marks: Marks, *, clock: bool = True) -> str:
    """A result as reported, with its moment (`clock`: to the minute) and what it must not be read without.

    marks: of the values that are in doubt, what is said of them beside the value on every page.
    """
    when = short_moment(result.on) if clock else day_text(result.day)
    if isinstance(result, TextResult):
        return f"{without_value_text(cut(result.text, 40))} ({when})"
    about = [
        when,
        oxygen_of(result),
        sample_text(result) if is_level(result.code) else "",
        _("preliminary") if result.status == "preliminary" else "",
        _("corrected") if result.corrected else "",
        *marked_texts(result.id, marks),
    ]
    return f"{wording.value_text(result.code, result.quantity)} ({listed(x for x in about if x)})"


def flag_text(latest: Latest) -> str:
    """ "▲" where the newest result meets a limit of the chart; H or L outside the reference interval or target."""
    flag = {"high": "H", "low": "L"}.get(latest.position, "")
    return f"▲{flag}" if latest.beyond else flag


def due_text(due: Due) -> str:
    """A test that is due, and when."""
    state = _("overdue") if due.late else (_("due") if due.today else _("tomorrow"))
    return f"{translated(due.due_test.name.text)} – {state}"


def judgement_text(appointment: Appointment, owner: str) -> str:
    """A judgement of improvement that is still to be made, its day, and who is to make it."""
    words = {"step": appointment.step, "n": appointment.number, "day": short_day(appointment.day)}
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
        "ticks": [[(x.at - chart.top) / chart.plot_height, x.label] for x in _apart(chart.y_ticks)],
        "first": ticks[0].label if ticks else "",
        "last": ticks[-1].label if len(ticks) > 1 else "",
    }


def _apart(ticks: Sequence[Tick]) -> Sequence[Tick]:
    """Lowest and highest number of the axis, each where it lies; one of them where there is no other."""
    return (ticks[0], ticks[-1]) if len(ticks) > 1 else ticks


def cut(text: str, longest: int) -> str:
    """At most so many letters; that some are missing is seen."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell_texts(*cells: Said) -> list[dict[str, str]]:
    """Cells of what is given now; a sign where something is missing."""
    sign = {CRITICAL: SIGNS[Severity.CRITICAL], WARNING: SIGNS[Severity.WARNING], OPEN: "?"}
    return [
        {"name": x.label, "sign": sign.get(x.style, ""), "text": x.text, "more": listed_apart(y for y in x.notes if y)}
        for x in cells
    ]
