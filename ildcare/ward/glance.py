"""What one line shows at a glance, in the language of the reader: both answers, oxygen, level, systems, why now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ildcare.ward.cells import Cell, cell_of
from ildcare.ward.changes import OVERDUE, AlertChange, Changes
from ildcare.ward.drugs import Course, Level, level_of, treatments_of
from ildcare.ward.oxygen import Breathed, breathed_at_last
from ildcare.ward.ranking import AlertFinding, Band, Danger, Fall, Gas, Step, falling, fell_text
from ildcare.ward.rows import Row
from ildcare.ward.series import Series
from ildcare.ward.standing import WAITED_FOR, ChartAndCare, Standing, standing_of
from ildcare.ward.systems import Mark, Open, marks_of
from ildcare.ward.why import BRIEF, CardText, Marks, Why, why_now
from monitoring.cards import Card, cards_of, finding, once
from monitoring.engine import Group, Severity
from monitoring.models import Alert
from monitoring.queries import AlertView
from monitoring.rules import BY_CODE, group_of
from monitoring.wording import subject_text
from patients.clinical.comparison import OXYGENATION
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.snapshot import RuleChoices
from patients.clinical.written import reason_from_json
from patients.wording import render, short_day, short_name_of, translated

PAIR = 2
OF_THE_STEP = (Group.COURSE, Group.RESPONSE)  # what their cards found is why the step is owed
OF_LEVELS = frozenset({"drugs", "values"})  # sources of which the level of a drug is made
STEP_NOT_STARTED, INTERACTION = "STEP_NOT_STARTED", "INTERACTION"


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card of open alerts where the row is opened: its gravity, what was found, each with its sentence, whether all
    of it was acknowledged."""

    severity: str
    title: str
    sentences: tuple[str, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A mark as it is drawn: its look, and what it says."""

    system: str
    style: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The line. `steps`, `day`: of what stands in the pill; `chart`: the other answer, `to` a step that it asks for;
    `spo2`, `pao2`, `breathed`: oxygen; `why`: the sentence, `known` where everything that it tells was acknowledged."""

    band: Band
    pill: str
    steps: str
    day: int | None
    chart: str
    chart_style: str
    to: str
    spo2: Cell
    pao2: Cell
    breathed: str
    level: Level
    marks: tuple[DrawnMark, ...]
    why: Why
    known: bool
    cards: tuple[CardLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a glance is made of, beside the row: `done`: when each test was last done; `since`: from when on something
    counts as changed, in words; `unread`: sources that broke."""

    series: Mapping[str, Series]
    changes: Changes
    courses: Sequence[Course]
    done: Mapping[str, datetime]
    mda5: str
    choices: RuleChoices
    since: str
    unread: frozenset[str]
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The day at the site."""
        return self.now.astimezone(self.zone).date()

    def days_since(self, moment: datetime | str | None) -> int | None:
        """Whole days of the calendar; None of what is not told."""
        if moment is None:
            return None
        at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return (self.today - at.astimezone(self.zone).date()).days


def glance_of(row: Row, read: Read) -> tuple[Glance, Danger]:
    """The line of a patient, and what the place on the list depends on."""
    fall = falling(list(_gases(read)), read.today)
    fall = fall if fall and fall.marked else None
    breathed, both = breathed_at_last(read.series, row.support), _asked(row, read)
    standing = standing_of(both)
    danger = danger_of(row, read, fall, breathed, standing)
    level = level_of(
        read.series, treatments_of(read.courses, read.today, read.zone), read.choices, today=read.today, zone=read.zone
    )
    cards = cards_of(map(_view, read.changes.alerts_open), read.now)
    chart = render(standing.chart, today=read.today)
    texts = _told(cards, danger, both, fall, chart, read)
    glance = Glance(
        band=danger.band,
        pill=standing.pill,
        steps=_steps_text(standing.steps),
        day=standing.day,
        chart=chart,
        chart_style=standing.style,
        to=short_name_of("step", standing.to) if standing.to else "",
        spo2=cell_of("spo2", read.series, read.now, read.zone),
        pao2=cell_of("pao2", read.series, read.now, read.zone),
        breathed=breathed.text,
        level=level,
        marks=tuple(_drawn(x) for x in _marks(read, level)),
        why=why_now(texts, Marks(_(": "), _("; "))),
        known=not any(not x.known and x.severity > Severity.INFO for x in cards),
        cards=tuple(_card_line(x, read.today) for x in cards),
    )
    return glance, danger


def _asked(row: Row, read: Read) -> ChartAndCare:
    decided = row.decided
    about = decided is not None and decided.stands is not False and (not decided.accepted or decided.step == row.step)
    return ChartAndCare(
        running=row.running,
        day=read.days_since(row.running_since),
        step=row.step,
        possible=row.steps_possible,
        started=bool(row.started),
        since=read.days_since(row.answered_from),
        decided=about,
        accepted=about and decided is not None and decided.accepted,
        judge=read.changes.judgement_due,
        course=row.course,
        mda5=read.mda5,
    )


def danger_of(row: Row, read: Read, fall: Fall | None, breathed: Breathed, standing: Standing) -> Danger:
    """What the patient's place on the list depends on: nothing of the reader, and nothing of what was acknowledged."""
    alerts = (*read.changes.alerts_open, *read.changes.alerts_acknowledged)
    return Danger(
        fell=(read.today - fall.last.day).days if fall else None,
        support=breathed.rank,
        course=row.course,
        step=standing.rank,
        findings=tuple(_found(x, read) for x in alerts),
        bed=row.bed,
    )


def _found(alert: AlertChange, read: Read) -> AlertFinding:
    began = (read.today - alert.opened_on).days if alert.opened_on else 0
    rose = read.days_since(alert.raised_at)
    rule = BY_CODE.get(alert.rule)
    return AlertFinding(
        rule=alert.rule,
        group=group_of(alert.rule),
        severity=alert.severity,
        risen=began if rose is None else min(began, rose),
        event=rule.event if rule else False,
    )


def _gases(read: Read) -> Iterable[Gas]:
    for code in OXYGENATION:
        if code in read.series:
            for point in reversed(read.series[code].points):
                taken = point.taken
                yield Gas(
                    code=code,
                    at=point.at,
                    day=point.at.astimezone(read.zone).date(),
                    quantity=point.quantity,
                    fio2=taken.fio2,
                    flow=taken.flow,
                    device=taken.device or None,
                )


def _marks(read: Read, level: Level) -> tuple[Mark, ...]:
    days = {code: read.days_since(at) or 0 for code, at in read.done.items()}
    alerts = (Open(x.rule, x.severity, x.subject, x.possible) for x in read.changes.alerts_open)
    if not read.unread.isdisjoint(OF_LEVELS):  # whether a drug runs, or what its level is, is not known
        return marks_of(alerts, days, runs=levelled_drugs(), judged=False)
    return marks_of(alerts, days, runs=level.runs, judged=level.judged)


def _drawn(mark: Mark) -> DrawnMark:
    return DrawnMark(mark.system, mark.style, render(mark.why))


# -- why now ----------------------------------------------------------------------------------------------------------


def _view(alert: AlertChange) -> AlertView:
    """An open alert as the cards take it, of what the list read of it: no query, and none of its events."""
    rule = BY_CODE.get(alert.rule)
    stored = Alert(
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity,
        possible=alert.possible,
        evidence=[alert.evidence] if alert.evidence else [],
        opened_on=alert.opened_on or date.min,
        acknowledged_at=alert.seen_at,
    )
    return AlertView(
        alert=stored,
        title=rule.title if rule else alert.rule,
        source=rule.source if rule else "",
        basis=rule.basis if rule else "J",
        reasons=(reason_from_json(json.loads(alert.stored_reason)),) if alert.stored_reason else (),
        titled_by_value=rule is not None and rule.titled_by_value,
        lists_signs=rule is not None and rule.lists_signs,
    )


def _told(
    cards: Sequence[Card], danger: Danger, both: ChartAndCare, fall: Fall | None, chart: str, read: Read
) -> list[CardText]:
    """What the sentence is made of, the leading thing first."""
    grave = [x for x in cards if x.severity > Severity.INFO]
    waiting = [x for x in grave if not x.known]
    if danger.band == Band.STEADY and not waiting:
        return [CardText("", _no_change(read))]
    grave_cards = waiting or grave
    texts = [_lead(x, read) for x in grave_cards]
    if danger.step <= Step.OPEN and _step_leads(waiting, danger.step):
        of_course = texts.pop(0) if waiting and waiting[0].group in OF_THE_STEP else CardText("")
        texts.insert(0, CardText(_step_text(both, danger.step), of_course.sentence))
    elif danger.step == Step.JUDGE and not waiting:
        texts.insert(0, CardText(chart[:1].upper() + chart[1:]))
    beside = once(grave_cards[0].views)[1:] if grave_cards else []
    as_grave = [CardText(_found_text(x, read.today)) for x in beside if x.severity == grave_cards[0].severity]
    fell = [CardText(render(fell_text(fall), today=read.today), must=True)] if fall is not None else []
    return [*texts[:1], *fell, *as_grave, *texts[1:]] or [CardText("", _no_change(read))]


def _step_leads(waiting: Sequence[Card], step: Step) -> bool:
    """Does the step that is owed come before what these cards found? Before what is critical only where that is of the
    course too; one that is new, or salvage, before every warning."""
    if not waiting or waiting[0].group in OF_THE_STEP:
        return True
    return step <= Step.NEW and waiting[0].severity < Severity.CRITICAL


def _step_text(both: ChartAndCare, step: Step) -> str:
    """What is owed, and for how long: "T2 undecided for 5 days"."""
    if step == Step.OPEN:
        steps = _steps_text(both.possible)
        waits = both.mda5 in WAITED_FOR
        return (_("%(steps)s awaits anti-MDA5") if waits else _("%(steps)s open")) % {"steps": steps}
    words = {"step": short_name_of("step", both.step)}
    if both.decided:
        return _("%(step)s decided, not begun") % words
    if not both.since:
        return _("%(step)s new today, not begun") % words
    days = ngettext("%(step)s undecided for %(n)s day", "%(step)s undecided for %(n)s days", both.since)
    return days % {**words, "n": both.since}


def _steps_text(steps: Sequence[str]) -> str:
    """ "T3", "T2 or T3", "T1/T2/T3"."""
    names = [short_name_of("step", x) for x in steps]
    if len(names) == PAIR:
        return _("%(first)s or %(second)s") % {"first": names[0], "second": names[1]}
    return "/".join(names) or "?"


def _lead(card: Card, read: Read) -> CardText:
    """What a card leads with."""
    first = card.views[0]
    if card.group == Group.OVERDUE and len(card.waiting or card.views) > 1:
        return CardText(card.title)
    rule = first.alert.rule
    if rule in (OVERDUE, STEP_NOT_STARTED):
        return CardText(_found_text(first, read.today))
    sentence = render(first.reasons[0], today=read.today) if first.reasons else ""
    alone = finding(first) if rule == INTERACTION else ""
    value = finding(replace(first, titled_by_value=True)).partition(" ")[2]  # without the name, which may be short
    return CardText(_found_text(first, read.today), sentence, alone, value)


def _found_text(view: AlertView, today: date) -> str:
    """What an alert found, in fewer words than its card has room for."""
    rule, subject = view.alert.rule, view.alert.subject
    if rule == INTERACTION and subject:
        return subject_text(rule, subject)
    if rule == STEP_NOT_STARTED:
        return _("%(step)s not begun") % {"step": short_name_of("step", subject)}
    if rule == OVERDUE:
        due = dict(view.reasons[0].parts).get("due") if view.reasons else None
        words = {"test": short_name_of("missing", subject)}
        if isinstance(due, date):
            return _("%(test)s overdue since %(day)s") % {**words, "day": short_day(due, today)}
        return _("%(test)s overdue") % words
    return translated(BRIEF[rule]) if rule in BRIEF else finding(view)


def _no_change(read: Read) -> str:
    news = read.changes.results
    if news and not read.changes.consequence:
        arrived = ngettext("%(n)s new result, nothing follows from it", "%(n)s new results, nothing follows", news)
        return arrived % {"n": news}
    return _("No change %(since)s") % {"since": read.since}


# -- where the row is opened ------------------------------------------------------------------------------------------


def _card_line(card: Card, today: date) -> CardLine:
    texts = tuple(render(x, today=today) for x in card.deciding)
    return CardLine(card.severity.label, card.title, texts, card.known)
