"""The sheet of the summary for transfer or discharge: the whole course on as many pages as it takes.

`summary_data` makes the data for the template, section by section, in the order of the paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from algorithm.charts import chart_for
from ildcare.moment.state_code import code_of
from ildcare.paper.head import foot_of, identity_of, labels
from ildcare.paper.parts import (
    Marks,
    alert_texts,
    answer_box,
    decision_reason,
    due_text,
    flag_text,
    judgement_text,
    level_box,
    marked_texts,
    small_chart,
    unjudged,
    value_text,
    waiting_text,
    watch_doubts,
    with_basis,
)
from ildcare.paper.render import render_pdf
from ildcare.paper.summary import Extent, Signed, Summary, read_summary
from ildcare.record.flow_sheet import TextResult
from monitoring.cards import once
from monitoring.queries import AlertView
from patients.clinical import facts as f
from patients.clinical import mda5
from patients.clinical.truth import Truth
from patients.fact_words import describe, describe_lines, to_the_month
from patients.left_there import words_beside
from patients.models import Admission, Patient, RoundVisit, User
from patients.result_words import short_name_of_test, unit_text
from patients.wording import (
    day_text,
    listed,
    listed_apart,
    moment_text,
    month_text,
    name_of,
    render,
    short_name_of,
    translated,
)

LONGEST_REASON = 600  # letters of one alert's reasons

Section = dict[str, Any]  # title and note, with "lines", with "rows" under "heads", or with "charts"


def summary_pdf(patient: Patient, user: User, now: datetime, at: datetime | None = None) -> bytes:
    """The summary as known now, or as known at an earlier moment `at`."""
    summary = read_summary(patient, at or now, past=at is not None)
    return render_pdf("summary", summary_data(summary, user, now))


def summary_data(summary: Summary, user: User, now: datetime) -> dict[str, Any]:
    """All texts of the summary, in the active language."""
    record = summary.record
    code = code_of(record.patient.pk, record.as_of)
    past = _("PAST: as known on %(when)s, not as known today.") % {"when": moment_text(record.as_of)}
    past = f"{past} {_('Age, ward and consultant in the head are those of today.')}"
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": f"{_('Summary for transfer or discharge')} {record.patient.mrn}",
        "name": _("Summary for transfer or discharge"),
        "warning": past if summary.past else "",
        "head": identity_of(record.patient),
        "foot": foot_of(user, now, record.newest, code, swept=record.swept, kept=True),
        "labels": labels(
            number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
            none=_("none"), page=_("page"), signature=_("Date, name, signature"),
        ),
        "boxes": [_stay_box(summary), answer_box(record), *(level_box(x, record.marks) for x in summary.levels[:2])],
        "sections": [x for x in _sections(summary) if x is not None],
    }  # fmt: skip


def _sections(summary: Summary) -> Iterator[Section | None]:
    """Every section in its order; None where there is nothing to say under a heading."""
    watch = summary.record.watch
    doubts = " ".join([*watch_doubts(watch, summary.record.snapshot.unreadable), *unjudged(watch)])
    waiting = "" if summary.past else waiting_text(summary.record.patient)
    yield _sentences(_("Respiratory onset"), _facts(summary, f.RespiratoryOnset), none=_("not recorded"))
    yield _sentences(_("Diagnosis"), _facts(summary, f.Diagnosis), none=_("no diagnosis recorded"))
    yield _sentences(_("Histology"), _facts(summary, f.Histology))
    yield _sentences(_("Antibodies"), _antibodies(summary), none=_("no antibody result recorded"))
    yield _sentences(_("HRCT"), _facts(summary, f.Hrct), none=_("no HRCT recorded"))
    yield _sentences(_("Findings"), _facts(summary, f.Finding))
    yield _sentences(_("Respiratory support"), _facts(summary, f.Support))
    yield _standing(summary)
    yield _sentences(_("Admissions, discharges, outcome"), _facts(summary, f.HospitalAdmission, f.Discharge, f.Outcome))
    yield _course(summary)
    yield _treatments(summary)
    yield _levels(summary)
    yield _decisions(summary)
    yield _judgements(summary)
    yield _alerts(_("Open alerts"), once([x for x in summary.alerts if x.alert.is_open]), _("no open alert"), doubts)
    yield _alerts(_("Alerts that are closed"), [x for x in summary.alerts if not x.alert.is_open])
    yield _sentences(_("Results that wait"), [waiting] if waiting else [])
    yield _results(summary)
    yield _trends(summary)
    yield from _prognosis(summary)
    yield _to_do(summary)
    yield _visits(summary)
    yield _references(summary)


def _sentences(title: str, lines: Sequence[str], *, none: str = "", note: str = "") -> Section | None:
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


def _stay_box(summary: Summary) -> dict[str, str]:
    """The stay that goes on, else the newest; the others in small. A merge may have brought one that began later."""
    now = summary.record.as_of
    ordered = sorted(summary.stays, key=lambda x: _left(x, now) is not None)
    first, *others = [_stay(x, now) for x in ordered[:3]] or [_("no stay recorded")]
    return {"name": _("Stay on a ward"), "big": first, "small": " · ".join(others)}


def _left(stay: Admission, now: datetime) -> datetime | None:
    return stay.discharged_at if stay.discharged_at and stay.discharged_at <= now else None


def _stay(stay: Admission, now: datetime) -> str:
    def day(moment: datetime) -> str:
        return day_text(timezone.localtime(moment).date())

    left = _left(stay, now)
    return f"{stay.ward.name_in(get_language() or 'en')} {day(stay.admitted_at)} – {day(left) if left else ''}".strip()


def _facts(summary: Summary, *kinds: type[f.Fact]) -> list[str]:
    """Facts of these kinds as sentences with their day or month, oldest first."""
    facts = [x for x in summary.record.snapshot.all_facts if isinstance(x, kinds)]
    corrected, record = f" ({_('corrected')})", summary.record
    lines = describe_lines(facts, record.snapshot.today, words_beside(record.at_odds))
    return [
        f"{_day(fact)}: {line.text}{corrected if line.corrected else ''}{f' ({line.doubt})' if line.doubt else ''}"
        for fact, line in zip(facts, lines, strict=True)
    ]


def _day(fact: f.Fact) -> str:
    return month_text(fact.day) if to_the_month(fact) else day_text(fact.day)


def _antibodies(summary: Summary) -> list[str]:
    """Results in words, and what a titre of anti-MDA5 says beside them or in their place."""
    lines = _facts(summary, f.Antibody)
    if summary.record.snapshot.series(mda5.TITRE):
        lines += [with_basis(render(x), x.basis) for x in summary.record.pathway.factors["mda5"].reasons]
    return lines


# -- the chart --------------------------------------------------------------------------------------------------------


def _standing(summary: Summary) -> Section | None:
    """Why this step, what is missing, and the remarks of the chart."""
    pathway = summary.record.pathway
    sentences = [with_basis(render(x), x.basis) for x in pathway.reasons]
    if pathway.deciding_facts:
        missing = listed(name_of("missing", x) for x in pathway.deciding_facts)
        sentences.append(f"{_('Missing facts that can still change the step')}: {missing}")
    sentences += [render(x.reason) for x in summary.record.opinion.notices]
    used = chart_for(summary.record.snapshot)
    chart = _("Chart %(chart)s, version %(version)s.") % {"chart": used.name, "version": used.version}
    return _sentences(_("Where the patient stands on the chart, and why"), sentences, note=chart, none=_("none"))


def _course(summary: Summary) -> Section | None:
    """What the chart answered as the facts came in."""
    strip = summary.record.strip
    if strip is None:
        return None
    rows = [
        [
            day_text(x.day),
            name_of("course", x.course) if x.course else "?",
            x.subtype,
            x.step,
            x.running,
            listed_apart(x.sentences),
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


def _treatments(summary: Summary) -> Section | None:
    """Every treatment with its days, day 0 of the steps, and what is to be said of them."""
    picture = summary.record.treatment_picture
    row_of = {x.id: x for x in picture.rows}
    courses = sorted(summary.record.snapshot.treatments, key=lambda x: (x.on, x.id))
    rows = [
        [
            day_text(course.day),
            day_text(course.stop) if course.stop else "–",
            *(
                listed_apart([x.drug, *x.order, *filter(None, [x.doubt])]),
                x.route or "–",
                x.dose or _("not stated"),
                x.ending,
            ),
        ]
        for course in courses
        if (x := row_of.get(course.id))
    ]
    starts = [f"{x.step}: {day_text(x.day)}" for x in summary.record.pathway.regimen.starts]
    note = f"{_('Day 0 of each step')}: {listed(starts)}." if starts else _("No step of the chart was completed.")
    statements = " ".join(f"{with_basis(x.text, x.basis)}." for x in picture.statements)
    heads = (_("From"), _("To"), _("Drug"), _("Route"), _("Dose"), _("Then"))
    title = _("Treatments")
    return _table(title, (2, 2, 4, 1.6, 2, 3), heads, rows, f"{note} {statements}".strip()) or _sentences(
        title, [], none=_("No treatment recorded.")
    )


def _levels(summary: Summary) -> Section | None:
    """Every drug level with the dose that ran."""
    told = summary.record.marks
    rows = [
        [
            x.when,
            listed_apart([f"{x.drug} {x.value}", *marked_texts(x.id, told)]),
            *(with_basis(x.word, x.basis), x.sample, x.running),
        ]
        for x in summary.record.treatment_picture.levels
    ]
    heads = (_("Sample"), _("Level"), _("Judged"), _("Route, dose time"), _("Dose on that day"))
    return _table(_("Drug levels"), (2, 2, 3, 2.5, 3), heads, rows)


# -- what was decided -------------------------------------------------------------------------------------------------


def _decisions(summary: Summary) -> Section | None:
    """Every decision: accepted, or not followed and why."""
    rows = [_decision_row(x) for x in summary.decisions]
    override = summary.record.override
    note = ""
    if override is not None:
        note = _("The last decision departs from the chart and still stands.")
        if not override.standing:
            note = _("The last decision departs from the chart; what it rested on has changed since.")
    heads = (_("Date"), _("Step"), _("Decision"), _("Reason"), _("By"))
    return _table(_("Decisions and overrides"), (2, 1.2, 1.6, 6, 2), heads, rows, note)


def _decision_row(signed: Signed) -> list[str]:
    decision = signed.fact
    assert isinstance(decision, f.Decision)
    if decision.course:
        return [_moment(decision), "–", _("the course is chronic"), decision.reason, signed.by]
    if decision.prophylaxis_instead:
        return [_moment(decision), "–", describe(decision, decision.day), "–", signed.by]
    verdict = "–"
    if decision.accepted is not None:
        verdict = _("accepted") if decision.accepted else _("not followed")
    return [
        _moment(decision),
        short_name_of("step", decision.step or ""),
        verdict,
        decision_reason(decision),
        signed.by,
    ]


def _judgements(summary: Summary) -> Section | None:
    """Every judgement of improvement."""
    rows = [
        [_moment(x.fact), name_of("improvement", x.fact.improvement), x.fact.note, x.by]
        for x in summary.judgements
        if isinstance(x.fact, f.Judgement)
    ]
    heads = (_("Date"), _("Judgement"), _("Note"), _("By"))
    return _table(_("Judgements of improvement"), (2, 1.6, 6, 2), heads, rows)


def _moment(fact: f.Fact) -> str:
    """The day of a fact, with its clock unless that is midnight, which stands for "on that day"."""
    local = timezone.localtime(fact.on)
    return day_text(fact.day) if (local.hour, local.minute) == (0, 0) else moment_text(fact.on)


# -- alerts -----------------------------------------------------------------------------------------------------------


def _alerts(title: str, views: Sequence[AlertView], none: str = "", note: str = "") -> Section | None:
    """Alerts in the order of their opening; `note`: what makes their list doubtful."""
    heads = (_("Opened"), "", _("Alert"), _("Closed"), _("Acknowledged"))
    rows = [_alert_row(x) for x in sorted(views, key=lambda x: x.alert.opened_at)]
    return _table(title, (1.8, 0.6, 6, 2, 2.6), heads, rows, note) or _sentences(title, [], none=none, note=note)


def _alert_row(view: AlertView) -> list[str]:
    alert, texts = view.alert, alert_texts(view, LONGEST_REASON, seen=False)
    closed = f"{moment_text(alert.closed_at)} ({alert.get_closed_because_display()})" if alert.closed_at else "–"
    seen = "–"
    if alert.acknowledged_at:
        parts = (
            moment_text(alert.acknowledged_at),
            str(alert.acknowledged_by),
            str(alert.get_doing_display()),
            alert.note,
        )
        seen = " · ".join(x for x in parts if x)
    return [moment_text(alert.opened_at), texts["sign"], f"{texts['title']}: {texts['text']}", closed, seen]


# -- results ----------------------------------------------------------------------------------------------------------


def _results(summary: Summary) -> Section | None:
    """Every test: before therapy, extremes, newest."""
    heads = (_("Test"), _("Before therapy"), _("Lowest"), _("Highest"), "", _("Newest"), _("Values"))
    rows = [_extent_row(x, summary.record.marks) for x in summary.extents]
    note = _(
        "H above, L below the reference interval or target; ▲ meets a limit of the chart. Before therapy: the last"
        " value of the 14 days up to day 0."
    )
    note = f"{with_basis(note, 'J')} " + _("–: one value only, or values that cannot be compared.")
    return _table(_("Results"), (2.4, 2.6, 2.6, 2.6, 0.6, 2.8, 0.9), heads, rows, note)


def _extent_row(extent: Extent, told: Marks) -> list[str]:
    latest = extent.latest
    return [
        f"{short_name_of_test(latest.code, latest.name)} {unit_text(latest.code, latest.typed)}".strip(),
        *(_value(x, told) for x in (extent.base, extent.lowest, extent.highest)),
        flag_text(latest),
        _value(latest.newest, told),
        str(extent.count),
    ]


def _value(result: f.Measurement | TextResult | None, told: Marks) -> str:
    return "–" if result is None else value_text(result, told, clock=False)


def _trends(summary: Summary) -> Section | None:
    """The trend charts."""
    charts = [small_chart(x) for x in summary.record.figures]
    return {"title": _("Trends"), "note": "", "charts": charts} if charts else None


# -- prognosis, what is left, who says so -----------------------------------------------------------------------------


def _prognosis(summary: Summary) -> Iterator[Section | None]:
    """Prognostic factors that are present, and which are not known."""
    factors = summary.record.opinion.prognosis
    present = [x for x in factors if x.answer is Truth.YES]
    sentences = [
        f"{_('poor') if x.entry.poor else _('good')}: {translated(x.entry.title)} – "
        f"{' '.join(render(y) for y in x.reasons)} [{translated(x.entry.study)}]"
        for x in present
    ]
    unknown = listed(translated(x.entry.title) for x in factors if x.answer is Truth.UNKNOWN)
    note = f"{_('Not known')}: {unknown}." if unknown else ""
    yield _sentences(_("Prognostic factors present"), sentences, note=note, none=_("none of those that are known"))


def _to_do(summary: Summary) -> Section | None:
    """Tests due and open tasks."""
    items = [*(judgement_text(*x) for x in summary.clock), *(due_text(x) for x in summary.due)]
    items += [f"{x.text} ({_('Task')}, {day_text(x.due)})" for x in summary.tasks]
    return _sentences(_("Tests due and open tasks"), items, none=_("none"))


def _visits(summary: Summary) -> Section | None:
    """The newest visits of the round."""
    rows = [[_signed_text(x, summary.record.patient), str(x.by), x.note or "–", x.plan or "–"] for x in summary.visits]
    left = summary.visits_left_out
    note = ""
    if left:
        note = ngettext("%(n)s earlier visit is left out.", "%(n)s earlier visits are left out.", left) % {"n": left}
    return _table(_("Visits of the round"), (2, 2, 4, 4), (_("Seen"), _("By"), _("Note"), _("Plan")), rows, note)


def _signed_text(visit: RoundVisit, patient: Patient) -> str:
    """When a visit was signed; taken back, it says so and stays. One of a record that was merged says of which."""
    taken_back = getattr(visit, "taken_back", None)
    more = [_("taken back %(when)s") % {"when": moment_text(taken_back.at)}] if taken_back else []
    if visit.patient_id != patient.pk:
        more.append(_("record number %(mrn)s") % {"mrn": visit.patient.mrn})
    return " ".join([moment_text(visit.at), *([f"({listed(more)})"] if more else [])])


def _references(summary: Summary) -> Section | None:
    """The paper and the sources of the alerts."""
    paper = chart_for(summary.record.snapshot).citations[0]
    sources = dict.fromkeys(x.source for x in summary.alerts if x.source)
    references = [f"{paper.text} doi:{paper.doi}", *(f"{_('Alerts')}: {x}" for x in sources)]
    note = _("Reference intervals and alert thresholds marked [judgement] are this product's, not the paper's.")
    return _sentences(_("References"), references, note=note)
