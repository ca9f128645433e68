"""Sections of the summary: facts, the chart, treatments, decisions and judgements."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from algorithm.flowcharts import CURRENT
from ildcare.queries.records import describe_lines
from ildcare.queries.summaries import FullSummary, Signed
from ildcare.summary.parts import step_text
from ildcare.summary.sections import Section, lines, table
from patients.clinical import facts as f
from patients.models.choices import OverrideReason
from patients.wording import (
    code_name,
    day_text,
    moment_text,
    render,
)


def fact_lines(told: FullSummary, *kinds: type[f.Fact]) -> list[str]:
    """Facts of these kinds as sentences with their day, oldest first."""
    facts = [x for x in told.record.snapshot.all_facts if isinstance(x, kinds)]
    said = describe_lines(facts, told.record.snapshot.today)
    days = (day_text(x.day) for x in facts)
    return [f"{day}: {line.text}{_corrected(line.corrected)}" for day, line in zip(days, said, strict=True)]


def _corrected(corrected: bool) -> str:
    return f" ({_('corrected')})" if corrected else ""


# -- the chart --------------------------------------------------------------------------------------------------------


def standing_section(told: FullSummary) -> Section | None:
    """Why this step, what is missing, and the remarks of the chart."""
    pathway = told.record.pathway
    said = [_with_basis(render(x), x.basis) for x in pathway.reasons]
    if pathway.deciding_facts:
        missing = ", ".join(code_name(x) for x in pathway.deciding_facts)
        said.append(f"{_('Missing facts that can still change the step')}: {missing}")
    said += [render(x.reason) for x in told.record.opinion.notices]
    chart = _("Chart %(chart)s, version %(version)s.") % {"chart": CURRENT.name, "version": CURRENT.version}
    return lines(_("Where the patient stands on the chart, and why"), said, note=chart, none=_("none"))


def _with_basis(text: str, basis: str) -> str:
    return f"{text} [{_('judgement')}]" if basis == "J" else text


def course_section(told: FullSummary) -> Section | None:
    """What the chart answered as the facts came in."""
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
    return table(_("Course on the chart"), (2, 2, 1.2, 1.3, 1.3, 6), heads, rows, note)


# -- treatment --------------------------------------------------------------------------------------------------------


def treatments_section(told: FullSummary) -> Section | None:
    """Every treatment with its days, day 0 of the steps, and what is to be said of them."""
    picture = told.record.treatment_picture
    of = {x.id: x for x in picture.rows}
    courses = sorted(told.record.snapshot.treatments, key=lambda x: (x.on, x.id))
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
    return table(title, (2, 2, 4, 1.6, 2, 3), heads, rows, f"{note} {said}".strip()) or lines(
        title, [], none=_("No treatment recorded.")
    )


def levels_section(told: FullSummary) -> Section | None:
    """Every drug level with the dose that ran."""
    rows = [
        [x.when, f"{x.drug} {x.value}", _with_basis(x.word, x.basis), x.sample, x.running]
        for x in told.record.treatment_picture.levels
    ]
    heads = (_("Sample"), _("Level"), _("Judged"), _("Route, dose time"), _("Dose on that day"))
    return table(_("Drug levels"), (2, 2, 3, 2.5, 3), heads, rows)


# -- what was decided -------------------------------------------------------------------------------------------------


def decisions_section(told: FullSummary) -> Section | None:
    """Every decision: accepted, or not followed and why."""
    rows = [_decision(x) for x in told.decisions]
    override = told.record.override
    note = ""
    if override is not None:
        note = _("The last decision departs from the chart and still stands.")
        if not override.standing:
            note = _("The last decision departs from the chart; what it rested on has changed since.")
    heads = (_("Date"), _("Step"), _("Decision"), _("Reason"), _("By"))
    return table(_("Decisions and overrides"), (2, 1.2, 1.6, 6, 2), heads, rows, note)


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


def judgements_section(told: FullSummary) -> Section | None:
    """Every judgement of improvement."""
    rows = [
        [_moment(x.fact), code_name(x.fact.improvement), x.fact.note, x.by]
        for x in told.judgements
        if isinstance(x.fact, f.Judgement)
    ]
    heads = (_("Date"), _("Judgement"), _("Note"), _("By"))
    return table(_("Judgements of improvement"), (2, 1.6, 6, 2), heads, rows)


def _moment(fact: f.Fact) -> str:
    """A day, with its clock where one was told."""
    local = timezone.localtime(fact.on)
    return day_text(fact.day) if (local.hour, local.minute) == (0, 0) else moment_text(fact.on)
