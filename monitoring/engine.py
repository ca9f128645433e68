"""Rules over a Snapshot: what is wrong with this patient now, in sentences that carry their numbers and facts.

Pure: the same Snapshot always gives the same issues. A rule that fails never silences another, and its own open alerts
stay as they are, because "could not be judged" is not "is over".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import IntEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from patients.clinical.course import Course, course_of
from patients.clinical.facts import Fact, Treatment
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated, Regimen, regimen_of
from patients.clinical.snapshot import Snapshot

NOTHING_INDICATED = Indicated(None, None)


class Severity(IntEnum):
    """How bad, in an order that sorts (never by its name)."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """The word used in replays and exports: info, warning, critical."""
        return self.name.lower()


@dataclass(frozen=True)
class Situation:
    """What a rule sees: the Snapshot, the course and regimen read from it, and the step that the chart indicates."""

    snapshot: Snapshot
    indicated: Indicated = NOTHING_INDICATED

    @cached_property
    def course(self) -> Course:
        """Course of the lung disease (node N1)."""
        return course_of(self.snapshot)

    @cached_property
    def regimen(self) -> Regimen:
        """Steps of the chart started in this episode; its `running` step gives D0."""
        return regimen_of(self.snapshot, self.course)

    @cached_property
    def facts_by_id(self) -> dict[str, Fact]:
        """Every fact of the snapshot by the id of its version."""
        return {fact.id: fact for fact in self.snapshot.all_facts}

    def day_of(self, moment: datetime) -> date:
        """The site's calendar day of a moment."""
        return moment.astimezone(ZoneInfo(self.snapshot.zone)).date()

    def dawn(self, day: date) -> datetime:
        """Start of a calendar day at the site."""
        return datetime.combine(day, time(), ZoneInfo(self.snapshot.zone))

    def facts_of(self, reasons: Iterable[Reason]) -> tuple[Fact, ...]:
        """The facts that reasons rest on, each once."""
        ids = dict.fromkeys(id_ for why in reasons for id_ in why.facts)
        return tuple(self.facts_by_id[id_] for id_ in ids if id_ in self.facts_by_id)


@dataclass(frozen=True, slots=True)
class Issue:
    """One condition that holds now.

    subject: what it is about within the rule (a factor, a test), "" where the rule has one condition only.
    on: day of the deciding value. known: moment from which the condition was known. facts: version ids it rests on.
    possible: the numbers reach the threshold only in part (a censored value); always info.
    """

    severity: Severity
    reasons: tuple[Reason, ...]
    facts: tuple[str, ...]
    on: date
    known: datetime
    subject: str = ""
    possible: bool = False
    rule: str = ""
    version: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Rule and subject: at most one alert is open for it."""
        return (self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a rule could not judge what is there (another kit, a level without timing). Shown, but never an alert."""

    reason: Reason
    facts: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that broke on this snapshot: its alerts are left untouched and the page says so."""

    rule: str
    error: str


Detect = Callable[[Situation], Iterable[Issue | Remark]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A published rule. `title` is a message id; `basis` as in Reason: S the paper, L later literature, J judgement."""

    code: str
    version: int
    title: str
    source: str
    basis: str
    detect: Detect


@dataclass(frozen=True, slots=True)
class Examination:
    """What all rules said of one snapshot."""

    issues: tuple[Issue, ...]
    remarks: tuple[Remark, ...] = ()
    failures: tuple[Failure, ...] = ()
    judged: frozenset[str] = field(default_factory=frozenset)


def issue(
    severity: Severity,
    why: Reason | Sequence[Reason],
    *facts: Fact,
    subject: str = "",
    known: datetime | None = None,
    possible: bool = False,
    on: date | None = None,
) -> Issue:
    """An Issue resting on `facts`, the deciding one first: its day is the issue's day unless `on` is given.

    `known` defaults to the moment the last of the facts became known. Raises ValueError without facts, `on` or `known`.
    Treatments are left out of what it rests on: a stop is a newer version of the course, not a corrected result.
    """
    if not facts and (on is None or known is None):
        raise ValueError("an issue without facts needs its day and the moment it became known")
    return Issue(
        Severity.INFO if possible else severity,
        (why,) if isinstance(why, Reason) else tuple(why),
        tuple(dict.fromkeys(fact.id for fact in facts if not isinstance(fact, Treatment))),
        on or facts[0].day,
        known or max(max(fact.known, fact.on) for fact in facts),
        subject,
        possible,
    )


def examine(rules: Iterable[Rule], snapshot: Snapshot, indicated: Indicated = NOTHING_INDICATED) -> Examination:
    """Runs every rule on the snapshot; a rule that raises becomes a Failure and the others go on."""
    situation = Situation(snapshot, indicated)
    issues: list[Issue] = []
    remarks: list[Remark] = []
    failures: list[Failure] = []
    judged: list[str] = []
    for rule in rules:
        try:
            found = list(rule.detect(situation))
        except Exception as error:  # whatever breaks inside one rule, the others must still speak
            failures.append(Failure(rule.code, f"{type(error).__name__}: {error}"))
            continue
        judged.append(rule.code)
        issues += [replace(x, rule=rule.code, version=rule.version) for x in found if isinstance(x, Issue)]
        remarks += [replace(x, rule=rule.code) for x in found if isinstance(x, Remark)]
    return Examination(_one_per_key(issues), tuple(remarks), tuple(failures), frozenset(judged))


def detect(rules: Iterable[Rule], snapshot: Snapshot, indicated: Indicated = NOTHING_INDICATED) -> tuple[Issue, ...]:
    """The issues of `examine`."""
    return examine(rules, snapshot, indicated).issues


def _one_per_key(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """At most one issue per rule and subject, the gravest; worst first."""
    gravest: dict[tuple[str, str], Issue] = {}
    for found in issues:
        held = gravest.get(found.key)
        if held is None or found.severity > held.severity:
            gravest[found.key] = found
    return tuple(sorted(gravest.values(), key=lambda x: (-x.severity, x.rule, x.subject)))
