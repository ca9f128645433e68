"""Rules over a Snapshot: what is wrong with this patient now, in sentences that carry their numbers and facts.

Pure: the same Snapshot always gives the same issues. A rule that fails never silences another, and its own open alerts
stay as they are, because "could not be judged" is not "is over".

Values in doubt raise alerts and close none: every rule reads the Snapshot with the newest doubtful value of each kind
and again without it; of two values of one moment that contradict each other it reads the lowest and the highest alone.
What holds in one of these readings, holds, and its reasons name what is in doubt (specification 12 (46), (47), 13 (82),
(83)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitoring.site_values import SiteValue
from patients.clinical.awaiting import Awaiting
from patients.clinical.course import CHRONIC, Course, course_of
from patients.clinical.doubtful import KEPT_OPEN, doubts, newest_doubts, settled, with_newest
from patients.clinical.facts import Discharge, Fact, HospitalAdmission, Measurement, Outcome, Treatment
from patients.clinical.planned import PlannedDose
from patients.clinical.reasons import Reason, Term, _, each_once, reason
from patients.clinical.regimen import Indicated, Regimen, regimen_of
from patients.clinical.snapshot import Snapshot, in_order
from patients.clinical.two_values import as_either_says, contradicted, two_values
from patients.clinical.wall_clock import start_of_day
from patients.clinical.whereabouts import LEAVING, TRANSPLANT, care_ended, ended_by, transplanted

NOTHING_INDICATED = Indicated()
COURSE_OPEN = _("the course is not known: judged as acute/subacute")
INFECTION_RULES = frozenset({"BDG_POSITIVE", "BDG_WITH_KL6", "FEVER_IMMUNOSUPPRESSED"})
CMV_RULE = "CMV_ANTIGENAEMIA"
NOT_EXCLUDED = _("infection not excluded: %(what)s")
FINDING_INFECTION = _("infection not excluded: finding infection on %(day)s")


class Severity(IntEnum):
    """How bad, in an order that sorts (never by its name)."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """The word in replays, exports and templates, and the message id of its translation."""
        return SEVERITY_WORDS[self]


SEVERITY_WORDS = {Severity.INFO: _("info"), Severity.WARNING: _("warning"), Severity.CRITICAL: _("critical")}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule sees: the Snapshot, the course and regimen read from it, the step that the chart indicates, what was
    sent and waits for a person, and the doses that are planned."""

    snapshot: Snapshot
    indicated: Indicated = NOTHING_INDICATED
    awaiting: tuple[Awaiting, ...] = ()
    planned: tuple[PlannedDose, ...] = ()

    @property
    def course(self) -> Course:
        """Course of the lung disease (node N1)."""
        return course_of(self.snapshot)

    @property
    def may_be_acute(self) -> bool:
        """Acute/subacute, or not known: unknown is never "no", so that what is graver in an acute course holds [J]."""
        return self.course.course != CHRONIC

    def course_open(self) -> tuple[Reason, ...]:
        """That the course is not known, beside what is judged as in an acute one; nothing where it is."""
        return (reason(COURSE_OPEN, basis="J"),) if self.course.course is None else ()

    @property
    def regimen(self) -> Regimen:
        """Steps of the chart started in this episode; its `running` step gives D0."""
        return regimen_of(self.snapshot)

    def day_of(self, moment: datetime) -> date:
        """The site's calendar day of a moment."""
        return moment.astimezone(ZoneInfo(self.snapshot.zone)).date()

    def start_of_day(self, day: date) -> datetime:
        """Start of a calendar day at the site."""
        return start_of_day(day, ZoneInfo(self.snapshot.zone))

    def facts_of(self, reasons: Iterable[Reason]) -> tuple[Fact, ...]:
        """The facts that reasons rest on, each once."""
        ids = dict.fromkeys(id_ for why in reasons for id_ in why.facts)
        facts = self.snapshot.facts_by_id
        return tuple(facts[id_] for id_ in ids if id_ in facts)


class Issue(NamedTuple):
    """One condition that holds now.

    subject: what it is about within the rule (a factor, a test), "" where the rule has one condition only.
    on: day of the deciding value. known: moment from which the condition was known. facts: version ids it rests on.
    news: of an event (`Rule.event`) the facts that make it one, of those it rests on: with another it is another event.
    Empty: it is another one where its condition became known anew.
    possible: the numbers reach the threshold only in part (a censored value); always info.
    again: message ids of reasons that ask for a new acknowledgement when they come to an open alert: a further limit
    of the same severity ("warning again").
    comes_back: a warning that closed and holds again soon is the same episode (13 (92)); the engine says so of measured
    conditions.
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
    news: tuple[str, ...] = ()
    again: frozenset[str] = frozenset()
    comes_back: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Rule and subject: at most one alert is open for it."""
        return (self.rule, self.subject)


class Remark(NamedTuple):
    """Why a rule could not judge what is there (another kit, a level without timing). Shown, but never an alert."""

    reason: Reason
    facts: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that broke on this snapshot: its alerts are left untouched and the page says so."""

    rule: str
    error: str


class Group(StrEnum):
    """What a rule is about: alerts of one group that come together are one matter (specification 12 (60), 13 (121))."""

    COURSE = "course"  # course and risk
    RESPONSE = "response"
    RESPIRATION = "respiration"
    LEVELS = "levels"  # drug levels and interactions
    INFECTION = "infection"
    ORGANS = "organs"
    OVERDUE = "overdue"


class Use(StrEnum):
    """What a rule can use of the person, beside results, findings and treatments of the disease."""

    SEX = "sex"
    BIRTH_DATE = "birth_date"
    HEALTH_STATUS = "health_status"  # pregnancy, the mental state


ENDED_BY_TRANSPLANT = (Group.COURSE, Group.RESPONSE)  # 13 (87): what else is watched goes on
MEASURED = (Group.RESPIRATION, Group.LEVELS, Group.INFECTION, Group.ORGANS)  # what goes up and down with values [J]

Detect = Callable[[Situation], Iterable[Issue | Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A published rule. `title` is a message id; `basis` as in Reason: S the paper, L later literature, J judgement.

    counts_any_value: it asks whether a test was done and not what came out, so that a doubtful value counts.
    event: it tells that something happened. Acknowledged, its alert ends: what remains true stands on the chart. All
    other rules tell conditions, which stay until facts end them (specification 12 (59)).
    titled_by_value: what it found is the deciding value, which titles its card; else its own title does.
    lists_signs: its reasons are signs of what its title names, and say little without it.
    uses: what it reads of the person; said on its page.
    leads: what it finds is the cause of what others tell, so that it stands before them where they are as grave.
    values: its numbers that a site may change; one may be of several rules.
    """

    code: str
    group: Group
    version: int
    title: str
    source: str
    basis: str
    detect: Detect
    counts_any_value: bool = False
    event: bool = False
    titled_by_value: bool = False
    lists_signs: bool = False
    uses: tuple[Use, ...] = ()
    leads: bool = False
    values: tuple[SiteValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The outcomes, admissions and discharges that stand. `by_transplant`: the rules that a lung transplant ends;
    `by_place`: those that ask otherwise in hospital and at home."""

    outcomes: tuple[Outcome, ...] = ()
    admissions: tuple[HospitalAdmission, ...] = ()
    discharges: tuple[Discharge, ...] = ()
    by_transplant: frozenset[str] = frozenset()
    by_place: frozenset[str] = frozenset()

    def had_ended(self, rule: str, moment: datetime) -> bool:
        """By what stands now, had care ended for a rule as far as was known at a moment?"""
        known = [x for x in self.outcomes if x.first_known <= moment]
        resumed = [x for x in self.admissions if x.first_known <= moment]
        grafted = rule in self.by_transplant and any(x.what == TRANSPLANT for x in known)
        return grafted or ended_by(known, resumed) is not None

    def had_left(self, moment: datetime) -> bool:
        """By what stands now, had the patient left the hospital as far as was known at a moment?"""
        left = [x for x in self.discharges if x.to in LEAVING]
        stays = [x for x in (*self.admissions, *left) if x.first_known <= moment]
        return isinstance(max(stays, key=in_order, default=None), Discharge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What all rules said of one snapshot. `care_ended`: the rules that an outcome silenced."""

    issues: tuple[Issue, ...]
    remarks: tuple[Remark, ...] = ()
    failures: tuple[Failure, ...] = ()
    judged: frozenset[str] = field(default_factory=frozenset)
    care_ended: frozenset[str] = frozenset()
    outcomes: Outcomes = field(default_factory=Outcomes)


def issue(
    severity: Severity,
    why: Reason | Sequence[Reason],
    *facts: Fact,
    subject: str = "",
    known: datetime | None = None,
    possible: bool = False,
    on: date | None = None,
    news: Sequence[Fact] = (),
    again: Iterable[str] = (),
) -> Issue:
    """An Issue resting on `facts`, the deciding one first: its day is the issue's day unless `on` is given.

    `known` defaults to the moment the last of the facts became known. Raises ValueError without facts, `on` or `known`.
    Treatments are left out of what it rests on: a stop is a newer version of the course, not a corrected result.
    """
    if not facts and (on is None or known is None):
        raise ValueError("an issue without facts needs its day and the moment it became known")
    return Issue(
        severity=Severity.INFO if possible else severity,
        reasons=(why,) if isinstance(why, Reason) else tuple(why),
        facts=tuple(dict.fromkeys([fact.id for fact in facts if not isinstance(fact, Treatment)])),
        on=on or facts[0].day,
        known=known or max([max(fact.known, fact.on) for fact in facts]),
        subject=subject,
        possible=possible,
        news=tuple([fact.id for fact in news]),
        again=frozenset(again),
    )


def examine(
    rules: Iterable[Rule],
    snapshot: Snapshot,
    indicated: Indicated = NOTHING_INDICATED,
    awaiting: tuple[Awaiting, ...] = (),
    planned: tuple[PlannedDose, ...] = (),
) -> Examination:
    """Runs every rule on the snapshot; a rule that raises becomes a Failure and the others go on.

    After the end of care no condition holds any more; after a lung transplant none of course and response (13 (87)).
    """
    every = tuple(rules)
    rules, silent = _watching(every, snapshot)
    readings = _Readings.of(snapshot, indicated, awaiting, planned)
    issues: list[Issue] = []
    remarks: list[Remark] = []
    failures: list[Failure] = []
    judged: list[str] = [rule.code for rule in silent]
    for rule in rules:
        try:
            found, said = readings.judge(rule)
        except Exception as error:  # whatever breaks inside one rule, the others must still speak
            failures.append(Failure(rule.code, f"{type(error).__name__}: {error}"))
            continue
        judged.append(rule.code)
        issues += found
        remarks += said
    leading = frozenset(x.code for x in rules if x.leads)
    found_all = _gravest(issues, leading)
    return Examination(
        issues=_beside(found_all, rules, snapshot),
        remarks=tuple(remarks),
        failures=tuple(failures),
        judged=frozenset(judged),
        care_ended=frozenset(x.code for x in every if _ended_for(x, snapshot)),
        outcomes=Outcomes(
            outcomes=snapshot.outcomes,
            admissions=snapshot.hospital_admissions,
            discharges=snapshot.discharges,
            by_transplant=frozenset(x.code for x in every if x.group in ENDED_BY_TRANSPLANT),
            by_place=frozenset(x.code for x in every if x.group is Group.OVERDUE),
        ),
    )


def _beside(issues: tuple[Issue, ...], rules: Iterable[Rule], snapshot: Snapshot) -> tuple[Issue, ...]:
    """What is told of the response says for which facts an infection is not excluded, before a treatment is stepped up
    (13 (78)): wherever it is read, on a card, on paper or by another system."""
    by_code = {x.code: x for x in rules}
    if not any(by_code[x.rule].group is Group.RESPONSE for x in issues):
        return issues
    notes = [
        reason(NOT_EXCLUDED, facts=x.facts, basis="J", what=Term(by_code[x.rule].title))
        for x in issues
        if speaks_for_infection(x.rule, x.severity)
    ]
    stated = [x for x in snapshot.findings_of("infection") if x.present is not None]
    if stated and stated[-1].present:
        notes.append(reason(FINDING_INFECTION, facts=(stated[-1].id,), basis="J", day=stated[-1].day))
    return tuple(
        x._replace(reasons=each_once((*x.reasons, *notes))) if by_code[x.rule].group is Group.RESPONSE else x
        for x in issues
    )


def speaks_for_infection(rule: str, severity: int) -> bool:
    """Is it an alert for which an infection is not excluded (13 (78))? Of CMV only a critical one."""
    return rule in INFECTION_RULES or (rule == CMV_RULE and severity == Severity.CRITICAL)


def _watching(rules: Iterable[Rule], snapshot: Snapshot) -> tuple[list[Rule], list[Rule]]:
    """The rules that still watch, and those that the end of care, a transplant or the site silenced."""
    off = snapshot.settings.rules.off
    if not snapshot.outcomes and not off:
        return list(rules), []
    watching: list[Rule] = []
    silent: list[Rule] = []
    for rule in rules:
        (silent if rule.code in off or _ended_for(rule, snapshot) else watching).append(rule)
    return watching, silent


def _ended_for(rule: Rule, snapshot: Snapshot) -> bool:
    """Did an outcome end what the rule watches (12 (54), 13 (87))?"""
    if care_ended(snapshot) is not None:
        return True
    return rule.group in ENDED_BY_TRANSPLANT and transplanted(snapshot) is not None


def _gravest_of(readings: Iterable[Iterable[Issue | Remark]]) -> tuple[Issue, ...]:
    """The gravest issues of what a rule says in several readings."""
    return _gravest(x for results in readings for x in results if isinstance(x, Issue))


def _gravest(issues: Iterable[Issue], leading: frozenset[str] = frozenset()) -> tuple[Issue, ...]:
    """At most one issue per rule and subject, the gravest; worst first, of equal ones those of the leading rules."""
    gravest: dict[tuple[str, str], Issue] = {}
    for candidate in issues:
        held = gravest.get(candidate.key)
        if held is None or candidate.severity > held.severity:
            gravest[candidate.key] = candidate
    return tuple(sorted(gravest.values(), key=lambda x: (-x.severity, x.rule not in leading, x.rule, x.subject)))


# -- values in doubt --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Readings:
    """A snapshot as rules read it: whole; with the newest doubtful value of each kind; and without, if there is."""

    whole: Situation
    newest: tuple[Situation, ...]
    settled: tuple[Situation, ...]
    in_doubt: bool

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        indicated: Indicated,
        awaiting: tuple[Awaiting, ...],
        planned: tuple[PlannedDose, ...],
    ) -> _Readings:
        """The readings of a snapshot: one, unless a value is in doubt."""
        whole = Situation(snapshot, indicated, awaiting, planned)
        if not doubts(snapshot) and not two_values(snapshot):
            return cls(whole, (whole,), (), in_doubt=False)
        newest = tuple(replace(whole, snapshot=x) for x in as_either_says(with_newest(snapshot)))
        sure = as_either_says(settled(snapshot)) if doubts(snapshot) else ()
        return cls(whole, newest, tuple(replace(whole, snapshot=x) for x in sure), in_doubt=True)

    def judge(self, rule: Rule) -> tuple[list[Issue], list[Remark]]:
        """What a rule says in any of the readings, with the doubts that bear on it; remarks of the first one."""
        if rule.counts_any_value or not self.in_doubt:
            results = list(rule.detect(self.whole))
            issues = [_by(rule, x, each_once(x.reasons)) for x in results if isinstance(x, Issue)]
            return issues, _remarks(rule, results)
        newest = [list(rule.detect(x)) for x in self.newest]
        sure = [list(rule.detect(x)) for x in self.settled]
        found, certain = _gravest_of(newest), _gravest_of(sure)
        severities = {x.key: x.severity for x in found}
        kept = [x for x in certain if x.severity > severities.get(x.key, 0)]
        issues = [self._noted(rule, x) for x in found] + [self._noted(rule, x, kept_open=True) for x in kept]
        return issues, _remarks(rule, newest[0])

    def _noted(self, rule: Rule, found: Issue, *, kept_open: bool = False) -> Issue:
        """The issue with the doubts about what it rests on, or about what would have ended it."""
        snapshot = self.whole.snapshot
        facts = [snapshot.facts_by_id[x] for x in found.facts if x in snapshot.facts_by_id]
        codes = {x.code for x in facts if isinstance(x, Measurement)}
        waiting = [x for fact, x in doubts(snapshot).items() if fact in found.facts]
        ending = [x for x in newest_doubts(snapshot) if x.value.code in codes] if kept_open else []
        notes = [x.reason for x in (*waiting, *ending)]
        if ending:
            notes.append(reason(KEPT_OPEN, facts=tuple(x.value.id for x in ending), basis="J"))
        both = contradicted(snapshot)
        notes += [both[x.id].reason for x in facts if x.id in both]
        return _by(rule, found, each_once((*found.reasons, *notes)))


def _by(rule: Rule, found: Issue, reasons: tuple[Reason, ...]) -> Issue:
    comes_back = rule.group in MEASURED and not rule.event
    return found._replace(reasons=reasons, rule=rule.code, version=rule.version, comes_back=comes_back)


def _remarks(rule: Rule, results: Iterable[Issue | Remark]) -> list[Remark]:
    return [x._replace(rule=rule.code) for x in results if isinstance(x, Remark)]
