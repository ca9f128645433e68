"""What is new since the reader's last visit: results by their consequence, what is in order folded, the rest named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ildcare.record.new_results import NewResult, new_results
from ildcare.record.page import Record
from ildcare.ward.changes import arrived_since
from ildcare.ward.ranking import OF_THE_COURSE
from monitoring.engine import Severity
from monitoring.limits import limit_severity, place_of
from patients.clinical import facts as f
from patients.clinical.comparison import APART, DOWN, SAME, UP
from patients.clinical.snapshot import Snapshot
from patients.fact_words import FactLine, describe_lines
from patients.left_there import words_beside
from patients.models import User
from patients.result_words import oxygen_of, short_name_of_test, unit_text
from patients.rounds import LastVisit, last_visits
from patients.wording import listed, render, short_day, short_moment, value_text

ARROWS = {UP: "↑", DOWN: "↓", APART: "≠"}
# in the order in which lines stand: what an open alert rests on or is beyond a limit of the chart, outside its interval
CRITICAL, WARNING, OUTSIDE, WITHIN = "critical", "warning", "outside", ""
RANKS = (CRITICAL, WARNING, OUTSIDE, WITHIN)
MOST_LINES, MOST_OTHERS = 6, 6  # lines that stand there; what has a consequence or is in doubt always does [J]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsLine:
    """The newest value of one test. `sign`: its consequence, one of `RANKS`; `letter`: H or L; `note`: what it was
    taken on; `doubts`: why it is not to be relied on as it stands; `quiet`: it is folded."""

    id: str
    name: str
    unit: str
    before: str
    arrow: str
    now: str
    when: str
    sign: str
    letter: str
    note: str
    doubts: tuple[str, ...]
    before_on: str
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Since `since`: `lines` by consequence, `quiet` ones folded, `others` that are no results; `more`: not named."""

    last_visit: LastVisit
    lines: tuple[NewsLine, ...]
    quiet: tuple[NewsLine, ...]
    others: tuple[FactLine, ...]
    more: int

    @property
    def any(self) -> bool:
        """Did anything come?"""
        return bool(self.lines or self.quiet or self.others)

    @property
    def shown(self) -> tuple[NewsLine, ...]:
        """What has a consequence or is in doubt, and of the rest what fits."""
        return tuple(x for n, x in enumerate(self.lines) if n < MOST_LINES or x.sign in (CRITICAL, WARNING) or x.doubts)

    @property
    def rest(self) -> tuple[NewsLine, ...]:
        """The other lines, folded."""
        shown = self.shown
        return tuple(x for x in self.lines if x not in shown)

    @property
    def quiet_text(self) -> str:
        """The folded values in one line."""
        return listed(" ".join(y for y in (x.name, x.now, x.unit, x.letter) if y) for x in self.quiet)


def news_of(record: Record, user: User, now: datetime) -> News:
    """What arrived since the last visit of the reader, or of the team. Two queries."""
    last_visit = last_visits([record.patient.pk], user, now)[record.patient.pk]
    arrived = arrived_since(record.patient, last_visit)
    first = record.pathway.regimen.first_d0
    found = new_results(record.snapshot, arrived, first.day if first else None, record.marks)
    lines = [_line(x, record) for x in weighed(record, found)]
    others = [x for x in reversed(record.snapshot.all_facts) if x.id in arrived and not isinstance(x, f.Measurement)]
    return News(
        last_visit=last_visit,
        lines=tuple(x for x in lines if not x.quiet),
        quiet=tuple(x for x in lines if x.quiet),
        others=tuple(describe_lines(others[:MOST_OTHERS], record.today, words_beside(record.at_odds))),
        more=max(0, len(others) - MOST_OTHERS),
    )


@dataclass(frozen=True, slots=True)
class Weighed:
    """A new result with its consequence (`sign`, one of `RANKS`) and whether it is folded."""

    result: NewResult
    sign: str
    folded: bool


def weighed(record: Record, results: Iterable[NewResult]) -> list[Weighed]:
    """New results, the gravest consequence first, and those in doubt before others of the same. No query."""
    graves, found = _graves_of(record), list[Weighed]()
    for result in results:
        sign = _sign_of(result, graves.get(result.newest.id))
        found.append(Weighed(result, sign, _folds(result, sign, record)))
    return sorted(found, key=lambda x: (RANKS.index(x.sign), not x.result.doubts))


def _graves_of(record: Record) -> Mapping[str, Severity]:
    """By fact, the highest severity of the open alerts that rest on it: to acknowledge one makes no value milder. What
    is told of course and risk as a whole makes no single value grave."""
    graves: dict[str, Severity] = {}
    for view in record.watch.open:
        if view.alert.rule in OF_THE_COURSE:
            continue
        for fact in view.alert.facts:
            graves[fact] = max(view.severity, graves.get(fact, view.severity))
    return graves


def _folds(result: NewResult, sign: str, record: Record) -> bool:
    """Is a new result within its interval or the same as before, final, uncorrected, in no doubt, and so are further
    new values beside it [J]? What has a consequence, or cannot be judged, is not folded."""
    newest = result.newest
    if sign not in (OUTSIDE, WITHIN) or result.doubts or newest.status == "preliminary" or newest.corrected:
        return False
    calm = result.position == "within" or (result.before is not None and result.before.direction == SAME)
    return calm and all(_is_within(x, record.snapshot) for x in result.earlier)


def _is_within(x: f.Measurement, snapshot: Snapshot) -> bool:
    return place_of(x, snapshot.sex, snapshot.treatments, snapshot.series(x.code), snapshot.settings.rules) == "within"


def _line(line: Weighed, record: Record) -> NewsLine:
    result = line.result
    x, before = result.newest, result.before
    notes = (
        oxygen_of(x),
        _("preliminary") if x.status == "preliminary" else "",
        _("corrected") if x.corrected else "",
    )
    return NewsLine(
        id=x.id,
        name=short_name_of_test(x.code, x.name),
        unit=unit_text(x.code, x.typed),
        before=value_text(x.code, before.measurement.quantity) if before else "",
        arrow=ARROWS.get(before.direction, "") if before else "",
        now=value_text(x.code, x.quantity),
        when=short_moment(x.on, record.today),
        sign=line.sign,
        letter={"high": "H", "low": "L"}.get(result.position, ""),
        note=listed(y for y in notes if y),
        doubts=tuple(render(why) for why in result.doubts),
        before_on=short_day(before.measurement.day, record.today) if before else "",
        quiet=line.folded,
    )


def _sign_of(result: NewResult, grave: Severity | None) -> str:
    """The consequence of a new result, one of `RANKS`. `grave`: the highest severity of the alerts that rest on it;
    beyond a limit of the chart it is as grave as the ward list has it."""
    worst = max((x for x in (grave, limit_severity(result.newest)) if x is not None), default=None)
    if worst is Severity.CRITICAL:
        return CRITICAL
    if worst is Severity.WARNING:
        return WARNING
    return OUTSIDE if result.position in ("low", "high") else WITHIN
