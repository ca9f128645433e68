"""The numbers of the rules as they are here: those in force, what a change makes of them, and what it would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from algorithm.charts import VARIANTS, key_of
from algorithm.flowcharts import CURRENT
from monitoring.changing_rules import TRIAL
from monitoring.comparing import Kind
from monitoring.engine import Rule, Severity
from monitoring.models import ChangeState, RuleChange, ShadowDifference
from monitoring.rule_change import OPEN
from monitoring.rules import BY_CODE, RULES, SITE_VALUES
from monitoring.site_values import SiteValue
from monitoring.wording import rule_title, subject_text
from patients.clinical.reasons import _
from patients.clinical.snapshot import RuleChoices
from patients.models import Patient, Role, SiteSettings, User
from patients.models.site import SITE_CHOICES, choice_name
from patients.wording import number_text, translated

MOST_NAMES = 40  # differences by name; the others are counted

YES, NO, NO_KIT = _("yes"), _("no"), _("none")
KIND_NAMES = {
    Kind.MORE: _("more"),
    Kind.FEWER: _("fewer"),
    Kind.GRAVER: _("graver"),
    Kind.MILDER: _("milder"),
    Kind.EARLIER: _("earlier"),
    Kind.LATER: _("later"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a rule here: `here` is the one in force."""

    value: SiteValue
    here: Decimal

    @property
    def changed(self) -> bool:
        """Is it another than the specification's?"""
        return self.here != self.value.default

    @property
    def here_text(self) -> str:
        """The one in force, as printed."""
        return _value_text(self.value, self.here)

    @property
    def default_text(self) -> str:
        """That of the specification, as printed."""
        return _value_text(self.value, self.value.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a change: a number or a choice of the site (`rule` is None) from what to what, or a rule switched off
    or on (`name` is empty)."""

    rule: Rule | None = None
    name: str = ""
    before: str = ""
    after: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An alert that would differ, of a patient whom the reader may see."""

    patient: Patient
    kind: str
    title: str
    severity: str
    on: date


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose step of the chart would be another now: those possible by what is in force, and with the change. `where`:
    the question after which the ways part."""

    patient: Patient
    before: str
    after: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change brings: how many of each kind, by rule, and whose; whose step of the chart would be another.

    elsewhere: differences of patients whom the reader may not see. more: lines that are only counted. moved, walked:
    how many patients would have another step, of how many who were walked through the chart.
    """

    patients: int
    failed: int
    counts: tuple[tuple[str, int], ...]
    by_rule: tuple[tuple[Rule, tuple[tuple[str, int], ...]], ...]
    lines: tuple[Line, ...]
    answers: tuple[Answer, ...] = ()
    elsewhere: int
    more: int
    moved: int = 0
    walked: int = 0


def numbers_of(rule: Rule, choices: RuleChoices) -> list[Number]:
    """The numbers of a rule that a site may change, as they are here."""
    return [Number(x, choices.by_code.get(x.code, x.default)) for x in rule.values]


def steps_of(change: RuleChange, before: RuleChoices) -> list[Step]:
    """What the change makes other than it was."""
    after = change.choices
    steps = _steps_of_site(change)
    for rule in RULES:
        if (rule.code in before.off) != (rule.code in after.off):
            steps.append(Step(rule=rule, off=rule.code in after.off))
    for code, value in SITE_VALUES.items():
        was, becomes = (x.by_code.get(code, value.default) for x in (before, after))
        if was != becomes:
            rule = next(x for x in RULES if value in x.values)
            old, new = _value_text(value, was), _value_text(value, becomes)
            steps.append(Step(rule=rule, name=value.name, before=old, after=new))
    return steps


def _steps_of_site(change: RuleChange) -> list[Step]:
    before = SiteSettings.load().choices if change.state in OPEN else change.site_before
    both = ((x, before.get(x), change.site[x]) for x in SITE_CHOICES if x in change.site)
    return [
        Step(
            name=choice_name(x),
            before=choice_text(x, was),
            after=choice_text(x, new),
        )
        for x, was, new in both
        if was != new
    ]


def choices_here() -> list[tuple[str, str]]:
    """Every choice of the site that two people may change: its name, and what is chosen."""
    held = SiteSettings.load().choices
    return [(choice_name(x), choice_text(x, held[x])) for x in SITE_CHOICES]


def chart_choices() -> list[tuple[str, str]]:
    """The charts that can be in use: the last one that was published (""), and variants of it, by their titles."""
    return [("", translated(CURRENT.title)), *((key_of(x), translated(x.title)) for x in VARIANTS)]


def choice_text(name: str, value: Any) -> str:
    """What is chosen, as printed."""
    if isinstance(value, bool):
        return translated(YES if value else NO)
    if name == "escalation_role":
        return str(Role(value).label)
    if name == "bilirubin_upper_limit":
        return number_text(Decimal(value))
    if name == "chart":
        return dict(chart_choices()).get(str(value or ""), str(value))
    return translated(NO_KIT) if value in ("", None) else str(value)


def _value_text(value: SiteValue, number: Decimal) -> str:
    if value.yes_no:
        return translated(YES if number else NO)
    return f"{number_text(number)} {translated(value.unit)}" if value.unit else number_text(number)


def measured_against(change: RuleChange, live: RuleChange | None) -> RuleChoices:
    """What the change is read beside: an open one what is in force, another one what it replaced."""
    base = live if change.state in (ChangeState.PROPOSED, ChangeState.SHADOW) else change.former
    return base.choices if base is not None else RuleChoices()


def effect_on_90_days(change: RuleChange, reader: User) -> Effect | None:
    """The replay of the last 90 days, as this reader may see it; None while it is not worked out."""
    if change.effect is None:
        return None
    values = [
        _Values(
            patient=patient,
            kind=Kind(kind),
            rule=rule,
            subject=subject,
            severity=Severity(severity),
            on=date.fromisoformat(on),
        )
        for patient, kind, rule, subject, severity, on in change.effect["differences"]
    ]
    effect = _effect(values, reader, patients=change.effect["patients"], failed=len(change.effect["failed"]))
    moved = change.effect.get("answers", [])
    seen = Patient.objects.visible_to(reader).in_bulk([x for x, *_told in moved])
    answers = [
        Answer(seen[x], " / ".join(was), " / ".join(becomes), _question(node))
        for x, was, becomes, node in ((*x, "")[:4] for x in moved)
        if x in seen
    ]
    walked = change.effect.get("walked", change.effect["patients"])
    return replace(
        effect,
        answers=tuple(answers),
        elsewhere=effect.elsewhere + len(moved) - len(answers),
        moved=len(moved),
        walked=walked,
    )


def _question(node: str) -> str:
    """A question of the chart by its id, with its title."""
    found = CURRENT.by_id.get(node)
    return f"{node} {translated(found.title)}" if found else ""


def effect_on_trial(change: RuleChange, reader: User) -> Effect:
    """What the rules on trial told otherwise since the trial began, as this reader may see it."""
    rows = ShadowDifference.objects.filter(change=change)
    values = [
        _Values(
            patient=x.patient_id,
            kind=_kind(x),
            rule=x.rule,
            subject=x.subject,
            severity=Severity(x.severity or x.live_severity or Severity.INFO),
            on=timezone.localdate(x.since),
        )
        for x in rows
    ]
    return _effect(values, reader, patients=len({x.patient for x in values}), failed=change.trial_failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    patient: int
    kind: Kind
    rule: str
    subject: str
    severity: Severity
    on: date


def _kind(row: ShadowDifference) -> Kind:
    if row.live_severity is None:
        return Kind.MORE
    if row.severity is None:
        return Kind.FEWER
    return Kind.GRAVER if row.severity > row.live_severity else Kind.MILDER


def _effect(values: Sequence[_Values], reader: User, *, patients: int, failed: int) -> Effect:
    seen = Patient.objects.visible_to(reader).in_bulk({x.patient for x in values})
    lines = [
        Line(
            patient=seen[x.patient],
            kind=KIND_NAMES[x.kind],
            title=": ".join(filter(None, (rule_title(x.rule), x.subject and subject_text(x.rule, x.subject)))),
            severity=x.severity.label,
            on=x.on,
        )
        for x in sorted(values, key=lambda x: (-x.severity, x.on))
        if x.patient in seen
    ]
    of_rules: dict[str, list[Kind]] = {}
    for x in values:
        of_rules.setdefault(x.rule, []).append(x.kind)
    return Effect(
        patients=patients,
        failed=failed,
        counts=_counted(x.kind for x in values),
        by_rule=tuple((BY_CODE[rule], _counted(kinds)) for rule, kinds in of_rules.items() if rule in BY_CODE),
        lines=tuple(lines[:MOST_NAMES]),
        elsewhere=sum(x.patient not in seen for x in values),
        more=max(0, len(lines) - MOST_NAMES),
    )


def _counted(kinds: Iterable[Kind]) -> tuple[tuple[str, int], ...]:
    counts: Mapping[Kind, int] = Counter(kinds)
    return tuple((KIND_NAMES[kind], counts[kind]) for kind in Kind if counts.get(kind))


def trial_ends(change: RuleChange) -> datetime | None:
    """From when a change on trial may be put in force."""
    return change.shadow_at + TRIAL if change.shadow_at else None
