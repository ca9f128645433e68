"""Sections of the summary: alerts, results, trends, prognosis, what is left to do, references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from algorithm.flowcharts import CURRENT
from ildcare.queries.summaries import Extent, FullSummary
from ildcare.summary.parts import alert_lines, due_text, judgement_text, small_chart, value_text
from ildcare.summary.sections import Section, lines, table
from monitoring.queries import AlertView
from patients.clinical import facts as f
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.truth import Truth
from patients.wording import (
    day_text,
    moment_text,
    number_text,
    render,
    short_name_of,
    translated,
    unit_symbol,
)

LONGEST = 600  # letters of one reason


# -- alerts -----------------------------------------------------------------------------------------------------------


def alerts_section(title: str, views: Sequence[AlertView], none: str = "") -> Section | None:
    """Alerts in the order of their opening."""
    heads = (_("Opened"), "", _("Alert"), _("Closed"), _("Acknowledged"))
    rows = [_alert_row(x) for x in sorted(views, key=lambda x: x.alert.opened_at)]
    return table(title, (1.8, 0.6, 6, 2, 2.6), heads, rows) or lines(title, [], none=none)


def _alert_row(view: AlertView) -> list[str]:
    alert, told = view.alert, alert_lines(view, LONGEST, seen=False)
    closed = f"{moment_text(alert.closed_at)} ({alert.get_closed_because_display()})" if alert.closed_at else "–"
    seen = "–"
    if alert.acknowledged_at:
        by = alert.acknowledged_by.get_full_name() or alert.acknowledged_by.username if alert.acknowledged_by else ""
        parts = (moment_text(alert.acknowledged_at), by, str(alert.get_doing_display()), alert.note)
        seen = " · ".join(x for x in parts if x)
    return [moment_text(alert.opened_at), told["sign"], f"{told['title']}: {told['text']}", closed, seen]


# -- results ----------------------------------------------------------------------------------------------------------


def results_section(told: FullSummary) -> Section | None:
    """Every test: before therapy, extremes, newest."""
    heads = (_("Test"), _("Before therapy"), _("Lowest"), _("Highest"), "", _("Newest"), _("Values"))
    rows = [_extent(x) for x in told.extents]
    note = _(
        "H above, L below the reference interval or target; ▲ meets a limit of the chart. Before therapy: the last"
        " value of the 14 days up to day 0."
    )
    note += f" [{_('judgement')}]"
    return table(_("Results"), (2.4, 2.6, 2.6, 2.6, 0.6, 2.8, 0.9), heads, rows, note)


def _extent(x: Extent) -> list[str]:
    code = x.latest.code
    flag = {"high": "H", "low": "L"}.get(x.latest.position, "")
    return [
        f"{short_name_of(code)} {unit_symbol(code)}".strip(),
        *(_dated(y) for y in (x.base, x.lowest, x.highest)),
        f"▲{flag}" if x.latest.beyond else flag,
        _dated(x.latest.newest) if isinstance(x.latest.newest, f.Measurement) else value_text(x.latest.newest),
        str(x.count),
    ]


def _dated(x: f.Measurement | None) -> str:
    """A value with its day; a gas with its oxygen."""
    if x is None:
        return "–"
    air = f" FiO2 {x.fio2:f}" if x.fio2 is not None else ""
    number = number_text(x.quantity, MEASUREMENTS[x.code].decimals)
    return f"{number}{air} ({day_text(x.day)})"


def trends_section(told: FullSummary) -> Section | None:
    """The trend charts."""
    charts = [small_chart(x) for x in told.record.figures]
    return {"title": _("Trends"), "note": "", "charts": charts} if charts else None


# -- prognosis, what is left, who says so -----------------------------------------------------------------------------


def prognosis_section(told: FullSummary) -> Iterable[Section | None]:
    """Prognostic factors that are present, and which are not known."""
    factors = told.record.opinion.prognosis
    present = [x for x in factors if x.answer is Truth.YES]
    said = [
        f"{_('poor') if x.poor else _('good')}: {translated(x.title)} – {' '.join(render(y) for y in x.reasons)}"
        f" [{translated(x.study)}]"
        for x in present
    ]
    unknown = ", ".join(translated(x.title) for x in factors if x.answer is Truth.UNKNOWN)
    note = f"{_('Not known')}: {unknown}." if unknown else ""
    yield lines(_("Prognostic factors present"), said, note=note, none=_("none of those that are known"))


def to_do_section(told: FullSummary) -> Section | None:
    """Tests due and open tasks."""
    said = [*(judgement_text(*x) for x in told.clock), *(due_text(x) for x in told.due)]
    said += [f"{x.text} ({_('Task')}, {day_text(x.due)})" for x in told.tasks]
    return lines(_("Tests due and open tasks"), said, none=_("none"))


def visits_section(told: FullSummary) -> Section | None:
    """The newest visits of the round."""
    rows = [[moment_text(x.at), str(x.by), x.note or "–", x.plan or "–"] for x in told.visits]
    left = told.visits_left_out
    note = ""
    if left:
        note = ngettext("%(n)s earlier visit is left out.", "%(n)s earlier visits are left out.", left) % {"n": left}
    return table(_("Visits of the round"), (2, 2, 4, 4), (_("Seen"), _("By"), _("Note"), _("Plan")), rows, note)


def references_section(told: FullSummary) -> Section | None:
    """The paper and the sources of the alerts."""
    paper = CURRENT.citations[0]
    sources = dict.fromkeys(x.source for x in told.alerts if x.source)
    said = [f"{paper.text} doi:{paper.doi}", *(f"{_('Alerts')}: {x}" for x in sources)]
    note = _("Reference intervals and alert thresholds marked [judgement] are this product's, not the paper's.")
    return lines(_("References"), said, note=note)
