"""What changed of a patient since the last look, as data and in words. The reads are in `ildcare.queries.changes`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.engine import Severity
from monitoring.rules import BY_CODE
from patients.wording import code_name, short_name_of, translated


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chart said: course, subtype, step ("" is undecided) and what was possible."""

    course: str
    subtype: str
    step: str
    subtypes_possible: tuple[str, ...] = ()
    steps_possible: tuple[str, ...] = ()

    @property
    def step_text(self) -> str:
        """ "T3", "T2/T3", "?"."""
        return _one_of(self.step, self.steps_possible)

    @property
    def subtype_text(self) -> str:
        """ "A/S-1", "A/S-1/A/S-2", "?"."""
        return _one_of(self.subtype, self.subtypes_possible)


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that is open, new, graver, withdrawn or over. `stored_reason`: its first reason as written (JSON)."""

    rule: str
    subject: str
    severity: Severity
    acknowledged: bool
    stored_reason: str = ""

    @property
    def title(self) -> str:
        """The name of the rule in the active language."""
        return translated(BY_CODE[self.rule].title) if self.rule in BY_CODE else self.rule


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since `since`. `before` and `now` are answers of the chart (None: there was none).

    `results`: new ones that stand, a final one after a preliminary included; `corrected`, `cancelled`: results that
    could have been seen and are no longer what they were. `overdue` (codes of measurements) and `judgement_due` are
    what is due now, whenever it began; `alerts_open` are all that are open now, those waiting for somebody first.
    """

    since: datetime
    results: int = 0
    corrected: int = 0
    cancelled: int = 0
    before: Answer | None = None
    now: Answer | None = None
    alerts_new: tuple[AlertChange, ...] = ()
    alerts_raised: tuple[AlertChange, ...] = ()
    alerts_withdrawn: tuple[AlertChange, ...] = ()
    alerts_ended: tuple[AlertChange, ...] = ()
    overdue: tuple[str, ...] = ()
    judgement_due: bool = False
    alerts_open: tuple[AlertChange, ...] = ()

    @property
    def step_moved(self) -> bool:
        """The step, or what is possible, is another one."""
        return self._moved("step_text")

    @property
    def subtype_moved(self) -> bool:
        """The subtype, or what is possible, is another one."""
        return self._moved("subtype_text")

    @property
    def course_moved(self) -> bool:
        """The course is another one."""
        return self._moved("course")

    def _moved(self, part: str) -> bool:
        there = self.before is not None and self.now is not None
        return there and getattr(self.before, part) != getattr(self.now, part)

    @property
    def any(self) -> bool:
        """Something is different from then. What is merely due (and was then) is no change."""
        return any(self.weight)

    @property
    def weight(self) -> tuple[int, ...]:
        """Sorts the most changed first (descending) [J]: path, critical alerts, corrections, other alerts, results."""
        graver = (*self.alerts_new, *self.alerts_raised)
        return (
            int(self.step_moved) + int(self.course_moved),
            sum(x.severity == Severity.CRITICAL for x in graver),
            int(self.subtype_moved),
            self.corrected + self.cancelled + len(self.alerts_withdrawn),
            sum(x.severity != Severity.CRITICAL for x in graver),
            self.results,
            len(self.alerts_ended),
        )

    def sentences(self) -> list[str]:
        """One short phrase for each kind of change, the gravest first."""
        return [x for x in (*self._path(), *self._alerts(), *self._results(), *self._due()) if x]

    def in_words(self) -> str:
        """One line: "step T1 → T3 · 2 new alerts · 1 result corrected · 5 results"; "" without any change."""
        return " · ".join(self.sentences())

    def _path(self) -> Iterable[str]:
        if self.before is None or self.now is None:
            return
        moves = (
            (self.step_moved, _("step %(before)s → %(now)s"), self.before.step_text, self.now.step_text),
            (self.course_moved, _("course %(before)s → %(now)s"), self.before.course or "?", self.now.course or "?"),
            (self.subtype_moved, _("subtype %(before)s → %(now)s"), self.before.subtype_text, self.now.subtype_text),
        )
        for moved, message, before, now in moves:
            if moved:
                yield message % {"before": before, "now": now}

    def _alerts(self) -> Iterable[str]:
        critical = sum(x.severity == Severity.CRITICAL for x in self.alerts_new)
        yield _counted(critical, ngettext("%(n)s new critical alert", "%(n)s new critical alerts", critical))
        other = len(self.alerts_new) - critical
        yield _counted(other, ngettext("%(n)s new alert", "%(n)s new alerts", other))
        raised, ended = len(self.alerts_raised), len(self.alerts_ended)
        yield _counted(raised, ngettext("%(n)s alert raised", "%(n)s alerts raised", raised))
        withdrawn = len(self.alerts_withdrawn)
        yield _counted(withdrawn, ngettext("%(n)s alert withdrawn", "%(n)s alerts withdrawn", withdrawn))
        yield _counted(ended, ngettext("%(n)s alert ended", "%(n)s alerts ended", ended))

    def _results(self) -> Iterable[str]:
        yield _counted(self.corrected, ngettext("%(n)s result corrected", "%(n)s results corrected", self.corrected))
        yield _counted(self.cancelled, ngettext("%(n)s result cancelled", "%(n)s results cancelled", self.cancelled))
        yield _counted(self.results, ngettext("%(n)s new result", "%(n)s new results", self.results))

    def _due(self) -> Iterable[str]:
        if self.overdue:
            yield _("overdue: %(tests)s") % {"tests": ", ".join(short_name_of(x) for x in self.overdue)}
        if self.judgement_due:
            yield _("judgement of improvement due")


def _counted(count: int, message: str) -> str:
    return message % {"n": count} if count else ""


def _one_of(answer: str, possible: tuple[str, ...]) -> str:
    return "/".join(code_name(x) if x == "observation" else x for x in ((answer,) if answer else possible)) or "?"
