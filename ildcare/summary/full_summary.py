"""The summary for transfer or discharge: the whole course on as many pages as it takes, as data for the template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from algorithm.flowcharts import CURRENT
from ildcare.queries.records import describe_lines
from ildcare.queries.summaries import Extent, FullSummary, Signed, full_summary
from ildcare.state_code import code_of
from ildcare.summary.head import foot_of, identity_of, words
from ildcare.summary.parts import alert_lines, answer_box, due_text, level_box, small_chart, step_text, value_text
from ildcare.summary.render import render_pdf
from monitoring.queries import AlertView
from patients.clinical import facts as f
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.truth import Truth
from patients.models import Admission, Patient, User
from patients.models.choices import OverrideReason
from patients.wording import (
    code_name,
    day_text,
    moment_text,
    number_text,
    render,
    short_name_of,
    translated,
    unit_symbol,
)

Section = dict[str, Any]
LONGEST = 600  # letters of one reason


def full_summary_pdf(patient: Patient, user: User, now: datetime, at: datetime | None = None) -> bytes:
    """The summary as known now, or as known at an earlier moment `at`."""
    told = full_summary(patient, at or now, past=at is not None)
    return render_pdf("full_summary", full_summary_data(told, user, now))


def full_summary_data(told: FullSummary, user: User, now: datetime) -> dict[str, Any]:
    """All texts of the summary, in the active language."""
    record = told.record
    code = code_of(record.patient.pk, record.as_of)
    then = moment_text(record.as_of)
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": f"{_('Summary for transfer or discharge')} {record.patient.mrn}",
        "name": _("Summary for transfer or discharge"),
        "warning": _("PAST: as known on %(when)s, not as known today.") % {"when": then} if told.past else "",
        "head": identity_of(record.patient),
        "foot": foot_of(user, now, record.newest, code, swept=record.swept, kept=True),
        "labels": words(
            number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
            none=_("none"), page=_("page"), signature=_("Date, name, signature"),
        ),
        "boxes": [_stay_box(told), answer_box(record), *(level_box(x) for x in told.levels[:1])],
        "sections": [x for x in _sections(told) if x is not None],
    }  # fmt: skip


def _sections(told: FullSummary) -> Iterable[Section | None]:
    yield _lines(_("Respiratory onset"), _facts(told, f.RespiratoryOnset), none=_("not recorded"))
    yield _lines(_("Diagnosis"), _facts(told, f.Diagnosis), none=_("no diagnosis recorded"))
    yield _lines(_("Histology"), _facts(told, f.Histology))
    yield _lines(_("Antibodies"), _facts(told, f.Antibody), none=_("no antibody result recorded"))
    yield _lines(_("HRCT"), _facts(told, f.Hrct), none=_("no HRCT recorded"))
    yield _lines(_("Findings"), _facts(told, f.Finding))
    yield _lines(_("Respiratory support"), _facts(told, f.Support))
    yield _standing(told)
    yield _course(told)
    yield _treatments(told)
    yield _levels(told)
    yield _decisions(told)
    yield _judgements(told)
    yield _alerts(_("Open alerts"), [x for x in told.alerts if x.alert.is_open], _("no open alert"))
    yield _alerts(_("Alerts that are closed"), [x for x in told.alerts if not x.alert.is_open])
    yield _results(told)
    yield _trends(told)
    yield from _prognosis(told)
    yield _to_do(told)
    yield _visits(told)
    yield _references(told)


def _lines(title: str, lines: Sequence[str], *, none: str = "", note: str = "") -> Section | None:
    """A heading and sentences; `none` is said where there are none, without it the heading is left out."""
    if not lines and not none:
        return None
    return {"title": title, "note": note, "lines": list(lines) or [none]}


def _table(
    title: str, widths: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]], note: str = ""
) -> Section | None:
    """A heading and a table; `widths` are shares of the page."""
    if not rows:
        return None
    return {"title": title, "note": note, "widths": list(widths), "heads": list(heads), "rows": [list(x) for x in rows]}


# -- who and where ----------------------------------------------------------------------------------------------------


def _stay_box(told: FullSummary) -> dict[str, str]:
    stays = [_stay(x, told.record.as_of) for x in told.stays[:3]]
    newest, *earlier = stays or [_("no stay recorded")]
    return {"name": _("Stay on a ward"), "big": newest, "small": " · ".join(earlier)}


def _stay(stay: Admission, now: datetime) -> str:
    def day(moment: datetime) -> str:
        return day_text(timezone.localtime(moment).date())

    left = stay.discharged_at if stay.discharged_at and stay.discharged_at <= now else None
    return f"{stay.ward.name_in(get_language() or 'en')} {day(stay.admitted_at)} – {day(left) if left else ''}".strip()


def _facts(told: FullSummary, *kinds: type[f.Fact]) -> list[str]:
    """Facts of these kinds as sentences with their day, oldest first."""
    facts = [x for x in told.snapshot.all_facts if isinstance(x, kinds)]
    lines = describe_lines(facts, told.snapshot.today)
    days = (day_text(x.day) for x in facts)
    return [f"{day}: {line.text}{_corrected(line.corrected)}" for day, line in zip(days, lines, strict=True)]


def _corrected(corrected: bool) -> str:
    return f" ({_('corrected')})" if corrected else ""


# -- the chart --------------------------------------------------------------------------------------------------------


def _standing(told: FullSummary) -> Section | None:
    pathway = told.record.pathway
    lines = [_with_basis(render(x), x.basis) for x in pathway.reasons]
    if pathway.deciding_facts:
        missing = ", ".join(code_name(x) for x in pathway.deciding_facts)
        lines.append(f"{_('Missing facts that can still change the step')}: {missing}")
    lines += [render(x.reason) for x in told.record.opinion.notices]
    chart = _("Chart %(chart)s, version %(version)s.") % {"chart": CURRENT.name, "version": CURRENT.version}
    return _lines(_("Where the patient stands on the chart, and why"), lines, note=chart, none=_("none"))


def _with_basis(text: str, basis: str) -> str:
    return f"{text} [{_('judgement')}]" if basis == "J" else text


def _course(told: FullSummary) -> Section | None:
    strip = told.record.strip
    if strip is None:
        return None
    rows = [
        [
            day_text(x.day),
            code_name(x.course) if x.course else "?",
            x.subtype,
            x.step,
            x.running,
            "; ".join(x.sentences),
        ]
        for x in strip.answers
    ]
    note = _("What today's version of the chart answers to what was known at the end of each day.")
    if strip.left_out:
        left = ngettext("%(n)s earlier day is left out.", "%(n)s earlier days are left out.", strip.left_out)
        note = f"{note} {left % {'n': strip.left_out}}"
    heads = (_("From"), _("Course"), _("Subtype"), _("Step indicated"), _("Step started"), _("What moved"))
    return _table(_("Course on the chart"), (2, 2, 1.2, 1.3, 1.3, 6), heads, rows, note)


# -- treatment --------------------------------------------------------------------------------------------------------


def _treatments(told: FullSummary) -> Section | None:
    picture = told.record.treatment_picture
    of = {x.id: x for x in picture.rows}
    courses = sorted(told.snapshot.treatments, key=lambda x: (x.on, x.id))
    rows = [
        [
            day_text(course.day),
            day_text(course.stop) if course.stop else "–",
            *(x.drug, x.route or "–", x.dose or _("not stated"), x.ending),
        ]
        for course in courses
        if (x := of.get(course.id))
    ]
    starts = [f"{x.step}: {day_text(x.day)}" for x in told.record.pathway.regimen.starts]
    note = f"{_('Day 0 of each step')}: {', '.join(starts)}." if starts else _("No step of the chart was completed.")
    said = " ".join(f"{_with_basis(x.text, x.basis)}." for x in picture.statements)
    heads = (_("From"), _("To"), _("Drug"), _("Route"), _("Dose"), _("Then"))
    title = _("Treatments")
    return _table(title, (2, 2, 4, 1.6, 2, 3), heads, rows, f"{note} {said}".strip()) or _lines(
        title, [], none=_("No treatment recorded.")
    )


def _levels(told: FullSummary) -> Section | None:
    rows = [
        [x.when, f"{x.drug} {x.value}", _with_basis(x.word, x.basis), x.sample, x.running]
        for x in told.record.treatment_picture.levels
    ]
    heads = (_("Sample"), _("Level"), _("Judged"), _("Route, dose time"), _("Dose on that day"))
    return _table(_("Drug levels"), (2, 2, 3, 2.5, 3), heads, rows)


# -- what was decided -------------------------------------------------------------------------------------------------


def _decisions(told: FullSummary) -> Section | None:
    rows = [_decision(x) for x in told.decisions]
    override = told.record.override
    note = ""
    if override is not None:
        note = _("The last decision departs from the chart and still stands.")
        if not override.standing:
            note = _("The last decision departs from the chart; what it rested on has changed since.")
    heads = (_("Date"), _("Step"), _("Decision"), _("Reason"), _("By"))
    return _table(_("Decisions and overrides"), (2, 1.2, 1.6, 6, 2), heads, rows, note)


def _decision(signed: Signed) -> list[str]:
    decision = signed.fact
    assert isinstance(decision, f.Decision)
    if decision.course:
        return [_moment(decision), "–", _("the course is chronic"), decision.reason, signed.by]
    verdict = {True: _("accepted"), False: _("not followed")}.get(bool(decision.accepted), "")
    kind = str(OverrideReason(decision.code).label) if decision.code in OverrideReason.values else ""
    reason = " – ".join(x for x in (kind, decision.reason) if x)
    step = step_text(decision.step or "")
    return [_moment(decision), step, verdict if decision.accepted is not None else "–", reason, signed.by]


def _judgements(told: FullSummary) -> Section | None:
    rows = [
        [_moment(x.fact), code_name(x.fact.improvement), x.fact.note, x.by]
        for x in told.judgements
        if isinstance(x.fact, f.Judgement)
    ]
    heads = (_("Date"), _("Judgement"), _("Note"), _("By"))
    return _table(_("Judgements of improvement"), (2, 1.6, 6, 2), heads, rows)


def _moment(fact: f.Fact) -> str:
    """A day, with its clock where one was told."""
    local = timezone.localtime(fact.on)
    return day_text(fact.day) if (local.hour, local.minute) == (0, 0) else moment_text(fact.on)


# -- alerts -----------------------------------------------------------------------------------------------------------


def _alerts(title: str, views: Sequence[AlertView], none: str = "") -> Section | None:
    heads = (_("Opened"), "", _("Alert"), _("Closed"), _("Acknowledged"))
    rows = [_alert_row(x) for x in sorted(views, key=lambda x: x.alert.opened_at)]
    return _table(title, (1.8, 0.6, 6, 2, 2.6), heads, rows) or _lines(title, [], none=none)


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


def _results(told: FullSummary) -> Section | None:
    heads = (_("Test"), _("Before therapy"), _("Lowest"), _("Highest"), "", _("Newest"), _("Values"))
    rows = [_extent(x) for x in told.extents]
    note = _(
        "H above, L below the reference interval or target; ▲ meets a limit of the chart. Before therapy: the last "
    )
    note += _("value of the 14 days up to day 0.") + f" [{_('judgement')}]"
    return _table(_("Results"), (2.4, 2.6, 2.6, 2.6, 0.6, 2.8, 0.9), heads, rows, note)


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


def _trends(told: FullSummary) -> Section | None:
    charts = [small_chart(x) for x in told.record.figures]
    return {"title": _("Trends"), "note": "", "charts": charts} if charts else None


# -- prognosis, what is left, who says so -----------------------------------------------------------------------------


def _prognosis(told: FullSummary) -> Iterable[Section | None]:
    factors = told.record.opinion.prognosis
    present = [x for x in factors if x.answer is Truth.YES]
    lines = [
        f"{_('poor') if x.poor else _('good')}: {translated(x.title)} – {' '.join(render(y) for y in x.reasons)}"
        f" [{translated(x.study)}]"
        for x in present
    ]
    unknown = ", ".join(translated(x.title) for x in factors if x.answer is Truth.UNKNOWN)
    note = f"{_('Not known')}: {unknown}." if unknown else ""
    yield _lines(_("Prognostic factors present"), lines, note=note, none=_("none of those that are known"))


def _to_do(told: FullSummary) -> Section | None:
    lines = [due_text(x) for x in told.due]
    lines += [f"{x.text} ({_('Task')}, {day_text(x.due)})" for x in told.tasks]
    return _lines(_("Tests due and open tasks"), lines, none=_("none"))


def _visits(told: FullSummary) -> Section | None:
    rows = [[moment_text(x.at), str(x.by), x.note or "–", x.plan or "–"] for x in told.visits]
    left = told.visits_left_out
    note = ""
    if left:
        note = ngettext("%(n)s earlier visit is left out.", "%(n)s earlier visits are left out.", left) % {"n": left}
    return _table(_("Visits of the round"), (2, 2, 4, 4), (_("Seen"), _("By"), _("Note"), _("Plan")), rows, note)


def _references(told: FullSummary) -> Section | None:
    paper = CURRENT.citations[0]
    sources = dict.fromkeys(x.source for x in told.alerts if x.source)
    lines = [f"{paper.text} doi:{paper.doi}", *(f"{_('Alerts')}: {x}" for x in sources)]
    note = _("Reference intervals and alert thresholds marked [judgement] are this product's, not the paper's.")
    return _lines(_("References"), lines, note=note)
