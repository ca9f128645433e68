"""CDS Hooks: what chart and rules say of a prefetch, as cards. Worked out in memory; nothing is stored.

Source: HL7 CDS Hooks 2.0 (a card has a summary of less than 140 characters, an indicator, a source).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from uuid import uuid4

from django.utils.translation import gettext as _

from algorithm.charts import chart_for
from algorithm.opinion import Opinion, opinion
from ildcare.exchange.fhir.answer import CHART, RULE, chart_of, words_of
from ildcare.exchange.fhir.prefetch import Read
from monitoring.cards import FERRITIN_FACTOR
from monitoring.engine import Examination, Group, Issue, examine
from monitoring.rules import BY_CODE, RULES
from monitoring.wording import rule_title, subject_text
from patients.clinical.snapshot import Snapshot
from patients.exports.elements import Json, known
from patients.wording import listed, render, render_all, translated

LONGEST_SUMMARY = 139
INFO, WARNING = "info", "warning"
DOI = "https://doi.org/"
CITED = re.compile(r"\((10\.\d{4,9}/[^\s()]+)\)")  # as the sources of rules name a paper


def cards_of(read: Read, *, home: str = "") -> list[Json]:
    """The chart's answer first, then what holds now by the rules, the gravest first; what is overdue as one card; at
    the end what was not read. `home`: the address of this installation, to which each card leads; it names nobody.
    """
    snapshot = read.snapshot
    answer = opinion(chart_for(snapshot), snapshot)
    examination = examine(RULES, snapshot, answer.pathway.indicated)
    overdue = [x for x in examination.issues if BY_CODE[x.rule].group is Group.OVERDUE]
    cards = [_issue_card(x, snapshot) for x in _once(examination.issues) if x not in overdue]
    found = [_chart_card(snapshot, answer), *cards, *_overdue_card(overdue, snapshot), *_unread(read, examination)]
    links = [{"label": _("Open ildcare"), "url": home, "type": "absolute"}] if home else []
    return [{**x, **known({"links": links})} for x in found]


def _chart_card(snapshot: Snapshot, answer: Opinion) -> Json:
    chart, words = chart_of(answer), words_of(answer)
    cited = chart.citations[0]
    return _card(
        summary=words.head,
        detail="\n".join(_chart_detail(snapshot, answer)),
        indicator=INFO,
        source=known(
            {
                "label": _("Flowchart, version %(version)s: %(paper)s")
                % {"version": chart.version, "paper": cited.text},
                "url": f"{DOI}{cited.doi}" if cited.doi else None,
                "topic": {"system": CHART, "code": chart.name},
            }
        ),
    )


def _chart_detail(snapshot: Snapshot, answer: Opinion) -> Iterator[str]:
    words = words_of(answer)
    yield from (f"- {x}" for x in words.reasons)
    if words.missing:
        yield "- " + _("Missing: %(facts)s") % {"facts": listed(words.missing)}
    if words.decisive:
        yield "- " + _("Each of these alone would settle the step: %(facts)s") % {"facts": listed(words.decisive)}
    yield from (f"- {render(x.reason, today=snapshot.today)}" for x in answer.notices)
    yield "- " + _("What the chart says; the clinician decides.")


def _unread(read: Read, examination: Examination) -> Iterator[Json]:
    """What the answer does not rest on, though it was sent: results that nobody may guess, and those of others."""
    lines = [f"- {x.observation.name} {x.observation.text}: {render(x.why)}" for x in read.held]
    if read.others:
        lines.append("- " + _("about somebody else, or nobody: %(count)s") % {"count": read.others})
    if read.unread:
        kinds = listed(f"{kind or '?'} ({number})" for kind, number in read.unread.items())
        lines.append("- " + _("of types that are not read: %(types)s") % {"types": kinds})
    if read.partial:
        lines.append("- " + _("not sent, or not all of it: %(names)s") % {"names": listed(read.partial)})
    lines += ["- " + _("rule failed: %(rule)s") % {"rule": rule_title(x.rule)} for x in examination.failures]
    if lines:
        summary = _("What the answer does not rest on: look")
        source = {"label": _("ildcare, reading of the prefetch")}
        yield _card(summary=summary, detail="\n".join(lines), indicator=WARNING, source=source)


def _once(issues: Sequence[Issue]) -> list[Issue]:
    """Without the ferritin factor of poor risk where the rule of ferritin surely tells as much (12 (60))."""
    high = any(x.rule == "FERRITIN_HIGH" and not x.possible for x in issues)
    return [x for x in issues if not (high and x.key == FERRITIN_FACTOR)]


def _issue_card(issue: Issue, snapshot: Snapshot) -> Json:
    about = subject_text(issue.rule, issue.subject) if issue.subject else ""
    told = ": ".join(x for x in (rule_title(issue.rule), about) if x)
    return _card(
        summary=_("%(finding)s (possible)") % {"finding": told} if issue.possible else told,
        detail=render_all(issue.reasons, today=snapshot.today),
        indicator=issue.severity.label,
        source=_source(issue),
    )


def _overdue_card(overdue: Sequence[Issue], snapshot: Snapshot) -> Iterator[Json]:
    """All tests that are overdue, as one matter."""
    if overdue:
        named = listed(subject_text(x.rule, x.subject) for x in overdue)
        yield _card(
            summary=_("Tests overdue: %(tests)s") % {"tests": named},
            detail="\n".join(f"- {render_all(x.reasons, today=snapshot.today)}" for x in overdue),
            indicator=max(x.severity for x in overdue).label,
            source=_source(overdue[0]),
        )


def _source(issue: Issue) -> Json:
    rule = BY_CODE[issue.rule]
    words = {"rule": rule.code, "version": rule.version, "source": translated(rule.source)}
    paper = CITED.search(rule.source)
    return known(
        {
            "label": _("Rule %(rule)s, version %(version)s: %(source)s") % words,
            "url": f"{DOI}{paper[1]}" if paper else None,
            "topic": {"system": RULE, "code": rule.code},
        }
    )


def _card(*, summary: str, detail: str, indicator: str, source: Json) -> Json:
    short = summary if len(summary) <= LONGEST_SUMMARY else f"{summary[: LONGEST_SUMMARY - 1]}…"
    return {
        "uuid": str(uuid4()),
        "summary": short,
        "detail": detail,
        "indicator": indicator,
        "source": source,
    }
